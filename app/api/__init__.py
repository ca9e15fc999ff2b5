"""The interface for programs: everything under ``/v1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from app.api import asking, catalogue, openai
from app.api.problem import refusals

if TYPE_CHECKING:
    from app.service import Service


def router(service: Service) -> APIRouter:
    """Return the routes of the interface; what goes wrong is a ``Problem`` in each."""
    routes = APIRouter(prefix="/v1", responses=refusals(401, 413, 422, 429, 503))
    for part in (asking, catalogue, openai):
        routes.include_router(part.router(service))
    return routes
