"""Whether a claim exchanges who did what to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from app.claims.cases import turkish_deeds, turkish_roles
from app.claims.entities import Entity
from app.claims.lexicon import listed
from app.claims.positions import english_deeds, english_roles
from app.claims.reading import Reading, may_mean
from app.claims.role import Deed, Part, Role

# Whence something comes and whither it goes, by the parts of two names in one clause.
_GIVER: Final[frozenset[Role]] = frozenset({"agent", "source"})
_OBLIQUE: Final[tuple[Role, ...]] = ("goal", "source", "patient")


class _Way(NamedTuple):
    """From one thing to another."""

    whence: Entity
    whither: Entity


def are_swapped(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Return whether two names of the claim have exchanged the parts they play in the cited sentences."""
    said = _parts(claim)
    there = [part for text in cited for part in _parts(text)]
    return (
        _goes_the_other_way(claim, cited)
        or _have_exchanged(said, there)
        or _have_taken_turns(said, there)
        or _does_what_another_did(claim, cited, there)
    )


def _parts(text: Reading) -> list[Part]:
    return turkish_roles(text) if text.language == "tr" else english_roles(text)


def _goes_the_other_way(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether the claim has something go from A to B that goes from B to A in the cited sentences."""
    said = _ways(_parts(claim))
    there = [way for text in cited for way in _ways(_parts(text))]
    for way in said:
        same = any(way.whence.is_same(o.whence) and way.whither.is_same(o.whither) for o in there)
        turned = any(way.whence.is_same(o.whither) and way.whither.is_same(o.whence) for o in there)
        if turned and not same:
            return True
    return False


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


def _have_exchanged(said: Sequence[Part], there: Sequence[Part]) -> bool:
    """Whether one name has taken a part in the claim that another one has, and has lost, in what is cited."""
    for taken in said:
        if taken.role not in _OBLIQUE or taken.role in _roles(taken.entity, there):
            continue
        if not _roles(taken.entity, there):
            continue
        for lost in there:
            if lost.role != taken.role or lost.entity.is_same(taken.entity):
                continue
            now = _roles(lost.entity, said)
            if now and taken.role not in now and now & _roles(taken.entity, there):
                return True
    return False


def _have_taken_turns(said: Sequence[Part], there: Sequence[Part]) -> bool:
    """Whether one who does nothing in what is cited does something in the claim to the one who did."""
    for doer in said:
        if doer.role != "agent" or not (were := _roles(doer.entity, there)) or "agent" in were:
            continue
        for sufferer in said:
            if sufferer.role in ("patient", "goal") and sufferer.clause == doer.clause:
                now = _roles(sufferer.entity, said)
                if "agent" not in now and _roles(sufferer.entity, there) == {"agent"}:
                    return True
    return False


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
