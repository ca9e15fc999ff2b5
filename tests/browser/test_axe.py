"""axe-core over the pages: nothing serious or critical that is ours, and no more of Gradio's than is known.

A page is added by a line in PAGES: a name, and a function that opens it and waits until it stands.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.texts import LANGUAGES, text

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

LISTED: Final = tomllib.loads(Path(__file__).with_name("axe_gradio.toml").read_text(encoding="utf-8"))
GRAVE: Final = ("serious", "critical")
SCHEMES: Final = ("light", "dark")
ANSWERED: Final = {
    "tr": "Moskova Antlaşması ne zaman imzalandı?",
    "en": "When was the Treaty of Moscow signed?",
}
DECLINED: Final = {"tr": "Mars'ta yaşam var mı?", "en": "What is the capital of Australia?"}

# Colours that are on their way are none of the page's; what goes on for long, as a message's bar, may go on.
SETTLED: Final = """document.getAnimations().every((each) =>
  each.playState !== "running" || each.effect.getComputedTiming().endTime > 2000)"""


class Finding(NamedTuple):
    """A rule that an element of a page breaks."""

    page: str
    rule: str
    selector: str


def open_chat(page: Page, site: str, language: str) -> None:
    page.goto(f"{site}/?lang={language}")
    expect(page.locator("#ask")).to_have_text(text(language, "chat.ask"))
    expect(page.locator("html")).to_have_attribute("lang", language)


def put(page: Page, question: str) -> None:
    page.locator("#question textarea").fill(question)
    page.locator("#ask").click()


def open_answer(page: Page, site: str, language: str) -> None:
    open_chat(page, site, language)
    put(page, ANSWERED[language])
    expect(page.locator(".turn .answered")).to_have_attribute("aria-busy", "false")
    page.locator(".turn .sources summary").click()
    page.locator(".turn .footnote").first.click()
    expect(page.locator("#source-heading")).to_be_focused()


def open_decline(page: Page, site: str, language: str) -> None:
    open_chat(page, site, language)
    put(page, DECLINED[language])
    expect(page.locator(".turn .declined")).to_be_visible()


def open_full_queue(page: Page, site: str, language: str) -> None:
    open_chat(page, site, language)
    full = {"detail": "Queue is full."}
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, json=full))
    put(page, ANSWERED[language])
    expect(page.get_by_test_id("toast-body")).to_be_visible()


def open_reader(page: Page, site: str, language: str) -> None:
    page.goto(f"{site}/articles/004?lang={language}&c=16120-16244")
    expect(page.locator("mark").first).to_be_visible()


def open_missing(page: Page, site: str, language: str) -> None:
    page.goto(f"{site}/articles/999?lang={language}")
    expect(page.locator("h1")).to_have_text(text(language, "reader.missing"))


PAGES: Final[dict[str, Callable[[Page, str, str], None]]] = {
    "chat": open_chat,
    "chat, answered": open_answer,
    "chat, declined": open_decline,
    "chat, queue full": open_full_queue,
    "reader": open_reader,
    "reader, no such article": open_missing,
}


def findings(browser: Browser, site: str, name: str) -> dict[Finding, str]:
    """What axe finds grave on a page, in both languages and colours, with the element as it stands."""
    found = {}
    for language in LANGUAGES:
        for scheme in SCHEMES:
            context = browser.new_context(
                locale=language, color_scheme=scheme, viewport={"width": 1280, "height": 800}
            )
            context.set_default_timeout(20_000)
            page = context.new_page()
            PAGES[name](page, site, language)
            page.wait_for_function(SETTLED)
            for rule in Axe().run(page).response["violations"]:
                for node in rule["nodes"]:
                    if node["impact"] in GRAVE:
                        finding = Finding(name, rule["id"], " ".join(map(str, node["target"])))
                        found[finding] = f"{language}, {scheme}: {node['html'][:200]}"
            context.close()
    return found


def known(name: str) -> set[Finding]:
    """What of Gradio's is listed for a page."""
    rows = [row for row in LISTED.get("finding", []) if row["page"] == name]
    return {Finding(row["page"], row["rule"], row["selector"]) for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_grave_finding_but_those_of_gradio(browser: Browser, site: str, name: str) -> None:
    found = findings(browser, site, name)
    assert {key: html for key, html in found.items() if key not in known(name)} == {}
    assert known(name) - found.keys() == set(), "take it off the list in axe_gradio.toml"


def test_the_list_is_of_the_gradio_that_is_installed_and_gives_reasons() -> None:
    assert LISTED["gradio"] == version("gradio")
    for row in LISTED.get("finding", []):
        assert row["page"] in PAGES
        assert row["why"]


def test_axe_sees_what_is_wrong(page: Page) -> None:
    page.set_content(
        '<html lang="tr"><title>x</title><main><h1>x</h1><img src="data:,"><input></main></html>'
    )
    grave = {rule["id"] for rule in Axe().run(page).response["violations"] if rule["impact"] in GRAVE}
    assert {"image-alt", "label"} <= grave
