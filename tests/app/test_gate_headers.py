"""The security headers: on every response of every address, whatever it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from app.assistant import Assistant
from app.options import ServerOptions
from app.server import create_app
from tests.gateapp import small_client

ALWAYS = (
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-resource-policy",
)
FRAME = "/embed/v1/frame"
# What pages of ours show in a frame: the reader, and a host page for the widget to be tried on.
FRAMED = ("/articles/", "/embed/preview")


@pytest.fixture(scope="module")
def app(assistant: Assistant) -> FastAPI:
    # Every address once or more; not a test of how often one may ask.
    return create_app(assistant, options=ServerOptions(rate_per_minute=0))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def addresses(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[str]:
    """The addresses of routes, of those within them too, with something in the place of every parameter."""
    for route in routes:
        # FastAPI keeps the routes of an included router within one of its own.
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from addresses(included.routes, prefix + route.include_context.prefix)  # type: ignore[attr-defined]
            continue
        path = prefix + getattr(route, "path", "")
        inner = getattr(route, "routes", None)
        if inner:
            yield from addresses(inner, path)
        else:
            yield re.sub(r"{[^}]*}", "004", path)


def is_endless(path: str) -> bool:
    """Whether the response goes on for as long as the page is open."""
    return path.startswith(("/gradio_api/heartbeat/", "/gradio_api/queue/data"))


def test_the_walk_reaches_our_routes_and_gradio_s(app: FastAPI) -> None:
    found = set(addresses(app.routes))
    assert {"/v1/ask", "/v1/search", "/healthz", "/articles/004", "/a/004", FRAME, "/oembed"} <= found
    assert {"/gradio_api/upload", "/config", "/monitoring", "/gradio_api/file=004"} <= found
    assert len(found) > 60


def test_every_response_of_every_route_carries_them(app: FastAPI, client: TestClient) -> None:
    walked = [
        *addresses(app.routes),
        "/nothing-here",
        "/static/dipnot/none.css",
        "/assets/none.js",
        "//",
        "/ask/",
    ]
    for path in walked:
        for method in ("GET", "POST", "OPTIONS"):
            if method == "GET" and is_endless(path):
                continue
            reply = client.request(method, path, follow_redirects=False)
            missing = [name for name in ALWAYS if name not in reply.headers]
            assert missing == [], (method, path, reply.status_code)
            assert "frame-ancestors" in reply.headers["content-security-policy"], path
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert reply.status_code < 500 or path.endswith("/readyz"), (method, path, reply.text[:300])


def test_only_what_our_pages_frame_may_stand_in_a_frame(app: FastAPI, client: TestClient) -> None:
    for path in addresses(app.routes):
        if is_endless(path) or path == FRAME:
            continue
        headers = client.get(path).headers
        ancestors, option = ("'self'", "SAMEORIGIN") if path.startswith(FRAMED) else ("'none'", "DENY")
        own = re.findall(r"frame-ancestors ([^;]+)", headers["content-security-policy"])
        assert (own, headers["x-frame-options"]) == ([ancestors], option), path


def test_the_frame_for_other_sites_says_itself_who_may_show_it(assistant: Assistant) -> None:
    site = "https://museum.example.net"
    with TestClient(create_app(assistant, options=ServerOptions(embed_origins=(site,)))) as client:
        headers = client.get(FRAME).headers
    assert f"frame-ancestors {site}" in headers["content-security-policy"]
    assert "x-frame-options" not in headers
    assert headers["cross-origin-resource-policy"] == "cross-origin"


def test_only_gradio_s_page_may_run_what_stands_in_it(app: FastAPI, client: TestClient) -> None:
    lenient = {
        path
        for path in addresses(app.routes)
        if not is_endless(path) and "unsafe" in client.get(path).headers["content-security-policy"]
    }
    assert lenient == {"/"}


def test_no_page_may_use_the_device_but_to_copy(client: TestClient) -> None:
    policy = client.get("/").headers["permissions-policy"]
    assert "camera=()" in policy
    assert "microphone=()" in policy
    assert set(re.findall(r"=(\([^)]*\))", policy)) == {"()", "(self)"}
    assert re.findall(r"([a-z-]+)=\(self\)", policy) == ["clipboard-write"]


def test_encryption_is_asked_for_where_there_is_some() -> None:
    plain = small_client().get("/echo").headers
    assert "strict-transport-security" not in plain
    assert "cross-origin-opener-policy" not in plain
    secure = small_client(public_url="https://dipnot.example.org").get("/echo").headers
    assert secure["strict-transport-security"] == "max-age=31536000"
    assert secure["cross-origin-opener-policy"] == "same-origin"


def test_a_failure_carries_them_and_tells_nothing() -> None:
    reply = small_client().get("/fail")
    assert (reply.status_code, reply.json()["code"]) == (500, "failed")
    assert "a secret" not in reply.text
    assert [name for name in ALWAYS if name not in reply.headers] == []


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/echo?" + "x" * 50_000, {}, 414),
        ("POST", "/v1/ask", {"content": b"x" * 65_537}, 413),
        ("POST", "/v1/ask", {"headers": {"Origin": "https://evil.example"}}, 403),
        ("POST", "/v1/ask", {"headers": {"Authorization": "Bearer wrong"}}, 401),
    ],
)
def test_a_refusal_carries_them(method: str, path: str, options: dict[str, object], status: int) -> None:
    reply = small_client(api_keys=("0" * 64,)).request(method, path, **options)  # type: ignore[arg-type]
    assert reply.status_code == status
    assert [name for name in ALWAYS if name not in reply.headers] == []


def test_what_is_named_by_its_content_may_be_kept_and_nothing_else(client: TestClient) -> None:
    assert "immutable" in client.get("/static/dipnot/chat.css?v=1").headers["cache-control"]
    assert "immutable" not in client.get("/static/dipnot/chat.css").headers.get("cache-control", "")
    assert "immutable" not in client.get("/assets/none.js").headers.get("cache-control", "")
