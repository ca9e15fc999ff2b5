"""The server: our own addresses, their headers, and Gradio's page behind them."""

import socket
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.answer import Answer
from app.assistant import Assistant
from app.options import ServerOptions
from app.port import PortInUse, check_port
from app.server import create_app
from app.texts import text
from corpus.errors import DipnotError


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(
        create_app(assistant, options=ServerOptions(rate_per_minute=0)), headers={"Accept-Language": "tr"}
    ) as client:
        yield client


def test_health_names_the_generation(client: TestClient, assistant: Assistant) -> None:
    reply = client.get("/healthz")
    assert reply.status_code == 200
    assert reply.json() == {"status": "ok", "articles": 5, "generation": assistant.generation}


def test_the_reader_speaks_the_reader_s_language(client: TestClient) -> None:
    assert '<html lang="tr">' in client.get("/articles/004").text
    assert '<html lang="en">' in client.get("/articles/004", headers={"Accept-Language": "en-GB"}).text
    assert '<html lang="en">' in client.get("/articles/004", params={"lang": "en"}).text


def test_the_reader_marks_the_spans_of_its_address(client: TestClient, assistant: Assistant) -> None:
    sentence = assistant.articles["004"].sentences[10]
    (start, end) = sentence.spans[0]
    page = client.get("/articles/004", params={"c": f"{start}-{end}"}).text
    assert '<mark id="cited">' in page


@pytest.mark.parametrize("spans", ["5-3", "0-99999999", "x", "<script>", "1-2-3"])
def test_spans_that_are_none_are_ignored(client: TestClient, spans: str) -> None:
    reply = client.get("/articles/004", params={"c": spans})
    assert reply.status_code == 200
    assert "<mark" not in reply.text
    assert "<script>" not in reply.text


@pytest.mark.parametrize("address", ["/articles/999", "/articles/999.txt", "/articles/..%2f004"])
def test_an_unknown_article_is_not_found(client: TestClient, address: str) -> None:
    reply = client.get(address)
    assert reply.status_code == 404


def test_the_page_of_an_unknown_article_says_so(client: TestClient) -> None:
    assert "Böyle bir makale yok" in client.get("/articles/999").text
    assert "There is no such article" in client.get("/articles/999?lang=en").text


def test_the_text_is_served_as_received(client: TestClient, assistant: Assistant) -> None:
    for name, article in assistant.articles.items():
        reply = client.get(f"/articles/{name}.txt")
        assert reply.headers["content-type"] == "text/plain; charset=utf-8"
        assert reply.content == article.raw.encode()


def test_a_question_gets_an_answer(client: TestClient) -> None:
    reply = client.post("/v1/ask", json={"question": "Moskova Antlaşması ne zaman imzalandı?"})
    assert reply.status_code == 200
    answer = Answer.model_validate(reply.json())
    assert answer.status == "answered"
    assert "16 Mart 1921" in answer.text


@pytest.mark.parametrize("name", ["one", "two", "three", "four", "five", "six"])
def test_every_example_on_the_page_has_an_answer(assistant: Assistant, name: str) -> None:
    assert text("tr", f"examples.{name}") == text("en", f"examples.{name}")
    assert assistant.ask(text("tr", f"examples.{name}")).status == "answered"


def test_the_language_asked_for_is_the_answer_s(client: TestClient) -> None:
    body = {"question": "Moskova Antlaşması ne zaman imzalandı?", "language": "en"}
    assert client.post("/v1/ask", json=body).json()["language"] == "en"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"not json",
        b"{}",
        b'{"question": ""}',
        b'{"question": "   "}',
        b'{"question": 5}',
        b'{"question": "a\\u0000b"}',
        b'{"question": "a\\ud800b"}',
        b'{"question": "Who?", "language": "de"}',
        b'{"question": "Who?", "more": 1}',
    ],
)
def test_a_bad_request_is_refused_in_one_sentence(client: TestClient, body: bytes) -> None:
    reply = client.post("/v1/ask", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    detail = reply.json()["detail"]
    assert isinstance(detail, str)
    assert detail.endswith(".")
    assert "\n" not in detail


@pytest.mark.parametrize("address", ["/", "/articles/004", "/articles/999", "/healthz", "/nothing-here"])
def test_every_response_carries_the_security_headers(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    # All of them, on every address: test_gate_headers.py.
    assert "frame-ancestors" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_reader_may_run_no_script_but_files_of_ours(client: TestClient) -> None:
    policy = client.get("/articles/004").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_chat_page_is_at_the_root(client: TestClient) -> None:
    reply = client.get("/")
    assert reply.status_code == 200
    assert "<title>Dipnot</title>" in reply.text or '"title":"Dipnot"' in reply.text.replace('": "', '":"')


def test_static_files_of_ours_and_of_gradio_are_both_served(client: TestClient) -> None:
    assert "data-received" in client.get("/static/dipnot/reader.js").text
    assert client.get("/static/dipnot/reader.css").headers["content-type"].startswith("text/css")


def test_a_free_port_is_fine() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    check_port("127.0.0.1", port)


def test_a_busy_port_is_named_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse) as caught:
            check_port("127.0.0.1", port)
    assert str(caught.value) == f"Port {port} on 127.0.0.1 is in use; choose another with --port."
    assert isinstance(caught.value, DipnotError)


@pytest.mark.parametrize(
    ("host", "port", "remedy"),
    [("192.0.2.1", 7860, "--host"), ("no.such.host.invalid", 7860, "--host"), ("127.0.0.1", 70000, "--port")],
)
def test_an_address_that_cannot_be_had_is_named_with_what_to_do(host: str, port: int, remedy: str) -> None:
    with pytest.raises(PortInUse, match=remedy):
        check_port(host, port)
