"""What a model is given: the rules, the question, and the sources as numbered data between two fences."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.generators.generator import Message
from app.generators.special_tokens import without_special_tokens
from app.question import Question
from app.visible import visible
from corpus.article import Language

_FOLDER: Final = Path(__file__).with_name("prompts")
_FENCE_LETTERS: Final = 12
# A number in brackets within a source would pass for one that we hand out.
_NUMBER: Final = re.compile(r"\[(\s*\d[\d\s,;–-]*)\]")
# What a model writes where the sources do not answer.
NOTHING: Final[dict[Language, str]] = {"tr": "YOK", "en": "NONE"}


@dataclass(frozen=True)
class Prompt:
    """The messages, and the line round the sources: a model that writes it has gone past its answer."""

    messages: tuple[Message, ...]
    fence: str

    @classmethod
    def of(cls, question: Question, sources: Sequence[str]) -> Prompt:
        """Ask for an answer; the sources are numbered from 1 in the order given.

        The fence follows from what it encloses, so no source can hold it, and the same question is asked in
        the same words.
        """
        lines = "\n".join(f"[{n}] {_as_data(source)}" for n, source in enumerate(sources, 1))
        fence = f"=== {hashlib.sha256(lines.encode()).hexdigest()[:_FENCE_LETTERS]} ==="
        asked = _template("ask", question.language).format(
            question=_as_data(question.text), fence=fence, sources=lines
        )
        rules = Message("system", _template("write", question.language))
        return cls((rules, Message("user", asked)), fence)


def _as_data(text: str) -> str:
    """A text on one line, without unseen characters and without what would pass for a turn of the
    conversation or for a number of ours."""
    return " ".join(visible(_NUMBER.sub(r"(\1)", without_special_tokens(text))).split())


@cache
def _template(name: str, language: Language) -> str:
    return (_FOLDER / f"{name}.{language}.md").read_text(encoding="utf-8").strip()
