"""The chat page behind the doors: a long conversation, and a reader who asks too often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from app.assistant import Assistant
from app.gate.body import LONGEST
from app.options import ServerOptions
from app.server import create_app
from tests.browser.chatpage import WHEN_TR, ask, open_chat
from tests.siteserver import serving

TURNS = 12


@pytest.fixture(scope="module")
def strict_site(assistant: Assistant) -> Iterator[str]:
    """A server at which a reader may ask twice a minute."""
    with serving(create_app(assistant, options=ServerOptions(rate_per_minute=2))) as address:
        yield address


@pytest.mark.slow
def test_a_long_conversation_fits_the_body_limit(page: Page, site: str) -> None:
    sizes: list[int] = []
    page.on("request", lambda request: sizes.append(len(request.post_data or "")))
    open_chat(page, site)
    for turn in range(TURNS):
        ask(page, f"{WHEN_TR[:-1]}{'?' * (turn + 1)}")
    assert page.locator(".turn").count() == TURNS
    # The server remembers the conversation; the page sends the question alone.
    assert 0 < max(sizes) < LONGEST // 50


def test_who_asks_too_often_is_told_in_the_page_s_language_and_may_go_on(
    page: Page, strict_site: str
) -> None:
    open_chat(page, strict_site)
    for _ in range(2):
        ask(page, WHEN_TR)
    page.locator("#question textarea").fill(WHEN_TR)
    page.locator("#ask").click()
    toast = page.locator('[data-testid="toast-body"]')
    expect(toast).to_contain_text("kısa sürede çok fazla istek geldi")
    expect(toast).to_contain_text("saniye sonra yeniden deneyin")
    # Nothing is lost, and nothing is stuck.
    assert page.locator(".turn").count() == 2
    expect(page.locator("#question textarea")).to_have_value(WHEN_TR)
    expect(page.locator("#ask")).to_be_enabled()


def test_the_headers_cost_the_page_no_complaint_of_the_browser(page: Page, site: str) -> None:
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", hear)
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    turn.locator("[data-card]").first.click()
    expect(page.frame_locator("#source-frame").locator("mark").first).to_be_visible()
    page.goto(f"{site}/corpus?lang=tr")
    page.goto(f"{site}/ask?lang=tr&q={WHEN_TR}")
    page.goto(f"{site}/articles/004?lang=tr")
    assert said == []
