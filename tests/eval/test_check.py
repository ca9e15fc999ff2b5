"""A run file that was changed, by accident or on purpose, is caught."""

import pytest

from corpus.errors import DipnotError
from eval.check import check
from eval.gold import read_gold


@pytest.fixture(scope="module")
def gold_by_id():
    return {question.id: question for question in read_gold()}


@pytest.fixture
def answered(small_run):
    """The number of a row that was answered with a citation, and the row."""
    return next(
        (i, row)
        for i, row in enumerate(small_run.rows)
        if row.answer.status == "answered" and row.scores.answerable
    )


def with_row(run, at, row, **changes):
    """The run with one row changed."""
    return run.model_copy(
        update={"rows": [*run.rows[:at], row.model_copy(update=changes), *run.rows[at + 1 :]]}
    )


def test_a_run_as_it_was_made_is_right(small_run, articles, judge, gold_by_id):
    assert check(small_run, articles, judge, gold_by_id) == []


@pytest.mark.parametrize(
    "name",
    [
        "recall_1",
        "recall_5",
        "mrr_10",
        "ndcg_10",
        "right",
        "cited_ap",
        "citation_precision",
        "words",
        "confidence",
    ],
)
def test_a_score_that_was_changed_is_told_with_its_line(
    small_run, articles, judge, gold_by_id, answered, name
):
    at, row = answered
    changed = row.scores.model_copy(update={name: getattr(row.scores, name) + 0.01})
    found = check(
        with_row(small_run, at, row.model_copy(update={"scores": changed})), articles, judge, gold_by_id
    )
    assert len(found) == 1
    assert found[0].startswith(f"line {at + 2} ({row.question.id}): {name} is ")


def test_a_score_that_is_missing_or_added_is_told(small_run, articles, judge, gold_by_id, answered):
    at, row = answered
    changed = row.scores.model_copy(update={"right": None, "declined": True})
    found = check(
        with_row(small_run, at, row.model_copy(update={"scores": changed})), articles, judge, gold_by_id
    )
    assert [text.split(": ")[1].split(" ")[0] for text in found] == ["right", "declined"]


def test_an_answer_that_was_mended_afterwards_is_told(small_run, articles, judge, gold_by_id, answered):
    at, row = answered
    answer = row.answer.model_copy(update={"text": row.answer.text + " Ve dahası."})
    found = check(
        with_row(small_run, at, row.model_copy(update={"answer": answer})), articles, judge, gold_by_id
    )
    assert any("words is" in text for text in found)


def test_hits_that_were_moved_are_told(small_run, articles, judge, gold_by_id):
    at, row = next((i, r) for i, r in enumerate(small_run.rows) if r.scores.recall_1 == 1)
    changed = row.model_copy(update={"hits": row.hits[1:] + row.hits[:1]})
    found = check(with_row(small_run, at, changed), articles, judge, gold_by_id)
    assert any("mrr_10 is 1.0" in text or "ndcg_10" in text for text in found)


def test_another_number_of_relevant_passages_is_told(small_run, articles, judge, gold_by_id, answered):
    at, row = answered
    changed = row.model_copy(update={"relevant_units": row.relevant_units + 3})
    found = check(with_row(small_run, at, changed), articles, judge, gold_by_id)
    assert any("relevant_units is" in text for text in found)


def test_a_question_that_is_not_gold_is_told(small_run, articles, judge, gold_by_id, answered):
    at, row = answered
    easier = row.question.model_copy(update={"must": [["ve"]]})
    found = check(
        with_row(small_run, at, row.model_copy(update={"question": easier})), articles, judge, gold_by_id
    )
    assert "line 1: the fingerprint of the gold questions is not that of the questions below" in found
    assert any("not, or no longer, among the gold questions" in text for text in found)


def test_a_hit_in_an_unknown_article_is_told(small_run, articles, judge, gold_by_id, answered):
    at, row = answered
    changed = row.model_copy(update={"hits": [row.hits[0].model_copy(update={"article": "009"})]})
    found = check(with_row(small_run, at, changed), articles, judge, gold_by_id)
    assert found == [f"line {at + 2} ({row.question.id}): a hit lies in no article of the corpus"]


def test_a_run_over_other_articles_is_refused(small_run, articles, judge, gold_by_id):
    header = small_run.header.model_copy(update={"corpus": "0" * 64})
    with pytest.raises(DipnotError, match="line 1: the run was made over other articles"):
        check(small_run.model_copy(update={"header": header}), articles, judge, gold_by_id)
