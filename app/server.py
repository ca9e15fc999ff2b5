"""The server: the chat page, the reader and the HTTP interface in one FastAPI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import answer_page, api, corpus_page, saving
from app import feedback as feedback_routes
from app.api.problem import add_handlers
from app.chat import mount_chat
from app.counters import CONTENT_TYPE
from app.feedback import Feedback
from app.front import Front
from app.options import ServerOptions
from app.page_language import page_language
from app.reader import parse_spans, render_article, render_missing
from app.service import Service
from app.templates import STATIC, STATIC_URL

if TYPE_CHECKING:
    from app.assistant import Assistant

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
# Our own pages run nothing that is not a file of ours.
_READER_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
_OWN_PATHS = ("/articles/", "/a/", "/ask", "/corpus", "/export/", "/v1/", "/metrics", f"{STATIC_URL}/")
# Gradio's page needs scripts and styles of its own in the page, and nothing from any other machine.
_CHAT_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; base-uri 'self'; frame-ancestors 'self'"
)
_FOR_EVER = "public, max-age=31536000, immutable"


def create_app(
    assistant: Assistant, feedback: Feedback | None = None, options: ServerOptions | None = None
) -> FastAPI:
    """Return the application; the chat page comes last, so that our own addresses go before Gradio's.

    ``feedback``: where readers' verdicts are kept; without it none are asked for.
    """
    service = Service(assistant, options or ServerOptions())
    app = FastAPI(title="Dipnot", docs_url=None, redoc_url=None, lifespan=_closing(service))
    app.add_middleware(Front)
    app.add_middleware(GZipMiddleware)
    app.add_middleware(_Headers)
    add_handlers(app)

    @app.get("/healthz")
    def health() -> dict[str, Any]:
        """Say that the server runs, and on what."""
        return {"status": "ok", "articles": len(assistant.articles), "generation": assistant.generation}

    @app.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> Response:
        """Return what the server has done since it started, in the text format of Prometheus."""
        return Response(assistant.counters.text(), media_type=CONTENT_TYPE)

    @app.get("/articles/{article_id}.txt", response_class=PlainTextResponse)
    def received(article_id: str, request: Request) -> Response:
        """Return the text of an article as received."""
        article = assistant.articles.get(article_id)
        if article is None:
            return _missing(assistant, article_id, request)
        return PlainTextResponse(article.raw)

    @app.get("/articles/{article_id}", response_class=HTMLResponse)
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
    for pages in (answer_page, saving):
        app.include_router(pages.router(service))
    if feedback is not None:
        app.include_router(feedback_routes.router(feedback))
    app.mount(STATIC_URL, StaticFiles(directory=STATIC), name="dipnot-static")
    return mount_chat(app, service, keeps_feedback=feedback is not None and feedback.is_kept)


def _closing(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The lifespan: running answers are finished before the process ends."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(service.close)

    return lifespan


class _Headers:
    """Puts the security headers on every response, without buffering those that stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["path"].startswith(_OWN_PATHS)
        policy = _READER_POLICY if is_ours else _CHAT_POLICY

        added = {**_HEADERS, "Content-Security-Policy": policy}
        is_lasting = _is_named_by_content(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
                if is_lasting and message["status"] == 200:
                    headers.setdefault("Cache-Control", _FOR_EVER)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_named_by_content(scope: Scope) -> bool:
    """Whether the address of a file changes with its content: ours carry a digest, Gradio's hold one."""
    if scope["type"] != "http":
        return False
    path = scope["path"]
    return path.startswith("/assets/") or (path.startswith(STATIC_URL) and b"v=" in scope["query_string"])


def _missing(assistant: Assistant, article_id: str, request: Request) -> Response:
    titles = [(article.id, article.shown_title) for article in assistant.articles.values()]
    return HTMLResponse(render_missing(article_id, titles, page_language(request)), status_code=404)
