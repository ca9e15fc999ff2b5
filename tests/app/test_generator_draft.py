"""A draft between the thread that writes it and the one that reads it; the breaker before it."""

import itertools
import threading
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.generators import Draft, GeneratorFailed, OutOfTime
from app.generators.breaker import Breaker
from app.generators.draft import Pen

TOLERANCE = 4.0


def writing(*pieces: str):
    def work(pen: Pen) -> None:
        for piece in pieces:
            pen.put(piece)

    return work


@settings(max_examples=200, deadline=None)
@example(["ba", "."], ["a", "ba."])
@example(["ba"], ["a", "ba."])
@given(st.lists(st.text("ab.\n", max_size=4), max_size=8), st.lists(st.text("ab.\n", max_size=3), max_size=3))
def test_however_it_is_cut_a_draft_ends_before_the_first_word_that_stops(pieces, stop):
    text = "".join(pieces)
    ends = [text.find(word) for word in stop if word and word in text]
    assert "".join(Draft("it", writing(*pieces), 60, stop)) == text[: min(ends, default=len(text))]


def test_a_writer_that_does_not_end_by_itself_is_left_at_the_deadline():
    over = threading.Event()
    began = time.monotonic()
    with pytest.raises(OutOfTime, match=r"it did not begin to write within 0\.3 s"):
        list(Draft("it", lambda pen: bool(over.wait()), 0.3))
    assert time.monotonic() - began < 0.3 + TOLERANCE
    over.set()


def test_what_goes_wrong_unforeseen_is_told_in_one_sentence():
    def work(pen: Pen) -> None:
        pen.put("a")
        raise OSError("the disk\nis full")

    draft = Draft("it", work, 60)
    assert next(draft) == "a"
    with pytest.raises(GeneratorFailed, match="it failed: OSError: the disk is full") as raised:
        next(draft)
    assert isinstance(raised.value.__cause__, OSError)


def test_another_thread_may_close_a_draft_that_is_waited_for():
    wrote, told, over = threading.Event(), threading.Event(), threading.Event()

    def work(pen: Pen) -> None:
        pen.when_released(told.set)
        wrote.set()
        # As a model does in the middle of a step.
        over.wait()

    draft = Draft("it", work, 60)
    found: list[list[str]] = []
    reading = threading.Thread(target=lambda: found.append(list(draft)))
    reading.start()
    assert wrote.wait(TOLERANCE)
    draft.close()
    reading.join(TOLERANCE)
    assert found == [[]]
    assert told.is_set()
    over.set()


def test_a_writer_learns_that_its_reader_has_gone():
    gone = threading.Event()

    def work(pen: Pen) -> None:
        for n in itertools.count():
            if not pen.is_wanted:
                gone.set()
                return
            pen.put(f"{n} ")
            time.sleep(0.01)

    with Draft("it", work, 60) as draft:
        assert next(draft) == "0 "
    assert gone.wait(TOLERANCE)
    assert list(draft) == []


def test_a_draft_that_nobody_reads_is_not_begun():
    begun: list[Pen] = []
    with Draft("it", begun.append, 60):
        pass
    Draft("it", begun.append, 60).close()
    assert begun == []


def test_a_reader_who_takes_his_time_gets_what_was_written_before_the_deadline():
    draft = Draft("it", writing("a", "b", "c"), 0.3)
    assert next(draft) == "a"
    time.sleep(0.5)
    assert list(draft) == ["b", "c"]


# The breaker


def test_a_success_between_failures_begins_the_count_anew():
    breaker = Breaker(2, 30, lambda: 0.0)
    breaker.fail()
    breaker.succeed()
    breaker.fail()
    assert breaker.admit() is None and not breaker.is_open
    breaker.fail()
    assert breaker.admit() == 30 and breaker.is_open


def test_of_many_threads_one_is_let_through_as_a_trial():
    now = [0.0]
    breaker = Breaker(1, 30, lambda: now[0])
    breaker.fail()
    now[0] = 31.0
    found: list[float | None] = []
    ready = threading.Barrier(20)

    def ask() -> None:
        ready.wait()
        found.append(breaker.admit())

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(None) == 1
    breaker.abandon()
    assert breaker.admit() is None
    breaker.fail()
    assert breaker.admit() == 30
