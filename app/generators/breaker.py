"""A circuit breaker: what has failed several times in a row is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

FAILURES: Final = 3
# Long enough that few readers wait for an endpoint that is down, short enough that one that has been started
# again is noticed.
SECONDS: Final = 30.0


class Breaker:
    """Counts failures in a row; after so many it lets nobody through for a while, then one, as a trial.

    Each call that `admit` lets through ends with `succeed`, `fail` or `abandon`; threads may share it.
    """

    def __init__(
        self,
        failures: int = FAILURES,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``failures`` in a row open it, for so many ``seconds``."""
        self.failures = 0
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._shut_until: float | None = None
        self._is_on_trial = False
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether it has had enough failures and no success since."""
        return self._shut_until is not None

    def admit(self) -> float | None:
        """Return None where a call may go through, else the seconds until one is tried again."""
        with self._lock:
            if self._shut_until is None:
                return None
            left = self._shut_until - self._clock()
            if left > 0 or self._is_on_trial:
                return max(left, 0.0)
            self._is_on_trial = True
            return None

    def succeed(self) -> None:
        """A call went well: all may go through again."""
        with self._lock:
            self.failures = 0
            self._shut_until = None
            self._is_on_trial = False

    def fail(self) -> None:
        """A call failed."""
        with self._lock:
            self.failures += 1
            self._is_on_trial = False
            if self.failures >= self._most:
                self._shut_until = self._clock() + self._seconds

    def abandon(self) -> None:
        """A call was given up before it was clear how it would end: if it was the trial, another may be."""
        with self._lock:
            self._is_on_trial = False
