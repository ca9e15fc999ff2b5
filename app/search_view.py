"""What the page of the full-text search shows: results, facets, pages, and advice where there are none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlencode

from app.fulltext import FACETS, Chosen, Facet, FullText, Hit, Results
from app.fulltext_query import Part, Query, parse_query
from app.question import LONGEST
from app.texts import text
from app.timeline_view import ask_url, passage_url
from corpus.article import BLOCK_KINDS, LANGUAGES, Article, Language

PER_PAGE: Final = 20
# Of a long query the counts of so many words are shown where they are not found together.
_MOST_COUNTED: Final = 8
_PAGE: Final = re.compile("[0-9]{1,5}")

Notice = Literal["", "empty", "too_long", "common", "none"]


@dataclass(frozen=True)
class Choice:
    """A value of a facet: what it is called, in how many results it stands, and the address that chooses it,
    or that no longer does where it is chosen."""

    name: str
    language: Language
    count: int
    is_chosen: bool
    url: str


@dataclass(frozen=True)
class SideView:
    """A sentence in one language, in pieces, each with whether it is marked."""

    language: Language
    is_translation: bool
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class HitView:
    """A result: where it stands, and its words."""

    article: Article
    kind: str
    section: str
    page: int
    url: str
    sides: tuple[SideView, ...]


@dataclass(frozen=True)
class SearchView:
    """A page of results.

    ``notice`` says why there are none; ``counted`` then holds the words of the query with their counts alone
    and the addresses that search for them, ``ask`` the chat's address for the query, ``widened`` that of the
    search without facets.
    """

    query: str
    notice: Notice
    total: int = 0
    hits: tuple[HitView, ...] = ()
    first: int = 1
    facets: tuple[tuple[Facet, tuple[Choice, ...]], ...] = ()
    ignored: tuple[str, ...] = ()
    counted: tuple[tuple[str, int, str], ...] = ()
    page: int = 1
    pages: int = 1
    previous: str = ""
    following: str = ""
    widened: str = ""
    ask: str = ""


def search_view(
    fulltext: Callable[[], FullText],
    articles: Mapping[str, Article],
    written: str,
    chosen: Chosen,
    page: str,
    language: Language,
) -> SearchView:
    """Return what is shown for a query; ``fulltext`` is called where there is something to look for."""
    shown = " ".join(written.split())
    if len(shown) > LONGEST:
        return SearchView(shown[:LONGEST], "too_long")
    query = parse_query(shown)
    if not query.asked:
        return SearchView(shown, "common" if query.parts else "empty")
    engine = fulltext()
    results = engine.search(query, chosen)
    address = _Address(shown, chosen, language)
    found = SearchView(
        shown,
        "",
        total=len(results.hits),
        facets=tuple((facet, _choices(facet, results, chosen, address, articles)) for facet in FACETS),
        ignored=tuple(part.written for part in query.ignored),
        widened=address.of(Chosen()) if chosen.is_narrow else "",
    )
    if not results.hits:
        counted = _counted(engine, query.asked[:_MOST_COUNTED], language)
        return replace(found, notice="none", counted=counted, ask=ask_url(shown, language))
    pages = -(-len(results.hits) // PER_PAGE)
    number = min(pages, max(1, int(page))) if _PAGE.fullmatch(page) else 1
    first = (number - 1) * PER_PAGE
    return replace(
        found,
        hits=tuple(_hit(hit, query, language) for hit in results.hits[first : first + PER_PAGE]),
        first=first + 1,
        page=number,
        pages=pages,
        previous=address.of(chosen, number - 1) if number > 1 else "",
        following=address.of(chosen, number + 1) if number < pages else "",
    )


@dataclass(frozen=True)
class _Address:
    query: str
    chosen: Chosen
    language: Language

    def of(self, chosen: Chosen, page: int = 1) -> str:
        """Return the address of a page of the results, narrowed as is chosen."""
        parameters = [("lang", str(self.language)), ("q", self.query)]
        parameters += [(facet, chosen.value(facet)) for facet in FACETS if chosen.value(facet)]
        if page > 1:
            parameters.append(("page", str(page)))
        return f"/corpus/search?{urlencode(parameters)}"


def _choices(
    facet: Facet, results: Results, chosen: Chosen, address: _Address, articles: Mapping[str, Article]
) -> tuple[Choice, ...]:
    counts = results.counts[facet]
    own = chosen.value(facet)
    orders: dict[Facet, Sequence[str]] = {
        "article": list(articles),
        "kind": BLOCK_KINDS,
        "language": LANGUAGES,
        "year": sorted(counts),
    }
    return tuple(
        Choice(
            name=_name(facet, value, articles, address.language),
            language=articles[value].title_language if facet == "article" else address.language,
            count=counts[value],
            is_chosen=value == own,
            url=address.of(chosen.without(facet) if value == own else chosen.with_value(facet, value)),
        )
        for value in orders[facet]
        if counts[value]
    )


def _name(facet: Facet, value: str, articles: Mapping[str, Article], language: Language) -> str:
    if facet == "article":
        return articles[value].shown_title
    if facet == "kind":
        return text(language, "kind." + value.replace(" ", "_"))
    return text(language, f"glance.language_{value}") if facet == "language" else value


def _hit(hit: Hit, query: Query, language: Language) -> HitView:
    entry = hit.entry
    # The sentence itself is always shown; its translation where it was found, or the reader reads English.
    sides = [side for side in entry.sides if not side.is_translation or side in hit.sides or language == "en"]
    return HitView(
        article=entry.article,
        kind=entry.block.kind,
        section=entry.block.section,
        page=entry.article.page(entry.sentence.spans[0][0]),
        url=passage_url(entry.article.id, entry.sentence.spans, language),
        sides=tuple(
            SideView(side.language, side.is_translation, tuple(side.pieces(query.asked))) for side in sides
        ),
    )


def _counted(
    fulltext: FullText, parts: Sequence[Part], language: Language
) -> tuple[tuple[str, int, str], ...]:
    """The parts of a query that has several, each with in how many sentences it stands and its address."""
    if len(parts) < 2:
        return ()
    quoted = [f'"{part.written}"' if part.is_phrase else part.written for part in parts]
    return tuple(
        (name, fulltext.count(part), _Address(name, Chosen(), language).of(Chosen()))
        for name, part in zip(quoted, parts, strict=True)
    )
