"""The search for disagreements: what the sentences of an index say of the same event, against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from app.amounts import Amount, amounts, english_amount
from app.disagreements import Disagreement, DisagreementKind, Side
from app.events import Event, acts_of, agreement, events_asked, nations_of, own_names, without_references
from app.facts import Date, dates
from app.mentions import Mention, english_date, mentions
from app.question import type_of
from app.vocabulary import YEAR, Vocabulary
from corpus.article import LANGUAGES, Article, RegisteredQuestion, Sentence
from corpus.text import words
from index.search import Searcher

# Two questions ask the same where their cosine is no less in either language. Chosen by reading the pairs: a
# hundredth lower the first pair appears that is of two events.
_SAME_QUESTION: Final = 0.89
# Sums of one thing may differ, but one ten times the other is a sum of something else.
_SAME_ORDER: Final = 10
_SKIPPED: Final = ("title", "keywords", "heading")


@dataclass(frozen=True)
class _Asked:
    """A question of the register, its number there, and what must be the same for another to ask the same."""

    number: int
    question: RegisteredQuestion
    acts: tuple[str, ...]
    agreement: str
    names: frozenset[str]
    nations: frozenset[str]
    times: frozenset[object]

    def may_be(self, other: _Asked) -> bool:
        """Whether neither names what the other does not, but where that says no more than the other."""
        return (
            self.times == other.times
            and self.agreement == other.agreement
            and _one_in_other(self.names, other.names)
            and _one_in_other(self.nations, other.nations)
        )


@dataclass(frozen=True)
class _Dated:
    """A dated event of a sentence, as a side of a disagreement may give it."""

    mention: Mention
    side: Side

    def contradicts(self, other: _Dated) -> bool:
        return self.side.sentence_id != other.side.sentence_id and contradict(
            self.mention.date, other.mention.date
        )


@dataclass(frozen=True)
class _Counted:
    """A sum or count of a sentence, and the times that the sentence names."""

    amount: Amount
    times: frozenset[object]
    side: Side

    def contradicts(self, other: _Counted) -> bool:
        """Whether the two count the same in the same time: instalments of two months are no contradiction."""
        small, large = sorted((self.amount.value, other.amount.value))
        is_same_thing = bool(self.amount.units & other.amount.units) and self.times == other.times
        return is_same_thing and small < large <= _SAME_ORDER * small


class Finder:
    """Finds the disagreements of an index."""

    def __init__(self, searcher: Searcher, vocabulary: Vocabulary) -> None:
        self.searcher = searcher
        self.vocabulary = vocabulary
        self.sentences = {
            sentence.id: (article, sentence)
            for article, sentence in searcher.sentences
            if article.block_by_id[sentence.block].kind not in _SKIPPED
            and article.block_by_id[sentence.block].language == "tr"
        }
        self.order = {name: i for i, name in enumerate(self.sentences)}

    def found(self) -> Iterator[Disagreement]:
        """The disagreements, dates first, in the order of the sentences that begin them."""
        dated = [*self._by_event(), *self._by_question(self.date_questions, self._dates_differ, "date")]
        numbered = self._by_question(self.number_questions, self._numbers_differ, "number")
        for group in (dated, numbered):
            known: list[set[Side]] = []
            for one in sorted(group, key=lambda one: (self.order[one.sides[0].sentence_id], one.about_tr)):
                # Found by the questions too what was found by the event.
                if not any(set(one.sides) <= others for others in known):
                    known.append(set(one.sides))
                    yield one

    @cached_property
    def dated(self) -> dict[str, list[_Dated]]:
        """The dates of full year of each sentence."""
        found = {}
        for name, (article, sentence) in self.sentences.items():
            if own := [one for one in mentions(sentence.text, self.vocabulary) if one.date.year]:
                found[name] = [_Dated(one, _date_side(article, sentence, one)) for one in own]
        return found

    @cached_property
    def date_questions(self) -> list[_Asked]:
        """The questions of the register that ask for a date."""
        return self._asked("date")

    @cached_property
    def number_questions(self) -> list[_Asked]:
        """The questions of the register that ask for a number."""
        return self._asked("number")

    def _asked(self, kind: DisagreementKind) -> list[_Asked]:
        found = []
        for number, (_, question) in enumerate(self.searcher.questions):
            if kind not in (type_of(question.tr), type_of(question.en)):
                continue
            found.append(
                _Asked(
                    number,
                    question,
                    tuple(acts_of(question.tr)),
                    agreement(question.tr, self.vocabulary)[0],
                    own_names(question.tr, self.vocabulary),
                    nations_of(question.tr),
                    _times(question.tr),
                )
            )
        return found

    def _by_event(self) -> Iterator[Disagreement]:
        """Sentences that date the same event differently."""
        places: dict[Event, dict[tuple[str, Date], _Dated]] = defaultdict(dict)
        for name, own in self.dated.items():
            for one in own:
                for event in one.mention.events:
                    places[event][name, one.mention.date] = one
        for asked in self.date_questions:
            # What is asked names the event, where the sentence that answers calls it otherwise.
            held = [one for name in asked.question.sentences for one in self.dated.get(name, ())]
            if len({one.mention.date for one in held}) == 1:
                for event in events_asked(asked.question.tr, self.vocabulary):
                    if event.act in held[0].mention.acts:
                        places[event][held[0].side.sentence_id, held[0].mention.date] = held[0]
        for event, at in sorted(places.items(), key=lambda item: str(item[0])):
            against = [one for one in at.values() if any(one.contradicts(other) for other in at.values())]
            if against:
                names = {one.side.sentence_id for one in against}
                yield self._disagreement(
                    "date",
                    [one.side for one in against],
                    [
                        asked
                        for asked in self.date_questions
                        if names.intersection(asked.question.sentences)
                        and event in events_asked(asked.question.tr, self.vocabulary)
                    ],
                )

    def _by_question(
        self,
        asked: list[_Asked],
        differ: Callable[[_Asked, _Asked], tuple[Side, Side] | None],
        kind: DisagreementKind,
    ) -> Iterator[Disagreement]:
        """Questions that ask the same and are answered differently."""
        if not asked:
            return
        numbers = np.array([one.number for one in asked])
        vectors = [self.searcher.store.vectors("questions", language, numbers) for language in LANGUAGES]
        cosines = np.minimum.reduce([own @ own.T for own in vectors])
        found: dict[frozenset[Side], list[_Asked]] = defaultdict(list)
        for i, j in np.argwhere(np.triu(cosines >= _SAME_QUESTION, 1)):
            one, other = asked[i], asked[j]
            if set(one.question.sentences) & set(other.question.sentences) or not one.may_be(other):
                continue
            if sides := differ(one, other):
                found[frozenset(sides)] += [one, other]
        for pair, asking in found.items():
            yield self._disagreement(kind, pair, asking)

    def _dates_differ(self, one: _Asked, other: _Asked) -> tuple[Side, Side] | None:
        a, b = self._answering_date(one), self._answering_date(other)
        if not a or not b or not a.contradicts(b):
            return None
        is_one_act = {*one.acts} & {*other.acts} & {*a.mention.acts} & {*b.mention.acts}
        return (a.side, b.side) if is_one_act else None

    def _answering_date(self, asked: _Asked) -> _Dated | None:
        """The one date at which the sentences that answer tell what is asked about."""
        held = [one for name in asked.question.sentences for one in self.dated.get(name, ())]
        held = [one for one in held if not {*asked.acts}.isdisjoint(one.mention.acts)]
        return held[0] if len({one.mention.date for one in held}) == 1 else None

    def _numbers_differ(self, one: _Asked, other: _Asked) -> tuple[Side, Side] | None:
        a, b = self._amounts(one), self._amounts(other)
        if any(x.amount.value == y.amount.value for x in a for y in b):
            return None
        alike = ((x.side, y.side) for x in a for y in b if x.contradicts(y))
        return next(alike, None)

    def _amounts(self, asked: _Asked) -> list[_Counted]:
        found = []
        for name in asked.question.sentences:
            if name in self.sentences:
                article, sentence = self.sentences[name]
                times = _times(without_references(sentence.text))
                found += [
                    _Counted(one, times, _amount_side(article, sentence, one))
                    for one in amounts(sentence.text)
                ]
        return found

    def _disagreement(
        self, kind: DisagreementKind, sides: Iterable[Side], asking: list[_Asked]
    ) -> Disagreement:
        """``asking``: questions that ask for what differs; the shortest asks for no more than that."""
        ordered = tuple(sorted(sides, key=lambda side: self.order[side.sentence_id]))
        if asking:
            asked = min((one.question for one in asking), key=lambda one: (len(words(one.tr)), one.tr))
            return Disagreement(kind, asked.tr, asked.en, ordered)
        article, sentence = self.sentences[ordered[0].sentence_id]
        return Disagreement(kind, sentence.text, article.english(sentence), ordered)


def _date_side(article: Article, sentence: Sentence, mention: Mention) -> Side:
    english = english_date(article.english(sentence), mention.date) or mention.written
    year = str(mention.date.year)
    written = [value if year in value else f"{value} {year}" for value in (mention.written, english)]
    return Side(sentence.id, article.id, *written)


def _amount_side(article: Article, sentence: Sentence, amount: Amount) -> Side:
    english = english_amount(article.english(sentence), amount.value) or amount.written
    return Side(sentence.id, article.id, amount.written, english)


def contradict(one: Date, other: Date) -> bool:
    """Return whether two dates cannot be of one day, but may be meant for one.

    A slip changes the year alone, or what is within the year; dates that differ in all are those of two
    events.
    """
    if one.may_be(other):
        return False
    return one.year == other.year or (one.day is not None and one[:2] == other[:2])


def _times(text: str) -> frozenset[object]:
    return frozenset({*dates(text), *YEAR.findall(text)})


def _one_in_other(one: frozenset[str], other: frozenset[str]) -> bool:
    return one <= other or other <= one
