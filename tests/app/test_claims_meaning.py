"""Meaning: what was put in, or is about something else, is found by its words and by sentence vectors."""

from __future__ import annotations

import pytest

from app.claims.meaning import cosine, means_another, wording
from index.encoder import Encoder

CITED = [("The delegation went by sea from the harbour to the northern town, and from there by train.", "en")]


@pytest.fixture(scope="module")
def encoder(model):
    return Encoder(model)


def test_words_put_in_a_row_are_something_else():
    claim = (
        "The delegation signed a maritime transport protocol in the northern town before going on by train."
    )
    assert wording(claim, CITED, "en").run > 3
    assert means_another(claim, CITED, "en", None)


def test_other_words_for_the_same_are_not():
    assert not means_another(
        "By sea and by train the delegation travelled to the northern town.", CITED, "en", None
    )


def test_numbers_and_months_are_no_words():
    assert wording("On 3 May 1920, seven", CITED, "en").share == 1.0


def test_another_matter_is_far_away_in_either_language(encoder):
    tr = "Heyet limandan kuzeydeki kasabaya deniz yoluyla, oradan trenle gitti."
    other = "Ekmek fiyatları geçen yıla göre iki katına çıktı."
    assert cosine(tr, [CITED[0][0]], encoder) > cosine(other, [CITED[0][0]], encoder)
    assert not means_another(tr, CITED, "tr", encoder)
    assert means_another(other, CITED, "tr", encoder)


def test_of_a_few_words_each_must_have_a_counterpart():
    cited = [("The Ottoman Empire had been fighting Tsarist Russia for centuries.", "en")]
    assert means_another("The source is the Ottoman Empire.", cited, "en", None)
    assert not means_another("The Ottoman Empire fought Russia.", cited, "en", None)
