"""SIGHUP as servers take it, as a call to look again; in a terminal it means that this was closed."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def ignore_hangup() -> None:
    """Outlive a SIGHUP that comes before there is anything to look at again."""
    if hasattr(signal, "SIGHUP") and not _is_of_terminal():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


@contextmanager
def on_hangup(do: Callable[[], None]) -> Iterator[None]:
    """Call ``do`` on SIGHUP in the running event loop, where its thread may take signals."""
    loop = asyncio.get_running_loop()
    try:
        if _is_of_terminal():
            raise NotImplementedError
        loop.add_signal_handler(signal.SIGHUP, do)
    except (AttributeError, NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        ignore_hangup()


def _is_of_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
