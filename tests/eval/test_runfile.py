"""Run files: written line by line, gone on with after a kill, refused when they are not sound."""

import json

import pytest

from corpus.errors import DipnotError
from eval.runfile import read_run, same_questions, writing


@pytest.fixture
def path(tmp_path, small_run):
    """A finished run on disk."""
    path = tmp_path / "run.jsonl"
    with writing(path, small_run.header) as (_, appender):
        for row in small_run.rows:
            appender.write(row)
    return path


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def rewrite(path, lines):
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def test_a_run_is_read_as_it_was_written(path, small_run):
    assert read_run(path) == small_run
    assert not path.with_name("run.jsonl.part").exists()


def test_an_unfinished_run_goes_on_where_it_stopped(tmp_path, small_run):
    path = tmp_path / "run.jsonl"
    with pytest.raises(KeyboardInterrupt), writing(path, small_run.header) as (_, appender):
        for row in small_run.rows[:3]:
            appender.write(row)
        raise KeyboardInterrupt
    assert not path.exists()
    later = small_run.header.model_copy(update={"created": "2030-01-01T00:00:00+00:00"})
    with writing(path, later) as (rows, appender):
        assert rows == small_run.rows[:3]
        for row in small_run.rows[3:]:
            appender.write(row)
    assert read_run(path) == small_run


@pytest.mark.parametrize("torn", ['{"question": {"id": "x', '{"kind": "dipnot-r'])
def test_a_line_that_was_cut_by_the_kill_is_made_again(tmp_path, small_run, torn):
    part = tmp_path / "run.jsonl.part"
    whole = small_run.header.model_dump_json() + "\n" if "question" in torn else ""
    part.write_text(whole + torn, encoding="utf-8")
    with writing(tmp_path / "run.jsonl", small_run.header) as (rows, appender):
        assert rows == []
        for row in small_run.rows:
            appender.write(row)
    assert read_run(tmp_path / "run.jsonl") == small_run


def test_what_another_run_left_is_not_mixed_in(tmp_path, small_run):
    path = tmp_path / "run.jsonl"
    other = small_run.header.model_copy(update={"commit": "abc", "settings": {"search": {}}})
    (tmp_path / "run.jsonl.part").write_text(other.model_dump_json() + "\n", encoding="utf-8")
    with (
        pytest.raises(DipnotError, match=r"left by another run \(other commit, settings\); remove it"),
        writing(path, small_run.header),
    ):
        pass
    assert lines_of(tmp_path / "run.jsonl.part") == [other.model_dump_json()]


def test_an_older_run_is_not_lost_while_a_new_one_is_made(path, small_run):
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt), writing(path, small_run.header) as (_, appender):
        appender.write(small_run.rows[0])
        raise KeyboardInterrupt
    assert path.read_bytes() == before


# Refused, with the line


def test_a_run_with_rows_missing_is_refused(path, small_run):
    rewrite(path, lines_of(path)[:-2])
    n = len(small_run.rows)
    with pytest.raises(DipnotError, match=rf"announces {n} questions, there are {n - 2}"):
        read_run(path)


@pytest.mark.parametrize(
    ("number", "line", "text"),
    [
        (1, "{", "line 1: Invalid JSON"),
        (1, '{"kind": "other"}', "line 1: kind: Input should be 'dipnot-run'"),
        (1, '{"id": "q", "question": "?"}', "line 1: system: Field required"),
        (3, "", "line 3: Invalid JSON"),
        (3, "[]", "line 3: Input should be an object"),
        (4, '{"question": 1}', "line 4: question: "),
    ],
)
def test_a_line_that_does_not_belong_into_a_run_is_named(path, number, line, text):
    lines = lines_of(path)
    lines[number - 1] = line
    rewrite(path, lines)
    with pytest.raises(DipnotError, match=rf"^run\.jsonl, {text}"):
        read_run(path)


def test_a_format_of_the_future_is_refused(path):
    header, *rows = lines_of(path)
    rewrite(path, [json.dumps(json.loads(header) | {"format": 99}), *rows])
    with pytest.raises(DipnotError, match=r"line 1: the run has format 99, this Dipnot reads 1"):
        read_run(path)


def test_a_question_that_stands_twice_is_named(path):
    lines = lines_of(path)
    rewrite(path, [*lines[:3], lines[1], *lines[4:]])
    with pytest.raises(DipnotError, match=r"line 4: \S+ was there before"):
        read_run(path)


@pytest.mark.parametrize(
    ("content", "text"), [(b"", "line 1: the file is empty"), (b"\xff\xfe", "cannot be read")]
)
def test_a_file_that_is_no_run_is_refused(tmp_path, content, text):
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(DipnotError, match=text):
        read_run(tmp_path / "x.jsonl")


def test_a_file_that_is_not_there_is_said_not_to_be(tmp_path):
    with pytest.raises(DipnotError, match="There is no file"):
        read_run(tmp_path / "x.jsonl")


# Two runs


def test_only_questions_that_both_runs_hold_are_paired(small_run):
    shorter = small_run.model_copy(update={"rows": small_run.rows[2:5]})
    pairs = same_questions(small_run, shorter)
    assert [(a.question.id, b.question.id) for a, b in pairs] == [
        (row.question.id, row.question.id) for row in small_run.rows[2:5]
    ]


def test_runs_that_asked_something_else_under_the_same_id_are_not_compared(small_run):
    row = small_run.rows[0]
    changed = row.model_copy(update={"question": row.question.model_copy(update={"answer": "x"})})
    other = small_run.model_copy(update={"rows": [changed]})
    with pytest.raises(DipnotError, match=f"different questions under the same id: {row.question.id}"):
        same_questions(small_run, other)


def test_runs_without_a_common_question_are_not_compared(small_run):
    one = small_run.model_copy(update={"rows": small_run.rows[:2]})
    other = small_run.model_copy(update={"rows": small_run.rows[2:]})
    with pytest.raises(DipnotError, match="no question in common"):
        same_questions(one, other)
