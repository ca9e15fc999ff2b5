"""How a reader did where the paragraph is given, as JSON and as tables, beside what others reached."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from corpus.errors import DipnotError
from eval.external_results import Figure
from eval.figures import shown
from eval.records import Strict

_BERTURK: Final = (
    "A. Manav and A. Güngöre, BERT-base-Turkish-QA, "
    "[README](https://github.com/aybaras/BERT-base-Turkish-QA); taught the training files of THQuAD"
)
_CONVBERTURK: Final = (
    "M. İncidelen and M. Aydoğan, Black Sea Journal of Engineering and Science 8(2), 2025, "
    "[doi](https://doi.org/10.34248/bsengineering.1596832); taught SQuAD 2.0 in machine translation"
)
# What was published: set, model, exact match and F1 in per cent, source.
PUBLISHED: Final = (
    ("THQuAD, development file", "BERTurk", 60.37, 80.63, _BERTURK),
    ("XQuAD, Turkish", "BERTurk", 46.38, 70.74, _BERTURK),
    ("XQuAD, Turkish", "ConvBERTurk", 57.82, 71.59, _CONVBERTURK),
)


class Examined(Strict):
    """What became of the questions of one set: the share whose words are exactly an answer's, the mean F1 of
    their words, and the share whose sentence holds an answer."""

    way: str
    questions: int
    exact_match: Figure
    f1: Figure
    sentence: Figure


class Examination(Strict):
    """The sets a reader was examined on, and the machine it took ``seconds`` on."""

    kind: Literal["dipnot-examination"] = "dipnot-examination"
    format: int = 1
    reader: str
    commit: str
    machine: str
    created: str
    seconds: float
    examined: list[Examined]


def read_examination(path: Path) -> Examination:
    """Read what ``python -m eval.train examine`` wrote; raises DipnotError."""
    try:
        return Examination.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DipnotError(f"{path} cannot be read: {error}") from error


def table(examined: list[Examined]) -> list[str]:
    """Return the lines of a table."""
    return [
        "| set | questions | exact match | F1 | right sentence |",
        "|---|---|---|---|---|",
        *(
            f"| {one.way} | {one.questions} | {shown(one.exact_match.interval)} | {shown(one.f1.interval)} "
            f"| {shown(one.sentence.interval)} |"
            for one in examined
        ),
    ]


def published_table() -> list[str]:
    """Return the lines of a table of what others reached."""
    return [
        "| set | model | exact match | F1 | source |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {model} | {exact / 100:.3f} | {f1 / 100:.3f} | {source} |"
            for name, model, exact, f1, source in PUBLISHED
        ),
    ]
