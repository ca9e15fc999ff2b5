"""The pictures of docs/images: the main states of the page, made anew wherever PICTURES names a folder.

    PICTURES=docs/images python -m pytest tests/browser/test_images.py

Without it they go to a folder of the test's, so that what the pictures show is tried either way.
"""

import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.chatpage import WHEN_EN, WHEN_TR, ask, open_chat

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

WHY = "Why did the Soviet Union help the Ankara government?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get("PICTURES")
    path = Path(given) if given else tmp_path_factory.mktemp("images")
    path.mkdir(parents=True, exist_ok=True)
    return path


def start(page: Page, site: str, language: str) -> None:
    open_chat(page, site, language)
    expect(page.locator(".example").first).to_be_visible()


def answer(page: Page, site: str, language: str) -> None:
    open_chat(page, site, language)
    turn = ask(page, WHEN_TR if language == "tr" else WHEN_EN)
    turn.locator(".answered .footnote").first.click()
    expect(page.frame_locator("#source-frame").locator("mark").first).to_be_visible()


def hover(page: Page, site: str, language: str) -> None:
    open_chat(page, site, language)
    turn = ask(page, WHY if language == "en" else WHEN_TR)
    turn.locator(".answered .footnote").first.hover()
    expect(page.locator("#footnote-tip")).to_be_visible()


def declined(page: Page, site: str, language: str) -> None:
    open_chat(page, site, language)
    turn = ask(page, "Mars'ta yaşam var mı?" if language == "tr" else "Is there life on Mars?")
    expect(turn.locator(".declined")).to_be_visible()


def corpus(page: Page, site: str, language: str) -> None:
    page.goto(f"{site}/corpus?lang={language}")
    plot = page.locator("#chart")
    expect(plot).to_be_visible()
    plot.evaluate("plot => plot.scrollIntoView({ block: 'center' })")


def search(page: Page, site: str, language: str) -> None:
    page.goto(f"{site}/corpus/search?lang={language}&q=Batum")
    expect(page.locator("mark").first).to_be_visible()


def reader(page: Page, site: str, language: str) -> None:
    page.goto(f"{site}/articles/003?lang={language}&english=1&c=21742-21952#cited")
    expect(page.locator("mark").first).to_be_visible()


STATES = [
    ("start-tr-light-1280", start),
    ("answer-tr-light-1280", answer),
    ("answer-en-dark-1280", answer),
    ("answer-tr-light-320", answer),
    ("hover-en-light-768", hover),
    ("declined-tr-dark-768", declined),
    ("corpus-tr-light-1280", corpus),
    ("search-en-light-768", search),
    ("reader-en-light-1280", reader),
]


@pytest.mark.parametrize(("name", "show"), STATES, ids=[name for name, _ in STATES])
def test_a_picture_of_the_page(browser: Browser, site: str, folder: Path, name, show) -> None:
    _, language, scheme, width = name.split("-")
    context = browser.new_context(
        viewport={"width": int(width), "height": 800},
        locale="tr-TR" if language == "tr" else "en-GB",
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    show(page, site, language)
    page.wait_for_timeout(300)
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as picture:
        assert picture.size == (int(width), 800)
        colours = picture.convert("RGB").getcolors(maxcolors=2**24)
    assert colours is not None
    background = max(colours)[1]
    assert (sum(background) > 3 * 128) == (scheme == "light")
    # More than a blank sheet.
    assert len(colours) > 100
    context.close()
