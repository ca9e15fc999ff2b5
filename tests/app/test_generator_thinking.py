"""What a model thinks before it answers is no part of its draft."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.generators import Draft
from app.generators.draft import Pen
from app.generators.thinking import opened_by, without_thoughts


def left(*pieces: str) -> str:
    return "".join(without_thoughts(pieces))


@pytest.mark.parametrize(
    "text",
    [
        "<think>Let me see.</think>It was signed.",
        "<think>\n\n</think>\n\nIt was signed.",
        "<thinking>[1] says</thinking> It was signed.",
        "\n<thought>a < b</thought>It was signed.",
        "<reasoning>x</reasoning>It was signed.",
        "[THINK]x[/THINK]It was signed.",
        "<think>a</think>\n<think>b</think>\nIt was signed.",
        "<think>a<think>b</think>It was signed.",
        "</think>It was signed.",
    ],
)
def test_a_thought_and_the_white_space_behind_it_are_left_out(text: str) -> None:
    assert left(text).strip() == "It was signed."
    assert left(*text).strip() == "It was signed."


def test_a_thought_that_is_not_closed_has_no_end() -> None:
    assert left("<think>It was", " signed [1].\n") == ""
    assert left("Yes. <think>It was") == "Yes. "


def test_words_before_and_behind_a_thought_are_not_one_sentence() -> None:
    assert left("It was not<think>Hm.</think> signed.") == "It was not\nsigned."


def test_a_thought_whose_beginning_was_kept_back_ends_a_line() -> None:
    assert left("The user asks [1", "]</thi", "nk>\n\nIt was signed.") == "The user asks [1]\nIt was signed."


@pytest.mark.parametrize("text", ["a < b", "<thi", "<thinker>", "i<think", "</", "1 <2>", "[THIN", "[1]"])
def test_what_is_no_tag_stays(text: str) -> None:
    assert left(text) == left(*text) == text


def test_what_is_no_tag_is_not_kept_back_longer_than_it_may_be_one() -> None:
    pieces = iter(["It was <", "i>signed", "never"])
    words = without_thoughts(pieces)
    assert next(words) + next(words) == "It was <i>signed"
    assert next(pieces) == "never"


@given(
    parts=st.lists(
        st.sampled_from(["<think>", "</think>", "</thinking>", "<", "th", "a", " ", "\n"]), max_size=12
    ),
    size=st.integers(1, 5),
)
def test_it_does_not_matter_in_which_pieces_a_thought_comes(parts: list[str], size: int) -> None:
    text = "".join(parts)
    whole = left(text)
    assert left(*(text[at : at + size] for at in range(0, len(text), size))) == whole
    assert not any(tag in whole for tag in ("<think>", "</think>", "</thinking>"))


def test_a_word_that_stops_does_not_stop_a_thought() -> None:
    def work(pen: Pen) -> None:
        for piece in ("<think>\nfirst\n", "then\n</think>", "\nIt was", " signed.\nMore"):
            pen.put(piece)

    assert "".join(Draft("it", work, 60, ["\n"])) == "It was signed."


@pytest.mark.parametrize(
    ("prompt", "tag"),
    [
        ("<|assistant|><think>\n", "<think>"),
        ("<|assistant|><think>\n\n</think>\n\n", ""),
        ("What is <think>?\n<|assistant|>", ""),
    ],
)
def test_a_prompt_may_open_a_thought_itself(prompt: str, tag: str) -> None:
    assert opened_by(prompt) == tag
