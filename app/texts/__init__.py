"""Every word a user sees, in Turkish and in English: ``tr.toml`` and ``en.toml`` hold the same keys."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from corpus.text import lower

LANGUAGES: Final = ("tr", "en")
_FOLDER: Final = Path(__file__).parent


def text(language: str, key: str, **values: object) -> str:
    """Return the text of ``key`` ("table.name") with ``{value}`` placeholders filled in.

    Raises KeyError for an unknown language or key, or when a placeholder has no value.

    >>> text("en", "reader.page", page=8)
    'p. 8'
    """
    return texts(language)[key].format(**values)


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return all texts of a language by their dotted key; raises KeyError for an unknown language."""
    if language not in LANGUAGES:
        raise KeyError(language)
    table = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return MappingProxyType(dict(_flat(table)))


def negotiate(wanted: str, accepted: str) -> str:
    """Return the language of a page: ``wanted`` if it is one of ours, else by an Accept-Language header.

    >>> negotiate("", "de, tr;q=0.8, en;q=0.5"), negotiate("", "de"), negotiate("en", "tr")
    ('tr', 'en', 'en')
    """
    if wanted in LANGUAGES:
        return wanted
    weighted = []
    for part in accepted.split(","):
        name, _, weight = part.partition(";q=")
        try:
            weighted.append((float(weight or 1), lower(name.strip()[:2], "en")))
        except ValueError:
            continue
    known = [pair for pair in weighted if pair[1] in LANGUAGES and pair[0] > 0]
    if known:
        return max(known, key=lambda pair: pair[0])[1]
    return "en" if accepted.strip() else "tr"


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
