"""Sums and counts of a sentence: a number in digits and what it counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.events import without_references
from app.facts import read_numbers
from app.lexicon import month
from app.vocabulary import YEAR
from corpus.article import Language
from index.analyzer import analyze

# "13.612.000 altın ruble", "17 600 top", "11 milyon altın ruble".
_NUMBER: Final = r"(?P<number>\b\d+(?:[.,]\d+)*(?: \d{3}\b)*(?:\s(?:%s)\b)?)"
_AMOUNT: Final = re.compile(_NUMBER % "bin|milyon|milyar" + r"\s(?P<unit>[^\W\d_]+(?:\s[^\W\d_]+)?)")
_ENGLISH: Final = re.compile(_NUMBER % "thousand|million|billion" + r"(?:\s[^\W\d_]+){0,2}")
# "altın rubledir"
_COPULA: Final = re.compile(r"(?<=[^\W\d_]{3})[dt][iıuü]r$")


@dataclass(frozen=True)
class Amount:
    """A number as a sentence writes it, with the terms of the words behind it that say of what."""

    value: float
    written: str
    units: frozenset[str]


def amounts(text: str) -> list[Amount]:
    """Return the numbers in digits of a Turkish sentence that something is counted or measured by."""
    text = without_references(text)
    return [
        Amount(value, _COPULA.sub("", match.group()), frozenset(analyze(match["unit"], "tr")))
        for match in _AMOUNT.finditer(text)
        if (value := _value(match["number"], "tr")) and not _is_time(match)
    ]


def english_amount(text: str, value: float) -> str:
    """Return how an English text writes a number, with what it counts; "" where it does not."""
    found = (match for match in _ENGLISH.finditer(text) if _value(match["number"], "en") == value)
    return next((match.group().strip() for match in found), "")


def _value(number: str, language: Language) -> float | None:
    read = read_numbers(number, language)
    return read[0].value if read else None


def _is_time(match: re.Match[str]) -> bool:
    """Whether a number is the day of a month, or a year: "16 Mart", "1921 yılında"."""
    return month(match["unit"].split()[0]) is not None or bool(YEAR.fullmatch(match["number"]))
