"""The button that one script tag puts on a page, and what the page's own scripts may do with it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.texts import text
from tests.widget.conftest import ASKED, Sites, ask, html, tag

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
Visit = Callable[..., Page]

LISTENING = """<script>window.seen = [];
for (const name of ["ready", "open", "close", "question", "answer", "citation-click", "error", "resize"])
  document.addEventListener("dipnot:" + name, (event) => seen.push([name, event.detail]));</script>"""


def names(page: Page) -> list[str]:
    return [name for name, _ in page.evaluate("seen") if name != "resize"]


def test_one_tag_in_the_head_is_enough_to_ask_and_to_see_a_source(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.goto(sites.put(html("", head=tag(sites))))
    page.get_by_role("button", name=text("tr", "widget.title")).click()
    ask(page, ASKED["tr"])
    page.locator(".footnote").first.click()
    expect(page.locator(".card blockquote")).to_contain_text("16 Mart 1921")
    link = page.locator(".card a")
    assert (link.get_attribute("href") or "").startswith(f"{sites.dipnot}/articles/003#c")
    assert link.get_attribute("rel") == "noopener"


def test_before_it_is_opened_the_page_has_asked_for_one_file(visit: Visit, sites: Sites) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(sites.put(html("", head=tag(sites))))
    expect(page.locator("button.launcher")).to_be_visible()
    assert [url for url in asked if urlsplit(url).path.startswith("/embed")] == [
        f"{sites.dipnot}/embed/v1/dipnot.js"
    ]


def test_nobody_but_the_two_sites_is_ever_asked_and_no_cookie_is_set(visit: Visit, sites: Sites) -> None:
    page = visit()
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(sites.put(html("", head=tag(sites))))
    page.locator("button.launcher").click()
    ask(page, ASKED["tr"])
    expect(page.locator(".legend")).to_be_visible()
    assert hosts == {urlsplit(sites.museum).netloc, urlsplit(sites.dipnot).netloc}
    assert page.context.cookies() == []


def test_the_server_s_address_is_that_of_the_script_where_none_is_given(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.goto(sites.put(html("", head=f'<script src="{sites.dipnot}/embed/v1/dipnot.js"></script>')))
    page.locator("button.launcher").click()
    expect(page.locator("textarea")).to_be_focused()
    assert page.evaluate("document.querySelector('dipnot-chat').src") == sites.dipnot


def test_a_tag_that_stands_twice_makes_one_button(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.goto(sites.put(html("", head=tag(sites) + tag(sites))))
    expect(page.locator("button.launcher")).to_have_count(1)


def test_the_element_by_itself_brings_no_button(visit: Visit, sites: Sites) -> None:
    page = visit()
    script = f'<script src="{sites.dipnot}/embed/v1/dipnot.js" defer></script>'
    page.goto(sites.put(html('<dipnot-chat mode="inline" lang="en"></dipnot-chat>', head=script)))
    expect(page.locator("textarea")).to_be_visible()
    expect(page.locator("textarea")).not_to_be_focused()
    expect(page.locator("button.launcher")).to_have_count(0)
    expect(page.locator("dipnot-chat")).to_have_count(1)


def test_the_module_defines_the_element_and_exports_the_same_calls(visit: Visit, sites: Sites) -> None:
    page = visit()
    script = f"""<script type="module">import Dipnot from "{sites.dipnot}/embed/v1/dipnot.mjs";
        window.isSame = Dipnot === window.Dipnot; Dipnot.open();</script>"""
    page.goto(sites.put(html(f'<dipnot-chat src="{sites.dipnot}"></dipnot-chat>', head=script)))
    expect(page.locator("textarea")).to_be_visible()
    assert page.evaluate("isSame")


def test_what_is_called_before_the_script_is_there_is_done_when_it_is(visit: Visit, sites: Sites) -> None:
    page = visit()
    early = f'<script>window.Dipnot = {{ q: [["ask", "{ASKED["tr"]}"]] }};</script>'
    page.goto(sites.put(html("", head=early + tag(sites))))
    expect(page.locator(".user")).to_contain_text(ASKED["tr"])
    expect(page.locator(".legend")).to_be_visible()


def test_the_calls_open_close_toggle_and_clear(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.goto(sites.put(html("", head=tag(sites))))
    panel, element = page.locator(".panel"), page.locator("dipnot-chat")
    page.evaluate("Dipnot.open()")
    expect(panel).to_be_visible()
    expect(element).to_have_attribute("open", "")
    page.evaluate("Dipnot.toggle()")
    expect(panel).to_be_hidden()
    assert element.get_attribute("open") is None
    answered = page.evaluate(
        "document.querySelector('dipnot-chat').ask('When was the Treaty of Moscow signed?')"
    )
    assert answered["status"] == "answered"
    page.evaluate("Dipnot.clear()")
    expect(page.locator(".turn")).to_have_count(0)
    page.evaluate("Dipnot.destroy()")
    expect(element).to_have_count(0)


def test_the_language_and_the_colours_can_be_changed_while_it_is_open(visit: Visit, sites: Sites) -> None:
    page = visit(color_scheme="light")
    page.goto(sites.put(html("", head=tag(sites))))
    page.evaluate("Dipnot.open()")
    expect(page.locator(".send")).to_have_text(text("tr", "chat.ask"))
    page.evaluate("Dipnot.setLang('en')")
    expect(page.locator(".send")).to_have_text(text("en", "chat.ask"))
    assert (
        page.locator(".panel").evaluate("node => getComputedStyle(node).backgroundColor")
        == "rgb(253, 252, 248)"
    )
    page.evaluate("Dipnot.setTheme('dark')")
    assert (
        page.locator(".panel").evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(25, 23, 20)"
    )


@pytest.mark.parametrize(
    ("given", "of_page", "of_reader", "shown"),
    [
        ("en", "tr", "tr-TR", "en"),
        ("auto", "en-GB", "tr-TR", "en"),
        ("auto", "de", "en-US", "en"),
        ("auto", "de", "de-DE", "tr"),
        ("klingon", "tr", "en-US", "tr"),
    ],
)
def test_the_language_is_the_given_one_or_the_page_s_or_the_reader_s_or_turkish(
    visit: Visit, sites: Sites, given: str, of_page: str, of_reader: str, shown: str
) -> None:
    page = visit(locale=of_reader)
    page.goto(sites.put(html("", language=of_page, head=tag(sites, lang=given))))
    expect(page.locator("button.launcher")).to_have_text(text(shown, "widget.title"))
    expect(page.locator(".root")).to_have_attribute("lang", shown)


def test_events_tell_what_happens_without_the_words(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.goto(sites.put(html("", head=LISTENING + tag(sites))))
    page.locator("button.launcher").click()
    ask(page, ASKED["tr"])
    page.locator(".footnote").first.click()
    page.evaluate("Dipnot.close()")
    assert names(page) == ["ready", "open", "question", "answer", "citation-click", "close"]
    told = dict(page.evaluate("seen"))
    assert told["question"] == {"language": "auto"}
    assert told["answer"].keys() == {"id", "status", "language", "citations"}
    assert told["citation-click"].keys() == {"n", "article", "url"}


def test_the_words_are_told_where_the_page_asks_for_them(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.goto(sites.put(html("", head=LISTENING + tag(sites, expose_text=""))))
    page.evaluate(f"Dipnot.ask('{ASKED['en']}')")
    expect(page.locator(".legend")).to_be_visible()
    told = dict(page.evaluate("seen"))
    assert told["question"]["text"] == ASKED["en"]
    assert "16 March 1921" in told["answer"]["text"]


def test_title_placeholder_starters_and_side_are_the_page_s(visit: Visit, sites: Sites) -> None:
    page = visit()
    given = tag(
        sites,
        title="Müzeye sorun",
        placeholder="Ne?",
        starter="[&quot;Kars Antlaşması?&quot;, 7, &quot; &quot;]",
        position="bottom-left",
        z_index="7",
    )
    page.goto(sites.put(html("", head=given)))
    button = page.get_by_role("button", name="Müzeye sorun")
    box = button.bounding_box()
    assert box is not None and box["x"] < 100
    button.click()
    expect(page.locator(".starters button")).to_have_text(["Kars Antlaşması?"])
    expect(page.locator("textarea")).to_have_attribute("placeholder", "Ne?")
    assert page.locator(".root").evaluate("node => getComputedStyle(node).zIndex") == "7"


def test_end_is_the_left_of_a_page_that_is_written_from_the_right(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.goto(sites.put(html("", head="<style>html { direction: rtl }</style>" + tag(sites, position="end"))))
    box = page.locator("button.launcher").bounding_box()
    assert box is not None and box["x"] < 100


def test_taking_the_element_out_and_putting_it_back_leaves_one_of_everything(
    visit: Visit, sites: Sites
) -> None:
    page = visit()
    page.goto(sites.put(html("", head=tag(sites))))
    page.evaluate("Dipnot.open()")
    ask(page, ASKED["tr"])
    expect(page.locator(".legend")).to_be_visible()
    # As React does in strict mode: at once, and again after a while.
    page.evaluate("""async () => {
      const element = document.querySelector("dipnot-chat");
      element.remove(); document.body.append(element); document.body.prepend(element);
      element.remove(); await new Promise((done) => setTimeout(done, 50)); document.body.append(element);
    }""")
    expect(page.locator(".panel")).to_have_count(1)
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator("[aria-live=polite]")).to_have_count(1)


def test_the_conversation_lasts_as_long_as_the_tab_and_no_longer_where_it_shall_not(
    visit: Visit, sites: Sites
) -> None:
    page = visit()
    for given, kept in (({}, 1), ({"no_persist": ""}, 0)):
        page.goto(sites.put(html("", head=tag(sites, **given))))
        page.evaluate("sessionStorage.clear()")
        page.evaluate("Dipnot.open()")
        ask(page, ASKED["tr"])
        expect(page.locator(".legend")).to_be_visible()
        assert page.evaluate("Object.keys(sessionStorage)") == [f"dipnot:{sites.dipnot}"] * kept
        page.reload()
        expect(page.locator("button.launcher")).to_be_visible()
        expect(page.locator(".panel")).to_have_count(0)
        page.locator("button.launcher").click()
        expect(page.locator(".turn")).to_have_count(kept)


def test_a_conversation_of_yesterday_and_one_that_is_none_are_left_alone(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.goto(sites.put(html("", head=tag(sites))))
    page.evaluate("Dipnot.open()")
    ask(page, ASKED["tr"])
    expect(page.locator(".legend")).to_be_visible()
    key = f"dipnot:{sites.dipnot}"
    kept = page.evaluate("key => JSON.parse(sessionStorage.getItem(key))", key)
    old = {**kept, "time": kept["time"] - 24 * 60 * 60 * 1000 - 1}
    for value in (old, {"time": kept["time"], "turns": [{"question": 1}, None]}, "x", None, []):
        page.evaluate("([key, value]) => sessionStorage.setItem(key, JSON.stringify(value))", [key, value])
        page.reload()
        page.locator("button.launcher").click()
        expect(page.locator(".starters")).to_be_visible()
        expect(page.locator(".turn")).to_have_count(0)


def test_the_page_s_own_title_and_head_stay_as_they_are(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.goto(sites.put(html("", head=tag(sites))))
    before = page.evaluate(
        "[document.title, document.head.outerHTML, document.documentElement.style.cssText]"
    )
    globals_before = page.evaluate("Object.keys(window)")
    page.locator("button.launcher").click()
    ask(page, ASKED["tr"])
    expect(page.locator(".legend")).to_be_visible()
    after = page.evaluate("[document.title, document.head.outerHTML, document.documentElement.style.cssText]")
    assert after == before
    assert page.evaluate("Object.keys(window)") == globals_before


def test_it_runs_where_scripts_need_a_nonce_styles_are_forbidden_and_types_are_trusted(
    visit: Visit, sites: Sites
) -> None:
    page = visit()
    policy = (
        f"default-src 'none'; script-src 'nonce-abc'; style-src 'none'; connect-src {sites.dipnot}; "
        "require-trusted-types-for 'script'; trusted-types dipnot"
    )
    script = tag(sites).replace("<script", '<script nonce="abc"')
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(sites.put(html("", head=script), Content_Security_Policy=policy))
    page.locator("button.launcher").click()
    ask(page, ASKED["tr"])
    page.locator(".footnote").first.click()
    expect(page.locator(".panel")).to_have_css("background-color", "rgb(253, 252, 248)")
    assert said == []


def test_a_page_that_trusts_no_policy_of_ours_shows_the_way_to_the_full_page(
    visit: Visit, sites: Sites
) -> None:
    page = visit()
    policy = "require-trusted-types-for 'script'; trusted-types other"
    page.goto(sites.put(html("", head=tag(sites)), Content_Security_Policy=policy))
    page.locator("button.launcher").click()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text(text("tr", "widget.not_loaded"))
    expect(notice.locator("a")).to_have_attribute("href", f"{sites.dipnot}/?lang=tr")
    page.locator("button.launcher").click()
    expect(notice).to_have_count(0)
    expect(page.locator("button.launcher")).to_have_attribute("aria-expanded", "false")


def test_a_browser_that_is_too_old_gets_a_link(visit: Visit, sites: Sites) -> None:
    page = visit()
    page.add_init_script("delete Document.prototype.adoptedStyleSheets")
    page.goto(sites.put(html("", head=tag(sites))))
    link = page.get_by_role("link", name=text("tr", "widget.title"))
    expect(link).to_have_attribute("href", sites.dipnot)


def test_an_inline_chat_stands_where_its_script_stands_as_high_as_it_may_be(
    visit: Visit, sites: Sites
) -> None:
    page = visit()
    script = tag(sites, mode="inline", max_height="300")
    page.goto(sites.put(html(f'<p id="before">x</p>{script}<p id="after">x</p>')))
    panel = page.locator(".panel")
    expect(panel).to_have_css("height", "300px")
    tops = [page.locator(each).bounding_box() for each in ("#before", ".panel", "#after")]
    heights = [box["y"] for box in tops if box is not None]
    assert len(heights) == 3 and heights == sorted(heights)
