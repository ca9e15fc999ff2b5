"""Markdown (CommonMark): read as the HTML it stands for, with footnotes ``[^1]`` and front matter."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from markdown_it import MarkdownIt

from corpus.intake.html import from_html
from corpus.intake.plaintext import decode
from corpus.intake.understood import Metadata, Understood, year_of
from corpus.text import lower

_FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR: Final = re.compile(r"^([A-Za-z_]+):[ \t]*(.*)$", re.MULTILINE)
_ITEM: Final = re.compile(r"^[ \t]*-[ \t]+(.+)$", re.MULTILINE)
# The definition of a note and the indented lines that go on with it.
_DEFINITION: Final = re.compile(
    r"^\[\^([^\]\s]{1,40})\]:[ \t]*(.*(?:\n(?:[ \t]+\S.*|(?=\n[ \t]{2,}\S)))*)", re.MULTILINE
)
_CALL: Final = re.compile(r"\[\^([^\]\s]{1,40})\]")


def read_markdown(data: bytes) -> Understood:
    """Read Markdown; HTML inside it is shown as text, not interpreted."""
    text, remarks = decode(data)
    front = _FRONT.match(text)
    metadata = _front_matter(front.group(1)) if front else Metadata()
    body = text[front.end() :] if front else text
    found = _DEFINITION.findall(body)
    body = _DEFINITION.sub("", body)
    numbers = {key: number for number, (key, _) in enumerate(found, 1)}
    made = MarkdownIt("commonmark", {"html": False}).enable("table")

    def call(match: re.Match[str]) -> str:
        if match.group(1) not in numbers:
            return match.group()
        return f'<sup><a href="#note-{numbers[match.group(1)]}">{numbers[match.group(1)]}</a></sup>'

    notes = "".join(
        f'<aside id="note-{numbers[key]}">{made.renderInline(" ".join(note.split()))}</aside>'
        for key, note in found
    )
    language = f' lang="{escape(metadata.language)}"' if metadata.language else ""
    page = f"<html{language}><body>{_CALL.sub(call, made.render(body))}{notes}</body></html>"
    return from_html(page, metadata).remarking(*remarks)


def _front_matter(block: str) -> Metadata:
    """The simple pairs of YAML front matter; what is nested is not read."""
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for match in _PAIR.finditer(block):
        name = lower(match.group(1), "en")
        values[name] = match.group(2).strip().strip("'\"")
        following = re.match(r"(?:\n[ \t]*-[ \t]+.+)+", block[match.end() :])
        if following:
            lists[name] = [item.strip().strip("'\"") for item in _ITEM.findall(following.group())]
    people = (
        lists.get("authors") or lists.get("author") or _row(values.get("authors") or values.get("author", ""))
    )
    return Metadata(
        title=values.get("title", ""),
        authors=tuple(people),
        year=year_of(values.get("year") or values.get("date", "")),
        journal=values.get("journal", ""),
        language=values.get("lang") or values.get("language", ""),
    )


def _row(value: str) -> list[str]:
    """The names of a value: ``[A, B]`` is a list, anything else one name."""
    if not value.startswith("["):
        return [value] if value else []
    return [name.strip().strip("'\"") for name in value.strip("[]").split(",") if name.strip()]
