"""The server follows its index: nothing is dropped, nothing damaged is taken, the old one is let go."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from app.answer import Answer
from app.assistant import Assistant
from app.chat import _Page
from app.mcp.tools import Search, Tools
from app.options import ServerOptions
from app.server import create_app
from app.service import Service
from app.swapping import Swapper
from corpus.article import Article
from corpus.plain import plain_article
from index import generation as store
from index.build import build_articles
from index.search import Searcher
from tests.program import served

KARS = plain_article("kars", "tr", ["Kars Antlaşması 13 Ekim 1921 tarihinde Kars kentinde imzalandı."])
LOZAN = plain_article("lozan", "tr", ["Lozan Antlaşması 24 Temmuz 1923 tarihinde Lozan kentinde imzalandı."])
QUESTION = "Lozan Antlaşması ne zaman imzalandı?"


def build(index: Path, assistant: Assistant, *articles: Article) -> str:
    encoder = assistant.searcher.encoder
    return build_articles(articles, index, encoder.model, encoder=encoder).id


@pytest.fixture
def index(tmp_path: Path, assistant: Assistant) -> Path:
    build(tmp_path / "index", assistant, KARS)
    return tmp_path / "index"


@pytest.fixture
def small(index: Path, assistant: Assistant) -> Assistant:
    """An assistant over one article."""
    return Assistant(Searcher(index, assistant.searcher.encoder.model, assistant.searcher.encoder))


@pytest.fixture
def service(small: Assistant) -> Iterator[Service]:
    service = Service(small, ServerOptions())
    yield service
    service.close()


def test_a_new_generation_is_taken_and_answers(index: Path, service: Service, assistant: Assistant) -> None:
    before = service.ask_now(QUESTION)
    name = build(index, assistant, KARS, LOZAN)
    assert Swapper(service, index).look()
    answer = service.ask_now(QUESTION)
    assert (answer.generation, answer.status) == (name, "answered")
    assert "24 Temmuz 1923" in answer.text
    assert before.generation != name


def test_the_same_generation_is_not_loaded_again(index: Path, service: Service) -> None:
    present = service.assistant
    assert not Swapper(service, index).look()
    assert service.assistant is present


def test_the_encoder_the_generator_and_the_counters_go_on(
    index: Path, service: Service, assistant: Assistant
) -> None:
    old = service.assistant
    service.ask_now(QUESTION)
    name = build(index, assistant, KARS, LOZAN)
    Swapper(service, index).look()
    new = service.assistant
    assert new.searcher.encoder is old.searcher.encoder
    text = new.counters.text().decode()
    assert new.counters is old.counters and f'generation_info{{id="{name}"}} 1.0' in text
    assert old.generation not in text


def cut_short(index: Path, name: str) -> None:
    path = store.folder_of(index, name) / store.SENTENCES["tr"]
    path.write_bytes(path.read_bytes()[:-4])


def without_current(index: Path, _name: str) -> None:
    (index / "CURRENT").unlink()


def of_another_model(index: Path, name: str) -> None:
    path = store.folder_of(index, name) / store.MANIFEST
    manifest = store.read_manifest(path.parent)
    other = manifest.inputs.model.model_copy(update={"sha256": "00" * 32})
    inputs = manifest.inputs.model_copy(update={"model": other})
    path.write_text(manifest.model_copy(update={"inputs": inputs}).model_dump_json())


@pytest.mark.parametrize("spoil", [cut_short, without_current, of_another_model])
def test_a_generation_that_cannot_be_used_is_told_once_and_the_old_one_goes_on(
    index: Path, service: Service, assistant: Assistant, caplog: pytest.LogCaptureFixture, spoil
) -> None:
    old = service.assistant
    name = build(index, assistant, KARS, LOZAN)
    spoil(index, name)
    swapper = Swapper(service, index)
    with caplog.at_level(logging.WARNING, logger="app.swapping"):
        assert [swapper.look() for _ in range(3)] == [False, False, False]
    (told,) = [record.getMessage() for record in caplog.records if record.name == "app.swapping"]
    assert told.startswith(f"the new index is not taken, generation {old.generation} goes on: ")
    assert "\n" not in told
    assert service.assistant is old
    assert service.ask_now("Kars Antlaşması ne zaman imzalandı?").generation == old.generation


def test_a_damaged_generation_is_taken_once_it_is_mended(
    index: Path, service: Service, assistant: Assistant
) -> None:
    name = build(index, assistant, KARS, LOZAN)
    cut_short(index, name)
    swapper = Swapper(service, index)
    assert not swapper.look()
    assert build(index, assistant, KARS, LOZAN) == name
    assert swapper.look()
    assert service.assistant.generation == name


def test_a_question_in_flight_ends_on_the_old_generation_which_is_then_let_go(
    index: Path, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = assistant.searcher.encoder
    service = Service(Assistant(Searcher(index, encoder.model, encoder)), ServerOptions(ask_seconds=60))
    old = weakref.ref(service.assistant)
    begun, go_on = threading.Event(), threading.Event()
    search = service.assistant.searcher.search

    def slow(*given, _search=search, **named):
        begun.set()
        assert go_on.wait(30)
        return _search(*given, **named)

    monkeypatch.setattr(service.assistant.searcher, "search", slow)
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(service.ask_now(QUESTION)))
    asking.start()
    assert begun.wait(30)
    name = build(index, assistant, KARS, LOZAN)
    assert Swapper(service, index).look()
    assert service.ask_now(QUESTION).generation == name, "the new one answers meanwhile"
    go_on.set()
    asking.join(30)
    (answer,) = answers
    assert answer.generation != name
    service.close()
    monkeypatch.undo()
    del search, slow, asking
    gc.collect()
    assert old() is None


def test_pages_and_the_api_follow(index: Path, small: Assistant, assistant: Assistant) -> None:
    app = create_app(small, options=ServerOptions(rate_per_minute=0, mcp=True), index=index)
    with TestClient(app, headers={"Accept-Language": "tr"}) as client:
        assert client.get("/articles/lozan").status_code == 404
        assert "lozan" not in client.get("/corpus").text
        name = build(index, assistant, KARS, LOZAN)
        swapper = Swapper(service_of(app), index)
        assert swapper.look()
        assert client.get("/healthz").json() == {"status": "ok", "articles": 2, "generation": name}
        assert client.get("/articles/lozan").status_code == 200
        assert client.get("/articles/lozan.txt").text == LOZAN.raw
        assert "article-lozan" in client.get("/corpus").text
        assert client.get("/v1/articles").json()["generation"] == name
        assert "Temmuz" in client.get("/corpus/search", params={"q": "Lozan"}).text
        found = client.get("/v1/search", params={"q": "Lozan"}).json()
        assert "lozan" in [hit["article"] for hit in found["hits"]]


def test_suggested_questions_are_those_of_the_generation_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(eq=False)
    class Bearer:
        name: str
        count: int

    def found(assistant: Bearer, language: str, _count: int) -> list[str]:
        return [f"{assistant.name} {language} {number}" for number in range(assistant.count)]

    monkeypatch.setattr("app.openers.openers", found)
    service = SimpleNamespace(assistant=Bearer("old", 2))
    page = _Page(service, keeps_feedback=False)  # type: ignore[arg-type]
    assert page._questions("tr") == ["old tr 0", "old tr 1"]
    service.assistant = Bearer("new", 1)
    assert page._questions("en") == ["new en 0", ""], "a button that is not needed is hidden"
    service.assistant = Bearer("newer", 5)
    assert page._questions("tr") == ["newer tr 0", "newer tr 1"], "a page has the buttons that it has"


def test_a_tool_that_searches_while_the_index_is_swapped_finds_its_own_passages(
    index: Path, service: Service, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools, search = Tools(service), service.search

    async def after_a_swap(*given, **named):
        build(index, assistant, LOZAN)
        assert Swapper(service, index).look()
        return await search(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(service, "search", after_a_swap)
        found = asyncio.run(tools.search(Search(query="antlaşma"), ""))
    assert [one.article for one in found.value.passages] == ["kars"]
    found = asyncio.run(tools.search(Search(query="antlaşma"), ""))
    assert [one.article for one in found.value.passages] == ["lozan"]
    assert list(tools.articles) == ["lozan"]


def service_of(app) -> Service:
    """The service behind an application, as its routes hold it."""
    health = next(route for route in app.routes if getattr(route, "path", "") == "/healthz")
    cells = dict(zip(health.endpoint.__code__.co_freevars, health.endpoint.__closure__, strict=True))
    service = cells["service"].cell_contents
    assert isinstance(service, Service)
    return service


def test_what_is_watched_is_noticed_within_the_interval_and_on_sighup(
    index: Path, service: Service, assistant: Assistant
) -> None:
    async def watch(interval: float, hang_up: bool) -> str:
        swapper = Swapper(service, index, interval)
        async with swapper.watching():
            await asyncio.sleep(0.05)
            articles = (KARS, LOZAN) if not hang_up else (LOZAN,)
            name = await asyncio.to_thread(build, index, assistant, *articles)
            if hang_up:
                os.kill(os.getpid(), signal.SIGHUP)
            for _ in range(200):
                if service.assistant.generation == name:
                    return "swapped"
                await asyncio.sleep(0.05)
        return "not swapped"

    before = signal.getsignal(signal.SIGHUP)
    try:
        assert asyncio.run(watch(0.1, hang_up=False)) == "swapped"
        assert asyncio.run(watch(3600.0, hang_up=True)) == "swapped"
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
def test_a_running_server_swaps_without_a_dropped_request(
    tmp_path: Path, index: Path, assistant: Assistant
) -> None:
    import httpx

    with served(tmp_path, index, rate_per_minute="0") as server, httpx.Client(timeout=30) as client:
        seen: list[tuple[int, str]] = []
        stop = threading.Event()

        def ask() -> None:
            with httpx.Client(timeout=30) as own:
                while not stop.is_set():
                    reply = own.post(f"{server.address}/v1/ask", json={"question": QUESTION})
                    seen.append((reply.status_code, reply.json()["generation"]))

        asking = [threading.Thread(target=ask) for _ in range(3)]
        for thread in asking:
            thread.start()
        name = build(index, assistant, KARS, LOZAN)
        server.process.send_signal(signal.SIGHUP)
        for _ in range(300):
            if client.get(f"{server.address}/healthz").json()["generation"] == name:
                break
            stop.wait(0.1)
        stop.wait(0.5)
        stop.set()
        for thread in asking:
            thread.join()
        assert {status for status, _ in seen} == {200}
        assert {generation for _, generation in seen[-3:]} == {name}
        assert server.stop() == 0
