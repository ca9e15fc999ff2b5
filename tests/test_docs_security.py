"""docs/security.md names tests; each of them exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_exists() -> None:
    named = _NAMED.findall(PAGE)
    missing = [f"{file}::{name}" for file, name in named if not _has(ROOT / file, name)]
    assert len(named) > 40 and missing == []


def test_every_check_of_the_hostile_corpus_is_named() -> None:
    files = sorted((ROOT / "tests" / "hostile").glob("test_*.py"))
    attacks = [name for file in files for name in _tests(file) if "attack_succeeds" in name]
    assert len(attacks) > 10 and [name for name in attacks if f"::{name}`" not in PAGE] == []


def test_every_entry_of_the_list_has_a_test() -> None:
    entries = re.split(r"^### ", PAGE.partition("## OWASP")[2].partition("\n## ")[0], flags=re.MULTILINE)[1:]
    assert [entry.split()[0] for entry in entries[:9]] == [f"LLM0{number}" for number in range(1, 10)]
    assert [entry.split("\n")[0] for entry in entries if not _NAMED.search(entry)] == []


def _has(file: Path, name: str) -> bool:
    return file.is_file() and (not name or name in _tests(file))


def _tests(file: Path) -> list[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
