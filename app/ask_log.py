"""Every question, written to the log: what became of it, and itself only where that is allowed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.logs import Value, fields

if TYPE_CHECKING:
    from app.answer import Answer

_log = logging.getLogger(__name__)
# Enough to see what was asked; a question may have 2,000 characters.
LONGEST: Final = 200
_MILLISECONDS: Final = 1000


@dataclass
class Asked:
    """A question on its way; ``answer`` is put here when there is one."""

    answer: Answer | None = None


class AskLog:
    """Writes one record for each question that is asked: what became of it, and itself only where allowed.

    Without that leave neither the answer's id is written: it is a digest of the question, by which a question
    that somebody guesses could be recognised.
    """

    def __init__(self, *, with_questions: bool) -> None:
        self._with_questions = with_questions

    @contextmanager
    def asking(self, question: str) -> Iterator[Asked]:
        """Write the record when the block ends; an error goes on to whoever asked."""
        asked, started = Asked(), time.perf_counter()
        error = ""
        try:
            yield asked
        except Exception as raised:
            error = type(raised).__name__
            raise
        finally:
            self._write(question, asked.answer, error, time.perf_counter() - started)

    def _write(self, question: str, answer: Answer | None, error: str, seconds: float) -> None:
        told: dict[str, Value] = {
            "status": answer.status if answer else "failed" if error else "given up",
            "language": answer.language if answer else None,
            "reason": error or (answer.reason if answer else None),
            "ms": round(seconds * _MILLISECONDS, 1),
        }
        if self._with_questions:
            told["answer"] = answer.id if answer else None
            told["question"] = " ".join(question.split())[:LONGEST]
        _log.info("question", extra=fields(**told))
