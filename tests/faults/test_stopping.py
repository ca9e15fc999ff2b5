"""``dipnot serve`` is told to stop: what it has begun to answer it answers, and then it goes."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.commandline import PROGRAM

START_SECONDS = 120
# All of these wait for one worker, so that most are under way when the first is done.
QUESTIONS = [f"{year} yılında hangi antlaşma imzalandı?" for year in range(1917, 1940)]
SETTINGS = {
    "DIPNOT_ASK_WORKERS": "1",
    "DIPNOT_ASK_WAITING": "100",
    "DIPNOT_ASK_WAIT_SECONDS": "30",
    "DIPNOT_ASK_SECONDS": "30",
    "DIPNOT_RATE_PER_MINUTE": "0",
}


@contextmanager
def serving(folder: Path, index: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The process, once it answers, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [PROGRAM, "serve", "--port", str(port), "--index", str(index)]
    with open(folder / "log", "wb") as log:
        environment = {**os.environ, **SETTINGS}
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(port):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.2)
        yield process, port
    finally:
        process.kill()
        process.wait()


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def read(client: socket.socket, until: bytes = b"") -> bytes:
    """What comes before the connection is closed, or up to something."""
    found = b""
    while not (until and until in found) and (part := client.recv(65_536)):
        found += part
    return found


@pytest.mark.slow
def test_what_is_being_answered_is_answered_to_the_end(folder: Path, index_dir: Path) -> None:
    with ExitStack() as open_, serving(folder, index_dir) as (process, port):

        def connected() -> socket.socket:
            return open_.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))

        # A page that is open, as long as it is.
        page = connected()
        page.sendall(b"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in read(page, b"\r\n")
        clients = [connected() for _ in QUESTIONS]
        for client, question in zip(clients, QUESTIONS, strict=True):
            body = json.dumps({"question": question}).encode()
            client.sendall(
                b"POST /v1/ask/stream HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body) + body
            )
        assert b"event: start" in read(clients[0], b"event: start")
        # The others wait.
        assert select.select(clients[-1:], [], [], 0)[0] == []
        process.send_signal(signal.SIGTERM)
        stopped = time.monotonic()
        for client, question in zip(clients[1:], QUESTIONS[1:], strict=True):
            stream = read(client)
            assert b"event: answer" in stream, stream[:300]
            assert stream.endswith(b"0\r\n\r\n"), "the stream is not whole"
            assert question in stream.decode()
        process.wait(timeout=60)
        # The open page did not keep it, which would have taken the whole time that a question is given.
        assert time.monotonic() - stopped < 30
        assert process.returncode == 0, (folder / "log").read_text()
        with pytest.raises(ConnectionRefusedError):
            connected()
        assert "Traceback" not in (folder / "log").read_text()
