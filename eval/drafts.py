"""What a generator wrote in a run: how much of it was kept, what it took, and what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from eval.runfile import Header, Row
from eval.tables import Table

_MILLION: Final = 1_000_000
_SECOND_MS: Final = 1_000
_NO_GENERATOR: Final = ("", "none")
_NOTHING: Final = "–"


@dataclass(frozen=True)
class Price:
    """What a million tokens cost, in the prompt and in the draft, in a currency of one's own choice.

    0 for both: not told. A price is no part of a run: it is given when the run is looked at.
    """

    prompt: float = 0.0
    completion: float = 0.0

    @property
    def is_told(self) -> bool:
        """Whether there is a price."""
        return self.prompt > 0 or self.completion > 0


NO_PRICE: Final = Price()


@dataclass(frozen=True)
class Drafts:
    """What was written for the answers of some questions.

    ``answers``: how many were written throughout, ended with a chosen sentence, and were chosen throughout.
    ``uncounted``: drafts whose writer did not count their tokens: those of the prompt are not known, pieces
    stand for those written. ``seconds``: the time of writing, of each answer that tells it.
    """

    names: tuple[str, ...]
    questions: int
    written_about: int
    kept: int
    reasons: tuple[tuple[str, int], ...]
    dropped: int
    failed: int
    answers: tuple[int, int, int]
    prompt_tokens: int
    completion_tokens: int
    uncounted: int
    seconds: tuple[float, ...]

    def cost(self, price: Price) -> float:
        """Return what the tokens that are known cost, in the currency of the price."""
        return (self.prompt_tokens * price.prompt + self.completion_tokens * price.completion) / _MILLION


def drafts_of(rows: Sequence[Row]) -> Drafts | None:
    """Return what a generator wrote for some questions, None where none wrote."""
    pairs = [(row, row.answer.draft) for row in rows if row.answer.draft is not None]
    if not pairs:
        return None
    drafts = [draft for _, draft in pairs]
    reasons = Counter[str]()
    for draft in drafts:
        reasons.update(draft.reasons)
    shapes = Counter(_shape(row) for row, _ in pairs)
    return Drafts(
        names=tuple(dict.fromkeys(draft.generator for draft in drafts)),
        questions=len(rows),
        written_about=len(drafts),
        kept=sum(draft.kept for draft in drafts),
        reasons=tuple(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
        dropped=sum(draft.dropped for draft in drafts),
        failed=sum(draft.has_failed for draft in drafts),
        answers=(shapes["written"], shapes["ended"], shapes["chosen"]),
        prompt_tokens=sum(draft.prompt_tokens for draft in drafts),
        completion_tokens=sum(draft.completion_tokens for draft in drafts),
        uncounted=sum(not draft.is_counted for draft in drafts),
        seconds=tuple(
            row.timings_ms["writing"] / _SECOND_MS for row, _ in pairs if "writing" in row.timings_ms
        ),
    )


def table(*sides: tuple[str, Drafts | None, Price]) -> Table:
    """Return what was written as a table with a column for each of some sides: its title, what was written
    there (None: no generator), and its price."""
    columns = [_lines(drafts, price) for _, drafts, price in sides]
    names = list(dict.fromkeys(name for lines in columns for name in lines))
    return Table(
        ("generator", *(title for title, _, _ in sides)),
        tuple((name, *(lines.get(name, _NOTHING) for lines in columns)) for name in names),
    )


def generator_of(header: Header) -> str:
    """Return the generator that a run was set to use, "" for none; neither its address nor its key."""
    name = str(header.settings.get("generator", ""))
    if name in _NO_GENERATOR:
        return ""
    model = str(header.settings.get("generator_model", ""))
    return f"{name}:{model}" if model and ":" not in name else name


def _lines(drafts: Drafts | None, price: Price) -> dict[str, str]:
    """The figures in words, by their names."""
    if drafts is None:
        return {"name": "none"}
    written, ended, chosen = drafts.answers
    lines = {
        "name": ", ".join(drafts.names),
        "questions written about": f"{drafts.written_about} of {drafts.questions}",
        "drafts that failed": str(drafts.failed),
        "answers written throughout": str(written),
        "answers ended by a chosen sentence": str(ended),
        "answers of chosen sentences alone": str(chosen),
        "sentences kept": str(drafts.kept),
        "sentences dropped": str(drafts.dropped),
    }
    lines |= {f"dropped: {reason}": str(count) for reason, count in drafts.reasons}
    lines |= {
        "tokens in": _tokens(drafts.prompt_tokens, drafts.written_about - drafts.uncounted),
        "tokens out": _tokens(drafts.completion_tokens, drafts.written_about),
        "tokens counted by": _counted_by(drafts),
        "time of writing": _time(drafts.seconds),
    }
    if price.is_told:
        cost = drafts.cost(price)
        least = "at least " if drafts.uncounted else ""
        lines["cost"] = f"{least}{_money(cost / drafts.written_about)} a question, {_money(cost)} in all"
        lines["price of a million tokens"] = f"{price.prompt:g} in, {price.completion:g} out"
    return lines


def _shape(row: Row) -> str:
    """What became of a draft: the answer is written, ended by a chosen sentence, or chosen."""
    written = sum(claim.support == "generated" for claim in row.answer.claims)
    if not written:
        return "chosen"
    return "written" if written == len(row.answer.claims) else "ended"


def _tokens(count: int, drafts: int) -> str:
    return f"{count / drafts:.1f} a question, {count:,} in all" if drafts else _NOTHING


def _counted_by(drafts: Drafts) -> str:
    if not drafts.uncounted:
        return "the writer"
    if drafts.uncounted == drafts.written_about:
        return "pieces; those in are not known"
    counted = drafts.written_about - drafts.uncounted
    return f"the writer for {counted}; pieces for {drafts.uncounted}, where those in are not known"


def _time(seconds: Sequence[float]) -> str:
    if not seconds:
        return _NOTHING
    middle, high = np.percentile(seconds, (50, 95))
    return f"median {middle:.2f} s, p95 {high:.2f} s"


def _money(amount: float) -> str:
    """An amount with cents, or with three figures where it is less than one: a question costs very little."""
    if amount >= 1:
        return f"{amount:,.2f}"
    return np.format_float_positional(amount, precision=3, fractional=False, trim="-")
