"""What a language model writes, as a reader sees it: marked as such, and never before it is borne out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.assistant import Assistant
from app.generators.endpoint import Endpoint
from app.options import ServerOptions
from app.server import create_app
from app.texts import LANGUAGES, text
from app.writing import Writing
from tests.browser.chatpage import ask, open_chat, wider_than_the_screen
from tests.browser.conftest import serving
from tests.browser.test_axe import GRAVE, SETTLED, known
from tests.streamserver import Reply, StreamServer, streaming, written

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

ASKED: Final = {"tr": "Kars Antlaşması ne zaman imzalandı?", "en": "When was the Treaty of Kars signed?"}
TRUE: Final = {
    "tr": "Kars Antlaşması 13 Ekim 1921'de imzalandı.",
    "en": "The Treaty of Kars was signed on 13 October 1921.",
}
# Nowhere else on the page: it is looked for in all that stands there.
FALSE: Final = {
    "tr": "Antlaşma 17 Mayıs 1934'te Lizbon'da imzalandı.",
    "en": "The treaty was signed in Lisbon on 17 May 1934.",
}
ELSEWHERE: Final = {"tr": "Lizbon", "en": "Lisbon"}
# Keeps what the answer said at each change of the page, and whether the page as a whole ever held a word.
WATCH: Final = """word => {
  window.said = [];
  window.isSeen = false;
  new MutationObserver(() => {
    window.isSeen = window.isSeen || document.documentElement.innerHTML.includes(word);
    const text = document.querySelector(".turn .text");
    if (text) window.said.push([text.textContent, text.closest(".answered").getAttribute("aria-busy")]);
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def draft(endpoint: StreamServer) -> Reply:
    """A draft in the language of the question, word by word: what is true between what is false."""
    language = "tr" if "Soru:" in endpoint.requests[-1]["messages"][-1]["content"] else "en"
    lines = [f"{FALSE[language]} [1]", f"{TRUE[language]} [2]", f"{FALSE[language]} [2]"]
    words = [f"{word} " for line in lines for word in [*line.split(), "\n"]]
    return Reply(written(*words), between=0.03)


@pytest.fixture(scope="module")
def written_site(assistant: Assistant) -> Iterator[str]:
    """The address of a server whose answers a model writes that says what is false between what is true."""
    with streaming() as endpoint:
        endpoint.usual = lambda: draft(endpoint)
        writing = Writing(Endpoint(endpoint.url, "a-model"))
        writer = Assistant(assistant.searcher, writing=writing)
        with serving(create_app(writer, options=ServerOptions(rate_per_minute=0))) as address:
            yield address


@pytest.fixture
def page_in(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_written_is_marked_and_what_is_false_never_stands_on_the_page(
    page_in: Page, written_site: str, language: str
) -> None:
    open_chat(page_in, written_site, language)
    page_in.evaluate(WATCH, ELSEWHERE[language])
    turn = ask(page_in, ASKED[language])
    # Since two sentences of the draft fell, chosen ones follow.
    claim = turn.locator(".claim.written")
    expect(claim).to_have_count(1)
    expect(claim).to_contain_text(TRUE[language])
    expect(claim.locator(".footnote")).to_have_text("[1]")
    expect(claim.get_by_role("img", name=text(language, "support.written"))).to_have_text("✦")
    supports = turn.locator(".supports")
    expect(supports).to_contain_text(text(language, "support.written"))
    mark = "," if language == "tr" else "."
    expect(supports.locator(".nearness")).to_contain_text(f" 0{mark}")
    assert ELSEWHERE[language] not in page_in.content()
    assert page_in.evaluate("window.isSeen") is False
    said = page_in.evaluate("window.said")
    # It stood there while the model was still writing, alone.
    assert [words for words, busy in said if busy == "true" and TRUE[language] in words]
    assert all(TRUE[language] in words for words, _ in said)
    # The citation opens the words it rests on.
    claim.locator(".footnote").click()
    expect(page_in.locator("#source-heading")).to_be_focused()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_watch_sees_what_stands_on_the_page(page_in: Page, written_site: str, language: str) -> None:
    open_chat(page_in, written_site, language)
    page_in.evaluate(WATCH, TRUE[language])
    ask(page_in, ASKED[language])
    assert page_in.evaluate("window.isSeen") is True


@pytest.mark.parametrize("language", LANGUAGES)
def test_copied_words_say_what_a_model_wrote(page_in: Page, written_site: str, language: str) -> None:
    open_chat(page_in, written_site, language)
    turn = ask(page_in, ASKED[language])
    copied = turn.locator("pre").text_content() or ""
    assert copied.startswith(f"{TRUE[language]} [1] ")
    assert f"\n\n{text(language, 'support.written')} (" in copied


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_of_a_written_answer_says_so_and_fits(
    browser: Browser, written_site: str, language: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{written_site}/ask?q={ASKED[language]}&lang={language}")
    answer = page.locator("p.text")
    expect(answer).to_contain_text(TRUE[language])
    expect(answer.get_by_role("img", name=text(language, "support.written"))).to_have_text("✦")
    expect(page.locator("p.support")).to_contain_text(text(language, "support.written"))
    expect(page.locator(".sources dd", has_text=text(language, "support.written"))).to_have_count(1)
    assert ELSEWHERE[language] not in page.content()
    assert wider_than_the_screen(page) == 0
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chat_with_a_written_answer_has_no_grave_finding(
    browser: Browser, written_site: str, language: str, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 800})  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    page = context.new_page()
    open_chat(page, written_site, language)
    ask(page, ASKED[language])
    page.wait_for_function(SETTLED)
    assert wider_than_the_screen(page) == 0
    listed = {(finding.rule, finding.selector) for finding in known("chat, answered")}
    grave = {
        (rule["id"], " ".join(map(str, node["target"])))
        for rule in Axe().run(page).response["violations"]
        for node in rule["nodes"]
        if node["impact"] in GRAVE
    }
    assert grave - listed == set()
    context.close()
