"""What an article consists of once it has been read: pages, blocks, sentences, passages.

Every string knows its anchor: spans are half-open character offsets into the file as received.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

Span = tuple[int, int]
Language = Literal["tr", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
BlockKind = Literal[
    "title",
    "abstract",
    "keywords",
    "heading",
    "paragraph",
    "quotation",
    "list item",
    "footnote",
    "summary",
]
BLOCK_KINDS: tuple[str, ...] = get_args(BlockKind)
EditKind = Literal["", "ocr", "stray", "space", "mark", "number", "hyphen", "line", "apostrophe"]


@dataclass(frozen=True)
class Piece:
    """A run of repaired text and the raw characters it stands for.

    ``kind`` is "" for a run shown as received (then ``text`` is ``raw[start:end]``), otherwise it
    names the repair; a repair that only removes characters has an empty ``text``.
    """

    text: str
    start: int
    end: int
    kind: EditKind = ""


@dataclass(frozen=True)
class Mark:
    """A footnote mark: the note it calls, and where it stood in the block's repaired text."""

    note: str
    at: int


@dataclass(frozen=True)
class Block:
    """A title, heading, paragraph, quotation, note … in reading order.

    ``translation``: the English of a Turkish heading; the English of other blocks is that of their
    sentences.
    """

    id: str
    kind: BlockKind
    language: Language
    section: str
    level: int
    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...] = ()
    note: str = ""
    translation: str = ""

    @cached_property
    def text(self) -> str:
        """The repaired text, as shown and cited."""
        return "".join(piece.text for piece in self.pieces)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The raw spans of the whole block, in reading order."""
        return merge_spans([(piece.start, piece.end) for piece in self.pieces])

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for piece in self.pieces:
            starts.append(at)
            at += len(piece.text)
        return starts

    def raw_spans(self, start: int, end: int) -> tuple[Span, ...]:
        """Return the raw spans behind ``text[start:end]``, in reading order.

        A repaired word counts as a whole; what repairs removed inside the range belongs to it.
        """
        found: list[Span] = []
        first = max(0, bisect_right(self._starts, start) - 1)
        while first and self._starts[first - 1] == self._starts[first]:
            first -= 1
        for at, piece in zip(self._starts[first:], self.pieces[first:], strict=True):
            if at >= end:
                break
            stop = at + len(piece.text)
            if not piece.text:
                if start < at:
                    found.append((piece.start, piece.end))
            elif stop > start:
                if piece.kind:
                    found.append((piece.start, piece.end))
                else:
                    found.append(
                        (piece.start + max(0, start - at), piece.start + min(len(piece.text), end - at))
                    )
        return merge_spans(found)


@dataclass(frozen=True)
class Sentence:
    """One sentence of a block; ``start`` and ``end`` are offsets into the block's repaired text.

    ``translation``: the English of a Turkish sentence, empty where there is none.
    """

    id: str
    block: str
    start: int
    end: int
    text: str
    spans: tuple[Span, ...]
    notes: tuple[str, ...] = ()
    translation: str = ""


@dataclass(frozen=True)
class RegisteredQuestion:
    """A question that may be asked, in both languages, and the ids of the sentences that answer it together
    (corpus/questions.py)."""

    tr: str
    en: str
    sentences: tuple[str, ...]

    def text(self, language: Language) -> str:
        """Return the question in a language."""
        return self.tr if language == "tr" else self.en


@dataclass(frozen=True)
class Passage:
    """The unit of search: about 110 words of one section, on sentence boundaries."""

    id: str
    kind: BlockKind
    language: Language
    section: str
    sentences: tuple[str, ...]
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Residue:
    """Raw characters that belong to no block, and why."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True)
class Article:
    """An article as received and as understood."""

    id: str
    file: str
    sha256: str
    title: str
    title_is_supplied: bool
    title_language: Language
    authors: tuple[str, ...]
    year: int | None
    journal: str | None
    raw: str
    pages: tuple[int, ...]
    blocks: tuple[Block, ...]
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    residue: tuple[Residue, ...]
    questions: tuple[RegisteredQuestion, ...] = ()

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(i + 1 for i, char in enumerate(self.raw) if char == "\n")]

    @cached_property
    def block_by_id(self) -> dict[str, Block]:
        """Blocks by their id."""
        return {block.id: block for block in self.blocks}

    @cached_property
    def sentence_by_id(self) -> dict[str, Sentence]:
        """Sentences by their id."""
        return {sentence.id: sentence for sentence in self.sentences}

    @cached_property
    def section_english(self) -> dict[str, str]:
        """The English of the headings, by their Turkish."""
        return {block.text: block.translation for block in self.blocks if block.translation}

    def english(self, sentence: Sentence) -> str:
        """Return a sentence in English: as it stands, or its translation, or "" where there is none."""
        is_english = self.block_by_id[sentence.block].language == "en"
        return sentence.text if is_english else sentence.translation

    def passage_english(self, passage: Passage) -> str:
        """Return a passage in English; "" where a sentence has no translation."""
        sentences = [self.english(self.sentence_by_id[name]) for name in passage.sentences]
        return " ".join(sentences) if all(sentences) else ""

    @property
    def shown_title(self) -> str:
        """The title, in square brackets where it was supplied and not found in the text."""
        return f"[{self.title}]" if self.title_is_supplied else self.title

    def page(self, offset: int) -> int:
        """Return the page (1 for the first page of the file as received) of a raw offset."""
        return bisect_right(self.pages, offset)

    def line(self, offset: int) -> int:
        """Return the line (1-based) of a raw offset."""
        return bisect_right(self._line_starts, offset)

    def line_start(self, line: int) -> int:
        """Return the raw offset at which a line (1-based) begins; past the last line, the end."""
        starts = self._line_starts
        return starts[line - 1] if line <= len(starts) else len(self.raw)

    def lines(self, spans: tuple[Span, ...]) -> tuple[int, int]:
        """Return the first and last line that the spans touch."""
        return (
            min(self.line(start) for start, _ in spans),
            max(self.line(max(start, end - 1)) for start, end in spans),
        )


def merge_spans(spans: list[Span]) -> tuple[Span, ...]:
    """Join spans that touch, keeping their order; empty ones vanish."""
    merged: list[Span] = []
    for start, end in spans:
        if start == end:
            continue
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)
