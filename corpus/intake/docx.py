"""DOCX: headings, quotations and lists by their styles, footnotes and endnotes by their references."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from typing import Final

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE

from corpus.errors import FileRefused
from corpus.intake.flow import Inline, Note, Part, set_out
from corpus.intake.tree import Element, local
from corpus.intake.understood import Metadata, Understood
from corpus.intake.xml import parse
from corpus.outline import RegionKind
from corpus.text import lower

# A file of the largest size that is taken in holds less, unless it was made to fill the memory.
MOST_UNPACKED: Final = 300_000_000
MOST_PARTS: Final = 5_000
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OMITTED: Final = {
    "tbl": "tables",
    "drawing": "images",
    "pict": "images",
    "oMath": "formulas",
    "object": "objects",
}
_SKIPPED: Final = frozenset("del moveFrom rPr pPr instrText fldData Fallback".split())
_SPACES: Final = frozenset(["tab", "br", "cr", "ptab"])
# What python-docx's own template says of its author.
_TEMPLATE: Final = "python-docx"


def read_docx(data: bytes) -> Understood:
    """Read a Word file; raises FileRefused when it is broken, encrypted or larger than it seems."""
    _check(data)
    try:
        document = Document(io.BytesIO(data))
        return _Reader(document).read()
    except FileRefused:
        raise
    except Exception as error:
        # A broken package makes zipfile, lxml and python-docx fail in many ways; none is a fault of ours.
        raise FileRefused(f"it is not a readable DOCX file: {error or type(error).__name__}") from error


def _check(data: bytes) -> None:
    """Refuse a package that is none, or that unpacks to more than an article can be."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused("it is encrypted or of the old .doc format; save it as .docx without a password")
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FileRefused(f"it is not a readable DOCX file: {error}") from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise FileRefused(f"it unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
    if any(part.flag_bits & 1 for part in parts):
        raise FileRefused("it is encrypted; save it without a password")


class _Reader:
    def __init__(self, document: object) -> None:
        self._document: Element = document
        self._parts: list[Part] = []
        self._left_out: Counter[str] = Counter()
        self._numbered: Counter[str] = Counter()

    def read(self) -> Understood:
        """Take in the body and the notes that it calls."""
        self._blocks(self._document.element.body)
        notes = [
            *self._notes(RELATIONSHIP_TYPE.FOOTNOTES, "footnote"),
            *self._notes(RELATIONSHIP_TYPE.ENDNOTES, "endnote"),
        ]
        title = next((part.text for part in self._parts if part.kind == "title"), "")
        properties = self._document.core_properties
        author = (properties.author or "").strip()
        metadata = Metadata(
            title=title or (properties.title or "").strip(),
            authors=(author,) if author and author != _TEMPLATE else (),
            language=properties.language or "",
        )
        return set_out(self._parts, notes, metadata, self._left_out)

    def _blocks(self, parent: Element) -> None:
        for child in parent:
            name = local(child)
            if name == "p":
                self._paragraph(child)
            elif name in _OMITTED:
                self._left_out[_OMITTED[name]] += 1
            elif name in ("sdt", "sdtContent", "ins", "customXml"):
                self._blocks(child)

    def _paragraph(self, element: Element) -> None:
        kind, level, prefix = self._kind(element)
        if not level:
            return
        inline = Inline()
        inline.add(prefix)
        self._inline(element, inline)
        text, marks = inline.finish()
        if text and text != prefix.strip():
            self._parts.append(Part(kind, text, None, level, marks))

    def _kind(self, element: Element) -> tuple[RegionKind, int, str]:
        """Kind, level and prefix of a paragraph by its style; level 0 for lines of a table of contents."""
        style = element.pPr.pStyle.val if element.pPr is not None and element.pPr.pStyle is not None else None
        names: list[str] = []
        styles = {each.style_id: each for each in self._document.styles}
        found = styles.get(style) if style else None
        while found is not None and len(names) < len(styles):
            names.append(lower(found.name or "", "en"))
            found = getattr(found, "base_style", None)
        for name in names:
            if name.startswith("toc"):
                return "paragraph", 0, ""
            if name == "title":
                return "title", 1, ""
            if name.startswith("heading"):
                number = name.removeprefix("heading").strip()
                return "heading", int(number) if number.isdecimal() else 1, ""
            if "quote" in name:
                return "quotation", 1, ""
        is_listed = element.pPr is not None and element.pPr.numPr is not None
        for name in names:
            if name.startswith("list number"):
                self._numbered[name] += 1
                return "list", 1, f"{self._numbered[name]}. "
            if name.startswith("list bullet"):
                return "list", 1, "- "
        self._numbered.clear()
        return ("list", 1, "- ") if is_listed else ("paragraph", 1, "")

    def _inline(self, element: Element, inline: Inline) -> None:
        name = local(element)
        if name in _SKIPPED or (name == "r" and _is_hidden(element)):
            return
        if name in ("drawing", "pict"):
            boxes = [each for each in element.iter() if local(each) == "txbxContent"]
            self._left_out["text boxes" if boxes else "images"] += 1
        elif name in _OMITTED:
            self._left_out[_OMITTED[name]] += 1
        elif name == "t":
            inline.add(element.text)
        elif name in _SPACES:
            inline.add(" ")
        elif name == "noBreakHyphen":
            inline.add("-")
        elif name in ("footnoteReference", "endnoteReference"):
            inline.mark(f"{name.removesuffix('Reference')} {element.get(f'{_W}id')}")
        else:
            for child in element:
                self._inline(child, inline)

    def _notes(self, relationship: str, name: str) -> list[Note]:
        relations = self._document.part.rels.values()
        parts = [
            each.target_part for each in relations if each.reltype == relationship and not each.is_external
        ]
        notes = []
        for element in (each for part in parts for each in parse(part.blob) if local(each) == name):
            # Types other than "normal" are the lines that separate notes from text.
            if element.get(f"{_W}type") not in (None, "normal"):
                continue
            inline = Inline()
            for paragraph in element:
                self._inline(paragraph, inline)
                inline.add(" ")
            text, _ = inline.finish()
            if text:
                notes.append(Note(f"{name} {element.get(f'{_W}id')}", text))
        return notes


def _is_hidden(run: Element) -> bool:
    """Whether a run is set to be invisible: what no reader sees is no source."""
    hidden = [each for each in run.iter() if local(each) == "vanish"]
    return any(each.get(f"{_W}val") not in ("0", "false") for each in hidden)
