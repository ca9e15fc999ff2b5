"""What the page does with a question, without a browser."""

import pytest

from app.chat import _Page
from app.options import ServerOptions
from app.service import Service
from app.turns import Turn
from tests.app.test_turns import WHEN, WHY


@pytest.fixture(scope="module")
def page(assistant):
    return _Page(Service(assistant, ServerOptions(answers_cached=0)), keeps_feedback=False)


def turns_of(yielded):
    return [values[0] for values in yielded]


def test_an_answer_is_shown_sentence_by_sentence(page, assistant):
    shown = turns_of(page._answer(WHY, (), "en", "auto"))
    answer = assistant.ask(WHY)
    assert shown[0] == (Turn(WHY),)
    assert [len(turns[-1].answer.claims) for turns in shown[1:]] == list(range(1, len(answer.claims) + 1))
    assert [turns[-1].is_done for turns in shown] == [False] * len(answer.claims) + [True]


def test_a_question_that_stands_alone_has_a_link_without_those_before_it(page):
    (*_, before) = turns_of(page._answer(WHEN, (), "tr", "auto"))
    (*_, after) = turns_of(page._answer("Kars Antlaşması ne zaman imzalandı?", before, "tr", "auto"))
    assert after[-1].history == ()
    (*_, after) = turns_of(page._answer("Peki nerede imzalandı?", before, "tr", "auto"))
    assert after[-1].history == (WHEN,)


def test_a_question_that_cannot_be_read_stays_in_the_box(page):
    (*_, last) = page._answer("\x00", (), "tr", "auto")
    assert last[0] == ()
    assert last[2]["value"] == "\x00"
    assert "denetim" in last[3]


def test_a_failure_is_said_and_the_conversation_goes_on(page, assistant, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("x")

    monkeypatch.setattr(page._service.assistant, "ask", fail)
    (*_, turns) = turns_of(page._answer(WHEN, (), "tr", "auto"))
    assert turns[-1].error == "error.failed"
    monkeypatch.undo()
    (*_, turns) = turns_of(page._retry(turns, "tr", "auto"))
    assert len(turns) == 1
    assert turns[0].answer.status == "answered"


def test_a_conversation_that_the_server_does_not_hold_is_told_so(page):
    ((left, _, _, notice, *_),) = page._retry((), "tr", "auto")
    assert left == ()
    assert "sunucuda" in notice


def test_a_stopped_answer_is_said_to_be_stopped(page):
    turns = page._stopped((Turn("a", error="error.failed"), Turn("b")), "tr")[0]
    assert [turn.error for turn in turns] == ["error.failed", "error.stopped"]
    assert page._stopped(turns, "tr")[0] == turns
    assert page._stopped((), "tr")[0] == ()
