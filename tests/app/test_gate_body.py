"""The body of a request: how large, how soon, and what is refused unread."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app.gate.body import LONGEST, Body
from tests.gateapp import small_client

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client() -> TestClient:
    return small_client()


def in_pieces(size: int) -> Iterator[bytes]:
    """A body of which nothing says how long it is."""
    for start in range(0, size, 1_000):
        yield b"x" * min(1_000, size - start)


def test_the_largest_body_comes_whole(client: TestClient) -> None:
    assert client.post("/echo", content=b"x" * LONGEST).json()["bytes"] == LONGEST
    assert client.post("/echo", content=in_pieces(LONGEST)).json()["bytes"] == LONGEST


def test_a_byte_more_is_refused_whether_it_is_announced_or_not(client: TestClient) -> None:
    for content in (b"x" * (LONGEST + 1), in_pieces(LONGEST + 1)):
        reply = client.post("/echo", content=content)
        assert (reply.status_code, reply.json()["code"]) == (413, "too_large")


def test_no_byte_is_read_of_what_is_announced_too_large() -> None:
    async def never() -> Message:
        raise AssertionError("read")

    assert asyncio.run(status_of(never, [(b"content-length", b"9" * 30)])) == 413


def test_a_body_has_to_come_in_time() -> None:
    async def slow() -> Message:
        await asyncio.sleep(0.04)
        return {"type": "http.request", "body": b"x", "more_body": True}

    # Each byte is in time, and the whole is not.
    assert asyncio.run(status_of(slow, [(b"transfer-encoding", b"chunked")])) == 408


def test_nothing_is_answered_to_who_has_left() -> None:
    async def left() -> Message:
        return {"type": "http.disconnect"}

    assert asyncio.run(status_of(left, [(b"content-length", b"5")])) is None


async def status_of(receive: Receive, headers: list[tuple[bytes, bytes]]) -> int | None:
    """The status of the response to a request with these headers, if there is one."""
    sent: list[Message] = []

    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the application was asked")

    async def keep(message: Message) -> None:
        sent.append(message)

    await Body(never, seconds=0.1)({"type": "http", "headers": headers}, receive, keep)
    return sent[0]["status"] if sent else None


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "\xff\xfe"}',
        b"[" * 30_000 + b"]" * 30_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[NaN]",
        b"[-Infinity]",
        b"[" + b"1" * 5_000 + b"]",
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_json_that_is_a_trap_is_refused(client: TestClient, body: bytes) -> None:
    reply = client.post("/json", content=body, headers=JSON)
    assert reply.status_code == 400
    assert reply.json()["detail"] == "The body cannot be read as JSON."


def test_json_that_is_none_passes(client: TestClient) -> None:
    assert client.post("/json", content=b'{"a": [1, 1e308]}', headers=JSON).json() == {
        "json": {"a": [1, 1e308]}
    }
    # Its route says where it is wrong.
    assert client.post("/json", content=b'{"a"', headers=JSON).status_code == 422
    assert client.post("/echo", content=b"\xff", headers={"Content-Type": "text/plain"}).status_code == 200
