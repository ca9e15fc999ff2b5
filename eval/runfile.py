"""A run on disk: a header that says what was run, then one row a question.

JSON lines, so that a run that was killed goes on where it stopped and a diff is readable. Two runs of
the same thing differ in the header's ``created`` and in the ``timings_ms`` alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TextIO, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app.answer import Answer
from corpus.errors import DipnotError
from eval.gold import GoldQuestion
from eval.judge import FoundHit, Scores

FORMAT: Final = 1
_Line = TypeVar("_Line", "Header", "Row")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Header(_Strict):
    """What was run, on what, with what, where and when."""

    kind: Literal["dipnot-run"] = "dipnot-run"
    format: int = FORMAT
    system: str
    system_version: str
    commit: str
    corpus: str
    gold: str
    questions: int
    split: str
    generation: str
    model: str
    model_sha256: str
    settings: dict[str, Any]
    versions: dict[str, str]
    machine: str
    created: str

    def differences(self, other: Header) -> list[str]:
        """Name the keys, ``created`` aside, that two headers do not share."""
        mine, its = self.model_dump(exclude={"created"}), other.model_dump(exclude={"created"})
        return [key for key in mine if mine[key] != its[key]]


class Row(_Strict):
    """One question: what was asked, found and answered, and its scores.

    ``relevant_units``: how many units of the system's index are relevant, for nDCG.
    """

    question: GoldQuestion
    hits: list[FoundHit]
    relevant_units: int
    answer: Answer
    scores: Scores
    timings_ms: dict[str, float]


class Run(_Strict):
    """A whole run."""

    header: Header
    rows: list[Row]


def read_run(path: Path) -> Run:
    """Read a finished run; raises DipnotError that names the line that is not as it should be."""
    header, rows = _read(path)
    if len(rows) != header.questions:
        raise DipnotError(
            f"{path.name}: the header announces {header.questions} questions, there are {len(rows)}. "
            "Run again with the same --out to finish it."
        )
    return Run(header=header, rows=rows)


@contextmanager
def writing(path: Path, header: Header) -> Iterator[tuple[list[Row], Appender]]:
    """Give the rows that an earlier, unfinished run of the same thing left, and what appends to them.

    Rows go to ``path`+ ".part"``, synced line by line, which takes the place of ``path`` at the end.
    Raises DipnotError when what is there is of another run.
    """
    part = path.with_name(path.name + ".part")
    rows: list[Row] = []
    if part.exists():
        _drop_torn_line(part)
    if part.exists():
        found, rows = _read(part)
        if differing := found.differences(header):
            raise DipnotError(
                f"{part} was left by another run (other {', '.join(differing)}); "
                "remove it, or give another --out."
            )
    try:
        with part.open("a", encoding="utf-8") as file:
            appender = Appender(file)
            if not rows and file.tell() == 0:
                appender.write(header)
            yield rows, appender
        os.replace(part, path)
    except OSError as error:
        raise DipnotError(f"{error.filename or path}: {error.strerror}") from error


class Appender:
    """Appends to an open file of JSON lines, each on the disk before the next is made."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: Header | Row) -> None:
        """Append one line."""
        self._file.write(line.model_dump_json() + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def same_questions(one: Run, other: Run) -> list[tuple[Row, Row]]:
    """Return the rows of the questions that both runs have, in the order of the first.

    Raises DipnotError where a question of the same id is not the same question.
    """
    theirs = {row.question.id: row for row in other.rows}
    pairs = [(row, theirs[row.question.id]) for row in one.rows if row.question.id in theirs]
    changed = [mine.question.id for mine, its in pairs if mine.question != its.question]
    if changed:
        raise DipnotError(f"The runs asked different questions under the same id: {', '.join(changed[:5])}.")
    if not pairs:
        raise DipnotError("The runs have no question in common.")
    return pairs


def _read(path: Path) -> tuple[Header, list[Row]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise DipnotError(f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DipnotError(f"{path} cannot be read: {error}") from error
    if not lines:
        raise DipnotError(f"{path.name}, line 1: the file is empty; it is no run of Dipnot.")
    header = _parse(Header, lines[0], path, 1)
    if header.format != FORMAT:
        raise DipnotError(
            f"{path.name}, line 1: the run has format {header.format}, this Dipnot reads {FORMAT}."
        )
    rows = [_parse(Row, line, path, number) for number, line in enumerate(lines[1:], 2)]
    names: Sequence[str] = [row.question.id for row in rows]
    for number, name in enumerate(names, 2):
        if name in names[: number - 2]:
            raise DipnotError(f"{path.name}, line {number}: {name} was there before.")
    return header, rows


def _parse(shape: type[_Line], line: str, path: Path, number: int) -> _Line:
    try:
        return shape.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DipnotError(
            f"{path.name}, line {number}: {where + ': ' if where else ''}{first['msg']}"
        ) from error


def _drop_torn_line(part: Path) -> None:
    """Cut a last line that was not written whole."""
    content = part.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole:
        with part.open("r+b") as file:
            file.truncate(len(whole))
    else:
        part.unlink()


def fingerprint(lines: Iterable[BaseModel]) -> str:
    """Return the sha256, in hex, of some models as JSON lines."""
    return hashlib.sha256("".join(line.model_dump_json() + "\n" for line in lines).encode()).hexdigest()
