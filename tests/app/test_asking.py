"""POST /v1/ask and its stream, over a real server with a real client."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.answer import Answer
from app.api.asking import Start, StreamedClaim
from app.assistant import Assistant
from app.options import ServerOptions
from app.server import create_app
from tests.siteserver import serving

WHY = "Why did the Soviet Union help the Ankara government?"
Event = dict[str, str]


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[httpx.Client]:
    app = create_app(assistant, options=ServerOptions(rate_per_minute=0))
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def events_of(reply: httpx.Response) -> list[Event]:
    """The events of a stream, each with the fields that it carries."""
    return [
        dict(line.split(": ", 1) for line in block.splitlines())  # type: ignore[misc]
        for block in reply.text.split("\n\n")
        if block.strip()
    ]


def streamed(client: httpx.Client, question: str, last: str = "", **more: object) -> list[Event]:
    headers = {"Last-Event-ID": last} if last else {}
    reply = client.post("/v1/ask/stream", json={"question": question, **more}, headers=headers)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    return events_of(reply)


def whole(client: httpx.Client, question: str, **more: object) -> Answer:
    return Answer.model_validate(client.post("/v1/ask", json={"question": question, **more}).json())


def test_a_stream_says_sentence_by_sentence_what_the_answer_says(client: httpx.Client) -> None:
    answer = whole(client, WHY)
    events = streamed(client, WHY)
    assert [event["event"] for event in events] == ["start", *["claim"] * len(answer.claims), "answer"]
    start = Start.model_validate_json(events[0]["data"])
    assert (start.id, start.status, start.claims) == (answer.id, "answered", len(answer.claims))
    claims = [StreamedClaim.model_validate_json(event["data"]) for event in events[1:-1]]
    assert [claim.claim for claim in claims] == answer.claims
    assert [citation for claim in claims for citation in claim.citations] == answer.citations
    last = Answer.model_validate_json(events[-1]["data"])
    assert last.text == answer.text


def test_every_sentence_comes_with_the_citations_it_needs(client: httpx.Client) -> None:
    known: set[int] = set()
    for event in streamed(client, WHY)[1:-1]:
        claim = StreamedClaim.model_validate_json(event["data"])
        known |= {citation.n for citation in claim.citations}
        assert set(claim.claim.citations) <= known


@pytest.mark.parametrize("received", range(3))
def test_a_stream_goes_on_where_it_broke_off(client: httpx.Client, received: int) -> None:
    events = streamed(client, WHY)
    assert received < len(events)
    rest = streamed(client, WHY, last=events[received]["id"])
    assert [event["id"] for event in rest] == [event["id"] for event in events[received + 1 :]]


@pytest.mark.parametrize("last", ["x", "0123456789abcdef.1", "..", "ı", "9" * 1000])
def test_a_stream_of_something_else_begins_at_the_beginning(client: httpx.Client, last: str) -> None:
    reply = client.post("/v1/ask/stream", json={"question": WHY}, headers={"Last-Event-ID": last.encode()})
    assert events_of(reply)[0]["event"] == "start"


def test_the_ids_of_two_questions_differ(client: httpx.Client) -> None:
    first, second = (streamed(client, WHY, language=language) for language in ("tr", "en"))
    assert {event["id"] for event in first}.isdisjoint(event["id"] for event in second)


def test_a_declined_question_is_a_stream_too(client: httpx.Client) -> None:
    events = streamed(client, "Fenerbahçe maçı kaç kaç bitti?")
    assert [event["event"] for event in events] == ["start", "answer"]
    assert Answer.model_validate_json(events[-1]["data"]).status == "declined"


def test_a_question_is_read_in_the_light_of_those_before_it(client: httpx.Client) -> None:
    history = ["Moskova Antlaşması ne zaman imzalandı?"]
    alone, after = whole(client, "Kim imzaladı?"), whole(client, "Kim imzaladı?", history=history)
    assert alone.id != after.id
    assert "Moskova" in after.text


@pytest.mark.parametrize(
    "body",
    [
        {"question": ""},
        {"question": "a\x00b"},
        {"question": "Who?", "language": "de"},
        {"question": "Who?", "history": ["x" * 2001]},
        {"question": "Who?", "history": ["x"] * 33},
        {"question": "Who?", "history": ["a\x00b"]},
        {"question": "Who?", "history": "x"},
    ],
)
def test_a_stream_that_cannot_be_is_refused_before_it_begins(client: httpx.Client, body: object) -> None:
    reply = client.post("/v1/ask/stream", json=body)
    assert reply.status_code == 422
    assert reply.json()["code"] == "invalid"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=60), history=st.lists(st.text(max_size=30), max_size=3))
def test_whatever_is_asked_the_stream_ends_with_the_answer(
    client: httpx.Client, question: str, history: list[str]
) -> None:
    body = {"question": question, "history": history}
    reply = client.post("/v1/ask/stream", json=body)
    if reply.status_code != 200:
        assert reply.status_code == client.post("/v1/ask", json=body).status_code == 422
        return
    events = events_of(reply)
    assert events[-1]["event"] == "answer"
    assert (
        Answer.model_validate_json(events[-1]["data"]).text == whole(client, question, history=history).text
    )
