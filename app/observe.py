"""Every request over HTTP, written to the log and counted: what kind it was, never what it held.

An address may hold a question (``/ask?q=…``, ``/a/…``). So a record has the pattern of the address that the
application knows it by, and a request that fits none has only its kind.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final, Literal

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import fields, request_id
from app.templates import STATIC_URL

if TYPE_CHECKING:
    from app.counters import Counters

Kind = Literal["page", "article", "api", "widget", "export", "asset", "gradio", "health", "other"]

_log = logging.getLogger(__name__)
HEADER: Final = "X-Request-Id"
# What a proxy or a program may call a request. Anything else could carry words into the log.
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
_ID_BYTES: Final = 12
_METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")
# What nginx writes for a client that left before it was answered; no response carries it.
_LEFT: Final = 499
_FAILED: Final = 500
_MILLISECONDS: Final = 1000
_PAGES: Final = ("/", "/ask", "/corpus")
_KINDS: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    ("page", ("/a/", "/corpus/")),
    ("article", ("/articles/",)),
    ("api", ("/v1/", "/mcp", "/openapi.json")),
    ("widget", ("/embed", "/oembed")),
    ("export", ("/export/",)),
    ("asset", (f"{STATIC_URL}/", "/assets/", "/static/", "/favicon.ico", "/theme.css")),
    ("gradio", ("/gradio_api/", "/config", "/queue/")),
    ("health", ("/healthz", "/readyz", "/metrics")),
)


class Observed:
    """An ASGI application around the real one; hands every message on as it comes."""

    def __init__(self, app: ASGIApp, counters: Counters) -> None:
        self._app = app
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, then write down how that went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status, size = 0, 0
        name = _name(Headers(scope=scope).get(HEADER, ""))
        # Not taken back: the error handlers around this one write their records in the same task.
        request_id.set(name)

        async def watched(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = name
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            status = status or _FAILED
            raise
        finally:
            self._write(scope, status or _LEFT, size, time.perf_counter() - started)

    def _write(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        kind = kind_of(scope["path"])
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._counters.count_request(kind, method, status, seconds)
        told = fields(
            method=method,
            kind=kind,
            route=_route(scope),
            status=status,
            ms=round(seconds * _MILLISECONDS, 1),
            bytes=size,
        )
        _log.info("request", extra=told)


def kind_of(path: str) -> Kind:
    """Return what kind of address a path is, one of a handful.

    >>> kind_of("/v1/ask"), kind_of("/a/eJx"), kind_of("/.env")
    ('api', 'page', 'other')
    """
    if path in _PAGES:
        return "page"
    return next((kind for kind, prefixes in _KINDS if path.startswith(prefixes)), "other")


def _name(given: str) -> str:
    return given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(_ID_BYTES)


def _route(scope: Scope) -> str | None:
    """The pattern of the address, such as ``/articles/{article_id}``; None where there is none."""
    # FastAPI keeps the pattern with the prefix of an included router beside the route as it was written.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path", None)
