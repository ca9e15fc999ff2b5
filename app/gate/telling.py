"""How a refusal is told: a page for who reads in a browser, a problem for a program."""

from __future__ import annotations

from typing import Final

from fastapi.responses import HTMLResponse
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

from app.api.problem import problem
from app.page_language import page_language
from app.templates import render
from app.texts import text

# Asked by programs, whatever they say they accept.
_PROGRAMS: Final = ("/v1/", "/mcp", "/gradio_api/")


def telling(scope: Scope, status: int, name: str, retry_after: int = 0, **values: object) -> Response:
    """Return the refusal with the texts ``gate.name_heading`` and ``gate.name``, in the reader's language."""
    request = HTTPConnection(scope)
    language = page_language(request)
    detail = text(language, f"gate.{name}", **values)
    is_page = scope["method"] in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    if not is_page or scope["path"].startswith(_PROGRAMS):
        return problem(status, detail, retry_after=retry_after)
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language"}
    if retry_after:
        headers["Retry-After"] = str(retry_after)
    page = render("gate.html", language, heading=text(language, f"gate.{name}_heading"), detail=detail)
    return HTMLResponse(page, status, headers)
