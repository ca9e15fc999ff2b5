"""What readers say of an answer: a verdict and a note, kept for some time in a file of SQLite.

Of the reader nothing is kept, neither address nor browser: only what was asked, what was said of the answer,
and when.
"""

from __future__ import annotations

import logging
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, HTTPException, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.permalink import LONGEST_ID, PermalinkError, decode
from corpus.errors import DipnotError
from corpus.text import nfc

_log = logging.getLogger(__name__)
LONGEST_NOTE: Final = 1000
Verdict = Literal["right", "wrong", "wrong_source"]

# A writer waits so many seconds for the others: a row takes milliseconds.
_WAIT: Final = 5.0
_CREATE: Final = """
CREATE TABLE IF NOT EXISTS feedback (
    time TEXT NOT NULL, verdict TEXT NOT NULL, note TEXT NOT NULL, question TEXT NOT NULL,
    language TEXT NOT NULL, generation TEXT NOT NULL, answer TEXT NOT NULL
)
"""


class FeedbackError(DipnotError):
    """The file of the feedback cannot be used: a full disk, a lock, no right to it, not SQLite."""


@dataclass(frozen=True)
class Entry:
    """What was said of an answer once.

    ``time``: in UTC, to the second (2026-01-31T09:05:00Z); ``answer``: the id of its permanent link, which
    question, language and generation are read from.
    """

    time: str
    verdict: str
    note: str
    question: str
    language: str
    generation: str
    answer: str


_COLUMNS: Final = ", ".join(field.name for field in fields(Entry))


class Feedback:
    """The feedback in one file; safe from any number of threads and processes, for each call opens the file
    for itself."""

    def __init__(
        self, path: Path, days: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """``days``: how long an entry is kept, 0 for not at all; ``now``: the time in UTC."""
        self._path = path
        self._days = days
        self._now = now

    @property
    def is_kept(self) -> bool:
        """Whether anything is kept at all."""
        return self._days > 0

    def add(self, answer: str, verdict: Verdict, note: str = "") -> None:
        """Keep what was said of the answer with the permanent id ``answer``; what was said before stays.

        Raises PermalinkError for an id that names no answer, FeedbackError when the file cannot be written or
        nothing is to be kept. ``note``: as Said leaves it.
        """
        reference = decode(answer)
        if not self.is_kept:
            raise FeedbackError("No feedback is kept here (feedback_days is 0).")
        time = _written(self._now())
        entry = Entry(
            time, verdict, note, reference.question, reference.language, reference.generation, answer
        )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._failed(error) from error
        with self._writing() as connection:
            marks = ", ".join("?" for _ in fields(Entry))
            connection.execute(f"INSERT INTO feedback ({_COLUMNS}) VALUES ({marks})", astuple(entry))

    def entries(self) -> list[Entry]:
        """Return what is kept, oldest first; what is older than is to be kept is deleted before.

        Raises FeedbackError when the file cannot be read.
        """
        if not self._path.exists():
            return []
        with self._writing() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM feedback ORDER BY time, rowid").fetchall()
        return [Entry(*row) for row in rows]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, begun by deleting what is too old; all of it is done, or nothing."""
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)) as connection:
                # What is deleted is overwritten, not only let go of.
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_CREATE)
                oldest = _written(self._now() - timedelta(days=self._days))
                connection.execute("DELETE FROM feedback WHERE time <= ?", (oldest,))
                yield connection
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> FeedbackError:
        return FeedbackError(
            f"The feedback file {self._path} cannot be used: {error}. "
            "Free the disk or the file, or set feedback_file to another."
        )


def _written(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(note: str) -> str:
    """A note as composed text without white space around it; raises ValueError for control characters."""
    if any(unicodedata.category(char) == "Cc" and not char.isspace() for char in note):
        raise ValueError("the note holds control characters; write it as plain text")
    return nfc(note).strip()


class Said(BaseModel):
    """What a reader says of an answer: its permanent id, a verdict and a note."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
    verdict: Verdict
    note: Annotated[str, Field(max_length=LONGEST_NOTE), AfterValidator(_plain)] = ""


class _Refusal(BaseModel):
    detail: str


_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": _Refusal, "description": "No feedback is kept here."},
    422: {
        "model": _Refusal,
        "description": "Not feedback: an unknown id or verdict, a note that is too long.",
    },
    503: {"model": _Refusal, "description": "The feedback could not be kept."},
}


def router(feedback: Feedback) -> APIRouter:
    """Return the route ``POST /v1/feedback``."""
    routes = APIRouter()

    @routes.post("/v1/feedback", status_code=204, response_class=Response, responses=_REFUSALS)
    def say(body: Said) -> None:
        """Keep what a reader says of an answer."""
        if not feedback.is_kept:
            raise HTTPException(404, "No feedback is kept here.")
        try:
            feedback.add(body.answer, body.verdict, body.note)
        except PermalinkError as error:
            raise HTTPException(422, str(error)) from error
        except FeedbackError as error:
            # Where the file lies is for the log of the server, not for a reader.
            _log.error("%s", error)
            raise HTTPException(503, "The feedback could not be kept; try again later.") from error

    return routes
