"""The words by which claims are compared with what they cite, from ``lexicon.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from corpus.article import Language
from corpus.text import skeleton

_FILE: Final = Path(__file__).with_suffix(".toml")


@cache
def pattern(kind: str, language: Language) -> re.Pattern[str]:
    """Return the pattern of one kind of words, to be looked for in a folded text (``skeleton``).

    White space of the file is none of the pattern's; a blank is written "_".
    """
    return re.compile(_table()[kind][language].replace("_", r"[\ \n]+"), re.VERBOSE)


@cache
def listed(kind: str, language: Language) -> frozenset[str]:
    """Return the folded words of one kind."""
    return frozenset(skeleton(word) for word in _table()[kind][language].split())


@cache
def groups(language: Language) -> dict[str, frozenset[int]]:
    """Return for each folded word the numbers of the groups of words that may say the same."""
    found: dict[str, set[int]] = {}
    for number, group in enumerate(_table()["alike"][language]):
        for word in group.split():
            found.setdefault(skeleton(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


@cache
def peoples() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return each country or people with the pattern of its folded names in both languages."""
    return tuple(
        (name, re.compile(rf"(?:{'|'.join(forms.split())})$")) for name, forms in _table()["peoples"].items()
    )


@cache
def prepositions() -> dict[str, str]:
    """Return what each English preposition makes of the name behind it: "to", "from", "by" or "other"."""
    return {word: kind for kind, words in _table()["prepositions"].items() for word in words.split()}


@cache
def verbs(kind: str) -> frozenset[str]:
    """Return one of the lists by which English verbs and clauses are told."""
    return frozenset(_table()["verbs"][kind].split())


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
