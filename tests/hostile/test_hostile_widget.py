"""The widget shows hostile articles, and they stay words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.visible import UNSEEN, visible
from tests.hostile.attacks import ATTACKS, ENGLISH, TURKISH
from tests.hostile.looking import PLAIN, Watch

SOURCE = Path(__file__).parent.parent.parent / "app" / "widget" / "answer.js"
# The chat's own element, and the drawings of its buttons.
WIDGET = [*PLAIN, "dipnot-chat"]


@pytest.fixture(scope="module")
def framed(browser: Browser, hostile_site: str) -> Iterator[tuple[Page, Watch]]:
    context = browser.new_context(viewport={"width": 800, "height": 800}, locale="tr-TR")
    context.set_default_timeout(30_000)
    page = context.new_page()
    watch = Watch(page, hostile_site)
    page.goto(f"{hostile_site}/embed/v1/frame?lang=tr")
    expect(page.locator("textarea")).to_be_visible()
    yield page, watch
    context.close()


def test_no_attack_succeeds_in_the_widget(framed: tuple[Page, Watch]):
    page, watch = framed
    found = watch.audit("html", WIDGET)
    shown = ""
    for number, question in enumerate([*TURKISH[:8], TURKISH[10], *ENGLISH[:4], *ATTACKS[:6]]):
        page.locator("textarea").fill(question)
        page.locator("textarea").press("Enter")
        answer = page.locator(".message.bot").nth(number)
        expect(answer).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        if answer.locator(".footnote").count():
            answer.locator(".footnote").first.click()
            expect(answer.locator(".card blockquote").first).to_be_visible()
        shown += answer.inner_text()
        found += watch.audit("html", WIDGET)
    assert "<script>window.owned='date'</script>" in shown and "[U+001B]" in shown
    assert found == []


def test_the_widget_names_the_same_characters_as_the_pages(framed: tuple[Page, Watch]):
    page, _ = framed
    source = SOURCE.read_text(encoding="utf-8")
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    # Not in the frame, whose policy lets no text become a script.
    blank = page.context.new_page()
    named = blank.evaluate(
        """(source) => {
          const visible = new Function(`${source}; return visible;`)();
          const found = [];
          for (let code = 0; code < 0x110000; code += 1) {
            if (code >= 0xd800 && code < 0xe000) continue;
            const one = String.fromCodePoint(code);
            if (visible(one) !== one) found.push(visible(one));
          }
          return found;
        }""",
        source,
    )
    blank.close()
    assert named == [visible(one) for one in characters if UNSEEN.search(one)]
