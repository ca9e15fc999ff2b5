"""docs/reliability.md names the test that holds each promise; each of them exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_test_that_the_page_names_exists() -> None:
    named = _NAMED.findall(PAGE)
    missing = [f"{file}::{name}" for file, name in named if not _has(ROOT / file, name)]
    assert len(named) > 30 and missing == []


def test_every_promise_names_the_test_that_holds_it() -> None:
    promises = re.split(r"^- ", PAGE.partition("\n## What is not promised")[0], flags=re.MULTILINE)[1:]
    assert len(promises) > 15
    assert [promise.split("\n")[0] for promise in promises if not _NAMED.search(promise)] == []


def _has(file: Path, name: str) -> bool:
    if not file.is_file() or not name:
        return file.is_file()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return name in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
