"""When to be silent: the signs and the decision. How often it is wrong is for `dipnot eval gate`."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.refusal import RefusalSettings, Signs, confidence, decide

ORDER = {"off_topic": 0, "not_in_corpus": 1, None: 2}

shares = st.floats(0, 1)
signs = st.builds(Signs, st.sampled_from(["tr", "en"]), shares, shares, st.booleans(), st.booleans())


def speaks_for(one):
    return confidence(one, RefusalSettings()), ORDER[decide(one, RefusalSettings())]


@given(signs, shares)
def test_a_nearer_sentence_never_speaks_against_an_answer(one, cosine):
    low, high = sorted((one.cosine, cosine))
    weaker, stronger = speaks_for(replace(one, cosine=low)), speaks_for(replace(one, cosine=high))
    assert all(a <= b for a, b in zip(weaker, stronger, strict=True))


@given(signs, shares)
def test_more_of_the_questions_words_never_speak_against_an_answer(one, coverage):
    low, high = sorted((one.coverage, coverage))
    weaker, stronger = speaks_for(replace(one, coverage=low)), speaks_for(replace(one, coverage=high))
    assert all(a <= b for a, b in zip(weaker, stronger, strict=True))


@given(signs, st.sampled_from(["has_unknown_name", "has_unknown_year"]))
def test_an_unknown_name_or_year_never_speaks_for_an_answer(one, sign):
    weaker, stronger = speaks_for(replace(one, **{sign: True})), speaks_for(replace(one, **{sign: False}))
    assert all(a <= b for a, b in zip(weaker, stronger, strict=True))


@given(signs)
def test_confidence_and_decision_agree(one):
    sure = confidence(one, RefusalSettings())
    assert 0 <= sure <= 1
    assert sure >= 0.5 if decide(one, RefusalSettings()) is None else sure <= 0.5


@pytest.mark.parametrize("sign", [{"cosine": 0.92}, {"coverage": 0.9}])
def test_each_sign_for_an_answer_counts(sign):
    one = Signs("tr", cosine=0.85, coverage=0.2)
    assert confidence(replace(one, **sign), RefusalSettings()) > confidence(one, RefusalSettings())


@pytest.mark.parametrize("sign", ["has_unknown_name", "has_unknown_year"])
def test_each_sign_against_an_answer_counts(sign):
    one = Signs("tr", cosine=0.85, coverage=0.3)
    assert confidence(replace(one, **{sign: True}), RefusalSettings()) < confidence(one, RefusalSettings())


@pytest.mark.parametrize(
    ("given_signs", "decision"),
    [
        (Signs("tr", 0.92, 1.0), None),
        (Signs("tr", 0.90, 0.5), None),
        (Signs("tr", 0.87, 0.5), None),
        (Signs("tr", 0.87, 0.5, has_unknown_name=True, has_unknown_year=True), "not_in_corpus"),
        (Signs("tr", 0.86, 0.0), "not_in_corpus"),
        (Signs("tr", 0.80, 0.0), "off_topic"),
        (Signs("tr", 0.80, 0.0, has_unknown_year=True), "off_topic"),
        (Signs("tr", 0.0, 1.0), "off_topic"),
        (Signs("en", 0.90, 0.5), None),
        (Signs("en", 0.85, 0.4), None),
        (Signs("en", 0.85, 0.4, has_unknown_name=True, has_unknown_year=True), "not_in_corpus"),
        (Signs("en", 0.82, 0.0), "not_in_corpus"),
        (Signs("en", 0.76, 0.1), "off_topic"),
        (Signs("en", 0.0, 0.0), "off_topic"),
    ],
)
def test_decisions(given_signs, decision):
    assert decide(given_signs, RefusalSettings()) == decision


def test_an_english_question_may_be_further_from_the_turkish_words_that_answer_it():
    assert decide(Signs("en", 0.84, 0.3), RefusalSettings()) is None
    assert decide(Signs("tr", 0.84, 0.3), RefusalSettings()) is not None
