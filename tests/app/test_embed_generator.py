"""The page that says what to paste."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.embedding import generator
from app.embedding.bundle import File
from app.embedding.snippets import Choices, policy_lines, snippets
from app.options import ServerOptions
from app.texts import text

SITE = "https://dipnot.example.org/chat"
PINNED = File("dipnot.0123456789ab.js", b"start();", "text/javascript")


def served(options: ServerOptions) -> FastAPI:
    app = FastAPI()
    app.state.public_url = options.public_url
    app.include_router(generator.router(options))
    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(served(ServerOptions()), headers={"Accept-Language": "tr"}) as client:
        yield client


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def lines(choices: Choices) -> dict[str, str]:
    return {one.name: one.code for one in snippets(choices, SITE, PINNED, "Dipnot")}


def test_the_shortest_line_is_one_script_tag() -> None:
    assert lines(Choices())["script"] == (
        f'<script src="{SITE}/embed/v1/dipnot.js" data-src="{SITE}" data-lang="auto" defer></script>'
    )


def test_a_pinned_script_carries_its_digest() -> None:
    [(tag, attributes)] = Elements(lines(Choices())["pinned"]).found
    assert tag == "script"
    assert attributes["src"] == f"{SITE}/embed/v1/dipnot.0123456789ab.js"
    assert attributes["integrity"] == PINNED.integrity
    assert attributes["crossorigin"] == "anonymous"


def test_an_element_stands_where_it_is_put() -> None:
    [script, (tag, attributes)] = Elements(lines(Choices(language="tr"))["element"]).found
    assert script == ("script", {"src": f"{SITE}/embed/v1/dipnot.js", "defer": ""})
    assert (tag, attributes) == ("dipnot-chat", {"lang": "tr", "mode": "inline"})


def test_a_frame_may_do_no_more_than_it_needs() -> None:
    [(tag, attributes)] = Elements(lines(Choices(language="en", theme="dark"))["frame"]).found
    assert tag == "iframe"
    assert attributes["src"] == f"{SITE}/embed/v1/frame?lang=en&theme=dark"
    assert (
        attributes["sandbox"] == "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"
    )
    assert attributes["referrerpolicy"] == "strict-origin"
    assert attributes["title"]


def test_a_link_names_the_language() -> None:
    assert lines(Choices())["address"] == f"{SITE}/"
    assert lines(Choices(language="en"))["address"] == f"{SITE}/?lang=en"


def test_a_policy_names_the_origin_alone() -> None:
    codes = [one.code for one in policy_lines(SITE)]
    assert codes == [
        "script-src https://dipnot.example.org; connect-src https://dipnot.example.org",
        "frame-src https://dipnot.example.org",
    ]


FORM = st.dictionaries(
    st.sampled_from(["language", "mode", "position", "theme", "tinted", "accent", "title", "starters", "x"]),
    st.text() | st.sampled_from(["tr", "inline", "end", "dark", "1", "#aabbcc", "<b>'\"&", "a\nb"]),
)


@given(sent=FORM)
def test_whatever_is_sent_is_only_ever_an_attribute(sent: dict[str, str]) -> None:
    choices = Choices.read(sent)
    assert choices.accent == "" or len(choices.accent) == 7
    assert len(choices.title) <= 80
    found = lines(choices)
    for name, tags in (("script", ["script"]), ("element", ["script", "dipnot-chat"]), ("frame", ["iframe"])):
        elements = Elements(found[name]).found
        assert [tag for tag, _ in elements] == tags
        for _, attributes in elements:
            assert not [key for key in attributes if key.startswith("on")]
    [(_, data)] = Elements(found["script"]).found
    assert data.get("data-title", "") == choices.title
    assert tuple(json.loads(data.get("data-starter", "[]"))) == choices.starters


def test_what_a_form_could_not_have_sent_is_not_chosen() -> None:
    sent = {"language": "de", "mode": "full", "position": "top", "theme": "x", "accent": "red", "tinted": "1"}
    assert Choices.read(sent) == Choices()
    assert Choices.read({"accent": "#aabbcc"}) == Choices()
    assert Choices.read({"accent": "#aabbcc", "tinted": "1"}).accent == "#aabbcc"


@pytest.mark.parametrize("language", ["tr", "en"])
def test_the_page_shows_every_way(client: TestClient, language: str) -> None:
    reply = client.get("/embed", params={"lang": language})
    assert reply.status_code == 200
    assert f'<html lang="{language}">' in reply.text
    for way in ("script", "pinned", "element", "frame", "address"):
        assert text(language, f"embed.way_{way}") in reply.text
        assert f'id="lines-{way}"' in reply.text


def test_the_page_keeps_what_was_chosen_in_the_other_language(client: TestClient) -> None:
    page = client.get("/embed", params={"lang": "tr", "mode": "inline", "title": "Müze <b>"})
    anchors = [
        attributes for tag, attributes in Elements(page.text).found if tag == "a" and "hreflang" in attributes
    ]
    [english] = [each["href"] for each in anchors if each["hreflang"] == "en"]
    assert parse_qs(urlsplit(english).query) == {"lang": ["en"], "mode": ["inline"], "title": ["Müze <b>"]}
    assert "<b>" not in page.text


def test_the_page_holds_no_script_or_style_of_its_own(client: TestClient) -> None:
    for address in ("/embed", "/embed/preview"):
        reply = client.get(address)
        assert "script-src" not in reply.headers["content-security-policy"]
        assert "default-src 'self'" in reply.headers["content-security-policy"]
        assert "unsafe" not in reply.headers["content-security-policy"]
        for tag, attributes in Elements(reply.text).found:
            assert tag != "style"
            assert tag != "script" or attributes["src"]
            assert not {"style", "onclick", "onload"} & attributes.keys()


def test_the_preview_runs_the_line_that_is_chosen(client: TestClient) -> None:
    reply = client.get("/embed/preview", params={"mode": "inline", "language": "en", "title": "'\"<x>"})
    [script] = [attributes for tag, attributes in Elements(reply.text).found if tag == "script"]
    assert script["src"] == "http://testserver/embed/v1/dipnot.js"
    assert script["data-mode"] == "inline"
    assert script["data-title"] == "'\"<x>"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (ServerOptions(), "hosts_none"),
        (ServerOptions(embed_origins=("https://museum.example.net",)), "hosts_some"),
        (ServerOptions(embed_origins=("*",)), "hosts_all"),
        (ServerOptions(embed_allow_opaque=True), "hosts_opaque"),
        (ServerOptions(), "hosts_not_opaque"),
    ],
)
def test_the_page_says_who_may_embed(options: ServerOptions, said: str) -> None:
    with TestClient(served(options)) as client:
        page = client.get("/embed?lang=en").text
    told = [
        key
        for key in ("hosts_none", "hosts_some", "hosts_all", "hosts_opaque", "hosts_not_opaque")
        if text("en", f"embed.{key}").replace("'", "&#39;") in page
    ]
    assert said in told
    assert len(told) == 2
    for origin in options.embed_origins:
        assert origin == "*" or f"<code>{origin}</code>" in page


def test_the_lines_name_the_public_address() -> None:
    with TestClient(served(ServerOptions(public_url=SITE))) as client:
        page = client.get("/embed?lang=en").text
    assert f"{SITE}/embed/v1/dipnot.js" in page
    assert "testserver" not in page
