"""The choice of a kind of vector index: by what is measured, and by nothing where nothing can be won."""

import numpy as np
import pytest

from index import tuning
from index.tuning import ORDER, Kind, Trial, Wanted, choose, exact, picked, report, settings_of, table, tried

COUNT, DIMENSION = 4_000, 64


def unit(array):
    return (array / np.linalg.norm(array, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def passages():
    random = np.random.default_rng(1)
    centres = random.standard_normal((400, DIMENSION))
    return unit(centres[random.integers(0, 400, COUNT)] + 0.5 * random.standard_normal((COUNT, DIMENSION)))


@pytest.fixture(scope="module")
def questions(passages):
    return unit(passages[::40] + 0.15 * np.random.default_rng(2).standard_normal((100, DIMENSION)))


@pytest.fixture(scope="module")
def all_tried(passages, questions):
    return list(tried(passages, questions, Wanted(recall=0.95)))


def a_trial(name, recall, p95_ms, recall_questions=None):
    return Trial(Kind(name), recall, recall_questions, p95_ms / 2, p95_ms, 400.0, 1.0)


def test_nothing_is_measured_up_to_some_thousands(passages, monkeypatch):
    def measured(*_):
        raise AssertionError("a kind was tried")

    monkeypatch.setattr(tuning, "tried", measured)
    choice = choose(passages)
    assert (choice.kind, choice.trials, choice.vectors.name) == (Kind("Flat"), (), "Flat")


def test_beyond_the_first_kind_that_does_what_is_wanted_is_chosen(passages, questions):
    choice = choose(passages, questions, Wanted(p95_ms=1000), flat_up_to=0)
    assert choice.kind == Kind("Flat")
    assert [trial.kind.name for trial in choice.trials] == ["Flat"]


def test_the_index_chosen_holds_the_vectors_held_out_too(all_tried, passages):
    for trial, index in all_tried:
        assert len(index) == COUNT
        near = index.stored()
        np.testing.assert_allclose(near, passages, atol=0.02, err_msg=trial.kind.name)


def test_every_kind_is_tried_in_order_and_reaches_the_recall_here(all_tried):
    assert [trial.kind.name for trial, _ in all_tried] == list(ORDER)
    assert all(trial.least_recall >= 0.95 for trial, _ in all_tried)


def test_an_exact_search_has_recall_1_and_the_others_say_less_than_all(all_tried):
    trials = {trial.kind.name: trial for trial, _ in all_tried}
    assert trials["Flat"].least_recall == 1
    assert trials["IVF-SQ8"].least_recall < 1


def test_bytes_per_vector_are_those_of_the_file(all_tried, tmp_path):
    for trial, index in all_tried:
        index.save(tmp_path / "passages.faiss")
        assert trial.bytes_per_vector == (tmp_path / "passages.faiss").stat().st_size / COUNT


def test_a_wider_search_is_taken_only_where_it_is_needed(passages, questions):
    modest, exacting = (
        next(iter(tried(passages, questions, Wanted(recall=recall), ["IVF-SQ8"])))[0].kind
        for recall in (0.3, 0.99)
    )
    assert modest.breadth < exacting.breadth


def test_identical_passages_may_stand_for_one_another(passages):
    thrice = np.concatenate([passages[:1000]] * 20)
    trial, _ = next(iter(tried(thrice, None, Wanted(), ["Flat"])))
    assert (trial.recall, trial.recall_questions) == (1.0, None)


def test_vectors_of_zeros_are_not_asked_for(passages, monkeypatch):
    held = []
    monkeypatch.setattr(tuning, "exact", lambda *given: held.append(given[2]) or exact(*given))
    some = passages.copy()
    some[: COUNT // 2] = 0
    next(iter(tried(some, None, Wanted(), ["Flat"])))
    np.testing.assert_allclose(np.linalg.norm(held[0], axis=1), 1, atol=1e-5)


def test_the_exact_search_is_the_same_in_blocks(passages, questions, monkeypatch):
    numbers = np.arange(500, COUNT)
    monkeypatch.setattr(tuning, "BLOCK", 700)
    ids, cosines = exact(passages, numbers, questions)
    for question, own, values in zip(questions, ids, cosines, strict=True):
        right = passages[numbers] @ question
        assert own.tolist() == (500 + np.argsort(-right)[:10]).tolist()
        np.testing.assert_allclose(values, np.sort(right)[::-1][:10], atol=1e-5)


@pytest.mark.parametrize(
    ("trials", "name"),
    [
        ([a_trial("Flat", 1, 90), a_trial("SQfp16", 1, 15), a_trial("IVF-SQ8", 0.99, 1)], "SQfp16"),
        (
            [a_trial("Flat", 1, 90), a_trial("IVF-SQ8", 0.99, 1, 0.9), a_trial("IVF-RaBitQ", 0.98, 2)],
            "IVF-RaBitQ",
        ),
        ([a_trial("Flat", 1, 90), a_trial("IVF-SQ8", 0.9, 1), a_trial("IVF-RaBitQ", 0.95, 2)], "IVF-RaBitQ"),
        ([a_trial("Flat", 1, 90), a_trial("IVF-SQ8", 0.9, 30)], "Flat"),
    ],
    ids=["the first soon enough", "questions count", "most of those in time", "most, where none is in time"],
)
def test_what_is_picked_follows_from_what_was_measured(trials, name):
    assert picked(trials, Wanted(recall=0.97, p95_ms=20)).kind.name == name


@pytest.mark.parametrize("count", [5_001, 100_000, 1_000_000])
def test_lists_are_powers_of_two_with_enough_vectors_each(count):
    rows = settings_of("IVF-RaBitQ", count)
    lists = {kind.lists for row in rows for kind in row}
    assert len(lists) == 1
    assert count / lists.pop() >= 50
    assert {kind.refined for row in rows for kind in row} == {10, 20, 40, 80}
    assert all([kind.breadth for kind in row] == sorted({kind.breadth for kind in row}) for row in rows)


def test_the_table_marks_the_kind_chosen(all_tried):
    trials = [trial for trial, _ in all_tried]
    lines = table(trials, trials[2].kind)
    assert [line.startswith("| IVF-SQ8") for line in lines] == ["chosen" in line for line in lines]
    assert len(lines) == 2 + len(ORDER)
    assert f"nlist={trials[2].kind.lists} nprobe={trials[2].kind.breadth}" in lines[4]


def test_the_report_on_the_real_index_says_why_nothing_else_is_tried(index_dir):
    lines = list(report(index_dir))
    assert [line.split(":")[0] for line in lines] == [
        "passages.faiss",
        "Chosen",
        "passages.en.faiss",
        "Chosen",
    ]
    assert "Up to 5000 vectors nothing else is tried" in lines[1]


def test_the_report_measures_where_there_is_something_to_choose(index_dir, monkeypatch):
    monkeypatch.setattr(tuning, "FLAT_UP_TO", 100)
    lines = list(report(index_dir))
    assert [line.split(" ")[1] for line in lines if line.startswith("| ")][1:6] == list(ORDER)
    assert sum(line.endswith("chosen |") for line in lines) == 2
