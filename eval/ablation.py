"""What the reader and the adapter of the encoder are worth: runs of Dipnot with and without them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import Field

from corpus.errors import DipnotError
from eval.examination_results import Examination, published_table, read_examination, table
from eval.external_results import RETRIEVED, External, read_external
from eval.figures import BY_NAME, figure, shown
from eval.records import Record, Strict, differences_table, latencies_table, systems_table
from eval.runfile import Run, read_run
from eval.tables import Table

# What each is compared with, and the others in the order of the page.
BASE: Final = "rules"
VARIANTS: Final[Mapping[str, str]] = {
    BASE: "rules only",
    "reader": "+ reader",
    "adapter": "+ adapter",
    "both": "+ both",
}
_METRICS: Final = (
    "recall_5",
    "mrr_10",
    "right",
    "holds_facts",
    "right_citation",
    "cited_ap",
    "refusal_f1",
    "refusal_auc",
)
# Of a run over questions that only look as if they were answered (eval/gold/near).
NEAR: Final = "-near"
_SPLITS: Final = {"test": "held-out questions", "dev": "development questions"}
_LANGUAGES: Final = {"tr": "Turkish", "en": "English"}


@dataclass(frozen=True)
class Variants:
    """Runs by the names in VARIANTS, and those over questions that only look as if they were answered
    (``near``); how the reader did with the paragraph given; how Dipnot with the adapter
    searches what others asked. None where that was not measured."""

    runs: Mapping[str, Run]
    examination: Examination | None
    external: External | None
    near: Mapping[str, Run] = field(default_factory=dict)


class Learned(Strict):
    """What is kept of them; ``near_languages``: those of the questions that ``near`` was asked, in order."""

    records: dict[str, Record]
    examination: Examination | None
    external: External | None
    near: dict[str, Record] = Field(default_factory=dict)
    near_languages: list[str] = Field(default_factory=list)


def read_variants(folder: Path) -> Variants:
    """Read what a folder holds: run files named after VARIANTS, and with NEAR behind the name those over the
    questions of eval/gold/near; ``examination.json`` of ``python -m
    eval.train examine``, ``external.json`` of ``dipnot eval external`` with the adapter.

    Raises DipnotError without a run of BASE.
    """
    found = _runs(folder, "")
    if BASE not in found:
        raise DipnotError(f"There is no {BASE}.jsonl in {folder}: nothing to compare the others with.")
    examination, external = folder / "examination.json", folder / "external.json"
    return Variants(
        found,
        read_examination(examination) if examination.exists() else None,
        read_external(external) if external.exists() else None,
        _runs(folder, NEAR),
    )


def _runs(folder: Path, suffix: str) -> dict[str, Run]:
    """The runs of a folder by the names in VARIANTS, each with a suffix."""
    paths = {name: folder / f"{name}{suffix}.jsonl" for name in VARIANTS}
    return {name: read_run(path) for name, path in paths.items() if path.exists()}


def markdown(
    learned: Learned, external: External | None, places_of: Callable[[str, str], Sequence[int]]
) -> str:
    """Return the tables of the page: each split in each language, the differences, the times; then the sets
    of others.

    ``external``: how Dipnot with its rules alone searches those. ``places_of``: the places of the questions
    of a split in a language.
    """
    named = [(VARIANTS[name], learned.records[name]) for name in VARIANTS if name in learned.records]
    parts = []
    for split, title in _SPLITS.items():
        places = {language: places_of(split, language) for language in _LANGUAGES}
        if not any(places.values()):
            continue
        for language, own in places.items():
            parts += [
                f"### {_LANGUAGES[language]}, {title}",
                systems_table(named, own, _METRICS).markdown(),
            ]
        pairs = [
            (f"{name}, {_LANGUAGES[language]}", named[0][1].of_questions(own), record.of_questions(own))
            for name, record in named[1:]
            for language, own in places.items()
        ]
        if pairs:
            table = differences_table(("less rules only", "it is"), pairs, _METRICS)
            parts += [f"### Differences, {title}", table.markdown()]
    if learned.near:
        parts += ["### Questions that only look as if they were answered", _near(learned, places_of)]
    parts += ["### How long an answer takes", latencies_table(named)]
    if learned.external and external:
        parts += ["### Questions that others wrote, searched", *_searched(external, learned.external)]
    if learned.examination:
        parts += ["### Questions that others wrote, the paragraph given", *_read(learned.examination)]
    return "\n\n".join(parts)


def _near(learned: Learned, places_of: Callable[[str, str], Sequence[int]]) -> str:
    """How many of them are declined, and how well they are told from the answerable questions of all splits
    in the same language."""
    lines = []
    for language, title in _LANGUAGES.items():
        near = [at for at, own in enumerate(learned.near_languages) if own == language]
        places = [at for split in _SPLITS for at in places_of(split, language)]
        for name, record in learned.near.items():
            asked = record.of_questions(near)
            answerable = [one for one in learned.records[name].of_questions(places) if one.answerable]
            area = shown(figure(BY_NAME["refusal_auc"], [*answerable, *asked]))
            declined = shown(figure(BY_NAME["refusal_recall"], asked))
            lines.append((title, VARIANTS[name], str(len(asked)), declined, area))
    return Table(("language", "variant", "questions", "declined", "refusal AUC"), tuple(lines)).markdown()


def _searched(before: External, after: External) -> list[str]:
    lines = [f"| set | variant | {' | '.join(RETRIEVED.values())} |", "|---" * (2 + len(RETRIEVED)) + "|"]
    for name, external in ((VARIANTS[BASE], before), (VARIANTS["adapter"], after)):
        for direction in external.directions:
            own = next(one for one in direction.systems if one.system == "dipnot")
            cells = [shown(own.figures[metric].interval) for metric in RETRIEVED]
            way = f"{direction.set} {direction.asked}→{direction.text}"
            lines.append(f"| {way} | {name} | {' | '.join(cells)} |")
    return ["\n".join([*lines[:2], *sorted(lines[2:], key=lambda line: line.split(" | ")[0])])]


def _read(examination: Examination) -> list[str]:
    return [
        "The reader has the paragraph, and names words in one of its sentences; exact match and F1 after "
        f"SQuAD's evaluate-v1.1. {examination.machine}, {examination.seconds:.0f} s in all.",
        "\n".join(table(examination.examined)),
        "What others reached, by their own reports. Their readers have the whole paragraph before them at "
        "once and are models of the size of BERT; the development file is not the same as the test files.",
        "\n".join(published_table()),
    ]
