"""``dipnot eval``: what it says, what it refuses, and what survives a kill."""

import json
import signal
import subprocess
import time

import pytest

from eval.gate import baseline_of
from eval.gold import GOLD, read_gold
from eval.runfile import read_run
from tests.commandline import PROGRAM


@pytest.fixture
def loaded(assistant, monkeypatch):
    """The assistant of the whole test run stands in for loading one."""
    monkeypatch.setattr("app.cli.load_assistant", lambda _: assistant)


@pytest.fixture
def few(folder, some_questions):
    """A file with a few gold questions."""
    path = folder / "few.jsonl"
    path.write_text("".join(q.model_dump_json() + "\n" for q in some_questions), encoding="utf-8")
    return path


@pytest.fixture
def run_file(loaded, dipnot, few, folder):
    """A run over them."""
    done = dipnot("eval", "run", "--gold", str(few), "--out", "run.jsonl")
    assert (done.code, done.err) == (0, "")
    return folder / "run.jsonl"


def test_the_help_names_every_command(dipnot):
    done = dipnot("eval", "--help")
    assert done.code == 0
    for name in ("run", "compare", "report", "check", "validate", "peers", "external", "page", "gate"):
        assert f"  {name} " in done.out


def test_eval_stands_among_the_commands(dipnot):
    assert "  eval " in dipnot("--help").out


def test_a_run_prints_its_figures_and_writes_its_rows(loaded, dipnot, few, folder, some_questions):
    done = dipnot("eval", "run", "--gold", str(few), "--out", "run.jsonl")
    assert done.code == 0
    for name in ("recall@5", "nDCG@10", "answers right", "refusal F1", "language match", "p95"):
        assert name in done.out
    assert [row.question for row in read_run(folder / "run.jsonl").rows] == some_questions


def test_only_the_split_that_was_asked_for_is_run(loaded, dipnot, few, folder, some_questions):
    others = [q.model_copy(update={"split": "test", "id": q.id + "x"}) for q in some_questions[:2]]
    with few.open("a", encoding="utf-8") as file:
        file.writelines(q.model_dump_json() + "\n" for q in others)
    for split, n in (("dev", len(some_questions)), ("test", 2), ("all", len(some_questions) + 2)):
        dipnot("eval", "run", "--gold", str(few), "--split", split, "--out", "run.jsonl")
        assert len(read_run(folder / "run.jsonl").rows) == n


def test_a_setting_changes_what_is_found_and_stands_in_the_header(dipnot, few, folder, index_dir):
    index = str(index_dir)
    plain = ["eval", "run", "--gold", str(few), "--index", index, "--out"]
    assert dipnot(*plain, "a.jsonl").code == 0
    assert dipnot(*plain, "b.jsonl", "--set", "search.tr.lexical=0", "--set", "refusal.bias=-999").code == 0
    a, b = read_run(folder / "a.jsonl"), read_run(folder / "b.jsonl")
    assert a.header.differences(b.header) == ["settings"]
    assert b.header.settings["search"]["tr"]["lexical"] == 0
    assert [row.hits for row in a.rows] != [row.hits for row in b.rows]
    assert {row.answer.status for row in b.rows} == {"declined"}
    done = dipnot("eval", "compare", "a.jsonl", "b.jsonl")
    assert "They differ in: settings." in done.out
    assert "| all | recall@5 |" in done.out
    assert "Right in A only:" in done.out


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--out", "no/where.jsonl"], ["There is no folder no for --out"]),
        (["--out", "."], ["is not a file"]),
        (["--out", "x", "--set", "rrf"], ["--set rrf: give NAME=VALUE"]),
        (["--out", "x", "--set", "search.rrf=1"], ["search.rrf"]),
        (["--out", "x", "--set", "search.rrf_k=many"], ["search.rrf_k"]),
        (["--out", "x", "--set", "port=abc"], ["port"]),
        (["--out", "x", "--gold", "none.jsonl"], ["There are no gold questions at none.jsonl"]),
        (["--out", "x", "--split", "all", "--gold", "empty.jsonl"], ["There is no question"]),
        (["--out", "x", "--gold", "bad.jsonl"], ["bad.jsonl, line 1"]),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(dipnot, folder, arguments, parts):
    (folder / "empty.jsonl").write_text("", encoding="utf-8")
    (folder / "bad.jsonl").write_text("{}\n", encoding="utf-8")
    done = dipnot("eval", "run", *arguments)
    done.complains(1 if parts[0].startswith(("There are no gold", "bad")) else 2, *parts)


# Checking


def test_a_run_as_it_is_passes_the_check(run_file, dipnot, few, some_questions):
    done = dipnot("eval", "check", str(run_file))
    assert done.code == 0
    assert done.out == f"run.jsonl: {len(some_questions)} questions, every score as recomputed.\n"


def test_a_run_file_that_was_touched_does_not(run_file, dipnot):
    header, first, *rest = run_file.read_text(encoding="utf-8").splitlines()
    row = json.loads(first)
    row["scores"]["recall_5"] = 0.123
    run_file.write_text(
        "\n".join([header, json.dumps(row, ensure_ascii=False), *rest]) + "\n", encoding="utf-8"
    )
    done = dipnot("eval", "check", str(run_file))
    assert done.code == 1
    assert done.out.startswith(f"run.jsonl, line 2 ({row['question']['id']}): recall_5 is ")


def test_a_foreign_file_is_refused_with_its_line(dipnot, loaded, few):
    dipnot("eval", "check", str(few)).complains(1, "few.jsonl, line 1:")
    dipnot("eval", "compare", str(few), str(few)).complains(1, "few.jsonl, line 1:")
    dipnot("eval", "report", str(few)).complains(1, "few.jsonl, line 1:")
    dipnot("eval", "gate", str(few)).complains(1, "few.jsonl, line 1:")


# Report, validation, gate


def test_the_report_is_two_files_beside_the_run(run_file, dipnot, folder):
    done = dipnot("eval", "report", str(run_file))
    assert done.code == 0
    for name in ("run.md", "run.html"):
        assert f"Written: {folder / name}" in done.out
        assert "recall@5" in (folder / name).read_text(encoding="utf-8")


def test_the_gold_questions_are_valid(dipnot):
    done = dipnot("eval", "validate")
    assert done.code == 0
    assert f"| {len(read_gold(GOLD))} |" in done.out.splitlines()[-1]


def test_a_gold_question_that_breaks_a_rule_is_told(dipnot, few, some_questions):
    broken = some_questions[0].model_copy(update={"must": [["Wladiwostok"]]})
    few.write_text(broken.model_dump_json() + "\n", encoding="utf-8")
    done = dipnot("eval", "validate", "--gold", str(few))
    assert done.code == 1
    assert f"{broken.id}: the reference answer does not hold Wladiwostok" in done.out


def test_the_gate_closes_when_a_figure_fell(run_file, dipnot, monkeypatch, folder):
    path = folder / "baseline.json"
    monkeypatch.setattr("eval.gate.BASELINE", path)
    baseline = baseline_of(read_run(run_file), 0.001)
    monkeypatch.setattr("eval.gate.read_baseline", lambda: baseline)
    done = dipnot("eval", "gate", str(run_file))
    assert (done.code, done.out[:32]) == (0, "Nothing fell below the baseline ")
    raised = baseline.model_copy(update={"figures": baseline.figures | {"refusal_f1": 1.01}})
    monkeypatch.setattr("eval.gate.read_baseline", lambda: raised)
    done = dipnot("eval", "gate", str(run_file))
    assert done.code == 1
    assert done.out.startswith("refusal F1 fell from 1.0100 to ")
    assert dipnot("eval", "gate", str(run_file), "--write", "--band", "0.002").code == 0
    assert json.loads(path.read_text(encoding="utf-8"))["band"] == 0.002


# A kill


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on(folder, index_dir):
    questions = [q for q in read_gold(GOLD, "dev") if q.is_answerable][:60]
    gold = folder / "gold.jsonl"
    gold.write_text("".join(q.model_dump_json() + "\n" for q in questions), encoding="utf-8")
    command = [PROGRAM, "eval", "run", "--gold", gold, "--index", index_dir, "--out", "run.jsonl"]
    part = folder / "run.jsonl.part"
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and (not part.exists() or part.read_bytes().count(b"\n") < 5):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    _, told = process.communicate()
    assert part.exists(), told
    asked = part.read_bytes().count(b"\n") - 1
    assert 4 <= asked < len(questions)
    before = part.read_text(encoding="utf-8").splitlines()[1 : asked + 1]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=240)
    assert done.returncode == 0, done.stderr
    after = (folder / "run.jsonl").read_text(encoding="utf-8").splitlines()
    assert after[1 : asked + 1] == before
    assert [row.question for row in read_run(folder / "run.jsonl").rows] == questions
