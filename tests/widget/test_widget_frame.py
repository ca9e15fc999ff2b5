"""The frame: under the harshest sandbox, in conversation with a page, and told whatever else there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, FrameLocator, Page, expect

from app.assistant import Assistant
from app.options import ServerOptions
from app.server import create_app
from app.texts import text
from tests.siteserver import serving
from tests.widget.conftest import ASKED, DIPNOT, Sites, ask, at, html, tag

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
Visit = Callable[..., Page]

# A page that greets the frame and writes down what comes back.
GREET = """(type) => new Promise((done) => {
  window.told = []; window.loud = [];
  const frame = document.querySelector("iframe");
  addEventListener("message", (event) => loud.push([event.origin, event.data]));
  const channel = new MessageChannel();
  window.port = channel.port1;
  port.onmessage = (event) => { told.push(event.data); if (event.data.type === "ready") done(event.data); };
  const hello = { ns: "dipnot.embed", v: 1, type: "hello", id: "", payload: { lang: "en", theme: "dark" } };
  frame.contentWindow.postMessage(hello, "*", [channel.port2]);
  setTimeout(() => done(null), 1500);
})"""
SEND = """([type, payload, id]) => port.postMessage({ ns: "dipnot.embed", v: 1, type, id, payload })"""
FEW: Final = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
SPOKEN = ("hello", "open", "close", "clear", "set-lang", "set-theme", "ask")
BLANK = st.sampled_from(["", " ", "\n\t", "x" * 2001])
# Near to what is spoken, but for one part or another.
MESSAGES = JSON | st.fixed_dictionaries(
    {},
    optional={
        "ns": st.just("dipnot.embed") | JSON,
        "v": st.just(1) | JSON,
        "type": st.sampled_from([*SPOKEN, "constructor", "__proto__", "toString"]) | JSON,
        "id": JSON,
        # A text of white space asks nothing, so that the fuzzing does not ask the server.
        "payload": JSON | st.fixed_dictionaries({}, optional={"text": BLANK, "lang": JSON, "settings": JSON}),
    },
)  # fmt: skip


def framed(
    page: Page, sites: Sites, attributes: str = "", query: str = "lang=tr", path: str = "/"
) -> FrameLocator:
    source = f"{sites.dipnot}/embed/v1/frame?{query}"
    frame = f'<iframe {attributes} width="420" height="600" title="x" src="{source}"></iframe>'
    page.goto(sites.put(html(frame), path))
    found = page.frame_locator("iframe")
    expect(found.locator("textarea")).to_be_visible()
    return found


def test_the_frame_answers_under_allow_scripts_alone(visit: Visit, sites: Sites) -> None:
    page = visit()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    frame = framed(page, sites, 'sandbox="allow-scripts"')
    ask(frame, ASKED["tr"])
    frame.locator(".footnote").first.click()
    expect(frame.locator(".card blockquote")).to_contain_text("16 Mart 1921")
    address = frame.locator(".card .address")
    expect(address).to_have_text(frame.locator(".card a").get_attribute("href") or "none")
    expect(frame.locator(".card")).to_contain_text(text("tr", "widget.address"))
    assert errors == []


def test_an_opaque_frame_that_may_not_ask_says_so(visit: Visit, sites: Sites, assistant: Assistant) -> None:
    options = ServerOptions(embed_origins=(sites.museum,))
    with serving(create_app(assistant, options=options)) as server:
        other = Sites(sites.museum, at(server, DIPNOT), sites.pages)
        frame = framed(visit(), other, 'sandbox="allow-scripts"')
        ask(frame, ASKED["tr"])
        expect(frame.locator(".failure")).to_contain_text(text("tr", "widget.error_opaque"))
        expect(frame.locator(".failure .address")).to_have_text(f"{other.dipnot}/?lang=tr")


def test_a_site_that_is_not_listed_gets_no_frame_and_is_told_so(
    visit: Visit, sites: Sites, assistant: Assistant
) -> None:
    with serving(create_app(assistant, options=ServerOptions())) as server:
        other = Sites(sites.museum, at(server, DIPNOT), sites.pages)
        page = visit()
        page.goto(other.put(html("", head=tag(other, mode="iframe", lang="en"))))
        expect(page.get_by_role("alert")).to_contain_text(text("en", "widget.frame_refused"), timeout=15_000)
        expect(page.get_by_role("alert").locator("a")).to_have_attribute("href", f"{other.dipnot}/?lang=en")


def test_a_site_that_is_not_listed_may_not_ask_and_is_told_so(
    visit: Visit, sites: Sites, assistant: Assistant
) -> None:
    with serving(create_app(assistant, options=ServerOptions())) as server:
        other = Sites(sites.museum, at(server, DIPNOT), sites.pages)
        page = visit()
        page.goto(other.put(html("", head=tag(other))))
        page.locator("button.launcher").click()
        ask(page, ASKED["tr"])
        expect(page.locator(".failure")).to_contain_text(text("tr", "widget.error_unreachable"))


def test_a_listed_page_greets_the_frame_and_asks_in_it(visit: Visit, sites: Sites) -> None:
    page = visit()
    frame = framed(page, sites)
    ready = page.evaluate(GREET)
    assert (ready["ns"], ready["v"], ready["type"]) == ("dipnot.embed", 1, "ready")
    expect(frame.locator(".send")).to_have_text(text("en", "chat.ask"))
    expect(frame.locator(".panel")).to_have_css("background-color", "rgb(25, 23, 20)")
    page.evaluate(SEND, ["ask", {"text": ASKED["en"]}, "first"])
    expect(frame.locator(".legend")).to_be_visible()
    page.wait_for_function("told.some((each) => each.type === 'answer')")
    answer = page.evaluate("told.find((each) => each.type === 'answer')")
    assert answer["id"] == "first"
    assert answer["payload"].keys() == {"id", "status", "language", "citations"}
    # What anybody may hear is how high it is.
    loud = page.evaluate("loud")
    assert {origin for origin, _ in loud} <= {sites.dipnot}
    assert {data["type"] for _, data in loud} <= {"resize"}
    assert all(data["payload"].keys() == {"height"} for _, data in loud)


def test_a_page_that_is_not_listed_is_not_listened_to(visit: Visit, sites: Sites) -> None:
    # The frame lets itself be framed by nobody else, so the stranger here is a frame beside it.
    page = visit()
    framed(page, sites)
    frame = page.frame_locator("iframe[title=x]")
    page.evaluate("""() => new Promise((done) => {
      const stranger = document.createElement("iframe");
      const message = { ns: "dipnot.embed", v: 1, type: "set-lang", payload: { lang: "en" } };
      const words = `parent.frames[0].postMessage(${JSON.stringify(message)}, "*")`;
      stranger.srcdoc = `<script>${words}</scr` + "ipt>";
      stranger.onload = () => setTimeout(done, 300);
      document.body.append(stranger);
    })""")
    expect(frame.locator(".send")).to_have_text(text("tr", "chat.ask"))


@pytest.fixture(scope="module")
def greeted(browser: Browser, sites: Sites) -> Any:
    context = browser.new_context(locale="tr-TR")
    page = context.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    framed(page, sites, path="/fuzzed")
    page.evaluate(GREET)
    asked.clear()
    yield page, errors, asked
    context.close()


@FEW
@given(st.lists(MESSAGES, min_size=1, max_size=8))
def test_whatever_is_said_to_the_frame_it_stays_as_it_is(greeted: Any, messages: list[Any]) -> None:
    page, errors, asked = greeted
    page.evaluate(
        """(messages) => { for (const each of messages) {
          port.postMessage(each);
          document.querySelector("iframe").contentWindow.postMessage(each, "*");
        } }""",
        messages,
    )
    page.evaluate(SEND, ["set-lang", {"lang": "en"}, ""])
    frame = page.frame_locator("iframe")
    expect(frame.locator(".send")).to_have_text(text("en", "chat.ask"))
    expect(frame.locator(".turn")).to_have_count(0)
    assert errors == []
    assert asked == []


@FEW
@given(st.lists(JSON | MESSAGES, min_size=1, max_size=8))
def test_whatever_is_said_to_the_page_the_element_stays_as_it_is(talking: Any, messages: list[Any]) -> None:
    page, errors = talking
    page.evaluate("(messages) => { for (const each of messages) window.postMessage(each, '*'); }", messages)
    page.evaluate("new Promise((done) => setTimeout(done))")
    assert page.evaluate("seen") == []
    assert errors == []


@pytest.fixture(scope="module")
def talking(browser: Browser, sites: Sites) -> Any:
    context = browser.new_context(locale="tr-TR")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(sites.put(html("", head=tag(sites, mode="iframe")), "/talking"))
    expect(page.frame_locator("iframe").locator("textarea")).to_be_visible()
    page.wait_for_timeout(500)
    page.evaluate("""() => { window.seen = [];
      for (const name of ["ready", "answer", "error", "resize"])
        document.addEventListener("dipnot:" + name, (event) => seen.push(name)); }""")
    yield page, errors
    context.close()


def test_the_element_in_the_mode_iframe_passes_calls_settings_and_events(visit: Visit, sites: Sites) -> None:
    page = visit()
    data = tag(sites, mode="iframe", title="Müzeye sorun", accent="#005577", lang="en", max_height="500")
    seen = """<script>window.seen = []; for (const name of ["answer", "resize"])
        document.addEventListener("dipnot:" + name, (event) => seen.push([name, event.detail]));</script>"""
    page.goto(sites.put(html("", head=seen + data)))
    frame = page.frame_locator("iframe")
    expect(frame.locator(".heading")).to_have_text("Müzeye sorun")
    expect(frame.locator(".send")).to_have_css("background-color", "rgb(0, 85, 119)")
    answer = page.evaluate(f"document.querySelector('dipnot-chat').ask('{ASKED['en']}')")
    assert answer["status"] == "answered"
    kinds = dict(page.evaluate("seen"))
    assert kinds["answer"] == answer
    box = page.locator("iframe").bounding_box()
    assert box is not None and box["height"] <= 500
    page.evaluate("Dipnot.setLang('tr')")
    expect(frame.locator(".send")).to_have_text(text("tr", "chat.ask"))
    element = page.locator("iframe")
    for name, value in (
        ("referrerpolicy", "strict-origin"),
        ("loading", "lazy"),
        ("allow", "clipboard-write"),
    ):
        expect(element).to_have_attribute(name, value)
    sandbox = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    expect(element).to_have_attribute("sandbox", sandbox)
    expect(frame.locator(".turn")).to_have_count(1)
    page.evaluate("Dipnot.clear()")
    expect(frame.locator(".turn")).to_have_count(0)
