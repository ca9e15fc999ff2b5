"""The dated sentences of the corpus, in the order of time.

A sentence stands here once for each day or month, with its year, that it names; a year that is said once
counts for the dates behind it. Left out are sentences that only name sources, dates of a source in
brackets, and years of another calendar (1336 for 1920), which would stand at a wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from app.compose import anchor_url
from app.cues import word_list
from app.events import without_references
from app.facts import Date, dates
from app.mentions import Mention, mentions
from app.period import Period, month_number
from app.shape import can_answer
from app.vocabulary import YEAR, Vocabulary
from corpus.article import Article, Block, Language, RegisteredQuestion, Sentence
from corpus.text import skeleton, words

# What the corpus is about; see README.
FOREMOST: Final = Period.of_years(1917, 1939)
# "(İzvestiya, 24.02.1919)": the date of a newspaper, not of what the sentence tells.
_SOURCE: Final = re.compile(r"\([^()]*,\s*$")


@dataclass(frozen=True)
class Dated:
    """A date and a sentence that names it, with a registered question that the sentence answers, if any."""

    date: Date
    article: Article
    block: Block
    sentence: Sentence
    question: RegisteredQuestion | None

    @property
    def url(self) -> str:
        """The address of the sentence in the reader."""
        return anchor_url(self.article.id, self.sentence.spans)


class Timeline:
    """The dated sentences of some articles, the earliest first."""

    def __init__(self, dated: Iterable[Dated]) -> None:
        self.dated = tuple(sorted(dated, key=_time))

    @classmethod
    def find(cls, articles: Iterable[Article], vocabulary: Vocabulary | None = None) -> Timeline:
        """Gather the dated sentences; ``vocabulary``: that of the articles, where it is known."""
        known = tuple(articles)
        words_known = vocabulary or Vocabulary(known)
        return cls(one for article in known for one in _dated(article, words_known))

    @cached_property
    def bounds(self) -> Period | None:
        """The whole years of all dates; None where there is no date."""
        if not self.dated:
            return None
        return Period(month_number(self.dated[0].date), month_number(self.dated[-1].date)).whole_years

    @property
    def foremost(self) -> Period | None:
        """What is shown first: 1917-1939 where the articles date anything in it, else everything."""
        is_spoken_of = any(one.date in FOREMOST for one in self.dated)
        return FOREMOST if is_spoken_of else self.bounds

    def select(self, period: Period, articles: Iterable[str]) -> list[Dated]:
        """Return what lies in a period and in some articles, given by their ids."""
        names = frozenset(articles)
        return [one for one in self.dated if one.article.id in names and one.date in period]


def middle(selected: list[Dated]) -> int | None:
    """Return the month in the middle of dated sentences, in their order: where most of them lie."""
    return month_number(selected[len(selected) // 2].date) if selected else None


def _time(one: Dated) -> tuple[int, int]:
    # A month without a day stands before its days.
    return month_number(one.date), one.date.day or 0


def _dated(article: Article, vocabulary: Vocabulary) -> Iterator[Dated]:
    questions = _questions(article)
    for sentence in article.sentences:
        block = article.block_by_id[sentence.block]
        bare = without_references(sentence.text)
        if not can_answer(block, replace(sentence, text=bare)):
            continue
        for date in _dates(bare, block.language, vocabulary):
            yield Dated(date, article, block, sentence, questions.get(sentence.id))


def _dates(text: str, language: Language, vocabulary: Vocabulary) -> list[Date]:
    """The dates of a sentence that have a year of our calendar, each once."""
    if language == "tr":
        found = [one.date for one in mentions(text, vocabulary) if _is_of_event(one, text)]
    else:
        found = sorted(dates(text), key=lambda date: (date.year or 0, date.month, date.day or 0))
    return [date for date in dict.fromkeys(found) if date.year and YEAR.fullmatch(str(date.year))]


def _is_of_event(mention: Mention, text: str) -> bool:
    """Whether a date, at one place at least, is neither that of a source nor a month in a name."""
    places = [match.span() for match in re.finditer(re.escape(mention.written), text)]
    return any(
        not (_SOURCE.search(text[:start]) and text[end:].startswith(")"))
        and not (mention.written.isalpha() and _ends_month_name(text[end:]))
        for start, end in places
    )


def _ends_month_name(behind: str) -> bool:
    """Whether a month before these words is none: "Ekim Devrimi"."""
    following = [skeleton(behind[start:end]) for start, end in words(behind)[:2]]
    return any(word.startswith(tuple(word_list("no_month_before"))) for word in following)


def _questions(article: Article) -> dict[str, RegisteredQuestion]:
    """By sentence the first registered question that it answers alone, else the first that it helps to."""
    found: dict[str, RegisteredQuestion] = {}
    for registered in sorted(article.questions, key=lambda registered: len(registered.sentences)):
        for name in registered.sentences:
            found.setdefault(name, registered)
    return found
