"""Files of questions: one JSON object a line in, one result a line out."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.answer import Answer
from app.assistant import Assistant
from app.question import clean
from corpus.errors import DipnotError

# A longer line is no question; it is refused before it is parsed.
_LONGEST_LINE: Final = 100_000


class Row(BaseModel):
    """One question of an input file; further keys are left alone."""

    model_config = ConfigDict(extra="ignore")

    id: str | int | None = None
    question: str
    language: Literal["tr", "en", "auto"] | None = None
    history: list[str] = Field(default_factory=list)


class HitRow(BaseModel):
    """One passage found."""

    rank: int
    passage: str
    article: str
    file: str
    spans: list[tuple[int, int]]
    score: float
    text: str


class Hits(BaseModel):
    """The passages found for one query."""

    id: str
    hits: list[HitRow]


Answerer = Callable[[str, Row], BaseModel]


def ask_rows(assistant: Assistant, language: str) -> Answerer:
    """Return what answers one row; ``language`` holds for rows that name none."""

    def answer(name: str, row: Row) -> Answer:
        found = assistant.ask(row.question, row.language or language, row.history)
        return found.model_copy(update={"id": name})

    return answer


def search_rows(assistant: Assistant, k: int) -> Answerer:
    """Return what searches for one row."""

    def find(name: str, row: Row) -> Hits:
        return Hits(id=name, hits=hits_of(assistant, row.question, k, row.language or "auto").hits)

    return find


def hits_of(assistant: Assistant, query: str, k: int, language: str = "auto") -> Hits:
    """Return the passages for a query as they are printed."""
    found = assistant.search(clean(query), k, language)
    return Hits(
        id="",
        hits=[
            HitRow(
                rank=hit.rank,
                passage=hit.passage.id,
                article=hit.article.id,
                file=hit.article.file,
                spans=list(hit.passage.spans),
                score=round(hit.score, 6),
                text=hit.passage.text,
            )
            for hit in found.hits
        ],
    )


def run(
    source: Path, target: Path, answerer: Answerer, progress: Callable[[int], None] = lambda read: None
) -> int:
    """Answer every row of ``source`` into ``target`` and return how many rows failed.

    A bad row is reported by its line number on stderr and the rest go on. The results are written
    beside, line by line, and put in place at the end, so that an older file is not lost half-way.
    ``progress`` is told how many bytes of ``source`` have been read.
    """
    part = part_of(target)
    failed = read = 0
    try:
        with source.open("rb") as lines, part.open("w", encoding="utf-8") as out:
            for number, line in enumerate(lines, 1):
                read += len(line)
                progress(read)
                if not line.strip():
                    continue
                try:
                    row = _row(line.removeprefix(BOM_UTF8) if number == 1 else line)
                    result = answerer(str(row.id) if row.id is not None else str(number), row)
                except (DipnotError, ValueError) as error:
                    typer.echo(f"line {number}: {_reason(error)}", err=True)
                    failed += 1
                    continue
                out.write(result.model_dump_json() + "\n")
                out.flush()
        os.replace(part, target)
    except OSError as error:
        raise DipnotError(f"{error.filename or target}: {error.strerror}") from error
    return failed


def part_of(target: Path) -> Path:
    """Return the file beside ``target`` that the results are written into until all are there."""
    return target.with_name(target.name + ".part")


def _row(line: bytes) -> Row:
    if len(line) > _LONGEST_LINE:
        raise ValueError(f"the line has {len(line)} bytes; at most {_LONGEST_LINE} are read")
    try:
        return Row.model_validate_json(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("the line is not UTF-8") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first: Any = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        # The parser counts lines inside the row, which is always its first.
        message = first["msg"].replace(" at line 1 column ", " at column ")
        return f"{where + ': ' if where else ''}{message}"
    return str(error)
