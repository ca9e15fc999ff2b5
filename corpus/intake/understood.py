"""What a file was understood to be, before it has a place in the corpus."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

from corpus.article import Language
from corpus.outline import Outline
from corpus.text import lower, words

# The commonest words of each language that are none of the other's.
_TURKISH: Final = frozenset("ve bir bu ile için olarak da de olan gibi daha sonra ise en çok o kadar".split())
_ENGLISH: Final = frozenset("the of and in to is was were that by with for as on from this which".split())


@dataclass(frozen=True)
class Metadata:
    """What is known of an article; empty or None where the file does not say and nobody else did."""

    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    journal: str = ""
    language: str = ""

    def over(self, other: Metadata) -> Metadata:
        """Return this, with what it lacks taken from ``other``."""
        return Metadata(
            self.title or other.title,
            self.authors or other.authors,
            self.year if self.year is not None else other.year,
            self.journal or other.journal,
            self.language or other.language,
        )


NOTHING_KNOWN: Final = Metadata()


@dataclass(frozen=True)
class Understood:
    """A file as text with its outline, what it says of itself, and what was left out."""

    text: str
    outline: Outline
    metadata: Metadata = NOTHING_KNOWN
    left_out: Counter[str] = field(default_factory=Counter)
    remarks: tuple[str, ...] = ()

    def remarking(self, *remarks: str) -> Understood:
        """Return this with further remarks."""
        return replace(self, remarks=(*self.remarks, *remarks))


def guess_language(text: str, otherwise: Language = "tr") -> Language:
    """Return the language whose commonest words stand in the text more often."""
    turkish = english = 0
    for start, end in words(text):
        word = text[start:end]
        turkish += lower(word, "tr") in _TURKISH
        english += lower(word, "en") in _ENGLISH
    if turkish == english:
        return otherwise
    return "tr" if turkish > english else "en"


def known_language(code: str) -> Language | None:
    """Return the language of a code such as ``tr-TR`` or ``eng``; None for one that is not read here."""
    found = lower(code.strip(), "en")[:2]
    return "tr" if found == "tr" else "en" if found == "en" else None


def year_of(text: str) -> int | None:
    """Return the year that a date begins with, as in ``1992-05-01``."""
    digits = text.strip()[:4]
    return int(digits) if len(digits) == 4 and digits.isascii() and digits.isdigit() else None
