"""From raw lines to the raw spans of blocks: pages, regions, paragraphs, residue."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from corpus.article import BlockKind, Language, Residue, Span
from corpus.errors import CorpusError
from corpus.outline import Outline, Region

# A printed line is "short" (and may end a paragraph) below this share of the median line.
_SHORT_LINE: Final = 0.86
_ENDS_SENTENCE: Final = re.compile(r"""[.!?:…;]["”’')\]]*\d{0,2}[.\s]*$""")
_STARTS_LOWER: Final = re.compile(r"^\s*[·•-]?\s*[a-zçğıöşüâîû]")
_ITEM: Final = re.compile(r"^\s*(?:\d{1,2}\.|-)\s")
_BLOCK_KIND: Final[dict[str, BlockKind]] = {
    "title": "title",
    "abstract": "abstract",
    "keywords": "keywords",
    "heading": "heading",
    "paragraph": "paragraph",
    "list": "list item",
    "quotation": "quotation",
    "footnotes": "footnote",
    "summary": "summary",
}


@dataclass(frozen=True)
class Line:
    """A raw line or the part of one that belongs to one region; ``end`` includes its line break."""

    number: int
    start: int
    end: int
    text: str

    @property
    def is_blank(self) -> bool:
        """Whether the line holds nothing but white space."""
        return not self.text.strip()


@dataclass
class Draft:
    """A block before repair: its kind and its raw lines in reading order."""

    kind: BlockKind
    language: Language
    level: int = 1
    note: str = ""
    lines: list[Line] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """The drafts of an article in reading order, the offsets at which pages begin, the residue."""

    pages: tuple[int, ...]
    drafts: tuple[Draft, ...]
    residue: tuple[Residue, ...]


def lay_out(raw: str, outline: Outline, name: str) -> Layout:
    """Divide ``raw`` into drafts of blocks and residue; every character lands in exactly one.

    Raises CorpusError when the outline does not fit the file.
    """
    lines = _raw_lines(raw)
    spoken_of = [region.last for region in outline.regions] + [line for _, line in outline.notes]
    spoken_of += [line for _, line, _ in outline.marks]
    if (furthest := max([*spoken_of, *outline.pages])) > len(lines):
        raise CorpusError(f"{name}: the outline speaks of line {furthest}, past the end")
    chunks = _chunks(lines, outline, name)
    median = _median_length(lines)
    drafts: list[Draft] = []
    residue: list[Residue] = []
    open_paragraph: Draft | None = None
    for region, chunk in chunks:
        if region is not None and region.kind == "residue":
            residue += [Residue(line.start, line.end, region.reason) for line in chunk]
            continue
        if region is None:
            found = _paragraphs(chunk, outline, median, open_paragraph)
            drafts += [draft for draft in found if draft is not open_paragraph]
            open_paragraph = found[-1] if found else open_paragraph
        else:
            found = _region_drafts(region, chunk, outline, median, _last_of(drafts, region, outline))
            drafts += [draft for draft in found if draft not in drafts]
            if region.kind not in ("footnotes", "residue"):
                open_paragraph = None
    drafts = _join(drafts, outline, name)
    for draft in drafts:
        _close(draft, raw)
    blanks = _gaps(raw, [span for draft in drafts for span in draft.spans], residue)
    pages = tuple(lines[number - 1].start for number in outline.pages)
    return Layout(pages, tuple(drafts), tuple(sorted([*residue, *blanks], key=lambda gap: gap.start)))


def _raw_lines(raw: str) -> list[Line]:
    lines, at = [], 0
    for number, text in enumerate(re.findall(r"[^\n]*\n|[^\n]+", raw), 1):
        lines.append(Line(number, at, at + len(text), text))
        at += len(text)
    return lines


def _chunks(lines: list[Line], outline: Outline, name: str) -> list[tuple[Region | None, list[Line]]]:
    """Split the lines into runs of one region, or of none (body)."""
    chunks: list[tuple[Region | None, list[Line]]] = []
    at = 0
    rest: Line | None = None
    for region in outline.regions:
        body = lines[at : region.first - 1]
        chunks.append((None, [rest, *body] if rest else body))
        own = lines[region.first - 1 : region.last]
        rest = None
        if region.until:
            last = own[-1]
            cut = last.text.find(region.until)
            if cut < 0:
                raise CorpusError(f"{name}: line {region.last} does not hold {region.until!r}")
            cut += len(region.until)
            own = [*own[:-1], Line(last.number, last.start, last.start + cut, last.text[:cut])]
            rest = Line(last.number, last.start + cut, last.end, last.text[cut:])
        chunks.append((region, own))
        at = region.last
    chunks.append((None, [rest, *lines[at:]] if rest else lines[at:]))
    return chunks


def _paragraphs(
    chunk: list[Line], outline: Outline, median: int, open_paragraph: Draft | None
) -> list[Draft]:
    """Group body lines into paragraphs; the first may continue the paragraph still open."""
    drafts = [open_paragraph] if open_paragraph else []
    # Footnotes and rules lay between: what follows them is separated as if by an empty line.
    after_blank = True
    for line in chunk:
        if line.is_blank:
            after_blank = True
            continue
        current = drafts[-1] if drafts else None
        if current is None or _begins_paragraph(line, current.lines[-1], after_blank, outline, median):
            drafts.append(Draft("paragraph", outline.language, lines=[line]))
        else:
            current.lines.append(line)
        after_blank = False
    return drafts


def _begins_paragraph(line: Line, before: Line, after_blank: bool, outline: Outline, median: int) -> bool:
    if line.number in outline.breaks:
        return True
    if line.number == before.number:
        return True
    if any(line.number == start or before.number == end for end, start in outline.joins):
        return True
    if not _ENDS_SENTENCE.search(before.text) or _STARTS_LOWER.match(line.text):
        return False
    is_short = len(before.text.rstrip()) < _SHORT_LINE * median
    if outline.spacing == "double":
        return is_short
    crosses_page = line.number in outline.pages
    return is_short if crosses_page else after_blank


def _last_of(drafts: list[Draft], region: Region, outline: Outline) -> Draft | None:
    """The draft that a region may continue: the last one of its kind with only notes between."""
    if region.first in outline.breaks:
        return None
    for draft in reversed(drafts):
        if draft.kind == "footnote" and region.kind != "footnotes":
            continue
        return draft if draft.kind == _BLOCK_KIND[region.kind] and region.kind == "quotation" else None
    return None


def _region_drafts(
    region: Region, chunk: list[Line], outline: Outline, median: int, before: Draft | None
) -> list[Draft]:
    kind = _BLOCK_KIND[region.kind]
    notes = {line: note for note, line in outline.notes}
    drafts: list[Draft] = [before] if before else []
    after_blank = True
    for line in chunk:
        if line.is_blank:
            after_blank = True
            continue
        current = drafts[-1] if drafts else None
        if region.kind == "footnotes":
            begins = current is None or line.number in notes
        elif current is None:
            begins = True
        elif region.kind in ("title", "heading", "keywords"):
            begins = False
        elif region.kind == "list":
            begins = bool(_ITEM.match(line.text))
        elif region.kind == "quotation":
            continues = (
                line.number in outline.glues
                or _STARTS_LOWER.match(line.text)
                or current.lines[-1].text.rstrip().endswith("-")
            )
            if current is before and not _ENDS_SENTENCE.search(current.lines[-1].text):
                continues = continues or bool(current.lines)
            begins = bool(_ITEM.match(line.text)) or (
                after_blank and not continues and line.number not in outline.pages[1:]
            )
            if outline.spacing == "double":
                begins = False
        else:
            begins = _begins_paragraph(line, current.lines[-1], after_blank, outline, median)
        if begins:
            drafts.append(
                Draft(kind, region.language, region.level, notes.get(line.number, ""), lines=[line])
            )
        elif current is not None:
            current.lines.append(line)
        after_blank = False
    return drafts


def _join(drafts: list[Draft], outline: Outline, name: str) -> list[Draft]:
    """Carry out the outline's joins: the block ending at one line goes on at another."""
    for end, start in outline.joins:
        first = next((draft for draft in drafts if any(line.number == end for line in draft.lines)), None)
        second = next((draft for draft in drafts if draft.lines[0].number == start), None)
        if first is None or second is None or first is second or first.lines[-1].number != end:
            raise CorpusError(f"{name}: no blocks end at line {end} and begin at line {start} to join")
        first.lines += second.lines
        drafts = [draft for draft in drafts if draft is not second]
    return drafts


def _close(draft: Draft, raw: str) -> None:
    """Turn a draft's lines into raw spans; empty lines between two of its lines belong to it."""
    for line in draft.lines:
        end = draft.spans[-1][1] if draft.spans else -1
        if 0 <= end <= line.start and not raw[end : line.start].strip():
            draft.spans[-1] = (draft.spans[-1][0], line.end)
        else:
            draft.spans.append((line.start, line.end))


def _gaps(raw: str, spans: list[Span], residue: list[Residue]) -> list[Residue]:
    """Name what no block and no declared residue holds; it may only be white space."""
    taken = sorted([*spans, *((gap.start, gap.end) for gap in residue)])
    gaps, at = [], 0
    for start, end in [*taken, (len(raw), len(raw))]:
        if start > at:
            gaps.append(Residue(at, start, "empty lines"))
        at = max(at, end)
    return gaps


def _median_length(lines: list[Line]) -> int:
    lengths = sorted(len(line.text.rstrip()) for line in lines if not line.is_blank)
    return lengths[len(lengths) // 2] if lengths else 0
