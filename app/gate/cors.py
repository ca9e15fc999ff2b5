"""Which pages a request may come from: ours, and for the interface those of the sites that are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem import problem
from app.embedding.origins import EmbedOrigins

if TYPE_CHECKING:
    from app.options import ServerOptions

API: Final = "/v1/"
OPAQUE: Final = "null"
_EVERY: Final = "*"
# All that a page without an origin of its own may do: they answer, and keep nothing.
_ASKING: Final = ("/v1/ask", "/v1/ask/stream")
# What takes work to answer, so that no page of another site may have its readers' browsers load it unseen.
_COSTLY: Final = (API, "/ask", "/a/", "/export/", "/corpus/search", "/mcp", "/gradio_api/")
# In seconds: how long a browser need not ask again whether it may.
_MAX_AGE: Final = 600


class Callers:
    """Tells from a request which page sent it. A program can say what it likes; a browser cannot."""

    def __init__(self, options: ServerOptions) -> None:
        self._origins = EmbedOrigins(options)
        self._has_opaque = options.embed_allow_opaque

    def is_own(self, scope: Scope) -> bool:
        """Whether a page of ours sent the request, and says so."""
        headers = Headers(scope=scope)
        if headers.get("sec-fetch-site") == "same-origin":
            return True
        # Without the scheme, because a proxy before us that speaks https may not tell.
        host = headers.get("origin", "").partition("://")[2]
        return host != "" and host == headers.get("host")

    def is_listed(self, scope: Scope) -> bool:
        """Whether a page of a listed site sent the request, to an address that such pages may call."""
        origin = Headers(scope=scope).get("origin", "")
        path = scope["path"]
        if origin == OPAQUE:
            return self._has_opaque and path in _ASKING
        return path.startswith(API) and origin != "" and self._origins.allows(origin)


class Origins:
    """Answers preflights, tells browsers what listed pages may read, and refuses what other pages send.

    A browser sends a simple request for any page, and only keeps the answer from it; so that no page can
    spend a reader's share of questions or write feedback, such requests are refused.
    """

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app = app
        self._callers = Callers(options)
        origins = [_EVERY] if _EVERY in options.embed_origins else [*options.embed_origins, OPAQUE]
        self._shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("authorization", "content-type", "last-event-id"),
            expose_headers=("retry-after",),
            max_age=_MAX_AGE,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(API):
            send = _varying(send)
        if self._callers.is_own(scope):
            await self._app(scope, receive, send)
        elif self._callers.is_listed(scope):
            await self._shared(scope, receive, send)
        elif _is_of_another_page(scope):
            await problem(403, "Pages of this site may not send this.")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_of_another_page(scope: Scope) -> bool:
    """Whether a page has its reader's browser send something, or load something that takes work."""
    headers = Headers(scope=scope)
    if scope["method"] not in ("GET", "HEAD"):
        return "origin" in headers or headers.get("sec-fetch-site") == "cross-site"
    # Whoever follows a link sees where it leads.
    is_unseen = headers.get("sec-fetch-mode", "navigate") != "navigate"
    is_foreign = headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")
    return is_foreign and is_unseen and scope["path"].startswith(_COSTLY)


def _varying(send: Send) -> Send:
    """What says that a response differs by origin, so that no cache gives one page what another was told."""

    async def send_varying(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            said = [name.strip() for name in headers.get("vary", "").split(",") if name.strip()]
            # Each of those that answer may have said it already.
            headers["Vary"] = ", ".join(dict.fromkeys([*said, "Origin"]))
        await send(message)

    return send_varying
