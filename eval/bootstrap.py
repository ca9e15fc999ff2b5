"""How sure a figure is: bootstrap over the questions (Efron & Tibshirani, "An Introduction to the
Bootstrap", 1993, chapters 13 and 16)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 10_000
SEED: Final = 19210316
LEVEL: Final = 0.95

Floats = NDArray[np.float64]
# Takes columns, each of shape (resamples, n), gives one figure a resample.
Statistic = Callable[..., Floats]
Verdict = Literal["better", "worse", "equivalent", "no difference shown"]


@dataclass(frozen=True)
class Interval:
    """A figure over ``n`` questions with its percentile interval."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Difference:
    """B less A over the ``n`` questions that both scored.

    ``low`` and ``high``: the 95 % interval; ``inner_low`` and ``inner_high``: the 90 % one, by which
    equivalence is judged. ``p``: two-sided.
    """

    a: float
    b: float
    value: float
    low: float
    high: float
    inner_low: float
    inner_high: float
    p: float
    n: int


def mean(column: Floats) -> Floats:
    """Return the mean of each resample."""
    return np.asarray(np.mean(column, axis=-1))


def interval(columns: Sequence[Sequence[float]], statistic: Statistic = mean) -> Interval:
    """Return a figure of the questions with its percentile interval.

    ``columns`` holds one or more values a question; ``statistic`` takes each as (resamples, n). The
    resamples that leave it undefined (NaN) are left out.
    """
    table = [np.asarray(column, float) for column in columns]
    n = len(table[0])
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    value = float(statistic(*(column[None, :] for column in table))[0])
    resampled = statistic(*(column[_indices(n)] for column in table))
    low, high = _percentiles(resampled, LEVEL)
    return Interval(value, low, high, n)


def paired(
    a: Sequence[Sequence[float]], b: Sequence[Sequence[float]], statistic: Statistic = mean
) -> Difference:
    """Return the difference of two systems over the same questions, in the same order.

    The same resamples of the questions are taken for both. ``p`` is twice the smaller share of resamples
    on either side of zero, each side with one added (Davison & Hinkley 1997, 4.2), at most 1.
    """
    first, second = ([np.asarray(column, float) for column in columns] for columns in (a, b))
    n = len(first[0])
    if n == 0:
        nan = float("nan")
        return Difference(nan, nan, nan, nan, nan, nan, nan, nan, 0)
    values = [float(statistic(*(column[None, :] for column in columns))[0]) for columns in (first, second)]
    indices = _indices(n)
    found = statistic(*(c[indices] for c in second)) - statistic(*(c[indices] for c in first))
    found = found[~np.isnan(found)]
    below, above = (int(np.sum(side)) + 1 for side in (found <= 0, found >= 0))
    low, high = _percentiles(found, LEVEL)
    inner_low, inner_high = _percentiles(found, 1 - 2 * (1 - LEVEL))
    return Difference(
        a=values[0],
        b=values[1],
        value=values[1] - values[0],
        low=low,
        high=high,
        inner_low=inner_low,
        inner_high=inner_high,
        p=min(1.0, 2 * min(below, above) / (len(found) + 1)),
        n=n,
    )


def holm(p: Sequence[float]) -> list[float]:
    """Return the p values adjusted for being many (Holm, Scandinavian Journal of Statistics 6, 1979).

    An undefined one (NaN) stays so and does not count.
    """
    order = sorted((i for i, value in enumerate(p) if not np.isnan(value)), key=lambda i: p[i])
    adjusted = [float("nan")] * len(p)
    highest = 0.0
    for place, i in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - place) * p[i]))
        adjusted[i] = highest
    return adjusted


def verdict(difference: Difference, adjusted_p: float, margin: float, more_is_better: bool = True) -> Verdict:
    """Return what may be said of a difference.

    "better" or "worse" when the adjusted p is below 0.05; "equivalent" when the 90 % interval lies within
    ± ``margin`` (two one-sided tests: Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15, 1987);
    otherwise nothing was shown, which is not the same.
    """
    if adjusted_p < 1 - LEVEL:
        return "better" if (difference.value > 0) == more_is_better else "worse"
    if -margin < difference.inner_low and difference.inner_high < margin:
        return "equivalent"
    return "no difference shown"


def _percentiles(values: Floats, level: float) -> tuple[float, float]:
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(values, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


@lru_cache(maxsize=8)
def _indices(n: int) -> NDArray[np.int32]:
    """The same resamples for every figure over ``n`` questions, shape (RESAMPLES, n)."""
    return np.random.default_rng(SEED).integers(0, n, (RESAMPLES, n), np.int32)
