"""Before the server is ready: every address answers, says what is being waited for, and opens by itself.

What the chat page needs takes seconds to load, and an index that is missing takes minutes to build. The port
is open all the same, so this module imports nothing heavy until there is an index to serve.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import uvicorn
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from app.connection import connection_settings
from app.gate.headers import SecurityHeaders
from app.options import ServerOptions
from app.templates import STATIC, STATIC_URL, render
from app.texts import negotiate, text
from corpus.errors import DipnotError, IndexDamaged, IndexMissing
from index.generation import verified

if TYPE_CHECKING:
    from fastapi import FastAPI

State = Literal["loading", "missing", "building", "damaged", "failed"]

_log = logging.getLogger(__name__)
# How often the index is looked for, in seconds.
_INTERVAL: Final = 2.0
# Python's own is five milliseconds, which each of eight threads may make the next one wait.
_SWITCH_SECONDS: Final = 0.0005
# What failed is tried again after so many seconds though no file of the index has changed: a model may have
# been put in its place. Not sooner, because a trial loads everything.
_PATIENCE: Final = 30.0
# A folder that an index is written into stands for seconds; one older than this was left by a killed builder.
_WRITING_SECONDS: Final = 120.0
# When a page asks again, in seconds: soon while it is nearly there.
_RETRY: Final[dict[State, int]] = {"loading": 2, "missing": 10, "building": 5, "damaged": 10, "failed": 10}
_COMMANDS: Final[dict[State, str]] = {
    "missing": "dipnot index",
    "damaged": "dipnot index",
    "failed": "dipnot doctor",
}
# Asked by programs, which read JSON: our interface, and Gradio's page that was open before a restart.
_PROGRAMS: Final = ("/v1/", "/gradio_api/", "/metrics")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    # The others come from app.gate.headers. The chat page may show any of these in its frame, which was the
    # reader's before a restart.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


class Standby:
    """An ASGI application that answers for the real one until that is ready, and then hands over to it.

    ``open`` loads everything and returns the real application, or raises DipnotError; it is called in a
    thread as soon as there is a whole index in the folder ``index``, and again when it has raised and the
    index has changed or half a minute has gone. ``interval`` is the time between two looks at the folder, in
    seconds. The lifespan of the real application begins when it is ready and ends with this one's.
    """

    def __init__(self, open: Callable[[], FastAPI], index: Path, interval: float = _INTERVAL) -> None:
        self.state: State = "loading"
        self._open = open
        self._index = index
        self._interval = interval
        self._app: FastAPI | None = None
        self._waiting: ASGIApp = SecurityHeaders(
            Router(
                [Mount(STATIC_URL, StaticFiles(directory=STATIC))], redirect_slashes=False, default=self._wait
            )
        )

    @property
    def is_ready(self) -> bool:
        """Whether the real application answers."""
        return self._app is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it over."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"] == "/readyz":
            await SecurityHeaders(self._readiness())(scope, receive, send)
        else:
            await (self._app or self._waiting)(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The lifespan: the port opens at once, and the real application is opened beside."""
        await receive()
        stopping = asyncio.Event()
        opening = asyncio.create_task(self._run(stopping))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        stopping.set()
        await opening
        await send({"type": "lifespan.shutdown.complete"})

    async def _run(self, stopping: asyncio.Event) -> None:
        """Open the real application and keep its lifespan, which has to end in the task that began it."""
        while not stopping.is_set():
            app = await self._opened(stopping)
            if app is None or stopping.is_set():
                return
            try:
                async with app.router.lifespan_context(app):
                    self._app = app
                    _log.info("ready")
                    await stopping.wait()
                    self._app = None
                    _log.info("stopping")
            except Exception:
                self._app, self.state = None, "failed"
                _log.exception("the application did not start or stop as it should")
                await _pause(_PATIENCE, stopping)

    async def _opened(self, stopping: asyncio.Event) -> FastAPI | None:
        """Look until the application can be opened; None when the server stops first."""
        seen: object = None
        tried = -_PATIENCE
        while not stopping.is_set():
            now = await asyncio.to_thread(_files, self._index)
            if now != seen or time.monotonic() - tried >= _PATIENCE:
                app = await asyncio.to_thread(self._try)
                if app is not None:
                    return app
                seen, tried = now, time.monotonic()
            await _pause(self._interval, stopping)
        return None

    def _try(self) -> FastAPI | None:
        """Open the application, or say in ``state`` why it cannot be; runs in a thread."""
        try:
            # Before anything heavy, and so that a page says "loading" only when there is something to load.
            verified(self._index)
            self.state = "loading"
            return self._open()
        except IndexMissing as error:
            self._say("missing", error)
        except IndexDamaged as error:
            self._say("damaged", error)
        except (DipnotError, OSError) as error:
            self._say("failed", error)
        except Exception:
            self.state = "failed"
            _log.exception("the application could not be opened")
        return None

    def _say(self, state: State, error: Exception) -> None:
        is_written = state in ("missing", "damaged") and _is_being_written(self._index)
        now: State = "building" if is_written else state
        if now != self.state:
            _log.warning("not ready: %s", error)
        self.state = now

    async def _wait(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 503, with a page or with JSON; ``/healthz`` with 200, because the process runs."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013})  # try again later
            return
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if request.url.path == "/healthz":
            return JSONResponse({"status": "starting", "state": self.state}, headers=_HEADERS)
        language = negotiate(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))
        state = self.state
        headers = {**_HEADERS, "Retry-After": str(_RETRY[state])}
        if request.method not in ("GET", "HEAD") or request.url.path.startswith(_PROGRAMS):
            detail = f"{text(language, f'standby.{state}')}."
            return JSONResponse({"detail": detail}, status_code=503, headers=headers)
        page = render(
            "standby.html",
            language,
            state=state,
            command=_COMMANDS.get(state, ""),
            seconds=_RETRY[state],
            addresses={
                code: f"?{request.url.include_query_params(lang=code).query}" for code in ("tr", "en")
            },
        )
        return HTMLResponse(page, status_code=503, headers=headers)

    def _readiness(self) -> Response:
        if self.is_ready:
            return JSONResponse({"status": "ready"}, headers=_HEADERS)
        headers = {**_HEADERS, "Retry-After": str(_RETRY[self.state])}
        return JSONResponse({"status": self.state}, status_code=503, headers=headers)


def serve(
    open: Callable[[], FastAPI],
    index: Path,
    host: str = "127.0.0.1",
    port: int = 7860,
    options: ServerOptions | None = None,
) -> None:
    """Serve until stopped, from before there is anything to serve; running answers are finished first."""
    # Threads that answer must let the one go ahead that takes requests in.
    sys.setswitchinterval(_SWITCH_SECONDS)
    uvicorn.run(
        Standby(open, index),
        host=host,
        port=port,
        # The log is set up by app.logs.
        log_config=None,
        log_level="warning",
        lifespan="on",
        **connection_settings(options or ServerOptions()),
    )


async def _pause(seconds: float, stopping: asyncio.Event) -> None:
    """Wait, but not when the server stops."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return


def _files(index: Path) -> frozenset[tuple[str, int, int]]:
    """What lies in the folder of an index: name, size in bytes and time of every file."""
    found = set()
    for path in index.rglob("*"):
        try:
            status = path.stat()
        except FileNotFoundError:  # a builder has just put it elsewhere
            continue
        found.add((str(path), status.st_size, status.st_mtime_ns))
    return frozenset(found)


def _is_being_written(index: Path) -> bool:
    """Whether a builder writes a generation now; the encoding before it leaves no trace on the disk."""
    for path in (index / "generations").glob(".writing-*"):
        try:
            if time.time() - path.stat().st_mtime < _WRITING_SECONDS:
                return True
        except FileNotFoundError:
            continue
    return False
