"""The articles: as received, as repaired, and as the passages that are searched."""

from corpus.article import (
    BLOCK_KINDS,
    Article,
    Block,
    BlockKind,
    Language,
    Mark,
    Passage,
    Piece,
    Residue,
    Sentence,
    Span,
)
from corpus.catalogue import PACKAGED, Entry, read_catalogue
from corpus.reading import read_article, read_corpus

__all__ = [
    "BLOCK_KINDS",
    "PACKAGED",
    "Article",
    "Block",
    "BlockKind",
    "Entry",
    "Language",
    "Mark",
    "Passage",
    "Piece",
    "Residue",
    "Sentence",
    "Span",
    "read_article",
    "read_catalogue",
    "read_corpus",
]
