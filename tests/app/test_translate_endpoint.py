"""Translation by an endpoint: a real HTTP server on loopback, and everything that it may answer."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from app.translate.endpoint import Endpoint
from app.translate.translator import Refused, TranslatorFailed
from tests.chatserver import ChatServer, Reply, completion, serving

SENTENCE = "Antlaşma 16 Mart 1921'de Moskova'da imzalandı."


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as state:
        yield state


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that the translator would have slept."""
    return []


@pytest.fixture
def endpoint(server: ChatServer, pauses: list[float]) -> Endpoint:
    return Endpoint(server.url, "a-model", timeout=5, sleep=pauses.append)


def complaint(endpoint: Endpoint) -> str:
    with pytest.raises(TranslatorFailed) as raised:
        endpoint.translate([SENTENCE])
    assert "\n" not in str(raised.value)
    return str(raised.value)


# The request


def test_each_sentence_is_asked_for_by_itself_under_the_written_rules(server, endpoint):
    assert endpoint.translate([SENTENCE, "İkinci."]) == [f"EN: {SENTENCE}", "EN: İkinci."]
    assert [request["path"] for request in server.requests] == ["/v1/chat/completions"] * 2
    first, second = (request["messages"] for request in server.requests)
    assert [message["role"] for message in first] == ["system", "user"]
    assert first[1]["content"] == SENTENCE
    assert second == [first[0], {"role": "user", "content": "İkinci."}]
    assert "Nothing is added and nothing left out" in first[0]["content"]
    assert {request["model"] for request in server.requests} == {"a-model"}
    assert {request["temperature"] for request in server.requests} == {0}
    assert server.authorization == [None, None]


@pytest.mark.parametrize("end", ["", "/", "/chat/completions", "/chat/completions/"])
def test_the_address_may_be_given_with_its_end(server, end):
    Endpoint(server.url + end, "m").translate([SENTENCE])
    assert server.requests[0]["path"] == "/v1/chat/completions"


def test_the_key_is_sent_and_never_shown(server):
    server.replies = [Reply(401)]
    endpoint = Endpoint(server.url, "m", SecretStr("sk-secret"))
    said = complaint(endpoint)
    assert server.authorization == ["Bearer sk-secret"]
    assert "401" in said and "DIPNOT_TRANSLATOR_KEY" in said
    assert "sk-secret" not in said


@pytest.mark.parametrize("key", ["sk-x\n", "anahtar ı", "“sk”"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(key):
    with pytest.raises(TranslatorFailed, match="DIPNOT_TRANSLATOR_KEY") as raised:
        Endpoint("http://127.0.0.1:9/v1", "m", SecretStr(key))
    assert key not in str(raised.value)


# The answer


def test_spaces_around_an_answer_do_not_belong_to_it(server, endpoint):
    server.replies = [Reply(body=completion("\n  The treaty was signed. \n"))]
    assert endpoint.translate([SENTENCE]) == ["The treaty was signed."]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (completion("The treaty was", "length"), "the answer was cut off"),
        (completion("Here it is:\nThe treaty was signed."), "the answer has 2 lines instead of one"),
        (completion(""), "the answer has 0 lines instead of one"),
    ],
)
def test_an_answer_that_is_no_translation_concerns_its_own_sentence_alone(server, endpoint, body, why):
    server.replies = [Reply(body=body)]
    assert endpoint.translate([SENTENCE, "İkinci."]) == [Refused(why), "EN: İkinci."]


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b'{"choices": []}', b'{"choices": [{"text": "x"}]}', completion(None), b'"The treaty"'],
)
def test_an_answer_of_another_form_is_told(server, endpoint, body):
    server.replies = [Reply(body=body)]
    assert "choices[0].message.content" in complaint(endpoint)


@pytest.mark.parametrize("body", [b"", b"<html>It works!</html>", b"\xff"])
def test_an_answer_that_is_no_json_is_told(server, endpoint, body):
    server.replies = [Reply(body=body)]
    assert "JSON" in complaint(endpoint)


@pytest.mark.parametrize(
    ("reply", "parts"),
    [
        (Reply(404, b'{"error": {"message":\n "no model a-model"}}'), ("404", "no model a-model")),
        (Reply(500), ("500", "nothing")),
        (Reply(301, headers={"Location": "/elsewhere"}), ("301",)),
        (Reply(403), ("403", "DIPNOT_TRANSLATOR_KEY")),
    ],
)
def test_another_status_is_told_with_what_the_endpoint_says(server, endpoint, reply, parts):
    server.replies = [reply]
    said = complaint(endpoint)
    assert [part for part in parts if part not in said] == []
    assert len(server.requests) == 1


# Waiting


def test_a_busy_endpoint_is_asked_again_after_the_seconds_it_says(server, endpoint, pauses):
    server.replies = [Reply(429, headers={"Retry-After": "7"}), Reply(503, headers={"Retry-After": "0"})]
    assert endpoint.translate([SENTENCE]) == [f"EN: {SENTENCE}"]
    assert pauses == [7.0, 0.0]
    assert server.sentences == [SENTENCE] * 3


def test_a_busy_endpoint_may_say_a_date(server, endpoint, pauses):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    long_ago = "Wed, 21 Oct 2015 07:28:00 GMT"
    server.replies = [Reply(429, headers={"Retry-After": when}) for when in (later, long_ago)]
    endpoint.translate([SENTENCE])
    assert pauses[0] == pytest.approx(60, abs=5)
    assert pauses[1] == 0


def test_where_a_busy_endpoint_says_nothing_the_pause_grows(server, endpoint, pauses):
    server.replies = [Reply(429), Reply(429, headers={"Retry-After": "soon"}), Reply(429)]
    endpoint.translate([SENTENCE])
    assert pauses == [5.0, 10.0, 20.0]


def test_no_pause_is_longer_than_two_minutes(server, endpoint, pauses):
    server.replies = [Reply(429, headers={"Retry-After": "86400"})]
    endpoint.translate([SENTENCE])
    assert pauses == [120.0]


def test_an_endpoint_that_stays_busy_is_told_after_five_tries(server, endpoint, pauses):
    server.replies = [Reply(429)] * 5
    said = complaint(endpoint)
    assert "429" in said and "later" in said
    assert (len(server.requests), len(pauses)) == (5, 4)


def test_an_endpoint_that_does_not_answer_in_time_is_told(server):
    server.replies = [Reply(wait=2)]
    said = complaint(Endpoint(server.url, "m", timeout=0.2))
    assert "0.2 s" in said and "DIPNOT_TRANSLATOR_TIMEOUT" in said


def test_an_endpoint_that_is_down_is_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = complaint(Endpoint(f"http://127.0.0.1:{port}/v1", "m"))
    assert str(port) in said and "DIPNOT_TRANSLATOR_URL" in said


@pytest.mark.parametrize("url", ["localhost:8000/v1", "ftp://127.0.0.1/v1", "http://[x/v1", "http://"])
def test_an_address_that_is_none_is_told(url):
    assert "DIPNOT_TRANSLATOR_URL" in complaint(Endpoint(url, "m"))
