"""The page that writes the lines to paste, in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.assistant import Assistant
from app.options import ServerOptions
from app.server import create_app
from app.texts import text
from tests.siteserver import serving

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")


@pytest.fixture(scope="module")
def site(assistant: Assistant) -> Iterator[str]:
    with serving(create_app(assistant, options=ServerOptions(rate_per_minute=0))) as address:
        yield address


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A Turkish-speaking visitor, whose console must stay silent."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="tr-TR")
    context.set_default_timeout(20_000)
    context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield context.new_page()
    context.close()
    assert complaints == []


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f"input[name={name}][value={value}]").check()


def test_a_choice_changes_the_lines_and_the_preview_at_once(page: Page, site: str) -> None:
    page.goto(f"{site}/embed")
    preview = page.frame_locator("#preview")
    expect(preview.locator("dipnot-chat button.launcher")).to_be_visible()
    choose(page, "mode", "inline")
    choose(page, "language", "en")
    page.locator("#title").fill("Ask the museum")
    page.locator("#starters").fill("When was the Treaty of Kars signed?")
    lines = page.locator("#lines-script")
    expect(lines).to_contain_text('data-lang="en" data-mode="inline" data-title="Ask the museum"')
    expect(lines).to_contain_text("data-starter='[\"When was the Treaty of Kars signed?\"]'")
    expect(page.locator("#status")).to_have_text(text("tr", "embed.updated"))
    expect(page.locator("#position")).to_be_hidden()
    expect(preview.locator("dipnot-chat [part=header]")).to_contain_text("Ask the museum")
    preview.locator("dipnot-chat button", has_text="Treaty of Kars").click()
    expect(preview.locator("dipnot-chat .message.bot")).to_contain_text("1921")
    # What was chosen stands in the address, and so comes back.
    page.reload()
    expect(lines).to_contain_text('data-title="Ask the museum"')
    expect(page.locator("#title")).to_have_value("Ask the museum")


def test_a_colour_that_is_chosen_is_used(page: Page, site: str) -> None:
    page.goto(f"{site}/embed")
    expect(page.locator("#lines-script")).not_to_contain_text("accent")
    page.locator("input[name=accent]").fill("#005f73")
    expect(page.locator("#lines-script")).to_contain_text('data-accent="#005f73"')
    button = page.frame_locator("#preview").locator("dipnot-chat button.launcher")
    expect(button).to_have_css("background-color", "rgb(0, 95, 115)")


def test_a_button_copies_the_lines(page: Page, site: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site}/embed")
    page.locator("button.copy").nth(1).click()
    expect(page.locator("#status")).to_have_text(text("tr", "embed.copied"))
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#lines-pinned").inner_text()


def test_where_nothing_may_be_copied_the_lines_are_selected(page: Page, site: str) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(f"{site}/embed")
    page.locator("button.copy").first.click()
    expect(page.locator("#status")).to_have_text(text("tr", "embed.selected"))
    assert page.evaluate("getSelection().toString()") == page.locator("#lines-script").inner_text()


def test_a_server_that_does_not_answer_is_told_of(page: Page, site: str, complaints: list[str]) -> None:
    page.goto(f"{site}/embed")
    page.route("**/embed?*", lambda route: route.abort())
    choose(page, "mode", "inline")
    expect(page.locator("#status")).to_have_text(text("tr", "embed.failed"))
    complaints.clear()


def test_without_a_script_the_form_does_the_same(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{site}/embed")
    choose(page, "mode", "inline")
    page.locator("#show").click()
    expect(page.locator("#lines-script")).to_contain_text('data-mode="inline"')
    expect(page.locator("button.copy").first).to_be_hidden()
    context.close()


def test_a_pasted_line_runs_although_its_digest_is_checked(page: Page, site: str) -> None:
    page.goto(f"{site}/embed")
    line = page.locator("#lines-pinned").inner_text()
    own = f"<!doctype html><html lang='tr'><meta charset='utf-8'><title>x</title>{line}"
    page.route("**/own", lambda route: route.fulfill(body=own, content_type="text/html"))
    page.goto(f"{site}/own")
    expect(page.locator("dipnot-chat button.launcher")).to_be_visible()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_part_of_the_page_stands_out_of_it(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for language in ("tr", "en"):
        page.goto(f"{site}/embed?lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["tr", "en"])
def test_axe_finds_nothing(browser: Browser, site: str, language: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}/embed?lang={language}&mode=inline")
    expect(page.frame_locator("#preview").locator("dipnot-chat textarea")).to_be_visible()
    found = {rule["id"]: rule["nodes"][0]["html"] for rule in Axe().run(page).response["violations"]}
    assert found == {}
    context.close()
