"""An answer as plain text: the sentences, then the footnotes or the nearest passages."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.answer import Answer
from app.support import told_of_writing
from app.texts import text
from app.visible import visible

BOLD = re.compile(r"\*\*(.+?)\*\*")


def plain_text(answer: Answer, bold: Callable[[str], str] = str) -> str:
    """Return an answer for a terminal or a clipboard, the value asked for as ``bold`` shows it."""
    language = answer.language
    lines = [BOLD.sub(lambda match: bold(match[1]), visible(answer.text))]
    if told := told_of_writing(answer, language):
        lines += ["", told]
    for citation in answer.citations:
        first, last = citation.lines
        where = str(first) if first == last else f"{first}-{last}"
        place = (
            f"[{citation.n}] {citation.title}. {text(language, 'reader.page', page=citation.page)}, "
            f"{text(language, 'card.lines')} {where}. {citation.section}"
        )
        lines += ["", visible(place), visible(f"    {citation.quote}")]
    if answer.nearest:
        lines += ["", text(language, "chat.nearest")]
    for near in answer.nearest:
        place = f"  · {near.title}. {text(language, 'reader.page', page=near.page)}"
        lines += ["", visible(place), visible(f"    {near.text}")]
    return "\n".join(lines)
