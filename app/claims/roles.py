"""Whether a claim exchanges who did what to whom.

The parts that names play are read by endings, places and prepositions, which is right more often than not.
So a claim with several names is asked for more than not to be seen wrong: who does something in it must do
something in what it cites, and the other way round. What is only said otherwise may fall with what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from app.claims.cases import case_of, turkish_deeds, turkish_roles
from app.claims.entities import Entity
from app.claims.lexicon import listed
from app.claims.positions import english_deeds, english_mark, english_roles
from app.claims.reading import Reading, Word, may_mean
from app.claims.role import Deed, Part, Role

_OBLIQUE: Final[tuple[Role, ...]] = ("goal", "source", "patient")
# The word that goes with a name stands within so many words behind it.
_BESIDE: Final = 3


class _Text(NamedTuple):
    """A text with the parts that its names play."""

    reading: Reading
    parts: tuple[Part, ...]


class _Way(NamedTuple):
    """From one thing to another."""

    whence: Entity
    whither: Entity


def are_swapped(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Return whether two names of the claim have, or may have, exchanged the parts they play in what it
    cites."""
    said = _text(claim)
    there = [_text(text) for text in cited]
    parts = [part for text in there for part in text.parts]
    shared = [part for part in said.parts if _roles(part.entity, parts)]
    if len(shared) < 2:
        return False
    # "A gave to B" and "B got from A" are the same.
    same_way = [name for way in _common_ways(said, there) for name in way]
    unsure = [
        part
        for part in shared
        if not _stands_the_same(part, claim, there)
        and not any(part.entity.is_same(name) for name in same_way)
    ]
    return (
        _goes_the_other_way(said, there)
        or _has_another_doer(said, unsure, parts)
        or _has_taken_the_place(said, unsure, shared, parts)
        or _have_exchanged_marks(said, there)
        or _is_paired_otherwise(said, there)
        or _does_what_another_did(claim, cited, parts)
    )


def _text(text: Reading) -> _Text:
    return _Text(text, tuple(turkish_roles(text) if text.language == "tr" else english_roles(text)))


def _stands_the_same(part: Part, claim: Reading, there: Sequence[_Text]) -> bool:
    """Whether a name stands in what is cited with the same ending, or preposition, before the same word."""
    word = _beside(claim, part.entity)
    if word is None:
        return False
    for text, parts in there:
        for other in parts:
            if other.entity.is_same(part.entity) and _mark(claim, part) == _mark(text, other):
                its = _beside(text, other.entity)
                if its is not None and may_mean(word.folded, its.folded, claim.language):
                    return True
    return False


def _mark(text: Reading, part: Part) -> str:
    return case_of(text, part.entity) if text.language == "tr" else english_mark(text, part.entity)


def _beside(text: Reading, entity: Entity) -> Word | None:
    behind = text.words[entity.last + 1 : entity.last + 1 + _BESIDE]
    return next((word for word in behind if word.stem and not word.folded[0].isdigit()), None)


def _has_another_doer(said: _Text, unsure: Sequence[Part], there: Sequence[Part]) -> bool:
    """Whether a name does something in the claim and nothing in what is cited, or the other way round."""
    if any(part.role == "agent" and "agent" not in _roles(part.entity, there) for part in unsure):
        return True
    if not any(part.role == "agent" for part in said.parts):
        return False
    return any(
        "agent" not in _roles(part.entity, said.parts) and _roles(part.entity, there) == {"agent"}
        for part in unsure
    )


def _has_taken_the_place(
    said: _Text, unsure: Sequence[Part], shared: Sequence[Part], there: Sequence[Part]
) -> bool:
    """Whether a name plays a part in the claim that another one plays, and has lost, in what is cited."""
    return any(
        part.role in _OBLIQUE
        and part.role not in _roles(part.entity, there)
        and any(
            not other.entity.is_same(part.entity)
            and part.role in _roles(other.entity, there)
            and part.role not in _roles(other.entity, said.parts)
            for other in shared
        )
        for part in unsure
    )


def _have_exchanged_marks(said: _Text, there: Sequence[_Text]) -> bool:
    """Whether two names bear each the ending, or preposition, that only the other one bears in what is
    cited: "A said that B's army …"."""
    marks = [(part.entity, _mark(text.reading, part)) for text in there for part in text.parts]
    for one, other in combinations(said.parts, 2):
        if one.entity.is_same(other.entity):
            continue
        its, others = _mark(said.reading, one), _mark(said.reading, other)
        ones = {mark for entity, mark in marks if entity.is_same(one.entity)}
        twos = {mark for entity, mark in marks if entity.is_same(other.entity)}
        if its != others and its in twos - ones and others in ones - twos:
            return True
    return False


def _goes_the_other_way(said: _Text, there: Sequence[_Text]) -> bool:
    """Whether the claim has something go from A to B that goes from B to A in the cited sentences."""
    turned = [_Way(way.whither, way.whence) for text in there for way in _ways(text.parts)]
    same = _common_ways(said, there)
    return any(way not in same and _is_among(way, turned) for way in _ways(said.parts))


def _common_ways(said: _Text, there: Sequence[_Text]) -> list[_Way]:
    """The ways of the claim that something goes in the cited sentences too."""
    ways = [way for text in there for way in _ways(text.parts)]
    return [way for way in _ways(said.parts) if _is_among(way, ways)]


def _is_among(way: _Way, ways: Iterable[_Way]) -> bool:
    return any(way.whence.is_same(other.whence) and way.whither.is_same(other.whither) for other in ways)


def _ways(parts: Iterable[Part]) -> list[_Way]:
    found = []
    for one, other in combinations(parts, 2):
        if one.clause != other.clause or one.entity.is_same(other.entity):
            continue
        for a, b in ((one, other), (other, one)):
            if (a.role == "agent" and b.role in ("goal", "patient")) or (
                a.role == "source" and b.role in ("agent", "goal")
            ):
                found.append(_Way(a.entity, b.entity))
    return found


def _is_paired_otherwise(said: _Text, there: Sequence[_Text]) -> bool:
    """Whether the claim joins a doer to something that goes with another one in a list: "the Armenians Kars,
    the Georgians Ardahan"."""
    pairs = [pair for text in there for pair in _pairs(text)]
    for doer, thing in _pairs(said):
        doers = [other for other, its in pairs if its.is_same(thing)]
        is_paired = any(other.is_same(doer) for other, _ in pairs)
        if doers and is_paired and not any(other.is_same(doer) for other in doers):
            return True
    return False


def _pairs(text: _Text) -> Iterator[tuple[Entity, Entity]]:
    """The doers with what stands between the same commas."""
    stretches: dict[int, list[Part]] = {}
    for part in text.parts:
        before = text.reading.text[: text.reading.words[part.entity.first].start]
        stretches.setdefault(before.count(",") + before.count(";"), []).append(part)
    for parts in stretches.values():
        for doer in parts:
            for thing in parts:
                if doer.role == "agent" and thing.role in _OBLIQUE:
                    yield doer.entity, thing.entity


def _does_what_another_did(claim: Reading, cited: Sequence[Reading], there: Sequence[Part]) -> bool:
    """Whether a name does in the claim what only another one does in the cited sentences, which have both."""
    done = [deed for text in cited for deed in _deeds(text)]
    light = listed("light", claim.language)
    for deed in _deeds(claim):
        if deed.verb in light or not _roles(deed.entity, there):
            continue
        doers = [one.entity for one in done if may_mean(deed.verb, one.verb, claim.language)]
        if doers and not any(deed.entity.is_same(doer) for doer in doers):
            return True
    return False


def _deeds(text: Reading) -> list[Deed]:
    return turkish_deeds(text) if text.language == "tr" else english_deeds(text)


def _roles(entity: Entity, parts: Iterable[Part]) -> set[Role]:
    return {part.role for part in parts if part.entity.is_same(entity)}
