"""How often a client may ask: so many a minute, over a window that moves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from app.gate.client import client_of, neighbourhood_of
from app.gate.keys import KEY
from app.gate.telling import telling

if TYPE_CHECKING:
    from app.counters import Counters
    from app.options import ServerOptions

_MINUTE: Final = 60
# A client has two at most, of about 200 bytes. Beyond, new clients are counted with their neighbours, so that
# the memory of the server has an end though the addresses of a flood have none. Not more, because the library
# goes through all of them to let go of the old.
_MOST_COUNTS: Final = 20_000
# What takes an answer or a search. All other addresses serve what is in memory.
_PATHS: Final = frozenset(
    {
        "/v1/ask",
        "/v1/ask/stream",
        "/v1/search",
        "/v1/chat/completions",
        "/v1/feedback",
        "/mcp",
        "/mcp/",
        "/ask",
        "/corpus/search",
        "/gradio_api/queue/join",
    }
)
_EXPORT: Final = "/export/"
_ANSWER: Final = "/a/"


class Rate:
    """Counts what clients ask for, and has those who ask too often wait.

    The window is that of a counter over two minutes, the one before weighing less and less: two numbers a
    client, however much it asks.
    """

    def __init__(
        self,
        app: ASGIApp,
        options: ServerOptions,
        counters: Counters,
        most_counts: int = _MOST_COUNTS,
    ) -> None:
        self._app = app
        self._counters = counters
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)
        self._of_client = _limit(options.rate_per_minute)
        self._of_key = _limit(options.key_rate_per_minute)
        self._most = most_counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass a request on."""
        cost = _cost(scope) if scope["type"] == "http" else 0
        seconds = self._wait(scope, cost) if cost else 0
        if not seconds:
            await self._app(scope, receive, send)
            return
        self._counters.count_refused("rate")
        await telling(scope, 429, "rate", retry_after=seconds, seconds=seconds)(scope, receive, send)

    def _wait(self, scope: Scope, cost: int) -> int:
        """In how many seconds the client may ask this; 0 for now, and then it is counted."""
        key = scope.get(KEY, "")
        limit = self._of_key if key else self._of_client
        if limit is None:
            return 0
        # What weighs more than a minute's share waits for a whole share.
        cost = min(cost, limit.amount)
        counted = f"key {key}" if key else self._client(scope, limit)
        if self._limiter.hit(limit, counted, cost=cost):
            return 0
        return _seconds(self._storage, limit, counted, cost)

    def _client(self, scope: Scope, limit: RateLimitItem) -> str:
        client = client_of(scope)
        is_full = len(self._storage.storage) >= self._most
        is_new = is_full and self._limiter.get_window_stats(limit, client).remaining == limit.amount
        return neighbourhood_of(scope) if is_new else client


def _limit(amount: int) -> RateLimitItem | None:
    return RateLimitItemPerMinute(amount) if amount else None


def _cost(scope: Scope) -> int:
    """How many questions a request is worth; 0 for what is not counted."""
    path = scope["path"]
    if scope["method"] == "OPTIONS":
        return 0
    if path.startswith(_EXPORT):
        names = [name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"))]
        return max(1, names.count("a"))
    return 1 if path in _PATHS or path.startswith(_ANSWER) else 0


def _seconds(storage: MemoryStorage, limit: RateLimitItem, counted: str, cost: int) -> int:
    """When so much may be asked, if nothing is asked meanwhile.

    The count of the window before weighs as much of itself as of that window lies within the last minute.
    """
    expiry = limit.get_expiry()
    before, before_ends, now, now_ends = storage.get_sliding_window(limit.key_for(counted), expiry)
    room = limit.amount - cost + 1
    if now < room:
        return max(1, math.ceil(before_ends - (room - now) * expiry / max(before, 1)))
    # Until this window has become the one before, and weighs little enough.
    return max(1, math.ceil(now_ends - expiry * room / now))
