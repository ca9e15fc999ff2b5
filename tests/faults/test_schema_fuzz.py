"""Schemathesis over the description of the interface: no 5xx, and no status that is not described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI, Response
from hypothesis import HealthCheck, given, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.assistant import Assistant
from app.feedback import Feedback
from app.options import ServerOptions
from app.server import create_app


def no_failure(_context: Any, response: Any, _case: Any) -> None:
    """No status says that the server failed; 501 is what oEmbed asks for, for a format that there is not."""
    assert response.status_code < 500 or response.status_code == 501, response.status_code


CHECKS = [no_failure, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 25


@pytest.fixture(scope="module")
def description(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Any:
    feedback = Feedback(tmp_path_factory.mktemp("feedback") / "feedback.sqlite3", 30)
    app = create_app(assistant, feedback, ServerOptions(rate_per_minute=0))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def test_every_request_gets_what_the_description_promises(description: Any) -> None:
    # Schemathesis' own way to make a test of each operation does not know pytest 9.
    for found in description.get_all_operations():
        operation = found.ok()

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def each(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        each()


def test_the_description_that_is_fuzzed_is_not_empty(description: Any) -> None:
    assert len(list(description.get_all_operations())) >= 15


def test_the_checks_find_what_is_not_described() -> None:
    """A server that answers otherwise than it says is found out."""
    app = FastAPI()

    @app.get("/broken")
    def broken(q: str = "") -> Response:
        return Response(status_code=418)

    operation = schemathesis.openapi.from_asgi("/openapi.json", app)["/broken"]["GET"]
    with pytest.raises(FailureGroup, match="418"):
        operation.Case().call_and_validate(checks=CHECKS)
