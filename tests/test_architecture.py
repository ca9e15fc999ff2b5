"""One direction: corpus → index → app → eval, each knowing only what comes before it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("corpus", "index", "app", "eval")
FORBIDDEN = {
    "corpus": {"index", "app", "eval"},
    "index": {"app", "eval"},
    "app": {"eval"},
    "eval": set(),
}


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, inside functions too."""
    package = path.relative_to(ROOT).parts[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(package if node.level else (node.module or "").split(".")[0])
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("import_module", "__import__"):
                found.add(str(node.args[0].value).split(".")[0])
    return found


def test_an_import_is_seen_wherever_it_stands(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "corpus" / "x.py"
    path.parent.mkdir()
    path.write_text(
        "import os.path\nfrom index.search import a\nfrom . import b\n"
        "def f():\n    from app import c\n    import importlib\n    importlib.import_module('eval.run')\n"
    )
    assert imported(path) == {"os", "index", "corpus", "app", "importlib", "eval"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_nothing_of_the_packages_behind_it(package):
    files = sorted((ROOT / package).rglob("*.py"))
    wrong = {
        str(path.relative_to(ROOT)): sorted(imported(path) & FORBIDDEN[package])
        for path in files
        if imported(path) & FORBIDDEN[package]
    }
    assert wrong == {}


def test_the_corpus_uses_the_standard_library_alone_but_for_taking_files_in():
    intake = set((ROOT / "corpus" / "intake").rglob("*.py"))
    used = set().union(*(imported(path) for path in set((ROOT / "corpus").rglob("*.py")) - intake))
    assert used - set(sys.stdlib_module_names) == {"corpus"}
    # Files of other formats cannot be read without; nothing else of the corpus asks for that part.
    used = set().union(*(imported(path) for path in intake))
    assert used - set(sys.stdlib_module_names) == {
        "corpus",
        "docx",
        "filelock",
        "lxml",
        "markdown_it",
        "pypdf",
    }
    outside = set((ROOT / "corpus").rglob("*.py")) - intake
    assert [path for path in outside if "corpus.intake" in path.read_text(encoding="utf-8")] == []
