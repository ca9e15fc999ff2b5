"""The figures of a run: each metric over a group of questions, with its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from eval import bootstrap
from eval.bootstrap import Difference, Floats, Interval
from eval.judge import Scores
from eval.metrics import RiskCoverage, auc, calibration_error, risk_coverage
from eval.runfile import Row

Columns = Callable[[Scores], tuple[float, ...] | None]


@dataclass(frozen=True)
class Metric:
    """A figure: which values of a question it is made from (None: the question does not count), how,
    and by how much two systems may differ and still be called equivalent."""

    name: str
    title: str
    columns: Columns
    statistic: bootstrap.Statistic = bootstrap.mean
    margin: float = 0.05
    more_is_better: bool = True


def _field(name: str) -> Columns:
    def columns(scores: Scores) -> tuple[float, ...] | None:
        value = getattr(scores, name)
        return None if value is None else (float(value),)

    return columns


def _refusal(scores: Scores) -> tuple[float, ...]:
    """Rightly declined, wrongly declined, wrongly answered."""
    declined, absent = scores.declined, not scores.answerable
    return float(declined and absent), float(declined and not absent), float(not declined and absent)


def _false_refusal(scores: Scores) -> tuple[float, ...] | None:
    return (float(scores.declined),) if scores.answerable else None


def _confidence(scores: Scores) -> tuple[float, ...]:
    return scores.confidence, float(scores.answerable)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _precision(hit: Floats, false: Floats, missed: Floats) -> Floats:
    hits = hit.sum(axis=-1)
    return _ratio(hits, hits + false.sum(axis=-1))


def _recall(hit: Floats, false: Floats, missed: Floats) -> Floats:
    hits = hit.sum(axis=-1)
    return _ratio(hits, hits + missed.sum(axis=-1))


def _f1(hit: Floats, false: Floats, missed: Floats) -> Floats:
    hits = 2 * hit.sum(axis=-1)
    return _ratio(hits, hits + false.sum(axis=-1) + missed.sum(axis=-1))


def _auc(confidence: Floats, answerable: Floats) -> Floats:
    return np.array([_area(*one) for one in zip(confidence, answerable > 0, strict=True)])


def _area(confidence: Floats, answerable: NDArray[np.bool_]) -> float:
    right, wrong = confidence[answerable], confidence[~answerable]
    return auc(right, wrong) if len(right) and len(wrong) else float("nan")


def _median(column: Floats) -> Floats:
    return np.asarray(np.median(column, axis=-1))


RETRIEVAL: Final = (
    Metric("recall_1", "recall@1", _field("recall_1")),
    Metric("recall_3", "recall@3", _field("recall_3")),
    Metric("recall_5", "recall@5", _field("recall_5")),
    Metric("recall_10", "recall@10", _field("recall_10")),
    Metric("mrr_10", "MRR@10", _field("mrr_10")),
    Metric("ndcg_10", "nDCG@10", _field("ndcg_10")),
)
ANSWERS: Final = (
    Metric("right", "answers right", _field("right")),
    Metric("holds_facts", "facts held", _field("holds_facts")),
    Metric("in_language", "language match", _field("in_language")),
    Metric("within_length", "within length", _field("within_length")),
    Metric("right_citation", "right citation", _field("right_citation")),
    Metric("cited_ap", "cited AP", _field("cited_ap")),
    Metric("citation_recall", "citation recall", _field("citation_recall")),
    Metric("citation_precision", "citation precision", _field("citation_precision")),
    Metric("words", "words, median", _field("words"), _median, margin=5.0, more_is_better=False),
)
REFUSAL: Final = (
    Metric("refusal_precision", "refusal precision", _refusal, _precision),
    Metric("refusal_recall", "refusal recall", _refusal, _recall),
    Metric("refusal_f1", "refusal F1", _refusal, _f1),
    Metric("false_refusal", "false refusals", _false_refusal, more_is_better=False),
)
CALIBRATION: Final = (
    Metric("calibration_error", "calibration error", _confidence, calibration_error, more_is_better=False),
    Metric("refusal_auc", "refusal AUC", _confidence, _auc),
)
METRICS: Final = (*RETRIEVAL, *ANSWERS, *REFUSAL)
BY_NAME: Final = {metric.name: metric for metric in (*METRICS, *CALIBRATION)}
PERCENTILES: Final = (50, 95, 99)


def figure(metric: Metric, scores: Iterable[Scores]) -> Interval:
    """Return one figure with its 95 % interval; NaN over no question."""
    values = [found for one in scores if (found := metric.columns(one)) is not None]
    return bootstrap.interval(list(zip(*values, strict=True)) or [[]], metric.statistic)


def difference(metric: Metric, pairs: Sequence[tuple[Scores, Scores]]) -> Difference:
    """Return how B differs from A over the questions that count for both."""
    both = [
        (a, b)
        for one, other in pairs
        if (a := metric.columns(one)) is not None and (b := metric.columns(other)) is not None
    ]
    firsts, seconds = [a for a, _ in both], [b for _, b in both]
    return bootstrap.paired(
        list(zip(*firsts, strict=True)) or [[]], list(zip(*seconds, strict=True)) or [[]], metric.statistic
    )


def groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows as a whole, by language, and by type, in that order; empty groups are left out."""
    found = {"all": list(rows)}
    for language in ("tr", "en"):
        found[language] = [row for row in rows if row.question.language == language]
    for kind in dict.fromkeys(row.question.type for row in rows):
        found[kind] = [row for row in rows if row.question.type == kind]
    return {name: own for name, own in found.items() if own}


def curve(rows: Sequence[Row]) -> RiskCoverage:
    """Return the risk–coverage curve: an answer to a question that has none is never right."""
    given = [row.scores for row in rows if not row.scores.declined]
    return risk_coverage(
        [scores.confidence for scores in given], [bool(scores.right) for scores in given], len(rows)
    )


def latencies(rows: Sequence[Row]) -> dict[str, tuple[float, ...]]:
    """Return the 50th, 95th and 99th percentile of the milliseconds of each stage (linear interpolation)."""
    stages = dict.fromkeys(stage for row in rows for stage in row.timings_ms)
    return {
        stage: tuple(
            float(value)
            for value in np.percentile(
                [row.timings_ms[stage] for row in rows if stage in row.timings_ms], PERCENTILES
            )
        )
        for stage in stages
    }


def shown(interval: Interval, digits: int = 3) -> str:
    """Return an interval as text: ``0.812 [0.75, 0.87]``, or a dash over no question."""
    if interval.n == 0 or isnan(interval.value):
        return "–"
    low, high = (f"{bound:.{max(0, digits - 1)}f}" for bound in (interval.low, interval.high))
    return f"{interval.value:.{digits}f} [{low}, {high}]"
