"""The body of a request: how large it may be, how long it may take, and what no program should read."""

from __future__ import annotations

import asyncio
import json
from typing import Final, NoReturn

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem import problem

# A question has 2,000 characters and may come with those before it.
LONGEST: Final = 64 * 1024
# In seconds, for the whole of it.
SECONDS: Final = 10.0


class _Left(Exception):
    """The client has gone."""


class _TooLarge(Exception):
    """More bytes than a body may have."""


class _Unreadable(Exception):
    """JSON that is refused though a lenient reader would take it, or fail on it."""


class Body:
    """Reads the body before the application does, so that nobody waits for one that never comes whole.

    Only bodies are gathered, which are small; responses pass as they are made.
    """

    def __init__(self, app: ASGIApp, seconds: float = SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass a request on."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        length = headers.get("content-length", "0")
        if length == "0" and "transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        try:
            # Not a number: the server has refused it; another server may not have.
            if not length.isascii() or not length.isdigit():
                raise _Unreadable
            # Told at once, before anything has come.
            if len(length) > len(str(LONGEST)) or int(length) > LONGEST:
                raise _TooLarge
            async with asyncio.timeout(self._seconds):
                body = await _read(receive)
            if "json" in headers.get("content-type", ""):
                _check(body)
        except _TooLarge:
            detail = f"A request may have {LONGEST // 1024} KB."
            await problem(413, detail)(scope, receive, send)
        except TimeoutError:
            late = problem(408)
            # What still comes is not the beginning of another request.
            late.headers["Connection"] = "close"
            await late(scope, receive, send)
        except _Unreadable:
            await problem(400, "The body cannot be read as JSON.")(scope, receive, send)
        except _Left:
            return
        else:
            await self._app(scope, _again(body, receive), send)


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Left
        body += message.get("body", b"")
        if len(body) > LONGEST:
            raise _TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives the body once, and then what the connection gives."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _check(body: bytes) -> None:
    """Raise _Unreadable for JSON that is nested too deep or has numbers that are none or too long, and for
    what is not UTF-8.

    What is no JSON at all is left to the routes, whose refusals say where.
    """
    try:
        json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except json.JSONDecodeError:
        return
    except (ValueError, RecursionError) as error:
        raise _Unreadable from error


def _refuse(constant: str) -> NoReturn:
    # NaN and Infinity are not JSON (RFC 8259, section 6), though Python reads them.
    raise ValueError(constant)
