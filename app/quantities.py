"""The dates and numbers of a question, and whether a text says them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from typing import Final, NamedTuple

from app.facts import Date, dates, numbers
from app.lexicon import month, multiplier, number, split_number
from app.signs import sentence_signs
from corpus.article import Language
from corpus.text import capital, cut_suffix, skeleton

# Smaller numbers in words ("üç vilayet") are too common to be missed.
_LEAST_IN_WORDS: Final = 100
_APOSTROPHE: Final = "['’‘ʼ`´]?"
MONTH_ENDING: Final = "(?:[dt][ae](?:n|ki)?|[aei]|[iu]n|l[ae])"
_NUMERIC_DATE: Final = re.compile(r"\b\d{1,2}[./]\d{1,2}[./]\d{4}(?!\d)")
_DECADE: Final = re.compile(rf"\b(\d{{3}}0){_APOSTROPHE}(?:s|l[ae]r\w*|l[iu])\b")
# A century is said by any of its years, and seldom by its number.
_CENTURY: Final = re.compile(
    r"\b(?:\d{1,2}|[ivx]+)(?:st|nd|rd|th)?\.?\s*(?:yuzyil|asir|asr|yy\b|century|centuries)"
)
_TOKEN: Final = re.compile(r"\d{4}[-–]\d\d(?![.,]?\d)|\d+(?:[.,]\d+)*(?: \d{3}\b)*|[^\W\d_]+")
ROMAN: Final = re.compile(r"[IVX]{2,}")


class Part(NamedTuple):
    """A stretch of a question, from start to end, and whether the text speaks of it."""

    start: int
    end: int
    is_said: bool


def quantities(text: str, language: Language, said: str) -> list[Part]:
    """Return the dates and numbers of a question, in no order, and whether a text in Turkish or English says
    them. Left out are numbers up to 2, centuries, months alone and small numbers in words."""
    said_numbers = numbers(said, "tr") | numbers(said, "en")
    times = [*_dates(text, said, said_numbers), *_decades(text, said_numbers)]
    return [*times, *_numbers(text, language, said_numbers, times)]


def _dates(text: str, said: str, said_numbers: Collection[float]) -> Iterator[Part]:
    said_dates = dates(said)
    for match in _NUMERIC_DATE.finditer(text):
        own = dates(match.group().replace("/", "."))
        yield Part(*match.span(), bool(own) and _are_said(own, said_dates, said_numbers))
    for match in _dated().finditer(skeleton(text)):
        typed = match["month"]
        days: list[int | None] = [int(day) for day in match.group("day", "to", "after") if day]
        year = next((int(year) for year in match.group("first", "year") if year), None)
        # The English march and may, typed without a capital, are months before a year.
        named = text[slice(*match.span("month"))]
        number_of = month(named) or month(capital(typed, "en") if match["year"] else "")
        if number_of and (days or year):
            own = {Date(day, number_of, year) for day in days or [None]}
            end = match.start() + len(cut_suffix(text[slice(*match.span())]))
            is_behind = match["after"] or match["year"]
            yield Part(
                match.start(), match.end() if is_behind else end, _are_said(own, said_dates, said_numbers)
            )


def _are_said(own: Collection[Date], said: Collection[Date], said_numbers: Collection[float]) -> bool:
    return all(
        any(date.may_be(other) for other in said) and (date.year is None or date.year in said_numbers)
        for date in own
    )


@cache
def _dated() -> re.Pattern[str]:
    """A month with a day or a year, in folded text: "16 mart 1921", "march 16th, 1921", "1921 yili mart"."""
    return re.compile(
        rf"""(?: \b(?P<day>\d{{1,2}})(?:\s?[-–]\s?(?P<to>\d{{1,2}}))?(?:st|nd|rd|th)?\.?\s+(?:of\s+)?
        | \b(?P<first>\d{{4}})(?:\s+yil\w*)?\s+ )?
        \b(?P<month>{sentence_signs()["month"].pattern}) (?:{_APOSTROPHE}{MONTH_ENDING})?\b
        (?: \s+(?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b(?![.,]?\d) )?
        (?: ,?\s+(?:of\s+)?(?P<year>\d{{4}})(?!\d) )?""",
        re.VERBOSE,
    )


def _decades(text: str, said_numbers: Collection[float]) -> Iterator[Part]:
    for match in _DECADE.finditer(skeleton(text)):
        end = match.start() + len(cut_suffix(match.group()))
        yield Part(match.start(), end, any(int(match[1]) + n in said_numbers for n in range(10)))


def _numbers(
    text: str, language: Language, said_numbers: set[float], times: Collection[Part]
) -> Iterator[Part]:
    """The numbers that belong to no date: in digits, Roman, or in words if they are large."""
    taken = [*(part[:2] for part in times), *(match.span() for match in _CENTURY.finditer(skeleton(text)))]
    tokens = list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        first = last = tokens[at]
        at += 1
        if not _begins_number(first.group(), language) or any(s <= first.start() < e for s, e in taken):
            continue
        while (
            at < len(tokens)
            and text[last.end() : tokens[at].start()] == " "
            and _continues_number(tokens[at].group(), language)
        ):
            last = tokens[at]
            at += 1
        own = numbers(text[first.start() : last.end()], language)
        is_told = first.group()[0].isdigit() or ROMAN.fullmatch(first.group())
        if own and (is_told or max(own) >= _LEAST_IN_WORDS):
            yield Part(first.start(), last.end(), own <= said_numbers)


def _begins_number(token: str, language: Language) -> bool:
    if token[0].isdigit() or ROMAN.fullmatch(token) or number(token, language) is not None:
        return True
    return language == "tr" and len(split_number(token)) > 1


def _continues_number(token: str, language: Language) -> bool:
    if token[0].isdigit():
        return False
    is_number = number(token, language) is not None or multiplier(token, language) is not None
    return is_number or (language == "tr" and len(split_number(token)) > 1)
