"""A question in the light of the questions before it: what it leans on is taken over, without a generator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.leaning import Reading
from app.lexicon import number
from app.parts import Part
from app.question import LONGEST
from app.vocabulary import Vocabulary
from corpus.article import Article, Language
from corpus.text import skeleton
from index.synonyms import turkish

# So many questions back is a conversation read.
FURTHEST_BACK: Final = 8
# So many words are taken over at most, lest they drown the question.
MOST_TAKEN_OVER: Final = 20
# Which of them go first where there are more.
_LEAST_TELLING: Final = {"word": 1, "verb": 2, "asked": 3}
_MARKS: Final = " ,.;:!?…"


@dataclass(frozen=True)
class Resolved:
    """A question as it is searched and answered.

    ``text``: the question with the words of earlier ones that it needs; ``leans``: whether it needs any;
    ``asks``: the question that says what is asked for, which "And in 1922?" leaves to the one before it.
    """

    text: str
    leans: bool
    asks: str


@dataclass(frozen=True)
class _Turn:
    """A question of a conversation: its words and those taken over; of its own, what it is about."""

    words: tuple[Part, ...]
    own: tuple[Part, ...]
    asks: str

    @property
    def is_topic(self) -> bool:
        """Whether it brings something up by a name, a time or a word like "treaty"."""
        return any(part.kind in ("name", "time", "head") for part in self.own)


class Conversation:
    """Reads questions in the light of those before them, knowing the words and names of some articles."""

    def __init__(self, articles: Iterable[Article], detect: Callable[[str], Language]) -> None:
        """Read the articles; ``detect`` tells the language of a question that was asked before."""
        self.vocabulary = Vocabulary(articles)
        self._detect = detect

    def in_context(self, question: str, language: Language, history: Sequence[str]) -> Resolved:
        """Return a question as it is to be searched; ``history``: the questions before it, oldest first.

        One that stands by itself is returned as it is, whatever was asked before. One that leans keeps its
        own words, but for what only opens it ("Peki", "No, I meant").
        """
        turns: list[_Turn] = []
        for earlier in history[-FURTHEST_BACK:]:
            text = earlier[:LONGEST]
            turn = _turn(Reading(text, self._detect(text), self.vocabulary), turns)
            if turn.own:
                turns.append(turn)
        reading = Reading(question, language, self.vocabulary)
        base = _base(reading, turns)
        if base is None:
            return Resolved(question, False, question)
        before, after = _taken_over(reading, base)
        text = self._joined(before, reading.said, after, language)
        return Resolved(text, True, _asks(reading, base))

    def _joined(self, before: Sequence[Part], said: str, after: Sequence[Part], language: Language) -> str:
        first, last = ([self._in_language(part, language) for part in parts] for parts in (before, after))
        said = said.strip(_MARKS) if after else said
        # "… handed over in" + "in May 1922"
        if first and skeleton(first[-1]) == skeleton(said.split()[0]):
            first.pop()
        return " ".join(word for word in (*first, said, *last) if word)

    def _in_language(self, part: Part, language: Language) -> str:
        """A word taken over, for a question in a language.

        An English question is searched for in both languages, a Turkish one among Turkish words alone: there
        English words give way to their equivalents, and those without are left out but for names and times.
        """
        if language == "en" or part.language == "tr" or part.kind == "time":
            return part.text
        equivalents = " ".join(turkish(part.text))
        return equivalents or (part.text if part.kind == "name" else "")


def _turn(reading: Reading, turns: Sequence[_Turn]) -> _Turn:
    """A question as a turn of the conversation behind it."""
    base = _base(reading, turns)
    if base is not None:
        before, after = _taken_over(reading, base)
        return _Turn((*before, *reading.words, *after), reading.parts, _asks(reading, base))
    if turns and reading.names_no_subject():
        before, after = _taken_over(reading, turns[-1])
        return _Turn((*before, *after, *reading.words), reading.parts, reading.text)
    return _Turn(reading.words, reading.parts, reading.text)


def _asks(reading: Reading, base: _Turn) -> str:
    """The question that says what is asked for."""
    return base.asks if reading.replaces and not reading.asks else reading.text


# What it leans on


def _base(reading: Reading, turns: Sequence[_Turn]) -> _Turn | None:
    """The turn that a question leans on, if it leans."""
    if not turns or not reading.leans(turns[-1].words):
        return None
    return _numbered(reading, turns) or _pointed_at(reading, turns) or turns[-1]


def _numbered(reading: Reading, turns: Sequence[_Turn]) -> _Turn | None:
    """The topic meant by its place in the conversation: "ilki", "the second one".

    Where the last question has an ordinal too, it is items of one thing that are counted.
    """
    topics = [turn for turn in turns if turn.is_topic]
    if len(topics) < 2 or any(part.kind == "ordinal" for part in turns[-1].words):
        return None
    if any(reading.matches("first")):
        return _of_one_kind(topics)[0]
    return topics[-1] if any(reading.matches("last")) else None


def _of_one_kind(topics: Sequence[_Turn]) -> Sequence[_Turn]:
    """The last topics of a conversation that are about the same kind of thing, two at least."""
    kinds = [{part.group for part in turn.own if part.kind == "head"} for turn in topics]
    first = len(topics) - 2
    while first and kinds[first - 1] & kinds[-1]:
        first -= 1
    return topics[first:]


def _pointed_at(reading: Reading, turns: Sequence[_Turn]) -> _Turn | None:
    """The last turn that spoke of what stands behind "that" or "o", by the same word or one of its kind."""
    for match in reading.matches("demonstrative"):
        noun = reading.behind(match)
        if noun is None:
            continue
        by_word = [turn for turn in turns if any(noun.key == part.key for part in turn.own)]
        by_kind = [
            turn
            for turn in turns
            if any(noun.kind == part.kind == "head" and noun.group == part.group for part in turn.own)
        ]
        if by_word or by_kind:
            return (by_word or by_kind)[-1]
    return None


# What it takes over


def _taken_over(reading: Reading, base: _Turn) -> tuple[list[Part], list[Part]]:
    """The words of a turn that a question needs, as they stand before and behind it.

    A whole question takes over what the other was about, to stand before it. A phrase ("And in 1922?") takes
    the place of what it replaces in the other question, if both are in one language.
    """
    is_inserted = (
        reading.replaces
        and not reading.asks
        and all(part.language == reading.language for part in base.words)
    )
    own = {part.key for part in reading.parts}
    has_ordinal = any(part.kind == "ordinal" for part in reading.parts)
    gone = {
        i
        for i, part in enumerate(base.words)
        if (part.key in own and not (part.kind == "head" and reading.is_clause))
        or (part.kind == "ordinal" and has_ordinal)
        or (part.kind == "verb" and reading.is_clause)
    }
    later = _later_year(reading, base.words)
    gone |= _replaced_times(reading, base.words, later is not None)
    if reading.replaces:
        gone |= _replaced_names(reading, base.words)
    place = min(gone, default=len(base.words))
    gone |= {
        i
        for i, part in enumerate(base.words)
        if part.kind == "asked" and (not is_inserted or _is_between(i, gone, base.words))
    }
    if not is_inserted:
        place = len(base.words)
    kept = _most_telling(base.words, gone)
    offset = 1 + max((part.phrase for part in reading.words), default=0)
    moved = {i: replace(base.words[i], phrase=base.words[i].phrase + offset) for i in kept}
    before = [moved[i] for i in kept if i < place]
    return [*before, later] if later else before, [moved[i] for i in kept if i >= place]


def _is_between(at: int, gone: set[int], words: Sequence[Part]) -> bool:
    """Whether a word that only joins stands between two that go: the "of" of "Treaty of Moscow"."""
    telling = [i for i, part in enumerate(words) if part.kind != "asked"]
    before = max((i for i in telling if i < at), default=-1)
    behind = min((i for i in telling if i > at), default=-1)
    return before in gone and behind in gone


def _later_year(reading: Reading, before: Sequence[Part]) -> Part | None:
    """The year meant by "two years later", counted from the last one that was spoken of."""
    years = [part for part in before if part.group == "year"]
    match = reading.years_on()
    if match is None or not years or reading.times:
        return None
    start, end = match.span("count")
    count = reading.text[start:end]
    many = 1 if not count else int(count) if count.isdecimal() else number(count, reading.language)
    if not many:
        return None
    is_before = match["once"] or match["earlier"] or match["previous"]
    year = str(int(years[-1].key) + (-int(many) if is_before else int(many)))
    return replace(years[-1], text=year, key=year, is_bound=False)


def _replaced_times(reading: Reading, before: Sequence[Part], has_later: bool) -> set[int]:
    """The times that a question replaces by its own: a year a whole date, a month a month and its day."""
    mine = {part.group for part in reading.times} | ({"year"} if has_later else set())
    if not mine:
        return set()
    groups = {"year", "month", "day"} if "year" in mine else {"month", "day"}
    return {
        i
        for i, part in enumerate(before)
        if part.kind == "time" and part.group in groups and not (part.is_bound and reading.is_clause)
    }


def _replaced_names(reading: Reading, before: Sequence[Part]) -> set[int]:
    """The names that a phrase replaces by its own: of things of the same kind, or in the same role."""
    phrases: set[int] = set()
    mine = {part.group for part in reading.parts if part.kind == "head"}
    for new in {part.phrase: part for part in reading.names}.values():
        old = list({p.phrase: p for p in before if p.kind == "name" and p.group != "title"}.values())
        if new.names:
            phrases |= {part.phrase for part in old if part.names == new.names}
            continue
        alike = [part for part in old if part.group == new.group] or (old if len(old) == 1 else [])
        in_role = [part for part in alike if part.role == new.role]
        phrases |= {part.phrase for part in (in_role or alike)[:1]}
    return {
        i
        for i, part in enumerate(before)
        if (part.kind == "name" and part.phrase in phrases) or (part.kind == "head" and part.group in mine)
    }


def _most_telling(words: Sequence[Part], gone: set[int]) -> list[int]:
    """The numbers of the words that stay, in order; where there are too many, those that say most."""
    stay = [i for i in range(len(words)) if i not in gone]
    return sorted(sorted(stay, key=lambda i: _LEAST_TELLING.get(words[i].kind, 0))[:MOST_TAKEN_OVER])
