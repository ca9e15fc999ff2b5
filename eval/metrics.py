"""The metrics, each on plain values and by its source. What a hit, a citation or an answer counts for
is decided in `eval.judge`; how sure a mean is, in `eval.bootstrap`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Floats


def recall_at_k(covers: Sequence[Sequence[bool]], k: int) -> float:
    """Return the share of the pieces of evidence that at least one of the first ``k`` hits covers.

    ``covers[i][j]`` says whether hit ``j`` covers piece ``i``.
    """
    return sum(any(row[:k]) for row in covers) / len(covers) if covers else 0.0


def reciprocal_rank(relevant: Sequence[bool], k: int = 10) -> float:
    """Return 1 / rank of the first relevant hit among the first ``k``, or 0 (Voorhees, TREC-8 QA, 1999)."""
    return next((1.0 / rank for rank, is_relevant in enumerate(relevant[:k], 1) if is_relevant), 0.0)


def ndcg(relevant: Sequence[bool], total: int, k: int = 10) -> float:
    """Return the normalised discounted cumulative gain of the first ``k`` hits, with gain 1 or 0.

    DCG = Σ gain / log2(rank + 1); the ideal ranking has the ``total`` relevant units of the index first
    (Järvelin & Kekäläinen, ACM TOIS 20(4), 2002). 0 where nothing is relevant.
    """
    gains = sum(1.0 / log2(rank + 1) for rank, is_relevant in enumerate(relevant[:k], 1) if is_relevant)
    ideal = sum(1.0 / log2(rank + 1) for rank in range(1, min(total, k) + 1))
    return gains / ideal if ideal else 0.0


@dataclass(frozen=True)
class CitedClaim:
    """A sentence of an answer and what it cites: the cited text, or None where a citation is invalid."""

    text: str
    cited: tuple[str | None, ...]


Supports = Callable[[str, str], bool]


def citation_recall(claims: Sequence[CitedClaim], supports: Supports) -> float:
    """Return the share of claims that their citations together support.

    After ALCE (Gao et al., "Enabling Large Language Models to Generate Text with Citations", EMNLP
    2023, 3.3); a claim without citations, or with an invalid one, counts 0. ``supports(premise, claim)``
    takes the place of its English NLI model.
    """
    return sum(_is_supported(claim, supports) for claim in claims) / len(claims) if claims else 0.0


def citation_precision(claims: Sequence[CitedClaim], supports: Supports) -> float:
    """Return the share of citations that are needed, over all citations of an answer.

    After ALCE: a citation counts when the citations of its claim together support it, and it either
    supports the claim alone or the others do not support it without it. Where ALCE leaves an invalid
    number out of the denominator, so that it costs nothing, here it counts as a wrong citation.
    """
    total = sum(len(claim.cited) for claim in claims)
    right = 0
    for claim in claims:
        if not _is_supported(claim, supports):
            continue
        premises = [premise for premise in claim.cited if premise is not None]
        for at, premise in enumerate(premises):
            others = premises[:at] + premises[at + 1 :]
            is_needed = not others or not supports("\n".join(others), claim.text)
            right += is_needed or supports(premise, claim.text)
    return right / total if total else 0.0


def _is_supported(claim: CitedClaim, supports: Supports) -> bool:
    premises = [premise for premise in claim.cited if premise is not None]
    if not premises or len(premises) < len(claim.cited):
        return False
    return supports("\n".join(premises), claim.text)


def average_precision(touches: Sequence[bool], covered_at: Sequence[int | None]) -> float:
    """Return the average precision of an answer's citations over the pieces of evidence.

    ``touches[j]``: whether citation ``j`` touches any evidence. ``covered_at[i]``: the number (from 1)
    of the citation with which piece ``i`` was covered, or None. The mean over the pieces of the
    precision of the citations up to there, 0 for a piece that was not cited (after the uncut average
    precision of TREC; Buckley & Voorhees, SIGIR 2000).
    """
    if not covered_at:
        return 0.0
    return sum(sum(touches[:at]) / at for at in covered_at if at is not None) / len(covered_at)


@dataclass(frozen=True)
class Refusal:
    """How well silence was kept; to decline is the positive class.

    ``false_refusal_rate``: the share of answerable questions that were declined. A ratio over nothing
    is NaN, F1 too where neither is defined.
    """

    precision: float
    recall: float
    f1: float
    false_refusal_rate: float


def refusal(declined: Sequence[bool], answerable: Sequence[bool]) -> Refusal:
    """Return the refusal metrics (van Rijsbergen 1979 for F1)."""
    hit = sum(d and not a for d, a in zip(declined, answerable, strict=True))
    false = sum(d and a for d, a in zip(declined, answerable, strict=True))
    missed = sum(not d and not a for d, a in zip(declined, answerable, strict=True))
    return Refusal(
        precision=_ratio(hit, hit + false),
        recall=_ratio(hit, hit + missed),
        f1=_ratio(2 * hit, 2 * hit + false + missed),
        false_refusal_rate=_ratio(false, sum(answerable)),
    )


@dataclass(frozen=True)
class RiskCoverage:
    """The curve as two arrays of the same length, and the area under it (AURC)."""

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    area: float


def risk_coverage(confidence: Sequence[float], right: Sequence[bool], total: int) -> RiskCoverage:
    """Return the risk of the answers given, most confident first, against the share of questions answered.

    Risk: the share of the answers so far that are not right; an answer to a question that has none is
    never right. ``total`` counts the declined questions too, so that the curve ends at the coverage the
    system chose itself. Equal confidences enter together, at the last one's coverage. The area is the
    mean risk over the answered questions (El-Yaniv & Wiener, JMLR 11, 2010; Geifman & El-Yaniv, NeurIPS
    2017); NaN where nothing was answered.
    """
    order = np.argsort(-np.asarray(confidence, float), kind="stable")
    sorted_confidence = np.asarray(confidence, float)[order]
    wrong = np.cumsum(~np.asarray(right, bool)[order])
    given = np.arange(1, len(order) + 1)
    # The last place of each run of equal confidences.
    last = np.append(np.flatnonzero(np.diff(sorted_confidence)), len(order) - 1) if len(order) else order
    risk = wrong[last] / given[last]
    area = float(np.average(risk, weights=np.diff(last, prepend=-1))) if len(order) else float("nan")
    return RiskCoverage(given[last] / total if total else risk, risk, area)


def calibration_error(
    probability: NDArray[np.float64], outcome: NDArray[np.float64], bins: int = 10
) -> NDArray[np.float64]:
    """Return the expected calibration error over bins of equal width (Naeini et al., AAAI 2015).

    ``probability``, ``outcome`` (0 or 1): arrays of the same shape, the questions along the last axis. The
    difference of mean probability and share of the outcome in a bin counts by the bin's share of all.
    """
    places = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = [np.abs(((probability - outcome) * (places == place)).sum(axis=-1)) for place in range(bins)]
    return np.asarray(sum(gaps) / probability.shape[-1])


def auc(right: Sequence[float] | Floats, wrong: Sequence[float] | Floats) -> float:
    """The chance that a right one lies above a wrong one; equal ones count half (Mann and Whitney 1947)."""
    ordered = np.sort(np.asarray(wrong))
    below = np.searchsorted(ordered, right, "left")
    upto = np.searchsorted(ordered, right, "right")
    return float((below + upto).mean() / 2 / len(ordered))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
