"""Errors in OpenAI's form, so that its clients raise the exceptions that their users know."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from app.api.openai.models import MODEL, ErrorBody, ErrorDetail
from app.api.problem import Problem
from app.service import Busy, NotReady, TooSlow
from corpus.errors import QuestionError

_INVALID: Final = "invalid_request_error"
# The members of unions stand in the path to an error, but they are no fields of the caller's.
_MEMBERS: Final = ("user", "system", "developer", "assistant", "tool", "function", "str", "list[TextPart]")
# For the description of the interface; what falls short of a route is told as everywhere else.
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": ErrorBody | Problem, "description": "The request is not one that can be answered."},
    404: {"model": ErrorBody, "description": f"There is no such model; the only one is {MODEL}."},
    429: {
        "model": ErrorBody | Problem,
        "description": "Too many requests, or too many questions are waiting; see Retry-After.",
    },
    504: {"model": ErrorBody, "description": "There was no answer in the time that a question is given."},
}


class UnknownModel(Exception):
    """A model was asked for that there is not."""


class OpenAIRoute(APIRoute):
    """A route whose errors are told in OpenAI's form; what nobody foresaw is left to the application."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except (
                RequestValidationError,
                HTTPException,
                Busy,
                TooSlow,
                NotReady,
                QuestionError,
                UnknownModel,
            ) as error:
                return refusal(error)

        return answered


def refusal(error: Exception) -> Response:
    """Return the response for an error; the statuses are those that OpenAI's own service gives."""
    match error:
        case UnknownModel():
            told = f"There is no such model; the only one is {MODEL}."
            return _told(404, told, param="model", code="model_not_found")
        case Busy():
            return _told(429, str(error), "rate_limit_error", code="busy", retry_after=error.retry_after)
        case TooSlow():
            return _told(504, str(error), "server_error", code="too_slow", retry_after=1)
        case NotReady():
            return _told(503, str(error), "server_error", code="not_ready", retry_after=error.retry_after)
        case RequestValidationError():
            return _told(400, *_wrong(error))
        case HTTPException():
            made = _told(error.status_code, str(error.detail))
            made.headers.update(error.headers or {})
            return made
        case _:
            return _told(400, str(error), param="messages")


def _wrong(error: RequestValidationError) -> tuple[str, str, str | None]:
    """What is wrong with a request, in one sentence that repeats nothing of it, and where."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return "The request is not JSON.", _INVALID, None
    path = [str(part) for part in first["loc"][1:] if part not in _MEMBERS]
    param = ".".join(path) or None
    if first["type"] == "value_error":
        return str(first["msg"]).removeprefix("Value error, "), _INVALID, param
    if first["type"].startswith("union_tag"):
        return "A message has a role: system, developer, user, assistant, tool or function.", _INVALID, param
    return f"{param}: {first['msg']}." if param else f"{first['msg']}.", _INVALID, param


def _told(
    status: int,
    message: str,
    type: str = _INVALID,
    param: str | None = None,
    code: str | None = None,
    retry_after: int = 0,
) -> Response:
    body = ErrorBody(error=ErrorDetail(message=message, type=type, param=param, code=code))
    headers = {"Cache-Control": "no-store"}
    if retry_after:
        headers["Retry-After"] = str(retry_after)
    return JSONResponse(body.model_dump(), status, headers=headers)
