"""Figures over questions, against cases worked by hand and against well-known libraries."""

from math import isnan

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap
from sklearn.metrics import f1_score, ndcg_score

from eval.bootstrap import interval
from eval.figures import BY_NAME, METRICS, curve, difference, figure, groups, latencies, shown
from eval.judge import Scores
from eval.metrics import ndcg, refusal


def scores(**fields):
    return Scores.model_validate(
        {"in_language": 1.0, "declined": False, "answerable": True, "confidence": 0.5} | fields
    )


def test_questions_to_which_a_metric_does_not_apply_do_not_count():
    own = [scores(recall_5=1.0), scores(recall_5=0.0), scores(answerable=False)]
    found = figure(BY_NAME["recall_5"], own)
    assert (found.value, found.n) == (0.5, 2)
    assert figure(BY_NAME["in_language"], own).n == 3


def test_the_median_of_words():
    own = [scores(words=float(words)) for words in (10, 20, 90)] + [scores(declined=True)]
    found = figure(BY_NAME["words"], own)
    assert (found.value, found.n) == (20, 3)


def test_refusal_figures_are_those_of_all_questions_together():
    declined = [True, True, False, True, False, False, False]
    answerable = [False, False, False, True, True, True, True]
    own = [scores(declined=d, answerable=a) for d, a in zip(declined, answerable, strict=True)]
    expected = refusal(declined, answerable)
    assert figure(BY_NAME["refusal_precision"], own).value == pytest.approx(expected.precision)
    assert figure(BY_NAME["refusal_recall"], own).value == pytest.approx(expected.recall)
    assert figure(BY_NAME["refusal_f1"], own).value == pytest.approx(expected.f1)
    assert figure(BY_NAME["false_refusal"], own).value == expected.false_refusal_rate == 1 / 4
    assert expected.f1 == pytest.approx(f1_score([not a for a in answerable], declined))


def test_a_difference_counts_the_questions_that_both_scored():
    pairs = [
        (scores(cited_ap=0.0), scores(cited_ap=1.0)),
        (scores(declined=True), scores(cited_ap=1.0)),
        (scores(cited_ap=0.5), scores(declined=True)),
    ]
    found = difference(BY_NAME["cited_ap"], pairs)
    assert (found.a, found.b, found.n) == (0, 1, 1)


def test_no_metric_fails_over_no_question():
    for metric in METRICS:
        assert figure(metric, []).n == 0
        assert isnan(figure(metric, []).value)
        assert difference(metric, []).n == 0


def test_every_score_of_a_question_is_in_a_figure():
    named = {name for name in Scores.model_fields if name not in ("declined", "answerable", "confidence")}
    assert named <= set(BY_NAME)


def test_the_groups_are_languages_and_types(small_run):
    found = groups(small_run.rows)
    assert list(found)[:3] == ["all", "tr", "en"]
    assert len(found["all"]) == len(found["tr"]) + len(found["en"]) == len(small_run.rows)
    assert sum(len(rows) for rows in list(found.values())[3:]) == len(small_run.rows)


def test_the_curve_ends_at_the_share_of_questions_answered(small_run):
    answered = [row for row in small_run.rows if not row.scores.declined]
    found = curve(small_run.rows)
    assert found.coverage[-1] == pytest.approx(len(answered) / len(small_run.rows))
    assert found.risk[-1] == pytest.approx(
        1 - sum(bool(row.scores.right) for row in answered) / len(answered)
    )


def test_latencies_are_percentiles_of_each_stage(small_run):
    rows = [
        row.model_copy(update={"timings_ms": {"search": float(i)}}) for i, row in enumerate(small_run.rows)
    ]
    last = len(rows) - 1
    assert latencies(rows) == {"search": pytest.approx((last * 0.5, last * 0.95, last * 0.99))}
    assert latencies([row.model_copy(update={"timings_ms": {}}) for row in small_run.rows]) == {}


def test_an_interval_is_shown_with_its_bounds():
    found = figure(BY_NAME["right"], [scores(right=1.0), scores(right=1.0)])
    assert shown(found) == "1.000 [1.00, 1.00]"
    assert shown(figure(BY_NAME["right"], [])) == "–"


# Beside well-known libraries


def test_the_interval_is_that_of_scipy():
    values = np.random.default_rng(7).random(60)
    theirs = scipy_bootstrap(
        (values,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    ours = interval([values.tolist()])
    assert (ours.low, ours.high) == (
        pytest.approx(theirs.low, abs=0.004),
        pytest.approx(theirs.high, abs=0.004),
    )


@pytest.mark.parametrize("relevant", [[1, 0, 1, 0], [0, 0, 1, 1], [0, 1, 0, 0]])
def test_ndcg_is_that_of_scikit_learn(relevant):
    ranks = np.arange(len(relevant), 0, -1)
    theirs = ndcg_score([relevant], [ranks])
    assert ndcg([bool(one) for one in relevant], total=sum(relevant)) == pytest.approx(theirs)
