"""What can be done with an answer and with a conversation, as a visitor does it."""

import io
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import docx
import pypdf
import pytest
from playwright.sync_api import Browser, Download, Page, expect

from app.answer import Answer
from app.assistant import Assistant
from app.server import create_app
from tests.browser.chatpage import (
    WHEN_EN,
    WHEN_TR,
    answered,
    ask,
    marked,
    open_chat,
    squeeze,
    wider_than_the_screen,
)
from tests.browser.conftest import serving

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

WHY = "Why did the Soviet Union help the Ankara government?"
SECRET = "When did Soviet Russia disclose the secret agreements on the partition of the Ottoman lands?"


def test_a_footnote_shows_its_words_at_the_pointer_and_escape_takes_them_away(page: Page, site: str) -> None:
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    tip = page.locator("#footnote-tip")
    turn.locator(".answered .footnote").first.hover()
    expect(tip).to_be_visible()
    quote = turn.locator(".sources .card blockquote").first.text_content() or "?"
    expect(tip.locator("blockquote").first).to_have_text(quote)
    expect(tip.locator("blockquote").first).to_have_attribute("lang", "tr")
    tip.hover()
    page.wait_for_timeout(300)
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_a_footnote_shows_its_words_when_the_keyboard_reaches_it(page: Page, site: str) -> None:
    open_chat(page, site)
    ask(page, WHEN_TR)
    page.locator("#question textarea").focus()
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.answered .footnote')"):
            break
    expect(page.locator("#footnote-tip")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#footnote-tip")).to_be_hidden()


def test_the_panel_steps_through_the_sources_of_an_answer(page: Page, site: str) -> None:
    open_chat(page, site, "en")
    turn = ask(page, WHY)
    cards = turn.locator(".sources .card")
    count = cards.count()
    assert count > 1
    turn.locator(".answered .footnote").first.click()
    expect(page.locator("#source-previous")).to_be_disabled()
    frame = page.frame_locator("#source-frame")
    for number in range(1, count + 1):
        expect(page.locator("#source-heading")).to_have_text(f"Source {number}")
        expect(page.locator("#source-place")).to_have_text(f"{number} of {count}")
        quote = squeeze(page.locator("#source-card blockquote").first.inner_text())
        for _ in range(50):
            if quote in marked(frame):
                break
            page.wait_for_timeout(100)
        assert quote in marked(frame)
        if number < count:
            page.locator("#source-next").click()
    expect(page.locator("#source-next")).to_be_disabled()
    expect(page.locator("#source-heading")).to_be_focused()


def test_an_english_answer_opens_its_article_beside_the_translation(page: Page, site: str) -> None:
    open_chat(page, site, "en")
    turn = ask(page, WHEN_EN)
    turn.locator(".claim.translation .footnote").first.click()
    frame = page.frame_locator("#source-frame")
    expect(frame.locator('[lang="en"] mark').first).to_be_visible()
    translation = page.locator("#source-card blockquote.translation").inner_text()
    assert squeeze(translation) in marked(frame)


def test_a_question_is_edited_and_nothing_is_lost(page: Page, site: str) -> None:
    open_chat(page, site)
    ask(page, WHEN_TR)
    ask(page, "Kars Antlaşması ne zaman imzalandı?")
    page.locator("[data-edit]").first.click()
    box = page.locator("#question textarea")
    expect(box).to_have_value(WHEN_TR)
    expect(box).to_be_focused()
    expect(page.locator(".turn")).to_have_count(2)
    page.keyboard.press("Enter")
    answered(page, 2)


def test_the_last_question_is_asked_again(page: Page, site: str) -> None:
    open_chat(page, site)
    text = ask(page, WHEN_TR).locator(".answered").inner_text()
    expect(page.locator("[data-retry]")).to_have_count(1)
    page.locator("[data-retry]").click()
    page.wait_for_timeout(500)
    expect(answered(page, 0).locator(".answered")).to_have_text(text, use_inner_text=True)
    expect(page.locator(".turn")).to_have_count(1)


def test_the_panel_is_empty_again_in_a_new_conversation(page: Page, site: str) -> None:
    open_chat(page, site)
    ask(page, WHEN_TR).locator(".answered .footnote").first.click()
    expect(page.locator("#source-frame")).to_be_visible()
    page.locator("#new").click()
    expect(page.locator("#source-frame")).to_be_hidden()
    expect(page.locator("#source-tools")).to_be_hidden()
    expect(page.locator("#source-heading")).to_have_text("Kaynak")


def test_escape_leads_back_from_the_panel_and_from_the_article(page: Page, site: str) -> None:
    open_chat(page, site)
    footnote = ask(page, WHEN_TR).locator(".answered .footnote").first
    footnote.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#source-heading")).to_be_focused()
    page.keyboard.press("Escape")
    expect(footnote).to_be_focused()
    page.keyboard.press("Enter")
    frame = page.frame_locator("#source-frame")
    expect(frame.locator("mark").first).to_be_visible()
    frame.locator(".bar a").first.focus()
    page.keyboard.press("Escape")
    expect(footnote).to_be_focused()


def test_the_panel_stays_in_sight_in_a_long_conversation(page: Page, site: str) -> None:
    open_chat(page, site)
    for question in (WHEN_TR, "Kars Antlaşması ne zaman imzalandı?", "Frunze Ankara'ya neden geldi?"):
        turn = ask(page, question)
    turn.locator(".answered .footnote").first.click()
    expect(page.locator("#source-heading")).to_be_in_viewport()
    expect(page.locator("#source-frame")).to_be_in_viewport()


def test_a_follow_up_that_is_suggested_is_asked_and_answered(page: Page, site: str) -> None:
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    follow_up = turn.locator("[data-ask]").first
    question = follow_up.inner_text()
    follow_up.click()
    turn = answered(page, 1)
    expect(turn.locator(".asked")).to_contain_text(question)
    expect(turn.locator(".footnote").first).to_be_visible()


def test_an_answer_is_copied_with_its_footnotes_and_its_link(browser: Browser, site: str) -> None:
    context = browser.new_context(locale="tr-TR", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    turn.locator("[data-copy]").click()
    expect(turn.locator(".acts .done")).to_have_text("Kopyalandı.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("".join(turn.locator(".claim").first.inner_text().split("[")[0]).strip("\u2060"))
    assert "**" not in copied
    quote = turn.locator(".card blockquote").first.text_content() or "?"
    assert quote in copied
    link = turn.locator(".permalink").get_attribute("href") or "?"
    assert copied.endswith(site + link.partition("?")[0])
    context.close()


def test_a_permanent_link_gives_the_same_answer_to_somebody_else(
    browser: Browser, page: Page, site: str
) -> None:
    open_chat(page, site)
    ask(page, WHEN_TR)
    turn = ask(page, "Peki nerede imzalandı?")
    sentences = [claim.inner_text().split("[")[0].strip("\u2060") for claim in turn.locator(".claim").all()]
    link = turn.locator(".permalink").get_attribute("href") or "?"
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    other = context.new_page()
    response = other.goto(site + link)
    assert response is not None
    assert response.status == 200
    expect(other.locator("h1")).to_contain_text("Peki nerede imzalandı?")
    body = other.locator("main").inner_text()
    assert sentences
    assert all(sentence in body for sentence in sentences)
    expect(other.locator("html")).to_have_attribute("lang", "tr")
    context.close()


@pytest.mark.parametrize(
    ("verdict", "note"), [("right", ""), ("wrong_source", "Öteki makale: İstanbul, ğüşiöç <b>")]
)
def test_what_a_reader_says_of_an_answer_is_kept(
    page: Page, site: str, feedback_file: Path, verdict: str, note: str
) -> None:
    open_chat(page, site)
    form = ask(page, WHEN_TR).locator(".feedback")
    form.locator("summary").click()
    form.locator("button").click()
    expect(form.locator(".said")).to_have_text("Lütfen üçünden birini seçin.")
    form.locator(f"[value={verdict}]").check()
    form.locator("textarea").fill(note)
    form.locator("button").click()
    expect(form.locator(".said")).to_have_text(re.compile("Teşekkür"))
    expect(form.locator("button")).to_be_disabled()
    connection = sqlite3.connect(feedback_file)
    kept = connection.execute("SELECT verdict, note, question, language FROM feedback").fetchall()
    connection.close()
    assert (verdict, note, WHEN_TR, "tr") in kept


def saved(page: Page, name: str) -> Download:
    with page.expect_download() as waiting:
        page.locator(".exports").get_by_role("link", name=name, exact=True).click()
    return waiting.value


def test_a_conversation_is_saved_in_every_format_and_read_again(page: Page, site: str) -> None:
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    ask(page, "Mars'ta yaşam var mı?")
    page.locator(".exports summary").click()
    sentence = turn.locator(".claim").first.inner_text().split("[")[0].strip("\u2060 ")
    quote = turn.locator(".card blockquote").first.text_content() or "?"

    document = docx.Document(str(saved(page, "DOCX").path()))
    words = squeeze("\n".join(paragraph.text for paragraph in document.paragraphs))
    assert squeeze(sentence) in words
    assert squeeze(quote) in words
    assert squeeze("Mars'ta yaşam var mı?") in words

    pdf = pypdf.PdfReader(io.BytesIO(saved(page, "PDF").path().read_bytes()))
    words = squeeze("".join(sheet.extract_text() for sheet in pdf.pages))
    assert squeeze(sentence) in words

    for name in ("Markdown", "HTML"):
        assert "Moskova" in saved(page, name).path().read_text(encoding="utf-8")
    assert "@" in saved(page, "BibTeX").path().read_text(encoding="utf-8")
    assert "TY  - " in saved(page, "RIS").path().read_text(encoding="utf-8")
    entries = json.loads(saved(page, "CSL-JSON").path().read_text(encoding="utf-8"))
    assert [entry["id"] for entry in entries]


def test_a_disagreement_stands_in_two_columns_with_a_footnote_each(page: Page, site: str) -> None:
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    sides = turn.locator(".disagreement .sides figure")
    assert sides.count() >= 2
    first, second = (sides.nth(n).bounding_box() for n in range(2))
    assert first and second
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] < second["x"]
    sides.nth(1).locator(".footnote").click()
    expect(page.locator("#source-heading")).to_have_text("Kaynak 2")
    page.set_viewport_size({"width": 320, "height": 700})
    first, second = (sides.nth(n).bounding_box() for n in range(2))
    assert first and second
    assert second["y"] > first["y"]


def test_a_question_in_the_address_is_asked_once(page: Page, site: str) -> None:
    page.goto(f"{site}/?lang=tr&q=Kars+Antla%C5%9Fmas%C4%B1+ne+zaman+imzaland%C4%B1%3F")
    turn = answered(page, 0)
    expect(turn.locator(".asked")).to_contain_text("Kars Antlaşması ne zaman imzalandı?")
    assert page.url == f"{site}/?lang=tr"
    page.reload()
    expect(page.locator("#ask")).to_be_enabled()
    page.wait_for_timeout(500)
    expect(page.locator(".turn")).to_have_count(0)


@pytest.mark.parametrize("language", ["tr", "en"])
def test_without_scripts_questions_are_answered_on_a_page_of_their_own(
    browser: Browser, site: str, language: str
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="tr-TR" if language == "tr" else "en-GB")
    page = context.new_page()
    page.goto(f"{site}/")
    page.wait_for_url(re.compile("/ask"))
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator("[name=q]").fill(WHEN_TR if language == "tr" else WHEN_EN)
    page.locator("[name=q]").press("Enter")
    expect(page.locator("main")).to_contain_text("1921")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_at_every_width_in_both_languages_and_colours(
    browser: Browser, site: str, width: int, language: str, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        locale="tr-TR" if language == "tr" else "en-GB",
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    open_chat(page, site, language)
    turn = ask(page, WHEN_TR if language == "tr" else WHEN_EN)
    footnote = turn.locator(".answered .footnote").first
    footnote.click()
    expect(page.locator("#source-heading")).to_be_in_viewport()
    quote = squeeze(page.locator("#source-card blockquote").first.inner_text())
    frame = page.frame_locator("#source-frame")
    expect(frame.locator("mark").first).to_be_visible()
    assert quote in marked(frame)
    assert wider_than_the_screen(page) <= 0
    light = "rgb(253, 252, 248)"
    for shown in (page.locator("body"), frame.locator("body")):
        background = shown.evaluate("body => getComputedStyle(body).backgroundColor")
        assert (background == light) == (scheme == "light")
    turn = ask(page, "Mars'ta yaşam var mı?" if language == "tr" else "Is there life on Mars?")
    expect(turn.locator(".declined")).to_be_visible()
    assert wider_than_the_screen(page) <= 0
    context.close()


class Slow:
    """The real Assistant, that takes its time."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.seconds = 0.0

    def __getattr__(self, name: str) -> object:
        return getattr(self._assistant, name)

    def ask(self, *args: object, **kwargs: object) -> Answer:
        time.sleep(self.seconds)
        return self._assistant.ask(*args, **kwargs)  # type: ignore[arg-type]


@pytest.fixture
def slow(assistant: Assistant) -> Iterator[tuple[str, Slow]]:
    waiting = Slow(assistant)
    with serving(create_app(waiting)) as address:  # type: ignore[arg-type]
        waiting.seconds = 2.0
        yield address, waiting


def test_an_answer_is_stopped_and_asked_for_again(page: Page, slow: tuple[str, Slow]) -> None:
    address, waiting = slow
    open_chat(page, address)
    expect(page.locator("#stop")).to_be_disabled()
    page.locator("#question textarea").fill(WHEN_TR)
    page.locator("#ask").click()
    expect(page.locator(".answered .waiting")).to_be_visible()
    page.locator("#stop").click()
    expect(page.locator(".answered .declined")).to_contain_text("durduruldu")
    page.wait_for_timeout(2500)
    expect(page.locator(".answered .declined")).to_contain_text("durduruldu")
    waiting.seconds = 0.0
    page.locator("[data-retry]").click()
    expect(page.locator(".answered .footnote").first).to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)
