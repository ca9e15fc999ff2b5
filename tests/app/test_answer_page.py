"""The page of an answer: under its permanent link, and behind a form that needs no script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.answer_page import router
from app.assistant import Assistant
from app.options import ServerOptions
from app.permalink import Reference, answer_url, decode, encode
from app.reader import parse_spans
from app.service import Service
from app.texts import text

DIFFERING = "Sevr Antlaşması ne zaman imzalandı?"
PLAIN = "Montrö Sözleşmesi ne zaman imzalandı?"
OFF_TOPIC = "What is the capital of Australia?"
VOID = {"meta", "link", "input", "br"}


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    served = FastAPI()
    served.include_router(router(Service(assistant, ServerOptions(answers_cached=0))))
    with TestClient(served, headers={"Accept-Language": "tr"}) as client:
        yield client


class Page(HTMLParser):
    """The elements of a page, with their attributes and the text within them; every one must be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.source = page
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(page)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = (tag, {name: value or "" for name, value in attrs}, [])
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, _, inside in self._open:
            inside.append(data)

    def all(self, tag: str, **wanted: str) -> list[tuple[dict[str, str], str]]:
        """The elements of a name that have these attributes (``class_`` for class), with their text."""
        names = {name.rstrip("_"): value for name, value in wanted.items()}
        return [
            (attributes, " ".join("".join(inside).split()))
            for found, attributes, inside in self.elements
            if found == tag and names.items() <= attributes.items()
        ]


def page_of(client: TestClient, address: str, status: int = 200, **query: str) -> Page:
    reply = client.get(address, params=query or None)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return Page(reply.text)


def test_a_permanent_link_shows_the_answer_with_all_its_sources(
    client: TestClient, assistant: Assistant
) -> None:
    answer = assistant.ask(PLAIN)
    page = page_of(client, answer_url(answer, []))
    assert [words for _, words in page.all("h1")] == [PLAIN]
    [(_, shown)] = page.all("p", class_="text")
    assert "20 Temmuz 1936" in shown
    assert "**" not in page.source
    for citation in answer.citations:
        [(_, card)] = page.all("li", id=f"source-{citation.n}")
        assert " ".join(citation.quote.split()) in card
        assert citation.title in card
        assert citation.section in card
        assert f"Sayfa{citation.page} Satır{citation.lines[0]}" in card
        assert citation.translation is None or citation.translation in card


def test_footnotes_lead_to_the_marked_words_without_a_script(
    client: TestClient, assistant: Assistant
) -> None:
    answer = assistant.ask(PLAIN)
    page = page_of(client, answer_url(answer, []), lang="en")
    links = page.all("a", class_="footnote")
    assert [words for _, words in links] == re.findall(r"\[\d+\]", answer.text)
    first = answer.citations[0]
    address = urlsplit(links[0][0]["href"])
    assert (address.path, address.fragment) == (f"/articles/{first.article}", "cited")
    query = parse_qs(address.query)
    assert query["lang"] == ["en"]
    length = len(assistant.articles[first.article].raw)
    assert list(parse_spans(query["c"][0], length)) == first.spans


def test_where_the_articles_differ_both_sides_stand_beside_each_other(
    client: TestClient, assistant: Assistant
) -> None:
    answer = assistant.ask(DIFFERING)
    assert answer.disagreement is not None
    page = page_of(client, "/ask", q=DIFFERING)
    sides = page.all("section", class_="side")
    assert len(sides) == len(answer.disagreement.citations) >= 2
    for (_, side), n in zip(sides, answer.disagreement.citations, strict=True):
        citation = answer.citations[n - 1]
        assert citation.quote in side
        assert f"[{n}] {citation.title}" in side
    assert answer.disagreement.about in page.source
    assert "sides" not in page_of(client, "/ask", q=PLAIN).source


def test_a_declined_answer_shows_its_nearest_passages_as_none(
    client: TestClient, assistant: Assistant
) -> None:
    answer = assistant.ask(OFF_TOPIC)
    page = page_of(client, "/ask", q=OFF_TOPIC, lang="en")
    assert page.all("p", class_="declined")[0] == ({"class": "declined", "lang": "en"}, answer.text)
    assert page.all("p", class_="text") == []
    [(_, nearest)] = page.all("section", class_="nearest")
    assert nearest.startswith("Not an answer:")
    for passage in answer.nearest:
        assert " ".join(passage.text.split()) in nearest
    assert 'class="sources"' not in page.source


def test_the_permanent_link_on_the_page_gives_the_same_answer(
    client: TestClient, assistant: Assistant
) -> None:
    page = page_of(client, "/ask", q="  Montrö  Sözleşmesi ne zaman imzalandı? ", language="en")
    [(link, words)] = page.all("a", class_="address")
    assert words == f"http://testserver{link['href']}"
    assert decode(link["href"].removeprefix("/a/")) == Reference(PLAIN, "en", (), assistant.generation)
    again = page_of(client, link["href"])
    assert again.all("p", class_="text") == page.all("p", class_="text")
    assert again.all("a", class_="address") == [(link, words)]


def test_a_link_of_a_conversation_is_read_in_its_light(client: TestClient, assistant: Assistant) -> None:
    history = ("Kasım 1921'de Türkiye'ye ne kadar altın verildi?",)
    answer = assistant.ask("Ya Mayıs 1922'de?", history=history)
    page = page_of(client, answer_url(answer, history))
    assert "3.5 milyon" in page.all("p", class_="text")[0][1]
    assert [words for _, words in page.all("section", class_="before")] == [
        f"{text('tr', 'permalink.history')} {history[0]}"
    ]
    assert "before" not in page_of(client, answer_url(assistant.ask(PLAIN), ())).source


def test_a_link_of_another_index_says_that_this_is_today_s_answer(
    client: TestClient, assistant: Assistant
) -> None:
    old = f"/a/{encode(Reference(PLAIN, 'tr', (), 'an-older-one'))}"
    page = page_of(client, old)
    assert text("tr", "permalink.stale") in page.source
    [(link, _)] = page.all("a", class_="address")
    assert link["href"] == answer_url(assistant.ask(PLAIN), [])
    assert text("tr", "permalink.stale") not in page_of(client, link["href"]).source


@pytest.mark.parametrize("id", ["x", "AA", "%00", "%F0%9F%98%80", "A" * 9000, "..%2f..%2fetc"])
def test_a_broken_link_is_told_in_the_reader_s_language(client: TestClient, id: str) -> None:
    if "%2f" in id:
        assert client.get(f"/a/{id}").status_code == 404
        return
    page = page_of(client, f"/a/{id}", 404)
    assert page.all("p", role="alert")[0][1] == text("tr", "permalink.broken")
    assert [words for _, words in page.all("h1")] == [text("tr", "permalink.not_opened")]
    assert text("en", "permalink.broken") in page_of(client, f"/a/{id}", 404, lang="en").source


def test_a_link_cut_short_is_told(client: TestClient, assistant: Assistant) -> None:
    url = answer_url(assistant.ask(PLAIN), [])
    page_of(client, url[:-1], 404)
    page_of(client, url + ".", 404)


@pytest.mark.parametrize("question", ["", " ", "a\x00b"])
def test_a_link_that_nobody_can_have_been_given_is_no_failure(client: TestClient, question: str) -> None:
    page = page_of(client, f"/a/{encode(Reference(question, 'tr', (), 'g'))}", 422)
    assert page.all("p", role="alert")


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": " \n"}])
def test_without_a_question_there_is_a_form_and_no_answer(client: TestClient, query: dict[str, str]) -> None:
    page = page_of(client, "/ask", **query)
    [(form, _)] = page.all("form")
    assert (form["action"], form["method"]) == ("/ask", "get")
    assert page.all("article") == page.all("p", role="alert") == []
    assert len(page.all("h1")) == 1


def test_the_form_holds_what_was_asked(client: TestClient) -> None:
    page = page_of(client, "/ask", q=PLAIN, language="en", lang="tr")
    assert page.all("input", id="q")[0][0]["value"] == PLAIN
    chosen = [a["value"] for a, _ in page.all("input", type="radio") if "checked" in a]
    assert chosen == ["en"]
    assert page.all("input", type="hidden")[0][0]["value"] == "tr"
    assert page.all("label", for_="q")
    assert page.all("p", class_="text")[0][0]["lang"] == "en"


def test_an_unknown_language_is_the_question_s(client: TestClient) -> None:
    page = page_of(client, "/ask", q=PLAIN, language="de", lang="fr")
    assert page.all("p", class_="text")[0][0]["lang"] == "tr"
    assert page.all("html")[0][0]["lang"] == "tr"


@pytest.mark.parametrize(
    ("question", "key"), [("a\x01b", "error.control"), ("Kars " * 500, "decline.too_long")]
)
def test_what_cannot_be_asked_is_told_in_a_sentence(client: TestClient, question: str, key: str) -> None:
    for language in ("tr", "en"):
        page = page_of(client, "/ask", 422, q=question, lang=language)
        assert page.all("p", role="alert")[0][1].endswith(text(language, key))
        assert page.all("article") == []
        assert page.all("input", id="q")[0][0]["aria-describedby"] == "error"


def test_a_failure_is_told_and_logged(
    client: TestClient,
    assistant: Assistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("broken within")

    monkeypatch.setattr(assistant, "ask", fail)
    page = page_of(client, "/ask", 500, q=PLAIN)
    assert page.all("p", role="alert")[0][1].endswith(text("tr", "error.failed"))
    assert "broken within" not in page.source
    assert "broken within" in caplog.text


def test_markup_in_a_question_is_text(client: TestClient) -> None:
    question = "\"><script>alert(1)</script> <img src=x> & 'Kars'?"
    page = page_of(client, "/ask", q=question)
    assert page.all("script") == page.all("img") == []
    assert page.all("h1")[0][1] == question
    assert page.all("input", id="q")[0][0]["value"] == question


@pytest.mark.parametrize("query", [{}, {"q": DIFFERING}, {"q": OFF_TOPIC}, {"q": "a\x01"}])
def test_the_page_is_nobody_else_s_and_runs_nothing(client: TestClient, query: dict[str, str]) -> None:
    reply = client.get("/ask", params=query)
    assert reply.headers["cache-control"] == "private, no-cache"
    page = Page(reply.text)
    assert page.all("meta", name="robots")[0][0]["content"] == "noindex"
    assert page.all("script") == page.all("style") == []
    for _, attributes, _ in page.elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        assert not re.match(r"(https?:)?//", attributes.get("src", ""))
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes, _ in page.elements:
        assert {*attributes.get("aria-labelledby", "").split()} <= {*ids}


def test_the_other_language_shows_the_same(client: TestClient) -> None:
    page = page_of(client, "/ask", q=PLAIN, language="en", lang="tr")
    [(link, _)] = page.all("a", hreflang="en")
    english = page_of(client, f"/ask{unescape(link['href'])}")
    assert english.all("html")[0][0]["lang"] == "en"
    assert english.all("p", class_="text")[0] == page.all("p", class_="text")[0]


def test_quotations_and_titles_say_their_language(client: TestClient, assistant: Assistant) -> None:
    answer = assistant.ask(DIFFERING, language="en")
    page = page_of(client, answer_url(answer, []), lang="en")
    quotes = {words: attributes["lang"] for attributes, words in page.all("blockquote")}
    for citation in answer.citations:
        assert quotes[citation.quote] == citation.language == "tr"
        assert citation.translation and quotes[citation.translation] == "en"
        title = assistant.articles[citation.article].title_language
        assert ({"lang": title}, citation.title) in page.all("cite")


def test_what_else_could_be_asked_is_a_link(client: TestClient, assistant: Assistant) -> None:
    answer = assistant.ask(PLAIN)
    page = page_of(client, "/ask", q=PLAIN)
    links = [(a["href"], words) for a, words in page.all("a", rel="nofollow")]
    assert [words for _, words in links] == answer.follow_ups
    if links:
        assert quote(answer.follow_ups[0].split()[0]) in links[0][0]
        assert page_of(client, links[0][0]).all("h1")[0][1] == answer.follow_ups[0]
