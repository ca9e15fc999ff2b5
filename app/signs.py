"""The signs by which a question and a sentence are read, from ``signs.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("signs.toml")


@cache
def word_set(name: str) -> frozenset[str]:
    """Return a set of folded words: "english", "turkish" or "no_persons"."""
    return frozenset(_table()["words"][name].split())


@cache
def question_signs() -> dict[str, re.Pattern[str]]:
    """Return the pattern of each type of question, in the order in which they are tried."""
    return {kind: _compile(pattern) for kind, pattern in _table()["questions"].items()}


@cache
def sentence_signs() -> dict[str, re.Pattern[str]]:
    """Return the pattern of each kind of fact that a sentence can hold."""
    patterns = _table()["sentences"]
    month = patterns["month"]
    return {kind: _compile(pattern.replace("MONTH", month)) for kind, pattern in patterns.items()}


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("_", r"\ "), re.VERBOSE)
