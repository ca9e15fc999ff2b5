"""Every metric against cases worked by hand."""

from math import isnan, log2

import numpy as np
import pytest

from eval.metrics import (
    CitedClaim,
    Refusal,
    average_precision,
    calibration_error,
    citation_precision,
    citation_recall,
    ndcg,
    recall_at_k,
    reciprocal_rank,
    refusal,
    risk_coverage,
)

ROWS = [
    [True, False, False, False],  # found first
    [False, False, True, True],  # found third
    [False, False, False, False],  # not found
    [False, True, False, False],  # found second
]


@pytest.mark.parametrize(("k", "recall"), [(1, 1 / 4), (2, 2 / 4), (3, 3 / 4), (4, 3 / 4), (10, 3 / 4)])
def test_recall_is_the_share_of_evidence_among_the_first_hits(k, recall):
    assert recall_at_k(ROWS, k) == recall


def test_recall_over_nothing_and_of_no_hits_is_0():
    assert recall_at_k([], 5) == 0
    assert recall_at_k([[], []], 5) == 0


def test_recall_of_all_found_is_1():
    assert recall_at_k([[True], [False, True]], 2) == 1


@pytest.mark.parametrize(("row", "expected"), list(zip(ROWS, [1, 1 / 3, 0, 1 / 2], strict=True)))
def test_the_reciprocal_rank_is_that_of_the_first_relevant_hit(row, expected):
    assert reciprocal_rank(row) == expected


def test_only_the_first_k_hits_have_a_reciprocal_rank():
    row = [False] * 9 + [True, True]
    assert reciprocal_rank(row) == 1 / 10
    assert reciprocal_rank(row[1:]) == 1 / 9
    assert reciprocal_rank([False, *row]) == 0
    assert reciprocal_rank(row, k=9) == 0
    assert reciprocal_rank([]) == 0


# nDCG


def test_ndcg_of_the_ideal_ranking_is_1():
    assert ndcg([True, True, False], total=2) == 1
    assert ndcg([True] + [False] * 9, total=1) == 1


def test_ndcg_discounts_by_the_logarithm_of_the_rank():
    # DCG = 1/log2(3) + 1/log2(5); ideal = 1/log2(2) + 1/log2(3).
    expected = (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3))
    assert ndcg([False, True, False, True], total=2) == pytest.approx(expected)
    # A third relevant unit that was not found raises the ideal by 1/log2(4).
    expected = (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3) + 1 / 2)
    assert ndcg([False, True, False, True], total=3) == pytest.approx(expected)


def test_ndcg_counts_the_first_k_alone_and_is_0_where_nothing_is_relevant():
    assert ndcg([False] * 10 + [True], total=1) == 0
    assert ndcg([False, False], total=0) == 0
    assert ndcg([], total=3) == 0
    assert ndcg([True, True], total=5, k=2) == 1


# Citations, after ALCE


def supports(premise, claim):
    """A claim is supported when all its letters stand in the premise."""
    return set(claim) <= set(premise)


def claim(text, *cited):
    return CitedClaim(text, cited)


def test_citation_recall_is_the_share_of_supported_claims():
    claims = [claim("a", "a"), claim("ab", "a", "b"), claim("b", "a"), claim("a")]
    assert citation_recall(claims, supports) == 2 / 4
    assert citation_recall([], supports) == 0


def test_a_claim_with_an_invalid_citation_is_not_supported():
    assert citation_recall([claim("a", "a", None)], supports) == 0


def test_a_citation_that_is_needed_counts_as_precise():
    # "ab" needs both; neither supports it alone, and without either the other does not.
    assert citation_precision([claim("ab", "a", "b")], supports) == 1


def test_a_citation_that_neither_supports_nor_is_needed_does_not():
    # "c" does not support "a", and "a" is supported without it.
    assert citation_precision([claim("a", "a", "c")], supports) == 1 / 2


def test_two_citations_that_each_support_a_claim_are_both_precise():
    assert citation_precision([claim("a", "ax", "ay")], supports) == 1


def test_no_citation_of_an_unsupported_claim_is_precise():
    assert citation_precision([claim("d", "a", "b"), claim("a", "a")], supports) == 1 / 3


def test_an_invalid_number_counts_against_precision():
    # ALCE would count one right citation of one; here it is one of two claims' three citations.
    assert citation_precision([claim("a", "a"), claim("b", "b", None)], supports) == 1 / 3
    assert citation_precision([claim("a", None)], supports) == 0


def test_precision_over_no_citation_is_0():
    assert citation_precision([claim("a")], supports) == 0


# Cited average precision


@pytest.mark.parametrize(
    ("touches", "covered_at", "expected"),
    [
        ([True], [1], 1),
        ([False, True], [2], 1 / 2),
        ([True, False, True], [1, 3], (1 + 2 / 3) / 2),
        ([True], [1, None], 1 / 2),
        ([True, True], [2], 1),
        ([], [None], 0),
        ([False], [None], 0),
    ],
)
def test_cited_average_precision(touches, covered_at, expected):
    assert average_precision(touches, covered_at) == pytest.approx(expected)


# Refusal


def test_refusal_by_hand():
    # Declined: two of three that should be, one of three that should not.
    found = refusal([True, True, False, True, False, False], [False, False, False, True, True, True])
    assert found == Refusal(precision=2 / 3, recall=2 / 3, f1=2 / 3, false_refusal_rate=1 / 3)


def test_refusal_where_nothing_was_declined_has_no_precision():
    found = refusal([False, False], [False, True])
    assert isnan(found.precision)
    assert (found.recall, found.f1, found.false_refusal_rate) == (0, 0, 0)


# Risk and coverage


def test_risk_and_coverage_by_hand():
    # Four of five questions answered; by confidence right, wrong, right, wrong.
    curve = risk_coverage([0.2, 0.9, 0.7, 0.5], [False, True, False, True], total=5)
    assert curve.coverage.tolist() == [0.2, 0.4, 0.6, 0.8]
    assert curve.risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])
    assert curve.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_equal_confidences_enter_the_curve_together():
    curve = risk_coverage([0.5, 0.5, 0.1], [True, False, False], total=3)
    assert curve.coverage.tolist() == pytest.approx([2 / 3, 1])
    assert curve.risk.tolist() == pytest.approx([1 / 2, 2 / 3])
    assert curve.area == pytest.approx((1 / 2 + 1 / 2 + 2 / 3) / 3)


def test_a_curve_over_no_answer_is_empty():
    curve = risk_coverage([], [], total=3)
    assert len(curve.coverage) == len(curve.risk) == 0
    assert isnan(curve.area)


def test_calibration_error_by_hand() -> None:
    # Two bins: 0.9 and 0.8 said, half true; 0.1 said, none true.
    probability, outcome = np.array([0.95, 0.95, 0.1, 0.1]), np.array([1.0, 0.0, 0.0, 0.0])
    assert calibration_error(probability, outcome) == pytest.approx(0.5 * 0.45 + 0.5 * 0.1)
    assert calibration_error(outcome, outcome) == 0.0


def test_calibration_error_of_many_draws_at_once() -> None:
    generator = np.random.default_rng(3)
    probability = generator.random((5, 40))
    outcome = (generator.random((5, 40)) < probability).astype(float)
    together = calibration_error(probability, outcome)
    assert together.shape == (5,)
    one_by_one = [float(calibration_error(*pair)) for pair in zip(probability, outcome, strict=True)]
    assert together == pytest.approx(one_by_one)
