"""A chat-completions endpoint on loopback, as tests of the translator need it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What the endpoint answers: a status, headers, a body; after ``wait`` seconds."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0


@dataclass
class ChatServer:
    """An endpoint that answers "EN: " and the sentence, or what ``replies`` hold, the first one first."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorization: list[str | None] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    after: Callable[[], None] = lambda: None
    """Called before each answer is sent."""

    @property
    def sentences(self) -> list[str]:
        """The sentences asked for, in order."""
        return [request["messages"][-1]["content"] for request in self.requests]


def english(sentence: str) -> str:
    """What the endpoint makes of a sentence."""
    return f"EN: {sentence}"


def completion(content: object, finish_reason: str = "stop") -> bytes:
    """The body of a good answer."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content},
        "finish_reason": finish_reason,
    }
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice]}).encode()


@contextmanager
def serving() -> Iterator[ChatServer]:
    """Run the endpoint in a thread on a free port."""
    state = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.requests.append({**request, "path": self.path})
            state.authorization.append(self.headers["Authorization"])
            own = Reply(body=completion(english(request["messages"][-1]["content"])))
            reply = state.replies.pop(0) if state.replies else own
            state.after()
            time.sleep(reply.wait)
            self.send_response(reply.status)
            for name, value in ({"Content-Length": str(len(reply.body))} | reply.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        # One that has given up waiting closes the connection.
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield state
        server.shutdown()
        thread.join()
