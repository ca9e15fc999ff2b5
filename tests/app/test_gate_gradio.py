"""Gradio behind its doors: what its page needs, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.assistant import Assistant
from app.options import ServerOptions
from app.server import create_app

WHEN = "Moskova Antlaşması ne zaman imzalandı?"
FILE = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, options=ServerOptions(rate_per_minute=0))) as client:
        yield client


@pytest.fixture(scope="module")
def asking(client: TestClient) -> int:
    """The number of the event that answers a question."""
    events: list[dict[str, Any]] = client.get("/config").json()["dependencies"]
    return next(event["id"] for event in events if event["queue"] and len(event["inputs"]) == 4)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/upload_progress?upload_id=x"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file=app/chat.py"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/gradio_api/file=https://evil.example/x"),
        ("GET", "/gradio_api/proxy=https://evil.example/x"),
        ("POST", "/gradio_api/component_server"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/gradio_api/custom_component/x/client/component/index.js"),
        ("GET", "/gradio_api/stream/x/1/2/playlist.m3u8"),
        ("POST", "/gradio_api/stream/x"),
        ("POST", "/gradio_api/call/predict"),
        ("GET", "/gradio_api/call/predict/x"),
        ("POST", "/gradio_api/call/v2/predict"),
        ("POST", "/gradio_api/api/predict"),
        ("POST", "/gradio_api/run/other"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/vibe-code"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/token"),
        ("GET", "/gradio_api/user"),
        ("GET", "/gradio_api/mcp/sse"),
        ("POST", "/login"),
        ("GET", "/logout"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/pwa_icon"),
        ("GET", "/manifest.json"),
        ("GET", "/svelte/x.js"),
        ("GET", "/assets/../../../../etc/passwd"),
        ("GET", "/assets/..%2f..%2findex.html"),
        ("GET", "/assets/.hidden"),
        ("GET", "/static/..%2findex.html"),
        ("GET", "/gradio_api/heartbeat/../info"),
        ("PUT", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/queue/join"),
        ("POST", "/"),
    ],
)
def test_there_is_nothing_but_what_the_page_needs(client: TestClient, method: str, path: str) -> None:
    reply = client.request(method, path, follow_redirects=False)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/", "/config", "/theme.css", "/favicon.ico", "/gradio_api/app_id", "/gradio_api/startup-events"]
)
def test_what_the_page_needs_is_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_a_reader_who_is_lost_gets_a_page(client: TestClient) -> None:
    for language, heading in (("tr", "Böyle bir sayfa yok"), ("en", "There is no such page")):
        reply = client.get("/nothing-here", headers={"Accept": "text/html", "Accept-Language": language})
        assert reply.status_code == 404
        assert f"<h1>{heading}</h1>" in reply.text


def test_an_address_of_ours_names_the_methods_that_it_knows(client: TestClient) -> None:
    for method, path, allowed in (("GET", "/v1/ask", "POST"), ("DELETE", "/v1/articles", "GET")):
        reply = client.request(method, path)
        assert (reply.status_code, reply.json()["code"], reply.headers["allow"]) == (405, "method", allowed)


def test_a_question_gets_into_the_queue(client: TestClient, asking: int) -> None:
    sent = {"data": [WHEN, None, "tr", "auto"], "fn_index": asking, "trigger_id": 3, "session_hash": "abc"}
    assert "event_id" in client.post("/gradio_api/queue/join?lang=tr", json=sent).json()
    # What belongs into the queue is not answered beside it.
    assert client.post("/gradio_api/run/predict", json=sent).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"data": [FILE, None, "tr", "auto"]},
        {"data": [WHEN, FILE, "tr", "auto"]},
        {"data": [WHEN, [], "tr", "auto"]},
        {"data": [WHEN, "a conversation", "tr", "auto"]},
        {"data": [WHEN, None, "de", "auto"]},
        {"data": [WHEN, None, "tr", None]},
        {"data": [None, None, "tr", "auto"]},
        {"data": [5, None, "tr", "auto"]},
        {"data": [WHEN, None, "tr"]},
        {"data": [WHEN, None, "tr", "auto", "more"]},
        {"data": []},
        {"data": "x"},
        {"fn_index": 9999},
        {"fn_index": -1},
        {"fn_index": None},
        {"fn_index": "0"},
        {"session_hash": "../../x"},
        {"session_hash": "x" * 65},
        {"session_hash": None},
        {"event_data": {"path": "/etc/passwd"}},
        {"event_id": "x"},
        {"batched": True},
        {"request": {}},
        {"simple_format": True},
    ],
)
def test_nothing_comes_to_gradio_but_what_its_page_sends(
    client: TestClient, asking: int, changes: dict[str, Any]
) -> None:
    sent = {"data": [WHEN, None, "tr", "auto"], "fn_index": asking, "session_hash": "abc", **changes}
    for path in ("/gradio_api/queue/join", "/gradio_api/run/predict"):
        assert client.post(path, json=sent).status_code == 422


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"[" * 20_000, b'{"data": [NaN]}', b"\xff"]
)
@pytest.mark.parametrize("path", ["queue/join", "run/predict", "cancel", "reset"])
def test_what_is_no_event_is_refused(client: TestClient, path: str, body: bytes) -> None:
    reply = client.post(f"/gradio_api/{path}", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code in (400, 422)


def test_its_makers_are_told_nothing() -> None:
    code = "import app.theme, os, gradio.analytics as a; print(a.analytics_enabled())"
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "True"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_its_page_does_not_describe_it(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["analytics_enabled"] is False
    assert not config.get("footer_links")
    assert {event["api_visibility"] for event in config["dependencies"]} == {"private"}
    assert "passwd" not in json.dumps(config)
