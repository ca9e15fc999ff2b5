"""The protocol over standard input and output, for programs on the same machine: ``dipnot mcp``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from mcp.server.stdio import stdio_server

from app.mcp.server import make_server
from app.service import Service

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.options import ServerOptions


def run(assistant: Assistant, options: ServerOptions) -> None:
    """Answer until the input ends."""
    service = Service(assistant, options)
    server = make_server(service, options.public_url)

    async def speak() -> None:
        # Whatever else is written to standard output meanwhile goes to standard error.
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    try:
        anyio.run(speak)
    finally:
        service.close()
