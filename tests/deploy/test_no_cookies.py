"""docs/privacy.md: no response of any address sets a cookie, and what the documents point to is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from app.assistant import Assistant
from app.feedback import Feedback
from app.options import ServerOptions
from app.server import create_app
from app.settings import Settings
from tests.deploy.dockerfile import ROOT

DOCUMENTS = [ROOT / "docs" / name for name in ("deploy.md", "privacy.md")]
# Names of a test, `test_…`, and of a setting, `feedback_days` or `DIPNOT_…`, as the documents write them.
TESTS = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
SETTINGS = re.compile(r"`DIPNOT_([A-Z_]+?)(?:=[^`]*)?`")


@pytest.fixture(scope="module")
def app(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    feedback = Feedback(tmp_path_factory.mktemp("feedback") / "feedback.sqlite3", 30)
    return create_app(assistant, feedback, ServerOptions(rate_per_minute=0))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def paths(routes: list[object], prefix: str = "") -> set[str]:
    """Every address that the application knows, its own and Gradio's, with a value in place of a name."""
    found: set[str] = set()
    for route in routes:
        if isinstance(route, APIRoute | Route):
            found.add(re.sub(r"\{[^}]*\}", "004", f"{prefix}{route.path}"))
        elif isinstance(route, Mount):
            found |= paths(list(route.routes or []), f"{prefix}{route.path}")
        elif hasattr(route, "effective_route_contexts"):
            found |= {
                re.sub(r"\{[^}]*\}", "004", f"{prefix}{each.path}")
                for each in route.effective_route_contexts()
            }
    return found


def test_no_address_sets_a_cookie_whatever_is_asked_of_it(app: FastAPI, client: TestClient) -> None:
    known = paths(list(app.routes)) | {
        "/a/x",
        "/ask?q=Moskova",
        "/articles/004",
        "/corpus",
        "/embed",
        "/export/md",
        "/oembed",
        "/v1/articles",
        "/v1/search?q=Moskova",
        "/not-there",
    }
    # Gradio's own are among them.
    assert "/config" in known
    # These never end.
    endless = ("/gradio_api/heartbeat/", "/gradio_api/queue/data", "/gradio_api/dev/reload")
    tried = sorted(path for path in known if not path.startswith(endless))
    assert len(tried) > 30
    setting = [
        (method, path)
        for path in tried
        for method in ("GET", "POST")
        if "set-cookie" in client.request(method, path, headers={"Cookie": "a=b"}).headers
    ]
    assert setting == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_tests_that_a_document_names_are_there(document: Path) -> None:
    named = TESTS.findall(document.read_text("utf-8"))
    assert named
    for file, name in named:
        assert (ROOT / file).is_file(), file
        assert not name or f"def {name}(" in (ROOT / file).read_text("utf-8"), name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_settings_that_a_document_names_are_settings(document: Path) -> None:
    named = {name.partition("__")[0].casefold() for name in SETTINGS.findall(document.read_text("utf-8"))}
    assert named
    assert named - set(Settings.model_fields) == set()


def test_the_table_of_settings_is_whole_and_its_defaults_are_true() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE))
    assert set(rows) >= set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, bool):
            assert rows[name] == f"`{str(default).casefold()}`", name
        elif isinstance(default, int | float | str) and default != "":
            assert rows[name] == f"`{default:g}`" if isinstance(default, float) else f"`{default}`", name
        elif default in ("", ()):
            assert rows[name] == "none", name
