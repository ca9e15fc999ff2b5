"""A conversation to take away: as a text to read, or as a bibliography of the articles it cites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from app.export.content import Content, cited_articles, content_of
from app.texts import LANGUAGES, text
from app.turns import Turn
from corpus.article import Article, Language

__all__ = ["BIBLIOGRAPHIES", "FORMATS", "Exported", "export"]

# The endings of the files, and what the files are on the web.
_TEXTS: Final = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
_BIBLIOGRAPHIES: Final = {
    "bib": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "json": "application/vnd.citationstyles.csl+json",
}
BIBLIOGRAPHIES: Final = tuple(_BIBLIOGRAPHIES)
FORMATS: Final = (*_TEXTS, *_BIBLIOGRAPHIES)


@dataclass(frozen=True)
class Exported:
    """A file to save: its bytes, its media type, and an ASCII name with the ending of its format."""

    content: bytes
    media_type: str
    filename: str


def export(
    turns: Sequence[Turn],
    format: str,
    language: str,
    *,
    articles: Mapping[str, Article],
    base_url: str = "",
) -> Exported:
    """Return a conversation as a file, the same bytes for the same conversation.

    ``format``: one of FORMATS; ``language``: that of the headings and labels, "tr" or "en"; ``articles``:
    those of the assistant, by id; ``base_url``: where the reader is served ("https://example.org"), without
    which addresses are given as paths. Raises ValueError for an unknown format or language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"The language {language!r} is unknown: give tr or en.")
    own = cast(Language, language)
    if format in _TEXTS:
        data = _written(content_of(turns, own, articles, base_url), format)
        return Exported(data, _TEXTS[format], f"{text(own, 'export.file')}.{format}")
    if format in _BIBLIOGRAPHIES:
        from app.export.bibliography import bibliography

        written = bibliography(cited_articles(turns, articles), format, own, base_url)
        name = f"{text(own, 'export.bibliography_file')}.{format}"
        return Exported(written.encode(), _BIBLIOGRAPHIES[format], name)
    raise ValueError(f"The format {format!r} is unknown: give one of {', '.join(FORMATS)}.")


def _written(content: Content, format: str) -> bytes:
    # Word and PDF bring libraries along that nobody should wait for who does not want these formats.
    if format == "md":
        from app.export.markdown import markdown

        return markdown(content).encode()
    if format == "html":
        from app.export.page import page

        return page(content).encode()
    if format == "docx":
        from app.export.document import document

        return document(content)
    from app.export.pdf import pdf

    return pdf(content)
