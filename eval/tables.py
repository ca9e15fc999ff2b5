"""The figures of a run as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eval.figures import ANSWERS, PERCENTILES, REFUSAL, RETRIEVAL, Metric, figure, groups, latencies, shown
from eval.runfile import Row, Run

_LANGUAGES = ("all", "tr", "en")


def metrics_table(rows: Sequence[Row], metrics: Iterable[Metric]) -> str:
    """Return metrics over all questions and by language, each with its 95 % interval."""
    own = {name: found for name, found in groups(rows).items() if name in _LANGUAGES}
    lines = [_line(["", *own]), _line(["---"] * (len(own) + 1))]
    for metric in metrics:
        figures = [shown(figure(metric, [row.scores for row in found])) for found in own.values()]
        lines.append(_line([metric.title, *figures]))
    return "\n".join(lines)


def types_table(rows: Sequence[Row]) -> str:
    """Return, for each type of question, what was found, answered rightly and declined."""
    lines = [
        _line(["type", "questions", "recall@5", "answers right", "right citation", "declined"]),
        _line(["---"] * 6),
    ]
    by_name = {metric.name: metric for metric in (*RETRIEVAL, *ANSWERS)}
    for name, own in groups(rows).items():
        if name in _LANGUAGES:
            continue
        scores = [row.scores for row in own]
        figures = [shown(figure(by_name[m], scores)) for m in ("recall_5", "right", "right_citation")]
        declined = sum(one.declined for one in scores)
        lines.append(_line([name, str(len(own)), *figures, f"{declined} of {len(own)}"]))
    return "\n".join(lines)


def latency_table(rows: Sequence[Row]) -> str:
    """Return the milliseconds of each stage: median, 95th and 99th percentile."""
    lines = [_line(["stage", *(f"p{p}" for p in PERCENTILES)]), _line(["---"] * (len(PERCENTILES) + 1))]
    for stage, values in latencies(rows).items():
        lines.append(_line([stage, *(f"{value:.1f} ms" for value in values)]))
    return "\n".join(lines)


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


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
