"""Two runs side by side: what changed, how sure that is, and which answers to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from eval import bootstrap, drafts
from eval.bootstrap import Difference, Verdict
from eval.drafts import NO_PRICE, Price
from eval.figures import METRICS, Metric, difference
from eval.runfile import Row, Run, same_questions


@dataclass(frozen=True)
class Comparison:
    """One metric over one group of questions in both runs."""

    group: str
    metric: Metric
    difference: Difference
    adjusted_p: float
    verdict: Verdict


def compare(a: Run, b: Run) -> list[Comparison]:
    """Return every metric over all questions and by language, p adjusted over all of them (Holm).

    Only the questions that both runs hold count; a metric that one of them leaves undefined is left out.
    Raises DipnotError where they have none in common.
    """
    pairs = same_questions(a, b)
    asked: list[tuple[str, Metric, Difference]] = []
    for group, own in _groups(pairs):
        scores = [(one.scores, other.scores) for one, other in own]
        for metric in METRICS:
            found = difference(metric, scores)
            if found.n and not isnan(found.value):
                asked.append((group, metric, found))
    adjusted = bootstrap.holm([found.p for _, _, found in asked])
    return [
        Comparison(group, metric, found, p, bootstrap.verdict(found, p, metric.margin, metric.more_is_better))
        for (group, metric, found), p in zip(asked, adjusted, strict=True)
    ]


def table(comparisons: Sequence[Comparison]) -> str:
    """Return the comparisons as a Markdown table."""
    lines = [
        "| questions | metric | n | A | B | B − A | 95 % interval | p (Holm) | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in comparisons:
        d = one.difference
        said = f"equivalent (±{one.metric.margin:g})" if one.verdict == "equivalent" else one.verdict
        lines.append(
            f"| {one.group} | {one.metric.title} | {d.n} | {d.a:.3f} | {d.b:.3f} | {d.value:+.3f} "
            f"| [{d.low:+.3f}, {d.high:+.3f}] | {one.adjusted_p:.3f} | {said} |"
        )
    return "\n".join(lines)


def generators(a: Run, b: Run, price_a: Price = NO_PRICE, price_b: Price = NO_PRICE) -> str:
    """Return what the generators of both wrote, took and cost as a Markdown table, "" where none wrote.

    Only the questions that both runs hold count.
    """
    pairs = same_questions(a, b)
    written_a = drafts.drafts_of([row for row, _ in pairs])
    written_b = drafts.drafts_of([row for _, row in pairs])
    if written_a is None and written_b is None:
        return ""
    return drafts.table(("A", written_a, price_a), ("B", written_b, price_b)).markdown()


def changed(a: Run, b: Run) -> tuple[list[Row], list[Row]]:
    """Return the rows of ``b`` that it gets right and ``a`` did not, and the other way round.

    Right: a right answer, or silence where there is none.
    """
    won, lost = [], []
    for one, other in same_questions(a, b):
        before, after = is_right(one), is_right(other)
        if after and not before:
            won.append(other)
        elif before and not after:
            lost.append(other)
    return won, lost


def is_right(row: Row) -> bool:
    """Return whether a question was answered rightly, or rightly declined."""
    return bool(row.scores.right) if row.scores.answerable else row.scores.declined


def _groups(pairs: Sequence[tuple[Row, Row]]) -> list[tuple[str, list[tuple[Row, Row]]]]:
    by_language = [
        (language, [pair for pair in pairs if pair[0].question.language == language])
        for language in ("tr", "en")
    ]
    return [("all", list(pairs)), *((name, own) for name, own in by_language if own)]
