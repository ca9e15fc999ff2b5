"""What a reader reads, and what it makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.article import Span

# What stands before a sentence tells whom "he" or "this treaty" means; more than this costs time.
LONGEST_BEFORE = 80


@dataclass(frozen=True)
class Window:
    """A sentence to be read, and what stands before it in the same block, "" where nothing does."""

    text: str
    before: str = ""

    @property
    def lead(self) -> str:
        """The end of what stands before, in whole words, followed by a space."""
        if not self.before:
            return ""
        end = self.before[-LONGEST_BEFORE:]
        return (end if end == self.before else end.partition(" ")[2]).strip() + " "


@dataclass(frozen=True)
class Reading:
    """What a reader makes of a window.

    ``answers``: the logit of its answering the question; ``span``: the characters of the sentence that would
    do so, and ``probability``: how sure it is of them where the sentence answers, 0 to 1.
    """

    answers: float
    span: Span
    probability: float


class Reader(Protocol):
    """What reads sentences; may be shared by threads."""

    def read(self, question: str, windows: Sequence[Window]) -> list[Reading]:
        """Return what it makes of each window."""
