"""Mending mechanical damage as edits over the raw text, so that every character maps back.

Rules mend what is regular (line ends, hyphens, doubled spaces, footnote marks); the reviewed table
``corpus/repairs.toml`` mends single misread words. Slips of fact and authors' spellings stay.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from corpus.article import EditKind, Mark, Piece, Span
from corpus.errors import CorpusError

_LETTER: Final = r"[^\W\d_]"
# Case suffixes that an OCR space separates from their apostrophe: Türkiye' de, Çiçerin 'e.
_SUFFIX: Final = (
    r"(?:[dt][ae]n?|[dt]aki|[dt]eki|n?[ıiuü]n|y?[ae]|[ns]?[ıiuü]|y?l[ae]|n[ae]|nd[ae]n?|l[ae]r\w*)\b"
)
_SPACE_AROUND_APOSTROPHE: Final = re.compile(
    rf"(?<={_LETTER}) +(?='{_SUFFIX})|(?<={_LETTER}') +(?={_SUFFIX})"
)
_SPACE_BEFORE_STOP: Final = re.compile(r"(?<=[\w)\"”’]) +(?=[.,;:](?:\s|$))")
_LINE_END_HYPHEN: Final = re.compile(rf"(?<={_LETTER})-[^\S\n]*\n\s*(?={_LETTER})")
_LINE_END_TRUE_HYPHEN: Final = re.compile(r"(?<=\w-)[^\S\n]*\n\s*(?=\w)")
_WHITE: Final = re.compile(r"\s+")
_MARK_BEFORE: Final = rf"(?<={_LETTER})|(?<=[)\]\"”’'])|(?<={_LETTER}[.,;:!?])|(?<=[)\]\"”’'][.,;:!?])"
_LIST_DASH: Final = re.compile(r"^\s*-\s+")
_STRAY_BULLET: Final = re.compile(r"^\s*[•·]\s+(?=\w)|(?<=\n)[^\S\n]*[•·]\s+(?=\w)")
_NOTE_HEAD: Final = re.compile(r"^\s*(?:\d{1,3}(?!\d|\.\d)|[*•])?\s*\.?\s*")


@dataclass(frozen=True)
class Repair:
    """A reviewed repair of one spot: raw characters, what they must have been, and its kind."""

    start: int
    end: int
    text: str
    kind: EditKind


def read_repairs(path: Path, article: str, raw: str) -> tuple[Repair, ...]:
    """Return the reviewed repairs of one article, in order of place.

    Raises CorpusError when an entry's ``raw`` does not stand exactly once on its line.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name}: not readable: {error}") from error
    lines = raw.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    repairs = []
    for entry in table.get("repair", []):
        if entry["article"] != article:
            continue
        number, wrong = entry["line"], entry["raw"]
        if not 1 <= number <= len(lines) or lines[number - 1].count(wrong) != 1:
            raise CorpusError(
                f"{path.name}: {wrong!r} does not stand exactly once on line {number} of {article}"
            )
        start = starts[number - 1] + lines[number - 1].index(wrong)
        repairs.append(Repair(start, start + len(wrong), entry["repaired"], cast(EditKind, entry["kind"])))
    return tuple(sorted(repairs, key=lambda repair: repair.start))


class MappedText:
    """A text under repair; each character knows the raw characters it stands for."""

    def __init__(self, raw: str, spans: list[Span]) -> None:
        self.text = "".join(raw[start:end] for start, end in spans)
        self._raw = raw
        self._spans = spans
        self._origin: list[Span] = [(i, i + 1) for start, end in spans for i in range(start, end)]
        self._kinds: dict[int, EditKind] = {}

    def replace(self, start: int, end: int, text: str, kind: EditKind) -> None:
        """Put ``text`` in the place of ``self.text[start:end]``."""
        removed = self._origin[start:end]
        for low, high in removed:
            for i in range(low, high):
                # A reviewed repair keeps its name when a rule touches it later.
                if self._kinds.get(i, "") in ("", "line"):
                    self._kinds[i] = kind
        hull = self._hull(removed) if removed else (0, 0)
        self._origin[start:end] = [hull] * len(text)
        self.text = self.text[:start] + text + self.text[end:]

    def sub(
        self, pattern: re.Pattern[str], text: str | Callable[[re.Match[str]], str], kind: EditKind
    ) -> None:
        """Replace every match of ``pattern``."""
        for match in reversed(list(pattern.finditer(self.text))):
            new = text if isinstance(text, str) else text(match)
            if new != match.group():
                self.replace(match.start(), match.end(), new, kind)

    def find_raw(self, offset: int) -> int | None:
        """Return where the raw offset stands in the text, if it still does."""
        for at, (low, high) in enumerate(self._origin):
            if low <= offset < high:
                return at
        return None

    def anchor(self, at: int) -> tuple[Span, int] | None:
        """Return what ``place`` needs to find the place ``at`` again after further edits."""
        if at == 0:
            return None
        run = self._origin[at - 1]
        return run, at - self._origin.index(run)

    def place(self, anchor: tuple[Span, int] | None) -> int:
        """Return where an anchor's place is now; 0 when the characters before it are gone."""
        if anchor is None or anchor[0] not in self._origin:
            return 0
        return self._origin.index(anchor[0]) + anchor[1]

    def is_repaired(self, at: int) -> bool:
        """Whether the character at ``at`` is one that a repair put there."""
        low, high = self._origin[at]
        # Two characters that stand for the same raw one are a repair that made it longer.
        is_shared = (low, high) in (*self._origin[max(0, at - 1) : at], *self._origin[at + 1 : at + 2])
        return is_shared or high - low != 1 or self._raw[low] != self.text[at]

    def pieces(self) -> tuple[Piece, ...]:
        """Return the pieces; they tile the raw spans in reading order."""
        pieces: list[Piece] = []
        at = 0
        for span_start, span_end in self._spans:
            cursor = span_start
            while at < len(self.text) and span_start <= self._origin[at][0] < span_end:
                low, high = self._origin[at]
                if low > cursor:
                    pieces.append(Piece("", cursor, low, self._kinds.get(cursor, "line")))
                stop = at + 1
                if self.is_repaired(at):
                    while stop < len(self.text) and self._origin[stop] == (low, high):
                        stop += 1
                    kind = self._kinds.get(low) or "line"
                    pieces.append(Piece(self.text[at:stop], low, high, kind))
                    cursor = high
                else:
                    while (
                        stop < len(self.text)
                        and self._origin[stop] == (low + stop - at, low + stop - at + 1)
                        and low + stop - at < span_end
                        and not self.is_repaired(stop)
                    ):
                        stop += 1
                    cursor = low + stop - at
                    pieces.append(Piece(self.text[at:stop], low, cursor))
                at = stop
            if cursor < span_end:
                pieces.append(Piece("", cursor, span_end, self._kinds.get(cursor, "line")))
        return tuple(pieces)

    def _hull(self, origins: list[Span]) -> Span:
        """The raw range of the characters, as far as they stand in the first one's span."""
        low = origins[0][0]
        end = next(stop for start, stop in self._spans if start <= low < stop)
        inside = [high for start, high in origins if low <= start < end]
        return low, min(end, max(inside))


def mend(
    raw: str,
    spans: list[Span],
    repairs: tuple[Repair, ...],
    *,
    marks: list[tuple[str, Span]],
    is_note: bool = False,
    is_item: bool = False,
    soft_hyphens: bool = False,
    ocr: bool = False,
) -> tuple[tuple[Piece, ...], tuple[Mark, ...]]:
    """Repair the text behind ``spans`` and return its pieces and the footnote marks in it.

    ``marks`` are the raw spans of the footnote marks; their places are returned as offsets into
    the repaired text (after the character that bore them).
    """
    text = MappedText(raw, spans)
    for repair in reversed(repairs):
        at = text.find_raw(repair.start)
        if at is not None and text.find_raw(repair.end - 1) == at + repair.end - repair.start - 1:
            text.replace(at, at + repair.end - repair.start, repair.text, repair.kind)
    found: list[tuple[str, int]] = []
    for note, (start, end) in reversed(marks):
        at = text.find_raw(start)
        if at is None:
            continue
        at, stop = _mark_in(text.text, at, note, end - start)
        # A mark torn from its full stop: the white space between them goes with it.
        tail = re.compile(r"\s*(?=[.,;:])").match(text.text, stop)
        before = re.search(r"\s*$", text.text[:at])
        begin = before.start() if before and tail else at
        text.replace(begin, tail.end() if tail else stop, "", "mark")
        found = [(other, place - (tail.end() if tail else stop) + begin) for other, place in found]
        found.insert(0, (note, begin))
    # The rules below move characters; the marks move with the raw characters before them, which in a
    # repaired run all are the same: a mark inside it keeps its distance from the run's begin.
    anchors = [(note, text.anchor(at)) for note, at in found]
    if is_note and (head := _NOTE_HEAD.match(text.text)) and head.group().strip():
        text.replace(0, head.end(), "", "number")
    if is_item and (dash := _LIST_DASH.match(text.text)):
        text.replace(0, dash.end(), "", "number")
    if ocr:
        text.sub(_STRAY_BULLET, "", "stray")
    if soft_hyphens:
        text.sub(_LINE_END_HYPHEN, _joined_hyphen, "hyphen")
    text.sub(_LINE_END_TRUE_HYPHEN, "", "hyphen")
    text.sub(_WHITE, lambda match: " ", "line")
    if text.text.startswith(" "):
        text.replace(0, 1, "", "line")
    if text.text.endswith(" "):
        text.replace(len(text.text) - 1, len(text.text), "", "line")
    text.sub(_SPACE_BEFORE_STOP, "", "space")
    if ocr:
        text.sub(_SPACE_AROUND_APOSTROPHE, "", "apostrophe")
    return text.pieces(), tuple(Mark(note, text.place(anchor)) for note, anchor in anchors)


def find_marks(
    raw: str, spans: list[tuple[Span, int]], notes: list[tuple[str, int]]
) -> list[tuple[str, Span]]:
    """Find the mark of each note in running text.

    ``spans`` are the raw spans of running text in reading order, each with its page; ``notes`` are
    the numbers of the notes in order, each with the page at whose foot it stands. A mark is the
    note's number, glued to a word or a sign, on the note's page, behind the mark before it.
    """
    marks: list[tuple[str, Span]] = []
    after = (0, -1)
    for note, page in notes:
        if not note.rstrip("?").isdigit() and note != "*":
            continue
        number = re.escape(note.rstrip("?"))
        pattern = re.compile(
            r"(?<=\w)\*"
            if note == "*"
            else rf"(?:{_MARK_BEFORE})(?:{number}(?![\w'’%-]|[.,]\d)| {number}(?=\s*[.,;:]\s))"
        )
        for order, ((start, end), own_page) in enumerate(spans):
            if own_page != page or order < after[0]:
                continue
            begin = max(start, after[1]) if order == after[0] else start
            match = next(
                (m for m in pattern.finditer(raw, begin, end) if not raw[m.start() - 1].isdigit()), None
            )
            if match:
                marks.append((note, match.span()))
                after = (order, match.end())
                break
    return marks


def _mark_in(text: str, at: int, note: str, length: int) -> Span:
    """Return where the mark's digits stand, which a repair around them may have moved."""
    number = re.escape(note.rstrip("?"))
    exact = re.compile(rf"\[{number}\]| ?{number}").match(text, at)
    if exact:
        return exact.span()
    near = re.compile(re.escape(note.rstrip("?")) + r"(?!\d)").search(text, max(0, at - 1), at + 40)
    return near.span() if near else (at, at + length)


def _joined_hyphen(match: re.Match[str]) -> str:
    """A hyphen at a line end goes, unless it is the word's own: ``Kuzey-⏎Doğu`` (capital follows)."""
    following = match.string[match.end()]
    return "-" if following.isupper() else ""
