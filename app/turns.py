"""The turns of a conversation as HTML: questions, answers with their footnotes, sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from app.answer import Answer, Citation
from app.templates import render

_NUMBERS: Final = re.compile(r"\s*\[(\d+(?:,\s*\d+)*)\]")
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*")
_QUOTE_MARKS: Final = '“”"'


@dataclass(frozen=True)
class Turn:
    """A question of the conversation with its answer; neither answer nor ``error`` while it is looked for."""

    question: str
    answer: Answer | None = None
    error: str = ""


Turns = tuple[Turn, ...]


def conversation_html(turns: Turns, language: str) -> str:
    """Return the whole conversation as the page shows it in ``language``."""
    return render(
        "conversation.html",
        language,
        turns=turns,
        sentences=answer_html,
        supports=_supports,
        support_of=_support_of,
        lines=_lines,
    )


def answer_html(answer: Answer, turn: int, footnote: Callable[[int, Citation], Markup]) -> Markup:
    """Return the text of an answer with every ``[n]`` replaced by ``footnote(turn, citation)``.

    Words quoted in another language than the answer's are marked as being in theirs.
    """
    by_number = {citation.n: citation for citation in answer.citations}
    shown = Markup("")
    at = 0
    for match in _NUMBERS.finditer(answer.text):
        numbers = [int(number) for number in match.group(1).split(",")]
        if not all(number in by_number for number in numbers):
            continue
        shown += _with_languages(answer, answer.text[at : match.start()])
        shown += Markup("").join(footnote(turn, by_number[number]) for number in numbers)
        at = match.end()
    return shown + _with_languages(answer, answer.text[at:])


def _with_languages(answer: Answer, part: str) -> Markup:
    for citation in answer.citations:
        words = citation.quote.strip(_QUOTE_MARKS)
        if citation.language != answer.language and words in part:
            before, _, after = part.partition(words)
            quote = Markup('<span lang="{}">{}</span>').format(citation.language, words)
            return _bold(before) + quote + _with_languages(answer, after)
    return _bold(part)


def _bold(part: str) -> Markup:
    """The words, those between ** and ** in bold."""
    return Markup("").join(
        Markup("<strong>{}</strong>").format(words) if i % 2 else escape(words)
        for i, words in enumerate(_BOLD.split(part))
    )


def _supports(answer: Answer) -> list[tuple[str, list[int]]]:
    """How the sentences are supported: (support, numbers of the citations), in order of appearance."""
    numbers: dict[str, list[int]] = {}
    for claim in answer.claims:
        known = numbers.setdefault(claim.support, [])
        known.extend(n for n in claim.citations if n not in known)
    return list(numbers.items())


def _support_of(answer: Answer, citation: Citation) -> str:
    return next((claim.support for claim in answer.claims if citation.n in claim.citations), "")


def _lines(citation: Citation) -> str:
    first, last = citation.lines
    return str(first) if first == last else f"{first}–{last}"
