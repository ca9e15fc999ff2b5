"""The reader in a browser: exactly the cited characters, the English, colours, frames, small screens."""

import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from app.assistant import Assistant
from corpus import Article, Sentence

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

TURKISH: Final = "[data-s] mark"
ENGLISH: Final = "[data-turkish] mark"
OVERFLOW: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHOW_HASH: Final = """hash => new Promise(done => {
    addEventListener("hashchange", () => done(), { once: true });
    location.hash = hash;
})"""


def in_turkish_letters(article: Article, sentence: Sentence) -> bool:
    return any(letter in "ıİğĞşŞçÇöÖüÜâîû" for letter in sentence.text)


def with_a_repaired_word(article: Article, sentence: Sentence) -> bool:
    pieces = article.block_by_id[sentence.block].pieces
    return any(
        piece.kind == "ocr" and piece.start < high and low < piece.end
        for piece in pieces
        for low, high in sentence.spans
    )


def split_in_two(article: Article, sentence: Sentence) -> bool:
    return len(sentence.spans) > 1


def across_pages(article: Article, sentence: Sentence) -> bool:
    return article.page(sentence.spans[0][0]) < article.page(sentence.spans[-1][1] - 1)


def of_any_kind(article: Article, sentence: Sentence) -> bool:
    return True


KINDS: Final[tuple[Callable[[Article, Sentence], bool], ...]] = (
    in_turkish_letters,
    with_a_repaired_word,
    split_in_two,
    across_pages,
    of_any_kind,
)
OF_EACH_KIND: Final = 4
ARTICLES: Final = ("000", "001", "002", "003", "004")


@cache
def chosen(article: Article) -> tuple[Sentence, ...]:
    """Sentences of an article, some of each kind that it has."""
    chance = random.Random(f"dipnot {article.id}")
    found: dict[str, Sentence] = {}
    for is_kind in KINDS:
        among = [s for s in article.sentences if s.id not in found and is_kind(article, s)]
        for sentence in chance.sample(among, min(OF_EACH_KIND, len(among))):
            found[sentence.id] = sentence
    return tuple(found.values())


def address(sentence: Sentence) -> str:
    return ",".join(f"{start}-{end}" for start, end in sentence.spans)


def received(article: Article, sentence: Sentence) -> str:
    """The characters of the file that the sentence's spans name."""
    return "".join(article.raw[start:end] for start, end in sentence.spans)


def marked(page: Page, marks: str = TURKISH) -> str:
    return "".join(page.locator(marks).all_text_contents())


@pytest.fixture
def scriptless(browser: Browser) -> Iterator[Page]:
    """A visitor whose browser runs no scripts."""
    context = browser.new_context(
        java_script_enabled=False, locale="tr-TR", viewport={"width": 1280, "height": 800}
    )
    yield context.new_page()
    context.close()


def test_the_chosen_sentences_are_of_every_kind(assistant: Assistant) -> None:
    pairs = [(article, s) for article in assistant.articles.values() for s in chosen(article)]
    assert len(pairs) >= 60
    for is_kind in KINDS:
        assert sum(is_kind(*pair) for pair in pairs) >= 10, is_kind.__name__


@pytest.mark.slow
@pytest.mark.parametrize("name", ARTICLES)
def test_the_server_marks_exactly_the_characters_of_the_file(
    scriptless: Page, site: str, assistant: Assistant, name: str
) -> None:
    article = assistant.articles[name]
    for sentence in chosen(article):
        scriptless.goto(f"{site}/articles/{name}?c={address(sentence)}&received=1")
        assert marked(scriptless) == received(article, sentence), sentence.id
        scriptless.goto(f"{site}/articles/{name}?c={address(sentence)}")
        assert marked(scriptless).split() == sentence.text.split(), sentence.id


@pytest.mark.parametrize("name", ARTICLES)
def test_the_script_marks_exactly_the_characters_of_the_file(
    page: Page, site: str, assistant: Assistant, name: str
) -> None:
    article = assistant.articles[name]
    page.goto(f"{site}/articles/{name}?received=1")
    for sentence in chosen(article):
        page.evaluate(SHOW_HASH, f"c{address(sentence)}")
        assert marked(page) == received(article, sentence), sentence.id
    page.goto(f"{site}/articles/{name}?english=1")
    for sentence in chosen(article):
        page.evaluate(SHOW_HASH, f"c{address(sentence)}")
        assert marked(page).split() == sentence.text.split(), sentence.id
        assert marked(page, ENGLISH) == sentence.translation, sentence.id


def test_the_server_and_the_script_mark_the_same_english(page: Page, site: str, assistant: Assistant) -> None:
    for sentence in [s for s in chosen(assistant.articles["001"]) if s.translation][:3]:
        page.goto(f"{site}/articles/001?english=1&c={address(sentence)}")
        assert page.locator(ENGLISH).all_text_contents() == [sentence.translation]
        page.goto(f"{site}/articles/001?english=1#c{address(sentence)}")
        assert page.locator(ENGLISH).all_text_contents() == [sentence.translation]


@pytest.mark.parametrize(("width", "is_beside"), [(1280, True), (960, True), (700, False), (390, False)])
def test_the_english_stands_beside_the_turkish_where_there_is_room(
    page: Page, site: str, assistant: Assistant, width: int, is_beside: bool
) -> None:
    sentence = next(s for s in assistant.articles["001"].sentences if s.translation)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/articles/001?english=1#c{address(sentence)}")
    turkish = page.locator(".pair:has(mark) > .block").bounding_box()
    english = page.locator(".pair:has(mark) > .english").bounding_box()
    assert turkish and english
    if is_beside:
        assert english["x"] >= turkish["x"] + turkish["width"]
        assert english["y"] == pytest.approx(turkish["y"], abs=2)
    else:
        assert english["y"] >= turkish["y"] + turkish["height"]
    assert page.evaluate(OVERFLOW) <= 0


def test_the_english_is_shown_and_hidden_by_a_link_that_keeps_the_cited_words(
    page: Page, site: str, assistant: Assistant
) -> None:
    sentence = chosen(assistant.articles["001"])[0]
    spans = address(sentence)
    page.goto(f"{site}/articles/001?lang=en#c{spans}")
    page.locator("#english").click()
    expect(page).to_have_url(f"{site}/articles/001?lang=en&english=1#c{spans}")
    expect(page.locator(".beside-note")).to_contain_text("working translation")
    expect(page.locator(ENGLISH)).to_have_text(sentence.translation)
    expect(page.locator(TURKISH).first).to_be_in_viewport()
    page.locator("#english").click()
    expect(page).to_have_url(f"{site}/articles/001?lang=en#c{spans}")
    expect(page.locator(".english")).to_have_count(0)
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0


def test_without_scripts_both_choices_work_and_keep_the_cited_words(
    scriptless: Page, site: str, assistant: Assistant
) -> None:
    article = assistant.articles["000"]
    sentence = next(s for s in chosen(article) if with_a_repaired_word(article, s) and s.translation)
    scriptless.goto(f"{site}/articles/000?c={address(sentence)}")
    scriptless.locator("#english").click()
    expect(scriptless.locator(ENGLISH)).to_have_text(sentence.translation)
    expect(scriptless.locator("#cited")).to_be_in_viewport()
    scriptless.locator("#as-received").click()
    assert marked(scriptless) == received(article, sentence)
    assert marked(scriptless, ENGLISH) == sentence.translation
    expect(scriptless.locator("#cited")).to_be_in_viewport()


def test_the_text_can_be_shown_as_received_and_back(page: Page, site: str, assistant: Assistant) -> None:
    article = assistant.articles["000"]
    piece = next(p for block in article.blocks for p in block.pieces if p.kind == "ocr")
    page.goto(f"{site}/articles/000#c{piece.start}-{piece.end}")
    link, mark = page.locator("#as-received"), page.locator("mark").first
    expect(mark).to_have_text(piece.text)
    link.click()
    expect(link).to_have_text("Onarılmış hâliyle göster")
    expect(mark).to_have_text(article.raw[piece.start : piece.end])
    link.click()
    expect(link).to_have_text("Dosyadaki hâliyle göster")
    expect(mark).to_have_text(piece.text)


def test_where_nothing_is_cited_the_place_is_kept(page: Page, site: str) -> None:
    page.goto(f"{site}/articles/003")
    block = page.locator("p.paragraph").nth(30)
    block.evaluate("block => { block.scrollIntoView(); scrollBy(0, 10); }")
    box = page.locator("#english").bounding_box()
    assert box
    # Not by locator.click(), which scrolls the page before it clicks in a bar that stays.
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    expect(page.locator(".beside-note")).to_have_count(1)
    expect(block).to_be_in_viewport()
    assert page.url.endswith(f"&english=1#{block.get_attribute('id')}")


@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize("theme", ["light", "dark", ""])
def test_the_theme_of_the_address_goes_before_the_system_s(
    browser: Browser, site: str, system: str, theme: str
) -> None:
    context = browser.new_context(color_scheme=system)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}/articles/004?theme={theme}&c=3000-3100")
    paper = {"light": "rgb(253, 252, 248)", "dark": "rgb(25, 23, 20)"}[theme or system]
    assert colour(page, "body", "backgroundColor") == paper
    page.emulate_media(media="print")
    assert colour(page, "body", "backgroundColor") == "rgb(255, 255, 255)"
    assert colour(page, "body", "color") == "rgb(0, 0, 0)"
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_read_stands_out_from_what_it_stands_on(page: Page, site: str, theme: str) -> None:
    page.goto(f"{site}/articles/000?theme={theme}&english=1&c=5000-5100")
    paper = colour(page, "body", "backgroundColor")
    raised = colour(page, ".choice", "backgroundColor")
    for selector in ("body", ".notes", ".beside-note", ".front p", ".call a", ".page"):
        assert contrast(colour(page, selector, "color"), paper) >= 4.5, selector
    assert contrast(colour(page, ".choice", "color"), raised) >= 4.5
    assert contrast(colour(page, "mark", "color"), colour(page, "mark", "backgroundColor")) >= 4.5
    # Not by the colour of the ground alone: a line that can be told from the page.
    assert page.locator("mark").first.evaluate("mark => getComputedStyle(mark).borderBottomStyle") == "solid"
    assert contrast(colour(page, "mark", "borderBottomColor"), paper) >= 3
    assert contrast(colour(page, ".english", "borderLeftColor"), paper) >= 3


@pytest.mark.parametrize("system", ["light", "dark"])
def test_marks_are_seen_in_forced_colours(browser: Browser, site: str, system: str) -> None:
    context = browser.new_context(forced_colors="active", color_scheme=system)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}/articles/000?c=5000-5100")
    paper, ground = colour(page, "body", "backgroundColor"), colour(page, "mark", "backgroundColor")
    edge, words = colour(page, "mark", "borderTopColor"), colour(page, "mark", "color")
    assert ground != paper
    assert contrast(edge, paper) >= 3
    assert contrast(words, ground) >= 4.5
    context.close()


@pytest.mark.parametrize("choices", ["", "english=1", "received=1", "english=1&received=1&embed=1"])
@pytest.mark.parametrize(("width", "height"), [(320, 256), (640, 400)])
def test_enlarged_or_small_nothing_is_cut_off(
    page: Page, site: str, choices: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{site}/articles/001?{choices}&c=9000-9200")
    assert page.evaluate(OVERFLOW) <= 0
    expect(page.locator("mark").first).to_be_in_viewport()
    bar = page.locator(".bar").bounding_box()
    mark = page.locator("mark").first.bounding_box()
    assert bar and mark
    assert bar["y"] + bar["height"] <= mark["y"]


def test_a_frame_says_that_it_is_ready_and_leaves_the_page_around_it_alone(
    page: Page, site: str, assistant: Assistant
) -> None:
    first, second = chosen(assistant.articles["001"])[:2]
    page.goto(f"{site}/articles/004")
    page.evaluate(
        """() => {
            window.told = [];
            addEventListener("message", ({ origin, data }) => {
                document.documentElement.dataset.told = told.push({ origin, ...data });
            });
        }"""
    )
    page.evaluate(
        """address => {
            const frame = Object.assign(document.createElement("iframe"), { src: address, id: "frame" });
            document.querySelector("main").append(frame);
        }""",
        f"/articles/001?embed=1#c{address(first)}",
    )
    expect(page.locator("html")).to_have_attribute("data-told", "1")
    told = page.evaluate("told[0]")
    inside = page.frame_locator("#frame")
    assert told == {
        "origin": site,
        "type": "dipnot-reader-ready",
        "article": "001",
        "hash": f"#c{address(first)}",
        "marks": inside.locator(TURKISH).count(),
    }
    assert told["marks"] > 0
    page.evaluate("hash => { frame.contentWindow.location.hash = hash; }", f"c{address(second)}")
    expect(page.locator("html")).to_have_attribute("data-told", "2")
    assert "".join(inside.locator(TURKISH).all_text_contents()).split() == second.text.split()
    assert page.evaluate("[scrollY, document.activeElement.tagName]") == [0, "BODY"]
    # Showing the article in another way adds nothing to what Back goes through.
    before = page.evaluate("history.length")
    inside.locator("#english").click()
    expect(page.locator("html")).to_have_attribute("data-told", "3")
    assert inside.locator(ENGLISH).all_text_contents() == [second.translation]
    assert page.evaluate("history.length") == before


def test_a_frame_obeys_no_message(page: Page, site: str, assistant: Assistant) -> None:
    first, second = chosen(assistant.articles["001"])[:2]
    page.goto(f"{site}/articles/001?embed=1#c{address(first)}")
    before = marked(page)
    page.evaluate(
        """hash => new Promise(done => {
            const sent = [hash, { type: "dipnot-reader-ready", hash }, { hash, theme: "dark" }];
            for (const data of sent) postMessage(data, "*");
            addEventListener("message", ({ data }) => data === "last" && done());
            postMessage("last", "*");
        })""",
        f"#c{address(second)}",
    )
    assert marked(page) == before
    assert page.url.endswith(f"#c{address(first)}")


def test_another_site_cannot_frame_the_reader(page: Page, site: str) -> None:
    page.goto(f'data:text/html,<iframe id="frame" src="{site}/articles/001?embed=1"></iframe>')
    page.wait_for_load_state("networkidle")
    assert page.frame_locator("#frame").locator("article").count() == 0


def test_nothing_moves_by_itself(page: Page, site: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{site}/articles/001?english=1&c=9000-9200")
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    moving = (
        '[...document.querySelectorAll("*")].filter(e => parseFloat(getComputedStyle(e).transitionDuration))'
    )
    assert page.evaluate(f"{moving}.length") == 0


def test_the_choices_are_reached_and_seen_by_the_keyboard(page: Page, site: str) -> None:
    page.goto(f"{site}/articles/001")
    for selector in (".home", "#english", "#as-received"):
        page.keyboard.press("Tab")
        link = page.locator(selector)
        expect(link).to_be_focused()
        assert link.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    for link in page.locator(".bar a").all():
        box = link.bounding_box()
        assert box and box["height"] >= 24
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_class("received")


def colour(page: Page, selector: str, name: str) -> str:
    """A colour of the first such element, as rgb(...)."""
    return str(
        page.locator(selector).first.evaluate("(element, name) => getComputedStyle(element)[name]", name)
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two rgb colours (WCAG 2.2, relative luminance)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(rgb: str) -> float:
    assert rgb.startswith("rgb("), rgb
    channels = [int(part) / 255 for part in rgb.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
