"""The chat in pages of others: from another site, under each kind of host's rules, asked for real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Request, expect

from app.assistant import Assistant
from app.embedding.bundle import bundle
from app.embedding.oembed import frame_url
from app.embedding.snippets import Choices, snippets
from app.options import ServerOptions
from app.permalink import answer_url
from app.server import create_app
from app.texts import text
from tests.conftest import CHROMIUM
from tests.siteserver import serving
from tests.widget.hostsite import NONCE, host_site

# Gradio's own, from the thread that serves.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

QUESTION: Final = "Moskova Antlaşması ne zaman imzalandı?"
ANSWER: Final = re.compile("16 Mart 1921")
CHAT: Final = "chat.example.org"
MUSEUM: Final = "museum.example.net"
# A site that the chat's list does not name.
STRANGER: Final = "stranger.example.com"
# How many listeners are on what outlives an element; those on elements go with them.
LISTENERS: Final = """(() => {
  window.listening = 0;
  const lasting = (target) => [window, document, window.visualViewport].includes(target)
    || target instanceof MediaQueryList;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const known = new Map();
  const key = (type, capture) => `${type} ${Boolean(capture?.capture ?? capture)}`;
  const drop = (target, type, listener, options) => {
    const own = known.get(target)?.get(listener);
    if (own?.delete(key(type, options))) window.listening -= 1;
  };
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (lasting(this ?? window) && listener && !options?.once && !options?.signal?.aborted) {
      const target = this ?? window;
      if (!known.has(target)) known.set(target, new Map());
      if (!known.get(target).has(listener)) known.get(target).set(listener, new Set());
      const own = known.get(target).get(listener);
      if (!own.has(key(type, options))) {
        own.add(key(type, options));
        window.listening += 1;
        const end = () => drop(target, type, listener, options);
        if (options?.signal) addEventListener.call(options.signal, "abort", end, { once: true });
      }
    }
    return addEventListener.call(this, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    drop(this ?? window, type, listener, options);
    return removeEventListener.call(this, type, listener, options);
  };
})()"""


@dataclass(frozen=True)
class Hosts:
    """The origins of the chat, of a host that it lists, and of one that it does not."""

    chat: str
    host: str
    stranger: str


@dataclass
class Visitor:
    """A visitor's page, and what it did on the way."""

    page: Page
    context: BrowserContext
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def origins(self) -> set[str]:
        """Where anything was asked for."""
        urls = [urlsplit(each.url) for each in self.requests]
        return {f"{url.scheme}://{url.netloc}" for url in urls}

    def set_cookies(self) -> list[str]:
        """The addresses whose responses set a cookie."""
        responses = [(each, each.response()) for each in self.requests]
        return [each.url for each, response in responses if response and "set-cookie" in response.headers]


@pytest.fixture(scope="module")
def hosts(assistant: Assistant) -> Iterator[Hosts]:
    """The chat under one name, the hosts under two others; what is pasted comes from the chat's own lines."""
    with ExitStack() as running:
        # The host's port is known before the chat's settings name it, and the chat's before it is pasted.
        pages = _Later()
        host = running.enter_context(serving(pages))
        port = urlsplit(host).port
        host, stranger = f"http://{MUSEUM}:{port}", f"http://{STRANGER}:{port}"
        options = ServerOptions(embed_origins=(host,), embed_allow_opaque=True, rate_per_minute=0)
        loopback = running.enter_context(serving(create_app(assistant, options=options)))
        chat = f"http://{CHAT}:{urlsplit(loopback).port}"
        pages.app = host_site(chat, _pasted(chat, loopback, assistant))
        yield Hosts(chat, host, stranger)


class _Later:
    """An application that is given after its server has started."""

    def __init__(self) -> None:
        self.app = host_site("", {})

    async def __call__(self, scope, receive, send):  # type: ignore[no-untyped-def]
        await self.app(scope, receive, send)


def _pasted(chat: str, loopback: str, assistant: Assistant) -> dict[str, str]:
    """What the hosts paste: the generator's lines, and what WordPress makes of the answer of ``/oembed``."""
    lines = {one.name: one.code for one in snippets(Choices(), chat, bundle().launcher, "Dipnot")}
    permalink = answer_url(assistant.ask(QUESTION), [])
    reply = httpx.get(
        f"{loopback}/oembed",
        params={"url": chat + permalink, "maxwidth": 600},
        headers={"Host": urlsplit(chat).netloc},
    )
    oembed = reply.raise_for_status().json()["html"]
    # As wp_filter_oembed_result does it: a sandbox without an origin, and a secret behind the address.
    oembed = oembed.replace(
        "<iframe ", '<iframe class="wp-embedded-content" sandbox="allow-scripts" security="restricted" '
    )
    oembed = re.sub(r'src="([^"]*)"', r'src="\1#?secret=abc123" data-secret="abc123"', oembed)
    framed = {
        one.name: one.code for one in snippets(Choices(mode="iframe"), chat, bundle().launcher, "Dipnot")
    }
    return {
        "script": lines["script"],
        "nonce": lines["pinned"].replace("<script ", f'<script nonce="{NONCE}" '),
        "script_frame": framed["script"],
        "frame": lines["frame"],
        "oembed": oembed,
    }


@pytest.fixture(scope="module")
def abroad(browser: Browser, hosts: Hosts) -> Iterator[Browser]:
    """A browser to which the names of the hosts are this machine, and as good as if they spoke https: without
    it no page is isolated from others."""
    names = ", ".join(f"MAP {name} 127.0.0.1" for name in (CHAT, MUSEUM, STRANGER))
    opened = browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            f"--host-resolver-rules={names}",
            f"--unsafely-treat-insecure-origin-as-secure={hosts.chat},{hosts.host},{hosts.stranger}",
        ],
    )
    yield opened
    opened.close()


@pytest.fixture
def visitor(abroad: Browser) -> Iterator[Visitor]:
    """A fresh visitor whose requests and complaints are written down."""
    context = abroad.new_context(viewport={"width": 1280, "height": 800}, locale="tr-TR")
    context.set_default_timeout(20_000)
    visitor = Visitor(context.new_page(), context)
    context.on("request", lambda request: visitor.requests.append(request))
    context.on("weberror", lambda error: visitor.complaints.append(str(error.error)))
    context.on("console", lambda said: visitor.complaints.append(said.text) if said.type == "error" else None)
    yield visitor
    context.close()


def open_launcher(page: Page) -> Page:
    page.locator("dipnot-chat button.launcher").click()
    return page


def ask(chat: Page | FrameLocator) -> None:
    chat.locator("dipnot-chat textarea").fill(QUESTION)
    chat.locator("dipnot-chat button.send").click()


def check_answer(chat: Page | FrameLocator) -> None:
    """The answer stands there, and the words under its first footnote open."""
    expect(chat.locator("dipnot-chat .message.bot").first).to_contain_text(ANSWER)
    chat.locator("dipnot-chat button.footnote").first.click()
    card = chat.locator("dipnot-chat section.card")
    expect(card).to_be_visible()
    expect(card.locator("blockquote").first).to_contain_text(re.compile("Moskova|1921"))


def check_manners(visitor: Visitor, hosts: Hosts) -> None:
    """Nothing was fetched from anywhere else, no cookie was set, nobody complained."""
    assert visitor.origins() == {hosts.chat, hosts.host}
    assert visitor.context.cookies() == []
    assert visitor.set_cookies() == []
    assert visitor.complaints == []


@pytest.mark.parametrize("name", ["museum", "nonce", "opac", "coep"])
def test_a_script_answers_in_a_page_with_rules_of_its_own(visitor: Visitor, hosts: Hosts, name: str) -> None:
    visitor.page.goto(f"{hosts.host}/page/{name}")
    ask(open_launcher(visitor.page))
    check_answer(visitor.page)
    check_manners(visitor, hosts)


def test_the_isolated_page_is_isolated(visitor: Visitor, hosts: Hosts) -> None:
    for name in ("coep", "coep_frame"):
        visitor.page.goto(f"{hosts.host}/page/{name}")
        assert visitor.page.evaluate("crossOriginIsolated")


def test_nothing_is_fetched_before_the_chat_is_opened_but_its_script(visitor: Visitor, hosts: Hosts) -> None:
    visitor.page.goto(f"{hosts.host}/page/museum")
    expect(visitor.page.locator("dipnot-chat button.launcher")).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")
    assert [each.url for each in visitor.requests if each.url.startswith(hosts.chat)] == [
        f"{hosts.chat}/embed/v1/dipnot.js"
    ]


@pytest.mark.parametrize("name", ["moodle", "coep_frame"])
def test_a_frame_answers_where_no_script_may_be_pasted(visitor: Visitor, hosts: Hosts, name: str) -> None:
    visitor.page.goto(f"{hosts.host}/page/{name}")
    chat = visitor.page.frame_locator("iframe")
    ask(chat)
    check_answer(chat)
    check_manners(visitor, hosts)


def test_a_script_can_put_the_frame_in_its_place(visitor: Visitor, hosts: Hosts) -> None:
    visitor.page.goto(f"{hosts.host}/page/script_frame")
    chat = visitor.page.frame_locator("dipnot-chat iframe")
    ask(chat)
    check_answer(chat)
    check_manners(visitor, hosts)


def test_a_link_becomes_a_frame_that_has_asked_already(visitor: Visitor, hosts: Hosts) -> None:
    visitor.page.goto(f"{hosts.host}/page/wordpress")
    frame = visitor.page.locator("iframe")
    assert frame.get_attribute("sandbox") == "allow-scripts"
    chat = visitor.page.frame_locator("iframe")
    check_answer(chat)
    expect(chat.locator("dipnot-chat .message.user")).to_contain_text(QUESTION)
    assert chat.locator("html").evaluate("() => window.origin") == "null"
    # Where no window opens, the address can be copied.
    expect(chat.locator("dipnot-chat section.card .address")).to_contain_text(f"{hosts.chat}/articles/")
    check_manners(visitor, hosts)


def test_the_link_to_a_follow_up_is_asked_after_what_came_before(visitor: Visitor, hosts: Hosts) -> None:
    earlier = ("Moskova Antlaşması ne zaman imzalandı?", "Onu kimler imzaladı?")
    visitor.page.goto(frame_url(hosts.chat, "tr", "Nerede imzalandı?", earlier))
    expect(visitor.page.locator("dipnot-chat .message.bot")).not_to_have_attribute("aria-busy", "true")
    [asked] = [each for each in visitor.requests if each.url.endswith("/v1/ask/stream")]
    sent = asked.post_data_json
    assert (sent["question"], sent["language"]) == ("Nerede imzalandı?", "tr")
    assert tuple(sent["history"]) == earlier


def test_a_frame_without_an_origin_answers_more_than_once(visitor: Visitor, hosts: Hosts) -> None:
    visitor.page.goto(f"{hosts.host}/page/wordpress")
    chat = visitor.page.frame_locator("iframe")
    check_answer(chat)
    chat.locator("dipnot-chat textarea").fill("Montrö Sözleşmesi ne zaman imzalandı?")
    chat.locator("dipnot-chat textarea").press("Enter")
    expect(chat.locator("dipnot-chat .message.bot").last).to_contain_text("1936")
    check_manners(visitor, hosts)


def test_the_style_sheet_of_a_page_does_not_reach_the_chat(visitor: Visitor, hosts: Hosts) -> None:
    styles = """(node) => {
      const { color, fontSize, letterSpacing, display, opacity, fontFamily } = getComputedStyle(node);
      return { color, fontSize, letterSpacing, display, opacity, fontFamily };
    }"""
    seen = []
    for name in ("plain", "opac"):
        visitor.page.goto(f"{hosts.host}/page/{name}")
        open_launcher(visitor.page)
        chat = visitor.page.locator("dipnot-chat")
        parts = ["button.launcher", "section.panel", "textarea", "button.send", "[part=header]"]
        expect(chat.locator("textarea")).to_be_visible()
        seen.append([chat.locator(part).evaluate(styles) for part in parts])
        for side in ("::before", "::after"):
            assert chat.evaluate("(node, side) => getComputedStyle(node, side).content", side) == "none"
    assert seen[0] == seen[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/page/museum", "/embed/v1/frame?lang=tr", "/embed/v1/frame?lang=en"])
def test_axe_finds_nothing_in_an_answer(visitor: Visitor, hosts: Hosts, path: str, scheme: str) -> None:
    page = visitor.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto((hosts.host if path.startswith("/page") else hosts.chat) + path)
    if path.startswith("/page"):
        open_launcher(page)
    ask(page)
    check_answer(page)
    found = {rule["id"]: rule["nodes"][0]["html"] for rule in Axe().run(page).response["violations"]}
    # Whether a page of somebody else's has landmarks is theirs to say.
    found.pop("region", None)
    found.pop("landmark-one-main", None)
    assert found == {}


def test_the_chat_leaves_the_page_as_it_is(visitor: Visitor, hosts: Hosts) -> None:
    visitor.page.goto(f"{hosts.host}/page/coep")
    before = visitor.page.evaluate("[document.title, document.head.innerHTML, Object.keys(localStorage)]")
    ask(open_launcher(visitor.page))
    check_answer(visitor.page)
    after = visitor.page.evaluate("[document.title, document.head.innerHTML, Object.keys(localStorage)]")
    assert after == before


def test_in_strict_mode_the_chat_comes_goes_and_comes_back(visitor: Visitor, hosts: Hosts) -> None:
    visitor.context.add_init_script(LISTENERS)
    page = visitor.page
    page.goto(f"{hosts.host}/page/react")
    launcher = page.locator("dipnot-chat button.launcher")
    expect(launcher).to_have_count(1)
    toggle = page.locator("#toggle")
    toggle.click()
    expect(page.locator("dipnot-chat")).to_have_count(0)
    at_rest = page.evaluate("window.listening")
    for _ in range(3):
        toggle.click()
        expect(launcher).to_have_count(1)
        launcher.click()
        expect(page.locator("dipnot-chat textarea")).to_be_visible()
        assert page.evaluate("window.listening") > at_rest
        toggle.click()
        expect(page.locator("dipnot-chat")).to_have_count(0)
        assert page.evaluate("window.listening") == at_rest
    toggle.click()
    ask(open_launcher(page))
    check_answer(page)
    # One answer is one event: what strict mode mounted twice listens once.
    assert page.evaluate("window.answers") == 1
    check_manners(visitor, hosts)


def test_a_host_that_is_not_listed_gets_no_frame(visitor: Visitor, hosts: Hosts) -> None:
    visitor.page.goto(f"{hosts.stranger}/page/moodle")
    visitor.page.wait_for_load_state("networkidle")
    [_, frame] = visitor.page.frames
    assert frame.url == "chrome-error://chromewebdata/"
    assert any("frame-ancestors" in each for each in visitor.complaints)


def test_a_host_that_is_not_listed_is_told_that_it_gets_no_answers(visitor: Visitor, hosts: Hosts) -> None:
    visitor.page.goto(f"{hosts.stranger}/page/coep")
    ask(open_launcher(visitor.page))
    message = visitor.page.locator("dipnot-chat .message.bot")
    expect(message).to_contain_text(text("tr", "widget.error_unreachable"))
    expect(message.locator("button")).to_have_text(text("tr", "widget.retry"))
    expect(message.locator("a")).to_have_attribute("href", f"{hosts.chat}/?lang=tr")
