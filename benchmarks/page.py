"""Speed of the chat page on loopback, in a real browser: first paint, and the first sentence of an answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from app.assistant import Assistant
from app.openers import openers
from app.options import ServerOptions
from app.server import create_app

CHROMIUM = "/usr/bin/chromium"
_PAGES = 10
_QUESTIONS_A_PAGE = 3
_START_SECONDS = 60
_PAUSE_MS = 500
# Takes the time between the click on "ask" and the first sentence with a footnote.
_WATCH = """() => {
    window.asked = window.told = 0;
    const clicked = () => { window.asked = performance.now(); };
    document.querySelector("#ask").addEventListener("click", clicked, true);
    const seen = document.querySelectorAll(".answered .claim, .answered .declined").length;
    new MutationObserver(() => {
        if (window.told || !window.asked) return;
        const now = document.querySelectorAll(".answered .claim, .answered .declined").length;
        if (now > seen) window.told = performance.now();
    }).observe(document, { childList: true, subtree: true });
}"""


@dataclass(frozen=True)
class PageSpeed:
    """Milliseconds, one of each page load and one of each warm question."""

    first_paint: list[float]
    first_sentence: list[float]


def page_speed(assistant: Assistant) -> PageSpeed:
    """Open the page anew some times and ask in each; every load is one with an empty cache."""
    questions = [question for language in ("tr", "en") for question in openers(assistant, language, 6)]
    paints: list[float] = []
    sentences: list[float] = []
    with _serving(assistant) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for visit in range(_PAGES + 1):
            chosen = [questions[(visit * _QUESTIONS_A_PAGE + n) % len(questions)] for n in range(3)]
            paint, told = _visit(browser, address, chosen)
            if visit:  # the first warms
                paints.append(paint)
                sentences += told
        browser.close()
    return PageSpeed(paints, sentences)


def _visit(browser: Browser, address: str, questions: list[str]) -> tuple[float, list[float]]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="tr-TR")
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("!document.querySelector('#front') && document.querySelector('.example')")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    told = [_ask(page, question) for question in questions]
    context.close()
    return float(paint), told


def _ask(page: Page, question: str) -> float:
    # As a reader does: Gradio's page loses what joins its queue while the stream before is being closed.
    page.wait_for_timeout(_PAUSE_MS)
    page.locator("#question textarea").fill(question)
    page.evaluate(_WATCH)
    page.locator("#ask").click()
    page.wait_for_function("window.told > 0")
    page.wait_for_function("!document.querySelector('#ask').disabled")
    return float(page.evaluate("window.told - window.asked"))


@contextmanager
def _serving(assistant: Assistant) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = create_app(assistant, options=ServerOptions(rate_per_minute=0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not server.started:
            if time.monotonic() > deadline:
                raise RuntimeError("the server does not start")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join(timeout=10)
