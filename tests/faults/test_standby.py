"""The server while there is nothing to serve yet: a page on every address, and ready without a restart."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.assistant import Assistant
from app.server import create_app
from app.standby import Standby, State
from app.texts import LANGUAGES, text
from corpus.errors import ModelUnavailable
from index.generation import PASSAGES, current, folder_of
from index.model import Model

ADDRESSES = ("/", "/articles/004", "/articles/004.txt", "/nothing-here")
QUESTION = {"question": "Moskova Antlaşması ne zaman imzalandı?"}
# Of a traceback, and of what a visitor has no business to know.
TELLTALES = ("Traceback", 'File "', "Error", "Exception")
INTERVAL = 0.05
LOOK = 0.2
START_SECONDS = 60


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Where an index will be looked for; nothing is there."""
    return tmp_path / "the index"


@pytest.fixture
def load(index: Path, model: Model) -> Callable[[], FastAPI]:
    return lambda: create_app(Assistant.load(index, model))


@contextmanager
def running(standby: Standby) -> Iterator[TestClient]:
    with TestClient(standby, headers={"Accept-Language": "tr"}) as client:
        yield client


def wait_for(client: TestClient, standby: Standby, state: State | None = None) -> None:
    """Until the standby is in ``state``, or ready."""
    deadline = time.monotonic() + START_SECONDS
    while not (standby.is_ready if state is None else standby.state == state):
        assert time.monotonic() < deadline, f"still {standby.state}"
        assert client.get("/healthz").status_code == 200
        time.sleep(LOOK)


def refuses(client: TestClient, state: State, index: Path) -> None:
    """Every address says ``state`` in both languages, and nothing that is not for visitors."""
    for language in LANGUAGES:
        heading = text(language, f"standby.{state}")
        for address in ADDRESSES:
            reply = client.get(address, headers={"Accept-Language": language})
            assert reply.status_code == 503, address
            assert int(reply.headers["retry-after"]) >= 1
            assert f'<html lang="{language}">' in reply.text
            assert f"<h1>{heading}</h1>" in reply.text
            assert '<meta http-equiv="refresh" content="' in reply.text
            assert [each for each in (*TELLTALES, str(index)) if each in reply.text] == []
        for reply in (
            client.get("/v1/articles", params={"lang": language}),
            client.post("/v1/ask", json=QUESTION, params={"lang": language}),
        ):
            assert (reply.status_code, reply.json()) == (503, {"detail": f"{heading}."})
            assert int(reply.headers["retry-after"]) >= 1
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"status": state})
    health = client.get("/healthz")
    assert (health.status_code, health.json()["state"]) == (200, state)


def answers(client: TestClient) -> None:
    assert client.get("/readyz").status_code == 200
    assert client.get("/healthz").json()["articles"] == 5
    reply = client.post("/v1/ask", json=QUESTION)
    assert reply.json()["status"] == "answered"
    assert client.get("/articles/004").status_code == 200
    assert '"title":"Dipnot"' in client.get("/config").text.replace('": "', '":"')


def test_an_index_that_comes_is_served_without_a_restart(
    index: Path, index_dir: Path, load: Callable[[], FastAPI]
) -> None:
    standby = Standby(load, index, INTERVAL)
    with running(standby) as client:
        wait_for(client, standby, "missing")
        refuses(client, "missing", index)
        assert "dipnot index" in client.get("/").text
        shutil.copytree(index_dir, index)
        wait_for(client, standby)
        answers(client)


def test_an_index_that_is_damaged_is_served_once_it_is_whole(
    index: Path, index_dir: Path, assistant: Assistant
) -> None:
    shutil.copytree(index_dir, index)
    spoilt = folder_of(index, current(index)) / PASSAGES["tr"]
    whole = spoilt.read_bytes()
    spoilt.write_bytes(whole[:1000])
    standby = Standby(lambda: create_app(assistant), index, INTERVAL)
    with running(standby) as client:
        wait_for(client, standby, "damaged")
        refuses(client, "damaged", index)
        spoilt.write_bytes(whole)
        wait_for(client, standby)
        answers(client)


def test_while_it_loads_a_page_says_so_and_static_files_are_served(
    index_dir: Path, assistant: Assistant
) -> None:
    may_go_on = threading.Event()

    def slow() -> FastAPI:
        assert may_go_on.wait(START_SECONDS)
        return create_app(assistant)

    standby = Standby(slow, index_dir, INTERVAL)
    with running(standby) as client:
        refuses(client, "loading", index_dir)
        assert client.get("/static/dipnot/standby.css").headers["content-type"].startswith("text/css")
        may_go_on.set()
        wait_for(client, standby)
        answers(client)


def test_an_index_in_the_writing_is_told_from_a_missing_one(index: Path, load: Callable[[], FastAPI]) -> None:
    standby = Standby(load, index, INTERVAL)
    with running(standby) as client:
        wait_for(client, standby, "missing")
        (index / "generations" / ".writing-abc").mkdir(parents=True)
        (index / "generations" / ".writing-abc" / "manifest.json").write_text("{}")
        wait_for(client, standby, "building")
        refuses(client, "building", index)
        assert "dipnot index" not in client.get("/").text
        shutil.rmtree(index)
        wait_for(client, standby, "missing")


@pytest.mark.parametrize(
    "error", [ModelUnavailable("no model at /somewhere"), MemoryError("a lot"), RuntimeError("oh")]
)
def test_what_cannot_be_loaded_is_a_page_and_is_tried_again(
    index: Path, index_dir: Path, assistant: Assistant, error: Exception
) -> None:
    shutil.copytree(index_dir, index)
    tried = []

    def fails_once() -> FastAPI:
        tried.append(time.monotonic())
        if len(tried) == 1:
            raise error
        return create_app(assistant)

    standby = Standby(fails_once, index, INTERVAL)
    with running(standby) as client:
        wait_for(client, standby, "failed")
        refuses(client, "failed", index)
        assert "dipnot doctor" in client.get("/").text
        assert str(error) not in client.get("/").text
        time.sleep(INTERVAL * 5)
        assert len(tried) == 1, "loading everything is not tried again before anything has changed"
        (index / "touched").write_text("")
        wait_for(client, standby)
        answers(client)


def test_the_switch_of_language_keeps_the_address(index: Path, load: Callable[[], FastAPI]) -> None:
    standby = Standby(load, index, INTERVAL)
    with running(standby) as client:
        page = client.get("/articles/004?c=5-9&lang=en").text
        assert 'href="?c=5-9&amp;lang=tr" lang="tr"' in page
        assert "<script" not in client.get('/x?c="><script>alert(1)</script>').text


def test_its_own_pages_run_no_script_and_are_not_kept(index: Path, load: Callable[[], FastAPI]) -> None:
    standby = Standby(load, index, INTERVAL)
    with running(standby) as client:
        for address in ("/", "/v1/articles", "/healthz", "/readyz"):
            headers = client.get(address).headers
            assert headers["cache-control"] == "no-store"
            assert headers["x-content-type-options"] == "nosniff"
            assert "unsafe" not in headers["content-security-policy"]


def test_the_lifespan_of_the_application_ends_with_the_server(index_dir: Path, assistant: Assistant) -> None:
    standby = Standby(lambda: create_app(assistant), index_dir, INTERVAL)
    with running(standby) as client:
        wait_for(client, standby)
    assert not standby.is_ready


def test_a_server_can_be_stopped_before_it_is_ready(index: Path, load: Callable[[], FastAPI]) -> None:
    standby = Standby(load, index, interval=START_SECONDS)
    with running(standby) as client:
        wait_for(client, standby, "missing")
        started = time.monotonic()
    assert time.monotonic() - started < START_SECONDS / 2
