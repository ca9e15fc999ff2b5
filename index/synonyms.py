"""Equivalent words for a question: modern and Ottoman Turkish, English and Turkish."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from corpus.article import Language
from index.analyzer import analyze

_FILE: Final = Path(__file__).with_name("synonyms.toml")


def expand(terms: list[str], language: Language) -> list[str]:
    """Return the index terms of the words equivalent to ``terms``, without the terms themselves.

    The terms of a Turkish question meet the groups of the lexicon, those of an English one its
    English part.
    """
    groups, english = _lexicon()
    known = set(terms)
    found: list[str] = []
    for term in terms:
        equivalents = groups.get(term, ()) if language == "tr" else english.get(term, ())
        found += [other for other in equivalents if other not in known and other not in found]
    return found


def turkish(word: str) -> tuple[str, ...]:
    """Return the Turkish words for an English one, but none that ``expand`` finds by another of them."""
    found: list[str] = []
    for term in analyze(word, "en"):
        for other in _turkish_words().get(term, ()):
            known = {
                term for one in found for term in (*analyze(one, "tr"), *expand(analyze(one, "tr"), "tr"))
            }
            if not known.intersection(analyze(other, "tr")):
                found.append(other)
    return tuple(found)


@cache
def _turkish_words() -> dict[str, list[str]]:
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {term: words for key, words in table["english"].items() for term in analyze(key, "en")}


@cache
def _lexicon() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    groups: dict[str, tuple[str, ...]] = {}
    for group in table["groups"]:
        terms = tuple(dict.fromkeys(term for word in group for term in analyze(word, "tr")))
        for term in terms:
            groups[term] = tuple(other for other in terms if other != term)
    english = {
        term: tuple(dict.fromkeys(turkish for word in words for turkish in analyze(word, "tr")))
        for key, words in table["english"].items()
        for term in analyze(key, "en")
    }
    return groups, english
