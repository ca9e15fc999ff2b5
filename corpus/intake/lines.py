"""The outline of text that no markup tells anything of: what can be told from its lines, and no more.

Pages end at form feeds. Page numbers and running heads are residue, lines of capitals or with a section
number are headings, lines at the foot of a page that go on with the numbers of the notes, and whose mark is
on that page, are notes. Paragraphs are found when the article is read (corpus/layout.py).
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from statistics import median
from typing import Final

from corpus.article import Language
from corpus.intake.understood import NOTHING_KNOWN, Metadata, Understood, guess_language
from corpus.outline import Outline, Region, RegionKind

_PAGE_NUMBER: Final = re.compile(r"^\W{0,3}(\d{1,4})\W{0,3}$")
_NOTE: Final = re.compile(r"^\s*\[?(\d{1,3})[\]).]?\s+\S")
_SECTION_NUMBER: Final = re.compile(r"^\s*\d{1,2}(?:\.\d{1,2}){0,3}\.?\s+[^\W\d_a-zçğıöşü][^.:;!?]{2,78}$")
_LINE_END_HYPHEN: Final = re.compile(r"[^\W\d_]-[^\S\n]*\n\s*[a-zçğıöşü]")
_ENDS: Final = re.compile(r"[.!?:;…][\"”’')\]\d]*\s*$")
_SET_IN: Final = re.compile(r"\f?(?:\t| {2,})\S")
# No printed line is longer; where most are, a line is a paragraph.
_LONGEST_PRINTED: Final = 160
# A heading is a line, not a paragraph that somebody wrote in capitals.
_LONGEST_HEADING: Final = 120
_FEWEST_CAPITALS: Final = 4
# On so many pages a line has to stand before it is their running head.
_HEAD_PAGES: Final = 3
# So many hyphens at line ends are the printer's, not the author's.
_FEWEST_HYPHENS: Final = 2
# A text whose runs of lines between empty ones are longer than this does not tell paragraphs by empty lines.
_LONGEST_RUN: Final = 25


def outline_of(text: str, has_pages: bool = False, metadata: Metadata = NOTHING_KNOWN) -> Understood:
    """Return the text with its outline; ``has_pages``: that its form feeds are the pages of the file."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    pages = _pages(lines)
    kinds: dict[int, RegionKind] = {}
    reasons: dict[int, str] = {}
    heads = _running(lines, pages)
    for number, reason in heads.items():
        kinds[number], reasons[number] = "residue", reason
    notes: list[tuple[str, int]] = []
    if len(pages) > 1 or has_pages:
        for numbers in _by_page(pages, len(lines)):
            found, first = _notes(
                lines, [n for n in numbers if n not in kinds], int(notes[-1][0]) if notes else 0
            )
            notes += found
            if found:
                kinds |= {n: "footnotes" for n in numbers if n >= first and n not in kinds}
    headings = [n for n in range(1, len(lines) + 1) if n not in kinds and _is_heading(lines, n)]
    kinds |= dict.fromkeys(headings, "heading")
    body = "".join(line for n, line in enumerate(lines, 1) if kinds.get(n, "heading") == "heading")
    language = guess_language(body)
    outline = Outline(
        spacing="single" if _tells_paragraphs(lines, kinds) else "double",
        soft_hyphens=len(_LINE_END_HYPHEN.findall(text)) >= _FEWEST_HYPHENS,
        language=language,
        pages=tuple(pages),
        regions=_regions(kinds, reasons, lines, language),
        notes=tuple(notes),
        breaks=_breaks(lines, kinds),
    )
    return Understood(text, outline, metadata)


def _pages(lines: list[str]) -> list[int]:
    """The first line of each page; one that holds nothing but the form feed belongs to the page behind it."""
    pages = [1]
    for number, line in enumerate(lines, 1):
        if "\f" not in line:
            continue
        first = number if line.startswith("\f") else number + 1
        if pages[-1] < first <= len(lines):
            pages.append(first)
    return pages


def _by_page(pages: list[int], last: int) -> list[range]:
    return [range(start, end) for start, end in pairwise([*pages, last + 1])]


def _running(lines: list[str], pages: list[int]) -> dict[int, str]:
    """Page numbers and running heads: the outermost lines of pages, as far as they repeat."""
    edges: list[tuple[int, int]] = []
    for page, numbers in enumerate(_by_page(pages, len(lines))):
        filled = [n for n in numbers if lines[n - 1].strip()]
        edges += [(page, n) for n in dict.fromkeys([*filled[:2], *filled[-2:]])]
    found: dict[int, str] = {}
    printed = [(page, n, int(m[1])) for page, n in edges if (m := _PAGE_NUMBER.match(lines[n - 1].strip()))]
    shifts = Counter(value - page for page, _, value in printed)
    for page, n, value in printed:
        if shifts[value - page] > 1:
            found[n] = "page number"
    heads = Counter(_without_number(lines[n - 1]) for _, n in edges if n not in found)
    for _, n in edges:
        head = _without_number(lines[n - 1])
        if n not in found and head and heads[head] >= _HEAD_PAGES:
            found[n] = "running head"
    return found


def _without_number(line: str) -> str:
    return re.sub(r"^\d+\s+|\s+\d+$", "", line.strip())


def _notes(lines: list[str], numbers: list[int], last: int) -> tuple[list[tuple[str, int]], int]:
    """The notes at the foot of a page, and the line on which the first begins."""
    for place, number in enumerate(numbers):
        match = _NOTE.match(lines[number - 1])
        if not match or int(match[1]) != last + 1:
            continue
        above = "".join(lines[n - 1] for n in numbers[:place])
        if not re.search(rf"(?<=[^\W\d_])[.,;:!?]?[\"”’')]*\[?{match[1]}\]?(?![\w'’%-]|[.,]\d)", above):
            continue
        found = [(match[1], number)]
        for other in numbers[place + 1 :]:
            following = _NOTE.match(lines[other - 1])
            if following and int(following[1]) == int(found[-1][0]) + 1:
                found.append((following[1], other))
        return found, number
    return [], 0


def _is_heading(lines: list[str], number: int) -> bool:
    line = lines[number - 1].strip()
    if not line or len(line) > _LONGEST_HEADING:
        return False
    letters = [char for char in line if char.isalpha()]
    is_capital = len(letters) >= _FEWEST_CAPITALS and not any(char.islower() for char in letters)
    if is_capital and not line.endswith((".", ",", ";")):
        return True
    before = lines[number - 2].strip() if number > 1 else ""
    after = lines[number].strip() if number < len(lines) else ""
    return not before and not after and bool(_SECTION_NUMBER.match(line))


def _tells_paragraphs(lines: list[str], kinds: dict[int, RegionKind]) -> bool:
    """Whether empty lines stand between the paragraphs, and not nowhere or behind every line."""
    runs: list[int] = []
    run = torn = 0
    for number, line in enumerate([*lines, ""], 1):
        if line.strip() and number not in kinds:
            run += 1
        elif run:
            torn += not _ENDS.search(lines[number - 2])
            runs.append(run)
            run = 0
    return not runs or (max(runs) <= _LONGEST_RUN and torn * 2 <= len(runs))


def _breaks(lines: list[str], kinds: dict[int, RegionKind]) -> tuple[int, ...]:
    """The lines that begin a paragraph: every one where lines are as long as paragraphs, otherwise those that
    are set in, where most are not."""
    body = [n for n, line in enumerate(lines, 1) if n not in kinds and line.strip()]
    if body and median(len(lines[n - 1]) for n in body) > _LONGEST_PRINTED:
        return tuple(body)
    inside = [n for n in body if _SET_IN.match(lines[n - 1])]
    return tuple(inside) if len(inside) * 2 < len(body) else ()


def _regions(
    kinds: dict[int, RegionKind], reasons: dict[int, str], lines: list[str], language: Language
) -> tuple[Region, ...]:
    """Runs of neighbouring lines of one kind; empty lines inside notes belong to them."""
    regions: list[Region] = []
    for number in sorted(kinds):
        kind, reason = kinds[number], reasons.get(number, "")
        last = regions[-1] if regions else None
        if last and (last.kind, last.reason, last.last) == (kind, reason, number - 1):
            regions[-1] = Region(kind, last.first, number, language, 1, reason=reason)
        elif kind != "footnotes" or lines[number - 1].strip():
            regions.append(Region(kind, number, number, language, 1, reason=reason))
    return tuple(regions)
