"""Drafts by a real llama.cpp server; skipped where its packages are not installed."""

import time

import pytest

from app.generators import GeneratorFailed, Message, OutOfTime
from app.generators.endpoint import Endpoint
from tests.llamaserver import LLAMA_MODEL

MESSAGES = [
    Message("system", "Answer from the sources. End each sentence with the number of its source."),
    Message("user", "[1] The treaty was signed on 16 March 1921.\n[2] Ankara ratified it on 22 July."),
]
TOLERANCE = 10.0


@pytest.fixture
def endpoint(llama_url: str) -> Endpoint:
    return Endpoint(llama_url, LLAMA_MODEL)


def test_a_draft_comes_in_pieces_with_its_tokens(endpoint):
    draft = endpoint.write(MESSAGES, tokens=24, seconds=120)
    pieces = list(draft)
    assert len(pieces) > 3 and "".join(pieces).strip()
    assert draft.usage.is_counted
    assert draft.usage.prompt_tokens > 30
    assert 0 < draft.usage.completion_tokens <= 24
    assert draft.is_cut == (draft.usage.completion_tokens == 24)


def test_the_same_is_written_each_time(endpoint):
    one, other = ("".join(endpoint.write(MESSAGES, tokens=16, seconds=120)) for _ in range(2))
    assert one == other != ""


def test_a_word_that_stops_ends_the_draft(endpoint):
    text = "".join(endpoint.write(MESSAGES, tokens=24, seconds=120))
    word = text.split()[4]
    assert "".join(endpoint.write(MESSAGES, tokens=24, seconds=120, stop=[word])) == text[: text.index(word)]


def test_a_draft_that_is_not_done_in_time_frees_the_server(endpoint):
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        list(endpoint.write(MESSAGES, tokens=3000, seconds=2))
    assert time.monotonic() - began < 2 + TOLERANCE
    # The server has one place: were it still writing, this would wait.
    assert "".join(endpoint.write(MESSAGES, tokens=2, seconds=60))


def test_more_than_the_model_has_room_for_is_told(endpoint):
    with pytest.raises(GeneratorFailed, match="400"):
        list(endpoint.write([Message("user", "Moskova " * 5000)], tokens=10, seconds=120))
