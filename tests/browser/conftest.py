"""A real server on loopback and a real browser."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import expect

from app.assistant import Assistant
from app.feedback import Feedback
from app.options import ServerOptions
from app.server import create_app

START_SECONDS = 30
# Other tests run beside: what a page shows in one second may take it ten.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def feedback_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server of the tests keeps what readers say."""
    return tmp_path_factory.mktemp("feedback") / "feedback.sqlite3"


@pytest.fixture(scope="session")
def site(assistant: Assistant, feedback_file: Path) -> Iterator[str]:
    """The address of a server that answers with the real Assistant."""
    with serving(
        create_app(assistant, Feedback(feedback_file, 30), ServerOptions(rate_per_minute=0))
    ) as address:
        yield address


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline, "the server does not start"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(timeout=10)
