"""A chat-completions endpoint on loopback that streams, as it should or as it should not."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STREAM = {"Content-Type": "text/event-stream"}
JSON = {"Content-Type": "application/json"}
DONE = b"data: [DONE]\n\n"


def event(data: object) -> bytes:
    """One event of a stream."""
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def delta(text: str | None = None, *, finish: str | None = None, **more: object) -> bytes:
    """An event that adds to the text, or ends it."""
    added = {} if text is None else {"content": text}
    return event({"choices": [{"index": 0, "delta": added | more, "finish_reason": finish}]})


def usage(prompt: int, completion: int) -> bytes:
    """The event that tells the number of tokens."""
    return event({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": completion}})


def written(*texts: str, finish: str = "stop") -> list[bytes]:
    """A good stream."""
    begin = delta(role="assistant")
    return [begin, *map(delta, texts), delta(finish=finish), usage(12, len(texts)), DONE]


@dataclass
class Reply:
    """What is answered: ``chunks`` with a pause before the first and one before each, then the end.

    ``is_cut``: the connection breaks off instead of the answer ending; ``stays``: neither happens.
    """

    chunks: Iterable[bytes] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: dict(STREAM))
    before: float = 0.0
    between: float = 0.0
    is_cut: bool = False
    stays: bool = False


@dataclass
class StreamServer:
    """Answers with what ``replies`` hold, the first one first, and then with what ``usual`` gives."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    usual: Callable[[], Reply] = lambda: Reply(written("Evet", "."))
    broken: threading.Event = field(default_factory=threading.Event)
    """Set when a client has gone before its answer was whole."""


@contextmanager
def streaming() -> Iterator[StreamServer]:
    """Run the endpoint in a thread on a free port."""
    state, over = StreamServer(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            state.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            state.paths.append(self.path)
            state.headers.append(dict(self.headers))
            try:
                self._answer(state.replies.pop(0) if state.replies else state.usual())
            except OSError:
                state.broken.set()
            self.close_connection = True

        do_GET = do_POST

        def _answer(self, reply: Reply) -> None:
            over.wait(reply.before)
            self.send_response(reply.status)
            for name, value in ({"Transfer-Encoding": "chunked"} | reply.headers).items():
                self.send_header(name, value)
            self.end_headers()
            for chunk in reply.chunks:
                if over.wait(reply.between):
                    return
                self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
            if reply.stays:
                over.wait()
            elif not reply.is_cut:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield state
        over.set()
        server.shutdown()
        thread.join()
