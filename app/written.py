"""Dates and numbers as a reader of a language writes them."""

from __future__ import annotations

from typing import Final

from app.facts import Date
from app.texts import text
from corpus.article import Language

_GROUP: Final = {"tr": ".", "en": ","}


def written_number(number: int, language: Language) -> str:
    """Return a whole number with its thousands set apart.

    >>> written_number(1335, "tr"), written_number(1335, "en")
    ('1.335', '1,335')
    """
    return f"{number:,}".replace(",", _GROUP[language])


def written_date(date: Date, language: Language) -> str:
    """Return a date in words; what it does not say is left out.

    >>> written_date(Date(16, 3, 1921), "tr"), written_date(Date(None, 3, 1921), "en")
    ('16 Mart 1921', 'March 1921')
    """
    parts = (date.day, month_name(date.month, language), date.year)
    return " ".join(str(part) for part in parts if part is not None)


def month_name(month: int, language: Language) -> str:
    """Return the name of a month, 1 to 12."""
    return text(language, "glance.months").split()[month - 1]


def short_month(month: int, language: Language) -> str:
    """Return the first three letters of the name of a month, 1 to 12."""
    return month_name(month, language)[:3]
