"""A server that follows its index: a new generation takes the place of the old one while readers ask."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.hangup import on_hangup
from app.logs import fields
from app.openers import suggested
from corpus.errors import DipnotError
from index.generation import current, folder_of
from index.stores.base import StoreUnavailable

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.service import Service

_log = logging.getLogger(__name__)
# Seconds between two looks at which generation is the current one: one small file is read.
INTERVAL: Final = 5.0


class Swapper:
    """Has a service answer from the current generation of an index; one that is damaged is not taken.

    A new generation is loaded and tried beside the old one, which answers meanwhile: what has begun on the
    old one ends on it, and then it is let go.
    """

    def __init__(self, service: Service, index: Path, interval: float = INTERVAL) -> None:
        self._service = service
        self._index = index
        self._interval = interval
        # What was found wanting, so that it is told once and not read again until it has changed.
        self._refused: object = None
        # What was told already of a database that does not answer.
        self._told: object = None

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look for a new generation while this lasts, every few seconds and on SIGHUP."""
        asked = asyncio.Event()
        with on_hangup(asked.set):
            task = asyncio.create_task(self._watch(asked))
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _watch(self, asked: asyncio.Event) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(asked.wait(), self._interval)
            if asked.is_set():
                asked.clear()
                self._refused = None
            await asyncio.to_thread(self.look)

    def look(self) -> bool:
        """Take the current generation where it is another than the one in use; whether one was taken."""
        state = _state(self._index)
        if state == self._refused:
            return False
        old = self._service.assistant
        try:
            if current(self._index) == old.generation:
                self._refused = None
                return False
            new = old.renewed(self._index)
            # The first reader need not wait for what the page shows; and a generation that cannot answer
            # fails here.
            suggested(new)
        except StoreUnavailable as error:
            # The database may be there at the next look.
            if self._told != state:
                self._refuse(state, old, str(error))
            self._told, self._refused = state, None
        except (DipnotError, OSError) as error:
            self._refuse(state, old, str(error))
        except Exception:
            _log.exception("a new generation of the index could not be loaded")
            self._refuse(state, old, "it could not be loaded")
        else:
            self._service.swap(new)
            _log.info(
                "the index was swapped",
                extra=fields(generation=new.generation, before=old.generation, articles=len(new.articles)),
            )
            return True
        return False

    def _refuse(self, state: object, old: Assistant, why: str) -> None:
        self._refused = state
        _log.warning("the new index is not taken, generation %s goes on: %s", old.generation, why)


def _state(index: Path) -> object:
    """What tells, cheaply, whether an index has changed since the last look."""
    try:
        name = current(index)
    except (DipnotError, OSError) as error:
        return str(error)
    folder = folder_of(index, name)
    with suppress(OSError):
        return name, tuple(sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()))
    return name
