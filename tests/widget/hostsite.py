"""Pages of others that embed the chat, each with the rules of its kind, on a server of their own."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

HOSTS: Final = Path(__file__).parent / "hosts"
REACT: Final = Path(__file__).parent / "react"
NONCE: Final = "c2VjcmV0"
_PIXEL: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def headers_of(page: str, chat: str) -> dict[str, str]:
    """The rules that a kind of page lays down."""
    match page:
        case "museum":
            return {
                "Content-Security-Policy": (
                    f"default-src 'none'; script-src {chat}; style-src 'self'; connect-src {chat}; "
                    "img-src 'self'; require-trusted-types-for 'script'; trusted-types dipnot"
                )
            }
        case "nonce":
            return {
                "Content-Security-Policy": (
                    f"default-src 'self'; script-src 'nonce-{NONCE}'; connect-src {chat}"
                )
            }
        case "script_frame":
            return {"Content-Security-Policy": f"default-src 'self'; script-src {chat}; frame-src {chat}"}
        case "moodle" | "wordpress":
            return {"Content-Security-Policy": f"default-src 'self'; frame-src {chat}"}
        case "coep" | "coep_frame":
            return {
                "Cross-Origin-Embedder-Policy": "require-corp",
                "Cross-Origin-Opener-Policy": "same-origin",
            }
        case _:
            return {}


def host_site(chat: str, lines: dict[str, str]) -> Starlette:
    """The pages of ``hosts/``, with what is pasted into them; ``chat``: the origin of the chat."""

    def page(request: Request) -> Response:
        name: str = request.path_params["name"]
        html = (HOSTS / f"{name}.html").read_text(encoding="utf-8")
        for key, pasted in {**lines, "chat": chat}.items():
            html = html.replace(f"{{{key}}}", pasted)
        return HTMLResponse(html, headers=headers_of(name, chat))

    def file(request: Request) -> Response:
        return FileResponse(HOSTS / request.path_params["name"])

    def react(request: Request) -> Response:
        return FileResponse(REACT / request.path_params["name"])

    def pixel(_request: Request) -> Response:
        return Response(_PIXEL, media_type="image/png")

    return Starlette(
        routes=[
            Route("/pixel.png", pixel),
            Route("/react/{name}", react),
            Route("/page/{name}", page),
            Route("/{name}", file),
        ]
    )
