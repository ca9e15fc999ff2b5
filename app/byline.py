"""Who wrote an article, when and where, as far as its own text says so."""

from __future__ import annotations

from app.texts import text
from corpus.article import Article, Language


def byline(article: Article, language: Language) -> list[str]:
    """Return what the text says of its author, year and journal, and what it does not name."""
    lines = []
    unnamed = []
    for known, key, field, name in (
        (", ".join(article.authors), "reader.authors_are", "names", "reader.author"),
        (article.year, "reader.year_is", "year", "reader.year"),
        (article.journal, "reader.journal_is", "journal", "reader.journal"),
    ):
        if known:
            lines.append(text(language, key, **{field: known}))
        else:
            unnamed.append(text(language, name))
    if unnamed:
        lines.append(text(language, "reader.unnamed", fields=", ".join(unnamed)))
    return lines
