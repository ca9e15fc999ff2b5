"""A small application behind the doors, for what does not need the articles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Body, FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.testclient import TestClient

from app.api.problem import add_handlers
from app.counters import Counters
from app.gate import guard
from app.options import ServerOptions

MUSEUM = "https://museum.example.net"
EVIL = "https://evil.example"
OWN = "http://testserver"


def small_app(**options: Any) -> FastAPI:
    """Our addresses, each saying what it was sent."""
    app = FastAPI()
    add_handlers(app)

    async def echo(request: Request) -> dict[str, Any]:
        body = await request.body()
        return {
            "bytes": len(body),
            "client": request.client.host if request.client else None,
            "base": str(request.base_url),
            "headers": dict(request.headers),
        }

    async def read(body: Annotated[Any, Body()]) -> dict[str, Any]:
        return {"json": body}

    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(3):
                yield f"data: {number}\n\n".encode()

        return StreamingResponse(parts(), media_type="text/event-stream")

    async def fail() -> None:
        raise RuntimeError("a secret")

    for path in ("/v1/ask", "/v1/feedback", "/v1/chat/completions", "/mcp", "/echo"):
        app.post(path)(echo)
    pages = ("/ask", "/a/{id}", "/export/{format}", "/corpus/search", "/articles/{id}", "/echo")
    for path in ("/v1/articles", "/v1/search", *pages):
        app.get(path)(echo)
    app.post("/json")(read)
    app.post("/v1/ask/stream")(stream)
    app.get("/fail")(fail)
    guard(app, ServerOptions(**options), Counters())
    return app


def small_client(*, address: str = "192.0.2.7", **options: Any) -> TestClient:
    """A client of the small application, from an address."""
    return TestClient(small_app(**options), client=(address, 50_000), raise_server_exceptions=False)
