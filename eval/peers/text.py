"""Text that knows its article: what peers are given to search, each character with its raw spans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from corpus.article import Article, Block, Passage, Span, merge_spans

_BETWEEN_BLOCKS = "\n\n"


@dataclass(frozen=True)
class Part:
    """A run of a block's repaired text, ``block.text[start:end]``, that stands at ``at`` in a string."""

    block: Block
    start: int
    end: int
    at: int

    @property
    def stop(self) -> int:
        """Where the run ends in the string."""
        return self.at + self.end - self.start


@dataclass(frozen=True)
class MappedText:
    """A string made of runs of an article's blocks, and of what was set between them."""

    article: Article
    text: str
    parts: tuple[Part, ...]

    def raw_spans(self, start: int, end: int) -> tuple[Span, ...]:
        """Return the raw spans behind ``text[start:end]``, in the order of the text."""
        return merge_spans(
            [
                span
                for part in self._clipped(start, end)
                for span in part.block.raw_spans(part.start, part.end)
            ]
        )

    def cut(self, start: int, end: int) -> MappedText:
        """Return ``text[start:end]`` with its own parts."""
        return MappedText(self.article, self.text[start:end], tuple(self._clipped(start, end)))

    def find(self, words: str, start: int = 0) -> Span:
        """Return where ``words`` stand from ``start`` on; white space may differ in kind and length.

        Raises ValueError when they do not, or are nothing but white space.
        """
        pattern = r"\s+".join(re.escape(word) for word in words.split())
        match = re.compile(pattern).search(self.text, start) if pattern else None
        if match is None:
            raise ValueError(f"{words[:60]!r} does not stand in the text")
        return match.span()

    def _clipped(self, start: int, end: int) -> Iterable[Part]:
        """The parts within a range, placed in its string."""
        for part in self.parts:
            low, high = max(start, part.at), min(end, part.stop)
            if low < high:
                shift = part.start - part.at
                yield Part(part.block, low + shift, high + shift, low - start)


@dataclass(frozen=True)
class Unit:
    """What a peer searches for: its id and its text."""

    id: str
    text: MappedText

    @property
    def article(self) -> Article:
        """The article it is from."""
        return self.text.article

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The raw spans of the whole text."""
        return self.text.raw_spans(0, len(self.text.text))


def plain_text(article: Article, heading: Callable[[Block], str] = lambda block: "{}") -> MappedText:
    """Return the repaired text of an article: its headings and blocks, a blank line between them.

    ``heading`` gives the frame of a heading, "{}" standing for its text: ``"== {} =="``.
    """
    text = ""
    parts = []
    for block in article.blocks:
        if not block.text.strip():
            continue
        before, _, after = (heading(block) if block.kind == "heading" else "{}").partition("{}")
        text += (_BETWEEN_BLOCKS if text else "") + before
        parts.append(Part(block, 0, len(block.text), len(text)))
        text += block.text + after
    return MappedText(article, text, tuple(parts))


def passage_text(article: Article, passage: Passage) -> MappedText:
    """Return one of our passages: its sentences, a space between them."""
    text = ""
    parts = []
    for name in passage.sentences:
        sentence = article.sentence_by_id[name]
        text += " " if text else ""
        parts.append(Part(article.block_by_id[sentence.block], sentence.start, sentence.end, len(text)))
        text += sentence.text
    return MappedText(article, text, tuple(parts))


def passages_of(articles: Iterable[Article]) -> list[Unit]:
    """Return our passages as units."""
    return [
        Unit(passage.id, passage_text(article, passage))
        for article in articles
        for passage in article.passages
    ]


def chunks_of(text: MappedText, spans: Iterable[Span]) -> list[Unit]:
    """Return the chunks into which a peer has split a text, numbered in their order."""
    return [
        Unit(f"{text.article.id}-c{number:03d}", text.cut(start, end))
        for number, (start, end) in enumerate(spans, 1)
    ]
