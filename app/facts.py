"""The numbers and dates that a sentence holds, in Turkish or English."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, NamedTuple

from app.lexicon import month, multiplier, number, split_number
from corpus.article import Language
from corpus.text import cut_suffix, words

_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*(?: \d{3}\b)*|[^\W\d_]+")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
# "1917-20"
_SHORT_RANGE: Final = re.compile(r"\b(\d\d)(\d\d)[-–](\d\d)\b(?![.,]?\d)")
# "XI. Ordu", "the XIth Army"
_ROMAN: Final = re.compile(r"\b([IVX]{2,})(?:st|nd|rd|th)?\b")
# Numbers up to here are articles and pronouns more often, when in words.
_ARTICLES: Final = 2
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10}
# "16.03.1921", "16/3/1921": the day first, as the articles write it in either language. With strokes only
# what can be a day and a month, and no part of a longer row, as in the number of a file ("30/18/1/1921").
_NUMERIC_DATE: Final = re.compile(
    r"\b(?:(\d{1,2})\.(\d{1,2})\.|(?<!/)(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/)(\d{4})\b(?!/\d)"
)
# What may stand before and behind a month: "27-28 Nisan 1920", "1921 yılı Nisan", "March 16, 1921".
_BEFORE: Final = re.compile(
    r"(?:\b(?P<day>\d{1,2})(?:\s?[-–]\s?(?P<to>\d{1,2}))?\.?|\b(?P<year>\d{4})(?:\s+yılı(?:nın)?)?)\s+$"
)
_AFTER: Final = re.compile(r"\s+(?:(?P<day>\d{1,2})\b(?![.,]?\d),?\s*)?(?P<year>\d{4}\b)?")


class Number(NamedTuple):
    """A number, and whether it is written in digits."""

    value: float
    in_digits: bool


class Date(NamedTuple):
    """A day of a month, or a month; what is not said is None."""

    day: int | None
    month: int
    year: int | None

    def may_be(self, other: Date) -> bool:
        """Return whether the two differ in nothing that both say."""
        return all(a is None or b is None or a == b for a, b in zip(self, other, strict=True))


def dates(text: str) -> set[Date]:
    """Return the dates, the month in words or figures ("16 Mart 1921", "March 16, 1921", "16.03.1921",
    "16/3/1921").
    """
    numeric = [(int(d or e), int(m or n), int(y)) for d, m, e, n, y in _NUMERIC_DATE.findall(text)]
    found = {Date(day, which, year) for day, which, year in numeric if 1 <= which <= 12}
    for start, end in words(text):
        word = cut_suffix(text[start:end])
        if (number := month(word)) is None:
            continue
        before, after = _BEFORE.search(text[:start]), _AFTER.match(text[start + len(word) :])
        said = [*(before.group("day", "to") if before else ()), after["day"] if after else None]
        year = (after and after["year"]) or (before and before["year"])
        days: list[int | None] = [int(day) for day in said if day]
        found |= {Date(day, number, int(year) if year else None) for day in days or [None]}
    return found


def numbers(text: str, language: Language) -> set[float]:
    """Return the numbers above 2, months aside: digits with Turkish or English separators, Roman numerals,
    number words of ``language``, times what multiplies them ("3,5 milyon", "100 bin", "ten thousand").

    One and two are left out: in words they are articles and pronouns ("bir", "the two") more often.
    """
    return {found.value for found in read_numbers(text, language) if found.value > _ARTICLES}


def read_numbers(text: str, language: Language) -> list[Number]:
    """Return every number of a text, one and two in words too: the Roman ones first, the others in order."""
    text = _NUMERIC_DATE.sub(r"\1\3 ; \5", _SHORT_RANGE.sub(r"\1\2-\1\3", text))
    found = [Number(float(_roman(match[1])), in_digits=False) for match in _ROMAN.finditer(text)]
    # Whether the last number found stands just before the token.
    is_open = False
    for token in _TOKEN.findall(text):
        is_digits = token[0].isdecimal()
        for word in split_number(token) if language == "tr" and not is_digits else [token]:
            value = _digits(word) if is_digits else number(word, language)
            if value is not None:
                is_second_word = is_open and not is_digits and value < 10 <= found[-1].value < 100
                if is_second_word:
                    found[-1] = found[-1]._replace(value=found[-1].value + value)
                else:
                    found.append(Number(value, in_digits=is_digits))
                is_open = True
            elif is_open and (times := multiplier(word, language)):
                found[-1] = found[-1]._replace(value=found[-1].value * times)
            else:
                is_open = False
    return found


def _digits(token: str) -> float:
    token = token.replace(" ", "")
    if _GROUPED.fullmatch(token):
        return float(re.sub("[.,]", "", token))
    whole, *rest = re.split("[.,]", token)
    return float(f"{whole}.{''.join(rest)}")


def _roman(numeral: str) -> int:
    each = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(-value if value < after else value for value, after in pairwise([*each, 0]))
