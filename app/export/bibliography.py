"""The articles cited as a bibliography: BibTeX, RIS, CSL-JSON. What a text does not name stays out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import rispy
from pybtex.database import BibliographyData, Entry, Person

from app.export.content import address_of, one_line
from corpus.article import Article, Language

# What an article is where its journal is named, and where it is not: entries for journals demand one.
_BIBTEX: Final = ("article", "misc")
_RIS: Final = ("JOUR", "GEN")
_CSL: Final = ("article-journal", "article")
# Braces are marks of BibTeX, and one alone is an error. TeX carries out what stands behind a backslash, which
# may read a file, and takes what stands between dollars for mathematics; pybtex leaves both as they are.
_INERT: Final = str.maketrans({"{": "(", "}": ")", "\\": "\\textbackslash{}", "$": "\\$"})


def bibliography(articles: Sequence[Article], format: str, language: Language, base_url: str = "") -> str:
    """Return one entry for each article, in their order; ``format``: "bib", "ris" or "json".

    Entries have an address only where ``base_url`` makes it absolute. Raises ValueError for another format.
    """
    if format == "bib":
        return _bibtex(articles, language, base_url)
    if format == "ris":
        return _ris(articles, language, base_url)
    if format == "json":
        return _csl(articles, language, base_url)
    raise ValueError(f"The format {format!r} is unknown: give bib, ris or json.")


def _bibtex(articles: Sequence[Article], language: Language, base_url: str) -> str:
    entries = {}
    for article in articles:
        # BibTeX styles lower titles by English rules, which İ and I do not survive; inner braces forbid it.
        fields = {"title": f"{{{_title(article).translate(_INERT)}}}"}
        if article.journal:
            fields["journal"] = one_line(article.journal).translate(_INERT)
        if article.year:
            fields["year"] = str(article.year)
        if base_url:
            fields["url"] = address_of(article.id, language, base_url)
        authors = [Person(one_line(name).translate(_INERT)) for name in article.authors]
        entries[_key(article)] = Entry(_of(_BIBTEX, article), fields, {"author": authors} if authors else {})
    written: str = BibliographyData(entries).to_string("bibtex")
    return written


def _ris(articles: Sequence[Article], language: Language, base_url: str) -> str:
    references = []
    for article in articles:
        reference: dict[str, object] = {"type_of_reference": _of(_RIS, article), "id": _key(article)}
        if article.authors:
            reference["authors"] = [_family_first(name) for name in article.authors]
        reference["title"] = _title(article)
        if article.journal:
            reference["journal_name"] = one_line(article.journal)
        if article.year:
            reference["year"] = str(article.year)
        if base_url:
            reference["urls"] = [address_of(article.id, language, base_url)]
        references.append(reference)
    written: str = rispy.dumps(references, implementation=_RisWriter)
    return written


def _csl(articles: Sequence[Article], language: Language, base_url: str) -> str:
    items = []
    for article in articles:
        item: dict[str, object] = {
            "id": _key(article),
            "type": _of(_CSL, article),
            "title": _title(article),
        }
        if article.authors:
            item["author"] = [_name_parts(name) for name in article.authors]
        if article.journal:
            item["container-title"] = one_line(article.journal)
        if article.year:
            item["issued"] = {"date-parts": [[article.year]]}
        if base_url:
            item["URL"] = address_of(article.id, language, base_url)
        items.append(item)
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


class _RisWriter(rispy.RisWriter):  # type: ignore[misc]
    """Writes RIS without the number that rispy puts before each entry, which the format does not know."""

    def set_header(self, count: int) -> str:
        return ""


def _key(article: Article) -> str:
    return f"dipnot-{article.id}"


def _title(article: Article) -> str:
    return one_line(article.shown_title)


def _of(kinds: tuple[str, str], article: Article) -> str:
    return kinds[0] if article.journal else kinds[1]


def _name_parts(name: str) -> dict[str, str]:
    """A name in the parts of CSL; one that is a single word is given as it stands."""
    person = Person(one_line(name))
    family = " ".join((*person.prelast_names, *person.last_names))
    given = " ".join((*person.first_names, *person.middle_names))
    return {"family": family, "given": given} if given else {"literal": family}


def _family_first(name: str) -> str:
    return ", ".join(_name_parts(name).values())
