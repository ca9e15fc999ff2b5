"""What the reader and the adapter of the encoder are worth: runs of Dipnot with and without them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from corpus.errors import DipnotError
from eval.records import Record, differences_table, latencies_table, systems_table
from eval.runfile import Run, read_run

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
_SPLITS: Final = {"test": "held-out questions", "dev": "development questions"}
_LANGUAGES: Final = {"tr": "Turkish", "en": "English"}


def read_variants(folder: Path) -> dict[str, Run]:
    """Read the run files of a folder, named after VARIANTS; raises DipnotError without one of BASE."""
    found = {name: read_run(path) for name in VARIANTS if (path := folder / f"{name}.jsonl").exists()}
    if BASE not in found:
        raise DipnotError(f"There is no {BASE}.jsonl in {folder}: nothing to compare the others with.")
    return found


def markdown(records: Mapping[str, Record], places_of: Callable[[str, str], Sequence[int]]) -> str:
    """Return the tables of the page: each split in each language, then the differences, then the times.

    ``places_of``: the places of the questions of a split in a language.
    """
    named = [(VARIANTS[name], records[name]) for name in VARIANTS if name in records]
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
    parts += ["### How long an answer takes", latencies_table(named)]
    return "\n\n".join(parts)
