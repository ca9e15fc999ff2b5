"""Questions of many callers at once: a few answered together, some waiting, the next told to come again.

Everybody who asks over HTTP asks here, the chat page too: one bounded set of threads, one memory of answers.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cachetools import LRUCache

from app.ask_log import AskLog
from app.growing import told
from app.question import clean
from corpus.errors import DipnotError
from index.stores.base import StoreUnavailable

if TYPE_CHECKING:
    from app.answer import Answer
    from app.assistant import Assistant
    from app.batch import Hits
    from app.options import ServerOptions

_log = logging.getLogger(__name__)
T = TypeVar("T")
# What was asked, in which language, after which questions, of which generation of the index.
_Key = tuple[str, str, tuple[str, ...], str]
# How much a new time counts in the mean that is told to those who are turned away.
_SHARE: Final = 0.05
# Seconds a question, until it is known better: about what two cores take.
_FIRST_PACE: Final = 0.04
_MILLISECONDS: Final = 1000


class Busy(DipnotError):
    """Too many questions are waiting; ``retry_after``: in how many seconds to try again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many questions are waiting; try again in {retry_after} s.")
        self.retry_after = retry_after


class TooSlow(DipnotError):
    """A question was not answered in the time it is given."""


class NotReady(DipnotError):
    """The database of the index does not answer; ``retry_after``: in how many seconds to try again."""

    retry_after = 5

    def __init__(self) -> None:
        super().__init__("The index cannot be asked at the moment; try again in some seconds.")


class Service:
    """Answers questions for many callers; may be called from any thread and any event loop.

    An answer is kept with what was asked and the generation it came from, the least recently asked being
    let go; a question that is being answered for somebody is not asked twice.
    """

    def __init__(self, assistant: Assistant, options: ServerOptions) -> None:
        self.assistant = assistant
        # A generator has its own time.
        self._seconds = options.ask_seconds + assistant.writing_seconds
        self._most = options.ask_workers + options.ask_waiting
        self._longest_wait = options.ask_wait_seconds
        self._pool = ThreadPoolExecutor(options.ask_workers, thread_name_prefix="dipnot-ask")
        self._lock = threading.RLock()
        self._log = AskLog(with_questions=options.log_questions)
        # At least one, because a cache of none refuses what it is given.
        self._answers: LRUCache[_Key, Answer] = LRUCache(max(1, options.answers_cached))
        self._keeps = options.answers_cached > 0
        self._running: dict[_Key, Future[Answer]] = {}
        self._in_flight = 0
        # Seconds that each question took of late while there was something to do, and when the last was done.
        self._pace = _FIRST_PACE
        self._last_done = 0.0

    async def ask(self, question: str, language: str = "auto", history: Sequence[str] = ()) -> Answer:
        """Answer a question as ``Assistant.ask`` does.

        Raises QuestionError as that does, Busy when too many wait, TooSlow when the time is up, NotReady when
        the database of the index does not answer.
        """
        with self._log.asking(question) as asked:
            asked.answer = await self._awaited(self._asked(question, language, history))
        return asked.answer

    def ask_now(self, question: str, language: str = "auto", history: Sequence[str] = ()) -> Answer:
        """Answer as ``ask`` does, for a caller in a thread of its own."""
        with self._log.asking(question) as asked:
            asked.answer = self._waited(self._asked(question, language, history))
        return asked.answer

    async def growing(
        self, question: str, language: str = "auto", history: Sequence[str] = ()
    ) -> AsyncIterator[Answer]:
        """Yield an answer as it is written, at last the whole; each begins with the sentences of the last.

        Raises as ``ask`` does; without a generator only the whole is yielded.
        """
        loop = asyncio.get_running_loop()
        parts: asyncio.Queue[Answer | None] = asyncio.Queue()
        until = time.monotonic() + self._seconds

        def tell(part: Answer | None) -> None:
            with suppress(RuntimeError):  # the loop has been closed: nobody listens
                loop.call_soon_threadsafe(parts.put_nowait, part)

        with self._log.asking(question) as asked:
            future = self._asked(question, language, history, tell)
            future.add_done_callback(lambda _: tell(None))
            try:
                while (part := await asyncio.wait_for(parts.get(), until - time.monotonic())) is not None:
                    yield part
                asked.answer = future.result()
            except (TimeoutError, CancelledError) as error:
                raise self._too_slow() from error
            yield asked.answer

    def growing_now(
        self, question: str, language: str = "auto", history: Sequence[str] = ()
    ) -> Iterator[Answer]:
        """Yield as ``growing`` does, for a caller in a thread of its own."""
        parts: SimpleQueue[Answer | None] = SimpleQueue()
        until = time.monotonic() + self._seconds
        with self._log.asking(question) as asked:
            future = self._asked(question, language, history, parts.put)
            future.add_done_callback(lambda _: parts.put(None))
            try:
                while (part := parts.get(timeout=max(0.0, until - time.monotonic()))) is not None:
                    yield part
                asked.answer = future.result()
            except (TimeoutError, CancelledError, Empty) as error:
                raise self._too_slow() from error
            yield asked.answer

    async def search(
        self, query: str, k: int = 10, language: str = "auto", *, among: Assistant | None = None
    ) -> Hits:
        """Return the ``k`` best passages for a query; raises as ``ask`` does.

        ``among``: whose passages, for a caller that looks them up afterwards; those of the present one.
        """
        from app.batch import hits_of

        text, assistant = clean(query), among or self.assistant
        return await self._awaited(self._submit(lambda: hits_of(assistant, text, k, language)))

    def swap(self, assistant: Assistant) -> None:
        """Answer from another generation from now on; what is being answered is answered from the old one.

        Answers that are kept are those of their generation, and are not given for another.
        """
        self.assistant = assistant
        assistant.counters.set_generation(assistant.generation)

    def close(self) -> None:
        """Finish what is being answered and let go of what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _asked(
        self,
        question: str,
        language: str,
        history: Sequence[str],
        tell: Callable[[Answer], None] | None = None,
    ) -> Future[Answer]:
        """The answer that is kept, or is being made, or will be; ``tell`` gets what is written of it, where
        it is made for this caller."""
        started = time.perf_counter()
        assistant = self.assistant
        key = (clean(question), language, tuple(history), assistant.generation)
        # Held until it is known to be running, so that two who ask at the same moment ask once.
        with self._lock:
            if (kept := self._answers.get(key)) is not None:
                return self._again(kept, started)
            if (running := self._running.get(key)) is not None:
                return running
            if tell is None or not assistant.writing_seconds:
                made = self._submit(lambda: assistant.ask(question, language, history))
            else:
                made = self._submit(lambda: told(assistant.growing(question, language, history), tell))
            self._running[key] = made
        made.add_done_callback(lambda done: self._keep(key, done))
        return made

    def _again(self, kept: Answer, started: float) -> Future[Answer]:
        """An answer given before, with the time that it took now."""
        taken = round((time.perf_counter() - started) * _MILLISECONDS, 2)
        answer = kept.model_copy(update={"timings_ms": {"total": taken}})
        self.assistant.counters.count_answer(answer)
        self.assistant.counters.count_kept()
        done: Future[Answer] = Future()
        done.set_result(answer)
        return done

    def _keep(self, key: _Key, done: Future[Answer]) -> None:
        with self._lock:
            self._running.pop(key, None)
            if not self._keeps or done.cancelled() or done.exception() is not None:
                return
            answer = done.result()
            # Where a generator has failed, the next who asks may find it well again.
            if answer.draft is None or not answer.draft.has_failed:
                self._answers[key] = answer

    def _submit(self, work: Callable[[], T]) -> Future[T]:
        """Have a thread do a piece of work, unless too much is waiting or it comes too late."""
        with self._lock:
            # How long those before it and it will take (Little's law).
            wait = (self._in_flight + 1) * self._pace
            if self._in_flight and (self._in_flight >= self._most or wait > self._longest_wait):
                self.assistant.counters.count_refused("busy")
                raise Busy(max(1, math.ceil(wait)))
            if not self._in_flight:
                self._last_done = time.monotonic()
            self._in_flight += 1
            self.assistant.counters.set_in_flight(self._in_flight)
        latest = time.monotonic() + self._seconds

        def in_time() -> T:
            if time.monotonic() > latest:
                raise TooSlow("The question waited too long; try again.")
            try:
                return work()
            except StoreUnavailable as error:
                # Where the database is, is for the log of the server, not for a reader.
                _log.error("%s", error)
                self.assistant.counters.count_refused("store")
                raise NotReady from error

        future = self._pool.submit(in_time)
        future.add_done_callback(self._left)
        return future

    def _left(self, _done: Future[Any]) -> None:
        with self._lock:
            now = time.monotonic()
            # Two that were encoded together are done at once: it is the mean that counts.
            self._pace += _SHARE * (now - self._last_done - self._pace)
            self._last_done = now
            self._in_flight -= 1
            self.assistant.counters.set_in_flight(self._in_flight)

    async def _awaited(self, future: Future[T]) -> T:
        # Shielded: another caller may be waiting for the same answer.
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), self._seconds)
        except TimeoutError as error:
            raise self._too_slow() from error
        except CancelledError as error:
            raise self._too_slow() from error

    def _waited(self, future: Future[T]) -> T:
        try:
            return future.result(self._seconds)
        except (TimeoutError, CancelledError) as error:
            raise self._too_slow() from error

    def _too_slow(self) -> TooSlow:
        self.assistant.counters.count_refused("deadline")
        return TooSlow(f"No answer within {self._seconds:g} s; try again.")
