"""A real server on loopback in a thread, for tests that start and stop one of their own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

START_SECONDS = 30


@dataclass
class Site:
    """A server that runs until ``stop``."""

    url: str
    server: uvicorn.Server
    thread: threading.Thread
    listening: socket.socket

    def stop(self) -> None:
        """Stop as a process that is killed does: connections break off, and new ones are refused."""
        for connection in list(self.server.server_state.connections):
            connection.loop.call_soon_threadsafe(connection.transport.abort)
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(timeout=START_SECONDS)
        self.listening.close()


@contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[Site]:
    """Run ``app`` on ``port``, or on a free one."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline, "the server does not start"
            time.sleep(0.05)
        site = Site(f"http://127.0.0.1:{listening.getsockname()[1]}", server, thread, listening)
        try:
            yield site
        finally:
            site.stop()
