"""The widget by keyboard, by ear, on a small screen and in any colour: WCAG 2.2, level AA."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.texts import LANGUAGES, text
from tests.widget.conftest import ASKED, OFF_TOPIC, Sites, ask, html, tag

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
Visit = Callable[..., Page]

HEARD = """() => { window.heard = [];
  const region = document.querySelector("dipnot-chat").shadowRoot.querySelector("[aria-live=polite]");
  const watcher = new MutationObserver(() => heard.push(region.textContent));
  watcher.observe(region, { childList: true, characterData: true, subtree: true }); }"""
# The contrast of an element's words with what lies behind them, by WCAG's formula.
CONTRAST = """(node) => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => rgb(text).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  let ground = node;
  while (rgb(getComputedStyle(ground).backgroundColor)[3] === 0)
    ground = ground.parentNode.host || ground.parentElement;
  const colours = [getComputedStyle(node).color, getComputedStyle(ground).backgroundColor];
  const [dark, bright] = colours.map(light).sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}"""
SHOWN = (
    "button.launcher, .heading, .user, .text, .footnote, .legend, .label, .plain, .send, "
    ".card blockquote, .card a, .section, .small"
)


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]


def opened(visit: Visit, sites: Sites, width: int = 1280, height: int = 800, **data: str) -> Page:
    page = visit(width, height)
    page.goto(sites.put(html("<p>x</p>", head=tag(sites, **data))))
    page.locator("button.launcher").click()
    expect(page.locator(".panel")).to_be_visible()
    return page


def focused(page: Page) -> str:
    found = page.evaluate("document.querySelector('dipnot-chat').shadowRoot.activeElement?.className ?? ''")
    return str(found) or "textarea"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_in_the_widget(visit: Visit, sites: Sites, language: str, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    background = "<style>:root { color-scheme: light dark }</style>"
    page.goto(sites.put(html("<p>x</p>", language=language, head=background + tag(sites))))
    assert violations(page) == []
    page.locator("button.launcher").click()
    expect(page.locator(".starters")).to_be_visible()
    assert violations(page) == []
    ask(page, ASKED[language])
    page.locator(".footnote").first.click()
    assert violations(page) == []
    ask(page, OFF_TOPIC[language])
    expect(page.locator(".nearest")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_in_the_frame(visit: Visit, sites: Sites, language: str, scheme: str) -> None:
    page = visit(420, 640, color_scheme=scheme)
    page.goto(f"{sites.dipnot}/embed/v1/frame?lang={language}")
    expect(page.locator(".starters")).to_be_visible()
    assert violations(page) == []
    ask(page, ASKED[language])
    page.locator(".footnote").first.click()
    assert violations(page) == []


def test_the_button_says_whether_the_dialog_is_open_and_gets_the_focus_back(
    visit: Visit, sites: Sites
) -> None:
    page = visit()
    page.goto(sites.put(html("", head=tag(sites))))
    button = page.locator("button.launcher")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=text("tr", "widget.title"))
    expect(dialog).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    assert button.get_attribute("aria-controls") == dialog.get_attribute("id")
    assert dialog.get_attribute("aria-modal") is None
    expect(page.locator("textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(button).to_be_focused()
    assert page.locator(".panel").evaluate("node => node.hidden && node.inert")


def test_escape_leaves_a_source_first_and_then_the_panel(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites)
    ask(page, ASKED["tr"])
    note = page.locator(".footnote").nth(1)
    note.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=text("tr", "chat.source_numbered", n=2))).to_be_focused()
    expect(note).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(note).to_be_focused()
    expect(page.locator(".card")).to_have_count(0)
    expect(page.locator(".panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()


def test_f6_goes_to_and_fro_between_the_conversation_and_the_box(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites)
    page.keyboard.press("F6")
    assert focused(page) == "log"
    page.keyboard.press("F6")
    expect(page.locator("textarea")).to_be_focused()


def test_an_answer_is_read_out_once_and_whole(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites, lang="en")
    page.evaluate(HEARD)
    ask(page, ASKED["tr"])
    expect(page.locator(".legend")).to_be_visible()
    preparing, answer = page.evaluate("heard")
    assert preparing == text("en", "widget.preparing")
    assert answer.startswith(text("en", "widget.answered", text="İki ülke arasında"))
    assert "**" not in answer and "[1]" not in answer
    expect(page.locator("[aria-live=polite]")).to_have_attribute("lang", "tr")
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")


def test_footnotes_have_names_and_are_large_enough_to_hit(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites)
    ask(page, ASKED["tr"])
    expect(page.locator(".legend")).to_be_visible()
    note = page.locator(".footnote").first
    title = "İKİ DÜNYA SAVAŞI ARASINDA TÜRK-SOVYET İLİŞKİLERİ"
    expect(note).to_have_attribute("aria-label", text("tr", "widget.source_named", n=1, title=title, page=10))
    for button in page.locator(".panel button:visible, .panel a:visible").all():
        box = button.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 24, button.inner_text()


def test_enter_asks_and_shift_enter_begins_a_line(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites)
    box = page.locator("textarea")
    box.press_sequentially("a")
    box.press("Shift+Enter")
    expect(box).to_have_value("a\n")
    box.fill("  \n ")
    box.press("Enter")
    expect(page.locator(".turn")).to_have_count(0)


def test_on_a_telephone_it_fills_the_screen_and_keeps_the_focus(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites, 320, 640)
    dialog = page.locator(".panel")
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 320, "height": 640}
    expect(dialog).to_have_attribute("aria-modal", "true")
    assert page.evaluate("document.documentElement.style.overflow") == "hidden"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.localName") == "dipnot-chat"
    ask(page, ASKED["tr"])
    page.locator(".footnote").first.click()
    # Nothing is wider than the screen, and no letter so small that a telephone enlarges the page.
    assert page.locator(".log").evaluate("node => node.scrollWidth <= node.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    size = page.locator("textarea").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert size >= 16
    page.locator(".shut").click()
    assert page.evaluate("document.documentElement.style.overflow") == ""
    expect(page.locator("button.launcher")).to_be_focused()


def test_what_the_keyboard_leaves_of_a_screen_is_what_the_panel_takes(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites, 360, 640)
    page.set_viewport_size({"width": 360, "height": 300})
    expect(page.locator(".panel")).to_have_css("height", "300px")
    box = page.locator("textarea").bounding_box()
    assert box is not None and box["y"] + box["height"] <= 300


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "accent", ["#ffff00", "white", "#000", "oklch(0.7 0.3 150)", "rgb(128 128 128 / 20%)", "no colour"]
)
def test_every_word_can_be_read_whatever_the_accent(
    visit: Visit, sites: Sites, accent: str, scheme: str
) -> None:
    page = visit(color_scheme=scheme)
    page.goto(sites.put(html("", head=tag(sites, accent=accent, lang="en"))))
    assert page.locator("button.launcher").evaluate(CONTRAST) >= 4.5
    page.evaluate("Dipnot.open()")
    ask(page, ASKED["en"])
    page.locator(".footnote").first.click()
    for each in page.locator(SHOWN).all():
        assert each.evaluate(CONTRAST) >= 4.5, each.evaluate("node => node.className")


def test_every_word_can_be_read_on_the_colours_of_the_page(visit: Visit, sites: Sites) -> None:
    page = visit()
    style = """<style>dipnot-chat { --dipnot-bg: #2b4a2b; --dipnot-fg: #3a3a3a; --dipnot-muted: #446644;
        --dipnot-accent: #334d33; --dipnot-radius: 2px; --dipnot-width: 300px; --dipnot-font: monospace }
        dipnot-chat::part(header) { letter-spacing: 3px }</style>"""
    page.goto(sites.put(html("", head=style + tag(sites, lang="en"))))
    page.evaluate("Dipnot.open()")
    ask(page, ASKED["en"])
    page.locator(".footnote").first.click()
    for each in page.locator(SHOWN).all():
        assert each.evaluate(CONTRAST) >= 4.5, each.evaluate("node => node.className")
    panel = page.locator(".panel")
    expect(panel).to_have_css("width", "300px")
    expect(panel).to_have_css("border-top-left-radius", "2px")
    expect(panel).to_have_css("font-family", "monospace")
    expect(page.locator(".header")).to_have_css("letter-spacing", "3px")
    expect(panel).to_have_css("background-color", "rgb(43, 74, 43)")
    for part in ("launcher", "panel", "header", "log", "message", "user", "bot", "citation", "input", "send"):
        assert page.locator(f"[part~={part}]").count() > 0, part


def test_rules_of_the_page_do_not_reach_into_the_widget(visit: Visit, sites: Sites) -> None:
    plain, hostile = visit(), visit()
    rules = """<style>* { all: unset !important; display: none !important; font: 40px fantasy !important;
        color: lime !important; opacity: 0.1 !important;
        transform: scale(3) !important; text-transform: uppercase !important }
        html, body { display: block !important; opacity: 1 !important; transform: none !important }
        button, textarea, p { background: red !important; width: 7px !important }</style>"""
    plain.goto(sites.put(html("", head=tag(sites)), "/plain"))
    hostile.goto(sites.put(html("", head=rules + tag(sites)), "/hostile"))
    boxes = []
    for page in (plain, hostile):
        page.locator("button.launcher").click()
        ask(page, ASKED["tr"])
        page.locator(".footnote").first.click()
        parts = [
            page.locator(name)
            for name in (".panel", ".header", ".card", "textarea", ".send", "button.launcher")
        ]
        boxes.append([part.bounding_box() for part in parts])
    assert boxes[0] == boxes[1]
    assert None not in boxes[1]
    expect(hostile.locator(".text")).to_have_css("text-transform", "none")
    expect(hostile.locator("dipnot-chat")).to_have_css("opacity", "1")
