"""The files of the widget under ``/embed/v1``, and the frame that carries it where no script may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.embedding.bundle import File, bundle
from app.embedding.origins import EmbedOrigins
from app.page_language import page_language
from app.templates import render

if TYPE_CHECKING:
    from app.options import ServerOptions

PREFIX: Final = "/embed/v1"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
# A new version reaches the pages of others after so many seconds.
_FOR_NOW: Final = "public, max-age=300"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types dipnot; "
    "frame-ancestors {ancestors}"
)
# Any page may load these, with an integrity and under a policy that wants every file's consent.
_PUBLIC: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Timing-Allow-Origin": "*",
}


def router(options: ServerOptions) -> APIRouter:
    """Return the routes of the widget."""
    routes = APIRouter(prefix=PREFIX, include_in_schema=False)
    files = bundle()
    origins = EmbedOrigins(options)
    for file in (files.latest, files.module):
        _serve(routes, file, _FOR_NOW)
    for file in files.lasting:
        _serve(routes, file, _FOR_EVER)

    @routes.get("/frame", response_class=HTMLResponse)
    def frame(request: Request, theme: str = "auto") -> Response:
        """Return the page of the frame, in the language of ``lang`` or of the reader, in the colours of
        ``theme``; ``collection`` waits for the day when there is more than one, ``host`` is the script's."""
        language = page_language(request)
        page = render(
            "embed_frame.html",
            language,
            files=files,
            origins=" ".join(origins.listed),
            theme=_theme(theme),
        )
        headers = {
            "Content-Security-Policy": _POLICY.format(ancestors=origins.frame_ancestors),
            "Cross-Origin-Resource-Policy": "cross-origin",
            # Pages that want this of themselves want it of their frames.
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
            "Vary": "Accept-Language",
        }
        return HTMLResponse(page, headers=headers)

    return routes


def _theme(given: str) -> Literal["light", "dark", "auto"]:
    return given if given in ("light", "dark") else "auto"  # type: ignore[return-value]


def _serve(routes: APIRouter, file: File, lasting: str) -> None:
    """Add the route of one file."""
    # Weak, because the same file also leaves compressed.
    tag = f'W/"{file.digest}"'
    headers = {**_PUBLIC, "Cache-Control": lasting, "ETag": tag}

    @routes.get(f"/{file.name}")
    def served(request: Request) -> Response:
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.media_type, headers=headers)
