"""A text as the checks of written claims read it: its words, with their stems, in clauses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.claims.lexicon import groups, pattern
from app.lexicon import month
from corpus.article import Language
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import analyze
from index.synonyms import expand

# A reference of the article's: "(Gürün, 1995: 11)", "(BCA, 30-18-1-1/1-1-5)"; and a footnote number.
_REFERENCE: Final = re.compile(r"\s*\((?=[^()]*\d)(?=[^()]*[:,.\-])[^()]*\)|\s*\[\d[\d,\s]*\]")
# Two Turkish words with so many first letters in common are forms of one.
_ROOT: Final = 4
_LEAST_ROOT: Final = 3


@dataclass(frozen=True)
class Word:
    """A word of a text: as written, folded and cut at its apostrophe, its stem ("" for a stop word)."""

    text: str
    folded: str
    stem: str
    start: int
    end: int
    clause: int

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.text[0].isupper()


@dataclass(frozen=True)
class Reading:
    """The words of a text in one language."""

    text: str
    language: Language
    words: tuple[Word, ...]

    def content(self) -> list[Word]:
        """Return the words that say something."""
        return [word for word in self.words if word.stem]


def without_references(text: str) -> str:
    """Return a sentence without the references it gives in brackets; what names a month there is a time.

    >>> without_references("Savaş bitti (Gürün, 1995: 11).")
    'Savaş bitti.'
    """
    return _REFERENCE.sub(lambda match: match[0] if _names_a_month(match[0]) else "", text)


def _names_a_month(text: str) -> bool:
    return any(month(cut_suffix(text[start:end])) for start, end in words(text))


@lru_cache(maxsize=4096)
def read(text: str, language: Language) -> Reading:
    """Return a text with its references left out, in words and clauses."""
    text = without_references(text)
    folded = skeleton(text)
    borders = [match.start() for match in pattern("clause_borders", language).finditer(folded)]
    found = []
    for start, end in words(text):
        bare = cut_suffix(text[start:end])
        found.append(
            Word(
                text=text[start:end],
                folded=skeleton(bare),
                stem=next(iter(analyze(bare, language)), ""),
                start=start,
                end=end,
                clause=sum(border <= start for border in borders),
            )
        )
    return Reading(text, language, tuple(found))


@lru_cache(maxsize=65536)
def may_mean(one: str, other: str, language: Language) -> bool:
    """Return whether two folded words may say the same: forms of one word, or equivalent ones."""
    if one == other or _are_forms(one, other, language):
        return True
    return bool(_meanings(one, language) & _meanings(other, language))


def has_counterpart(word: Word, others: Iterable[Word], language: Language) -> bool:
    """Return whether one of some words may say what a word says."""
    return any(may_mean(word.folded, other.folded, language) for other in others)


def _are_forms(one: str, other: str, language: Language) -> bool:
    if language == "en":
        return analyze(one, "en") == analyze(other, "en") != []
    if one.isdigit() or other.isdigit():
        return False
    short, long = sorted((one, other), key=len)
    if len(short) < _ROOT:
        return len(short) >= _LEAST_ROOT and long.startswith(short)
    return short[:_ROOT] == long[:_ROOT]


@lru_cache(maxsize=65536)
def _meanings(word: str, language: Language) -> frozenset[str]:
    """What a word may mean, as index terms and as numbers of groups of the lexicon."""
    terms = analyze(word, language)
    known = {*expand(terms, language), *(terms if language == "tr" else ())}
    table = groups(language)
    if language == "en":
        numbers = {n for term in terms for n in _english_groups().get(term, ())}
    else:
        numbers = {n for root, these in table.items() if word.startswith(root) for n in these}
    return frozenset({*known, *(f"#{n}" for n in numbers)})


@lru_cache(maxsize=1)
def _english_groups() -> dict[str, frozenset[int]]:
    """The groups of the lexicon by the stems of their words."""
    found: dict[str, frozenset[int]] = {}
    for word, numbers in groups("en").items():
        for term in analyze(word, "en"):
            found[term] = found.get(term, frozenset()) | numbers
    return found
