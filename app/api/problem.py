"""What a program is told when a request cannot be answered: a sentence for people, a word for programs."""

from __future__ import annotations

import logging
from typing import Any, Final, Literal

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from app.service import Busy, NotReady, TooSlow
from corpus.errors import QuestionError

_log = logging.getLogger(__name__)
Code = Literal[
    "bad_request",
    "key",
    "forbidden",
    "not_found",
    "method",
    "timeout",
    "too_large",
    "invalid",
    "rate_limited",
    "busy",
    "failed",
    "not_ready",
    "too_slow",
]
# What each status says, for the description of the interface and for requests that fall short of a route.
STATUSES: Final[dict[int, tuple[Code, str]]] = {
    400: ("bad_request", "The request cannot be read."),
    401: ("key", "A key is needed, or the one given is not known."),
    403: ("forbidden", "This is not for everybody."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method", "This address does not know the method."),
    408: ("timeout", "The request took too long to arrive."),
    413: ("too_large", "The request is too large."),
    422: ("invalid", "The request is not one that can be answered."),
    429: ("rate_limited", "Too many requests, or too many questions are waiting; see Retry-After."),
    500: ("failed", "Something went wrong."),
    503: ("not_ready", "The server is not ready; see Retry-After."),
    504: ("too_slow", "There was no answer in the time that a question is given."),
}


class Problem(BaseModel):
    """Why a request was not answered."""

    detail: str = Field(description="One sentence for people.")
    code: Code = Field(description="One word for programs.")


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how these statuses stand in the description of the interface."""
    return {status: {"model": Problem, "description": STATUSES[status][1]} for status in statuses}


def error_pages(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how these statuses stand in the description, where they come as a page for readers."""
    html: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
    return {status: {"description": STATUSES[status][1], "content": html} for status in statuses}


def problem(status: int, detail: str = "", code: Code | None = None, retry_after: int = 0) -> Response:
    """Return the response that tells a problem; without ``detail`` and ``code`` those of the status."""
    own_code, own_detail = STATUSES.get(status, ("failed" if status >= 500 else "bad_request", ""))
    body = Problem(detail=detail or own_detail or f"Status {status}.", code=code or own_code)
    headers = {"Cache-Control": "no-store"}
    if retry_after:
        headers["Retry-After"] = str(retry_after)
    return JSONResponse(body.model_dump(), status, headers=headers)


def problem_of(error: Exception) -> Response:
    """Return the response for an error of ours; anything else is told as a failure, without its words."""
    match error:
        case Busy():
            return problem(429, str(error), "busy", error.retry_after)
        case TooSlow():
            return problem(504, str(error), retry_after=1)
        case NotReady():
            return problem(503, str(error), retry_after=error.retry_after)
        case QuestionError():
            return problem(422, str(error))
        case _:
            return problem(500)


def add_handlers(app: FastAPI) -> None:
    """Have every error of the application told as a problem."""
    for kind in (Busy, TooSlow, NotReady, QuestionError):
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


async def _known(_request: Request, error: Exception) -> Response:
    return problem_of(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    """Say in one sentence what is wrong with a request, without repeating what it held."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    message = str(first["msg"]).removeprefix("Value error, ")
    return problem(422, f"{where}: {message}." if where else f"{message}.")


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    made = problem(error.status_code, str(error.detail))
    made.headers.update(error.headers or {})
    return made


async def _unknown(_request: Request, error: Exception) -> Response:
    # Starlette logs the traceback itself when it raises the error anew.
    return problem(500)
