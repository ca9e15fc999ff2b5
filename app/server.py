"""The server: the chat page, the reader and the HTTP interface in one FastAPI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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
from app.templates import STATIC, STATIC_URL

if TYPE_CHECKING:
    from app.assistant import Assistant


def create_app(
    assistant: Assistant, feedback: Feedback | None = None, options: ServerOptions | None = None
) -> FastAPI:
    """Return the application; the chat page comes last, so that our own addresses go before Gradio's.

    ``feedback``: where readers' verdicts are kept; without it none are asked for.
    """
    options = options or ServerOptions()
    service = Service(assistant, options)
    app = FastAPI(title="Dipnot", docs_url=None, redoc_url=None, lifespan=_closing(service))
    app.state.public_url = options.public_url
    app.add_middleware(Front)
    add_handlers(app)
    describe(app)

    @app.get("/healthz")
    def health() -> dict[str, Any]:
        """Say that the server runs, and on what."""
        return {"status": "ok", "articles": len(assistant.articles), "generation": assistant.generation}

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
        article = assistant.articles.get(article_id)
        if article is None:
            return _missing(assistant, article_id, request)
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
        article = assistant.articles.get(article_id)
        if article is None:
            return _missing(assistant, article_id, request)
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
    app.include_router(corpus_page.router(assistant))
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


def _closing(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan: running answers are finished before the process ends."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(service.close)

    return lifespan


def _missing(assistant: Assistant, article_id: str, request: Request) -> Response:
    titles = [(article.id, article.shown_title) for article in assistant.articles.values()]
    return HTMLResponse(render_missing(article_id, titles, page_language(request)), status_code=404)
