"""The plot of the timeline: stacked bars, one part for each article, as numbers for an SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.period import Period
from app.timeline import Dated

# Sizes in units of the SVG.
WIDTH: Final = 760
HEIGHT: Final = 250
_TOP: Final = 24
_BOTTOM: Final = 38
# Of the room of a bar, what stays free beside it.
_GAP: Final = 0.22
# A single date is no tall bar.
_LEAST_HIGHEST: Final = 5
# More bars than this are labelled one in three, so that labels do not meet.
_MOST_LABELS: Final = 24
_LABEL_EVERY: Final = 3


@dataclass(frozen=True)
class Part:
    """What one article adds to a bar; ``series`` numbers the article, from 0."""

    series: int
    count: int
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """A bar: its period, its place from the left, its parts from the ground up, and what is written at it.

    ``is_within``: whether its period lies in the one that the list shows.
    """

    period: Period
    x: float
    width: float
    parts: tuple[Part, ...]
    count: int
    is_labelled: bool
    is_within: bool

    @property
    def top(self) -> float:
        """Where its highest part begins."""
        return min((part.y for part in self.parts), default=ground())


@dataclass(frozen=True)
class Plot:
    """The bars of a period, ``step`` apart."""

    bars: tuple[Bar, ...]
    step: float


def ground() -> float:
    """Return where the bars stand."""
    return HEIGHT - _BOTTOM


def plot(period: Period, dated: Sequence[Dated], articles: Sequence[str]) -> Plot:
    """Return the plot of a period; ``dated`` holds at least what its bars show, ``articles`` gives the order
    of the parts."""
    periods = period.bars()
    counts = [Counter(one.article.id for one in dated if one.date in bar) for bar in periods]
    scale = (ground() - _TOP) / max(_LEAST_HIGHEST, *(count.total() for count in counts))
    step = WIDTH / len(periods)
    every = _LABEL_EVERY if len(periods) > _MOST_LABELS else 1
    bars = tuple(
        Bar(
            period=own,
            x=round((i + _GAP / 2) * step, 2),
            width=round(step * (1 - _GAP), 2),
            parts=_parts(count, articles, scale),
            count=count.total(),
            is_labelled=i % every == 0,
            is_within=own.first <= period.last and period.first <= own.last,
        )
        for i, (own, count) in enumerate(zip(periods, counts, strict=True))
    )
    return Plot(bars, step)


def _parts(count: Counter[str], articles: Sequence[str], scale: float) -> tuple[Part, ...]:
    parts = []
    y = ground()
    for series, article in enumerate(articles):
        if count[article]:
            height = count[article] * scale
            y -= height
            parts.append(Part(series, count[article], round(y, 2), round(height, 2)))
    return tuple(parts)
