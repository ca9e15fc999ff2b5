"""The page of the benchmark: what is kept of the runs behind it, and the page made from that.

A run file holds every answer; the repository keeps of it the scores of each question
(``docs/benchmarks.json``), from which every figure of ``docs/benchmarks.md`` is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from corpus.errors import DipnotError
from eval import ablation
from eval.external_results import External
from eval.external_results import markdown as external_markdown
from eval.figures import BY_NAME, figure, shown
from eval.gate import Baseline
from eval.peers import PEERS
from eval.records import (
    Question,
    Record,
    Strict,
    cell,
    differences_table,
    latencies_table,
    record_of,
    systems_table,
)
from eval.runfile import Row, Run
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


class Benchmarks(Strict):
    """Everything the page is made from. ``support``: the Markdown table of `eval.support`; ``learned``:
    Dipnot with and without what can be learned (`eval.ablation`)."""

    questions: list[Question]
    records: list[Record]
    support: str
    baseline: Baseline
    external: External | None = None
    learned: ablation.Learned | None = None

    @property
    def ours(self) -> Record:
        """Our own run."""
        return next(record for record in self.records if record.header.system == _OURS)

    def with_learned(self, before: Benchmarks) -> Benchmarks:
        """Return this with what was learned ``before``, where questions and articles are the same."""
        one, other = self.ours.header, before.ours.header
        is_same = (one.gold, one.corpus) == (other.gold, other.corpus)
        return self.model_copy(update={"learned": before.learned}) if is_same else self

    def places(self, split: str, language: str | None = None) -> list[int]:
        """Return the places of the questions of a split, in one language or both."""
        return [
            at
            for at, question in enumerate(self.questions)
            if question.split == split and language in (None, question.language)
        ]


def benchmarks_of(runs: Sequence[tuple[Run, int]], support: str, baseline: Baseline) -> Benchmarks:
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
        records=[record_of(run, words) for run, words in runs],
        support=support,
        baseline=baseline,
    )


def with_parts(kept: Benchmarks, external: External | None, variants: ablation.Variants | None) -> Benchmarks:
    """Return what is kept with others' questions, and with ``variants`` of Dipnot (`eval.ablation`), in the
    place of those before; None leaves them.

    Raises DipnotError where the variants were asked other questions.
    """
    ours = kept.ours
    external = external or kept.external
    if variants is None:
        return kept.model_copy(update={"external": external})
    for name, run in variants.runs.items():
        if (run.header.gold, run.header.corpus) != (ours.header.gold, ours.header.corpus):
            raise DipnotError(f"The run {name} is not over the questions and articles of the page.")
    if variants.external and (external is None or external.files != variants.external.files):
        raise DipnotError("The adapter was not asked the questions of others that the page has.")
    learned = ablation.Learned(
        records={name: record_of(run, ours.unit_words) for name, run in variants.runs.items()},
        examination=variants.examination,
        external=variants.external,
        near={name: record_of(run, ours.unit_words) for name, run in variants.near.items()},
        near_languages=[row.question.language for row in _rows_alike(variants)],
    )
    return kept.model_copy(update={"external": external, "learned": learned})


def _rows_alike(variants: ablation.Variants) -> list[Row]:
    """The rows of any of the runs over the questions that only look as if they were answered.

    Raises DipnotError where those are not the same, or where there is nothing to compare one with.
    """
    near = list(variants.near.values())
    corpora = {run.header.corpus for run in (*variants.runs.values(), *near)}
    if len({run.header.gold for run in near}) > 1 or (near and len(corpora) > 1):
        raise DipnotError("The runs over near questions are not over the same questions and articles.")
    if alone := sorted(variants.near.keys() - variants.runs.keys()):
        raise DipnotError(f"{alone[0]}{ablation.NEAR}.jsonl needs {alone[0]}.jsonl beside it.")
    return near[0].rows if near else []


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
    ours = kept.ours
    return environment.get_template("benchmarks.md.j2").render(
        header=ours.header,
        versions=_versions(kept.records),
        latencies=latencies_table(_named(kept.records)),
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
        learned=ablation.markdown(kept.learned, kept.external, kept.places) if kept.learned else "",
    )


def short(kept: Benchmarks) -> str:
    """Return Dipnot's main figures on the held-out questions as a Markdown table, for the README."""
    ours = kept.ours
    chosen = [ours.of_questions(kept.places("test", language)) for language in (None, "tr", "en")]
    rows = tuple(
        (BY_NAME[name].title, *(cell(BY_NAME[name], scores) for scores in chosen)) for name in _SHORT
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
                systems_table(_named(kept.records), places, _RETRIEVAL, with_units=True).markdown(),
                systems_table(_named(kept.records), places, _ANSWERS).markdown(),
            )
            for title, places in languages
        ],
        "silence": systems_table(_named(kept.records), everything, (*_CITED, *_REFUSAL)).markdown(),
        "differences": _differences_table(kept.records, ours, everything).markdown(),
        "types": _types_table(kept, ours, split).markdown(),
    }


def _differences_table(records: Sequence[Record], ours: Record, places: Sequence[int]) -> Table:
    own = ours.of_questions(places)
    pairs = [
        (record.header.system, record.of_questions(places), own)
        for record in records
        if record.header.system != _OURS
    ]
    return differences_table(("peer", "Dipnot is"), pairs, _COMPARED)


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


def _named(records: Sequence[Record]) -> list[tuple[str, Record]]:
    return [(record.header.system, record) for record in records]


def _versions(records: Sequence[Record]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for record in records:
        found |= record.header.versions
    return sorted(found.items())
