"""The corpus at a glance: its articles, its dated sentences on a timeline, and full-text search.

Everything works as plain pages: a bar, a facet and a zoom is a link. ``static/corpus.js`` fetches the same
pages and puts their timeline in place of the one that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.fulltext import Chosen, FullText
from app.page_language import page_language
from app.search_view import search_view
from app.templates import render
from app.timeline import Timeline
from app.timeline_view import article_cards, timeline_view
from app.written import written_number

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.service import Service


def router(service: Service) -> APIRouter:
    """Return the routes ``/corpus`` and ``/corpus/search``; what they need is made with the first request of
    each generation of the index."""
    routes = APIRouter()
    glances: WeakKeyDictionary[Assistant, _Glance] = WeakKeyDictionary()

    def present() -> _Glance:
        assistant = service.assistant
        return glances.setdefault(assistant, _Glance(assistant))

    @routes.get("/corpus", response_class=HTMLResponse)
    def overview(
        request: Request,
        article: Annotated[Sequence[str], Query()] = (),
        start: Annotated[str, Query(alias="from")] = "",
        end: Annotated[str, Query(alias="to")] = "",
    ) -> HTMLResponse:
        """Show the articles, and the dated sentences of some of them ``from`` a month ``to`` another."""
        language = page_language(request)
        glance = present()
        articles = list(glance.articles.values())
        page = render(
            "corpus.html",
            language,
            cards=article_cards(articles, language),
            timeline=timeline_view(glance.timeline, articles, list(article), start, end, language),
            number=lambda count: written_number(count, language),
            kept=_kept(request),
            query="",
        )
        return HTMLResponse(page)

    @routes.get("/corpus/search", response_class=HTMLResponse)
    def search(
        request: Request,
        q: str = "",
        article: str = "",
        kind: str = "",
        language: str = "",
        year: str = "",
        page: str = "1",
    ) -> HTMLResponse:
        """Show the sentences that hold the words and "phrases" of ``q``, 20 a page."""
        own = page_language(request)
        chosen = Chosen(article, kind, language, year)
        glance = present()
        shown = search_view(lambda: glance.fulltext, glance.articles, q, chosen, page, own)
        return HTMLResponse(
            render(
                "corpus_search.html",
                own,
                view=shown,
                number=lambda count: written_number(count, own),
                kept=_kept(request),
                query=shown.query,
            )
        )

    return routes


class _Glance:
    """What the pages are made from, each part made once, when it is first asked for."""

    def __init__(self, assistant: Assistant) -> None:
        self.articles = assistant.articles

    @cached_property
    def timeline(self) -> Timeline:
        return Timeline.find(tuple(self.articles.values()))

    @cached_property
    def fulltext(self) -> FullText:
        return FullText(tuple(self.articles.values()))


def _kept(request: Request) -> list[tuple[str, str]]:
    """The parameters of the address but for the language, for the links to the other one."""
    return [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
