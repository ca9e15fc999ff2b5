"""Whether a text denies or reports something, by the words of ``support/words.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

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


@cache
def _pattern(kind: str, language: Language) -> re.Pattern[str]:
    return re.compile(_table()[kind][language].replace("_", r"\ "), re.VERBOSE)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
