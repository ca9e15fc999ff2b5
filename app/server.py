"""The server: the chat page, the reader and the HTTP interface in one FastAPI application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.answer import Answer
from app.chat import mount_chat
from app.counters import CONTENT_TYPE
from app.port import check_port
from app.reader import parse_spans, render_article, render_missing
from app.templates import STATIC, STATIC_URL
from app.texts import negotiate
from corpus.article import Language
from corpus.errors import QuestionError

if TYPE_CHECKING:
    from app.assistant import Assistant

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
# Our own pages run nothing that is not a file of ours.
_READER_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
_OWN_PATHS = ("/articles/", "/v1/", "/metrics", f"{STATIC_URL}/")
# Gradio's page needs scripts and styles of its own in the page, and nothing from any other machine.
_CHAT_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; base-uri 'self'; frame-ancestors 'self'"
)


class Question(BaseModel):
    """A question put over HTTP."""

    model_config = ConfigDict(extra="forbid")

    question: str
    language: Literal["auto", "tr", "en"] = "auto"


def create_app(assistant: Assistant) -> FastAPI:
    """Return the application; the chat page comes last, so that our own addresses go before Gradio's."""
    app = FastAPI(title="Dipnot", docs_url=None, redoc_url=None)
    app.add_middleware(_Headers)
    app.add_exception_handler(RequestValidationError, _refuse)

    @app.get("/healthz")
    def health() -> dict[str, Any]:
        """Say that the server runs, and on what."""
        return {"status": "ok", "articles": len(assistant.articles), "generation": assistant.generation}

    @app.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> Response:
        """Return what the server has done since it started, in the text format of Prometheus."""
        return Response(assistant.counters.text(), media_type=CONTENT_TYPE)

    @app.post("/v1/ask")
    def ask(body: Question) -> Answer:
        """Answer one question."""
        try:
            return assistant.ask(body.question, language=body.language)
        except QuestionError as error:
            raise HTTPException(422, str(error)) from error

    @app.get("/articles/{article_id}.txt", response_class=PlainTextResponse)
    def received(article_id: str, request: Request) -> Response:
        """Return the text of an article as received."""
        article = assistant.articles.get(article_id)
        if article is None:
            return _missing(assistant, article_id, request)
        return PlainTextResponse(article.raw)

    @app.get("/articles/{article_id}", response_class=HTMLResponse)
    def reader(article_id: str, request: Request, c: str = "", embed: str = "") -> Response:
        """Show an article, with the spans ``c`` marked."""
        article = assistant.articles.get(article_id)
        if article is None:
            return _missing(assistant, article_id, request)
        spans = parse_spans(c, len(article.raw))
        page = render_article(article, spans, _language(request), embedded=embed == "1")
        return HTMLResponse(page)

    app.mount(STATIC_URL, StaticFiles(directory=STATIC), name="dipnot-static")
    return mount_chat(app, assistant)


def serve(assistant: Assistant, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve until stopped; raises PortInUse when the address cannot be had."""
    check_port(host, port)
    uvicorn.run(create_app(assistant), host=host, port=port, log_level="warning")


class _Headers:
    """Puts the security headers on every response, without buffering those that stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["path"].startswith(_OWN_PATHS)
        policy = _READER_POLICY if is_ours else _CHAT_POLICY

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (*_HEADERS.items(), ("Content-Security-Policy", policy)):
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _language(request: Request) -> Language:
    wanted, accepted = request.query_params.get("lang", ""), request.headers.get("accept-language", "")
    return cast(Language, negotiate(wanted, accepted))


def _missing(assistant: Assistant, article_id: str, request: Request) -> Response:
    titles = [(article.id, article.shown_title) for article in assistant.articles.values()]
    return HTMLResponse(render_missing(article_id, titles, _language(request)), status_code=404)


async def _refuse(_request: Request, error: Exception) -> Response:
    """Say in one sentence what is wrong with a request, without repeating what it held."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    sentence = f"{where}: {first['msg']}." if where else f"{first['msg']}."
    return JSONResponse({"detail": sentence}, status_code=422)
