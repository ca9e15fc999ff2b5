"""An export as Markdown (CommonMark): nothing that was asked or quoted is read as a mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.export.content import Content, Exchange, Note, Run
from app.texts import text

_MARKS: Final = re.compile(r"[\\`*_{}\[\]<>#|~&$^]")
# What makes a list at the start of a line: "- ", "+ ", "16. ".
_LIST: Final = re.compile(r"^(\d+(?=[.)])|(?=[-+]))")


def markdown(content: Content) -> str:
    """Return the export as Markdown, ending in a line break."""
    return "\n\n".join(_paragraphs(content)) + "\n"


def escaped(words: str) -> str:
    """Return words so that Markdown shows them as they stand.

    >>> escaped("16. *Kars* <b>")
    '16\\\\. \\\\*Kars\\\\* \\\\<b\\\\>'
    """
    return _LIST.sub(r"\1\\", _MARKS.sub(r"\\\g<0>", words.strip()))


def _paragraphs(content: Content) -> Iterator[str]:
    language = content.language
    yield f"# {text(language, 'site.name')}"
    for paragraph in content.head:
        yield escaped(paragraph)
    for exchange in content.exchanges:
        yield from _exchange(exchange, language)
    yield f"## {text(language, 'export.cited')}"
    if content.sources:
        yield "\n".join(
            f"- {_inline([source.title])}. {escaped(source.details)} {_address(source.address)}"
            for source in content.sources
        )
    else:
        yield text(language, "export.none_cited")
    yield "---"
    for paragraph in content.foot:
        yield escaped(paragraph)


def _exchange(exchange: Exchange, language: str) -> Iterator[str]:
    yield f"## {exchange.number}. {escaped(exchange.question.text)}"
    yield _inline(exchange.answer)
    if exchange.disagreement:
        yield escaped(exchange.disagreement.text)
    if exchange.written:
        yield escaped(exchange.written.text)
    if exchange.notes:
        yield f"### {text(language, 'reader.notes')}"
    for note in exchange.notes:
        yield from _note(note, language)


def _note(note: Note, language: str) -> Iterator[str]:
    yield f"\\[{note.number}\\] {_inline(note.place)} {escaped(note.support)}".rstrip()
    yield f"> {escaped(note.quote.text)}"
    if note.translation:
        yield f"{text(language, 'card.translation')}:"
        yield f"> {escaped(note.translation.text)}"
    yield _address(note.address)


def _inline(runs: Iterable[Run]) -> str:
    shown = ""
    for run in runs:
        if run.is_number:
            shown += f"\\[{run.text}\\]"
            continue
        marked = _MARKS.sub(r"\\\g<0>", run.text)
        shown += f"**{marked}**" if run.is_bold else marked
    return _LIST.sub(r"\1\\", shown.strip())


def _address(address: str) -> str:
    return f"<{address}>" if "://" in address else escaped(address)
