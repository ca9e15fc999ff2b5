"""The log: one line a record that no request can forge, and no word of a question unless it is allowed."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import given
from hypothesis import strategies as st

from app.ask_log import LONGEST
from app.assistant import Assistant
from app.logs import Formatter, configure, fields, one_line, request_id
from app.options import ServerOptions
from app.permalink import Reference, encode
from app.service import Service
from corpus.errors import CorpusError, QuestionError
from tests.program import served

QUESTION = "Moskova Antlaşması ne zaman imzalandı?"
MARKER = "zurnaperdesi"
UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What is logged, after ``configure(…, stream)``; the loggers are put back as they were."""
    names = (None, "app", "corpus", "index", "eval", "uvicorn", "uvicorn.error", "uvicorn.access")
    loggers = [logging.getLogger(name) for name in names]
    before = [(each.level, each.handlers[:], each.propagate, each.disabled) for each in loggers]
    yield io.StringIO()
    for each, (level, handlers, propagate, disabled) in zip(loggers, before, strict=True):
        each.setLevel(level)
        each.handlers[:], each.propagate, each.disabled = handlers, propagate, disabled
    logging.captureWarnings(False)


def record(message: str, *arguments: object, name: str = "app.chat", **more: object) -> logging.LogRecord:
    made = logging.getLogger(name).makeRecord(name, logging.INFO, "", 0, message, arguments, None)
    vars(made).update(more)
    return made


def failed(error: Exception) -> dict[str, object]:
    """How a record carries an error that was raised."""
    try:
        raise error
    except type(error):
        return {"exc_info": sys.exc_info()}


def test_a_record_as_text_is_time_level_logger_message_and_values() -> None:
    line = Formatter("text", with_words=False).format(
        record("a %s", "request", created=0.5, **fields(kind="page", ms=1.5, route=None, title="İki söz"))
    )
    expected = '1970-01-01T00:00:00.500Z info app.chat: a request kind=page ms=1.5 route=- title="İki söz"'
    assert line == expected


def test_a_record_as_json_is_an_object_of_the_same() -> None:
    line = Formatter("json", with_words=False).format(
        record("a request", created=0.5, **fields(kind="page", ms=1.5, route=None))
    )
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.500Z",
        "level": "info",
        "logger": "app.chat",
        "message": "a request",
        "kind": "page",
        "ms": 1.5,
        "route": None,
    }


@given(message=st.text(), value=st.text(), form=st.sampled_from(["text", "json"]))
def test_nothing_that_is_logged_ends_the_line_or_steers_a_terminal(
    message: str, value: str, form: str
) -> None:
    made = record("%s", message, **fields(value=value))
    line = Formatter(form, with_words=True).format(made)
    assert {unicodedata.category(char) for char in line} & UNPRINTABLE == set()
    if form == "json":
        told = json.loads(line)
        assert (told["message"], told["value"]) == (message, value)


def test_a_value_cannot_pass_for_another_one() -> None:
    line = Formatter("text", with_words=False).format(record("x", **fields(question='a" status=200', b="")))
    assert line.endswith(r'question="a\" status=200" b=""')


def test_what_ends_a_line_and_what_colours_it_is_escaped() -> None:
    assert one_line("a\r\n\x1b[31m\u2028\u202e\U000e0041") == (
        r"a\u000d\u000a\u001b[31m\u2028\u202e\udb40\udc41"
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_of_a_library_is_told_by_name_and_place_alone(form: str) -> None:
    made = record("no answer", **failed(ValueError(f"cannot parse '{MARKER}'")))
    line = Formatter(form, with_words=False).format(made)
    assert "ValueError" in line
    assert "app/test_logs.py:" in line
    assert MARKER not in line
    assert "\n" not in line
    assert MARKER in Formatter(form, with_words=True).format(made)


def test_errors_that_never_hold_a_question_are_told_in_their_words() -> None:
    form = Formatter("json", with_words=False)
    full = json.loads(form.format(record("x", **failed(OSError(28, "No space left on device", MARKER)))))
    assert full["why"] == "No space left on device"
    assert (
        json.loads(form.format(record("x", **failed(CorpusError("no catalogue")))))["why"] == "no catalogue"
    )
    assert MARKER not in form.format(record("x", **failed(QuestionError(MARKER))))


def test_of_a_library_only_the_first_line_is_written() -> None:
    form = Formatter("text", with_words=False)
    told = "Task exception was never retrieved\nfuture: <Task exception=ValueError('zurnaperdesi')>"
    assert form.format(record(told, name="asyncio")).endswith("asyncio: Task exception was never retrieved")
    assert form.format(record("%s %s", "too few", name="httpx")).endswith("httpx: %s %s")


def test_a_record_made_for_a_request_names_it() -> None:
    token = request_id.set("abcd-1234")
    try:
        assert Formatter("text", with_words=False).format(record("x")).endswith("x request=abcd-1234")
    finally:
        request_id.reset(token)


def test_all_records_go_one_way_and_the_server_s_own_log_of_requests_is_silent(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A server of another test may have turned it down.
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "level", logging.NOTSET)
    logging.getLogger("uvicorn.access").addHandler(logging.StreamHandler(stream))
    for _ in range(2):
        configure(ServerOptions(log_format="json"), stream)
    logging.getLogger("app.chat").info("ours")
    logging.getLogger("uvicorn.error").error("theirs")
    logging.getLogger("uvicorn.access").error("GET /ask?q=%s", MARKER)
    logging.getLogger("httpx").info("not this much")
    # It sets a level of its own.
    monkeypatch.setattr(logging.getLogger("bm25s"), "level", logging.DEBUG)
    logging.getLogger("bm25s").debug("nor this")
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(each["logger"], each["message"]) for each in told] == [
        ("app.chat", "ours"),
        ("uvicorn.error", "theirs"),
    ]


def test_a_log_that_cannot_be_written_stops_nothing(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(ServerOptions(), stream)
    stream.close()
    logging.getLogger("app.chat").info("secret")
    assert capsys.readouterr() == ("", "")


def asked(assistant: Assistant, stream: io.StringIO, question: str, **options: object) -> dict[str, object]:
    """The record of a question that was put to a service with these options."""
    settings = ServerOptions.model_validate({"log_format": "json", **options})
    configure(settings, stream)
    with (
        closing(Service(assistant, settings)) as service,
        start_blocking_portal() as portal,
        suppress(QuestionError),
    ):
        portal.call(service.ask, question)
    (line,) = [line for line in stream.getvalue().splitlines() if '"app.ask_log"' in line]
    told = json.loads(line)
    assert isinstance(told, dict)
    return told


def test_what_became_of_a_question_is_logged_without_it(assistant: Assistant, stream: io.StringIO) -> None:
    told = asked(assistant, stream, QUESTION)
    assert (told["status"], told["language"], told["reason"]) == ("answered", "tr", None)
    assert isinstance(told["ms"], float)
    # The answer's id is a digest of the question.
    assert set(told) == {"time", "level", "logger", "message", "status", "language", "reason", "ms"}


def test_a_question_that_is_declined_or_refused_is_logged_with_the_reason(
    assistant: Assistant, stream: io.StringIO
) -> None:
    assert asked(assistant, stream, f"{MARKER} nedir?")["status"] == "declined"
    stream.seek(0)
    stream.truncate()
    told = asked(assistant, stream, f"{MARKER}\x00")
    assert (told["status"], told["reason"]) == ("failed", "QuestionError")
    assert MARKER not in stream.getvalue()


def test_a_question_is_logged_where_it_is_allowed_as_one_short_line(
    assistant: Assistant, stream: io.StringIO
) -> None:
    question = f"{MARKER}\r\n{{}}\u202e " + "a" * 3 * LONGEST
    told = asked(assistant, stream, question, log_questions=True)
    assert told["question"] == " ".join(question.split())[:LONGEST]
    assert len(stream.getvalue().splitlines()) == 1
    assert "\\u202e" in stream.getvalue()


def say_everywhere(address: str) -> int:
    """Put the marker wherever a request can hold it; returns how many requests that took."""
    name = encode(Reference(f"{MARKER} nedir?", "tr", (MARKER,), MARKER))
    said = [
        ("POST", "/v1/ask", {"json": {"question": f"{MARKER} nedir?", "history": [MARKER]}}),
        ("POST", "/v1/ask", {"json": {"question": f"a\r\n{MARKER}\x1b[31m"}}),
        ("POST", "/v1/ask", {"json": {"question": MARKER, MARKER: 1, "language": MARKER}}),
        ("POST", "/v1/ask", {"content": f'{{"question": "{MARKER}', "headers": {"Content-Type": "x/json"}}),
        ("POST", "/v1/ask", {"content": f"{MARKER}" * 9000}),
        ("POST", "/v1/ask/stream", {"json": {"question": MARKER}, "headers": {"Last-Event-ID": MARKER}}),
        ("POST", "/v1/feedback", {"json": {"answer": name, "verdict": "wrong", "note": MARKER}}),
        ("GET", f"/v1/search?q={MARKER}&{MARKER}={MARKER}", {}),
        (
            "GET",
            f"/ask?q={MARKER}",
            {"headers": {"Referer": f"http://x.example/{MARKER}", "User-Agent": MARKER}},
        ),
        ("GET", f"/a/{name}", {}),
        ("GET", f"/a/{MARKER}", {}),
        ("GET", f"/export/md?a={name}", {}),
        ("GET", f"/export/{MARKER}", {}),
        ("GET", f"/articles/{MARKER}?c={MARKER}", {}),
        ("GET", f"/corpus/search?q={MARKER}", {}),
        ("GET", f"/static/dipnot/{MARKER}", {}),
        ("GET", f"/{MARKER}/..%2f{MARKER}%0a{MARKER}", {}),
        ("GET", "/healthz", {"headers": {"X-Request-Id": f"{MARKER} {MARKER}", "Host": f"{MARKER}.example"}}),
        (MARKER.upper(), "/", {}),
    ]
    with httpx.Client(base_url=address, timeout=60) as client:
        for method, path, more in said:
            client.request(method, path, **more)
    host, _, port = address.removeprefix("http://").partition(":")
    for broken in (
        f"GET /{MARKER} HTTP\r\n\r\n",
        f"{MARKER}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{MARKER}\r\n\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(broken.encode())
            while line.recv(4096):
                pass
    return len(said)


@pytest.mark.slow
def test_the_program_writes_down_nothing_of_what_is_asked(folder: Path, index_dir: Path) -> None:
    given = folder / "feedback"
    with served(folder, index_dir, log_format="json", feedback_file=str(given)) as server:
        many = say_everywhere(server.address)
        assert server.stop() == 0
    told = [json.loads(line) for line in server.lines]
    assert len([each for each in told if each["message"] == "request"]) == many
    assert len([each for each in told if each["message"] == "question"]) >= 5
    written = server.err.read_text("utf-8") + server.out.read_text("utf-8")
    assert MARKER not in written.casefold()
    # Nor whose request it was.
    assert "127.0.0.1" not in server.err.read_text("utf-8")


@pytest.mark.slow
def test_the_program_writes_down_questions_where_it_is_told_to_and_nothing_else(
    folder: Path, index_dir: Path
) -> None:
    with served(folder, index_dir, log_questions="1", feedback_days="0") as server:
        say_everywhere(server.address)
        assert server.stop() == 0
    holding = [line for line in server.lines if MARKER in line.casefold()]
    assert holding
    form = re.compile(r"\S+Z info app\.ask_log: question status=.* question=\S.*")
    assert [line for line in holding if not form.fullmatch(line)] == []
    assert [
        line for line in server.lines if not re.match(r"\d{4}-\d\d-\d\dT\S+Z (info|warning|error) ", line)
    ] == []
