"""The figures of a run as tables: as values for a page, as Markdown for everything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.figures import (
    ANSWERS,
    BY_NAME,
    PERCENTILES,
    REFUSAL,
    RETRIEVAL,
    Metric,
    figure,
    groups,
    latencies,
    shown,
)
from eval.runfile import Row, Run

LANGUAGES = ("all", "tr", "en")


@dataclass(frozen=True)
class Table:
    """A table of texts; the first cell of a row names the row."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return the table as Markdown."""
        lines = (self.header, ("---",) * len(self.header), *self.rows)
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def metrics(rows: Sequence[Row], of: Iterable[Metric]) -> Table:
    """Return metrics over all questions and by language, each with its 95 % interval.

    ``n`` is the number of questions, of all, that a metric is made from.
    """
    own = {name: found for name, found in groups(rows).items() if name in LANGUAGES}
    lines = []
    for metric in of:
        figures = [figure(metric, [row.scores for row in found]) for found in own.values()]
        count = str(figures[0].n) if figures else "0"
        digits = 1 if metric.name == "words" else 3
        lines.append((metric.title, count, *(shown(one, digits) for one in figures)))
    return Table(("metric", "n", *own), tuple(lines))


def types(rows: Sequence[Row]) -> Table:
    """Return, for each type of question, what was found, answered rightly and declined."""
    lines = []
    for name, own in groups(rows).items():
        if name in LANGUAGES:
            continue
        scores = [row.scores for row in own]
        figures = [shown(figure(BY_NAME[m], scores)) for m in ("recall_5", "right", "right_citation")]
        declined = sum(one.declined for one in scores)
        lines.append((name, str(len(own)), *figures, f"{declined} of {len(own)}"))
    return Table(
        ("type", "questions", "recall@5", "answers right", "right citation", "declined"), tuple(lines)
    )


def latency(rows: Sequence[Row]) -> Table:
    """Return the milliseconds of each stage: median, 95th and 99th percentile."""
    return Table(
        ("stage", *(f"p{percentile}" for percentile in PERCENTILES)),
        tuple((stage, *(f"{value:.1f} ms" for value in values)) for stage, values in latencies(rows).items()),
    )


def metrics_table(rows: Sequence[Row], of: Iterable[Metric]) -> str:
    """Return ``metrics`` as Markdown."""
    return metrics(rows, of).markdown()


def types_table(rows: Sequence[Row]) -> str:
    """Return ``types`` as Markdown."""
    return types(rows).markdown()


def latency_table(rows: Sequence[Row]) -> str:
    """Return ``latency`` as Markdown."""
    return latency(rows).markdown()


def summary(run: Run) -> str:
    """Return what a run shows, for a terminal."""
    return "\n\n".join(
        (
            f"{run.header.questions} questions ({run.header.split}), {run.header.system} "
            f"{run.header.system_version}, commit {run.header.commit}; 95 % bootstrap intervals.",
            metrics_table(run.rows, RETRIEVAL),
            metrics_table(run.rows, (*ANSWERS, *REFUSAL)),
            latency_table(run.rows),
        )
    )
