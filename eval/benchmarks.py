"""The page of the benchmark: what is kept of the runs behind it, and the page made from that.

A run file holds every answer; the repository keeps of it the scores of each question
(``docs/benchmarks.json``), from which every figure of ``docs/benchmarks.md`` is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.errors import DipnotError
from eval import bootstrap
from eval.external_results import External
from eval.external_results import markdown as external_markdown
from eval.figures import BY_NAME, PERCENTILES, Metric, difference, figure, latencies, shown
from eval.gate import Baseline
from eval.judge import Scores
from eval.peers import PEERS
from eval.runfile import Header, Run
from eval.tables import Table

_TEMPLATES: Final = Path(__file__).parent / "templates"
_OURS: Final = "dipnot"
_SPLITS: Final = ("test", "dev")
_RETRIEVAL: Final = ("recall_1", "recall_3", "recall_5", "recall_10", "mrr_10", "ndcg_10")
_ANSWERS: Final = ("right", "holds_facts", "in_language", "right_citation", "cited_ap", "words")
_CITED: Final = ("citation_recall", "citation_precision")
_REFUSAL: Final = ("refusal_precision", "refusal_recall", "refusal_f1", "false_refusal")
_SHORT: Final = ("recall_5", "mrr_10", "right", "holds_facts", "in_language", "right_citation", "refusal_f1")
_COMPARED: Final = ("recall_5", "mrr_10", "ndcg_10", "holds_facts", "right", "cited_ap")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(_Strict):
    """What of a question the tables need."""

    id: str
    language: str
    split: str
    type: str


class Record(_Strict):
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


class Benchmarks(_Strict):
    """Everything the page is made from. ``support``: the Markdown table of `eval.support`."""

    questions: list[Question]
    records: list[Record]
    support: str
    baseline: Baseline
    external: External | None = None

    def places(self, split: str, language: str | None = None) -> list[int]:
        """Return the places of the questions of a split, in one language or both."""
        return [
            at
            for at, question in enumerate(self.questions)
            if question.split == split and language in (None, question.language)
        ]


def benchmarks_of(
    runs: Sequence[tuple[Run, int]], support: str, baseline: Baseline, external: External | None
) -> Benchmarks:
    """Return what the page needs of some runs over the same questions, each with its median unit words.

    Raises DipnotError when they asked different questions, or none of them is our own.
    """
    first = runs[0][0]
    for run, _ in runs:
        if (run.header.gold, run.header.corpus) != (first.header.gold, first.header.corpus):
            raise DipnotError(
                f"The runs of {first.header.system} and {run.header.system} are not over the same questions "
                "and articles; run them again."
            )
    if _OURS not in [run.header.system for run, _ in runs]:
        raise DipnotError("There is no run of dipnot among the runs; give one.")
    return Benchmarks(
        questions=[
            Question(id=q.id, language=q.language, split=q.split, type=q.type)
            for q in (row.question for row in first.rows)
        ],
        records=[_record(run, words) for run, words in runs],
        support=support,
        baseline=baseline,
        external=external,
    )


def _record(run: Run, unit_words: int) -> Record:
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


def read_benchmarks(path: Path) -> Benchmarks:
    """Read what is kept; raises DipnotError."""
    try:
        return Benchmarks.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DipnotError(f"{path} cannot be read: {error}") from error


def page(kept: Benchmarks) -> str:
    """Return the page as Markdown."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Markdown, not HTML: nothing is escaped. What is filled in are figures and our own texts.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    ours = next(record for record in kept.records if record.header.system == _OURS)
    return environment.get_template("benchmarks.md.j2").render(
        header=ours.header,
        versions=_versions(kept.records),
        latencies=_latencies(kept.records),
        splits=[_split(kept, split, ours) for split in _SPLITS if kept.places(split)],
        peers=[
            (record.header, PEERS[record.header.system].description)
            for record in kept.records
            if record.header.system in PEERS
        ],
        support=kept.support,
        baseline=kept.baseline,
        guarded=[(BY_NAME[name].title, value) for name, value in kept.baseline.figures.items()],
        external=external_markdown(kept.external).rstrip() if kept.external else "",
    )


def short(kept: Benchmarks) -> str:
    """Return Dipnot's main figures on the held-out questions as a Markdown table, for the README."""
    ours = next(record for record in kept.records if record.header.system == _OURS)
    chosen = [ours.of_questions(kept.places("test", language)) for language in (None, "tr", "en")]
    rows = tuple(
        (BY_NAME[name].title, *(_cell(BY_NAME[name], scores) for scores in chosen)) for name in _SHORT
    )
    return Table(("held-out questions", "all", "Turkish", "English"), rows).markdown()


def _split(kept: Benchmarks, split: str, ours: Record) -> dict[str, Any]:
    """The tables of one split, by the names that the template has for them."""
    languages = [("Turkish", kept.places(split, "tr")), ("English", kept.places(split, "en"))]
    everything = kept.places(split)
    return {
        "name": split,
        "counts": [len(everything), *(len(places) for _, places in languages)],
        "languages": [
            (
                title,
                _systems_table(kept.records, places, _RETRIEVAL, with_units=True).markdown(),
                _systems_table(kept.records, places, _ANSWERS).markdown(),
            )
            for title, places in languages
        ],
        "silence": _systems_table(kept.records, everything, (*_CITED, *_REFUSAL)).markdown(),
        "differences": _differences_table(kept.records, ours, everything).markdown(),
        "types": _types_table(kept, ours, split).markdown(),
    }


def _systems_table(
    records: Sequence[Record], places: Sequence[int], names: Sequence[str], with_units: bool = False
) -> Table:
    metrics = [BY_NAME[name] for name in names]
    rows = []
    for record in records:
        scores = record.of_questions(places)
        unit = [str(record.unit_words)] if with_units else []
        rows.append((record.header.system, *unit, *(_cell(metric, scores) for metric in metrics)))
    unit = ["words of a unit"] if with_units else []
    return Table(("system", *unit, *(metric.title for metric in metrics)), tuple(rows))


def _cell(metric: Metric, scores: Sequence[Scores]) -> str:
    digits = 1 if metric.name == "words" else 3
    return shown(figure(metric, scores), digits)


def _differences_table(records: Sequence[Record], ours: Record, places: Sequence[int]) -> Table:
    own = ours.of_questions(places)
    found = [
        (record.header.system, BY_NAME[name], difference(BY_NAME[name], list(zip(theirs, own, strict=True))))
        for record in records
        if record.header.system != _OURS
        for theirs in [record.of_questions(places)]
        for name in _COMPARED
    ]
    adjusted = bootstrap.holm([one.p for _, _, one in found])
    rows = []
    for (system, metric, one), p in zip(found, adjusted, strict=True):
        said = bootstrap.verdict(one, p, metric.margin, metric.more_is_better)
        margin = f" (±{metric.margin:g})" if said == "equivalent" else ""
        interval = f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
        rows.append((system, metric.title, str(one.n), interval, f"{p:.3f}", said + margin))
    return Table(("peer", "metric", "n", "difference", "p (Holm)", "Dipnot is"), tuple(rows))


def _types_table(kept: Benchmarks, ours: Record, split: str) -> Table:
    kinds = dict.fromkeys(question.type for question in kept.questions)
    rows = []
    for kind in kinds:
        places = [at for at in kept.places(split) if kept.questions[at].type == kind]
        scores = ours.of_questions(places)
        figures = [shown(figure(BY_NAME[name], scores)) for name in ("recall_5", "right", "right_citation")]
        rows.append((kind, str(len(places)), *figures, str(sum(one.declined for one in scores))))
    return Table(
        ("type", "questions", "recall@5", "answers right", "right citation", "declined"), tuple(rows)
    )


def _versions(records: Sequence[Record]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for record in records:
        found |= record.header.versions
    return sorted(found.items())


def _latencies(records: Sequence[Record]) -> str:
    rows = tuple(
        (record.header.system, *(f"{value:.0f} ms" for value in record.latencies_ms.get("total", [])))
        for record in records
    )
    return Table(("whole question", *(f"p{percentile}" for percentile in PERCENTILES)), rows).markdown()
