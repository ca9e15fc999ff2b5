"""Fitting the choice of evidence, on questions made up so that the right weights are known."""

import tomllib

import numpy as np
import pytest

import eval.choosing
from app.evidence import FEATURES
from eval.choosing import _DEPTHS, TARGET, Case, cases, fit, out_of_fold, recall
from eval.gold import GOLD, read_gold


def made_up(count: int, *, candidates: int = 8, seed: int = 0) -> list[Case]:
    """Questions of whose candidates the one with the highest second feature of three is the evidence."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        features = random.normal(size=(candidates, 3)) * [1.0, 1.0, 100.0]
        found.append(Case("tr", features, np.arange(candidates)[None] == features[:, 1].argmax()))
    return found


def case(features, holds) -> Case:
    return Case("tr", np.array(features, float), np.array(holds, bool))


# The weights


def test_the_feature_that_decides_gets_the_weight():
    # By the spread of each feature, which is what its weight is worth.
    weights = np.abs(fit(made_up(60)) * [1.0, 1.0, 100.0])
    assert weights[1] > 1
    assert weights[1] > 5 * max(weights[0], weights[2])


def test_a_feature_that_speaks_against_gets_a_weight_below_0():
    turned = [Case(one.language, one.features * [1, -1, 1], one.holds) for one in made_up(60)]
    assert fit(turned)[1] == pytest.approx(-fit(made_up(60))[1], rel=1e-3)


def test_the_unit_of_a_feature_does_not_matter():
    scaled = [Case(one.language, one.features * [1, 1000, 1], one.holds) for one in made_up(30)]
    assert fit(scaled)[1] * 1000 == pytest.approx(fit(made_up(30))[1], rel=1e-3)


def test_a_feature_that_no_candidate_has_gets_no_weight():
    assert fit([case([[0, 0], [0, 1]], [[False, True]])] * 5)[0] == 0


def test_a_question_none_of_whose_candidates_is_evidence_teaches_nothing():
    known = made_up(20)
    unknown = Case("tr", known[0].features * 7, np.zeros((1, 8), bool))
    np.testing.assert_allclose(fit([*known, unknown]), fit(known))


# How many are found


def test_recall_is_the_share_of_the_pieces_that_the_first_sentences_hold():
    # By their only feature the candidates come in the order 2, 0, 3, 1.
    one = case([[3], [1], [4], [2]], [[True, False, False, False], [False, True, False, True]])
    assert _DEPTHS == (1, 2, 3, 4, 6, 10)
    assert recall([one], np.array([1.0])) == [[0.0, 0.5, 1.0, 1.0, 1.0, 1.0]]
    # In the order 1, 3, 0, 2.
    assert recall([one], np.array([-1.0])) == [[0.5, 0.5, 1.0, 1.0, 1.0, 1.0]]


def test_equal_candidates_keep_their_order():
    one = case([[1], [1], [1]], [[False, True, False]])
    assert recall([one], np.array([1.0]))[0][:3] == [0.0, 1.0, 1.0]


def test_evidence_that_is_no_candidate_is_not_found():
    one = case([[1], [2]], [[True, False], [False, False]])
    assert recall([one], np.array([1.0]))[0] == [0.0, 0.5, 0.5, 0.5, 0.5, 0.5]


# Questions that the weights were not fitted to


def test_no_question_is_measured_with_weights_that_were_fitted_to_it(monkeypatch):
    questions = made_up(23)
    number = {id(one): n for n, one in enumerate(questions)}
    fitted, measured = [], []

    def remember_fit(others):
        fitted.append({number[id(one)] for one in others})
        return np.zeros(3)

    def remember_recall(own, weights):
        measured.append({number[id(one)] for one in own})
        return [[0.0] * len(_DEPTHS) for _ in own]

    monkeypatch.setattr(eval.choosing, "recall", remember_recall)
    out_of_fold(questions, remember_fit)
    every = set(range(len(questions)))
    assert len(fitted) == len(measured) == 15
    for others, own in zip(fitted, measured, strict=True):
        assert not others & own
        assert others | own == every
    for draw in range(0, 15, 5):
        assert sum(map(len, measured[draw : draw + 5])) == len(questions)
        assert set[int]().union(*measured[draw : draw + 5]) == every


def test_what_one_question_alone_would_teach_does_not_help_it():
    """Each has a feature of its own that marks its evidence, which the other questions cannot know of."""
    count = 20
    own = []
    for n in range(count):
        features = np.zeros((4, count))
        features[3, n] = 1.0
        own.append(Case("tr", features, np.array([[False, False, False, True]])))
    assert np.mean([row[0] for row in recall(own, fit(own))]) == 1.0
    assert out_of_fold(own).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]


# The real questions and weights


def test_the_weights_are_those_of_the_features_in_both_languages():
    table = tomllib.loads(TARGET.read_text(encoding="utf-8"))
    assert list(table) == ["tr", "en"]
    for language in table:
        assert list(table[language]) == list(FEATURES)
        assert all(np.isfinite(weight) for weight in table[language].values())
        assert any(table[language].values())


def test_a_case_holds_the_candidates_of_a_question_and_its_evidence(assistant):
    dev = read_gold(GOLD, "dev")
    answerable = [gold for gold in dev if gold.is_answerable and not gold.history][:4]
    declined = [gold for gold in dev if not gold.is_answerable][:2]
    found = cases(assistant, [*answerable, *declined])
    assert [one.language for one in found] == [gold.language for gold in answerable]
    for one, gold in zip(found, answerable, strict=True):
        assert one.features.shape == (one.holds.shape[1], len(FEATURES))
        assert one.holds.shape[0] == len(gold.evidence)
    assert any(one.holds.any() for one in found)
