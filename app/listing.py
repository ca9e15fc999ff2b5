"""An article as the system sees it, for checking by eye."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.article import Article


def list_article(article: Article) -> Iterator[str]:
    """Yield the lines of a listing: each block with kind, page, lines and repairs, then the residue."""
    yield f"{article.id}  {article.shown_title}  ({article.file})"
    authors = ", ".join(article.authors)
    yield f"authors: {authors or '-'}  year: {article.year or '-'}  journal: {article.journal or '-'}"
    section = None
    for block in article.blocks:
        if block.section != section:
            section = block.section
            yield f"\n== {section or '(no heading)'}"
        first, last = article.lines(block.spans)
        name = f"{block.kind} {block.note}".strip()
        page = article.page(block.spans[0][0])
        yield f"\n{block.id}  {name}  [{block.language}]  page {page}, lines {first}-{last}"
        yield f"  {block.text}"
        if block.marks:
            yield "  notes called: " + ", ".join(mark.note for mark in block.marks)
        repairs = [
            f"{article.raw[piece.start : piece.end]!r} → {piece.text!r}"
            for piece in block.pieces
            if piece.kind in ("ocr", "stray")
        ]
        if repairs:
            yield "  repaired: " + "; ".join(repairs)
    yield "\n== residue"
    for gap in article.residue:
        if gap.reason != "empty lines":
            text = " ".join(article.raw[gap.start : gap.end].split())
            yield f"line {article.line(gap.start)}: {gap.reason}: {text!r}"
