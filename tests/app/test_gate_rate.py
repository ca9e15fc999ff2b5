"""How often a client may ask."""

from __future__ import annotations

import asyncio
import time
import types
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.counters import Counters
from app.gate.rate import Rate
from app.options import ServerOptions
from app.secret import digest
from app.texts import LANGUAGES
from tests.gateapp import small_app, small_client

KEY = "dipnot_key"


class Clock:
    """The time that the library goes by, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # The beginning of a minute.
        self.now = 60.0 * 30_000_000
        fake = types.SimpleNamespace(**{**vars(time), "time": lambda: self.now})
        for module in ("limits.storage.memory", "limits.strategies"):
            monkeypatch.setattr(f"{module}.time", fake)

    def goes_on(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def ask(client: TestClient, path: str = "/v1/ask") -> int:
    return client.post(path).status_code


def test_the_next_one_is_told_when_to_come_again(clock: Clock) -> None:
    client = small_client(rate_per_minute=3)
    assert [ask(client) for _ in range(4)] == [200, 200, 200, 429]
    reply = client.post("/v1/ask")
    assert reply.json()["code"] == "rate_limited"
    assert "access-control-allow-origin" not in reply.headers
    seconds = int(reply.headers["retry-after"])
    assert 1 <= seconds <= 120
    clock.goes_on(seconds - 1.01)
    assert ask(client) == 429
    clock.goes_on(1.02)
    assert ask(client) == 200


def test_in_no_minute_does_a_client_get_much_more_than_its_share(clock: Clock) -> None:
    client = small_client(rate_per_minute=10)
    times = []
    for _ in range(600):
        if ask(client) == 200:
            times.append(clock.now)
        clock.goes_on(0.5)
    within = [sum(start <= time < start + 60 for time in times) for start in times]
    # The window is a counter, which takes what was asked in the minute before for evenly spread.
    assert max(within) <= 15
    assert 40 <= len(times) <= 55


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/ask"),
        ("POST", "/v1/ask/stream"),
        ("GET", "/v1/search?q=x"),
        ("POST", "/v1/chat/completions"),
        ("POST", "/v1/feedback"),
        ("POST", "/mcp"),
        ("GET", "/ask?q=x"),
        ("GET", "/a/x"),
        ("GET", "/export/pdf?a=x"),
        ("GET", "/corpus/search?q=x"),
    ],
)
def test_what_takes_work_is_counted_together(method: str, path: str) -> None:
    client = small_client(rate_per_minute=1)
    assert client.request(method, path).status_code == 200
    assert client.request(method, path).status_code == 429
    assert ask(client) == 429


def test_what_does_not_is_never_counted() -> None:
    client = small_client(rate_per_minute=1)
    assert ask(client) == 200
    for path in ("/v1/articles", "/articles/004", "/echo"):
        assert [client.get(path).status_code for _ in range(5)] == [200] * 5


def test_a_saved_conversation_weighs_as_many_answers_as_it_has() -> None:
    client = small_client(rate_per_minute=10)
    assert client.get("/export/pdf?" + "a=x&" * 8).status_code == 200
    assert client.get("/export/pdf?" + "a=x&" * 3).status_code == 429
    assert client.get("/export/pdf?" + "a=x&" * 2).status_code == 200
    # One that is heavier than a minute's share can be had by who has asked nothing else.
    assert small_client(rate_per_minute=10).get("/export/pdf?" + "a=x&" * 50).status_code == 200


def test_none_is_any_number() -> None:
    client = small_client(rate_per_minute=0)
    assert {ask(client) for _ in range(200)} == {200}


def test_each_client_has_a_share_of_its_own() -> None:
    app = small_app(rate_per_minute=1)
    addresses = ("192.0.2.7", "192.0.2.8", "2001:db8:1:2::1", "2001:db8:1:3::1")
    clients = [TestClient(app, client=(address, 1)) for address in addresses]
    assert [ask(client) for client in clients] == [200] * 4
    assert [ask(client) for client in clients] == [429] * 4
    # The same household under another of its addresses.
    assert ask(TestClient(app, client=("2001:db8:1:2:9::", 1))) == 429


def test_a_key_has_a_share_of_its_own_wherever_it_is_used() -> None:
    app = small_app(rate_per_minute=1, key_rate_per_minute=3, api_keys=digest(KEY))
    headers = {"Authorization": f"Bearer {KEY}"}
    found = [
        TestClient(app, client=(f"192.0.2.{n}", 1)).post("/v1/ask", headers=headers).status_code
        for n in range(4)
    ]
    assert found == [200, 200, 200, 429]
    assert ask(TestClient(app, client=("192.0.2.1", 1))) == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_is_told_on_a_page_in_the_own_language(language: str) -> None:
    client = small_client(rate_per_minute=1)
    accepted = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": language}
    client.get("/a/x", headers=accepted)
    reply = client.get("/a/x", headers=accepted)
    assert (reply.status_code, reply.headers["cache-control"]) == (429, "no-store")
    assert f'<html lang="{language}">' in reply.text
    seconds = reply.headers["retry-after"]
    assert {"tr": f"{seconds} saniye sonra", "en": f"in {seconds} seconds"}[language] in reply.text
    # A program on the same address is not sent a page.
    assert client.get("/a/x", headers={"Accept": "*/*"}).json()["code"] == "rate_limited"


def test_who_was_turned_away_is_counted() -> None:
    counters = Counters()
    app = small_app(rate_per_minute=1)
    for middleware in app.user_middleware:
        if middleware.cls is Rate:
            middleware.kwargs["counters"] = counters
    client = TestClient(app, client=("192.0.2.7", 1))
    for _ in range(3):
        ask(client)
    assert b'questions_refused_total{reason="rate"} 2.0' in counters.text()


def test_a_flood_from_everywhere_does_not_fill_the_memory() -> None:
    """Beyond the most that are counted one by one, new clients are counted with their neighbours."""

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        answered.append(scope["client"])

    async def drop(_: Any) -> None:
        return

    answered: list[Any] = []
    rate = Rate(nothing, ServerOptions(rate_per_minute=3), Counters(), most_counts=50)

    async def flood() -> None:
        for n in range(5_000):
            address = f"2001:db8:{n:x}::1"
            scope = {"type": "http", "method": "POST", "path": "/v1/ask", "headers": [], "query_string": b""}
            await rate({**scope, "client": (address, 1)}, drop, drop)  # type: ignore[arg-type]

    asyncio.run(flood())
    assert len(rate._storage.storage) <= 52
    # Fifty on their own, and the share of the network that all the others are of.
    assert len(answered) == 53
