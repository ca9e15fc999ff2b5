"""Files of questions: what is written, what is reported, and what survives when a run does not end."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

from app.answer import Answer
from app.assistant import Assistant
from app.batch import Hits, Row, ask_rows, part_of, run, search_rows
from app.cli import main
from corpus.errors import DipnotError

QUESTIONS = [
    "Moskova Antlaşması ne zaman imzalandı?",
    "When was the Treaty of Kars signed?",
    "Bu akşam hangi maç var?",
]
TEN_MEGABYTES = 10_000_000
OLDER = "the results of an older run\n"


def found(name: str, row: Row) -> Hits:
    """Stand in for an answer where only the file matters."""
    return Hits(id=f"{name} {row.question}", hits=[])


def written(*lines: str | bytes, to: Path) -> Path:
    to.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
    return to


def row(question: str, **more: object) -> str:
    return json.dumps({"question": question, **more}, ensure_ascii=False)


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "questions.jsonl"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


# What is written


def test_answers_come_in_order_with_the_ids_of_their_rows(
    source: Path, target: Path, assistant: Assistant
) -> None:
    written(
        row(QUESTIONS[0], id="ilk"), row(QUESTIONS[1], id=7), row(QUESTIONS[2], more="ignored"), to=source
    )
    assert run(source, target, ask_rows(assistant, "auto")) == 0
    answers = [Answer.model_validate_json(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [answer.id for answer in answers] == ["ilk", "7", "3"]
    assert [answer.question for answer in answers] == QUESTIONS
    assert [answer.language for answer in answers] == ["tr", "en", "tr"]
    assert [answer.status for answer in answers] == ["answered", "answered", "declined"]


def test_the_language_of_a_row_goes_before_that_of_the_run(
    source: Path, target: Path, assistant: Assistant
) -> None:
    written(row(QUESTIONS[0]), row(QUESTIONS[0], language="tr"), row(QUESTIONS[0], language=None), to=source)
    run(source, target, ask_rows(assistant, "en"))
    lines = target.read_text(encoding="utf-8").splitlines()
    assert [Answer.model_validate_json(line).language for line in lines] == ["en", "tr", "en"]


def test_the_history_of_a_row_is_used(source: Path, target: Path, assistant: Assistant) -> None:
    history = ["Kars Antlaşması hakkında ne biliniyor?"]
    written(row("Ne zaman imzalandı?", id="a", history=history), to=source)
    run(source, target, ask_rows(assistant, "tr"))
    answer = Answer.model_validate_json(target.read_text(encoding="utf-8"))
    assert answer.text == assistant.ask("Ne zaman imzalandı?", "tr", history).text
    assert answer.text != assistant.ask("Ne zaman imzalandı?", "tr").text


def test_rows_of_a_search_have_exactly_the_documented_keys(
    source: Path, target: Path, assistant: Assistant
) -> None:
    written(row(QUESTIONS[0], id="a"), row(QUESTIONS[1], id="b"), to=source)
    assert run(source, target, search_rows(assistant, 4)) == 0
    for line, name in zip(target.read_text(encoding="utf-8").splitlines(), "ab", strict=True):
        result = json.loads(line)
        assert list(result) == ["id", "hits"]
        assert result["id"] == name
        assert [hit["rank"] for hit in result["hits"]] == [1, 2, 3, 4]
        scores = [hit["score"] for hit in result["hits"]]
        assert scores == sorted(scores, reverse=True)
        for hit in result["hits"]:
            assert list(hit) == ["rank", "passage", "article", "file", "spans", "score", "text"]
            article = assistant.articles[hit["article"]]
            passage = next(known for known in article.passages if known.id == hit["passage"])
            assert hit["file"] == article.file
            assert hit["text"] == passage.text
            assert hit["spans"] == [list(span) for span in passage.spans]


def test_blank_lines_are_skipped_and_counted(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written("", row("first"), "  \t", "\r", row("second"), "x", "", to=source)
    assert run(source, target, found) == 1
    assert ids(target) == ["2 first", "5 second"]
    assert capsys.readouterr().err.startswith("line 6: ")


def test_a_last_line_without_an_end_is_read(source: Path, target: Path) -> None:
    source.write_text(row("first") + "\r\n" + row("second"))
    assert run(source, target, found) == 0
    assert ids(target) == ["1 first", "2 second"]


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_a_file_without_a_row_gives_a_file_without_a_row(source: Path, target: Path, content: bytes) -> None:
    source.write_bytes(content)
    assert run(source, target, found) == 0
    assert target.read_bytes() == b""


# Bad rows


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "x"}', "question: Field required"),
        ('{"question": null}', "question: "),
        ('{"question": 5}', "question: "),
        ('{"question": ""}', "The question is empty"),
        ('{"question": " \\t"}', "The question is empty"),
        ('{"question": "Kars\\u0000"}', "control characters"),
        ('{"question": "Kars\\u001b[31m"}', "control characters"),
        ('{"question": "Kars\x1b[31m"}', "Invalid JSON: control character"),
        ('{"question": "Kars\\ud800"}', "Invalid JSON: "),
        ('{"question": "Kars", "id": "\\udfff"}', "Invalid JSON: "),
        ('{"question": "Kars", "id": ["a"]}', "id"),
        ('{"question": "Kars", "language": "xx"}', "language: Input should be 'tr', 'en' or 'auto'"),
        ('{"question": "Kars", "history": "Moskova"}', "history: "),
        ('{"question": "Kars", "history": [1]}', "history.0: "),
        ('{"question": "Ne zaman?", "history": ["Kars\\u0000"]}', "control characters"),
        ("Kars", "Invalid JSON: expected value at column 1"),
        ('{"question": "Kars"', "Invalid JSON: "),
        ('{"question": "Kars"} {"question": "Kars"}', "Invalid JSON: trailing characters"),
        ("[]", "Input should be an object"),
        ("[" * 90_000, "Invalid JSON: recursion limit"),
        (b'{"question": "Kars \xff"}', "the line is not UTF-8"),
        (b'{"question": "Kars"}'.decode().encode("utf-16"), "the line is not UTF-8"),
        (json.dumps({"question": "Kars " * 20_000}), "the line has 100017 bytes; at most 100000 are read"),
    ],
)
def test_a_bad_row_is_reported_by_its_line_and_the_others_go_on(
    source: Path,
    target: Path,
    assistant: Assistant,
    capsys: pytest.CaptureFixture[str],
    line: str | bytes,
    reason: str,
) -> None:
    written(row(QUESTIONS[2], id="a"), line, row(QUESTIONS[2], id="b"), to=source)
    assert run(source, target, ask_rows(assistant, "auto")) == 1
    report = capsys.readouterr()
    assert report.out == ""
    assert re.fullmatch(r"line 2: .+\n", report.err), report.err
    assert reason in report.err
    assert len(report.err) < 200
    assert ids(target) == ["a", "b"]


def test_what_can_be_asked_but_not_answered_is_no_bad_row(
    source: Path, target: Path, assistant: Assistant
) -> None:
    written(row("??"), row("Kars? " * 500), to=source)
    assert run(source, target, ask_rows(assistant, "auto")) == 0
    lines = target.read_text(encoding="utf-8").splitlines()
    assert [Answer.model_validate_json(line).reason for line in lines] == ["not_a_question", "too_long"]


def test_one_line_of_ten_megabytes_stops_nothing(
    source: Path, target: Path, assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    giant = row("Kars " * (TEN_MEGABYTES // 5))
    written(row(QUESTIONS[0], id="a"), giant, row(QUESTIONS[1], id="b"), to=source)
    started = perf_counter()
    assert run(source, target, search_rows(assistant, 3)) == 1
    assert perf_counter() - started < 10
    assert (
        capsys.readouterr().err == f"line 2: the line has {len(giant) + 1} bytes; at most 100000 are read\n"
    )
    assert ids(target) == ["a", "b"]


def test_ten_megabytes_of_junk_are_reported_line_by_line_in_seconds(
    source: Path, target: Path, assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    junk = [f"{number:06d} neither JSON nor a question, and yet a line" for number in range(200_000)]
    assert sum(len(line) + 1 for line in junk) > TEN_MEGABYTES * 0.98
    written(*junk, row(QUESTIONS[0], id="last"), to=source)
    started = perf_counter()
    assert run(source, target, search_rows(assistant, 3)) == len(junk)
    assert perf_counter() - started < 20
    reported = [line.split(":")[0] for line in capsys.readouterr().err.splitlines()]
    assert reported == [f"line {number}" for number in range(1, len(junk) + 1)]
    assert ids(target) == ["last"]


# The file of results appears whole, or not at all


def test_while_it_runs_the_results_lie_beside(source: Path, target: Path) -> None:
    target.write_text(OLDER)
    seen: list[tuple[str, int]] = []

    def look(name: str, row: Row) -> Hits:
        seen.append((target.read_text(), len(part_of(target).read_text().splitlines())))
        return found(name, row)

    written(row("first"), row("second"), row("third"), to=source)
    run(source, target, look)
    assert seen == [(OLDER, 0), (OLDER, 1), (OLDER, 2)]
    assert ids(target) == ["1 first", "2 second", "3 third"]
    assert sorted(path.name for path in target.parent.iterdir()) == [target.name, source.name]


def test_a_run_that_breaks_off_leaves_the_older_results(source: Path, target: Path) -> None:
    target.write_text(OLDER)

    def break_off(name: str, row: Row) -> Hits:
        raise RuntimeError("not foreseen")

    written(row("first"), to=source)
    with pytest.raises(RuntimeError, match="not foreseen"):
        run(source, target, break_off)
    assert target.read_text() == OLDER


def test_a_killed_run_leaves_the_older_results(source: Path, target: Path) -> None:
    target.write_text(OLDER)
    written(row("first"), row("second"), row("third"), to=source)
    script = """
import os, signal, sys
from pathlib import Path
from app.batch import Hits, run

def answer(name, row):
    if row.question == "second":
        os.kill(os.getpid(), signal.SIGKILL)
    return Hits(id=name, hits=[])

run(Path(sys.argv[1]), Path(sys.argv[2]), answer)
"""
    done = subprocess.run([sys.executable, "-c", script, source, target])
    assert done.returncode == -signal.SIGKILL
    assert target.read_text() == OLDER
    assert ids(part_of(target)) == ["1"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_leaves_the_older_results(source: Path, target: Path) -> None:
    target.write_text(OLDER)
    part_of(target).symlink_to("/dev/full")
    written(row("first"), to=source)
    with pytest.raises(DipnotError, match="No space left on device") as caught:
        run(source, target, found)
    assert str(target) in str(caught.value)
    assert target.read_text() == OLDER


def test_a_folder_that_cannot_be_written_is_named(source: Path, tmp_path: Path) -> None:
    written(row("first"), to=source)
    # The file system of processes takes no files, not even from root.
    target = Path("/proc/answers.jsonl") if Path("/proc").is_dir() else tmp_path / "gone" / "answers.jsonl"
    with pytest.raises(DipnotError, match=re.escape(str(target))):
        run(source, target, found)


def test_a_place_beside_that_is_taken_leaves_the_older_results(source: Path, target: Path) -> None:
    target.write_text(OLDER)
    part_of(target).mkdir()
    written(row("first"), to=source)
    with pytest.raises(DipnotError, match=r"answers\.jsonl\.part: Is a directory"):
        run(source, target, found)
    assert target.read_text() == OLDER


# On the command line


Dipnot = Callable[..., tuple[int | str, str, str]]


@pytest.fixture
def dipnot(
    assistant: Assistant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Dipnot:
    """The command line in this process, on the assistant of the whole test run."""
    monkeypatch.setattr("app.cli.load_assistant", lambda _: assistant)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int | str, str, str]:
        monkeypatch.setattr(sys, "argv", ["dipnot", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        return (left.value.code or 0, *capsys.readouterr())

    return call


@pytest.mark.parametrize("command", ["ask", "search"])
def test_the_exit_code_is_0_when_every_row_was_answered(
    dipnot: Dipnot, source: Path, target: Path, command: str
) -> None:
    written(row(QUESTIONS[0], id="a"), to=source)
    assert dipnot(command, "--input", source, "--output", target) == (0, "", "")
    assert ids(target) == ["a"]


@pytest.mark.parametrize("command", ["ask", "search"])
def test_the_exit_code_is_1_when_a_row_failed(
    dipnot: Dipnot, source: Path, target: Path, command: str
) -> None:
    written("x", row(QUESTIONS[0], id="a"), row(""), to=source)
    code, out, err = dipnot(command, "--input", source, "--output", target)
    assert (code, out) == (1, "")
    assert [line.split(":")[0] for line in err.splitlines()] == ["line 1", "line 3", "dipnot"]
    assert err.splitlines()[-1].startswith("dipnot: 2 rows could not be answered")
    assert ids(target) == ["a"]


def test_an_output_behind_a_link_is_replaced_and_the_link_stays(
    dipnot: Dipnot, source: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "elsewhere" / "kept.jsonl"
    kept.parent.mkdir()
    kept.write_text(OLDER)
    link = tmp_path / "answers.jsonl"
    link.symlink_to(kept)
    written(row(QUESTIONS[0], id="a"), to=source)
    assert dipnot("search", "--input", source, "--output", link)[0] == 0
    assert link.is_symlink()
    assert ids(kept) == ["a"]


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--input", "q.jsonl"), "together"),
        (("--output", "a.jsonl"), "together"),
        (("--input", "q.jsonl", "--output", "a.jsonl", "Kars?"), "no question"),
        (("--input", "none.jsonl", "--output", "a.jsonl"), "no file none.jsonl"),
        (("--input", "folder", "--output", "a.jsonl"), "no file folder"),
        (("--input", "q.jsonl", "--output", "none/a.jsonl"), "no folder"),
        (("--input", "q.jsonl", "--output", "folder"), "folder is not a file"),
        (("--input", "q.jsonl", "--output", "pipe"), "pipe is not a file"),
        (("--input", "q.jsonl", "--output", "q.jsonl"), "the same file"),
        (("--input", "q.jsonl", "--output", "folder/../q.jsonl"), "the same file"),
        (("--input", "q.jsonl", "--output", "link.jsonl"), "the same file"),
    ],
)
def test_files_that_make_no_sense_are_refused_and_left_alone(
    dipnot: Dipnot,
    tmp_path: Path,
    command: str,
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    written(row(QUESTIONS[0]), to=tmp_path / "q.jsonl")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.jsonl").symlink_to("q.jsonl")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(path.name for path in tmp_path.iterdir())
    code, out, err = dipnot(command, *arguments)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"dipnot: .+\n", err)
    assert reason in err
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "q.jsonl").read_text(encoding="utf-8") == row(QUESTIONS[0]) + "\n"


def test_results_are_not_written_over_the_questions_that_lie_where_they_are_made(
    dipnot: Dipnot, tmp_path: Path
) -> None:
    questions = written(row(QUESTIONS[0]), to=tmp_path / "a.jsonl.part")
    code, _, err = dipnot("ask", "--input", questions, "--output", tmp_path / "a.jsonl")
    assert (code, err) == (2, "dipnot: --input and --output are the same file.\n")
    assert questions.read_text(encoding="utf-8") == row(QUESTIONS[0]) + "\n"
