"""The parts of a question: its names, times, ordinals, heads and other words that say what it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.cues import cue, heads, nations, word_list
from app.lexicon import month
from app.vocabulary import PREPOSITIONS, YEAR, Vocabulary, begins_sentence, case_of, is_in_capitals, key
from corpus.article import Language
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import STEM_LETTERS, analyze

Kind = Literal["name", "time", "ordinal", "head", "verb", "word", "asked"]

_DAY: Final = re.compile(r"(?:[12]?\d|3[01])$")
# What may follow a month without an apostrophe: "mayısta", "kasımın".
_MONTH_ENDING: Final = re.compile(r"(?:[dt][ae](?:n|ki)?|[aei]|[iu]n|l[ae])$")
_ARTICLES: Final = ("the", "a", "an")
# What asks "whether" behind a Turkish verb.
_PARTICLES: Final = ("mi", "mu", "miydi", "muydu")
# Words so short have endings that are longer than they are.
_LONGEST_ENDING: Final = 4


@dataclass(frozen=True)
class Part:
    """A word of a question that says what it is about.

    ``key`` is what it is compared by; ``at``: its number among the words of the question. ``group``: of a
    name "nation", "place", "title" or "other"; of a time "year", "month" or "day"; of a head its kind. Of a
    name also ``phrase``, the number of the run of names that it belongs to, ``role``, the part which that
    plays ("to", "in" …), and ``names``, the kind of thing it is the name of ("agreement" in "Kars
    Antlaşması"). ``is_bound``: a time that belongs to the name of a thing ("the treaty of 1925").
    """

    text: str
    key: str
    kind: Kind
    at: int
    language: Language
    group: str = ""
    phrase: int = -1
    role: str = ""
    names: str = ""
    is_bound: bool = False


def parts_of(text: str, language: Language, vocabulary: Vocabulary) -> tuple[Part, ...]:
    """Return the parts of a question in order; the words that only ask or join are "asked"."""
    return _Reader(text, language, vocabulary).parts()


class _Reader:
    """Reads the words of one question, each by what stands around it."""

    def __init__(self, text: str, language: Language, vocabulary: Vocabulary) -> None:
        self.text = text
        self.language = language
        self.vocabulary = vocabulary
        self.spans = words(text)
        self.tokens = [text[start:end] for start, end in self.spans]
        self.folded = [skeleton(cut_suffix(token)) for token in self.tokens]
        self.tells_names = not is_in_capitals(text)
        whole = skeleton(text)
        self.ordinals = {
            at
            for name in ("ordinal", "ordinal_alone")
            for match in cue(language, name).finditer(whole)
            for at, (start, end) in enumerate(self.spans)
            if match.start() < end and start < match.end() and self.folded[at] not in _ARTICLES
        }

    def parts(self) -> tuple[Part, ...]:
        return tuple(self._with_phrases([self._part(at) for at in range(len(self.tokens))]))

    def _part(self, at: int) -> Part:
        token = self.tokens[at]
        time = self._time(at)
        if time:
            return Part(token, key(token), "time", at, self.language, time, is_bound=self._is_bound(at))
        if at in self.ordinals and not self._is_in_name(at):
            return Part(token, key(token), "ordinal", at, self.language)
        head = self._head(at)
        if head:
            return Part(token, key(token), "head", at, self.language, head)
        if self.folded[at] in word_list("titles"):
            return Part(token, key(token), "name", at, self.language, "title")
        is_stop = self.folded[at] in word_list("asked") or not analyze(token, self.language)
        if is_stop or self.folded[at] in word_list("stand_ins"):
            return Part(token, key(token), "asked", at, self.language)
        if self._is_name(at):
            return Part(token, key(token), "name", at, self.language, self._group(at))
        is_last = at + 1 == len(self.tokens) or (at + 2 == len(self.tokens) and self.folded[-1] in _PARTICLES)
        is_verb = is_last and bool(cue(self.language, "verb").match(self.folded[at]))
        return Part(token, key(token), "verb" if is_verb else "word", at, self.language)

    def _time(self, at: int) -> str:
        word = self.folded[at]
        if YEAR.match(word):
            return "year"
        if self._is_month(at):
            return "month"
        if _DAY.match(word) and (self._is_month(at + 1) or self._is_month(at - 1)):
            return "day"
        return ""

    def _is_month(self, at: int) -> bool:
        if not 0 <= at < len(self.tokens) or (at + 1 < len(self.tokens) and self._ends_month_name(at + 1)):
            return False
        word = self.folded[at]
        # The English may and march are months by a capital that no sentence gives them, or by a number.
        if word in ("may", "march"):
            begins = begins_sentence(self.text, self.spans[at][0])
            has_number = any(other[0].isdigit() for other in self.folded[max(0, at - 1) : at + 2])
            return self.tokens[at][0].isupper() and (has_number or not begins)
        stems = (word, _MONTH_ENDING.sub("", word))
        return any(month(stem) is not None or stem in word_list("seasons") for stem in stems)

    def _ends_month_name(self, at: int) -> bool:
        """Whether a month before this word is none: "Ekim Devrimi"."""
        return any(self.folded[at].startswith(word) for word in word_list("no_month_before"))

    def _is_bound(self, at: int) -> bool:
        """Whether a time says which thing is meant: "1925 Antlaşması", "the treaty of 1925"."""
        following = self.folded[at + 1] if at + 1 < len(self.tokens) else ""
        if self._is_month(at + 1) or YEAR.match(following):
            return self._is_bound(at + 1)
        if following == "tarihli" or (cut_suffix(self.tokens[at]) == self.tokens[at] and self._head(at + 1)):
            return True
        first = at
        while first and self._time(first - 1):
            first -= 1
        return (
            self.language == "en"
            and first > 1
            and self.folded[first - 1] == "of"
            and bool(self._head(first - 2))
        )

    def _head(self, at: int) -> str:
        """The kind of a head: "antlaşmasının" → "agreement"."""
        if not 0 <= at < len(self.tokens):
            return ""
        word = self.folded[at]
        for head, kind in heads(self.language).items():
            if self.language == "en":
                if word in (head, head + "s", head + "es", head[:-1] + "ies"):
                    return kind
            elif (word[:STEM_LETTERS] == head[:STEM_LETTERS] and len(head) >= STEM_LETTERS) or (
                word.startswith(head) and len(word) <= len(head) + _LONGEST_ENDING
            ):
                return kind
        return ""

    def _is_in_name(self, at: int) -> bool:
        """Whether an ordinal begins a name: "Birinci Dünya Savaşı", "the First World War"."""
        return (
            self.tells_names
            and at + 1 < len(self.tokens)
            and self.tokens[at][0].isupper()
            and self.tokens[at + 1][0].isupper()
        )

    def _is_name(self, at: int) -> bool:
        token = self.tokens[at]
        has_capital = token[0].isupper() and self.tells_names
        if has_capital and not begins_sentence(self.text, self.spans[at][0]):
            return True
        return self.vocabulary.is_name(token)

    def _group(self, at: int) -> str:
        if self.folded[at] in nations(self.language) or self.folded[at] in nations("tr"):
            return "nation"
        return "place" if self.vocabulary.is_place(self.tokens[at]) else "other"

    def _with_phrases(self, parts: Sequence[Part]) -> list[Part]:
        """Number the runs of names; say of each what part it plays and what it is the name of."""
        runs: list[list[int]] = []
        for i, part in enumerate(parts):
            if part.kind != "name":
                continue
            if runs and self._continues(parts[runs[-1][-1]], part):
                runs[-1].append(i)
            else:
                runs.append([i])
        found = list(parts)
        for number, run in enumerate(runs):
            first, last = parts[run[0]].at, parts[run[-1]].at
            role, names = self._role(first, last), self._named(first, last)
            for i in run:
                found[i] = replace(parts[i], phrase=number, role=role, names=names)
        return found

    def _continues(self, one: Part, other: Part) -> bool:
        """Whether two names are one: side by side, without a mark or an ending between them."""
        between = self.text[self.spans[one.at][1] : self.spans[other.at][0]]
        return (
            other.at == one.at + 1
            and not between.strip(" .-")
            and cut_suffix(one.text) == one.text
            and ("title" in (one.group, other.group) or self.vocabulary.is_one_name(one.text, other.text))
        )

    def _role(self, first: int, last: int) -> str:
        if self.language == "tr":
            return case_of(self.tokens[last])
        before = [word for word in self.folded[max(0, first - 2) : first] if word not in _ARTICLES]
        return PREPOSITIONS.get(before[-1], "") if before else ""

    def _named(self, first: int, last: int) -> str:
        """The kind of thing that a run of names names: a head behind it, or in English before "of"."""
        if self._head(last + 1) and cut_suffix(self.tokens[last]) == self.tokens[last]:
            return self._head(last + 1)
        before = [at for at in range(max(0, first - 3), first) if self.folded[at] not in _ARTICLES]
        if self.language == "en" and len(before) > 1 and self.folded[before[-1]] == "of":
            return self._head(before[-2])
        return ""
