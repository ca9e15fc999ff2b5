"""What ``dipnot feedback export`` writes."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import typer

from app.feedback import Entry, Feedback
from app.visible import visible, visible_json
from corpus.errors import QuestionError

if TYPE_CHECKING:
    from app.settings import Settings

Format = Literal["jsonl", "csv"]
# A spreadsheet takes a cell that begins so for a formula and carries it out.
_FORMULA: Final = (*"=+-@＝＋－＠", "\t", "\r", "\n")


def run_export(settings: Settings, output: Path | None, form: Format) -> None:
    """Write the feedback that is kept, in UTF-8, to a file or, without one, to the standard output.

    Raises FeedbackError when it cannot be read, QuestionError when there is no such folder, OSError when the
    file cannot be written; an older file is replaced at the end, never left half-way.
    """
    if output is not None and (output.is_dir() or not output.absolute().parent.is_dir()):
        raise QuestionError(f"{output} cannot be written: name a file in a folder that exists.")
    entries = Feedback(settings.feedback_file, settings.feedback_days).entries()
    data = (as_csv(entries) if form == "csv" else as_jsonl(entries)).encode()
    if output is None:
        typer.echo(data, nl=False)
        return
    # Behind a link the file is replaced, not the link.
    target = output.resolve()
    part = target.with_name(target.name + ".part")
    part.write_bytes(data)
    os.replace(part, target)
    typer.echo(f"{len(entries)} entries written to {output}.", err=True)


def as_jsonl(entries: Iterable[Entry]) -> str:
    """Return the entries as JSON objects, one a line."""
    return "".join(visible_json(json.dumps(asdict(entry), ensure_ascii=False)) + "\n" for entry in entries)


def as_csv(entries: Iterable[Entry]) -> str:
    """Return the entries as a table with a line of names.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it; unseen characters are
    named.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(field.name for field in fields(Entry))
    writer.writerows([_defused(cell) for cell in astuple(entry)] for entry in entries)
    return table.getvalue()


def _defused(cell: str) -> str:
    # A line break within a cell may be any; what is quoted holds it.
    shown = "\r".join(visible(part) for part in cell.split("\r"))
    return f"'{shown}" if cell.startswith(_FORMULA) else shown
