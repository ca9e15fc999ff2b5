"""Gradio's own words: a Turkish reader meets none in English, whatever happens to the connection."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from app.assistant import Assistant
from app.gate.gradio import Doors
from app.gradio_texts import HARD_CODED, LACKING, catalogue
from app.server import create_app
from app.texts import text
from tests.siteserver import Line, serving

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

QUESTION = "Moskova Antlaşması ne zaman imzalandı?"
ASSETS = Path(gr.__file__).parent / "templates/frontend/assets"
HOLD_SECONDS = 60
ENGLISH = {
    *HARD_CODED,
    *(
        "Loading...",
        "Loading",
        "Clear",
        "Submit",
        "Stop",
        "Error",
        "Warning",
        "Connection Lost",
        "Connection errored out.",
    ),
}
# Every text and label of the page, but those of the conversation, which may be in either language.
WORDS = """() => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    if (!node.parentElement.closest("script, style, .turns")) found.push(node.nodeValue.trim());
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) found.push(node.getAttribute(name).trim());
  }
  return found;
}"""

# What a screen reader is told, which stands there for a moment only.
LISTEN = """() => {
  window.said = [];
  new MutationObserver(() => {
    const regions = document.querySelectorAll("[role=status], [aria-live]");
    said.push(...[...regions].map((node) => node.textContent.trim()));
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


@pytest.fixture
def app(assistant: Assistant) -> FastAPI:
    return create_app(assistant)


@pytest.fixture
def site(app: FastAPI) -> Iterator[str]:
    with serving(app) as site:
        yield site


def blocks_of(app: FastAPI) -> Any:
    """Gradio's blocks, behind the doors that stand before them."""
    doors = next(route.app for route in app.routes if isinstance(getattr(route, "app", None), Doors))
    return doors._app.get_blocks()  # type: ignore[attr-defined]


def open_chat(page: Page, site: str, language: str) -> None:
    page.goto(f"{site}/?lang={language}")
    expect(page.locator("#ask")).to_have_text(text(language, "chat.ask"))
    expect(page.locator("html")).to_have_attribute("lang", language)


def put(page: Page) -> None:
    page.locator("#question textarea").fill(QUESTION)
    page.locator("#ask").click()


def english_on(page: Page) -> set[str]:
    return ENGLISH & set(page.evaluate(WORDS))


@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_full_queue_is_told_in_the_language_of_the_page(
    page: Page, app: FastAPI, site: str, language: str
) -> None:
    open_chat(page, site, language)
    blocks_of(app)._queue.max_size = 0
    put(page)
    message = page.get_by_test_id("toast-body")
    expect(message).to_contain_text(text(language, "gradio.busy"))
    expect(message).to_contain_text(text(language, "gradio.error"))
    expect(message.get_by_test_id("toast-close")).to_have_attribute(
        "aria-label", text(language, "gradio.close")
    )
    if language == "tr":
        assert english_on(page) == set()


def test_a_server_that_stops_in_the_middle_is_told_in_turkish(
    page: Page, site: str, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_asked, may_go_on = threading.Event(), threading.Event()

    def ask(*_: object, **__: object) -> None:
        is_asked.set()
        may_go_on.wait(HOLD_SECONDS)
        raise RuntimeError("the server has stopped")

    monkeypatch.setattr(assistant, "ask", ask)
    line = Line(site)
    try:
        open_chat(page, line.address, "tr")
        put(page)
        assert is_asked.wait(20)
        line.cut()
        expect(page.get_by_test_id("toast-body")).to_contain_text(text("tr", "gradio.lost"))
        assert english_on(page) == set()
    finally:
        may_go_on.set()
        line.cut()


def test_nothing_is_in_english_while_the_page_loads_slowly(page: Page, site: str) -> None:
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 100, "downloadThroughput": 400_000, "uploadThroughput": 400_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.goto(f"{site}/?lang=tr", wait_until="commit")
    seen: set[str] = set()
    for _ in range(600):
        seen |= set(page.evaluate(f"document.body ? ({WORDS})() : []"))
        if "Sor" in seen:
            break
        page.wait_for_timeout(50)
    assert "Sor" in seen
    assert ENGLISH & seen == set()


def test_words_that_gradios_turkish_catalogue_lacks_are_added(browser: Browser) -> None:
    is_asked, may_go_on = threading.Event(), threading.Event()

    def slow(_: str) -> str:
        is_asked.set()
        may_go_on.wait(HOLD_SECONDS)
        return "done"

    with gr.Blocks(analytics_enabled=False) as blocks:
        box, done = gr.Textbox(elem_id="box"), gr.Textbox()
        gr.Button("Go", elem_id="go").click(slow, box, done)
    app = FastAPI()
    gr.mount_gradio_app(app, blocks, path="/", i18n=catalogue(), ssr_mode=False)
    context = browser.new_context(locale="tr-TR")
    try:
        with serving(app) as site:
            pages = [context.new_page(), context.new_page()]
            for page in pages:
                page.goto(site)
                expect(page.locator("#go")).to_be_visible()
                page.evaluate(LISTEN)
                page.locator("#go").click()
                assert is_asked.wait(20)
            said: set[str] = set()
            for _ in range(100):
                said |= {words for page in pages for words in page.evaluate("said")}
                if text("tr", "gradio.queue_position", position=1, size=1) in said:
                    break
                pages[0].wait_for_timeout(100)
            assert text("tr", "gradio.queue_position", position=1, size=1) in said
            assert [words for words in said if "queue" in words] == []
            may_go_on.set()
    finally:
        may_go_on.set()
        context.close()


@pytest.mark.parametrize("theirs", [words for words in HARD_CODED if " " in words])
def test_the_words_in_gradios_code_are_still_these(theirs: str) -> None:
    assert any(theirs in file.read_text(encoding="utf-8") for file in ASSETS.glob("[A-Zis]*.js"))


def test_gradios_turkish_catalogue_still_lacks_what_is_added() -> None:
    turkish = next(ASSETS.glob("tr-*.js")).read_text(encoding="utf-8")
    english = next(ASSETS.glob("core-*.js")).read_text(encoding="utf-8")
    for key in LACKING:
        name = key.rpartition(".")[2]
        assert f"{name}:`" in english
        assert f"{name}:`" not in turkish
