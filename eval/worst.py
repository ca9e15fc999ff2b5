"""The answers to read first: where a run went wrong, the most harmful kinds of mistake on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eval.gold import GoldQuestion
from eval.judge import most_words, words_in, words_of
from eval.matching import holds, satisfies
from eval.runfile import Row

WORST: Final = 20


@dataclass(frozen=True)
class Kind:
    """A kind of mistake: which rows have it, which of them are read first, and how many get a place
    before the others have theirs."""

    title: str
    holds: Callable[[Row], bool]
    order: Callable[[Row], tuple[Any, ...]]
    places: int


@dataclass(frozen=True)
class Mistake:
    """A question that went wrong, and how.

    ``missing``: the groups of ``must`` of which the answer holds no alternative; ``forbidden``: what it
    holds of ``must_not``; ``rank``: of the first relevant hit among the ten, from 1, or None; ``faults``:
    what is wrong, in a few words each.
    """

    kind: str
    row: Row
    missing: list[list[str]]
    forbidden: list[str]
    rank: int | None
    faults: list[str]


def worst(rows: Sequence[Row], number: int = WORST) -> list[Mistake]:
    """Return at most ``number`` mistakes, kind by kind in the order of ``KINDS``.

    Each kind gets its ``places``; those that it does not need go to the other kinds, the first kinds
    first, so that no kind crowds out the others.
    """
    found = [sorted(filter(kind.holds, rows), key=kind.order) for kind in KINDS]
    places = [min(kind.places, len(own)) for kind, own in zip(KINDS, found, strict=True)]
    for at, own in enumerate(found):
        places[at] += max(0, min(number - sum(places), len(own) - places[at]))
    chosen = [
        _mistake(kind, row)
        for kind, own, count in zip(KINDS, found, places, strict=True)
        for row in own[:count]
    ]
    return chosen[:number]


def first_relevant(row: Row) -> int | None:
    """Return the rank, from 1, of the first relevant hit, or None when it is not among the ten."""
    return round(1 / row.scores.mrr_10) if row.scores.mrr_10 else None


def missing(question: GoldQuestion, text: str) -> list[list[str]]:
    """Return the groups of facts of which a text holds no alternative."""
    return [group for group in question.must if not satisfies(text, [group])]


def forbidden(question: GoldQuestion, text: str) -> list[str]:
    """Return what a text holds though a right answer must not."""
    return [one for one in question.must_not if holds(text, one)]


def _is_wrong(row: Row) -> bool:
    return row.scores.answerable and not row.scores.declined and not row.scores.holds_facts


def _is_invented(row: Row) -> bool:
    return not row.scores.answerable and not row.scores.declined


def _is_silent(row: Row) -> bool:
    return row.scores.answerable and row.scores.declined


def _has_wrong_form(row: Row) -> bool:
    return bool(row.scores.holds_facts) and not row.scores.right


def _by_confidence(row: Row) -> tuple[Any, ...]:
    """Most confident first; then those that say what is forbidden, miss more, cite nothing right."""
    text = words_of(row.answer)
    share = len(missing(row.question, text)) / (len(row.question.must) or 1)
    return (
        -row.scores.confidence,
        -len(forbidden(row.question, text)),
        -share,
        row.scores.right_citation or 0.0,
        row.question.id,
    )


def _by_rank(row: Row) -> tuple[Any, ...]:
    """The evidence highest in the ranking first; then the least confident, the furthest misjudged."""
    return first_relevant(row) or len(row.hits) + 1, row.scores.confidence, row.question.id


def _cites_elsewhere(row: Row) -> bool:
    return bool(row.scores.right) and not row.scores.right_citation


def _mistake(kind: Kind, row: Row) -> Mistake:
    text = words_of(row.answer)
    if row.scores.declined:
        return Mistake(kind.title, row, [], [], first_relevant(row), [f"reason given: {row.answer.reason}"])
    absent, said = missing(row.question, text), forbidden(row.question, text)
    faults = []
    if absent:
        faults.append(f"{len(absent)} of {len(row.question.must)} facts missing")
    if said:
        faults.append("says what it must not")
    if row.scores.within_length == 0:
        faults.append(f"{words_in(row.answer)} words, {most_words(row.question)} allowed")
    if not row.scores.in_language:
        faults.append("not in the language of the question")
    if row.scores.right_citation == 0:
        faults.append("no citation touches the evidence")
    return Mistake(kind.title, row, absent, said, first_relevant(row), faults)


KINDS: Final = (
    Kind("wrong", _is_wrong, _by_confidence, 10),
    Kind("answered, though the articles hold no answer", _is_invented, _by_confidence, 5),
    Kind("declined, though the articles hold the answer", _is_silent, _by_rank, 5),
    Kind("right facts, but too long or in the wrong language", _has_wrong_form, _by_confidence, 0),
    Kind("right, but citing something else than the evidence", _cites_elsewhere, _by_confidence, 0),
)
ORDER: Final = (
    "Ten places go to wrong answers and five to answers given where the question must be declined, both the "
    "most confident first (then those that say what is forbidden, that miss the larger share of the facts, "
    "that cite nothing right); five go to answerable questions that were declined, those whose evidence was "
    "found highest in the ranking first. Places that a kind does not need go to the others in this order, "
    "and at last to right facts in the wrong form and to right answers that cite something else than the "
    "evidence."
)
