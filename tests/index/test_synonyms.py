"""The lexicon of equivalent words, and how a question is expanded with it."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

import index.synonyms
from index.analyzer import analyze
from index.synonyms import expand

TABLE = tomllib.loads(Path(index.synonyms.__file__).with_name("synonyms.toml").read_text(encoding="utf-8"))
GROUPS = TABLE["groups"]
ENGLISH = TABLE["english"]


def expanded(word, language):
    return expand(analyze(word, language), language)


def test_the_lexicon_holds_groups_and_english_words_and_nothing_else():
    assert set(TABLE) == {"groups", "english"}
    assert len(GROUPS) > 100
    assert len(ENGLISH) > 100


def test_every_turkish_word_stands_for_exactly_one_term():
    words = [word for group in (*GROUPS, *ENGLISH.values()) for word in group]
    assert [word for word in words if len(analyze(word, "tr")) != 1] == []


def test_every_english_word_stands_for_exactly_one_term():
    assert [word for word in ENGLISH if len(analyze(word, "en")) != 1] == []


def test_no_term_is_in_two_groups():
    terms = Counter(term for group in GROUPS for term in {analyze(word, "tr")[0] for word in group})
    assert [term for term, count in terms.items() if count > 1] == []


def test_no_two_english_words_stand_for_the_same_term():
    stems = Counter(analyze(word, "en")[0] for word in ENGLISH)
    assert [stem for stem, count in stems.items() if count > 1] == []


def test_every_group_says_something():
    alone = [group for group in GROUPS if len({analyze(word, "tr")[0] for word in group}) < 2]
    assert alone == []
    assert [word for word, turkish in ENGLISH.items() if not turkish] == []


def test_every_word_of_a_group_leads_to_all_the_others():
    for group in GROUPS:
        terms = {analyze(word, "tr")[0] for word in group}
        for term in terms:
            assert set(expand([term], "tr")) == terms - {term}


def test_no_term_expands_to_itself():
    for group in GROUPS:
        terms = [analyze(word, "tr")[0] for word in group]
        assert expand(terms, "tr") == []


@pytest.mark.parametrize(
    ("modern", "older"),
    [
        ("antlaşma", "muahede"),
        ("Dışişleri", "Hariciye"),
        ("barışı", "sulh"),
        ("savaşın", "harbi"),
        ("sınırı", "hudut"),
        ("bakanı", "vekil"),
    ],
)
def test_modern_and_older_turkish_words_lead_to_each_other(modern, older):
    assert analyze(older, "tr")[0] in expanded(modern, "tr")
    assert analyze(modern, "tr")[0] in expanded(older, "tr")


@pytest.mark.parametrize(
    ("english", "turkish"),
    [
        ("treaties", "antlaşma"),
        ("signed", "imzalandı"),
        ("Straits", "Boğazlar"),
        ("border", "hudut"),
        ("October", "Ekim"),
        ("Alexandropol", "Gümrü"),
    ],
)
def test_an_english_word_leads_to_turkish_ones(english, turkish):
    assert analyze(turkish, "tr")[0] in expanded(english, "en")


def test_a_word_outside_the_lexicon_leads_nowhere():
    assert expanded("Karabekir", "tr") == []
    assert expanded("Karabekir", "en") == []


def test_the_words_of_one_language_are_not_looked_up_in_the_other():
    assert expanded("treaty", "tr") == []
    assert expanded("muahede", "en") == []


def test_a_question_is_expanded_in_order_and_without_repetition():
    found = expand(analyze("barış antlaşması ve sulh muahedesi", "tr"), "tr")
    assert found == ["andla", "anlas"]
