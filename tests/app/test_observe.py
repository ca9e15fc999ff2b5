"""Every request is counted and written to the log by its kind, and handed on as it comes."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.assistant import Assistant
from app.counters import Counters
from app.observe import HEADER, Observed, kind_of
from app.options import ServerOptions
from app.server import create_app

QUESTION = {"question": "Moskova Antlaşması ne zaman imzalandı?"}


@pytest.fixture(scope="module")
def app(assistant: Assistant) -> FastAPI:
    app = create_app(assistant, options=ServerOptions(rate_per_minute=0))

    @app.get("/v1/fails")
    def fails() -> None:
        raise ZeroDivisionError

    # Before Gradio's page, which takes every address that is left.
    app.router.routes.insert(0, app.router.routes.pop())
    return app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def told(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """The values of the one record of a request."""
    (record,) = [record for record in caplog.records if record.getMessage() == "request"]
    found = vars(record)["fields"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "page"),
        ("/ask", "page"),
        ("/a/eJx", "page"),
        ("/corpus", "page"),
        ("/corpus/search", "page"),
        ("/articles/004", "article"),
        ("/articles/004.txt", "article"),
        ("/v1/ask", "api"),
        ("/v1/chat/completions", "api"),
        ("/openapi.json", "api"),
        ("/embed/v1/dipnot.js", "widget"),
        ("/oembed", "widget"),
        ("/export/docx", "export"),
        ("/static/dipnot/chat.css", "asset"),
        ("/assets/index.js", "asset"),
        ("/gradio_api/queue/join", "gradio"),
        ("/config", "gradio"),
        ("/healthz", "health"),
        ("/readyz", "health"),
        ("/metrics", "health"),
        ("/askew", "other"),
        ("/.env", "other"),
        ("//a/b", "other"),
    ],
)
def test_an_address_is_of_a_kind(path: str, kind: str) -> None:
    assert kind_of(path) == kind


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/articles/004?c=1-2", "/articles/{article_id}", 200),
        ("/articles/zurna", "/articles/{article_id}", 404),
        ("/ask?q=", "/ask", 200),
        ("/a/zurna", "/a/{id}", 404),
        ("/v1/articles", "/v1/articles", 200),
        ("/export/zurna?a=b", "/export/{format}", 404),
        ("/zurna", None, 404),
    ],
)
def test_a_request_is_logged_by_the_pattern_of_its_address(
    client: TestClient, caplog: pytest.LogCaptureFixture, path: str, route: str | None, status: int
) -> None:
    caplog.set_level(logging.INFO, "app.observe")
    reply = client.get(path)
    record = told(caplog)
    assert (record["route"], record["status"], record["method"]) == (route, status, "GET")
    assert record["ms"] > 0
    assert set(record) == {"method", "kind", "route", "status", "ms", "bytes"}
    assert reply.headers[HEADER]


def test_the_bytes_are_those_that_were_sent(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "app.observe")
    reply = client.get("/articles/004.txt", headers={"Accept-Encoding": "identity"})
    assert told(caplog)["bytes"] == len(reply.content)


def test_a_request_is_counted_by_kind_method_and_status(app: FastAPI, client: TestClient) -> None:
    def count(line: str) -> float:
        found = re.search(rf"^{re.escape(line)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    asked = 'requests_total{kind="api",method="POST",status="200"}'
    strange = 'requests_total{kind="other",method="other",status="404"}'
    seconds = 'requests_seconds_count{kind="api"}'
    before = [count(line) for line in (asked, strange, seconds)]
    client.post("/v1/ask", json=QUESTION)
    client.request("BREW", "/pot")
    after = [count(line) for line in (asked, strange, seconds)]
    assert [now - then for now, then in zip(after, before, strict=True)][::2] == [1, 1]
    # Whatever became of it, its method is no label of its own.
    assert "BREW" not in client.get("/metrics").text


def test_a_failure_is_a_500_that_can_be_found_by_its_id(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "app.observe")
    reply = client.get("/v1/fails")
    assert reply.status_code == 500
    assert told(caplog)["status"] == 500
    assert re.fullmatch(r"[0-9a-f]{24}", reply.headers[HEADER])


@pytest.mark.parametrize("given", ["abcd-1234", "A" * 64, "0af7651916cd43dd8448eb211c80319c"])
def test_the_id_that_a_proxy_gives_is_kept(client: TestClient, given: str) -> None:
    assert client.get("/healthz", headers={HEADER: given}).headers[HEADER] == given


@pytest.mark.parametrize(
    "given", ["", "short", "A" * 65, "abcd 1234", "abcd_1234", "ne\x1bzaman", "abcdefg\u0131"]
)
def test_an_id_that_could_carry_words_is_replaced(client: TestClient, given: str) -> None:
    found = client.get("/healthz", headers={HEADER: given.encode()}).headers[HEADER]
    assert re.fullmatch(r"[0-9a-f]{24}", found)


def test_two_requests_have_two_ids(client: TestClient) -> None:
    assert client.get("/healthz").headers[HEADER] != client.get("/healthz").headers[HEADER]


SCOPE: Scope = {"type": "http", "method": "GET", "path": "/v1/ask/stream", "headers": []}


async def nothing() -> Message:
    return {"type": "http.disconnect"}


def run(app: ASGIApp, send: Send, scope: Scope = SCOPE) -> str:
    """Pass one request through; returns what was counted."""
    counters = Counters()
    # In a thread of its own: a browser of another test may keep a loop running in this one.
    with start_blocking_portal() as portal:
        portal.call(Observed(app, counters), dict(scope), nothing, send)
    return counters.text().decode()


def test_a_stream_is_handed_on_piece_by_piece() -> None:
    seen: list[Message] = []

    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            # The piece is out before the next one is made.
            assert len(seen) == number + 2
        await send({"type": "http.response.body", "body": b""})

    async def collect(message: Message) -> None:
        seen.append(message)

    assert 'status="200"} 1.0' in run(streams, collect)
    assert len(seen) == 5


def test_a_client_that_leaves_before_the_answer_is_counted_as_gone() -> None:
    async def gives_up(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.disconnect"

    async def never(message: Message) -> None:
        raise AssertionError(message)

    assert 'method="GET",status="499"} 1.0' in run(gives_up, never)


def test_an_error_of_the_connection_goes_on_to_the_server() -> None:
    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def broken(message: Message) -> None:
        raise ClientDisconnect

    with pytest.raises(ClientDisconnect):
        run(answers, broken)


def test_what_is_no_request_passes_untouched() -> None:
    async def lives(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "lifespan.startup.complete"})

    seen: list[Message] = []

    async def collect(message: Message) -> None:
        seen.append(message)

    counted = run(lives, collect, {"type": "lifespan"})
    assert seen == [{"type": "lifespan.startup.complete"}]
    assert "requests_total{" not in counted
