"""The description of the interface and the page made from it."""

from __future__ import annotations

from typing import Any

import pytest

from app.api.page import PAGE, page
from app.assistant import Assistant
from app.feedback import Feedback
from app.options import ServerOptions
from app.server import create_app


@pytest.fixture(scope="module")
def description(assistant: Assistant) -> dict[str, Any]:
    return create_app(assistant, options=ServerOptions()).openapi()


def test_the_page_is_what_the_server_says_of_itself(description: dict[str, Any]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(description), "python -m app.api.page writes it anew"


def test_every_address_of_ours_is_described(assistant: Assistant, tmp_path: Any) -> None:
    app = create_app(assistant, Feedback(tmp_path / "f.sqlite3", 1), ServerOptions())
    described = set(app.openapi()["paths"])
    for wanted in (
        "/v1/ask",
        "/v1/ask/stream",
        "/v1/search",
        "/v1/articles",
        "/v1/chat/completions",
        "/v1/models",
        "/v1/feedback",
        "/articles/{article_id}",
        "/healthz",
        "/readyz",
        "/metrics",
        "/oembed",
    ):
        assert wanted in described


def test_every_operation_of_the_interface_names_its_errors(description: dict[str, Any]) -> None:
    for path, operations in description["paths"].items():
        for operation in operations.values():
            statuses = set(operation["responses"])
            assert {"400", "408", "413", "500", "503"} <= statuses, path
            if path.startswith("/v1/"):
                assert {"401", "429"} <= statuses, path
                assert operation["security"] == [{}, {"key": []}]


def test_no_error_of_another_form_is_described(description: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(description)


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    named = {part.partition("'")[0] for part in str(description).split("#/components/schemas/")[1:]}
    assert named
    assert named <= set(schemas)


def test_statuses_are_told_apart() -> None:
    """An error that comes from a route and one that comes from a door in front of it say the same word."""
    from app.api.problem import STATUSES, Problem, problem

    for status, (code, told) in STATUSES.items():
        reply = problem(status)
        assert Problem.model_validate_json(bytes(reply.body)) == Problem(detail=told, code=code)
        assert reply.status_code == status
