"""What docs/privacy.md says of the reader's browser: no cookies, nothing kept, nobody else asked."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.chatpage import WHEN_TR, ask, open_chat

STORED = "JSON.stringify([Object.keys(localStorage), Object.keys(sessionStorage), document.cookie])"
NOTHING = '[[],[],""]'
ADDRESSES = (
    "/ask?q=Moskova",
    "/articles/004",
    "/corpus",
    "/corpus/search?q=Moskova",
    "/embed",
    "/embed/v1/frame",
)


@pytest.fixture
def elsewhere(page: Page, site: str) -> list[str]:
    """The addresses of other machines that the page asked for."""
    asked: list[str] = []
    own = urlsplit(site).netloc

    def note(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob") and parts.netloc != own:
            asked.append(address)

    page.on("request", lambda request: note(request.url))
    return asked


def test_the_chat_page_sets_no_cookie_keeps_nothing_and_asks_nobody_else(
    page: Page, site: str, elsewhere: list[str]
) -> None:
    open_chat(page, site)
    ask(page, WHEN_TR)
    assert page.context.cookies() == []
    assert page.evaluate(STORED) == NOTHING
    assert elsewhere == []


def test_what_became_of_a_question_on_the_chat_page_is_logged_and_the_question_is_not(
    page: Page, site: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    open_chat(page, site)
    ask(page, WHEN_TR)
    (told,) = [vars(record)["fields"] for record in caplog.records if record.name == "app.ask_log"]
    assert (told["status"], told["language"]) == ("answered", "tr")
    assert "Moskova" not in "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_other_page_does_either(page: Page, site: str, elsewhere: list[str], address: str) -> None:
    page.goto(f"{site}{address}", wait_until="networkidle")
    assert page.context.cookies() == []
    assert page.evaluate(STORED) == NOTHING
    assert elsewhere == []
