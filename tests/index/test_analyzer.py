"""The lexical analyser: the terms under which Turkish and English words meet."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest
import snowballstemmer
from hypothesis import given
from hypothesis import strategies as st

from index.analyzer import STEM_LETTERS, analyze, analyze_query

ROOT = Path(__file__).parents[2]
TURKISH_LETTERS = "abcçdefgğhıijklmnoöprsştuüvyz"
TYPED_WITHOUT_DIACRITICS = str.maketrans("çğıöşüâîû", "cgiosuaiu")
TURKISH_CAPITALS = str.maketrans(TURKISH_LETTERS, "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ")

turkish_words = st.text(alphabet=TURKISH_LETTERS, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Çiçerin", "cicerin"),
        ("Gümrü", "gumru"),
        ("Boğazlar", "BOGAZLAR"),
        ("Kâzım", "kazim"),
        ("ihtilâl", "ihtilal"),
        ("Moskova'da", "Moskova"),
        ("Moskova’nın", "moskova"),
        ("Antlaşması'yla", "antlaşmanın"),
        ("1921'de", "1921"),
    ],
)
def test_spellings_of_a_turkish_word_meet(one, other):
    assert analyze(one, "tr") == analyze(other, "tr") != []


@pytest.mark.parametrize("spelling", ["İSTANBUL", "ISTANBUL", "istanbul", "ıstanbul", "İstanbul"])
def test_the_four_letters_i_are_one(spelling):
    assert analyze(spelling, "tr") == ["istan"]


@given(turkish_words)
def test_a_word_meets_itself_in_capitals_and_without_diacritics(word):
    terms = analyze(word, "tr")
    assert analyze(word.translate(TURKISH_CAPITALS), "tr") == terms
    assert analyze(word.translate(TYPED_WITHOUT_DIACRITICS), "tr") == terms


@given(turkish_words)
def test_a_turkish_ending_behind_five_letters_changes_nothing(stem):
    long = (stem * STEM_LETTERS)[: STEM_LETTERS + 1]
    assert analyze(f"{long}larından", "tr") == analyze(f"{long}mız", "tr")


def test_short_words_stay_whole_and_long_ones_are_cut():
    assert analyze("Van antlaşmalarımızdan", "tr") == ["van", "antla"]


def test_single_letters_are_left_out_but_not_single_digits():
    assert analyze("V. İ. Lenin'in 8. maddesi", "tr") == ["lenin", "8", "madde"]
    assert analyze("V. I. Lenin, item 8", "en") == ["lenin", "item", "8"]


def test_different_words_stay_different():
    assert analyze("Kars", "tr") != analyze("Kazan", "tr")
    assert analyze("antlaşma", "tr") != analyze("anlaşma", "tr")


def test_words_of_asking_and_joining_are_left_out_of_turkish():
    assert analyze("Ne zaman ve nerede, kim tarafından?", "tr") == []
    assert analyze("KİM İÇİN", "tr") == []


def test_words_of_asking_and_joining_are_left_out_of_english():
    assert analyze("When and where was it, and by whom?", "en") == []


def test_a_stop_word_of_the_other_language_is_an_ordinary_word():
    assert analyze("the", "tr") == ["the"]
    assert analyze("zaman", "en") == ["zaman"]


@pytest.mark.parametrize("language", ["tr", "en"])
def test_digits_stay_whole(language):
    assert analyze("1921 57986000 16", language) == ["1921", "57986000", "16"]


def test_terms_keep_the_order_of_the_text_and_repetitions():
    assert analyze("Kars, Batum ve Kars", "tr") == ["kars", "batum", "kars"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("treaty", "Treaties"), ("signed", "signs"), ("relation", "relations"), ("ISSUE", "issues")],
)
def test_forms_of_an_english_word_meet(one, other):
    assert analyze(one, "en") == analyze(other, "en") != []


def test_the_names_of_an_english_question_meet_a_turkish_passage():
    question = analyze_query("When did Karabekir meet Chicherin in Istanbul or Moskova about Batum?", "en")
    passage = analyze("Karabekir'in Moskova'ya ve İSTANBUL'a yazdığı, Batum'a dair", "tr")
    assert {"karab", "mosko", "istan", "batum"} <= set(question) & set(passage)


def test_the_years_of_an_english_question_are_looked_up_once():
    assert analyze_query("What happened in 1921?", "en").count("1921") == 1


def test_the_stop_words_of_an_english_question_are_not_looked_up_as_turkish():
    assert set(analyze_query("what about the treaty", "en")) == {"treati", "treat"}


def test_a_turkish_question_is_analysed_as_a_passage_is():
    text = "Gümrü Antlaşması 3 Aralık 1920'de imzalandı"
    assert analyze_query(text, "tr") == analyze(text, "tr")


@pytest.mark.parametrize("text", ["", " ", "?! …", "'’"])
@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_text_without_words_has_no_terms(text, language):
    assert analyze(text, language) == analyze_query(text, language) == []


@given(st.text(max_size=60), st.sampled_from(["tr", "en"]))
def test_no_term_of_any_text_is_empty_or_holds_white_space(text, language):
    terms = analyze_query(text, language)
    assert all(term and not any(char.isspace() for char in term) for term in terms)


@given(st.text(max_size=60))
def test_only_numbers_are_longer_than_a_stem_in_turkish(text):
    assert all(len(term) <= STEM_LETTERS or term.isdigit() for term in analyze(text, "tr"))


def test_the_terms_do_not_depend_on_the_process():
    code = (
        "import index.analyzer as a; "
        "print(a.analyze_query('Who signed the Treaty of Kars, İstanbul and Gümrü in 1921?', 'en'))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert printed == {
        f"{analyze_query('Who signed the Treaty of Kars, İstanbul and Gümrü in 1921?', 'en')}\n"
    }


def test_threads_do_not_mix_their_words() -> None:
    # Words of no text, so that none is in the analyser's memory.
    parts = product(
        "bdfgklmnprt", ("ola", "ivare", "unti", "arche"), ("ization", "fulness", "ational", "ingly")
    )
    made = ["".join(part) for part in parts]
    alone = snowballstemmer.stemmer("english").stemWords(made)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(lambda word: analyze(word, "en"), made))
    finally:
        sys.setswitchinterval(interval)
    assert together == [[stem] for stem in alone]
