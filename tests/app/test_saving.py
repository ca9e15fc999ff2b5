"""A conversation saved through its address."""

import json

import pytest
from fastapi.testclient import TestClient

from app.export import FORMATS
from app.options import ServerOptions
from app.permalink import answer_url
from app.server import create_app

WHEN = "Moskova Antlaşması ne zaman imzalandı?"
WHERE = "Peki nerede imzalandı?"


@pytest.fixture(scope="module")
def client(assistant):
    return TestClient(create_app(assistant, options=ServerOptions(rate_per_minute=0)))


@pytest.fixture(scope="module")
def names(assistant):
    first = assistant.ask(WHEN)
    second = assistant.ask(WHERE, history=[WHEN])
    return [answer_url(first, ()).removeprefix("/a/"), answer_url(second, (WHEN,)).removeprefix("/a/")]


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_sent_as_a_file_to_save(client, names, format):
    reply = client.get(f"/export/{format}", params={"a": names, "lang": "tr"})
    assert reply.status_code == 200
    assert f'.{format}"' in reply.headers["content-disposition"]
    assert "script" not in reply.headers["content-type"]
    assert len(reply.content) > 100
    assert reply.content == client.get(f"/export/{format}", params={"a": names, "lang": "tr"}).content


def test_the_questions_stand_in_their_order_with_answers_that_lean_on_them(client, assistant, names):
    text = client.get("/export/md", params={"a": names, "lang": "tr"}).text
    assert text.index(WHEN) < text.index(WHERE)
    answer = assistant.ask(WHERE, history=[WHEN])
    assert answer.citations[0].quote[:40] in text


def test_the_bibliography_holds_the_articles_cited(client, assistant, names):
    entries = json.loads(client.get("/export/json", params={"a": names[:1]}).text)
    cited = {citation.article for citation in assistant.ask(WHEN).citations}
    assert len(entries) == len(cited)


@pytest.mark.parametrize(
    ("format", "name"), [("exe", None), ("", None), ("md", "x"), ("md", "AAAA"), ("md", "%00")]
)
def test_what_cannot_be_saved_is_said_in_a_sentence(client, names, format, name):
    reply = client.get(f"/export/{format}", params={"a": [name or names[0]], "lang": "en"})
    assert reply.status_code == 404
    assert "Traceback" not in reply.text


def test_a_conversation_without_answers_is_refused(client):
    assert client.get("/export/md").status_code == 422
    assert client.get("/export/md", params={"a": ["x"] * 51}).status_code == 422
