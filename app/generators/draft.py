"""A draft while it is written: one thread writes, another reads, and both stop at the deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType

from app.generators.thinking import first_of, length_begun, without_thoughts
from corpus.errors import DipnotError


class GeneratorFailed(DipnotError):
    """There is no draft, or no more of it; what has been read of it stays."""


class OutOfTime(GeneratorFailed):
    """A draft was not done within its time; the generator itself may be well."""


@dataclass(frozen=True)
class Usage:
    """What a draft took; ``is_counted``: its writer counted the tokens, else pieces stand for them."""

    prompt_tokens: int
    completion_tokens: int
    seconds: float
    is_counted: bool


@dataclass(frozen=True)
class _End:
    """The writer has stopped: by itself, or because of an error."""

    error: GeneratorFailed | None


class Pen:
    """The side of a draft that writes."""

    def __init__(self, name: str, seconds: float) -> None:
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.is_counted = False
        self.is_cut = False
        self.has_written = False
        self._name = name
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._pieces: SimpleQueue[str | _End] = SimpleQueue()
        self._lock = threading.Lock()
        self._is_released = False
        self._on_release: Callable[[], None] | None = None

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, at least 0."""
        return max(0.0, self._deadline - time.monotonic())

    @property
    def is_released(self) -> bool:
        """Whether nobody reads the draft any more."""
        return self._is_released

    @property
    def is_wanted(self) -> bool:
        """Whether there is a reader and time."""
        return not self._is_released and self.remaining > 0

    def put(self, text: str) -> None:
        """Hand a piece to the reader."""
        if text:
            self.has_written = True
            self._pieces.put(text)

    def out_of_time(self, seconds: float | None = None) -> OutOfTime:
        """The error of a draft whose time is over, all of it or the ``seconds`` it had to begin in."""
        did_not = "did not finish" if self.has_written else "did not begin to write"
        return OutOfTime(f"{self._name} {did_not} within {seconds or self._seconds:.3g} s.")

    def when_released(self, call: Callable[[], None]) -> None:
        """Have ``call`` called, from another thread, as soon as nobody reads any more."""
        with self._lock:
            self._on_release = call
            is_late = self._is_released
        if is_late:
            call()

    def release(self) -> None:
        """Tell the writer that nobody reads any more, and a reader that still waits that there is no more."""
        with self._lock:
            call = None if self._is_released else self._on_release
            self._is_released = True
        self._pieces.put(_End(None))
        if call:
            call()

    def run(self, work: Callable[[Pen], None]) -> None:
        """Let ``work`` write, and hand over how it ended."""
        error: GeneratorFailed | None = None
        try:
            work(self)
        except GeneratorFailed as failed:
            error = failed
        except Exception as unforeseen:  # a reader is told of whatever went wrong, instead of waiting for it
            error = GeneratorFailed(f"{self._name} failed: {_said(unforeseen)}")
            error.__cause__ = unforeseen
        self._pieces.put(_End(error))

    def take(self) -> str | _End:
        """Return the next piece, or the end; raises OutOfTime."""
        try:
            return self._pieces.get(timeout=self.remaining)
        except Empty:
            raise self.out_of_time() from None


class Draft(Iterator[str]):
    """Pieces of a text as they come, to be read once; closing it, or leaving its ``with``, ends the writing.

    What a model thinks before it answers is no part of it.

    >>> with generator.write(messages, tokens=400, seconds=30) as draft:  # doctest: +SKIP
    ...     text = "".join(draft)
    >>> draft.usage.completion_tokens  # doctest: +SKIP
    127
    """

    def __init__(
        self, name: str, work: Callable[[Pen], None], seconds: float, stop: Sequence[str] = ()
    ) -> None:
        """``work`` writes in a thread of its own, from when the first piece is asked for."""
        self._pen = Pen(name, seconds)
        self._work = work
        self._stop = tuple(word for word in stop if word)
        self._began = time.monotonic()
        self._ended: float | None = None
        self._reading = self._read()

    @property
    def usage(self) -> Usage:
        """What it has taken until now, or in all when it has ended."""
        pen, ended = self._pen, self._ended or time.monotonic()
        return Usage(pen.prompt_tokens, pen.completion_tokens, ended - self._began, pen.is_counted)

    @property
    def is_cut(self) -> bool:
        """Whether it ended because it had reached its number of tokens; its last sentence may be half."""
        return self._pen.is_cut

    def __next__(self) -> str:
        return next(self._reading)

    def __enter__(self) -> Draft:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the writing, from any thread; what was read stays, and there is no more."""
        self._finish()
        with suppress(ValueError):  # another thread is reading, and comes to the end by itself
            self._reading.close()

    def _read(self) -> Generator[str, None, None]:
        """The pieces without thoughts, up to a word that stops."""
        held = ""
        try:
            for piece in without_thoughts(self._written()):
                held += piece
                at, stopping = first_of(self._stop, held)
                # A longer word that stops may have begun before the one that is there.
                begun = len(held) - length_begun(self._stop, held)
                ready = min(at, begun)
                if ready:
                    yield held[:ready]
                if stopping and at <= begun:
                    return
                held = held[ready:]
            if rest := held[: first_of(self._stop, held)[0]]:
                yield rest
        finally:
            self._finish()

    def _written(self) -> Iterator[str]:
        """The pieces as they are written."""
        context = copy_context()
        thread = threading.Thread(target=context.run, args=(self._pen.run, self._work), daemon=True)
        thread.start()
        while not isinstance(item := self._pen.take(), _End):
            yield item
        if item.error:
            raise item.error

    def _finish(self) -> None:
        self._ended = self._ended or time.monotonic()
        self._pen.release()


def _said(error: Exception) -> str:
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
