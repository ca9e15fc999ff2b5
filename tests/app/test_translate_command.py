"""``dipnot translate``: what it prints, how it ends, and that a kill loses nothing."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.translate.making import part_of
from corpus.catalogue import read_catalogue
from corpus.reading import read_article
from corpus.translations import read_translations, to_translate, translations_file
from tests.chatserver import ChatServer, Reply, completion, serving
from tests.commandline import PROGRAM, Outcome
from tests.lackingcorpus import lacking_corpus
from tests.tinymodel import tiny_model

MISSING = 6


@pytest.fixture
def corpus(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus of one article, 004, whose last sentences have no English."""
    root = lacking_corpus(folder / "corpus", MISSING)
    monkeypatch.setenv("DIPNOT_CORPUS_DIR", str(root))
    return root


@pytest.fixture
def texts(corpus: Path) -> list[str]:
    return to_translate(read_article(corpus, read_catalogue(corpus)[0]))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[ChatServer]:
    with serving() as state:
        monkeypatch.setenv("DIPNOT_TRANSLATOR_URL", state.url)
        monkeypatch.setenv("DIPNOT_TRANSLATOR_MODEL", "a-model")
        yield state


def turkish(path: Path) -> list[str]:
    return [each.tr for each in read_translations(path).values()]


def told(outcome: Outcome, code: int, *parts: str) -> None:
    """The run ended with ``code`` and one line on stderr that holds the ``parts``."""
    assert outcome.code == code
    assert re.fullmatch(r"dipnot: .+\n", outcome.err), outcome.err
    assert [part for part in parts if part not in outcome.err] == []


# --check


def test_the_check_of_all_articles_ends_well(dipnot):
    checked = dipnot("translate", "--check")
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.splitlines() == [
        "000  191 of 191 sentences (100.0%)",
        "001  333 of 333 sentences (100.0%)",
        "002  251 of 251 sentences (100.0%)",
        "003  347 of 347 sentences (100.0%)",
        "004  163 of 163 sentences (100.0%)",
        "No problem found.",
    ]


def test_the_check_prints_each_problem_on_a_line_and_ends_with_1(dipnot, corpus):
    path = translations_file(corpus, "004")
    path.write_text(path.read_text(encoding="utf-8").replace("16 March 1920", "17 March 1920", 1))
    checked = dipnot("translate", "--check", "004")
    assert (checked.code, checked.err) == (1, "")
    first, *problems, last = checked.out.splitlines()
    assert first == f"004  {163 - MISSING} of 163 sentences (96.3%)"
    assert len([line for line in problems if line.startswith("004.en.jsonl: no line for “")]) == MISSING
    assert "004.en.jsonl, line 23: number 17 is only in the English" in problems
    assert last == f"Problems: {len(problems)}."


def test_a_line_that_cannot_be_read_is_one_line_on_stderr(dipnot, corpus):
    path = translations_file(corpus, "004")
    path.write_text(path.read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    dipnot("translate", "--check").complains(1, f"004.en.jsonl, line {163 - MISSING + 1}:", "has the keys")


# What is asked for


def test_without_an_article_there_is_nothing_to_do(dipnot):
    dipnot("translate").complains(2, "--check")


@pytest.mark.parametrize("flags", [(), ("--check",)])
def test_an_article_that_is_not_there_is_told(dipnot, flags):
    dipnot("translate", "007", *flags).complains(2, "'007'", "000, 001, 002, 003, 004")


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({}, ("No translator is configured", "DIPNOT_TRANSLATOR ", "DIPNOT_TRANSLATOR_URL", "transformers:")),
        ({"TRANSLATOR": "marian"}, ("'marian'", "transformers:")),
        ({"TRANSLATOR": "transformers:"}, ("'transformers:'", "a folder or a hub name")),
        ({"TRANSLATOR": "transformers:/no/model"}, ("There is no folder /no/model", "DIPNOT_TRANSLATOR")),
        ({"TRANSLATOR_URL": "http://x/v1"}, ("http://x/v1", "DIPNOT_TRANSLATOR_MODEL")),
        ({"TRANSLATOR_URL": "http://x/v1", "TRANSLATOR": "transformers:m"}, ("not both",)),
        ({"TRANSLATOR_TIMEOUT": "0"}, ("'translator_timeout'",)),
    ],
)
def test_a_translator_that_is_not_set_as_it_must_be_is_told(dipnot, corpus, monkeypatch, settings, parts):
    for name, value in settings.items():
        monkeypatch.setenv(f"DIPNOT_{name}", value)
    dipnot("translate", "004").complains(1, *parts)
    assert [path.name for path in (corpus / "translations").iterdir()] == ["004.en.jsonl"]


def test_a_translated_article_needs_no_translator(dipnot):
    done = dipnot("translate", "004")
    assert (done.code, done.err) == (0, "")
    assert done.out == "004: 0 sentences translated, 163 were there before.\n"


# Translating


def test_what_is_missing_is_translated_by_the_endpoint_and_then_checked(dipnot, corpus, texts, server):
    done = dipnot("translate", "004")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"004: {MISSING} sentences translated, {163 - MISSING} were there before.",
        "Next: dipnot translate --check 004; then dipnot index.",
    ]
    assert server.sentences == texts[-MISSING:]
    assert turkish(translations_file(corpus, "004")) == texts
    assert dipnot("translate", "--check", "004").out.startswith("004  163 of 163 sentences (100.0%)\n")


def test_what_is_missing_is_translated_by_a_model_on_this_machine(
    dipnot, corpus, texts, tmp_path, monkeypatch
):
    learnt = {text: f"sentence {n}" for n, text in enumerate(texts[-MISSING:])}
    folder = tiny_model(tmp_path / "model", learnt, most_tokens=128)
    monkeypatch.setenv("DIPNOT_TRANSLATOR", f"transformers:{folder}")
    done = dipnot("translate", "004")
    assert (done.code, done.err) == (0, "")
    kept = list(read_translations(translations_file(corpus, "004")).values())
    assert [each.tr for each in kept] == texts
    assert [each.en for each in kept[-MISSING:]] == list(learnt.values())


def test_a_sentence_that_is_refused_is_told_and_the_run_ends_with_1(dipnot, corpus, texts, server):
    server.replies = [Reply(body=completion("one\ntwo"))]
    done = dipnot("translate", "004")
    told(done, 1, f"no English for “{texts[-MISSING]}”", "2 lines instead of one")
    assert f"{MISSING - 1} sentences translated" in done.out
    assert turkish(translations_file(corpus, "004")) == [t for t in texts if t != texts[-MISSING]]


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        (Reply(500, b"out of memory"), "answered 500: out of memory"),
        (Reply(body=b"{}"), "choices[0].message.content"),
        (Reply(wait=5), "did not answer within 0.5 s"),
    ],
)
def test_an_endpoint_that_fails_is_one_line_and_the_lines_so_far_stay(
    dipnot, corpus, texts, server, monkeypatch, reply, part
):
    monkeypatch.setenv("DIPNOT_TRANSLATOR_TIMEOUT", "0.5")
    good = [Reply(body=completion(f"English {n}")) for n in range(3)]
    server.replies = [*good, reply]
    before = translations_file(corpus, "004").read_bytes()
    left = part_of(translations_file(corpus, "004"))
    told(dipnot("translate", "004"), 1, part, f"3 new lines are kept in {left}; the same command goes on.")
    assert translations_file(corpus, "004").read_bytes() == before
    assert turkish(left) == texts[-MISSING:][:3]
    asked = len(server.requests)
    assert dipnot("translate", "004").code == 0
    assert server.sentences[asked:] == texts[-MISSING:][3:]
    assert turkish(translations_file(corpus, "004")) == texts
    assert not left.exists()


def test_a_busy_endpoint_is_waited_for(dipnot, corpus, texts, server):
    server.replies = [Reply(429, headers={"Retry-After": "0"})] * 2
    done = dipnot("translate", "004")
    assert (done.code, done.err) == (0, "")
    assert server.sentences == [texts[-MISSING]] * 2 + texts[-MISSING:]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_goes_on_where_it_was(folder, corpus, texts, server, how):
    asked_thrice = threading.Event()
    wait = threading.Event()

    def hold_the_third() -> None:
        if len(server.requests) == 3:
            asked_thrice.set()
            wait.wait(60)

    server.after = hold_the_third
    arguments = [PROGRAM, "translate", "004"]
    run = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert asked_thrice.wait(60)
    os.kill(run.pid, how)
    out, err = run.communicate(timeout=60)
    wait.set()
    left = part_of(translations_file(corpus, "004"))
    if how == signal.SIGKILL:
        assert (run.returncode, out, err) == (-signal.SIGKILL, b"", b"")
    else:
        assert (run.returncode, out) == (1, b"")
        assert err.decode() == f"dipnot: stopped. 2 new lines are kept in {left}; the same command goes on.\n"
    assert turkish(left) == texts[-MISSING:][:2]
    server.requests.clear()
    done = subprocess.run(arguments, cwd=folder, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert server.sentences == texts[-MISSING:][2:]
    assert turkish(translations_file(corpus, "004")) == texts
    assert not left.exists()


def test_a_folder_that_cannot_be_written_is_one_line(dipnot, corpus, server):
    path = corpus / "translations"
    shutil.rmtree(path)
    path.write_text("no folder")
    dipnot("translate", "004").complains(1, str(path))
