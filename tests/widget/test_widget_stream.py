"""The reader of server-sent events: the same events however the bytes are cut."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from app.embedding.bundle import SOURCES

Parse = Callable[[list[str]], list[list[str]]]
SETUP = """(source) => {
  const script = document.createElement("script");
  script.textContent = source + "\\nwindow.sseParser = sseParser;";
  document.body.append(script);
}"""
PARSE = """(pieces) => {
  const found = [];
  const parse = sseParser((event) => found.push([event.type, event.data, event.id]));
  for (const piece of pieces) parse(piece);
  return found;
}"""
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ENDS = st.sampled_from(["\n", "\r", "\r\n"])
# Without what ends a line, and without halves of surrogate pairs, which no UTF-8 holds.
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=12)


@pytest.fixture(scope="module")
def parse(browser: Any) -> Any:
    page: Page = browser.new_page()
    page.set_content("<body></body>")
    page.evaluate(SETUP, (SOURCES / "sse.js").read_text(encoding="utf-8"))
    yield lambda pieces: page.evaluate(PARSE, pieces)
    page.close()


def cut(whole: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:end] for start, end in pairwise(edges)]


def test_events_are_read_as_the_standard_says(parse: Parse) -> None:
    stream = (
        "\ufeff: a comment\nretry: 1000\nevent: claim\nid: a.1\ndata: one\ndata:two\ndata:  three\n\n"
        "data\n\nevent: lost\n\nid: b\0c\nunknown: x\ndata: four\n\ndata: never finished"
    )
    assert parse([stream]) == [
        ["claim", "one\ntwo\n three", "a.1"],
        ["message", "", "a.1"],
        ["message", "four", "a.1"],
    ]


@FEW
@given(
    st.lists(st.tuples(VALUES, st.lists(VALUES, min_size=1, max_size=3), VALUES), max_size=4),
    ENDS,
    st.lists(st.integers(0, 10_000), max_size=6),
)
def test_what_was_sent_is_what_is_read_wherever_it_is_cut(
    parse: Parse, events: list[tuple[str, list[str], str]], end: str, places: list[int]
) -> None:
    lines = []
    for kind, data, name in events:
        lines += [f"event: {kind}", *(f"data: {line}" for line in data), f"id: {name}", ""]
    whole = "".join(line + end for line in lines)
    expected = [[kind or "message", "\n".join(data), name] for kind, data, name in events]
    assert parse(cut(whole, places)) == expected


def test_an_empty_piece_does_not_part_a_return_from_its_line_feed(parse: Parse) -> None:
    assert parse(["data: a\r", "", "\ndata: b\r\n\r", "", "\n"]) == [["message", "a\nb", ""]]


@FEW
@given(st.text(max_size=80), st.lists(st.integers(0, 10_000), max_size=8))
def test_whatever_comes_is_read_the_same_in_one_piece_and_in_many(
    parse: Parse, whole: str, places: list[int]
) -> None:
    assert parse(cut(whole, places)) == parse([whole])
