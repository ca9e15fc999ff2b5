"""Clients that do not keep to the rules, on raw sockets against a real server: each ends in a refusal or a
closed connection, in time, and the server goes on answering."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
import uvicorn

from app import connection
from app.assistant import Assistant
from app.connection import connection_settings
from app.gate import body
from app.options import ServerOptions
from app.server import create_app

QUESTION = {"question": "Moskova Antlaşması ne zaman imzalandı?"}
START_SECONDS = 30
# For a client that is waited for, in place of ten; and how long a test waits for its end.
PATIENCE = 1.0
DEADLINE = 8.0
OK = json.dumps(QUESTION).encode()


@pytest.fixture(scope="module")
def port(assistant: Assistant) -> Iterator[int]:
    """Where the server listens, set up as ``dipnot serve`` sets it up, but for a shorter patience."""
    with pytest.MonkeyPatch.context() as patch, socket.socket() as listening:
        patch.setattr(connection, "HEAD_SECONDS", PATIENCE)
        patch.setattr(connection, "TAKE_SECONDS", PATIENCE)
        patch.setattr(body.Body.__init__, "__defaults__", (PATIENCE,))
        listening.bind(("127.0.0.1", 0))
        options = ServerOptions(rate_per_minute=0)
        app = create_app(assistant, options=options)
        config = uvicorn.Config(app, log_level="critical", lifespan="on", **connection_settings(options))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            assert thread.is_alive() and time.monotonic() < deadline, "the server does not start"
            time.sleep(0.05)
        yield listening.getsockname()[1]
        server.should_exit = server.force_exit = True
        thread.join(timeout=START_SECONDS)


@pytest.fixture(autouse=True)
def goes_on(port: int) -> Iterator[None]:
    """After each of these clients the next one is answered."""
    yield
    reply = httpx.post(f"http://127.0.0.1:{port}/v1/ask", json=QUESTION, timeout=DEADLINE)
    assert (reply.status_code, reply.json()["status"]) == (200, "answered")


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as client:
        yield client


def received(client: socket.socket) -> bytes:
    """All that comes until the server closes the connection; fails when it does not."""
    parts = []
    with suppress(ConnectionResetError):
        while part := client.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def first(client: socket.socket) -> int:
    """The status of the first response; 0 when the connection is closed without one."""
    with suppress(ConnectionResetError):
        line = client.makefile("rb").readline()
        return int(line.split()[1]) if line else 0
    return 0


def status(port: int, request: bytes) -> int:
    with connected(port) as client:
        with suppress(ConnectionResetError, BrokenPipeError):
            client.sendall(request)
        return first(client)


def post(content: bytes, headers: bytes = b"", kind: bytes = b"application/json") -> bytes:
    return (
        b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: " + kind + b"\r\n"
        b"Content-Length: %d\r\n" % len(content) + headers + b"\r\n" + content
    )


def chunked(*chunks: bytes) -> bytes:
    return (
        b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)
    )


def chunk(content: bytes) -> bytes:
    return b"%x\r\n" % len(content) + content + b"\r\n"


def get(target: bytes, headers: bytes = b"") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n"


def test_a_good_request_is_answered_here_too(port: int) -> None:
    assert status(port, post(OK)) == 200
    assert status(port, chunked(chunk(OK[:20]), chunk(OK[20:]), b"0\r\n\r\n")) == 200


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (post(b" " * (64 * 1024 + 1 - len(OK)) + OK), 413),
        (post(OK, kind=b"text/plain"), 422),
        (post(b'{"question": "\xff\xfe"}'), 400),
        (post(b"[" * 32_000 + b"]" * 32_000), 400),
        (post(b'{"question":' * 5_000 + b"1" + b"}" * 5_000), 400),
        (post(b"[" * 100_000), 413),
        (post(b'{"question": NaN}'), 400),
        (post(b'{"question": ' + b"9" * 60_000 + b"}"), 400),
        (post(b'{"question": 1e999999}'), 422),
        (post(b'{"question": "x", "history": [' + b"0," * 20_000 + b"0]}"), 422),
        (post(b'{"question": "' + b"\\u0000" * 100 + b'"}'), 422),
        (post(b'{"question": "' + b"\\ud800" * 100 + b'"}'), 422),
        (chunked(*[chunk(b" " * 1024)] * 65, b"0\r\n\r\n"), 413),
        (chunked(b"zz\r\nabc\r\n0\r\n\r\n"), 400),
        (chunked(b"-5\r\nabc\r\n0\r\n\r\n"), 400),
        (chunked(b"ffffffffffffffffffff\r\nabc"), 408),
        (chunked(b"5\r\nabcdefgh\r\n0\r\n\r\n"), 400),
        (post(OK, b"Transfer-Encoding: chunked\r\n"), 400),
        (post(OK, b"Content-Length: 1\r\n"), 400),
        (b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n", 400),
        (b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (get(b"/healthz", b"".join(b"X-%d: 1\r\n" % n for n in range(10_000))), 431),
        (get(b"/healthz", b"".join(b"X-%d: 1\r\n" % n for n in range(500))), 431),
        (get(b"/healthz", b"X: " + b"y" * 1_000_000 + b"\r\n"), 400),
        (get(b"/ask?q=" + b"x" * 100_000), 414),
        (get(b"/" + b"x" * 1_000_000), 400),
        (get(b"/healthz", b"X: a\rInjected: b\r\n"), 400),
        (get(b"/healthz", b"X: a\x00b\r\n"), 400),
        (get(b"/healthz", b" X: folded\r\n"), 400),
        (get(b"/healthz", b"X : a\r\n"), 400),
        (get(b"/articles/x%0d%0aSet-Cookie:%20a=b"), 400),
        (get(b"http://evil.example/"), 400),
        (get(b"https://evil.example/gradio_api/upload"), 400),
        (get(b"//evil.example/"), 404),
        (get(b"*"), 400),
        (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (get(b"/../../../../etc/passwd"), 404),
        (get(b"/static/dipnot/../../settings.py"), 404),
        (get(b"/static/dipnot/..%2f..%2fsettings.py"), 404),
        (get(b"/static/dipnot/%2e%2e/%2e%2e/settings.py"), 404),
        (get(b"/static/dipnot/..%5c..%5csettings.py"), 404),
        (get(b"/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), 404),
        (get(b"/gradio_api/file=../../etc/passwd"), 404),
        (get(b"/articles/..%2f..%2fetc%2fpasswd"), 404),
        (get(b"/export/..%2fpdf?a=x"), 404),
        (get(b"/a/%ff%fe%c0%af"), 404),
        (get(b"/articles/004?c=%ff&lang=%00"), 200),
        (get(b"/ask?q=%ff%fe"), 200),
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: evil.example/\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a@evil.example\r\n\r\n", 400),
        (b"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 300, 400),
        (b"\r\n" * 40_000, 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ],
    ids=lambda value: repr(value[:60]) if isinstance(value, bytes) else str(value),
)
def test_what_is_against_the_rules_is_refused(port: int, request_: bytes, expected: int) -> None:
    started = time.monotonic()
    assert status(port, request_) == expected
    assert time.monotonic() - started < DEADLINE / 2


def test_a_head_that_comes_a_byte_at_a_time_is_not_waited_for(port: int) -> None:
    with connected(port) as client:
        assert drip(client, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ") < 2 * PATIENCE


def test_nor_is_the_second_head_of_a_connection(port: int) -> None:
    with connected(port) as client:
        client.sendall(get(b"/healthz"))
        assert b"200" in client.recv(65_536)
        assert drip(client, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ") < 2 * PATIENCE


def test_nor_a_client_that_says_nothing_at_all(port: int) -> None:
    with connected(port) as client:
        started = time.monotonic()
        assert received(client) == b""
        assert time.monotonic() - started < 2 * PATIENCE


def test_a_body_that_comes_a_byte_at_a_time_is_told_that_it_is_late(port: int) -> None:
    with connected(port) as client:
        client.sendall(post(OK)[: -len(OK)])
        drip(client, OK)
        assert b" 408 " in received(client)[:30] or not client.recv(1)
    with connected(port) as client:
        client.sendall(post(OK)[:-5])
        assert first(client) == 408


def test_nor_is_a_body_waited_for_that_nobody_reads(port: int) -> None:
    """Refused at once, and the connection does not stay open for the rest."""
    with connected(port) as client:
        client.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        assert b" 413 " in client.recv(65_536)[:30]
        assert drip(client, b"x" * 1_000) < 2 * PATIENCE


def test_a_client_that_does_not_take_what_it_asked_for_is_let_go(port: int) -> None:
    with socket.socket() as client:
        # Little room on this side, so that the server is left with the rest.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(DEADLINE)
        client.connect(("127.0.0.1", port))
        for _ in range(60):
            client.sendall(get(b"/articles/004"))
        time.sleep(2.5 * PATIENCE)
        taken = received(client)
        assert taken.count(b"HTTP/1.1 200") < 60


def test_a_client_that_leaves_in_the_middle_takes_nobody_along(port: int) -> None:
    stream = b"POST /v1/ask/stream HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    whole = stream + b"Content-Length: %d\r\n\r\n" % len(OK) + OK
    for sent in (whole, whole[:-3], whole[:40], whole[:3]):
        with connected(port) as client:
            client.sendall(sent)
        with connected(port) as client:
            client.sendall(sent)
            # Half-closed: nothing more is to come from this side.
            client.shutdown(socket.SHUT_WR)
            received(client)


def test_a_hundred_clients_that_wait_do_not_keep_others_from_asking(port: int) -> None:
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    try:
        for client in waiting:
            client.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
        started = time.monotonic()
        assert status(port, post(OK)) == 200
        assert time.monotonic() - started < PATIENCE
    finally:
        for client in waiting:
            client.close()


def drip(client: socket.socket, content: bytes) -> float:
    """Send the content a byte at a time, and then more of it; returns how long the server bore it."""
    started = time.monotonic()
    client.setblocking(False)
    try:
        while time.monotonic() - started < DEADLINE:
            for byte in content:
                client.send(bytes([byte]))
                time.sleep(0.02)
                with suppress(BlockingIOError):
                    if client.recv(65_536) == b"":
                        return time.monotonic() - started
    except (ConnectionResetError, BrokenPipeError):
        pass
    finally:
        client.settimeout(DEADLINE)
    return time.monotonic() - started
