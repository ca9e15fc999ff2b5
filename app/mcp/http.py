"""The protocol over HTTP, at ``/mcp``: each request stands alone, and nothing is kept between two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problem import problem
from app.mcp.server import make_server
from app.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.options import ServerOptions
    from app.service import Service

PATH: Final = "/mcp"
# As for every request.
_LARGEST_BODY: Final = 65_536
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
# Names of no machine: the server listens on all its addresses, and which those are it cannot know.
_ANY_ADDRESS: Final = ("", "0.0.0.0", "::")


def mount(app: FastAPI, service: Service, options: ServerOptions) -> None:
    """Have an application answer at ``/mcp`` while its lifespan lasts."""
    manager = StreamableHTTPSessionManager(
        make_server(service),
        json_response=True,
        stateless=True,
        security_settings=security(options),
        max_request_body_size=_LARGEST_BODY,
    )
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with manager.run(), inner(app) as state:
            yield state

    app.router.lifespan_context = lifespan
    app.router.routes.append(Route(PATH, endpoint=_PostOnly(manager.handle_request)))


class _PostOnly:
    """Refuses what would wait for news from the server: there is nothing to tell that was not asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await self._app(scope, receive, send)
            return
        refused = problem(405)
        refused.headers["Allow"] = "POST"
        await refused(scope, receive, send)


def security(options: ServerOptions) -> TransportSecuritySettings:
    """Return by which names the server may be called, and from which pages: its own.

    So a page elsewhere that makes its own name point to this machine (DNS rebinding) is turned away, though
    its reader's browser takes it for one of ours.
    """
    named = [urlsplit(options.public_url).hostname or ""] if options.public_url else []
    if isinstance(options, Settings) and options.host not in _ANY_ADDRESS:
        named.append(options.host)
    hosts = dict.fromkeys([*_LOOPBACK, *(f"[{name}]" if ":" in name else name for name in named)])
    origins = [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
    return TransportSecuritySettings(allowed_hosts=_with_ports(hosts), allowed_origins=_with_ports(origins))


def _with_ports(names: Iterable[str]) -> list[str]:
    return [form for name in names for form in (name, f"{name}:*")]
