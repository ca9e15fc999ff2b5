"""The account of how each article was read, for ``docs/corpus.md``: ``python -m corpus.report``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from corpus.article import BLOCK_KINDS, Article, EditKind
from corpus.catalogue import PACKAGED
from corpus.outline import read_outline
from corpus.reading import read_corpus

DOCS: Final = PACKAGED.parent / "docs"
_REPAIRS: Final[dict[EditKind, str]] = {
    "ocr": "misread letters mended (ocr)",
    "stray": "scan dirt removed (stray)",
    "space": "spaces mended (space)",
    "apostrophe": "spaces at an apostrophe removed (apostrophe)",
    "hyphen": "line-end hyphens joined or kept (hyphen)",
    "mark": "footnote marks taken out of the text (mark)",
    "number": "numbers and dashes taken off notes and list items (number)",
    "line": "line ends and doubled spaces made one space (line joins)",
}
_OPENING: Final = """# The corpus as it is read

Made by `python -m corpus.report` from the five articles, their outlines and `corpus/repairs.toml`;
a test compares this page with what the code does. Counts are what was done, not what should have been:
how well it was done is judged by eye, on a sample, below the tables.
"""


def corpus_report(articles: Iterable[Article], folder: Path = PACKAGED) -> str:
    """Return the tables of all articles as Markdown; their outlines are read from ``folder``."""
    return "\n".join([_OPENING, *(_article_table(article, folder) for article in articles)])


def corpus_page(articles: Iterable[Article], docs: Path = DOCS) -> str:
    """Return the whole page: the tables and the hand-written review in ``docs/corpus-review.md``."""
    return f"{corpus_report(articles)}\n{(docs / 'corpus-review.md').read_text(encoding='utf-8')}"


def _article_table(article: Article, folder: Path) -> str:
    rows = [("pages", str(len(article.pages)))]
    kinds: Counter[str] = Counter(block.kind for block in article.blocks)
    rows += [(f"blocks: {kind}", str(kinds[kind])) for kind in BLOCK_KINDS if kinds[kind]]
    rows += [("sentences", str(len(article.sentences))), ("passages", str(len(article.passages)))]
    rows += _note_rows(article, folder)
    repairs: Counter[str] = Counter(
        piece.kind for block in article.blocks for piece in block.pieces if piece.kind
    )
    rows += [(f"repairs: {words}", str(repairs[kind])) for kind, words in _REPAIRS.items() if repairs[kind]]
    rows += _residue_rows(article)
    lines = [f"## {article.id}: {article.shown_title}", "", "| | count |", "|---|---:|"]
    return "\n".join([*lines, *(f"| {what} | {count} |" for what, count in rows), ""])


def _note_rows(article: Article, folder: Path) -> list[tuple[str, str]]:
    declared = [note for note, _ in read_outline(folder / "outlines" / f"{article.id}.toml").notes]
    marked = [note for sentence in article.sentences for note in sentence.notes]
    unmarked = [note for note in declared if note not in marked]
    orphans = [note for note in marked if note not in declared]
    rows = [
        ("notes: declared in the outline", str(len(declared))),
        ("notes: linked to a mark", str(len(declared) - len(unmarked))),
    ]
    if unmarked:
        rows.append((f"notes: no mark in the text ({', '.join(unmarked)})", str(len(unmarked))))
    if orphans:
        rows.append((f"marks: no note of that number ({', '.join(orphans)})", str(len(orphans))))
    return rows


def _residue_rows(article: Article) -> list[tuple[str, str]]:
    gaps = Counter(gap.reason for gap in article.residue)
    characters: Counter[str] = Counter()
    for gap in article.residue:
        characters[gap.reason] += gap.end - gap.start
    return [
        (f"residue: {reason}", f"{count} ({characters[reason]} characters)")
        for reason, count in sorted(gaps.items())
    ]


def main() -> None:
    """Write ``docs/corpus.md``."""
    (DOCS / "corpus.md").write_text(corpus_page(read_corpus()), encoding="utf-8")


if __name__ == "__main__":
    main()
