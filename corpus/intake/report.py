"""What became of a file that was added, for whoever added it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from corpus.article import BLOCK_KINDS, Article
from corpus.catalogue import Entry
from corpus.intake.understood import Metadata

_LANGUAGES: Final = {"tr": "Turkish", "en": "English"}


@dataclass(frozen=True)
class Added:
    """An article that was added: its entry, how it is read, what was left out, and what is worth saying.

    ``notes`` are the notes found and ``called`` those whose mark stands in the text; ``metadata`` is what the
    file or the options said.
    """

    entry: Entry
    article: Article
    metadata: Metadata
    notes: int
    called: int
    left_out: Counter[str]
    remarks: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """The report, line by line."""
        article, kinds = self.article, Counter(block.kind for block in self.article.blocks)
        blocks = ", ".join(f"{kinds[kind]} {kind}" for kind in BLOCK_KINDS if kinds[kind])  # type: ignore[index]
        yield f"{self.entry.id}  {article.shown_title}"
        yield f"  pages: {len(article.pages)}; blocks: {blocks}"
        yield f"  sentences: {len(article.sentences)}; passages: {len(article.passages)}"
        yield f"  notes: {self.called} with their marks, {self.notes - self.called} without"
        yield f"  language: {', '.join(_LANGUAGES[code] for code in self.entry.languages)}"
        known = {
            "title": self.metadata.title,
            "authors": "; ".join(self.metadata.authors),
            "year": str(self.metadata.year or ""),
            "journal": self.metadata.journal,
        }
        found = ", ".join(f"{name} “{value}”" for name, value in known.items() if value)
        yield f"  found: {found or 'nothing'}"
        if missing := [name for name, value in known.items() if not value]:
            yield f"  missing: {', '.join(missing)}"
        if self.left_out:
            left_out = ", ".join(f"{what} {count}" for what, count in sorted(self.left_out.items()))
            yield f"  left out: {left_out}"
        for remark in self.remarks:
            yield f"  note: {remark}"


def called_notes(article: Article) -> set[str]:
    """The notes whose marks stand in the text of an article."""
    return {mark.note for block in article.blocks for mark in block.marks}
