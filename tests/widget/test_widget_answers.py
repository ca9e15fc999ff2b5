"""What an answer looks like: its sentences, the card of a source, what is no answer, and what is hostile."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from app.answer import Answer, Citation, Claim, Nearest
from app.api.asking import events
from app.assistant import Assistant
from app.texts import text
from tests.drafted import DRAFT
from tests.widget.conftest import ASKED, OFF_TOPIC, Sites, ask, html, tag

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
Visit = Callable[..., Page]

ATTACK = '<img src="https://evil.example/x.png" onerror="window.hit = 1"><script>window.hit = 1</script>'
MARKDOWN = "![](https://evil.example/y.png) [here](javascript:alert(1)) **bold**"
MISSHAPEN = {"text": "", "claims": [None], "citations": [3], "nearest": [], "follow_ups": []}
LATER = {"Retry-After": "7", "Access-Control-Expose-Headers": "Retry-After"}
OVERRIDE = "\u202e\u2066evil\u200b"


def hostile() -> Answer:
    words = f"{ATTACK} {MARKDOWN} {OVERRIDE}"
    citation = Citation(
        n=1, article="003", title=words, file="x", span=(0, 1), spans=[(0, 1)], page=1, lines=(1, 1),
        section=words, kind="paragraph", language="tr", quote=words, translation=words,
        url="//evil.example/articles/003",
    )  # fmt: skip
    near = Nearest(
        article="003",
        title=words,
        section=words,
        page=1,
        language="tr",
        text=words,
        url="javascript:alert(1)",
        score=1,
    )
    claim = Claim(text=words, citations=[1, 9], support="generated", score=1)
    return Answer(
        id="x", question=words, language="en", status="answered", text=words, claims=[claim],
        citations=[citation], nearest=[near], follow_ups=[words],
    )  # fmt: skip


def streamed(answer: Answer) -> str:
    return "".join(
        f"event: {kind}\nid: x.{number}\ndata: {data.model_dump_json()}\n\n"
        for number, (kind, data) in enumerate(events(answer))
    )


def answering(page: Page, body: str) -> None:
    """Have the server answer this, whatever is asked."""
    headers = {"Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*"}
    page.route("**/v1/ask/stream", lambda route: route.fulfill(headers=headers, body=body))


def opened(visit: Visit, sites: Sites, **data: str) -> Page:
    page = visit()
    page.goto(sites.put(html("", head=tag(sites, **data))))
    page.locator("button.launcher").click()
    return page


def test_an_answer_is_that_of_the_assistant_sentence_by_sentence(
    visit: Visit, sites: Sites, assistant: Assistant
) -> None:
    page = opened(visit, sites)
    ask(page, ASKED["tr"])
    expect(page.locator(".legend")).to_be_visible()
    answer = assistant.ask(ASKED["tr"])
    assert page.locator(".claim").all_inner_texts() == [each.text.replace("**", "") for each in answer.claims]
    assert page.locator(".claim strong").all_inner_texts() == ["16 Mart 1921"]
    expect(page.locator(".bot .text")).to_have_attribute("lang", "tr")
    assert answer.disagreement is not None
    expect(page.locator(".disagreement")).to_contain_text(answer.disagreement.about)
    assert page.locator(".follow-ups button").all_inner_texts() == answer.follow_ups


def test_an_answer_in_english_shows_the_turkish_words_and_their_working_translation(
    visit: Visit, sites: Sites
) -> None:
    page = opened(visit, sites, lang="en")
    ask(page, ASKED["en"])
    page.locator(".footnote").first.click()
    quote, translation = page.locator(".card blockquote").all()
    expect(quote).to_have_attribute("lang", "tr")
    expect(quote).to_contain_text("16 Mart 1921")
    expect(translation).to_have_attribute("lang", "en")
    expect(translation).to_contain_text("16 March 1921")
    expect(page.locator(".card")).to_contain_text(text("en", "card.translation"))
    expect(page.locator(".legend")).to_contain_text(text("en", "support.translation"))


def written_answer(*, is_draft: bool = True) -> Answer:
    """An answer of one sentence that is no quotation: of a language model, or Dipnot's own."""
    cited = (
        hostile()
        .citations[0]
        .model_copy(
            update={
                "title": "x",
                "section": "",
                "quote": "Sözler.",
                "translation": None,
                "url": "/articles/003#c0-1",
            }
        )
    )
    claim = Claim(text="A sentence.", citations=[1], support="generated", score=0.934)
    update = {"claims": [claim], "citations": [cited], "nearest": [], "draft": DRAFT if is_draft else None}
    return hostile().model_copy(update={**update, "text": "A sentence. [1]", "follow_ups": []})


@pytest.mark.parametrize("is_growing", [True, False])
def test_what_a_model_wrote_is_said_to_be_so(visit: Visit, sites: Sites, is_growing: bool) -> None:
    page = opened(visit, sites, lang="en")
    body = streamed(written_answer())
    assert '"claims":1}' in body
    answering(page, body.replace('"claims":1}', '"claims":null}') if is_growing else body)
    ask(page, "?")
    written = text("en", "support.written")
    expect(page.locator(".legend")).to_have_text(f"✦ {written}")
    expect(page.locator(".claim")).to_have_count(1)
    expect(page.get_by_role("img", name=written)).to_have_text("✦")
    expect(page.locator(".tail")).to_contain_text(text("en", "support.nearness", scores="0.93"))
    # It is said of what the tab remembers too.
    page.reload()
    page.locator("button.launcher").click()
    expect(page.get_by_role("img", name=written)).to_have_text("✦")


def test_a_model_s_sentence_is_marked_before_the_answer_is_whole(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites, lang="en")
    whole = streamed(written_answer()).replace('"claims":1}', '"claims":null}')
    # The stream breaks off there; when the rest is asked for, nothing comes.
    page.route("**/v1/ask/stream", lambda route: None)
    headers = {"Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*"}
    body = whole[: whole.index("event: answer")]
    page.route("**/v1/ask/stream", lambda route: route.fulfill(headers=headers, body=body), times=1)
    ask(page, "?")
    expect(page.get_by_role("img", name=text("en", "support.written"))).to_have_text("✦")


def test_what_dipnot_itself_says_is_no_model_s(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites, lang="en")
    answering(page, streamed(written_answer(is_draft=False)))
    ask(page, "?")
    expect(page.locator(".legend")).to_have_text(f"✎ {text('en', 'support.generated')}")
    expect(page.locator(".tail")).not_to_contain_text("Nearness")


def test_the_link_of_a_source_opens_the_article_with_the_words_marked(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites)
    ask(page, ASKED["tr"])
    page.locator(".footnote").first.click()
    with page.context.expect_page() as opening:
        page.locator(".card a").click()
    expect(opening.value.locator("mark").first).to_contain_text("İki ülke")
    assert opening.value.evaluate("window.opener") is None


def test_a_follow_up_is_asked_with_what_was_asked_before(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites)
    ask(page, ASKED["tr"])
    follow_up = page.locator(".follow-ups button").first
    question = follow_up.inner_text()
    with page.expect_request("**/v1/ask/stream") as asking:
        follow_up.click()
    assert asking.value.post_data_json == {"question": question, "language": "auto", "history": [ASKED["tr"]]}
    headers = asking.value.headers
    assert "cookie" not in headers and "authorization" not in headers
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".legend")).to_have_count(2)


def test_what_is_not_answered_says_so_and_calls_the_nearest_passages_no_answer(
    visit: Visit, sites: Sites
) -> None:
    page = opened(visit, sites, lang="en")
    ask(page, OFF_TOPIC["en"])
    expect(page.locator(".declined .text")).to_contain_text(text("en", "decline.off_topic"))
    group = page.get_by_role("group", name=text("en", "chat.nearest"))
    expect(group.locator("blockquote").first).to_have_attribute("lang", "tr")
    assert (group.locator("a").first.get_attribute("href") or "").startswith(f"{sites.dipnot}/articles/")
    expect(page.locator(".footnote")).to_have_count(0)


def test_hostile_words_stay_words(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites, lang="en")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answering(page, streamed(hostile()))
    ask(page, ASKED["en"])
    page.locator(".footnote").first.click()
    expect(page.locator(".card blockquote").first).to_contain_text('<img src="https://evil.example/x.png"')
    expect(page.locator(".follow-ups button")).to_contain_text("[here](javascript:alert(1))")
    page.wait_for_timeout(200)
    assert [url for url in asked if "evil" in url] == []
    assert page.evaluate("window.hit") is None
    inner = page.locator(".panel")
    for markup in ("img", "script", "iframe", "a[href*='evil']", "a[href^='javascript']"):
        expect(inner.locator(markup)).to_have_count(0)
    # A footnote that no citation stands behind is not shown; of a foreign address nothing is linked.
    assert page.locator(".claim + .notes .footnote").all_inner_texts() == ["[1]"]
    expect(page.locator(".card a, .nearest a")).to_have_count(0)
    # What turns the direction of writing does so within its own sentence.
    assert page.locator(".claim").evaluate("node => getComputedStyle(node).unicodeBidi") == "isolate"


@pytest.mark.parametrize(
    "body",
    [
        "event: answer\ndata: null\n\n",
        "event: answer\ndata: {}\n\n",
        "event: answer\ndata: [1]\n\n",
        "event: answer\ndata: {broken\n\n",
        "event: claim\ndata: {}\n\n",
        "event: claim\ndata: {\"index\": 0}\n\n",
        f"event: answer\ndata: {json.dumps(MISSHAPEN)}\n\n",
        "\x00\x01",
        "",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told_as_a_failure(visit: Visit, sites: Sites, body: str) -> None:
    page = opened(visit, sites, lang="en")
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))
    answering(page, body)
    ask(page, ASKED["en"])
    expect(page.locator(".failure")).to_be_visible()
    expect(page.get_by_role("button", name=text("en", "widget.retry"))).to_be_visible()
    assert errors == []


def test_a_stream_that_breaks_off_goes_on_behind_what_was_received(
    visit: Visit, sites: Sites, assistant: Assistant
) -> None:
    page = opened(visit, sites)
    answer = assistant.ask(ASKED["tr"])
    whole = [
        f"event: {kind}\nid: {answer.id}.{number}\ndata: {data.model_dump_json()}\n\n"
        for number, (kind, data) in enumerate(events(answer))
    ]
    asked: list[str | None] = []

    def serve(route: Route) -> None:
        last = route.request.headers.get("last-event-id")
        asked.append(last)
        rest = [*whole[:2], whole[2][:40]] if last is None else whole[2:]
        headers = {"Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*"}
        route.fulfill(headers=headers, body="".join(rest))

    page.route("**/v1/ask/stream", serve)
    ask(page, ASKED["tr"])
    expect(page.locator(".legend")).to_be_visible()
    assert asked == [None, f"{answer.id}.1"]
    assert page.locator(".claim").all_inner_texts() == [each.text.replace("**", "") for each in answer.claims]


@pytest.mark.parametrize(
    ("status", "headers", "key", "values"),
    [
        (429, LATER, "widget.error_busy", {"seconds": 7}),
        (403, {}, "widget.error_refused", {}),
        (503, {}, "widget.error_starting", {}),
        (504, {}, "widget.error_slow", {}),
        (422, {}, "error.control", {}),
        (500, {}, "error.failed", {}),
        (200, {"Content-Type": "text/html"}, "error.failed", {}),
    ],
)  # fmt: skip
def test_every_failure_has_its_words_another_try_and_the_way_to_the_full_page(
    visit: Visit, sites: Sites, status: int, headers: dict[str, str], key: str, values: dict[str, object]
) -> None:
    page = opened(visit, sites)
    page.route(
        "**/v1/ask/stream",
        lambda route: route.fulfill(
            status=status, headers={"Access-Control-Allow-Origin": "*", **headers}, body=json.dumps({})
        ),
        times=1,
    )
    ask(page, ASKED["tr"])
    expect(page.locator(".failure")).to_contain_text(text("tr", key, **values))
    link = page.locator(".failure a")
    expect(link).to_have_attribute("href", f"{sites.dipnot}/?lang=tr")
    page.get_by_role("button", name=text("tr", "widget.retry")).click()
    expect(page.locator(".legend")).to_be_visible()
    expect(page.locator(".failure")).to_have_count(0)
    expect(page.locator("textarea")).to_be_focused()


def test_a_reader_without_a_connection_is_told_so(visit: Visit, sites: Sites) -> None:
    page = opened(visit, sites)
    page.context.set_offline(True)
    ask(page, ASKED["tr"])
    expect(page.locator(".failure")).to_contain_text(text("tr", "widget.error_offline"))


def test_a_panel_that_cannot_be_fetched_is_told_and_fetched_at_the_next_attempt(
    visit: Visit, sites: Sites
) -> None:
    page = visit()
    page.route("**/embed/v1/panel.*", lambda route: route.abort(), times=1)
    page.goto(sites.put(html("", head=tag(sites))))
    page.locator("button.launcher").click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text(text("tr", "widget.not_loaded"))
    expect(notice.locator("a")).to_have_attribute("href", f"{sites.dipnot}/?lang=tr")
    notice.get_by_role("button").click()
    expect(page.locator("textarea")).to_be_visible()
    expect(notice).to_have_count(0)
