"""What the tests of the chat page do in it."""

import re

from playwright.sync_api import FrameLocator, Locator, Page, expect

WHEN_TR = "Moskova Antlaşması ne zaman imzalandı?"
WHEN_EN = "When was the Treaty of Moscow signed?"


def open_chat(page: Page, site: str, language: str = "tr") -> None:
    """Open the page and wait until it takes questions."""
    page.goto(f"{site}/?lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#ask")).to_have_text("Sor" if language == "tr" else "Ask")


def ask(page: Page, question: str) -> Locator:
    """Ask and wait for the answer; returns the turn."""
    before = page.locator(".turn").count()
    page.locator("#question textarea").fill(question)
    page.locator("#ask").click()
    return answered(page, before)


def answered(page: Page, number: int) -> Locator:
    """Wait for the answer of a turn, counted from 0, and for what stands below it."""
    turn = page.locator(".turn").nth(number)
    expect(turn.locator(".answered")).to_have_attribute("aria-busy", "false")
    expect(turn.locator(".acts")).to_be_visible()
    return turn


def squeeze(text: str) -> str:
    """Return the text without white space."""
    return re.sub(r"\s+", "", text)


def marked(frame: Page | FrameLocator) -> str:
    """Return what is marked in the reader, without white space."""
    expect(frame.locator("mark").first).to_be_visible()
    return squeeze("".join(frame.locator("mark").all_inner_texts()))


def wider_than_the_screen(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
