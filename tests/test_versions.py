"""The versions that Dipnot runs on are none that is known to be unsafe: a check that needs no network.

``make audit`` asks PyPI's list of known flaws; where there is no way to it, this table stands.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
_PIN = re.compile(r"([A-Za-z0-9_.-]+)==([^\s;#]+)")
_KNOWN_GOOD = "the line that was known good when it was pinned"

# The lowest version that may be installed, and why.
FLOORS = {
    "gradio": (
        "6.25",
        "a mounted application keeps its own CORS rules, and a bad upload is 413 (#13741, #13767)",
    ),
    "faiss-cpu": (
        "1.15.1",
        "reading an index file is bounded (facebookresearch/faiss#5400 and what followed)",
    ),
    "torch": ("2.6", "CVE-2025-32434: weights_only did not keep a file of weights from running code"),
    "fastapi": ("0.165", _KNOWN_GOOD),
    "starlette": ("1.10", _KNOWN_GOOD),
    "uvicorn": ("0.54", _KNOWN_GOOD),
    "h11": ("0.16", _KNOWN_GOOD),
    "anyio": ("4.16", _KNOWN_GOOD),
    "jinja2": ("3.1.6", _KNOWN_GOOD),
    "markupsafe": ("3.0", _KNOWN_GOOD),
    "python-multipart": ("0.0.34", _KNOWN_GOOD),
    "orjson": ("3.13", _KNOWN_GOOD),
    "pydantic": ("2.14", _KNOWN_GOOD),
    "httpx": ("0.28", _KNOWN_GOOD),
    "urllib3": ("2.8", _KNOWN_GOOD),
    "requests": ("2.34", _KNOWN_GOOD),
    "certifi": ("2026.10", _KNOWN_GOOD),
    "transformers": ("5.23", _KNOWN_GOOD),
    "sentence-transformers": ("6.2", _KNOWN_GOOD),
    "tokenizers": ("0.23", _KNOWN_GOOD),
    "safetensors": ("0.8", _KNOWN_GOOD),
    "huggingface-hub": ("2.4", _KNOWN_GOOD),
    "numpy": ("2.4", _KNOWN_GOOD),
    "pillow": ("12.3", _KNOWN_GOOD),
    "lxml": ("6.1", _KNOWN_GOOD),
    "python-docx": ("1.2", _KNOWN_GOOD),
    "reportlab": ("5.1", _KNOWN_GOOD),
    "pypdf": ("7.1", _KNOWN_GOOD),
    "pyyaml": ("6.0.3", _KNOWN_GOOD),
}
# Those whose floor stands for a flaw that is known: the project itself must not ask for less.
_NAMED = [name for name, (_, why) in FLOORS.items() if why != _KNOWN_GOOD]


def pins() -> dict[str, Version]:
    """The pinned versions, by the name as packages are compared."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = [_PIN.fullmatch(line) for line in lines if line.strip() and not line.startswith("#")]
    assert None not in found, "every line of constraints.txt pins one version"
    return {_name(match[1]): Version(match[2]) for match in found if match}


@pytest.mark.parametrize("name", FLOORS)
def test_what_is_pinned_and_what_is_installed_is_no_older_than_its_floor(name: str) -> None:
    floor, why = FLOORS[name]
    assert pins()[name] >= Version(floor), why
    assert Version(version(name)) >= Version(floor), why


@pytest.mark.parametrize("name", _NAMED)
def test_the_project_asks_for_nothing_below_a_floor_that_stands_for_a_flaw(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {_name(one.name): one for one in map(Requirement, project["dependencies"])}
    floor = Version(FLOORS[name][0])
    below = (
        Version(f"{floor.major}.{floor.minor - 1}.999") if floor.minor else Version(f"{floor.major - 1}.999")
    )
    assert below not in asked[name].specifier


def test_everything_that_the_program_runs_on_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["eval"], *extras["mcp"], *extras["translate"]]
    assert {_name(Requirement(one).name) for one in asked} <= pins().keys()


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()
