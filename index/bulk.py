"""Encoding by several processes: each has the model in memory, and a finished shard is on disk at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Final

from corpus.errors import DipnotError
from index.model import Model
from index.shards import Shards, Unit

if TYPE_CHECKING:
    from index.encoder import Encoder

# Workers that die again and again without finishing anything, such as for lack of memory, will do so forever.
MOST_FRUITLESS: Final = 3
# A second unit waits for each worker, so that none is idle between two.
_AHEAD: Final = 2


def encode_shards(
    units: Sequence[Unit],
    shards: Shards,
    model: Model,
    workers: int,
    progress: Callable[[int, int], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> int:
    """Encode the units whose shards are not there, by so many processes, and return how many these were.

    A worker that dies is replaced, and ``say`` is told. ``progress`` is called with the number of texts
    encoded and their total. Raises DipnotError where workers die without finishing anything,
    ModelUnavailable where the model cannot be loaded; what is finished stays.
    """
    # The longest first, so that the end is not spent waiting for one.
    lacking = sorted(_lacking(units, shards), key=lambda unit: len(unit.wordings), reverse=True)
    count, total = len(lacking), _texts(lacking)
    fruitless = 0
    while lacking:
        done = total - _texts(lacking)
        try:
            for unit in _encoded(lacking, shards, model, min(workers, len(lacking))):
                done += len(unit.wordings)
                if progress:
                    progress(done, total)
            return count
        except BrokenProcessPool as error:
            left = _lacking(lacking, shards)
            fruitless = fruitless + 1 if len(left) == len(lacking) else 0
            lacking = left
            if fruitless == MOST_FRUITLESS:
                raise DipnotError(
                    f"Processes that encode were ended {fruitless} times without finishing anything, perhaps "
                    f"for lack of memory. {count - len(left)} of {count} shards were encoded and are kept. "
                    "Go on with fewer: dipnot index --workers 1"
                ) from error
            if say and lacking:
                say(f"A process that encodes was ended; new ones go on with {len(left)} of {count} shards.")
    return count


def _lacking(units: Sequence[Unit], shards: Shards) -> list[Unit]:
    return [unit for unit in dict.fromkeys(units) if not shards.has(unit)]


def _texts(units: Sequence[Unit]) -> int:
    return sum(len(unit.wordings) for unit in units)


def _encoded(units: Sequence[Unit], shards: Shards, model: Model, workers: int) -> Iterator[Unit]:
    """Give each unit when its shard is on disk; raises BrokenProcessPool where a worker dies."""
    waiting = iter(units)
    with _pool(shards, model, workers) as pool:
        running: dict[Future[None], Unit] = {}
        while True:
            while len(running) < _AHEAD * workers and (unit := next(waiting, None)):
                running[_submitted(pool, unit)] = unit
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                unit = running.pop(future)
                future.result()
                yield unit


def _submitted(pool: ProcessPoolExecutor, unit: Unit) -> Future[None]:
    try:
        return pool.submit(_encode, unit)
    except (OSError, ValueError) as error:
        # A worker died while it, or the next one, was being started: its pipes are closed already.
        raise BrokenProcessPool("A worker could not be started.") from error


@contextmanager
def _pool(shards: Shards, model: Model, workers: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool whose processes end at once when this one does, or gives up, whatever they are at.

    They hold one end of a pipe whose other end this process alone has. Without it, the workers of a
    builder that was killed would wait for work forever.
    """
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _begin, (model, shards, workers, theirs))
    try:
        yield pool
    except BaseException:
        ours.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        ours.close()
        theirs.close()


# What runs in the workers


@dataclass
class _Worker:
    """What a worker process knows; the model is loaded with the first unit, so that its errors are told."""

    model: Model
    shards: Shards
    workers: int
    encoder: Encoder | None = None


_worker: _Worker | None = None


def _begin(model: Model, shards: Shards, workers: int, builder: Connection) -> None:
    global _worker
    # Ctrl+C goes to every process of a terminal; the builder ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(builder,), daemon=True).start()
    _worker = _Worker(model, shards, workers)


def _end_with(builder: Connection) -> None:
    """End this process when the builder's end of the pipe is closed, by whatever means."""
    try:
        builder.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


def _encode(unit: Unit) -> None:
    assert _worker is not None
    if _worker.encoder is None:
        import torch
        from tqdm import tqdm  # type: ignore[import-untyped]

        from index.encoder import Encoder

        # Else transformers' bars, which nobody sees here, make a lock between processes, which a worker that
        # is ended leaves behind: Python complains of it on the terminal.
        tqdm.set_lock(threading.RLock())
        # Together they compute with as many threads as one process would.
        torch.set_num_threads(max(1, torch.get_num_threads() // _worker.workers))
        _worker.encoder = Encoder(_worker.model)
    encode = _worker.encoder.encode_questions if unit.is_asked else _worker.encoder.encode_document
    _worker.shards.write(unit, encode(list(unit.wordings)))
