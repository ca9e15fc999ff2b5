"""Two runs side by side."""

import pytest

from eval.compare import changed, compare, is_right, table


def edited(run, **updates):
    """The run with some scores of its answerable rows set."""
    rows = [
        row.model_copy(update={"scores": row.scores.model_copy(update=updates)})
        if row.scores.answerable
        else row
        for row in run.rows
    ]
    return run.model_copy(update={"rows": rows})


def test_a_run_beside_itself_differs_in_nothing(small_run):
    found = compare(small_run, small_run)
    assert {one.difference.value for one in found} == {0}
    assert {one.verdict for one in found} == {"equivalent"}
    assert {one.group for one in found} == {"all", "tr", "en"}


def test_a_certain_gain_is_better_and_a_certain_loss_worse(small_run):
    low, high = edited(small_run, recall_5=0.0, right=0.0), edited(small_run, recall_5=1.0, right=0.0)
    found = {(one.group, one.metric.name): one for one in compare(low, high)}
    gain = found["all", "recall_5"]
    assert (gain.difference.a, gain.difference.b, gain.difference.n) == (0, 1, 10)
    assert (gain.verdict, found["all", "right"].verdict) == ("better", "equivalent")
    back = {(one.group, one.metric.name): one for one in compare(high, low)}
    assert back["all", "recall_5"].verdict == "worse"


def test_every_p_is_adjusted_for_all_comparisons(small_run):
    found = compare(edited(small_run, recall_5=0.0), edited(small_run, recall_5=1.0))
    assert all(one.adjusted_p >= one.difference.p for one in found)
    smallest = min(one.difference.p for one in found)
    assert min(one.adjusted_p for one in found) == pytest.approx(smallest * len(found))


def test_fewer_false_refusals_are_better(small_run):
    low, high = edited(small_run, declined=False), edited(small_run, declined=True)
    found = {(one.group, one.metric.name): one.verdict for one in compare(high, low)}
    assert found["all", "false_refusal"] == "better"


def test_a_difference_of_few_questions_is_not_called_the_same(small_run):
    low = edited(small_run, right=0.0)
    rows = [
        row.model_copy(update={"scores": row.scores.model_copy(update={"right": 1.0})}) if i == 0 else row
        for i, row in enumerate(low.rows)
    ]
    found = {(one.group, one.metric.name): one for one in compare(low, low.model_copy(update={"rows": rows}))}
    assert found["all", "right"].verdict == "no difference shown"
    assert "no difference shown" in table([found["all", "right"]])
    assert "same" not in table([found["all", "right"]])


def test_the_table_shows_what_was_compared(small_run):
    (line,) = [
        line
        for line in table(
            compare(edited(small_run, recall_5=0.25), edited(small_run, recall_5=0.75))
        ).splitlines()
        if line.startswith("| tr | recall@5 ")
    ]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[2:7] == ["5", "0.250", "0.750", "+0.500", "[+0.500, +0.500]"]


def test_the_questions_won_and_lost_are_listed(small_run):
    before = edited(small_run, right=0.0)
    after = edited(small_run, right=1.0)
    answerable = [row.question.id for row in small_run.rows if row.scores.answerable]
    won, lost = changed(before, after)
    assert ([row.question.id for row in won], lost) == (answerable, [])
    won, lost = changed(after, before)
    assert (won, [row.question.id for row in lost]) == ([], answerable)


def test_silence_is_right_where_there_is_no_answer(small_run):
    row = next(row for row in small_run.rows if not row.scores.answerable)
    for declined in (True, False):
        scores = row.scores.model_copy(update={"declined": declined})
        assert is_right(row.model_copy(update={"scores": scores})) == declined
