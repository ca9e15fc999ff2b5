"""Retrieval metrics against cases worked by hand."""

import pytest

from eval.metrics import recall_at_k, reciprocal_rank

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
