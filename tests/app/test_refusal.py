"""When to be silent: the signs and the decision. How often it is wrong is for `dipnot eval gate`."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.refusal import RefusalSettings, Signs, confidence, decide

SETTINGS = RefusalSettings()
ORDER = {"off_topic": 0, "not_in_corpus": 1, None: 2}

shares = st.floats(0, 1)
signs = st.builds(Signs, st.sampled_from(["tr", "en"]), shares, shares, shares, st.booleans(), st.booleans())


def speaks_for(one):
    return confidence(one, SETTINGS), ORDER[decide(one, SETTINGS)]


@given(signs, shares, st.sampled_from(["cosine", "english_cosine"]))
def test_a_nearer_sentence_never_speaks_against_an_answer(one, cosine, name):
    low, high = sorted((getattr(one, name), cosine))
    weaker, stronger = speaks_for(replace(one, **{name: low})), speaks_for(replace(one, **{name: high}))
    assert all(a <= b for a, b in zip(weaker, stronger, strict=True))


@given(signs, shares)
def test_more_words_that_the_articles_do_not_know_never_speak_for_an_answer(one, unseen):
    low, high = sorted((one.unseen, unseen))
    weaker, stronger = speaks_for(replace(one, unseen=high)), speaks_for(replace(one, unseen=low))
    assert all(a <= b for a, b in zip(weaker, stronger, strict=True))


@given(signs, st.sampled_from(["has_unknown_name", "has_unknown_year"]))
def test_an_unknown_name_or_year_never_speaks_for_an_answer(one, sign):
    weaker, stronger = speaks_for(replace(one, **{sign: True})), speaks_for(replace(one, **{sign: False}))
    assert all(a <= b for a, b in zip(weaker, stronger, strict=True))


@given(signs)
def test_confidence_and_decision_agree(one):
    sure = confidence(one, SETTINGS)
    assert 0 <= sure <= 1
    assert (sure >= SETTINGS.threshold) == (decide(one, SETTINGS) is None)


MIDDLING = Signs("tr", cosine=0.86, english_cosine=0.84, unseen=0.1)


@pytest.mark.parametrize("sign", [{"cosine": 0.9}, {"english_cosine": 0.88}, {"unseen": 0.0}])
def test_each_sign_for_an_answer_counts(sign):
    assert confidence(replace(MIDDLING, **sign), SETTINGS) > confidence(MIDDLING, SETTINGS)


@pytest.mark.parametrize(
    "sign", [{"unseen": 0.5}, {"has_unknown_name": True}, {"has_unknown_year": True}, {"cosine": 0.8}]
)
def test_each_sign_against_an_answer_counts(sign):
    assert confidence(replace(MIDDLING, **sign), SETTINGS) < confidence(MIDDLING, SETTINGS)


@pytest.mark.parametrize(
    ("given_signs", "decision"),
    [
        (Signs("tr", 0.92, 0.90, 0.0), None),
        (Signs("tr", 0.88, 0.86, 0.0), None),
        (Signs("tr", 0.85, 0.82, 0.6, has_unknown_name=True), "off_topic"),
        (Signs("tr", 0.85, 0.80, 0.2), "not_in_corpus"),
        (Signs("tr", 0.80, 0.78, 0.5), "off_topic"),
        (Signs("tr", 0.0, 0.0, 0.0), "off_topic"),
        (Signs("en", 0.86, 0.90, 0.0), None),
        (Signs("en", 0.83, 0.87, 0.1), None),
        (Signs("en", 0.82, 0.83, 0.3, has_unknown_name=True), "off_topic"),
        (Signs("en", 0.76, 0.77, 0.7), "off_topic"),
    ],
)
def test_decisions(given_signs, decision):
    assert decide(given_signs, SETTINGS) == decision


def test_a_higher_threshold_declines_more():
    strict = RefusalSettings(threshold=0.99)
    assert decide(Signs("en", 0.83, 0.87, 0.1), strict) == "not_in_corpus"
