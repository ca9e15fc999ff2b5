"""What was measured on questions that others wrote, as JSON and as a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.article import Language
from corpus.errors import DipnotError
from eval import bootstrap
from eval.bootstrap import Interval
from eval.figures import RETRIEVAL, shown

RETRIEVED: Final = {metric.name: metric.title for metric in RETRIEVAL}
# Of all questions; of those answered; of those whose answer marks a value.
READ: Final = {
    "answered": "answered",
    "held_of_all": "held, of all",
    "held": "held, of answered",
    "exact_match": "exact match",
    "f1": "F1",
}
_LANGUAGES: Final = {"tr": "Turkish", "en": "English"}
_SETS: Final = {"thquad": "THQuAD", "xquad": "XQuAD"}
_SOURCES: Final = {
    "thquad": "THQuAD: Çiftçi, Soygazi, Kök et al., IEEE 2021; Turkish questions on Ottoman history; MIT. "
    "Only the files that its authors set aside for testing.",
    "xquad": "XQuAD: Artetxe et al., ACL 2020; the same questions and paragraphs of Wikipedia in Turkish and "
    "English, translated by people; CC BY-SA 4.0.",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Strict):
    """A mean over ``n`` questions with its 95 % bootstrap interval; None over no question."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Return the figure of one value a question."""
        found = bootstrap.interval([values])
        value, low, high = (None if isnan(x) else x for x in (found.value, found.low, found.high))
        return cls(value=value, low=low, high=high, n=found.n)

    @property
    def interval(self) -> Interval:
        """The figure as `eval.figures` shows it."""
        value, low, high = (float("nan") if x is None else x for x in (self.value, self.low, self.high))
        return Interval(value, low, high, self.n)


class Measured(_Strict):
    """The figures of one system, by the names in RETRIEVED and READ, and the seconds it took to ask."""

    system: str
    version: str
    figures: dict[str, Figure]
    seconds: float


class Direction(_Strict):
    """A set, the language of its questions, the language of the paragraphs searched, and the figures.

    ``questions`` were asked; ``dropped``, ``impossible`` and ``moved`` as in `eval.squad.SquadSet`, a
    question without its counterpart in the other language dropped too. ``passages``: Dipnot's.
    """

    set: str
    asked: Language
    text: Language
    articles: int
    paragraphs: int
    passages: int
    questions: int
    dropped: int
    impossible: int
    moved: int
    systems: list[Measured]


class External(_Strict):
    """All that was measured, where it comes from, and what was skipped for want of its files.

    ``files``: the sha256 of every file read, by its place in the folder. ``skipped``: sets with their
    languages, "xquad en→tr".
    """

    kind: Literal["dipnot-external"] = "dipnot-external"
    format: int = 1
    commit: str
    model: str
    model_sha256: str
    settings: dict[str, Any]
    versions: dict[str, str]
    machine: str
    created: str
    files: dict[str, str]
    directions: list[Direction]
    skipped: list[str]


def read_external(path: Path) -> External:
    """Read results that were written as JSON; raises DipnotError that names the place that is wrong."""
    try:
        return External.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DipnotError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DipnotError(
            f"{path.name} holds no results of `dipnot eval external`: "
            f"{where + ': ' if where else ''}{first['msg']}"
        ) from error


def markdown(external: External) -> str:
    """Return the results as a section of a page: what was asked, the tables, what they rest on."""
    parts = ["## Questions that others wrote", _EXPLANATION]
    parts += [_section(direction) for direction in external.directions]
    if external.skipped:
        parts.append(f"Skipped, their files were not there: {', '.join(external.skipped)}.")
    parts.append(_provenance(external))
    return "\n\n".join(parts) + "\n"


_EXPLANATION: Final = """\
The paragraphs of a set are indexed as articles of plain paragraphs. Each system is asked every question and
told neither its language nor its paragraph. Figures are means over questions with 95 % bootstrap intervals.

- Retrieval: a hit is relevant when it covers 70 % of the words of the answer at its place.
- *answered*: the share of questions that were not declined. *held*: the first sentence of the answer holds
  the right answer as whole words; a declined question holds nothing.
- *exact match* and *F1*: after SQuAD's evaluate-v1.1, of the value that an answer sets in bold, where it sets
  one (*values*: in how many answers). Letters are folded as in search; in Turkish, words are cut at their
  apostrophe and no article is dropped."""


def _section(direction: Direction) -> str:
    asked, text = _LANGUAGES[direction.asked], _LANGUAGES[direction.text]
    title = f"### {_SETS[direction.set]}: {asked} questions, {text} paragraphs"
    counts = (
        f"{direction.questions:,} questions over {direction.paragraphs:,} paragraphs "
        f"({direction.passages:,} passages of Dipnot). Left out: {direction.dropped} whose answer does not "
        f"stand in the paragraph, {direction.impossible} marked as having none. Kept: {direction.moved} "
        "whose answer stands elsewhere than the file says."
    )
    return "\n\n".join([title, counts, _retrieval_table(direction), _reading_table(direction)])


def _retrieval_table(direction: Direction) -> str:
    lines = [_line(["system", *RETRIEVED.values()]), _rule(1 + len(RETRIEVED))]
    for one in direction.systems:
        lines.append(_line([_name(one), *(shown(one.figures[name].interval) for name in RETRIEVED)]))
    return "\n".join(lines)


def _reading_table(direction: Direction) -> str:
    head = ["system", *READ.values(), "values", "ms a question"]
    lines = [_line(head), _rule(len(head))]
    for one in direction.systems:
        figures = [shown(one.figures[name].interval) for name in READ]
        pace = f"{1000 * one.seconds / direction.questions:.0f}" if direction.questions else "–"
        lines.append(_line([_name(one), *figures, str(one.figures["f1"].n), pace]))
    return "\n".join(lines)


def _provenance(external: External) -> str:
    sources = [_SOURCES[name] for name in dict.fromkeys(direction.set for direction in external.directions)]
    files = [f"`{name}` (sha256 {digest[:12]})" for name, digest in external.files.items()]
    libraries = ", ".join(f"{name} {version}" for name, version in external.versions.items())
    lines = [
        *sources,
        *([f"Files: {', '.join(files)}."] if files else []),
        f"Commit {external.commit}; model {external.model} {external.model_sha256[:8]}; {libraries}; "
        f"{external.machine}; {external.created}.",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _name(measured: Measured) -> str:
    return f"{measured.system} {measured.version}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return _line(["---"] * columns)
