"""The server: the chat page, the reader and the HTTP interface in one FastAPI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles

from app import answer_page, api, corpus_page, mcp, saving
from app import feedback as feedback_routes
from app.api.description import describe
from app.api.problem import add_handlers, error_pages
from app.chat import mount_chat
from app.counters import CONTENT_TYPE
from app.embedding import generator, oembed
from app.embedding import routes as embedding_routes
from app.feedback import Feedback
from app.front import Front
from app.gate import guard
from app.observe import Observed
from app.options import ServerOptions
from app.page_language import page_language
from app.reader import parse_spans, render_article, render_missing
from app.service import Service
from app.swapping import Swapper
from app.templates import STATIC, STATIC_URL
from corpus.article import Article

if TYPE_CHECKING:
    from app.assistant import Assistant


def create_app(
    assistant: Assistant,
    feedback: Feedback | None = None,
    options: ServerOptions | None = None,
    index: Path | None = None,
) -> FastAPI:
    """Return the application; the chat page comes last, so that our own addresses go before Gradio's.

    ``feedback``: where readers' verdicts are kept; without it none are asked for. ``index``: the folder
    whose current generation is followed; without it the assistant stays.
    """
    options = options or ServerOptions()
    service = Service(assistant, options)
    swapper = Swapper(service, index) if index is not None else None
    app = FastAPI(title="Dipnot", docs_url=None, redoc_url=None, lifespan=_living(service, swapper))
    app.state.public_url = options.public_url
    app.add_middleware(Front)
    add_handlers(app)
    describe(app)

    @app.get("/healthz")
    def health() -> dict[str, Any]:
        """Say that the server runs, and on what."""
        present = service.assistant
        return {"status": "ok", "articles": len(present.articles), "generation": present.generation}

    @app.get("/readyz")
    def ready() -> dict[str, str]:
        """Say that questions are answered; 503 until then (app.standby)."""
        return {"status": "ready"}

    @app.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> Response:
        """Return what the server has done since it started, in the text format of Prometheus."""
        return Response(assistant.counters.text(), media_type=CONTENT_TYPE)

    @app.get("/articles/{article_id}.txt", response_class=PlainTextResponse, responses=error_pages(404))
    def received(article_id: str, request: Request) -> Response:
        """Return the text of an article as received."""
        articles = service.assistant.articles
        article = articles.get(article_id)
        if article is None:
            return _missing(articles, article_id, request)
        return PlainTextResponse(article.raw)

    @app.get("/articles/{article_id}", response_class=HTMLResponse, responses=error_pages(404))
    def reader(
        article_id: str,
        request: Request,
        c: str = "",
        embed: str = "",
        english: str = "",
        received: str = "",
        theme: str = "",
    ) -> Response:
        """Show an article, with the spans ``c`` marked: in a frame (``embed=1``), with its translation beside
        it (``english=1``), as received (``received=1``), in the colours of ``theme`` ("light" or "dark")."""
        articles = service.assistant.articles
        article = articles.get(article_id)
        if article is None:
            return _missing(articles, article_id, request)
        spans = parse_spans(c, len(article.raw))
        page = render_article(
            article,
            spans,
            page_language(request),
            embedded=embed == "1",
            english=english == "1",
            received=received == "1",
            theme=theme,
        )
        return HTMLResponse(page)

    app.include_router(api.router(service))
    app.include_router(corpus_page.router(service))
    app.include_router(oembed.router())
    app.include_router(generator.router(options))
    app.include_router(embedding_routes.router(options))
    for pages in (answer_page, saving):
        app.include_router(pages.router(service))
    if feedback is not None:
        app.include_router(feedback_routes.router(feedback))
    if options.mcp:
        mcp.mount(app, service, options)
    app.mount(STATIC_URL, StaticFiles(directory=STATIC), name="dipnot-static")
    mount_chat(app, service, keeps_feedback=feedback is not None and feedback.is_kept)
    guard(app, options, assistant.counters)
    # The last one added stands before all the others.
    app.add_middleware(Observed, counters=assistant.counters)
    return app


def _living(
    service: Service, swapper: Swapper | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan: the index is followed, and running answers are finished before the process ends."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with swapper.watching() if swapper else nullcontext():
            yield
        await asyncio.to_thread(service.close)

    return lifespan


def _missing(articles: Mapping[str, Article], article_id: str, request: Request) -> Response:
    titles = [(article.id, article.shown_title) for article in articles.values()]
    return HTMLResponse(render_missing(article_id, titles, page_language(request)), status_code=404)
