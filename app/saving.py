"""A conversation to save: ``/export/{format}``, made anew from the permanent links of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, HTTPException, Query, Request, Response

from app.api.problem import refusals
from app.export import FORMATS, export
from app.page_language import page_language
from app.permalink import PermalinkError, Reference, decode
from app.texts import text
from app.turns import Turn
from corpus.errors import QuestionError

if TYPE_CHECKING:
    from app.service import Service

# Each is asked again: a conversation, not a way to keep the server busy.
_MOST: Final = 50


def router(service: Service) -> APIRouter:
    """Return the route of the files that a conversation can be saved as."""
    routes = APIRouter(responses=refusals(404, 429, 504))

    @routes.get("/export/{format}")
    def save(format: str, request: Request, a: Annotated[list[str], Query(max_length=_MOST)]) -> Response:
        """Return a conversation as a file; ``a``: the ids of its answers, in their order.

        404 for an unknown format or an id that names no answer.
        """
        language = page_language(request)
        if format not in FORMATS:
            raise HTTPException(404, text(language, "saving.format", formats=", ".join(FORMATS)))
        try:
            turns = [_turn(service, decode(name)) for name in a]
        except (PermalinkError, QuestionError) as error:
            raise HTTPException(404, text(language, "permalink.broken")) from error
        made = export(
            turns,
            format,
            language,
            articles=service.assistant.articles,
            base_url=str(request.base_url).rstrip("/"),
        )
        headers = {
            "Content-Disposition": f'attachment; filename="{made.filename}"',
            "Cache-Control": "private, no-cache",
            "X-Robots-Tag": "noindex",
        }
        return Response(made.content, media_type=made.media_type, headers=headers)

    return routes


def _turn(service: Service, named: Reference) -> Turn:
    answer = service.ask_now(named.question, language=named.language, history=named.history)
    return Turn(named.question, answer, history=named.history)
