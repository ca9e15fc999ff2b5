"""Intervals, differences and what may be said of them."""

from math import isnan
from statistics import NormalDist

import numpy as np
import pytest

from eval.bootstrap import Difference, holm, interval, mean, paired, verdict


def difference(value, half_width, inner_half_width=None):
    inner = half_width * 0.84 if inner_half_width is None else inner_half_width
    return Difference(
        a=0.5,
        b=0.5 + value,
        value=value,
        low=value - half_width,
        high=value + half_width,
        inner_low=value - inner,
        inner_high=value + inner,
        p=0.5,
        n=100,
    )


def test_the_interval_of_equal_values_is_that_value():
    found = interval([[0.5] * 20])
    assert (found.value, found.low, found.high, found.n) == (0.5, 0.5, 0.5, 20)


def test_the_interval_of_a_share_is_about_that_of_the_normal_approximation():
    values = [1.0] * 60 + [0.0] * 40
    found = interval([values])
    half = NormalDist().inv_cdf(0.975) * (0.6 * 0.4 / 100) ** 0.5
    assert found.value == 0.6
    assert found.low == pytest.approx(0.6 - half, abs=0.011)
    assert found.high == pytest.approx(0.6 + half, abs=0.011)


def test_the_same_values_give_the_same_interval_at_every_call():
    values = [[0.1, 0.9, 0.4, 0.4, 1.0]]
    assert interval(values) == interval(values)


def test_a_statistic_of_two_columns_is_resampled_by_question():
    # The sum of the parts over the sum of the wholes, 3 / 6; never the mean of the ratios.
    found = interval([[1, 2, 0], [1, 2, 3]], lambda part, whole: part.sum(-1) / whole.sum(-1))
    assert found.value == 0.5
    assert 0 <= found.low < 0.5 < found.high <= 1


def test_resamples_without_a_figure_are_left_out():
    def statistic(column):
        return np.where(column.sum(-1) > 0, column.mean(-1), np.nan)

    found = interval([[1.0, 0.0]], statistic)
    assert found.value == 0.5
    # Of (0,0), (0,1), (1,0), (1,1) the first has no figure: the rest are 1/2, 1/2 and 1.
    assert (found.low, found.high) == (0.5, 1.0)


def test_an_interval_over_no_question_is_undefined():
    found = interval([[]])
    assert found.n == 0
    assert isnan(found.value)
    assert isnan(found.low)
    assert paired([[]], [[]]).n == 0


def test_pairing_uses_the_differences_of_the_questions():
    # Each question gains exactly 0.1: the difference is certain, however much the questions vary.
    a = [0.0, 0.2, 0.9, 0.4] * 10
    found = paired([a], [[value + 0.1 for value in a]])
    assert found.value == pytest.approx(0.1)
    assert (found.low, found.high) == (pytest.approx(0.1), pytest.approx(0.1))
    assert found.p < 0.001


def test_two_equal_systems_do_not_differ():
    a = [1.0, 0.0, 1.0, 1.0]
    found = paired([a], [a])
    assert (found.value, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_a_difference_that_chance_explains_has_a_large_p():
    # Five won, five lost.
    found = paired([[1, 0] * 5], [[0, 1] * 5])
    assert found.value == 0
    assert found.p > 0.5
    assert found.low < -0.3 < 0.3 < found.high


def test_the_inner_interval_lies_within_the_outer_one():
    found = paired([[0.0] * 50], [[1.0] * 20 + [0.0] * 30])
    assert found.low < found.inner_low < found.value < found.inner_high < found.high


def test_the_p_of_a_one_sided_difference_is_that_of_the_resamples():
    # One question of four won: the difference is 0 in (3/4)^4 = 31.6 % of the resamples, never below.
    found = paired([[0, 0, 0, 0]], [[1, 0, 0, 0]])
    assert found.p == pytest.approx(2 * 0.316, abs=0.03)


def test_holm_by_hand():
    # Sorted: 0.01*4, 0.02*3, 0.03*2 (raised to 0.06), 0.5*1.
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm([0.4, 0.6]) == pytest.approx([0.8, 0.8])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_holm_leaves_an_undefined_p_alone():
    adjusted = holm([float("nan"), 0.02])
    assert isnan(adjusted[0])
    assert adjusted[1] == 0.02


@pytest.mark.parametrize(
    ("found", "p", "more_is_better", "said"),
    [
        (difference(0.2, 0.1), 0.01, True, "better"),
        (difference(-0.2, 0.1), 0.01, True, "worse"),
        (difference(-0.2, 0.1), 0.01, False, "better"),
        (difference(0.2, 0.1), 0.01, False, "worse"),
        (difference(0.01, 0.03), 0.6, True, "equivalent"),
        (difference(0.0, 0.2), 1.0, True, "no difference shown"),
        # Its 90 % interval reaches beyond the margin on one side.
        (difference(0.03, 0.04), 0.2, True, "no difference shown"),
        (difference(0.2, 0.1), 0.2, True, "no difference shown"),
        # The margin itself is not within it.
        (difference(0.0, 0.06, 0.05), 1.0, True, "no difference shown"),
    ],
)
def test_what_may_be_said_of_a_difference(found, p, more_is_better, said):
    assert verdict(found, p, margin=0.05, more_is_better=more_is_better) == said


def test_the_mean_is_taken_by_resample():
    assert mean(np.array([[1.0, 2.0], [3.0, 5.0]])).tolist() == [1.5, 4.0]
