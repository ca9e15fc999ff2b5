"""The head of a request: how long it may be, and which addresses are none."""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problem import problem

# A conversation is saved by an address that names all its answers, so addresses may be long.
LONGEST_TARGET: Final = 48 * 1024
# Together with the address; uvicorn reads no more (see app/connection.py).
LONGEST_HEAD: Final = 64 * 1024
# A name or an address, and a port (RFC 3986, section 3.2); HTTP/1.0 had none.
_HOST: Final = re.compile(r"([\w.-]*|\[[\da-f:.]+\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)
# Browsers send about twenty.
_MOST_HEADERS: Final = 100


class Head:
    """Refuses requests whose head is too long, ambiguous, or for somebody else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass a request on."""
        match scope["type"]:
            case "http":
                status, detail = _wrong(scope)
                if status:
                    await problem(status, detail, "too_large" if status > 400 else None)(scope, receive, send)
                else:
                    await self._app(scope, receive, send)
            case "websocket":
                # There are none here.
                await send({"type": "websocket.close", "code": 1008})
            case _:
                await self._app(scope, receive, send)


def _wrong(scope: Scope) -> tuple[int, str]:
    """The status and the sentence for a head that is refused; 0 for one that is not."""
    target = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    headers = sum(len(name) + len(value) for name, value in scope["headers"])
    path = scope["path"]
    if target > LONGEST_TARGET:
        return 414, "The address is too long."
    if len(scope["headers"]) > _MOST_HEADERS or target + headers > LONGEST_HEAD:
        return 431, "The request has too many headers, or too long ones."
    given = Headers(scope=scope)
    # Which of the two holds is what smugglers play on (RFC 9112, section 6.1); nobody else sends both.
    if "transfer-encoding" in given and "content-length" in given:
        return 400, "The request says twice how long it is."
    if not _HOST.fullmatch(given.get("host", "")):
        return 400, "The host is none."
    # A proxy is asked for addresses with a host in them (RFC 9112, section 3.2.2), and this is none.
    if not path.startswith("/") or any(char < " " or char == "\x7f" for char in path):
        return 400, "The address is not a path."
    return 0, ""
