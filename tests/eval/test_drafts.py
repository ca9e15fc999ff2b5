"""What a generator wrote in a run, against figures worked by hand, and in a run with a real one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.answer import Drafted
from app.assistant import Assistant
from app.generators.endpoint import Endpoint
from app.settings import Settings
from app.writing import Writing
from eval.compare import generators
from eval.drafts import Drafts, Price, drafts_of, generator_of, table
from eval.gold import GOLD, GoldQuestion, read_gold
from eval.judge import Judge
from eval.provenance import header_of
from eval.report import write_report
from eval.run import run as run_over
from eval.runfile import Row, Run, read_run
from eval.system import Dipnot
from tests.llamaserver import LLAMA_MODEL
from tests.runs import QUOTE, answer, question, row, run, silence

PRICE = Price(prompt=2.0, completion=10.0)


def claim(support: str) -> dict[str, object]:
    return {"text": QUOTE, "citations": [1], "support": support, "score": 0.9}


def drafted(name: str, *supports: str, writing: float = 1000.0, **fields: object) -> Row:
    """A question whose answer has sentences of such support, behind a draft of 1,000 tokens in, 100 out."""
    asked = question(name)
    known: dict[str, object] = {
        "generator": "openai:a-model",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "is_counted": True,
        "kept": supports.count("generated"),
        "dropped": 0,
        "has_failed": False,
    }
    draft = Drafted.model_validate(known | fields)
    given = answer(asked, claims=[claim(support) for support in supports], draft=draft)
    return row(asked, given, timings={"search": 10.0, "writing": writing, "total": writing + 12.0})


def four_rows() -> list[Row]:
    """Written throughout, ended by a chosen sentence, chosen after a failure, and declined."""
    dropped = {"unsupported date": 2, "no citation": 1}
    nothing = {"prompt_tokens": 0, "completion_tokens": 7, "is_counted": False, "has_failed": True}
    absent = question("0-en-9", type="absent")
    return [
        drafted("0-tr-1", "generated", "generated", dropped=3, reasons=dropped, writing=1000.0),
        drafted("0-tr-2", "generated", "verbatim", dropped=1, reasons={"no citation": 1}, writing=2000.0),
        drafted("0-en-3", "verbatim", writing=4000.0, **nothing),
        row(absent, silence(absent)),
    ]


def written_of(rows: list[Row]) -> Drafts:
    found = drafts_of(rows)
    assert found is not None
    return found


def figures(drafts: Drafts | None, price: Price) -> Mapping[str, str]:
    return {name: value for name, value in table(("x", drafts, price)).rows}


def test_the_figures_of_drafts_are_those_worked_by_hand() -> None:
    assert figures(written_of(four_rows()), PRICE) == {
        "name": "openai:a-model",
        "questions written about": "3 of 4",
        "drafts that failed": "1",
        "answers written throughout": "1",
        "answers ended by a chosen sentence": "1",
        "answers of chosen sentences alone": "1",
        "sentences kept": "3",
        "sentences dropped": "4",
        "dropped: no citation": "2",
        "dropped: unsupported date": "2",
        # Of the two prompts that are known.
        "tokens in": "1000.0 a question, 2,000 in all",
        "tokens out": "69.0 a question, 207 in all",
        "tokens counted by": "the writer for 2; pieces for 1, where those in are not known",
        "time of writing": "median 2.00 s, p95 3.80 s",
        # 2,000 × 2 + 207 × 10 millionths, over three questions.
        "cost": "at least 0.00202 a question, 0.00607 in all",
        "price of a million tokens": "2 in, 10 out",
    }


def test_a_cost_is_told_only_where_there_is_a_price() -> None:
    assert "cost" not in figures(written_of(four_rows()), Price())
    counted = written_of(four_rows()[:1])
    assert figures(counted, Price(completion=20_000.0))["cost"] == "2.00 a question, 2.00 in all"
    assert figures(counted, Price(completion=0.5))["cost"] == "0.00005 a question, 0.00005 in all"
    assert figures(counted, Price())["tokens counted by"] == "the writer"


def test_where_nobody_counted_the_tokens_of_the_prompt_are_not_known() -> None:
    shown = figures(written_of(four_rows()[2:]), PRICE)
    assert (shown["tokens in"], shown["tokens out"]) == ("–", "7.0 a question, 7 in all")
    assert shown["tokens counted by"] == "pieces; those in are not known"


def test_a_run_without_a_generator_says_nothing_of_one(tmp_path: Path) -> None:
    plain = run([row(question("0-tr-1"))])
    assert drafts_of(plain.rows) is None
    assert generators(plain, plain) == ""
    for path in write_report(plain, tmp_path, "dev", PRICE):
        assert "enerator" not in path.read_text(encoding="utf-8")


def test_the_report_holds_the_figures_of_the_generator(tmp_path: Path) -> None:
    settings = {**run([row(question("0-tr-1"))]).header.settings, "generator": "openai"}
    made = run(four_rows(), settings={**settings, "generator_model": "a-model"})
    page, text = sorted(write_report(made, tmp_path, "dev", PRICE))
    shown, words = page.read_text(encoding="utf-8"), text.read_text(encoding="utf-8")
    assert "| generator | openai:a-model |" in words
    assert "## Generator\n" in words
    assert "| cost | at least 0.00202 a question, 0.00607 in all |" in words
    assert '<h2 id="generator-title">Generator</h2>' in shown
    assert '<a href="#generator">Generator</a>' in shown
    assert "<td>1000.0 a question, 2,000 in all</td>" in shown


def test_two_runs_stand_side_by_side_with_a_price_for_each() -> None:
    rows = four_rows()
    plain = run([row(one.question) for one in rows])
    lines = generators(run(rows), plain, PRICE).splitlines()
    assert lines[0] == "| generator | A | B |"
    assert "| name | openai:a-model | none |" in lines
    assert "| tokens in | 1000.0 a question, 2,000 in all | – |" in lines
    both = generators(run(rows), run(rows[:1]), PRICE, Price(completion=20_000.0)).splitlines()
    # Only the question that both hold counts.
    assert "| cost | 0.003 a question, 0.003 in all | 2.00 a question, 2.00 in all |" in both


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, ""),
        ({"generator": "", "generator_model": "m"}, ""),
        ({"generator": "none"}, ""),
        ({"generator": "openai", "generator_model": "m"}, "openai:m"),
        ({"generator": "transformers:a/b", "generator_model": "left over"}, "transformers:a/b"),
    ],
)
def test_a_run_names_the_generator_it_was_set_to_use(settings: dict[str, str], name: str) -> None:
    assert generator_of(run([row(question("0-tr-1"))], settings=settings).header) == name


# With a real model


@pytest.fixture(scope="module")
def three() -> list[GoldQuestion]:
    """Two questions that have an answer, and one that has none."""
    dev = read_gold(GOLD, "dev")
    answerable = [one for one in dev if one.is_answerable and not one.history]
    return [*answerable[:2], next(one for one in dev if one.type == "off topic")]


@pytest.fixture(scope="module")
def real(
    assistant: Assistant,
    llama_url: str,
    judge: Judge,
    three: list[GoldQuestion],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """A run of the three with a model that is not to be believed."""
    settings = Settings(
        generator="openai", generator_url=llama_url, generator_model=LLAMA_MODEL, generator_tokens=40
    )
    writing = Writing(Endpoint(llama_url, LLAMA_MODEL), tokens=40, seconds=60)
    system = Dipnot(Assistant(assistant.searcher, writing=writing), "0")
    header = header_of(system, three, "dev", assistant.articles, assistant.searcher.manifest, settings)
    out = tmp_path_factory.mktemp("run") / "written.jsonl"
    run_over(system, three, judge, header, out)
    return read_run(out)


@pytest.mark.slow
def test_a_run_with_a_real_model_tells_what_it_took(real: Run) -> None:
    drafts = written_of(real.rows)
    assert drafts.names == (f"openai:{LLAMA_MODEL}",)
    # What is declined is not written about, nor what the articles contradict one another on.
    answers = [one.answer for one in real.rows]
    written = sum(one.status == "answered" and one.disagreement is None for one in answers)
    assert (drafts.written_about, drafts.questions, drafts.failed) == (written, 3, 0)
    assert sum(drafts.answers) == len(drafts.seconds) == written
    # Rules and eight sentences are some hundreds of tokens; a draft was allowed forty.
    assert drafts.prompt_tokens > written * 200
    assert 0 < drafts.completion_tokens <= written * 40
    assert drafts.kept + drafts.dropped > 0
    assert sum(count for _, count in drafts.reasons) == drafts.dropped
    assert all(0 < seconds < 60 for seconds in drafts.seconds)


@pytest.mark.slow
def test_the_file_of_a_run_holds_neither_address_nor_key(real: Run, llama_url: str) -> None:
    written = json.dumps(real.model_dump(mode="json"))
    assert llama_url.split("//")[1].split("/")[0] not in written
    assert "generator_key" not in written
    assert generator_of(real.header) == f"openai:{LLAMA_MODEL}"


@pytest.mark.slow
def test_the_commands_tell_tokens_and_cost(real: Run, dipnot, folder: Path) -> None:  # type: ignore[no-untyped-def]
    file = folder / "written.jsonl"
    lines = [real.header, *real.rows]
    file.write_text("".join(line.model_dump_json() + "\n" for line in lines), encoding="utf-8")
    done = dipnot("eval", "report", str(file), "--price-in", "0.1", "--price-out", "0.4")
    assert done.code == 0
    assert "| price of a million tokens | 0.1 in, 0.4 out |" in (folder / "written.md").read_text("utf-8")
    done = dipnot("eval", "compare", str(file), str(file), "--price-in", "0.1", "--price-in", "5")
    assert "| price of a million tokens | 0.1 in, 0 out | 5 in, 0 out |" in done.out
    dipnot("eval", "compare", str(file), str(file), *["--price-out", "1"] * 3).complains(2, "--price-out")
