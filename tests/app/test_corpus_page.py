"""The pages of the corpus at a glance, as a browser without scripts gets them."""

import html.parser
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.corpus_page import router
from app.templates import STATIC
from app.texts import text, texts
from corpus import Article, read_corpus

VOID = {"meta", "link", "input", "br"}
PAGES = (
    "/corpus",
    "/corpus?lang=en&from=1920&to=1921",
    "/corpus?from=1920-04&to=1920-04&article=001",
    "/corpus?from=1850&to=1860",
    "/corpus?from=1774&to=2008&lang=en",
    "/corpus/search",
    "/corpus/search?q=Moskova",
    "/corpus/search?q=treaty&lang=en&kind=footnote",
    "/corpus/search?q=Avustralya+Moskova&article=003",
    "/corpus/search?q=ve",
)


class Reading(html.parser.HTMLParser):
    """A page as elements, each with its attributes and its text; whatever is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(page)
        assert not self.open, "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = (tag, dict(attrs), [])
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, _, words in self.open:
            words.append(data)

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attrs, "".join(words)) for name, attrs, words in self.elements if name == tag]

    def with_id(self, name: str) -> str:
        return next("".join(words) for _, attrs, words in self.elements if attrs.get("id") == name)


@cache
def articles() -> dict[str, Article]:
    return {article.id: article for article in read_corpus()}


class Bearer:
    """The pages need nothing of the assistant but its articles."""

    def __init__(self) -> None:
        self.articles = articles()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(router(SimpleNamespace(assistant=Bearer())))  # type: ignore[arg-type]
    with TestClient(app, headers={"Accept-Language": "tr"}) as client:
        yield client


def read(client: TestClient, address: str) -> Reading:
    reply = client.get(address)
    assert reply.status_code == 200
    return Reading(reply.text)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_whole_and_keeps_to_the_policy(client: TestClient, address: str) -> None:
    page = read(client, address)
    for tag, attrs, words in page.elements:
        assert tag != "style" and "style" not in attrs
        assert not any(name.startswith("on") for name in attrs)
        assert tag != "script" or (attrs.get("src") and not words)
    ids = [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = {name for _, attrs, _ in page.elements for name in (attrs.get("aria-labelledby") or "").split()}
    assert named <= set(ids)
    assert {attrs["for"] for attrs, _ in page.of("label")} <= set(ids)


@pytest.mark.parametrize("address", PAGES)
def test_headings_go_down_one_step_at_a_time(client: TestClient, address: str) -> None:
    page = read(client, address)
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


@pytest.mark.parametrize("address", PAGES)
def test_every_link_to_the_corpus_and_its_articles_leads_somewhere(client: TestClient, address: str) -> None:
    page = read(client, address)
    own = [attrs["href"] or "" for attrs, _ in page.of("a") if attrs.get("href")]
    assert own
    for href in own:
        parts = urlsplit(href)
        if parts.path.startswith("/articles/"):
            assert parts.path.removeprefix("/articles/") in articles()
        elif parts.path not in ("/corpus", "/corpus/search", "/", ""):
            raise AssertionError(href)


def test_the_cards_say_what_the_articles_say_of_themselves(client: TestClient) -> None:
    page = read(client, "/corpus?lang=en")
    cards = [words for attrs, words in page.of("li") if attrs.get("class") == "card"]
    assert len(cards) == 5
    assert "[Sovyetler Birliği ile" in cards[1] and text("en", "reader.supplied") in cards[1]
    assert text("en", "reader.supplied") not in cards[0]
    assert "Author: Adil AYAZ" in cards[3] and "Not named in the text: year, journal." in cards[3]
    assert "Turkish-Soviet Relations in The Inter-War Period" in cards[3]
    for card, article in zip(cards, articles().values(), strict=True):
        numbers = re.findall(r"\d+", card.split("Pages")[1])
        assert numbers[:2] == [str(len(article.pages)), str(len(article.sentences))]


def test_the_list_is_narrowed_by_year_and_article(client: TestClient) -> None:
    page = read(client, "/corpus?from=1935&to=1936&article=003")
    when = [words for _, words in page.of("time")]
    assert {words.split()[-1] for words in when} == {"1935", "1936"}
    assert f"{len(when)} / " in page.with_id("timeline-count")
    checked = [attrs["value"] for attrs, _ in page.of("input") if "checked" in attrs]
    assert checked == ["003"]


def test_the_bars_and_the_table_say_the_same(client: TestClient) -> None:
    page = read(client, "/corpus?from=1920&to=1920")
    bars = [attrs["aria-label"] for attrs, _ in page.of("a") if (attrs.get("id") or "").startswith("bar-")]
    rows = [words.split() for _, words in page.of("tr")][1:]
    assert bars == [f"{row[0]} {row[1]}: {row[-1]}" for row in rows]
    assert all(sum(map(int, row[2:-1])) == int(row[-1]) for row in rows)
    assert sum(int(row[-1]) for row in rows) == len(page.of("time"))


def test_a_bar_leads_to_its_own_dates(client: TestClient) -> None:
    page = read(client, "/corpus?from=1920&to=1921")
    link = next(attrs for attrs, _ in page.of("a") if attrs.get("id") == "bar-1921-03")
    name, count = (link["aria-label"] or "").split(": ")
    narrowed = read(client, link["href"] or "")
    assert len(narrowed.of("time")) == int(count)
    assert all(words.endswith(name) for _, words in narrowed.of("time"))


def test_a_date_asks_about_itself(client: TestClient) -> None:
    page = read(client, "/corpus?from=1936&to=1936&lang=en")
    asking = [
        attrs["href"] or ""
        for attrs, _ in page.of("a")
        if (attrs.get("href") or "").startswith("/?lang=en&q=")
    ]
    registered = {question.en for article in articles().values() for question in article.questions}
    assert asking
    assert all(parse_qs(urlsplit(href).query)["q"][0] in registered for href in asking)


def test_every_quotation_has_its_language(client: TestClient) -> None:
    for address in ("/corpus?lang=en", "/corpus?lang=tr", "/corpus/search?q=Lenin&lang=en"):
        quotes = [
            attrs for attrs, _ in read(client, address).of("p") if "quote" in (attrs.get("class") or "")
        ]
        assert {attrs["lang"] for attrs in quotes} == {"tr", "en"}


def test_the_other_language_shows_the_same(client: TestClient) -> None:
    page = read(client, "/corpus/search?q=Mustafa+Kemal&kind=footnote")
    other = next(attrs["href"] for attrs, _ in page.of("a") if attrs.get("hreflang") == "en")
    assert parse_qs(urlsplit(other or "").query) == {
        "lang": ["en"],
        "q": ["Mustafa Kemal"],
        "kind": ["footnote"],
    }


def test_what_is_found_is_marked(client: TestClient) -> None:
    marks = [words for _, words in read(client, "/corpus/search?q=Moskova%27da").of("mark")]
    assert marks and set(marks) == {"Moskova"}


def test_what_is_typed_is_shown_as_text(client: TestClient) -> None:
    reply = client.get("/corpus/search", params={"q": '<script>alert("1")</script>', "year": "<b>"})
    assert reply.status_code == 200
    assert "<script>" not in reply.text.replace('<script src="', "") and "<b>" not in reply.text


@pytest.mark.parametrize(
    "query", ["x=%00", "q=%ff%fe", "page=1e9&q=Moskova", "from=%F0%9F%98%80&to=1", "article=" + "9" * 500]
)
def test_a_strange_address_is_no_failure(client: TestClient, query: str) -> None:
    for path in ("/corpus", "/corpus/search"):
        assert client.get(f"{path}?{query}").status_code == 200


def test_the_words_of_the_pages_are_all_used() -> None:
    root = STATIC.parent
    sources = [*root.glob("*.py"), *root.glob("templates/*.html")]
    written = "".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r"""["'](glance\.[a-z_]+)["']""", written))
    made = {f"glance.facet_{name}" for name in ("article", "kind", "language", "year")}
    made |= {"glance.language_tr", "glance.language_en"}
    own = {key for key in texts("tr") if key.startswith("glance.")}
    assert own == {name for name in named if not name.endswith("_")} | made
