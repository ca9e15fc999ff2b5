"""The reviewed outline of an article: which lines are headings, notes, quotations, pages.

What is regular (paragraphs, joined sentences, hyphens) is found by rule; what only a reader can
tell is written down in ``corpus/outlines/<article>.toml`` and checked against the file.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from corpus.article import Language
from corpus.errors import CorpusError

RegionKind = Literal[
    "title",
    "abstract",
    "keywords",
    "heading",
    "paragraph",
    "list",
    "quotation",
    "footnotes",
    "summary",
    "residue",
]
_KEYS = frozenset(
    {"spacing", "ocr", "soft_hyphens", "first_lines_of_pages", "regions", "notes", "marks_without_note"}
    | {"joins", "breaks", "glues", "language", "marks"}
)


@dataclass(frozen=True)
class Region:
    """A run of lines (first and last, 1-based) with one meaning.

    ``until`` is a substring of the last line behind which the region ends in mid-line.
    """

    kind: RegionKind
    first: int
    last: int
    language: Language = "tr"
    level: int = 1
    until: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Outline:
    """The outline of one article; all lines are 1-based lines of the file as received.

    ``language`` is that of lines that no region names. ``marks`` are footnote marks whose places are known:
    note, line and the character of the line (from 0); where there are any, none is searched for.
    """

    spacing: Literal["single", "double"] = "single"
    ocr: bool = False
    soft_hyphens: bool = False
    pages: tuple[int, ...] = (1,)
    regions: tuple[Region, ...] = ()
    notes: tuple[tuple[str, int], ...] = ()
    marks_without_note: tuple[str, ...] = ()
    joins: tuple[tuple[int, int], ...] = ()
    breaks: tuple[int, ...] = ()
    glues: tuple[int, ...] = ()
    language: Language = "tr"
    marks: tuple[tuple[str, int, int], ...] = ()


def read_outline(path: Path) -> Outline:
    """Read an outline; raises CorpusError that names the file and what is wrong with it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Outline()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name}: not a readable outline: {error}") from error
    if unknown := sorted(set(table) - _KEYS):
        raise CorpusError(f"{path.name}: unknown key {unknown[0]!r}")
    try:
        regions = tuple(_region(entry) for entry in table.get("regions", []))
        outline = Outline(
            spacing=table.get("spacing", "single"),
            ocr=table.get("ocr", False),
            soft_hyphens=table.get("soft_hyphens", False),
            pages=tuple(table.get("first_lines_of_pages", [1])),
            regions=tuple(sorted(regions, key=lambda region: region.first)),
            notes=tuple((str(key), int(line)) for key, line in table.get("notes", {}).items()),
            marks_without_note=tuple(table.get("marks_without_note", [])),
            joins=tuple((a, b) for a, b in table.get("joins", [])),
            breaks=tuple(table.get("breaks", [])),
            glues=tuple(table.get("glues", [])),
            language=table.get("language", "tr"),
            marks=tuple((str(note), int(line), int(at)) for note, line, at in table.get("marks", [])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CorpusError(f"{path.name}: a region or note is not of the outline's form: {error}") from error
    for one, other in zip(outline.regions, outline.regions[1:], strict=False):
        if other.first < one.last or (other.first == one.last and not one.until):
            raise CorpusError(f"{path.name}: the regions at lines {one.first} and {other.first} overlap")
    return outline


def _region(entry: dict[str, Any]) -> Region:
    kind = entry["kind"]
    if kind not in get_args(RegionKind):
        raise ValueError(f"unknown kind {kind!r}")
    first, last = entry["lines"]
    if not 1 <= first <= last:
        raise ValueError(f"lines {first} to {last} are no run of lines")
    return Region(
        kind=kind,
        first=int(first),
        last=int(last),
        language=cast(Language, entry.get("language", "tr")),
        level=int(entry.get("level", 1)),
        until=entry.get("until", ""),
        reason=entry.get("reason", ""),
    )
