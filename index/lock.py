"""One builder at a time: whoever changes an index holds its lock, and the next one says for whom it waits."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from corpus.errors import DipnotError

LOCK: Final = ".lock"
# Seconds between two looks at a lock that another process holds; building takes minutes.
_POLL_SECONDS: Final = 0.2
# What a holder writes of itself is shorter.
_LONGEST_NOTE: Final = 200


@contextmanager
def building(index: Path, say: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock of an index, after waiting for whoever holds it; ``say`` is told once for whom.

    The lock is the operating system's: a process that has died holds none, whatever it left in the file.
    Raises DipnotError where the folder cannot be written.
    """
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / LOCK, poll_interval=_POLL_SECONDS)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if say:
                say(f"{_holder(index)} is changing the index at {index}; waiting until it is done.")
            lock.acquire()
    except OSError as error:
        raise DipnotError(f"The index could not be written to {index}: {error.strerror or error}") from error
    try:
        # A word for whoever waits; the lock holds without it.
        with suppress(OSError):
            (index / LOCK).write_text(_own_note(), encoding="ascii")
        yield
    finally:
        with suppress(OSError):
            (index / LOCK).write_bytes(b"")
        lock.release()


def _own_note() -> str:
    host = socket.gethostname().encode("ascii", "replace").decode()
    return f"process {os.getpid()} on {host}, since {datetime.now():%H:%M}"


def _holder(index: Path) -> str:
    """Who holds the lock, as that one wrote it down."""
    try:
        note = (index / LOCK).read_text(encoding="ascii", errors="replace")[:_LONGEST_NOTE]
    except OSError:
        note = ""
    plain = "".join(char for char in note if char.isprintable())
    return f"Another Dipnot ({plain})" if plain else "Another Dipnot"
