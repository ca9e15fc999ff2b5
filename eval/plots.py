"""The plots of a report, each an SVG element as text that stands in a page as it is.

The same rows give the same text: ids are hashed with a fixed salt, there is no date, letters are drawn as
paths of the typeface that comes with matplotlib. Colours are those of Okabe & Ito ("Color Universal
Design", 2008), which the colour-blind tell apart; line styles and markers tell the series apart in grey.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from io import StringIO
from itertools import cycle
from math import isnan
from typing import TYPE_CHECKING, Any, Final, get_args

from corpus.errors import DipnotError
from eval.bootstrap import Interval
from eval.figures import BY_NAME, PERCENTILES, Metric, curve, figure, groups, latencies
from eval.gold import AnswerableType, DeclinedType
from eval.runfile import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK: Final = "#222222"
_BLUE, _VERMILLION, _SKY, _GREEN, _PURPLE = "#0072B2", "#D55E00", "#56B4E9", "#009E73", "#CC79A7"
# Colour, line style and marker of a group of questions.
_GROUPS: Final = {"all": (_INK, "-", "o"), "tr": (_BLUE, "--", "s"), "en": (_VERMILLION, "-.", "D")}
_STAGES: Final = (
    (_INK, "-"),
    (_BLUE, "--"),
    (_VERMILLION, "-."),
    (_GREEN, ":"),
    (_PURPLE, (0, (5, 1, 1, 1, 1, 1))),
)
_STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "path",
    "svg.hashsalt": "dipnot",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "text.parse_math": False,
}
_WIDTH: Final = 5.4
_CUTOFFS: Final = (1, 3, 5, 10)
# Logarithms need a least value: what took less milliseconds is drawn as if it took this.
_LEAST: Final = 0.1
_NO_METADATA: Final = {"Date": None, "Creator": None, "Format": None, "Type": None}
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_ID: Final = re.compile(r'(?<=\sid=")|(?<=href="#)|(?<=url\(#)')


def recall_plot(rows: Sequence[Row]) -> str | None:
    """Draw recall@k by language with 95 % intervals; None where no question is answerable."""
    metrics = [BY_NAME[f"recall_{k}"] for k in _CUTOFFS]
    series = {
        language: [figure(metric, [row.scores for row in own]) for metric in metrics]
        for language, own in groups(rows).items()
        if language in ("tr", "en")
    }
    series = {language: found for language, found in series.items() if found[0].n}
    if not series:
        return None
    with _figure(3.7) as (plot, axes):
        for shift, (language, found) in zip((-0.06, 0.06), series.items(), strict=False):
            colour, line, marker = _GROUPS[language]
            axes.errorbar(
                [at + shift for at in range(len(found))],
                [one.value for one in found],
                yerr=_bars(found),
                label=f"{language} (n = {found[0].n})",
                color=colour,
                linestyle=line,
                marker=marker,
                markersize=6,
                capsize=3,
            )
        axes.set(
            title="Recall by number of hits",
            xlabel="k: how many hits count",
            ylabel="recall@k, 95 % interval",
            ylim=(0, 1.02),
        )
        axes.set_xticks(range(len(_CUTOFFS)), [str(k) for k in _CUTOFFS])
        axes.legend(loc="lower right")
        said = "; ".join(
            f"{language} "
            + ", ".join(f"{one.value:.2f} at {k}" for k, one in zip(_CUTOFFS, own, strict=True))
            for language, own in series.items()
        )
        return _svg(plot, "recall", f"Line plot of recall@k by language: {said}.")


def risk_coverage_plot(rows: Sequence[Row]) -> str | None:
    """Draw the risk–coverage curves, each ending at the operating point; None where nothing was answered."""
    curves = {name: curve(own) for name, own in groups(rows).items() if name in _GROUPS}
    curves = {name: found for name, found in curves.items() if len(found.risk)}
    if not curves:
        return None
    said = []
    with _figure(4.4) as (plot, axes):
        for name, found in curves.items():
            colour, line, marker = _GROUPS[name]
            text = (
                f"{name}: answers {found.coverage[-1]:.0%}, risk {found.risk[-1]:.2f}, area {found.area:.2f}"
            )
            said.append(text)
            axes.plot(
                found.coverage,
                found.risk,
                label=text,
                color=colour,
                linestyle=line,
                linewidth=1.6,
                marker=marker,
                markersize=7,
                markevery=[len(found.risk) - 1],
            )
        axes.set(
            title="Risk and coverage",
            xlabel="coverage: share of the questions answered, most confident first",
            ylabel="risk: share of those answers not right",
            xlim=(0, 1.02),
            ylim=(0, 1.02),
        )
        plot.legend(loc="outside lower center", title="The mark is the operating point")
        return _svg(
            plot, "risk-coverage", f"Risk–coverage curves, at the operating point: {'; '.join(said)}."
        )


def latency_plot(rows: Sequence[Row]) -> str | None:
    """Draw the distribution of the milliseconds of each stage; None where no time was recorded."""
    stages = latencies(rows)
    if not stages:
        return None
    said = []
    with _figure(3.9) as (plot, axes):
        for (stage, percentiles), (colour, line) in zip(stages.items(), cycle(_STAGES), strict=False):
            text = f"{stage}: median {percentiles[0]:.3g} ms, p95 {percentiles[1]:.3g} ms"
            said.append(text)
            axes.ecdf(
                [max(_LEAST, row.timings_ms[stage]) for row in rows if stage in row.timings_ms],
                label=text,
                color=colour,
                linestyle=line,
                linewidth=1.6,
            )
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set(
            title="Time by stage", xlabel="milliseconds (logarithmic)", ylabel="share of the questions done"
        )
        axes.set_yticks([0, 0.25, 0.5, 0.75, 0.95], ["0", "0.25", "median", "0.75", f"p{PERCENTILES[1]}"])
        plot.legend(loc="outside lower center")
        return _svg(plot, "latency", f"Cumulative distribution of the time by stage. {'; '.join(said)}.")


def types_plot(rows: Sequence[Row]) -> str | None:
    """Draw the share of right answers by type with 95 % intervals; None where no question is answerable."""
    return _type_bars(
        rows, get_args(AnswerableType), BY_NAME["right"], "Answers right by type of question", "types"
    )


def refusal_plot(rows: Sequence[Row]) -> str | None:
    """Draw, of each type that must be declined, the share that was; None where there is no such question."""
    return _type_bars(
        rows,
        get_args(DeclinedType),
        BY_NAME["refusal_recall"],
        "Declined, of what must be declined",
        "refusal",
    )


def growth_plot(series: Mapping[str, Sequence[tuple[int, float]]], bound: float) -> str:
    """Draw the milliseconds of a search by number of passages, a line for each kind of index, both axes
    logarithmic; ``bound``: what it must stay below."""
    said = []
    with _figure(3.9) as (plot, axes):
        for (name, points), (colour, line) in zip(series.items(), cycle(_STAGES), strict=False):
            if not points:
                continue
            said.append(f"{name} " + ", ".join(f"{ms:.2g} ms at {count:,}" for count, ms in points))
            axes.plot(*zip(*points, strict=True), label=name, color=colour, linestyle=line, marker="o")
        axes.axhline(bound, color=_VERMILLION, linewidth=0.8)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.set(
            title="Search by number of passages", xlabel="passages", ylabel="p95 of a search, milliseconds"
        )
        plot.legend(loc="outside lower center", ncols=3)
        return _svg(plot, "growth", f"p95 of a search, bound {bound:g} ms. {'; '.join(said)}.")


def _type_bars(
    rows: Sequence[Row], kinds: Sequence[str], metric: Metric, title: str, name: str
) -> str | None:
    """Bars in the order in which the types are defined, so that two reports can be laid side by side."""
    own = groups(rows)
    found = {kind: figure(metric, [row.scores for row in own[kind]]) for kind in kinds if kind in own}
    if not found:
        return None
    values = list(found.values())
    with _figure(1.2 + 0.3 * len(found)) as (plot, axes):
        axes.barh(
            [f"{kind} (n = {one.n})" for kind, one in found.items()],
            [one.value for one in values],
            xerr=_bars(values),
            height=0.62,
            color=_SKY,
            edgecolor=_BLUE,
            ecolor=_INK,
            capsize=3,
        )
        for at, one in enumerate(values):
            axes.annotate(
                f"{one.value:.2f}", (1.02, at), xycoords=("axes fraction", "data"), verticalalignment="center"
            )
        axes.set(title=title, xlabel="share of the questions, 95 % interval", xlim=(0, 1.005))
        axes.set_ylim(len(found) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        said = ", ".join(f"{kind} {one.value:.2f} of {one.n}" for kind, one in found.items())
        return _svg(plot, name, f"Bars. {title}: {said}.")


def _bars(intervals: Sequence[Interval]) -> list[list[float]]:
    """The lengths of error bars, below and above; 0 where an interval is undefined."""
    below = [one.value - one.low for one in intervals]
    above = [one.high - one.value for one in intervals]
    return [[0.0 if isnan(length) else max(0.0, length) for length in side] for side in (below, above)]


@contextmanager
def _figure(height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give an empty figure, ``height`` inches high, in our style whatever the user's matplotlibrc says."""
    try:
        from matplotlib import style
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise DipnotError("Plots need matplotlib: pip install 'dipnot[eval]'") from error

    with style.context(["default", _STYLE]):
        plot = Figure(figsize=(_WIDTH, height), layout="constrained")
        yield plot, plot.subplots()


def _svg(plot: Figure, name: str, label: str) -> str:
    """Return a figure as an ``svg`` element with a label; its ids begin with ``name``, so that several
    figures can stand in one page."""
    out = StringIO()
    plot.savefig(out, format="svg", metadata=_NO_METADATA)
    text = out.getvalue()
    element = _ID.sub(f"{name}-", _COMMENT.sub("", text[text.index("<svg") :].strip()))
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
