"""An article made of plain paragraphs: no outline, no repairs, nothing but text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

from corpus.article import Article, Block, Language, Passage, Piece, Residue, Sentence
from corpus.passages import pack
from corpus.sentences import split_sentences

_BETWEEN: Final = "\n\n"


def plain_article(name: str, language: Language, paragraphs: Sequence[str], title: str = "") -> Article:
    """Return an article whose raw text is ``paragraphs``, unchanged, with an empty line between them.

    Each paragraph is one block, without the white space around it; one of white space alone is none.
    No passage crosses a paragraph. ``title`` is not part of the text and counts as supplied.
    """
    raw = _BETWEEN.join(paragraphs)
    blocks: list[Block] = []
    sentences: list[Sentence] = []
    passages: list[Passage] = []
    for start, paragraph in zip(paragraph_starts(paragraphs), paragraphs, strict=True):
        if not paragraph.strip():
            continue
        block = _block(f"{name}-b{len(blocks) + 1:03d}", language, paragraph, start)
        own = _sentences(block)
        blocks.append(block)
        sentences += own
        # Packed one by one: named sections would keep them apart too, but their names are searched.
        passages += pack(block.id, [block], own)
    return Article(
        id=name,
        file=f"{name}.txt",
        sha256=hashlib.sha256(raw.encode()).hexdigest(),
        title=title,
        title_is_supplied=bool(title),
        title_language=language,
        authors=(),
        year=None,
        journal=None,
        raw=raw,
        pages=(0,),
        blocks=tuple(blocks),
        sentences=tuple(sentences),
        passages=tuple(passages),
        residue=_residue(raw, blocks),
    )


def paragraph_starts(paragraphs: Sequence[str]) -> list[int]:
    """Return the offset of each paragraph in the raw text of the article made of them."""
    return list(accumulate((len(paragraph) + len(_BETWEEN) for paragraph in paragraphs), initial=0))[:-1]


def _block(name: str, language: Language, paragraph: str, start: int) -> Block:
    text = paragraph.strip()
    first = start + paragraph.index(text)
    return Block(
        id=name,
        kind="paragraph",
        language=language,
        section="",
        level=0,
        pieces=(Piece(text, first, first + len(text)),),
    )


def _sentences(block: Block) -> list[Sentence]:
    return [
        Sentence(
            id=f"{block.id}-s{number:02d}",
            block=block.id,
            start=start,
            end=end,
            text=block.text[start:end],
            spans=block.raw_spans(start, end),
        )
        for number, (start, end) in enumerate(split_sentences(block.text), 1)
    ]


def _residue(raw: str, blocks: Sequence[Block]) -> tuple[Residue, ...]:
    """What lies between the blocks."""
    edges = [0, *(edge for block in blocks for span in block.spans for edge in span), len(raw)]
    gaps = list(pairwise(edges))[::2]
    return tuple(Residue(start, end, "empty lines") for start, end in gaps if start < end)
