"""Feedback: what readers say is kept whole, for as long as is said, and nothing about the reader."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import app.feedback
from app.feedback import Entry, Feedback, FeedbackError, Said, router
from app.feedback_command import as_csv, as_jsonl
from app.permalink import PermalinkError, Reference, encode
from app.settings import Settings
from corpus.errors import DipnotError
from tests.commandline import Dipnot

ID = encode(Reference("Kars Antlaşması ne zaman imzalandı?", "tr", (), "g1"))
NOON = datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=UTC)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "feedback.sqlite3"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def feedback(path: Path, clock: Clock) -> Feedback:
    return Feedback(path, 365, clock)


@pytest.fixture
def client(feedback: Feedback) -> Iterator[TestClient]:
    yield from served(feedback)


def served(feedback: Feedback) -> Iterator[TestClient]:
    served = FastAPI()
    served.include_router(router(feedback))
    with TestClient(served) as client:
        yield client


def test_what_is_said_is_kept_with_what_was_asked(feedback: Feedback) -> None:
    feedback.add(ID, "wrong_source", "s. 8 değil, s. 9")
    assert feedback.entries() == [
        Entry(
            "2026-03-01T12:00:00Z",
            "wrong_source",
            "s. 8 değil, s. 9",
            "Kars Antlaşması ne zaman imzalandı?",
            "tr",
            "g1",
            ID,
        )
    ]


def test_nothing_else_is_kept(feedback: Feedback, path: Path) -> None:
    feedback.add(ID, "right")
    with sqlite3.connect(path) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(feedback)")]
    connection.close()
    assert columns == ["time", "verdict", "note", "question", "language", "generation", "answer"]
    assert columns == [field.name for field in fields(Entry)]


def test_the_same_said_twice_stays_twice_in_its_order(feedback: Feedback) -> None:
    feedback.add(ID, "wrong")
    feedback.add(ID, "wrong")
    feedback.add(ID, "right")
    assert [entry.verdict for entry in feedback.entries()] == ["wrong", "wrong", "right"]


def test_the_time_is_written_in_utc(feedback: Feedback, clock: Clock) -> None:
    clock.time = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=3)))
    feedback.add(ID, "right")
    assert feedback.entries()[0].time == "2026-02-28T22:30:00Z"


def test_what_is_too_old_goes_at_the_next_write(feedback: Feedback, clock: Clock, path: Path) -> None:
    feedback.add(ID, "wrong", "gizli-not")
    clock.time = NOON + timedelta(days=364)
    feedback.add(ID, "right")
    assert len(feedback.entries()) == 2
    clock.time = NOON + timedelta(days=365)
    feedback.add(ID, "right")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT verdict FROM feedback").fetchall() == [("right",), ("right",)]
    connection.close()
    assert b"gizli-not" not in path.read_bytes()


def test_what_is_too_old_goes_at_the_export(feedback: Feedback, clock: Clock) -> None:
    feedback.add(ID, "wrong")
    clock.time = NOON + timedelta(days=366)
    assert feedback.entries() == []
    clock.time = NOON
    assert feedback.entries() == []


def test_with_no_days_nothing_is_kept_or_left(feedback: Feedback, path: Path, clock: Clock) -> None:
    feedback.add(ID, "wrong")
    none = Feedback(path, 0, clock)
    assert not none.is_kept
    with pytest.raises(FeedbackError, match="feedback_days is 0"):
        none.add(ID, "right")
    assert none.entries() == []
    assert feedback.entries() == []


def test_nothing_is_made_where_nothing_was_said(feedback: Feedback, path: Path) -> None:
    assert feedback.entries() == []
    assert not path.parent.exists()


def test_an_id_that_names_no_answer_is_refused(feedback: Feedback) -> None:
    with pytest.raises(PermalinkError):
        feedback.add(ID[:-1], "right")
    assert feedback.entries() == []


def test_many_threads_lose_nothing(feedback: Feedback) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: feedback.add(ID, "right", str(i)), range(40)))
    assert sorted(int(entry.note) for entry in feedback.entries()) == list(range(40))


def test_the_first_entries_of_a_file_may_come_at_once(tmp_path: Path) -> None:
    # Whoever comes first makes the file; none of the others may fail for it.
    with ThreadPoolExecutor(8) as pool:
        for number in range(60):
            feedback = Feedback(tmp_path / f"{number}.sqlite3", 365)
            list(pool.map(lambda i, kept=feedback: kept.add(ID, "right", str(i)), range(10)))
            assert len(feedback.entries()) == 10


def _say_ten(path: Path, who: int) -> None:
    feedback = Feedback(path, 365)
    for i in range(10):
        feedback.add(ID, "wrong", f"{who}-{i}")


def test_several_processes_lose_nothing(path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=_say_ten, args=(path, who)) for who in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    notes = {entry.note for entry in Feedback(path, 365).entries()}
    assert notes == {f"{who}-{i}" for who in range(3) for i in range(10)}


def test_a_locked_file_is_one_error(feedback: Feedback, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feedback.add(ID, "right", "önceki")
    monkeypatch.setattr(app.feedback, "_WAIT", 0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(FeedbackError, match="locked") as caught:
        feedback.add(ID, "wrong")
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, DipnotError)
    holder.execute("ROLLBACK")
    holder.close()
    feedback.add(ID, "wrong", "sonraki")
    assert [entry.note for entry in feedback.entries()] == ["önceki", "sonraki"]


# A limit on the size of files is met like a full disk; it holds for a process, so it has one of its own.
FULL = """
import resource, sys
from pathlib import Path
from app.feedback import Feedback, FeedbackError
feedback = Feedback(Path(sys.argv[1]), 365)
size = max(path.stat().st_size for path in Path(sys.argv[1]).parent.iterdir())
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    for i in range(100):
        feedback.add(sys.argv[2], "wrong", "x" * 1000)
except FeedbackError as error:
    print(error)
"""


def test_a_full_disk_is_one_error_and_what_was_kept_stays(feedback: Feedback, path: Path) -> None:
    feedback.add(ID, "right", "önceki")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), ID], capture_output=True, text=True, timeout=60, check=True
    )
    assert "cannot be used" in done.stdout
    assert done.stdout.count("\n") == 1
    kept = Feedback(path, 3650).entries()
    assert kept[0].note == "önceki"
    assert {entry.note for entry in kept[1:]} <= {"x" * 1000}


def test_a_file_that_is_none_of_ours_is_left_alone(feedback: Feedback, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, " * 100)
    for act in (lambda: feedback.add(ID, "right"), feedback.entries):
        with pytest.raises(FeedbackError, match="not a database"):
            act()
    assert path.read_bytes() == b"not a database, " * 100


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FeedbackError, match="set feedback_file"):
        Feedback(tmp_path / "file" / "feedback.sqlite3", 365).add(ID, "right")


def test_feedback_is_taken_over_http(client: TestClient, feedback: Feedback) -> None:
    note = "İstanbul’da değil ğışç 😀"
    reply = client.post("/v1/feedback", json={"answer": ID, "verdict": "wrong", "note": f"  {note}\n"})
    assert (reply.status_code, reply.content) == (204, b"")
    assert client.post("/v1/feedback", json={"answer": ID, "verdict": "right"}).status_code == 204
    assert [(e.verdict, e.note) for e in feedback.entries()] == [("wrong", note), ("right", "")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"answer": ID},
        {"verdict": "right"},
        {"answer": ID, "verdict": "good"},
        {"answer": ID, "verdict": None},
        {"answer": "", "verdict": "right"},
        {"answer": "xyz", "verdict": "right"},
        {"answer": ID[:-2], "verdict": "right"},
        {"answer": f"/a/{ID}", "verdict": "right"},
        {"answer": "A" * 8001, "verdict": "right"},
        {"answer": ID, "verdict": "right", "note": "x" * 1001},
        {"answer": ID, "verdict": "right", "note": 5},
        {"answer": ID, "verdict": "right", "note": "a\x00b"},
        {"answer": ID, "verdict": "right", "address": "192.0.2.1"},
    ],
)
def test_nonsense_is_refused(client: TestClient, feedback: Feedback, body: object) -> None:
    sent = json.dumps(body)
    reply = client.post("/v1/feedback", content=sent, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert reply.json()["detail"]
    assert feedback.entries() == []


def test_half_a_character_is_no_note() -> None:
    with pytest.raises(ValidationError, match="note"):
        Said(answer=ID, verdict="right", note="a\ud800b")


def test_a_note_of_the_greatest_length_is_taken(client: TestClient, feedback: Feedback) -> None:
    reply = client.post("/v1/feedback", json={"answer": ID, "verdict": "right", "note": "ğ" * 1000})
    assert reply.status_code == 204
    assert feedback.entries()[0].note == "ğ" * 1000


def test_where_nothing_is_kept_there_is_no_such_thing(path: Path) -> None:
    for client in served(Feedback(path, 0)):
        reply = client.post("/v1/feedback", json={"answer": ID, "verdict": "right"})
        assert reply.status_code == 404
    assert not path.exists()


def test_a_failure_is_told_without_the_name_of_the_file(
    client: TestClient, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, " * 100)
    reply = client.post("/v1/feedback", json={"answer": ID, "verdict": "right"})
    assert reply.status_code == 503
    assert reply.json()["detail"] == "The feedback could not be kept; try again later."
    assert str(path) in caplog.text


# The export


def entry(**changes: str) -> Entry:
    known = {field.name: field.name for field in fields(Entry)}
    return Entry(**{**known, **changes})


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
ENTRIES = st.lists(st.builds(Entry, *([TEXTS] * len(fields(Entry)))), max_size=4)


@given(ENTRIES)
def test_a_line_holds_an_entry_whole(entries: list[Entry]) -> None:
    lines = as_jsonl(entries).split("\n")
    assert lines.pop() == ""
    assert [Entry(**json.loads(line)) for line in lines] == entries


@given(ENTRIES)
def test_no_cell_of_a_table_is_a_formula_and_none_is_lost(entries: list[Entry]) -> None:
    head, *rows = csv.reader(io.StringIO(as_csv(entries), newline=""))
    assert head == [field.name for field in fields(Entry)]
    for kept, row in zip(entries, rows, strict=True):
        for name, cell in zip(head, row, strict=True):
            assert not cell.startswith(("=", "+", "-", "@"))
            assert getattr(kept, name) in (cell, cell.removeprefix("'"))


@pytest.mark.parametrize("formula", ["=1+1", "+90 312", "-5", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_defused(formula: str) -> None:
    table = as_csv([entry(note=formula)])
    assert list(csv.reader(io.StringIO(table, newline="")))[1][2] == f"'{formula}"


def test_notes_with_lines_and_quotes_stay_one_cell() -> None:
    note = 'İlk satır, "tırnak"; ve\nikinci satır'
    assert as_csv([entry(note=note)]).count("\r\n") == 2
    assert list(csv.reader(io.StringIO(as_csv([entry(note=note)]), newline="")))[1][2] == note


def test_the_command_prints_what_is_kept(dipnot: Dipnot, folder: Path) -> None:
    Feedback(folder / ".dipnot" / "feedback.sqlite3", 365).add(ID, "wrong", "=İĞ")
    lines = dipnot("feedback", "export")
    assert (lines.code, lines.err) == (0, "")
    assert json.loads(lines.out)["note"] == "=İĞ"
    table = dipnot("feedback", "export", "--format", "csv")
    assert "'=İĞ" in table.out
    assert table.out.startswith("time,verdict,note,question,language,generation,answer")


def test_the_command_prints_utf_8_whatever_the_terminal(folder: Path) -> None:
    Feedback(folder / ".dipnot" / "feedback.sqlite3", 365).add(ID, "wrong", "İĞş")
    program = Path(sys.executable).with_name("dipnot")
    done = subprocess.run(
        [program, "feedback", "export"],
        capture_output=True,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert json.loads(done.stdout.decode("utf-8"))["note"] == "İĞş"


def test_the_command_writes_a_file(dipnot: Dipnot, folder: Path) -> None:
    Feedback(folder / ".dipnot" / "feedback.sqlite3", 365).add(ID, "right", "ğ")
    (folder / "out.jsonl").write_text("old")
    done = dipnot("feedback", "export", "--output", "out.jsonl")
    assert (done.code, done.out, done.err) == (0, "", "1 entries written to out.jsonl.\n")
    assert json.loads((folder / "out.jsonl").read_text(encoding="utf-8"))["note"] == "ğ"
    assert not (folder / "out.jsonl.part").exists()


@pytest.mark.parametrize("output", [".", "no/such/folder.csv"])
def test_a_file_that_cannot_be_written_is_named(dipnot: Dipnot, folder: Path, output: str) -> None:
    done = dipnot("feedback", "export", "--output", output)
    assert done.code == 2
    assert done.err.startswith(f"dipnot: {output} cannot be written")


def test_a_file_that_cannot_be_read_is_one_line(dipnot: Dipnot, folder: Path) -> None:
    (folder / "dipnot.toml").write_text('feedback_file = "broken"\n')
    (folder / "broken").write_bytes(b"not a database, " * 100)
    done = dipnot("feedback", "export")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "file is not a database" in done.err


def test_the_settings_say_where_and_how_long(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().feedback_file == Path(".dipnot/feedback.sqlite3")
    assert Settings().feedback_days == 365
    monkeypatch.setenv("DIPNOT_FEEDBACK_DAYS", "-1")
    with pytest.raises(ValueError, match="feedback_days"):
        Settings()
