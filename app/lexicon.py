"""The words by which numbers, dates and names are read, from ``lexicon.toml``: months, number words, titles,
other names for a name."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from corpus.article import Language
from corpus.text import fold, skeleton

_FILE: Final = Path(__file__).with_suffix(".toml")
# An ordinal and its ending: "üçüncüsü".
_ORDINAL: Final = re.compile(r"(\w+?nc[ıiuü])\w*")


def month(word: str) -> int | None:
    """Return the number of the month that a word names, in either language, or None.

    The English may and march are months by their capital only.
    """
    return None if word in ("may", "march") else _months().get(skeleton(word))


def number(word: str, language: Language) -> float | None:
    """Return what a number word means, or None; "üçüncüsü" and "third" mean three."""
    word = fold(word, language)
    if language == "tr" and (ordinal := _ORDINAL.fullmatch(word)):
        word = ordinal[1]
    return _values("numbers", language).get(word)


def multiplier(word: str, language: Language) -> float | None:
    """Return by what a word multiplies the number before it ("bin", "million"), or None."""
    return _values("multipliers", language).get(fold(word, language))


def split_number(word: str) -> list[str]:
    """Return the words of a Turkish number written as one ("onbin" → "on", "bin"), or the word alone."""
    known = _joined()
    return known[1].findall(folded) if known[0].fullmatch(folded := fold(word, "tr")) else [word]


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
def _values(kind: Literal["numbers", "multipliers"], language: Language) -> dict[str, float]:
    return {word: float(value) for value, forms in _table()[kind][language].items() for word in forms.split()}


@cache
def _joined() -> tuple[re.Pattern[str], re.Pattern[str]]:
    longest_first = sorted([*_values("numbers", "tr"), *_values("multipliers", "tr")], key=len, reverse=True)
    one = "|".join(longest_first)
    return re.compile(f"(?:{one}){{2,}}"), re.compile(one)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
