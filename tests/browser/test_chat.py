"""The chat page and the reader as a visitor meets them."""

import re

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from app.assistant import Assistant
from tests.browser.chatpage import WHEN_EN, WHEN_TR, ask, marked, open_chat, squeeze

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")


def test_a_footnote_opens_its_article_at_the_quoted_words(page: Page, site: str) -> None:
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    expect(turn.locator(".answered")).to_contain_text("16 Mart 1921")
    footnotes = turn.locator(".answered .footnote")
    expect(footnotes.first).to_have_text("[1]")

    footnotes.first.click()
    expect(page.locator("#source-heading")).to_have_text("Kaynak 1")
    expect(page.locator("#source-heading")).to_be_focused()
    card = page.locator("#source-card")
    quote = card.locator("blockquote").first.inner_text()
    for label in ("Makale", "Sayfa", "Satır", "Tür"):
        expect(card.locator("dt", has_text=re.compile(f"^{label}$"))).to_be_visible()

    frame = page.frame_locator("#source-frame")
    assert marked(frame) == squeeze(quote)
    mark = frame.locator("mark").first.bounding_box()
    inside = page.locator("#source-frame").bounding_box()
    assert mark and inside
    assert inside["y"] <= mark["y"] and mark["y"] + mark["height"] <= inside["y"] + inside["height"]
    assert mark["y"] >= 0 and mark["y"] + mark["height"] <= 800


def test_every_footnote_of_an_answer_opens_its_own_words(page: Page, site: str) -> None:
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    turn.locator(".sources summary").click()
    cards = turn.locator(".sources .card")
    assert cards.count() >= 1
    for card in cards.all():
        card.locator(".open a").click()
        expect(page.locator("#source-heading")).to_have_text(card.get_attribute("data-heading") or "")
        frame = page.frame_locator("#source-frame")
        quote = squeeze(card.locator("blockquote").first.inner_text())
        expect(frame.locator("article")).to_be_visible()
        for _ in range(20):
            if marked(frame) == quote:
                break
            page.wait_for_timeout(100)
        assert marked(frame) == quote


def test_an_english_question_gets_an_english_answer(page: Page, site: str) -> None:
    open_chat(page, site, "en")
    turn = ask(page, WHEN_EN)
    expect(turn.locator(".answered .text")).to_have_attribute("lang", "en")
    expect(turn.locator(".answered")).to_contain_text("1921")
    turn.locator(".footnote").first.click()
    expect(page.locator("#source-heading")).to_have_text("Source 1")
    expect(page.locator("#source-card blockquote").first).to_have_attribute("lang", re.compile("tr|en"))


@pytest.mark.parametrize(
    "question",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)> Moskova",
        "${alert(1)} {{value}} `x` ${1+1} Moskova?",
        "</h2><iframe src=/healthz></iframe> Moskova?",
    ],
)
def test_html_in_a_question_is_shown_as_text(page: Page, site: str, question: str) -> None:
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    open_chat(page, site)
    turn = ask(page, question)
    expect(turn.locator(".asked")).to_contain_text(question)
    assert turn.locator("script, img, iframe").count() == 0
    assert dialogs == []


def test_no_request_leaves_this_machine(browser: Browser, site: str) -> None:
    context = browser.new_context(locale="tr-TR")
    addresses: list[str] = []
    context.on("request", lambda request: addresses.append(request.url))
    page = context.new_page()
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    turn.locator(".footnote").first.click()
    marked(page.frame_locator("#source-frame"))
    page.goto(f"{site}/articles/000")
    page.wait_for_load_state("networkidle")
    context.close()
    assert len(addresses) > 10
    foreign = [url for url in addresses if not url.startswith((f"{site}/", "data:", "blob:", "about:"))]
    assert foreign == []


def test_the_page_can_be_used_with_the_keyboard_alone(page: Page, site: str) -> None:
    open_chat(page, site)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type(WHEN_TR)
    page.keyboard.press("Enter")
    footnote = page.locator(".footnote").first
    footnote.focus()
    outline = footnote.evaluate("link => getComputedStyle(link).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator("#source-heading")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#source-back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(footnote).to_be_focused()


def test_an_answer_is_announced_once_when_it_is_whole(page: Page, site: str) -> None:
    open_chat(page, site)
    announcer = page.locator("#announcer")
    expect(announcer).to_have_attribute("aria-live", "polite")
    page.evaluate(
        """() => {
            window.said = [];
            const region = document.getElementById("announcer");
            const note = () => window.said.push(region.textContent);
            new MutationObserver(note).observe(region, { childList: true });
        }"""
    )
    answer = ask(page, "Sovyetler Türkiye'ye neden yardım etti?").locator(".answered")
    page.wait_for_function("window.said.length > 0")
    page.get_by_label("English", exact=True).first.check()
    expect(page.locator("#ask")).to_have_text("Ask")
    page.wait_for_timeout(300)
    said = page.evaluate("window.said")
    assert len(said) == 1
    sentences = [claim.inner_text() for claim in answer.locator(".claim").all()]
    assert all(sentence.split("[")[0].strip("\u2060 ") in said[0] for sentence in sentences)
    assert "[1]" not in said[0]


def test_how_a_sentence_is_supported_is_said_in_words(page: Page, site: str) -> None:
    open_chat(page, site)
    supports = ask(page, WHEN_TR).locator(".supports")
    expect(supports).to_contain_text(re.compile("Makaleden aynen|Çalışma çevirisi|Dipnot'un"))


def test_a_question_without_answer_shows_what_is_near_and_says_it_is_none(page: Page, site: str) -> None:
    open_chat(page, site)
    turn = ask(page, "Mars'ta yaşam var mı?")
    expect(turn.locator(".answered .declined")).to_be_visible()
    assert turn.locator(".answered .footnote").count() == 0
    for passage in turn.locator(".nearest .card").all():
        expect(turn.locator(".nearest h3")).to_contain_text("Yanıt değildir")
        expect(passage).to_be_visible()


def test_an_empty_question_is_told_so_in_the_language_of_the_page(page: Page, site: str) -> None:
    open_chat(page, site)
    page.locator("#ask").click()
    expect(page.locator("#notice [role=alert]")).to_have_text("Lütfen bir soru yazın.")
    page.get_by_label("English", exact=True).first.check()
    page.locator("#ask").click()
    expect(page.locator("#notice [role=alert]")).to_have_text("Please write a question.")


def test_switching_the_language_keeps_the_conversation(page: Page, site: str) -> None:
    open_chat(page, site)
    turn = ask(page, WHEN_TR)
    answer = turn.locator(".answered").inner_text()
    turn.locator(".footnote").first.click()
    expect(page.locator("#source-heading")).to_have_text("Kaynak 1")
    page.get_by_label("English", exact=True).first.check()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#ask")).to_have_text("Ask")
    expect(turn.locator(".answered")).to_have_text(answer)
    expect(page.locator("#source-heading")).to_have_text("Source 1")


def test_what_is_typed_while_an_answer_is_awaited_stays(page: Page, site: str) -> None:
    open_chat(page, site)
    box = page.locator("#question textarea")
    box.fill(WHEN_TR)
    page.keyboard.press("Enter")
    expect(box).to_have_value("")
    box.fill("Sonraki")
    expect(page.locator(".answered")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#new")).to_be_visible()
    expect(box).to_have_value("Sonraki")


def test_an_example_is_asked_when_clicked_and_a_new_conversation_starts_empty(page: Page, site: str) -> None:
    open_chat(page, site)
    example = page.locator(".example").first
    question = example.inner_text()
    example.click()
    expect(page.locator(".turn .asked")).to_contain_text(question)
    expect(page.locator(".answered")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#examples")).to_be_hidden()
    page.locator("#new").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#examples")).to_be_visible()


def test_each_visitor_has_a_conversation_of_their_own(browser: Browser, page: Page, site: str) -> None:
    open_chat(page, site)
    ask(page, WHEN_TR)
    context = browser.new_context(locale="tr-TR")
    other = context.new_page()
    open_chat(other, site)
    assert other.locator(".turn").count() == 0
    ask(other, WHEN_EN)
    expect(other.locator(".turn")).to_have_count(1)
    context.close()
    ask(page, WHEN_TR)
    expect(page.locator(".turn")).to_have_count(2)


def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="tr-TR")
    page = context.new_page()
    open_chat(page, site)
    ask(page, WHEN_TR).locator(".footnote").first.click()
    expect(page.locator("#source-heading")).to_be_in_viewport()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0
    page.goto(f"{site}/articles/000")
    assert page.evaluate(wide) <= 0
    context.close()


def spans_of(assistant: Assistant, index: int) -> tuple[str, str, str]:
    """The article, the spans as in an address, and the text of some sentence."""
    article = assistant.articles["001"]
    sentence = article.sentences[index]
    return article.id, ",".join(f"{start}-{end}" for start, end in sentence.spans), sentence.text


@pytest.mark.parametrize("address", ["/articles/{0}#c{1}", "/articles/{0}?c={1}"])
@pytest.mark.parametrize("index", [5, 60, 120])
def test_the_reader_marks_and_shows_the_words_of_its_address(
    page: Page, site: str, assistant: Assistant, address: str, index: int
) -> None:
    article, spans, text = spans_of(assistant, index)
    page.goto(site + address.format(article, spans))
    assert marked(page) == squeeze(text)
    expect(page.locator("mark").first).to_be_in_viewport()
    expect(page.locator("mark").first).to_be_focused()


def test_the_address_and_the_server_mark_the_same_pieces(page: Page, site: str, assistant: Assistant) -> None:
    raw = assistant.articles["000"].raw
    for start in range(2400, len(raw) - 500, 5003):
        spans = f"{start}-{start + 300}"
        page.goto(f"{site}/articles/000?c={spans}")
        by_server = page.locator("mark").all_inner_texts()
        page.goto(f"{site}/articles/000#c{spans}")
        page.reload()
        expect(page.locator("mark").first).to_be_visible()
        assert page.locator("mark").all_inner_texts() == by_server


def test_the_reader_follows_a_changed_address(page: Page, site: str, assistant: Assistant) -> None:
    article, spans, _ = spans_of(assistant, 5)
    page.goto(f"{site}/articles/{article}#c{spans}")
    _, others, text = spans_of(assistant, 90)
    page.evaluate("spans => { location.hash = 'c' + spans; }", others)
    expect(page.locator("mark").first).to_be_in_viewport()
    assert marked(page) == squeeze(text)


@pytest.mark.parametrize("hash", ["#c9-3", "#c0-99999999", "#cx", "#c1-2-3", "#c"])
def test_an_address_that_names_no_words_marks_none(page: Page, site: str, hash: str) -> None:
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(f"{site}/articles/004{hash}")
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("mark").count() == 0
    assert errors == []


def test_astral_characters_are_counted_as_in_the_file(page: Page, site: str) -> None:
    page.goto(f"{site}/articles/004")
    page.evaluate(
        """() => {
            const run = document.querySelector("article [data-s]:not([data-received])");
            const start = Number(run.dataset.s);
            run.textContent = "a\\u{10C00}\\u{10C01}b" + "c".repeat(run.dataset.e - start - 4);
            location.hash = `c${start + 2}-${start + 4}`;
        }"""
    )
    expect(page.locator("mark")).to_have_text("\U00010c01b")


def test_a_note_is_reached_and_left_by_its_links(page: Page, site: str) -> None:
    page.goto(f"{site}/articles/000")
    call = page.locator("[role=doc-noteref]").first
    note = (call.get_attribute("href") or "")[1:]
    call.click()
    expect(page.locator(f"[id='{note}']")).to_be_in_viewport()
    page.locator(f"[id='{note}'] .back").first.click()
    expect(call).to_be_in_viewport()


def test_the_reader_marks_without_scripts(browser: Browser, site: str, assistant: Assistant) -> None:
    article, spans, text = spans_of(assistant, 60)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/articles/{article}?c={spans}#cited")
    assert squeeze("".join(page.locator("mark").all_text_contents())) == squeeze(text)
    expect(page.locator("#cited")).to_be_in_viewport()
    context.close()
