"""When to be silent: the signs and the decision. How often it is wrong is for `dipnot eval gate`."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.refusal import RefusalSettings, Signs, confidence, decide

SETTINGS = RefusalSettings()
ORDER = {"off_topic": 0, "not_in_corpus": 1, None: 2}

NEAR = ["cosine", "english_cosine", "passage", "english_passage", "question"]
shares = st.floats(0, 1)
signs = st.builds(
    Signs,
    language=st.sampled_from(["tr", "en"]),
    cosine=shares,
    english_cosine=shares,
    passage=shares,
    english_passage=shares,
    question=shares,
    unseen=shares,
    has_unknown_name=st.booleans(),
)


def speaks_for(one):
    return confidence(one, SETTINGS), ORDER[decide(one, SETTINGS)]


@given(signs, shares, st.sampled_from(NEAR))
def test_what_is_nearer_never_speaks_against_an_answer(one, share, name):
    low, high = sorted((getattr(one, name), share))
    weaker, stronger = speaks_for(replace(one, **{name: low})), speaks_for(replace(one, **{name: high}))
    assert all(a <= b for a, b in zip(weaker, stronger, strict=True))


@given(signs, shares)
def test_more_words_that_the_articles_do_not_know_never_speak_for_an_answer(one, unseen):
    low, high = sorted((one.unseen, unseen))
    weaker, stronger = speaks_for(replace(one, unseen=high)), speaks_for(replace(one, unseen=low))
    assert all(a <= b for a, b in zip(weaker, stronger, strict=True))


@given(signs)
def test_an_unknown_name_never_speaks_for_an_answer(one):
    weaker = speaks_for(replace(one, has_unknown_name=True))
    stronger = speaks_for(replace(one, has_unknown_name=False))
    assert all(a <= b for a, b in zip(weaker, stronger, strict=True))


@given(signs)
def test_confidence_and_decision_agree(one):
    sure = confidence(one, SETTINGS)
    assert 0 <= sure <= 1
    assert (sure >= SETTINGS.threshold) == (decide(one, SETTINGS) is None)


def signs_of(language, sentence, passage, question, unseen, **flags):
    """Signs of a question whose nearest sentence and passage are as near in both languages."""
    return Signs(language, sentence, sentence, passage, passage, question, unseen, **flags)


MIDDLING = signs_of("tr", 0.86, 0.85, 0.88, 0.1)


@pytest.mark.parametrize("sign", [*({name: 0.92} for name in NEAR), {"unseen": 0.0}])
def test_each_sign_for_an_answer_counts(sign):
    assert confidence(replace(MIDDLING, **sign), SETTINGS) > confidence(MIDDLING, SETTINGS)


@pytest.mark.parametrize(
    "sign", [*({name: 0.8} for name in NEAR), {"unseen": 0.5}, {"has_unknown_name": True}]
)
def test_each_sign_against_an_answer_counts(sign):
    assert confidence(replace(MIDDLING, **sign), SETTINGS) < confidence(MIDDLING, SETTINGS)


@pytest.mark.parametrize(
    ("given_signs", "decision"),
    [
        (signs_of("tr", 0.91, 0.90, 0.95, 0.0), None),
        (signs_of("tr", 0.88, 0.87, 0.91, 0.0), None),
        (signs_of("tr", 0.83, 0.82, 0.84, 0.6, has_unknown_name=True), "not_in_corpus"),
        (signs_of("tr", 0.80, 0.79, 0.80, 0.5), "off_topic"),
        (signs_of("tr", 0.0, 0.0, 0.0, 0.0), "off_topic"),
        (signs_of("en", 0.90, 0.88, 0.94, 0.0), None),
        (signs_of("en", 0.82, 0.81, 0.84, 0.3, has_unknown_name=True), "not_in_corpus"),
        (signs_of("en", 0.76, 0.75, 0.78, 0.7), "off_topic"),
    ],
)
def test_decisions(given_signs, decision):
    assert decide(given_signs, SETTINGS) == decision


def test_between_the_subject_and_another_the_articles_do_not_say_it():
    near, far = signs_of("tr", 0.90, 0.89, 0.94, 0.0), signs_of("tr", 0.78, 0.77, 0.8, 0.0)
    between = [
        decide(signs_of("tr", *(a * share + b * (1 - share) for a, b in steps), 0.0), SETTINGS)
        for share in (i / 50 for i in range(51))
        for steps in [[(near.cosine, far.cosine), (near.passage, far.passage), (near.question, far.question)]]
    ]
    assert list(dict.fromkeys(between)) == ["off_topic", "not_in_corpus", None]


def test_a_higher_threshold_declines_more():
    clear = signs_of("en", 0.90, 0.88, 0.94, 0.0)
    assert decide(clear, SETTINGS) is None
    assert decide(clear, RefusalSettings(threshold=0.99999)) == "not_in_corpus"
