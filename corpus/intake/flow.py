"""Text that markup tells the build of: parts with their notes, and the text and outline made of them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import Final

from corpus.article import Language
from corpus.errors import FileRefused
from corpus.intake.understood import Metadata, Understood, guess_language, known_language
from corpus.outline import Outline, Region, RegionKind
from corpus.text import nfc

# Stands for a footnote mark while white space is put in order; Unicode keeps it free of any character.
_MARK: Final = "\ufdd0"
_WHITE: Final = re.compile(r"\s+")
_LABEL: Final = re.compile(r"\d{1,3}|\*")
# So many words tell a language; fewer may be names.
_TELLING_WORDS: Final = 8


@dataclass(frozen=True)
class Part:
    """A block as the markup tells it; ``marks`` are keys of notes and where they are called."""

    kind: RegionKind
    text: str
    language: Language | None = None
    level: int = 1
    marks: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Note:
    """A footnote by its key; ``label`` is what the file calls it, "" where it does not say."""

    key: str
    text: str
    label: str = ""


class Inline:
    """The running text of one block, put together from the file's pieces."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._keys: list[str] = []

    def add(self, text: str | None) -> None:
        """Add text as the file has it."""
        if text:
            self._pieces.append(text.replace(_MARK, ""))

    def mark(self, key: str) -> None:
        """Call a note here."""
        self._pieces.append(_MARK)
        self._keys.append(key)

    def finish(self) -> tuple[str, tuple[tuple[str, int], ...]]:
        """Return the text on one line and the places of the marks in it."""
        text = _WHITE.sub(" ", clean("".join(self._pieces))).strip()
        marks = []
        for key in self._keys:
            at = text.index(_MARK)
            text = text[:at] + text[at + 1 :]
            marks.append((key, at))
        return text, tuple(marks)


def clean(text: str) -> str:
    """Return composed text without control characters (line ends, tabs and form feeds stay) and without
    soft hyphens."""
    kept = (
        char
        for char in text
        if char in "\n\t\f" or (unicodedata.category(char) not in ("Cc", "Cs") and char != "\u00ad")
    )
    return nfc("".join(kept))


def set_out(
    parts: list[Part],
    notes: list[Note],
    metadata: Metadata,
    left_out: Counter[str],
    remarks: tuple[str, ...] = (),
) -> Understood:
    """Return the text of the parts, one a line with the notes behind, and the outline that tells them apart.

    Raises FileRefused when there is no text.
    """
    if not any(part.kind != "title" and part.text for part in parts):
        raise FileRefused("there is no text in it")
    whole = " ".join(part.text for part in parts if part.kind not in ("title", "abstract", "keywords"))
    language = known_language(metadata.language) or guess_language(whole)
    called = [key for part in parts for key, _ in part.marks]
    order = {key: at for at, key in reversed(list(enumerate(called)))}
    notes = sorted(notes, key=lambda note: order.get(note.key, len(called)))
    labels, is_renumbered = _labels(notes)
    lines: list[str] = []
    regions: list[Region] = []
    marks: list[tuple[str, int, int]] = []
    lost: list[str] = []
    for part in parts:
        text, at = "", 0
        for key, place in part.marks:
            text += part.text[at:place]
            at = place
            if key in labels:
                marks.append((labels[key], len(lines) + 1, len(text)))
                text += f"[{labels[key]}]"
            else:
                lost.append(key)
        lines += [text + part.text[at:], ""]
        number = len(lines) - 1
        regions.append(Region(part.kind, number, number, _language(part, language), part.level))
    where: list[tuple[str, int]] = []
    for note in notes:
        where.append((labels[note.key], len(lines) + 1))
        lines += [f"{labels[note.key]}. {note.text}", ""]
    if where:
        regions.append(Region("footnotes", where[0][1], where[-1][1], language))
    if is_renumbered:
        remarks += ("the notes were numbered anew, because their own numbers are not one row",)
    if lost:
        remarks += (f"{len(lost)} footnote marks call no note of the file; they were left out",)
    outline = Outline(
        language=language,
        regions=tuple(regions),
        notes=tuple(where),
        marks=tuple(marks),
        # One quotation behind another is not its continuation.
        breaks=tuple(region.first for region in regions if region.kind == "quotation"),
    )
    return Understood("\n".join(lines[:-1]) + "\n", outline, metadata, left_out, remarks)


def _labels(notes: list[Note]) -> tuple[dict[str, str], bool]:
    """The label of each note by its key: its own where all are numbers and differ, otherwise its place."""
    own = [note.label for note in notes]
    if all(_LABEL.fullmatch(label) for label in own) and len(set(own)) == len(own):
        return {note.key: note.label for note in notes}, False
    numbers = count(1)
    return {note.key: str(next(numbers)) for note in notes}, any(own)


def _language(part: Part, article: Language) -> Language:
    if part.language or len(part.text.split()) < _TELLING_WORDS:
        return part.language or article
    return guess_language(part.text, article)
