"""Which pages a request may come from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import gradio as gr
import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from app.assistant import Assistant
from app.options import ServerOptions
from app.server import create_app
from tests.gateapp import EVIL, MUSEUM, OWN, small_client

ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
LOOKALIKES = (
    EVIL,
    "http://museum.example.net",
    "https://museum.example.net.evil.example",
    "https://evil-museum.example.net",
    "https://museum.example.net:8443",
    "https://Museum.example.net",
    "https://museum.example.net/",
    "null",
    "*",
    "file://",
)


def allowed(reply: Response) -> dict[str, str]:
    """What a response allows other pages."""
    return {name: value for name, value in reply.headers.items() if name.startswith("access-control-")}


def test_a_listed_page_may_ask_and_read_the_answer() -> None:
    reply = small_client(embed_origins=MUSEUM).post("/v1/ask", headers={"Origin": MUSEUM})
    assert reply.status_code == 200
    assert reply.headers["access-control-allow-origin"] == MUSEUM
    assert reply.headers["vary"].count("Origin") == 1
    assert "access-control-allow-credentials" not in reply.headers


def test_its_preflight_is_answered_before_anything_else_is_asked_of_it() -> None:
    client = small_client(
        embed_origins=MUSEUM, api_keys=("0" * 64,), api_key_required=True, rate_per_minute=1
    )
    for _ in range(3):
        wanted = "authorization, content-type, last-event-id"
        asked = {"Origin": MUSEUM, **ASKED, "Access-Control-Request-Headers": wanted}
        reply = client.options("/v1/ask/stream", headers=asked)
        assert reply.status_code == 200
        assert reply.headers["access-control-allow-origin"] == MUSEUM
        assert {"GET", "POST"} == set(reply.headers["access-control-allow-methods"].split(", "))
        assert set(wanted.split(", ")) <= set(
            reply.headers["access-control-allow-headers"].lower().split(", ")
        )
        assert reply.headers["access-control-max-age"] == "600"
        assert "access-control-allow-credentials" not in reply.headers


def test_a_listed_page_is_told_why_it_was_refused() -> None:
    client = small_client(embed_origins=MUSEUM, rate_per_minute=1)
    client.post("/v1/ask", headers={"Origin": MUSEUM})
    for reply, status in (
        (client.post("/v1/ask", headers={"Origin": MUSEUM}), 429),
        (client.post("/v1/articles", content=b"x" * 70_000, headers={"Origin": MUSEUM}), 413),
    ):
        assert reply.status_code == status
        assert reply.headers["access-control-allow-origin"] == MUSEUM


@pytest.mark.parametrize("origin", LOOKALIKES)
def test_no_other_origin_is_let_in(origin: str) -> None:
    client = small_client(embed_origins=MUSEUM)
    sent = client.post("/v1/ask", headers={"Origin": origin})
    assert (sent.status_code, sent.json()["code"], allowed(sent)) == (403, "forbidden", {})
    preflight = client.options("/v1/ask", headers={"Origin": origin, **ASKED})
    assert (preflight.status_code, allowed(preflight)) == (403, {})
    # What is read changes nothing here, and the browser keeps it from the page.
    assert allowed(client.get("/v1/articles", headers={"Origin": origin})) == {}


def test_caches_are_told_that_the_interface_differs_by_origin() -> None:
    client = small_client(embed_origins=MUSEUM)
    for headers in ({}, {"Origin": MUSEUM}, {"Origin": EVIL}):
        assert client.get("/v1/articles", headers=headers).headers["vary"] == "Origin"


@pytest.mark.parametrize("path", ["/mcp", "/echo"])
def test_a_listed_page_may_call_the_interface_and_nothing_else(path: str) -> None:
    reply = small_client(embed_origins=MUSEUM).post(path, headers={"Origin": MUSEUM})
    assert (reply.status_code, allowed(reply)) == (403, {})


def test_every_site_is_a_list_too_and_no_origin_is_repeated() -> None:
    client = small_client(embed_origins="*")
    assert client.post("/v1/ask", headers={"Origin": EVIL}).headers["access-control-allow-origin"] == "*"
    # A frame without an origin may be anybody's.
    assert client.post("/v1/ask", headers={"Origin": "null"}).status_code == 403


@pytest.mark.parametrize("origins", ["", MUSEUM, "*"])
def test_a_frame_without_an_origin_may_ask_where_that_is_set_and_only_ask(origins: str) -> None:
    client = small_client(embed_origins=origins, embed_allow_opaque=True)
    for path, status in (("/v1/ask", 200), ("/v1/ask/stream", 200), ("/v1/feedback", 403), ("/echo", 403)):
        reply = client.post(path, headers={"Origin": "null"})
        assert reply.status_code == status, path
        assert reply.headers.get("access-control-allow-origin", "") in (
            ["null", "*"] if status == 200 else [""]
        )


def test_our_own_pages_may_send() -> None:
    client = small_client()
    for headers in ({"Origin": OWN}, {"Origin": "https://testserver"}, {"Sec-Fetch-Site": "same-origin"}, {}):
        assert client.post("/echo", headers=headers).status_code == 200


def test_a_page_of_another_site_may_link_here_but_load_nothing_that_takes_work() -> None:
    client = small_client()
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    loaded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    for path in ("/ask?q=x", "/a/x", "/export/pdf?a=x", "/v1/search?q=x"):
        assert client.get(path, headers=followed).status_code == 200
        assert client.get(path, headers=loaded).status_code == 403
    assert client.get("/articles/004", headers=loaded).status_code == 200


def test_streams_are_not_gathered() -> None:
    with small_client().stream("POST", "/v1/ask/stream") as reply:
        assert "content-length" not in reply.headers
        assert "content-encoding" not in reply.headers
        assert [line for line in reply.iter_lines() if line] == ["data: 0", "data: 1", "data: 2"]


@pytest.fixture(scope="module")
def real(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, options=ServerOptions(embed_origins=(MUSEUM,)))) as client:
        yield client


@pytest.mark.parametrize("origin", [EVIL, MUSEUM, "null", "http://localhost:7860"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/config"),
        ("GET", "/theme.css"),
        ("GET", "/gradio_api/app_id"),
        ("GET", "/gradio_api/startup-events"),
        ("GET", "/gradio_api/info"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/run/predict"),
        ("POST", "/gradio_api/upload"),
        ("OPTIONS", "/gradio_api/queue/join"),
        ("OPTIONS", "/gradio_api/upload"),
        ("OPTIONS", "/config"),
    ],
)
def test_gradio_lets_no_other_page_in(real: TestClient, method: str, path: str, origin: str) -> None:
    headers = {"Origin": origin, "Host": "dipnot.example.org", **(ASKED if method == "OPTIONS" else {})}
    reply = real.request(method, path, headers=headers)
    assert allowed(reply) == {}
    assert method == "GET" or reply.status_code == 403


def test_gradio_s_own_check_would_have_let_it_in() -> None:
    """What the doors are for; when this fails, Gradio has changed its mind."""
    app = FastAPI()

    async def mount() -> None:
        with gr.Blocks() as page:
            gr.Textbox()
        gr.mount_gradio_app(app, page, path="/", ssr_mode=False)

    # Gradio opens event loops of its own where none runs, and never closes them.
    asyncio.run(mount())
    with TestClient(app) as client:
        reply = client.get("/config", headers={"Origin": EVIL, "Host": "dipnot.example.org"})
    assert allowed(reply)["access-control-allow-origin"] == EVIL
