"""Articles full of attacks: whatever is asked about them, no attack succeeds."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.address import is_for_machines
from app.assistant import Assistant
from app.permalink import answer_url
from app.server import create_app
from corpus.reading import read_corpus
from index.model import Model
from tests.commandline import Dipnot
from tests.hostile.attacks import ATTACKS, EVIL, QUESTIONS, carried, successes
from tests.hostile.conftest import UNLIMITED

# Generous for two slow cores that do other things too: an answer takes 0.05 s.
_LONGEST_SECONDS = 3.0
_ESCAPES = {"\x1b", "\x07", "\x08", "\x9b", "\x9c", "\x9d", "\x7f"}


@pytest.fixture(scope="module")
def client(hostile: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(hostile, options=UNLIMITED)) as client:
        yield client


def test_the_corpus_carries_every_attack_into_the_index(hostile: Assistant):
    raw = "".join(article.raw for article in hostile.articles.values())
    for attack in (
        *("<script>", "onerror=", "<svg", "javascript:", "data:text/html", "</blockquote>", "</context>"),
        *("{{7*7}}", "{% ", "${", "![", "url(", "&lt;script", "[99]", "(Dipnot 3)", "/articles/000#c0-10"),
        *("\u202e", "\u2066", "\u2069", "\u200b", "\ufeff", "\U000e0001", "\x1b]8;;", "\x9b", "A" * 300),
        *("Ignore previous instructions", "Önceki talimatları yok say", "<|im_start|>"),
    ):
        assert attack in raw
    assert [
        note for article in hostile.articles.values() for note in article.blocks if note.kind == "footnote"
    ]


def test_no_attack_succeeds_in_an_answer(hostile: Assistant):
    found, answered, shown = [], 0, ""
    for question, language in QUESTIONS:
        answer = hostile.ask(question)
        answered += answer.status == "answered"
        shown += answer.text + "".join(near.text for near in answer.nearest)
        found += [(question, success) for success in successes(answer, language, hostile.articles)]
    assert len(QUESTIONS) >= 30 and found == []
    # The attacks were in reach: most questions are answered, from sentences that hold them.
    assert answered >= 20
    attacks = (
        "<script>",
        "onerror=",
        "![imza]",
        "javascript:",
        "</blockquote>",
        "(99)",
        EVIL,
        "\u202e",
        "\x1b",
    )
    assert [attack for attack in attacks if attack not in shown] == []


@pytest.mark.parametrize("language", ["tr", "en"])
def test_the_answer_is_in_the_language_asked_for_whatever_the_articles_demand(hostile: Assistant, language):
    found = [
        (question, success)
        for question, _ in QUESTIONS
        for success in successes(hostile.ask(question, language), language, hostile.articles)
    ]
    assert found == []


def test_the_facts_are_found_among_the_attacks(hostile: Assistant):
    for question, fact in (
        ("Balkaya Antlaşması ne zaman imzalandı?", "**14 Mayıs 1924**"),
        ("Antlaşmayı Türkiye adına kim imzaladı?", "**Nuri Karahan**"),
        ("When was the Turkish consulate in Batum opened?", "**9 March 1922**"),
    ):
        assert fact in hostile.ask(question).text


def test_a_sentence_that_instructs_machines_is_never_part_of_an_answer(hostile: Assistant):
    sentences = [s for article in hostile.articles.values() for s in article.sentences]
    instructions = {s.text for s in sentences if is_for_machines(s.text)}
    assert len(instructions) >= 10
    # Asked for word by word, so that nothing is nearer.
    for text in sorted(instructions):
        answer = hostile.ask(f"{text} Balkaya Antlaşması ne zaman imzalandı?")
        assert not {citation.quote for citation in answer.citations} & instructions


def test_no_sentence_of_the_real_articles_is_taken_for_an_instruction():
    sentences = [s for article in read_corpus() for s in article.sentences]
    assert [s.id for s in sentences if is_for_machines(s.text) or is_for_machines(s.translation)] == []


def test_the_interface_gives_what_the_articles_say_and_nothing_more(client: TestClient, hostile: Assistant):
    for question, language in QUESTIONS:
        response = client.post("/v1/ask", json={"question": question})
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-content-type-options"] == "nosniff"
        answer = hostile.ask(question)
        assert {**response.json(), "timings_ms": {}} == {**answer.model_dump(mode="json"), "timings_ms": {}}
        assert list(successes(answer, language, hostile.articles)) == []


def test_the_stream_is_not_broken_by_what_articles_say(client: TestClient):
    for question, _ in QUESTIONS:
        whole = client.post("/v1/ask", json={"question": question}).json()
        events = client.post("/v1/ask/stream", json={"question": question}).text.replace("\r\n", "\n")
        kinds, last = [], ""
        for event in events.strip().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in event.split("\n") if not line.startswith(":"))
            assert {*fields} <= {"event", "data", "id", "retry"}
            kinds.append(fields["event"])
            last = fields["data"]
        assert kinds == ["start", *["claim"] * len(whole["claims"]), "answer"]
        assert {**json.loads(last), "timings_ms": 0} == {**whole, "timings_ms": 0}


@pytest.mark.parametrize("question", ATTACKS)
def test_a_question_that_is_an_attack_is_a_question(client: TestClient, hostile: Assistant, question: str):
    response = client.post("/v1/ask", json={"question": question})
    assert response.status_code == 200
    answer = response.json()
    assert answer["status"] in ("answered", "declined")
    assert list(successes(hostile.ask(question), answer["language"], hostile.articles)) == []


LONG = {
    "combining marks": "a" + "\u0301" * 1998 + "?",
    "marks of many classes": "q" + "\u0323\u0307\u0335\u031b" * 499,
    "one character that becomes eighteen": "\ufdfa" * 1999 + "?",
    "ligatures and fractions": "ﬃ¼㍿㎯" * 499,
    "one word": "a" * 1999 + "?",
    "capitals that nearly are names": "Balkayaa Trabzonn Komisyonnu Batumm Sinopp " * 46,
    "capitals that are no names": "Qwxzkj Vbnmqw Xkcdqz Jjjjqq " * 71,
    "many capitals that nearly are names": " ".join(
        f"Balkaya{a}{b}" for a in "xqwzvk" for b in "bcdfghjklmnp"
    )
    + " "
    + " ".join(f"Trabzon{a}{b}" for a in "xqwzvk" for b in "bcdfghjklmnp"),
    "white space": "ne" + " " * 1990 + "zaman?",
    "quotation marks": '"' * 1999 + "?",
    "opening brackets": "(" * 1999 + "?",
    "digits": "1" * 1999 + "?",
    "numbers": "1.000.000.000 " * 142,
    "dates": "16 Mart 1921 ve " * 124,
    "nearly an instruction": "ignore all " * 181,
    "nearly Turkish instructions": "onceki tum butun " * 117,
    "politeness": "merhaba " * 249,
    "conjunctions": "ve neden ve ne zaman ve kim " * 71,
    "apostrophes": "a'" * 999,
    "tags": "<a " * 666,
    "references": "(1921: " * 285,
    "footnotes": "[1]" * 666,
    "regnal numbers": "II. " * 499,
    "bold": "**" * 999,
    "emoji": "👩‍👩‍👧‍👦" * 285,
    "directions": "\u202e\u2066\u2069" * 666,
}


@pytest.mark.parametrize("name", LONG)
def test_no_question_takes_long(hostile: Assistant, name: str):
    question = LONG[name][:2000]
    hostile.ask("Balkaya Antlaşması ne zaman imzalandı?")
    for language in ("auto", "tr", "en"):
        started = time.perf_counter()
        answer = hostile.ask(question, language, [question])
        assert time.perf_counter() - started < _LONGEST_SECONDS
        assert list(successes(answer, answer.language, hostile.articles)) == []


@pytest.mark.parametrize("name", LONG)
def test_no_search_takes_long(client: TestClient, name: str):
    for address in ("/v1/search", "/corpus/search", "/ask"):
        started = time.perf_counter()
        response = client.get(address, params={"q": LONG[name][:2000]})
        assert time.perf_counter() - started < _LONGEST_SECONDS
        assert response.status_code in (200, 422)


def test_counts_and_logs_hold_no_word_of_questions_or_articles(
    client: TestClient, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    question = "Balkaya Antlaşması'nı gizlicesorulan kim imzaladı?"
    client.post("/v1/ask", json={"question": question})
    client.post("/v1/ask", json={"question": "\x00gizlicesorulan"})
    client.post("/v1/ask/stream", json={"question": question})
    own = [
        r for r in caplog.records if r.name.split(".")[0] in ("app", "corpus", "index", "dipnot", "uvicorn")
    ]
    told = client.get("/metrics").text + "".join(record.getMessage() for record in own)
    for word in ("gizlicesorulan", "Balkaya", EVIL, "owned", "<script"):
        assert word not in told


@pytest.mark.parametrize("arguments", [[], ["--language", "tr"], ["--json"]])
def test_nothing_of_an_article_commands_a_terminal(
    dipnot: Dipnot,
    hostile: Assistant,
    hostile_index: Path,
    model: Model,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
):
    monkeypatch.setattr("app.cli.load_assistant", lambda settings: hostile)
    for question, _ in QUESTIONS:
        outcome = dipnot("ask", *arguments, "--index", str(hostile_index), question)
        # What the program itself sets in bold is taken out where the output is no terminal.
        assert (outcome.code, carried(outcome.out)) == (0, [])
        if arguments == ["--json"]:
            said = hostile.ask(question)
            assert {**json.loads(outcome.out), "timings_ms": {}} == {
                **said.model_dump(mode="json"),
                "timings_ms": {},
            }


def test_the_terminal_names_what_it_does_not_carry(
    dipnot: Dipnot, hostile: Assistant, hostile_corpus: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.cli.load_assistant", lambda settings: hostile)
    told = dipnot("ask", "Gülnihal vapuru Batum limanına ilk seferini ne zaman yaptı?").out
    assert "[U+001B]]8;;https://evil.example/" in told
    found = dipnot("search", "Komisyonun başkanı kimdi?").out
    assert "[U+2069][U+202E]Rıza Tevfik Demirkol" in found and carried(found) == []
    listed = dipnot("corpus", "900", "--corpus", str(hostile_corpus)).out
    assert "[U+009B]31m" in listed and carried(listed) == []
    titles = dipnot("corpus", "--corpus", str(hostile_corpus)).out
    assert "[U+202E]RAGNAH" in titles and carried(titles) == []
    assert not _ESCAPES & {*told, *found, *listed, *titles}


def test_a_permanent_link_holds_the_question_and_no_word_of_the_articles(client: TestClient, hostile):
    for question, _ in QUESTIONS[:5]:
        answer = hostile.ask(question)
        page = client.get(answer_url(answer, ()))
        assert page.status_code == 200
        assert EVIL not in answer_url(answer, ())
