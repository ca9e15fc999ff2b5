"""Which of Gradio's addresses are open: those that its page needs, and no others.

Gradio brings routes that take files, give files, fetch addresses and describe the application; nearly every
hole that was found in it was in one of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem import problem
from app.gate.events import Events
from app.gate.telling import telling

if TYPE_CHECKING:
    from fastapi import FastAPI

# The name of a file without a folder: letters, digits, dot, hyphen and underscore, and no dot at its start.
_FILE: Final = r"[\w-][\w.-]{0,200}"
_READ: Final = re.compile(
    rf"/|/config|/theme\.css|/favicon\.ico|/assets/{_FILE}|/static/(js|fonts|img)(/{_FILE}){{1,3}}"
    r"|/gradio_api/(queue/data|app_id|startup-events|heartbeat/\w{1,64})",
    re.ASCII,
)
_SENT: Final = re.compile(r"/gradio_api/(queue/join|run/predict|cancel|reset)", re.ASCII)
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Doors:
    """Stands before Gradio, and says of what is not on the list that there is no such thing.

    ``others``: the routes that go before Gradio's. An address of theirs comes here when they do not know the
    method.
    """

    def __init__(self, app: ASGIApp, events: Events, others: Sequence[BaseRoute]) -> None:
        self._app = app
        self._events = events
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if allowed := self._methods(scope):
            refusal = problem(405)
            refusal.headers["Allow"] = ", ".join(allowed)
            await refusal(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") and _READ.fullmatch(path):
            await self._app(scope, receive, send)
        elif scope["method"] == "POST" and _SENT.fullmatch(path):
            # Whole, because app/gate/body.py has read it.
            message = await receive()
            if self._events.is_one(path, message.get("body", b"")):
                await self._app(scope, _beginning(message, receive), send)
            else:
                await problem(422)(scope, receive, send)
        else:
            await telling(scope, 404, "missing")(scope, receive, send)

    def _methods(self, scope: Scope) -> list[str]:
        """The methods that the other routes know for an address; none for what is no address of theirs."""
        if all(route.matches(scope)[0] is Match.NONE for route in self._others):
            return []
        scopes = {method: {**scope, "method": method} for method in _METHODS}
        return [
            method
            for method, asked in scopes.items()
            if any(route.matches(asked)[0] is Match.FULL for route in self._others)
        ]


def close_doors(app: FastAPI) -> None:
    """Put the doors before Gradio's page, which is mounted at the root of an application, behind its own
    routes."""
    for place, route in enumerate(app.routes):
        if isinstance(route, Mount) and route.path == "":
            route.app = Doors(route.app, Events(route.app), app.routes[:place])


def _beginning(message: Message, receive: Receive) -> Receive:
    """What gives the message first, and then what the connection gives."""
    messages = [message]

    async def received() -> Message:
        return messages.pop() if messages else await receive()

    return received
