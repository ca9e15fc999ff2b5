"""The page before there is a page, as a visitor meets it."""

import shutil
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from app.assistant import Assistant
from app.server import create_app
from app.standby import Standby, State
from app.texts import text
from tests.siteserver import serving

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

WAIT = 60_000
# Longer than a test: the state that a test sets stays.
INTERVAL = 600.0


def test_the_page_opens_by_itself_and_answers(
    page: Page, tmp_path: Path, index_dir: Path, assistant: Assistant
) -> None:
    index = tmp_path / "index"
    with serving(Standby(lambda: create_app(assistant), index, 0.2)) as site:
        page.goto(f"{site}/?lang=tr")
        expect(page.locator("h1")).to_have_text("Dizin henüz kurulmamış")
        expect(page.locator("html")).to_have_attribute("lang", "tr")
        shutil.copytree(index_dir, index)
        # Nobody clicks anything.
        expect(page.locator("#ask")).to_have_text("Sor", timeout=WAIT)
        page.locator("#question textarea").fill("Moskova Antlaşması ne zaman imzalandı?")
        page.locator("#ask").click()
        expect(page.locator(".turn .answered")).to_contain_text("16 Mart 1921", timeout=WAIT)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("language", ["tr", "en"])
def test_it_fits_and_works_without_script(page: Page, tmp_path: Path, language: str, width: int) -> None:
    def never() -> FastAPI:
        raise AssertionError("there is no index to open")

    with serving(Standby(never, tmp_path / "none")) as site:
        page.set_viewport_size({"width": width, "height": 600})
        scripts: list[str] = []
        page.on("request", lambda request: scripts.append(request.resource_type))
        page.goto(f"{site}/articles/004?lang={language}&c=5-9")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert "script" not in scripts
        other = {"tr": "en", "en": "tr"}[language]
        page.locator(f".languages a[lang={other}]").click()
        expect(page.locator("html")).to_have_attribute("lang", other)
        assert "c=5-9" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["loading", "missing", "building", "damaged", "failed"])
def test_axe_finds_nothing_but_that_it_reloads(page: Page, tmp_path: Path, state: State, scheme: str) -> None:
    def never() -> FastAPI:
        raise AssertionError("there is no index to open")

    standby = Standby(never, tmp_path / "none", INTERVAL)
    with serving(standby) as site:
        while standby.state == "loading":  # the first look is still going on
            time.sleep(0.05)
        standby.state = state
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        page.goto(f"{site}/?lang=tr")
        expect(page.locator("h1")).to_have_text(text("tr", f"standby.{state}"))
        rules = {rule["id"] for rule in Axe().run(page).response["violations"]}
        # The page reloads itself on purpose: without a script nothing else opens the chat when it is ready.
        # It says so, and holds nothing that could be lost.
        assert rules == {"meta-refresh"}
