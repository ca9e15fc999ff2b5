"""A draft cut into sentences as it comes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.drafting import Sentence, drafted

TWO = "Antlaşma 16 Mart 1921'de imzalandı [1]. İki taraf da onayladı [2][3]."


def cut(text: str, size: int = 1) -> list[Sentence]:
    return list(drafted(text[at : at + size] for at in range(0, len(text), size)))


@pytest.mark.parametrize(
    "text",
    [
        TWO,
        "Antlaşma 16 Mart 1921'de imzalandı. [1] İki taraf da onayladı. [2][3]",
        "Antlaşma 16 Mart 1921'de imzalandı. [1]\nİki taraf da onayladı. [2] [3]\n",
        "- Antlaşma 16 Mart 1921'de imzalandı [1].\n- İki taraf da onayladı [2, 3].",
        "[1] Antlaşma 16 Mart 1921'de imzalandı.\n[2][3] İki taraf da onayladı.",
        "- [1] Antlaşma 16 Mart 1921'de imzalandı.\n- [2, 3] İki taraf da onayladı.\n",
        "Antlaşma *16 Mart 1921*'de imzalandı [1].\nİki `taraf` da __onayladı__ [2][3].",
        "1. Antlaşma **16 Mart 1921**'de imzalandı [1].\n2. İki taraf da onayladı [2;3].\n\n",
    ],
)
def test_however_a_model_puts_its_numbers_the_sentences_are_the_same(text: str) -> None:
    assert cut(text) == [
        Sentence("Antlaşma 16 Mart 1921'de imzalandı.", (1,)),
        Sentence("İki taraf da onayladı.", (2, 3)),
    ]


def test_a_sentence_without_a_number_takes_none_of_the_next() -> None:
    assert cut("It was signed in Moscow. Both sides ratified it [2].") == [
        Sentence("It was signed in Moscow.", ()),
        Sentence("Both sides ratified it.", (2,)),
    ]


def test_numbers_before_a_line_are_those_of_its_sentences_that_have_none() -> None:
    assert cut("[1] It was signed. Both ratified it [2].\nIt held.") == [
        Sentence("It was signed.", (1,)),
        Sentence("Both ratified it.", (2,)),
        Sentence("It held.", ()),
    ]


def test_a_sentence_is_handed_over_before_the_next_has_ended() -> None:
    pieces = iter(["The treaty was signed [1]. ", "It w", "as ratified"])
    sentences = drafted(pieces)
    assert next(sentences) == Sentence("The treaty was signed.", (1,))
    assert next(pieces) == "as ratified"


def test_a_number_that_may_go_on_is_waited_for() -> None:
    assert list(drafted(["It was signed [1", "2", "]", "[3]", " then"])) == [
        Sentence("It was signed", (12, 3)),
        Sentence("then", (), is_whole=False),
    ]


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [("It was sig", False), ("It was signed.", True), ("He said “yes”", True), ("It was signed [1]", True)],
)
def test_a_sentence_that_was_cut_off_is_known(text: str, is_whole: bool) -> None:
    (sentence,) = cut(text)
    assert sentence.is_whole == is_whole


def test_an_endless_line_comes_to_an_end() -> None:
    assert len(list(drafted(["word "] * 2000))) > 1


def test_what_is_cut_out_of_an_endless_line_is_not_taken_for_a_whole_sentence() -> None:
    first, *_ = drafted(["[1] It was", " not" * 600, " signed."])
    assert first.numbers == (1,) and not first.is_whole


@pytest.mark.parametrize(
    "piece", ["[ ", "[1 ", "[", " ", "\t", "\n", "*", "- ", "1. ", "[1] ", "a", ".", "II. "]
)
@pytest.mark.parametrize("before", ["", "a", "[1] a"])
def test_whatever_is_repeated_is_read_in_no_time(before: str, piece: str) -> None:
    began = time.process_time()
    list(drafted([before, *[piece] * 2500, "x"]))
    assert time.process_time() - began < 3


def test_a_draft_in_one_piece_is_read_as_one_in_many() -> None:
    text = "It was signed there [1]. " * 500 + "\n" + "and so on " * 100
    assert cut(text, len(text)) == cut(text, 7)


def test_numbers_that_nobody_hands_out_are_left() -> None:
    assert cut("It was so [99999999999999999999].") == [Sentence("It was so.", ())]


@pytest.mark.parametrize("text", ["", " \n ", "[1]", "***", "[1][2].\n[3]"])
def test_what_says_nothing_is_no_sentence(text: str) -> None:
    assert cut(text) == []


@given(text=st.text(alphabet="aB. [1]2,\n*-", max_size=60), size=st.integers(1, 7))
def test_it_does_not_matter_in_which_pieces_a_draft_comes(text: str, size: int) -> None:
    assert cut(text, size) == cut(text, 1)


@given(text=st.text(max_size=80))
def test_no_draft_fails_and_no_sentence_is_empty(text: str) -> None:
    for sentence in cut(text, 3):
        assert sentence.text.strip()
        assert len(set(sentence.numbers)) == len(sentence.numbers)
