"""oEmbed: one plain frame for our own addresses, nothing for others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.assistant import Assistant
from app.options import ServerOptions
from app.permalink import Reference, encode
from app.server import create_app

SITE = "http://testserver"
PUBLIC = "https://dipnot.example.org/chat"
QUESTION = 'Moskova Antlaşması ne zaman "imzalandı"?'
# What wp_kses leaves of a frame that a stranger sends.
LEFT = {"width", "height", "src", "frameborder", "scrolling", "title"}


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), headers={"Accept-Language": "tr"}) as client:
        yield client


@pytest.fixture(scope="module")
def public(assistant: Assistant) -> Iterator[TestClient]:
    """A server behind a proxy, under a path of its own."""
    with TestClient(create_app(assistant, options=ServerOptions(public_url=PUBLIC))) as client:
        yield client


def link(question: str = QUESTION, history: tuple[str, ...] = ()) -> str:
    return f"/a/{encode(Reference(question, 'tr', history, 'any'))}"


def embed(client: TestClient, url: str, **query: str | int) -> dict[str, Any]:
    reply = client.get("/oembed", params={"url": url, **query})
    assert reply.status_code == 200, reply.text
    return reply.json()


class Html(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def frame(html: str) -> dict[str, str]:
    """The attributes of the one frame that the HTML is."""
    found = Html(html)
    [(tag, attributes)] = found.tags
    assert tag == "iframe"
    assert not found.text
    return {name: value or "" for name, value in attributes.items()}


def test_the_address_of_the_site_gets_one_plain_frame(client: TestClient) -> None:
    found = embed(client, f"{SITE}/")
    assert found["version"] == "1.0"
    assert found["type"] == "rich"
    assert found["provider_name"] == "Dipnot"
    assert found["provider_url"] == f"{SITE}/"
    attributes = frame(found["html"])
    assert attributes.keys() == LEFT
    assert attributes["src"] == f"{SITE}/embed/v1/frame"
    assert (attributes["width"], attributes["height"]) == (str(found["width"]), str(found["height"]))


def test_the_frame_speaks_the_language_of_the_address(client: TestClient) -> None:
    assert frame(embed(client, f"{SITE}/?lang=en")["html"])["src"] == f"{SITE}/embed/v1/frame?lang=en"
    assert frame(embed(client, f"{SITE}?lang=de")["html"])["src"] == f"{SITE}/embed/v1/frame"


def test_the_frame_of_an_answer_asks_its_question(client: TestClient) -> None:
    found = embed(client, SITE + link(history=("Moskova Antlaşması nedir?",)))
    assert found["title"] == f"{QUESTION} – Dipnot"
    attributes = frame(found["html"])
    assert attributes["title"] == found["title"]
    sent = parse_qs(urlsplit(attributes["src"]).query)
    assert sent == {"lang": ["tr"], "q": [QUESTION], "after": ["Moskova Antlaşması nedir?"]}


@pytest.mark.parametrize(
    "url",
    [
        "https://testserver/",
        "http://testserver.evil.example/",
        "http://testserver:8080/",
        "http://testserver@evil.example/",
        "http://reader@testserver/",
        "http://evil.example/?http://testserver/",
        "http://testserver:99999999/",
        "http://[testserver/",
        "//testserver/",
        "/",
        "",
        "javascript:alert(1)",
        f"{SITE}/corpus",
        f"{SITE}/articles/004",
        f"{SITE}/a/",
        f"{SITE}/a/nothing",
        f"{SITE}{link()}x",
        f"{SITE}{link()}/x",
    ],
)
def test_another_address_has_no_frame(client: TestClient, url: str) -> None:
    reply = client.get("/oembed", params={"url": url})
    assert reply.status_code == 404
    assert reply.json()["code"] == "not_found"


@pytest.mark.parametrize("url", ["http://testserver:80/", "HTTP://TESTSERVER/"])
def test_an_origin_may_be_written_in_more_than_one_way(client: TestClient, url: str) -> None:
    assert embed(client, url)["provider_url"] == f"{SITE}/"


@pytest.mark.parametrize("question", ["", "\x00", "a\x1bb", "soru " * 500])
def test_a_link_to_what_cannot_be_asked_has_no_frame(client: TestClient, question: str) -> None:
    assert client.get("/oembed", params={"url": SITE + link(question)}).status_code == 404


def test_an_unknown_format_is_not_implemented(client: TestClient) -> None:
    reply = client.get("/oembed", params={"url": f"{SITE}/", "format": "yaml"})
    assert reply.status_code == 501
    assert reply.json()["detail"]


@pytest.mark.parametrize(
    "query",
    ["", "url=http://testserver/&maxwidth=0", "url=http://testserver/&maxheight=wide", f"url={'x' * 20_000}"],
)
def test_a_request_that_cannot_be_read_is_a_problem(client: TestClient, query: str) -> None:
    reply = client.get(f"/oembed?{query}")
    assert reply.status_code == 422
    assert reply.json()["code"] == "invalid"


@pytest.mark.parametrize(
    ("most", "size"), [((300, 200), (300, 200)), ((4000, 100), (640, 100)), ((10**30, 10**30), (640, 560))]
)
def test_the_frame_is_no_larger_than_asked_for(
    client: TestClient, most: tuple[int, int], size: tuple[int, int]
) -> None:
    found = embed(client, f"{SITE}/", maxwidth=most[0], maxheight=most[1])
    attributes = frame(found["html"])
    assert (found["width"], found["height"]) == size
    assert (int(attributes["width"]), int(attributes["height"])) == size


def test_xml_says_the_same(client: TestClient) -> None:
    url = SITE + link()
    reply = client.get("/oembed", params={"url": url, "format": "xml"})
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(reply.content)
    assert root.tag == "oembed"
    said = {child.tag: child.text for child in root}
    assert said == {name: str(value) for name, value in embed(client, url).items()}


HOSTILE = st.text(alphabet=st.sampled_from("<>\"'&/=\\ \u2028\ufffe]cript") | st.characters(codec="utf-8"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=HOSTILE)
def test_no_question_leaves_the_frame_s_attributes(client: TestClient, question: str) -> None:
    url = SITE + link(question)
    reply = client.get("/oembed", params={"url": url})
    xml = client.get("/oembed", params={"url": url, "format": "xml"})
    assert reply.status_code == xml.status_code
    if reply.status_code == 200:
        attributes = frame(reply.json()["html"])
        assert attributes.keys() == LEFT
        assert urlsplit(attributes["src"]).path == "/embed/v1/frame"
        in_xml = ElementTree.fromstring(xml.content).findtext("html")
        assert in_xml and frame(in_xml).keys() == LEFT
    else:
        assert reply.status_code == 404


def test_the_public_address_is_the_one_that_counts(public: TestClient) -> None:
    assert public.get("/oembed", params={"url": f"{SITE}/"}).status_code == 404
    assert public.get("/oembed", params={"url": "https://dipnot.example.org/"}).status_code == 404
    assert public.get("/oembed", params={"url": "https://dipnot.example.org/chatter/"}).status_code == 404
    found = embed(public, f"{PUBLIC}/?lang=en")
    assert frame(found["html"])["src"] == f"{PUBLIC}/embed/v1/frame?lang=en"


@pytest.mark.parametrize("address", ["/", "/?lang=en", link("Montrö Sözleşmesi ne zaman imzalandı?")])
def test_a_page_names_its_description(client: TestClient, address: str) -> None:
    page = client.get(address).text
    links = [each for tag, each in Html(page).tags if tag == "link" and each.get("rel") == "alternate"]
    [discovered] = [each for each in links if each.get("type") == "application/json+oembed"]
    href = discovered["href"] or ""
    assert href.startswith(f"{SITE}/oembed?")
    reply = client.get(href)
    assert reply.status_code == 200
    src = frame(reply.json()["html"])["src"]
    assert ("q=" in src) == address.startswith("/a/")


def test_a_page_behind_a_proxy_names_the_public_address(public: TestClient) -> None:
    page = public.get("/?lang=tr").text
    assert re.search(rf'<link rel="alternate"[^>]*href="{PUBLIC}/oembed\?', page)


def test_a_page_without_an_answer_has_no_description(client: TestClient) -> None:
    assert "json+oembed" not in client.get("/ask").text
    assert "json+oembed" not in client.get("/a/broken").text
