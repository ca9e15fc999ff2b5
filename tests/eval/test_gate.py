"""The gate opens for a re-run and closes for a loss."""

import pytest

from corpus.errors import DipnotError
from eval.gate import GUARDED, baseline_of, failures, read_baseline
from eval.gold import GOLD, read_gold
from eval.runfile import fingerprint


def with_right(run, value):
    rows = [
        row.model_copy(update={"scores": row.scores.model_copy(update={"right": value})})
        if row.scores.answerable
        else row
        for row in run.rows
    ]
    return run.model_copy(update={"rows": rows})


def test_the_same_run_passes(small_run):
    assert failures(small_run, baseline_of(small_run, 0.0)) == []


def test_a_gain_passes(small_run):
    assert failures(with_right(small_run, 1.0), baseline_of(with_right(small_run, 0.0), 0.0)) == []


def test_a_loss_within_the_noise_band_passes_and_beyond_it_does_not(small_run):
    baseline = baseline_of(with_right(small_run, 0.9), 0.02)
    assert failures(with_right(small_run, 0.885), baseline) == []
    (text,) = failures(with_right(small_run, 0.875), baseline)
    assert text == "answers right fell from 0.9000 to 0.8750 (noise band 0.0200)"


def test_a_figure_that_can_no_longer_be_made_does_not_pass(small_run):
    rows = [
        row.model_copy(update={"scores": row.scores.model_copy(update={"right_citation": None})})
        for row in small_run.rows
    ]
    found = failures(small_run.model_copy(update={"rows": rows}), baseline_of(small_run, 0.0))
    assert any(text.startswith("right citation fell from") for text in found)


def test_a_run_over_other_questions_is_refused(small_run):
    header = small_run.header.model_copy(update={"gold": "0" * 64})
    with pytest.raises(DipnotError, match="written for other gold questions"):
        failures(small_run.model_copy(update={"header": header}), baseline_of(small_run, 0.0))


def test_the_committed_baseline_is_of_the_development_questions():
    baseline = read_baseline()
    assert baseline.split == "dev"
    assert baseline.gold == fingerprint(read_gold(GOLD, "dev"))
    assert set(baseline.figures) == set(GUARDED)
    assert 0 <= baseline.band <= 0.02


@pytest.mark.parametrize("content", [None, "{}", "x"])
def test_a_baseline_that_cannot_be_read_is_an_error(tmp_path, content):
    path = tmp_path / "baseline.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(DipnotError, match="cannot be read"):
        read_baseline(path)
