"""The words by which a sentence is read, from ``support/words.toml``: months, number words, titles, other
names for a name; and whether a text denies or reports something."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from corpus.article import Language
from corpus.text import skeleton

_FILE: Final = Path(__file__).parent / "support" / "words.toml"


def denies(text: str, language: Language) -> bool:
    """Return whether a text holds a negation."""
    return bool(_pattern("negation", language).search(skeleton(text)))


def hinders(text: str, language: Language) -> bool:
    """Return whether a text holds a word that may say what a negation says: to prevent, to refuse."""
    return bool(_pattern("hindrance", language).search(skeleton(text)))


def reports(text: str, language: Language) -> bool:
    """Return whether a text says that somebody says or thinks something."""
    return bool(_pattern("reports", language).search(skeleton(text)))


def month(word: str) -> int | None:
    """Return the number of the month that a word names, in either language, or None.

    The English may and march are months by their capital only.
    """
    return None if word in ("may", "march") else _months().get(skeleton(word))


@cache
def values(kind: Literal["numbers", "multipliers"], language: Language) -> dict[str, float]:
    """Return what number words mean, or words that multiply the number before them, by folded word."""
    return {word: float(value) for value, forms in _table()[kind][language].items() for word in forms.split()}


@cache
def no_names(language: Language) -> frozenset[str]:
    """Return the folded words that are no names although they have a capital."""
    return frozenset(_table()["no_names"][language].split())


@cache
def other_names() -> dict[str, tuple[str, ...]]:
    """Return folded Turkish words that may stand for a name, by its folded form."""
    return {name: tuple(forms.split()) for name, forms in _table()["names"].items()}


@cache
def _months() -> dict[str, int]:
    return {word: n for n, both in enumerate(_table()["months"], 1) for word in both.split()}


@cache
def _pattern(kind: str, language: Language) -> re.Pattern[str]:
    return re.compile(_table()[kind][language].replace("_", r"\ "), re.VERBOSE)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
