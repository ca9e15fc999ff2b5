"""The HTML of the chat page before Gradio draws it."""

import re

import pytest
from fastapi.testclient import TestClient

from app.front import with_front
from app.server import create_app
from app.texts import text


@pytest.fixture(scope="module")
def client(assistant):
    return TestClient(create_app(assistant))


@pytest.mark.parametrize("language", ["tr", "en"])
def test_the_page_is_in_the_reader_s_language_before_any_script(client, language):
    page = client.get("/", headers={"Accept-Language": language}).text
    assert re.search(rf'<html\s[^>]*lang="{language}"', page)
    assert text(language, "front.loading") in page
    assert text(language, "site.tagline") in page
    assert f'<meta http-equiv="refresh" content="0;url=/ask?lang={language}"></noscript>' in page


def test_no_picture_of_another_machine_is_named(client):
    page = client.get("/").text
    assert "og:image" not in page
    assert "githubusercontent" not in page


def test_it_is_whole_whether_compressed_or_not(client):
    plain = client.get("/", headers={"Accept-Encoding": "identity"})
    packed = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(plain.headers["content-length"]) == len(plain.content)
    assert plain.text.count('id="front"') == packed.text.count('id="front"') == 1


def test_other_addresses_pass_untouched(client):
    assert 'id="front"' not in client.get("/articles/004").text
    assert client.get("/theme.css").status_code == 200


def test_what_is_no_page_stays_as_it_is():
    assert with_front("<p>x</p>", "tr", "https://dipnot.example.org") == "<p>x</p>"


@pytest.mark.parametrize(
    ("address", "lasts"),
    [("/static/dipnot/chat.css?v=1", True), ("/static/dipnot/chat.css", False), ("/articles/004", False)],
)
def test_what_is_named_by_its_content_is_cached_for_good(client, address, lasts):
    assert ("immutable" in client.get(address).headers.get("cache-control", "")) is lasts


def test_what_is_missing_is_not_cached_for_good(client):
    reply = client.get("/static/dipnot/none.css?v=1")
    assert reply.status_code == 404
    assert "immutable" not in reply.headers.get("cache-control", "")
