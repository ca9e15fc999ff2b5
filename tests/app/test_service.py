"""Many callers at once: who is answered, who waits, who is sent away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.answer import Answer
from app.assistant import Assistant
from app.options import ServerOptions
from app.service import Busy, Service, TooSlow
from corpus.errors import QuestionError
from eval.gold import read_gold

WHEN = "Moskova Antlaşması ne zaman imzalandı?"
WAIT = 20


class Held:
    """The real assistant, which answers only when it is let."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.asked: list[str] = []
        self.has_begun = threading.Semaphore(0)
        self.may_answer = threading.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._assistant, name)

    def ask(self, question: str, language: str = "auto", history: Sequence[str] = ()) -> Answer:
        self.asked.append(question)
        self.has_begun.release()
        assert self.may_answer.wait(WAIT)
        return self._assistant.ask(question, language, history)


@pytest.fixture
def held(assistant: Assistant) -> Held:
    return Held(assistant)


def service_of(assistant: object, **options: object) -> Service:
    return Service(assistant, ServerOptions(**options))  # type: ignore[arg-type]


def counted(assistant: Assistant, name: str) -> float:
    lines = assistant.counters.text().decode().splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT):
        while not holds():
            await asyncio.sleep(0.01)


def test_an_answer_is_the_assistant_s(assistant: Assistant) -> None:
    given = asyncio.run(service_of(assistant).ask(WHEN))
    own = assistant.ask(WHEN)
    assert given.model_copy(update={"timings_ms": {}}) == own.model_copy(update={"timings_ms": {}})


def test_what_was_asked_before_is_not_asked_again(assistant: Assistant) -> None:
    held = Held(assistant)
    held.may_answer.set()
    service = service_of(held)
    kept = counted(assistant, "questions_kept_total")
    first = service.ask_now(WHEN)
    again = service.ask_now(f"  {WHEN} ")
    assert held.asked == [WHEN]
    assert again.claims == first.claims
    assert set(again.timings_ms) == {"total"}
    assert counted(assistant, "questions_kept_total") == kept + 1


def test_language_and_history_make_another_question(assistant: Assistant) -> None:
    held = Held(assistant)
    held.may_answer.set()
    service = service_of(held)
    for language, history in (("auto", []), ("en", []), ("auto", ["Kars Antlaşması nedir?"])):
        service.ask_now(WHEN, language, history)
    assert len(held.asked) == 3


def test_an_index_of_another_generation_is_asked_anew(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(assistant)
    held.may_answer.set()
    service = service_of(held)
    service.ask_now(WHEN)
    monkeypatch.setattr(assistant, "generation", "another")
    service.ask_now(WHEN)
    assert len(held.asked) == 2


def test_the_answer_asked_for_longest_ago_is_let_go(assistant: Assistant) -> None:
    held = Held(assistant)
    held.may_answer.set()
    service = service_of(held, answers_cached=1)
    for question in (WHEN, "Kars Antlaşması nedir?", WHEN):
        service.ask_now(question)
    assert len(held.asked) == 3


def test_nothing_is_kept_where_nothing_is_to_be(assistant: Assistant) -> None:
    held = Held(assistant)
    held.may_answer.set()
    service = service_of(held, answers_cached=0)
    service.ask_now(WHEN)
    service.ask_now(WHEN)
    assert len(held.asked) == 2


def test_a_question_that_is_being_answered_is_not_asked_twice(held: Held) -> None:
    service = service_of(held)

    async def ask() -> list[Answer]:
        asking = [asyncio.create_task(service.ask(WHEN)) for _ in range(5)]
        await until(lambda: len(held.asked) == 1)
        held.may_answer.set()
        return await asyncio.gather(*asking)

    answers = asyncio.run(ask())
    assert held.asked == [WHEN]
    assert len({answer.text for answer in answers}) == 1


def test_one_caller_who_leaves_does_not_take_the_answer_from_the_other(held: Held) -> None:
    service = service_of(held)

    async def ask() -> Answer:
        leaving, staying = (asyncio.create_task(service.ask(WHEN)) for _ in range(2))
        await until(lambda: len(held.asked) == 1)
        leaving.cancel()
        held.may_answer.set()
        return await staying

    assert asyncio.run(ask()).status == "answered"


def test_more_than_may_wait_are_told_when_to_come_again(held: Held, assistant: Assistant) -> None:
    service = service_of(held, ask_workers=1, ask_waiting=2)
    refused = counted(assistant, 'questions_refused_total{reason="busy"}')

    async def ask() -> tuple[Busy, list[Answer]]:
        asking = [asyncio.create_task(service.ask(f"{WHEN} {n}")) for n in range(3)]
        await until(lambda: len(held.asked) == 1)
        with pytest.raises(Busy) as told:
            await service.ask("Kars Antlaşması nedir?")
        held.may_answer.set()
        return told.value, await asyncio.gather(*asking)

    busy, answers = asyncio.run(ask())
    assert busy.retry_after >= 1
    assert len(answers) == 3
    assert counted(assistant, 'questions_refused_total{reason="busy"}') == refused + 1
    assert counted(assistant, "questions_in_flight") == 0
    assert service.ask_now("Kars Antlaşması nedir?").status == "answered"


def test_nobody_waits_longer_than_the_last_ones_say(held: Held) -> None:
    """There is room in the queue, but those before have taken so long that the wait would be too long."""
    service = service_of(held, ask_workers=1, ask_waiting=100, ask_wait_seconds=0.1)

    async def ask() -> None:
        first = asyncio.create_task(service.ask(WHEN))
        await until(lambda: len(held.asked) == 1)
        await asyncio.sleep(2)
        held.may_answer.set()
        await first
        held.may_answer.clear()
        second = asyncio.create_task(service.ask(f"{WHEN} 2"))
        await until(lambda: len(held.asked) == 2)
        with pytest.raises(Busy):
            await service.ask(f"{WHEN} 3")
        held.may_answer.set()
        await second

    asyncio.run(ask())


def test_a_question_that_takes_too_long_is_given_up(held: Held) -> None:
    service = service_of(held, ask_seconds=0.2)
    with pytest.raises(TooSlow):
        asyncio.run(service.ask(WHEN))
    with pytest.raises(TooSlow):
        service.ask_now(f"{WHEN} 2")
    held.may_answer.set()


def test_a_question_that_waited_too_long_is_not_begun(held: Held) -> None:
    service = service_of(held, ask_workers=1, ask_seconds=0.2)

    async def ask() -> None:
        first, second = (asyncio.create_task(service.ask(f"{WHEN} {n}")) for n in (1, 2))
        for asking in (first, second):
            with pytest.raises(TooSlow):
                await asking

    asyncio.run(ask())
    held.may_answer.set()
    service.close()
    assert held.asked == [f"{WHEN} 1"]


def test_what_cannot_be_asked_is_refused_before_it_waits(held: Held) -> None:
    service = service_of(held)
    with pytest.raises(QuestionError):
        service.ask_now("a\x00b")
    assert held.asked == []


def test_a_failure_is_told_and_not_kept(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(assistant)

    def fail(*_: object) -> Answer:
        raise RuntimeError("no")

    with monkeypatch.context() as broken:
        broken.setattr(assistant, "ask", fail)
        with pytest.raises(RuntimeError):
            service.ask_now(WHEN)
    assert service.ask_now(WHEN).status == "answered"


def test_closing_finishes_what_is_being_answered(held: Held) -> None:
    service = service_of(held)
    with ThreadPoolExecutor(1) as caller:
        asking = caller.submit(service.ask_now, WHEN)
        assert held.has_begun.acquire(timeout=WAIT)
        threading.Timer(0.2, held.may_answer.set).start()
        service.close()
        assert asking.result(WAIT).status == "answered"


def test_together_and_one_by_one_the_answers_are_the_same(assistant: Assistant) -> None:
    """Questions encoded together are padded to one length; that must change nothing that is said."""
    questions = [row.question for row in read_gold() if row.split == "dev"][:60]
    service = service_of(
        assistant, ask_workers=8, ask_waiting=100, ask_wait_seconds=100, ask_seconds=120, answers_cached=0
    )

    async def ask() -> list[Answer]:
        return await asyncio.gather(*(service.ask(question) for question in questions))

    for question, together in zip(questions, asyncio.run(ask()), strict=True):
        alone = assistant.ask(question)
        assert (together.status, together.text) == (alone.status, alone.text), question
        assert together.citations == alone.citations
        assert together.confidence == pytest.approx(alone.confidence, abs=1e-3)


def test_callers_in_threads_who_ask_at_the_same_moment_ask_once(held: Held) -> None:
    service = service_of(held)
    ready = threading.Barrier(8)

    def ask() -> Answer:
        ready.wait(WAIT)
        return service.ask_now(WHEN)

    with ThreadPoolExecutor(8) as callers:
        asking = [callers.submit(ask) for _ in range(8)]
        assert held.has_begun.acquire(timeout=WAIT)
        held.may_answer.set()
        assert len({each.result(WAIT).text for each in asking}) == 1
    assert held.asked == [WHEN]
