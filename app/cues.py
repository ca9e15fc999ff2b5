"""The cues by which a question is read in the light of those before it, from ``conversation.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from corpus.article import Language
from corpus.text import skeleton

_FILE: Final = Path(__file__).with_name("conversation.toml")


@cache
def word_list(name: str) -> frozenset[str]:
    """Return a set of folded words: "asked", "months", "titles" …"""
    return frozenset(_table()["words"][name].split())


@cache
def cue(language: Language | Literal["both"], name: str) -> re.Pattern[str]:
    """Return the pattern of a cue ("pointer", "clause" …), to be searched for in folded text."""
    return re.compile(_table()[language][name].replace("_", r"\ "), re.VERBOSE)


@cache
def heads(language: Language) -> dict[str, str]:
    """Return the words for things that have names, folded, each with its kind: "treaty" → "agreement"."""
    return {
        skeleton(word): kind for kind, words in _table()["heads"].items() for word in words[language].split()
    }


@cache
def nations(language: Language) -> frozenset[str]:
    """Return the folded names of peoples and states."""
    return frozenset(skeleton(word) for word in _table()["nations"][language].split())


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
