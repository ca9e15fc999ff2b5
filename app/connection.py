"""How connections are kept: how long a client may take, how many there may be, and how the server stops."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from app.options import ServerOptions

# In seconds: for the head of a request from its first byte on, and for what is left of a body that nobody
# reads any more.
HEAD_SECONDS: Final = 10.0
# In seconds: how long a client may leave untaken what uvicorn holds ready for it, 64 KB at most. The slowest
# that is served takes a kilobyte a second.
TAKE_SECONDS: Final = 60.0
# In seconds: how long a connection stays open between two requests.
_IDLE_SECONDS: Final = 15
# Address and headers; app/gate/head.py says what is within.
_LONGEST_HEAD: Final = 64 * 1024
# Every reader of the chat page holds one; a process may often have 1,024 files open.
_MOST_CONNECTIONS: Final = 900
# In seconds, beyond the time that a question is given: for the answer to leave.
_LEAVING_SECONDS: Final = 2
# Open as long as the chat page is; there is nothing to finish.
_ENDLESS: Final = "/gradio_api/heartbeat/"


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with an end to its patience, which it has none of by itself.

    A client that sends a request a byte at a time, or does not take the response, would hold its connection
    for ever.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._sending: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a client."""
        super().connection_made(transport)
        self._sending = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of a client."""
        self._sending = _stopped(self._sending)
        self._taking = _stopped(self._taking)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Take in what has come, and see what is still to come."""
        super().handle_events()
        if not self._is_behind():
            self._sending = _stopped(self._sending)
        elif self._sending is None and not self.transport.is_closing():
            self._sending = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def on_response_complete(self) -> None:
        """See what is still to come of a request that has been answered."""
        super().on_response_complete()
        if self._sending is None and self._is_behind() and not self.transport.is_closing():
            self._sending = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def pause_writing(self) -> None:
        """Wait for a client that does not take what it asked for."""
        super().pause_writing()
        self._taking = self._taking or self.loop.call_later(TAKE_SECONDS, self._give_up)

    def resume_writing(self) -> None:
        """Go on with a client that takes what it asked for."""
        self._taking = _stopped(self._taking)
        super().resume_writing()

    def shutdown(self) -> None:
        """End when the server does: at once where no answer is under way."""
        if self.scope is not None and self.scope["path"].startswith(_ENDLESS):
            self.transport.close()
        super().shutdown()

    def _is_behind(self) -> bool:
        """Whether the client has begun a request and the rest is owed: its head, or a body not waited for.

        A body that is waited for has its time in app/gate/body.py.
        """
        if self.conn.their_state is h11.IDLE:
            return bool(self.conn.trailing_data[0])
        has_answer = self.cycle is not None and self.cycle.response_complete
        return self.conn.their_state is h11.SEND_BODY and has_answer

    def _give_up(self) -> None:
        # Not politely: a client that takes nothing would not take a farewell either.
        self.transport.abort()


def connection_settings(options: ServerOptions) -> dict[str, Any]:
    """Return what ``uvicorn.run`` and ``uvicorn.Config`` are to be told about connections."""
    return {
        "http": PatientProtocol,
        # There are none here, and an upgrade would leave the protocol above.
        "ws": "none",
        # Proxies are the business of app/gate/client.py: uvicorn trusts every one on the same machine.
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        "limit_concurrency": _MOST_CONNECTIONS,
        "timeout_keep_alive": _IDLE_SECONDS,
        "timeout_graceful_shutdown": math.ceil(options.ask_seconds) + _LEAVING_SECONDS,
        "h11_max_incomplete_event_size": _LONGEST_HEAD,
    }


def _stopped(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """No timer, after this one has been stopped."""
    if timer is not None:
        timer.cancel()
    return None
