"""What the repository keeps of a run: the scores of every question, from which every figure is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from eval import bootstrap
from eval.figures import BY_NAME, PERCENTILES, Metric, difference, figure, latencies, shown
from eval.judge import Scores
from eval.runfile import Header, Run
from eval.tables import Table


class Strict(BaseModel):
    """A part of a file that is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(Strict):
    """What of a question the tables need."""

    id: str
    language: str
    split: str
    type: str


class Record(Strict):
    """What is kept of a run: its header, the scores by question (in the order of ``questions`` of the
    page) and the percentiles of its latencies in milliseconds. ``unit_words``: the median words of a unit
    of its index; a longer unit is found more easily and read less easily."""

    header: Header
    unit_words: int
    scores: dict[str, list[float | bool | None]]
    latencies_ms: dict[str, list[float]]

    def of_questions(self, chosen: Sequence[int]) -> list[Scores]:
        """Return the scores of some questions, by their places."""
        return [
            Scores.model_validate({name: column[at] for name, column in self.scores.items()}) for at in chosen
        ]


def record_of(run: Run, unit_words: int) -> Record:
    """Return what is kept of a run."""
    dumped = [row.scores.model_dump() for row in run.rows]
    return Record(
        header=run.header,
        unit_words=unit_words,
        scores={name: [_rounded(scores[name]) for scores in dumped] for name in Scores.model_fields},
        latencies_ms={
            stage: [round(value, 1) for value in values] for stage, values in latencies(run.rows).items()
        },
    )


def _rounded(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


def systems_table(
    named: Sequence[tuple[str, Record]],
    places: Sequence[int],
    names: Sequence[str],
    with_units: bool = False,
) -> Table:
    """Return some metrics of some records, each with its name, over the questions at some places."""
    metrics = [BY_NAME[name] for name in names]
    rows = []
    for system, record in named:
        scores = record.of_questions(places)
        unit = [str(record.unit_words)] if with_units else []
        rows.append((system, *unit, *(cell(metric, scores) for metric in metrics)))
    unit = ["words of a unit"] if with_units else []
    return Table(("system", *unit, *(metric.title for metric in metrics)), tuple(rows))


def differences_table(
    head: tuple[str, str],
    pairs: Sequence[tuple[str, Sequence[Scores], Sequence[Scores]]],
    names: Sequence[str],
) -> Table:
    """Return how the second scores of each pair differ from the first, p adjusted over all (Holm).

    ``head``: what the names of the pairs are, and what the verdict is said of.
    """
    found = [
        (name, BY_NAME[metric], difference(BY_NAME[metric], list(zip(before, after, strict=True))))
        for name, before, after in pairs
        for metric in names
    ]
    adjusted = bootstrap.holm([one.p for _, _, one in found])
    rows = []
    for (name, metric, one), p in zip(found, adjusted, strict=True):
        said = bootstrap.verdict(one, p, metric.margin, metric.more_is_better)
        margin = f" (±{metric.margin:g})" if said == "equivalent" else ""
        interval = f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
        rows.append((name, metric.title, str(one.n), interval, f"{p:.3f}", said + margin))
    return Table((head[0], "metric", "n", "difference", "p (Holm)", head[1]), tuple(rows))


def cell(metric: Metric, scores: Sequence[Scores]) -> str:
    """Return a figure as a table shows it."""
    digits = 1 if metric.name == "words" else 3
    return shown(figure(metric, scores), digits)


def latencies_table(named: Sequence[tuple[str, Record]]) -> str:
    """Return how long whole questions took, as Markdown."""
    rows = tuple(
        (system, *(f"{value:.0f} ms" for value in record.latencies_ms.get("total", [])))
        for system, record in named
    )
    return Table(("whole question", *(f"p{percentile}" for percentile in PERCENTILES)), rows).markdown()
