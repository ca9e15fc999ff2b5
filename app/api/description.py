"""The description of the interface: OpenAPI, with every error that can come and the key that is needed."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.problem import Problem, refusals

# Whatever is asked for, the doors before it may answer so.
_ANYWHERE: Final = (400, 408, 413, 500, 503)
_VALIDATION: Final = "HTTPValidationError"
_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_KEY: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key, where the administrator asks for one (`api_keys`, `api_key_required`).",
}
_SUMMARY: Final = """Answers to questions in Turkish or English about a corpus of articles. Every sentence of
an answer carries a footnote to the exact words it rests on, as characters of the file as received.

What goes wrong is a `Problem`. Whoever is told 429 or 503 finds in `Retry-After` when to come again."""


def describe(app: FastAPI) -> None:
    """Have the application describe itself so; the description is made once, when it is first asked for."""

    def made() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = made  # type: ignore[method-assign]


def _description(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(title="Dipnot", version=version("dipnot"), description=_SUMMARY, routes=app.routes)
    schemas = found["components"]["schemas"]
    schemas.pop(_VALIDATION, None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = Problem.model_json_schema()
    found["components"]["securitySchemes"] = {"key": _KEY}
    for path, operations in found["paths"].items():
        for operation in operations.values():
            _complete(operation, is_interface=path.startswith("/v1/"))
    return found


def _complete(operation: dict[str, Any], *, is_interface: bool) -> None:
    """Put in what can come of any request, and our own form of errors in place of FastAPI's."""
    responses = operation["responses"]
    for status in _ANYWHERE:
        told = refusals(status)[status]["description"]
        responses.setdefault(str(status), {"description": told, "content": _content()})
    if _VALIDATION in str(responses.get("422", "")):
        responses["422"] = {"description": refusals(422)[422]["description"], "content": _content()}
    if is_interface:
        operation["security"] = [{}, {"key": []}]
    operation["responses"] = dict(sorted(responses.items()))


def _content() -> dict[str, Any]:
    return {"application/json": {"schema": _PROBLEM}}
