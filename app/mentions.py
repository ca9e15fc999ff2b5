"""Which date of a sentence belongs to which event: the act at a date, and what it is done to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.events import Event, acts_of, agreement, places, without_references
from app.facts import Date, dates
from app.lexicon import month
from app.vocabulary import Vocabulary
from corpus.text import cut_suffix, skeleton, words

# What may stand before and behind a month: "27-28 Nisan 1920", "1921 yılı Nisan", "Mart ayının 18. günü"; "16
# March 1921", "the 18th day of the month of March", "March 16, 1921".
_NUMERIC: Final = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{4}\b")
_BEFORE: Final = re.compile(r"(?:\b\d{1,2}(?:\s?[-–]\s?\d{1,2})?\.?|\b\d{4}(?:\s+yılı(?:nın)?)?)\s+$")
_AFTER: Final = re.compile(r"\s+(?:\d{4}\b|ayının\s+\d{1,2}\.\s+günü)")
_ENGLISH_BEFORE: Final = re.compile(
    r"\b(?:\d{1,2}(?:st|nd|rd|th)?\s?[-–]\s?)?(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+"
    r"(?:day\s+)?(?:of\s+)?(?:the\s+month\s+of\s+)?$"
)
_DAY_LAST: Final = re.compile(r"ayının\s+(?P<day>\d{1,2})")
_ENGLISH_AFTER: Final = re.compile(r"(?:\s+(?P<day>\d{1,2})\b)?(?:,?\s+(?P<year>\d{4})\b)?")
_YEAR: Final = re.compile(r"\b(?:1[4-9]|20)\d\d\b")
# "30 Ekim 1918'den … kadar": from when something goes on, not when it happens.
_SINCE: Final = re.compile(r"[’']?[dt][ea]n\b")
_DATED: Final = re.compile(r"^\s*tarihli\b")
# What stands between a date and the word that it belongs to.
_BETWEEN: Final = frozenset("de da te ta tarihinde gunu ayinda yilinda".split())


@dataclass(frozen=True)
class Mention:
    """A date as a sentence writes it, the acts it may be that of, and the events."""

    date: Date
    written: str
    acts: tuple[str, ...]
    events: frozenset[Event]


@dataclass(frozen=True)
class _Written:
    start: int
    end: int
    date: Date


def mentions(text: str, vocabulary: Vocabulary) -> list[Mention]:
    """Return the dates of a Turkish sentence in order, each with its act and events.

    What is told of a date stands behind it, up to the next one; before it where it stands in brackets. A
    year said once counts for the dates behind it ("30 Eylül 1920'de …, 30 Ekim'de …").
    """
    text = without_references(text)
    written = _with_years(list(_written(text)))
    bounds = [0, *(one.end for one in written)]
    starts = [*(one.start for one in written), len(text)]
    found = []
    for i, one in enumerate(written):
        is_bracketed = text[: one.start].endswith("(")
        told = text[bounds[i] : one.start] if is_bracketed else _until_year(text[one.end : starts[i + 1]])
        # "30 Ekim'de Kars'ı ve 7 Kasım'da Gümrü'yü almıştı": the verb stands at the end.
        later = told if is_bracketed else text[one.end :]
        found.append(_mention(one, text, told, later, vocabulary))
    return found


def english_date(text: str, date: Date) -> str:
    """Return how an English text writes a date; "" where it does not."""
    for start, end in words(text):
        if month(text[start:end]) != date.month:
            continue
        before, after = _ENGLISH_BEFORE.search(text[:start]), _ENGLISH_AFTER.match(text[end:])
        day = before["day"] if before else after and after["day"]
        year = after and after["year"]
        found = Date(int(day) if day else None, date.month, int(year) if year else None)
        if found.day == date.day and found.may_be(date):
            return text[before.start() if before else start : end + (after.end() if after else 0)]
    return ""


def _mention(one: _Written, text: str, told: str, later: str, vocabulary: Vocabulary) -> Mention:
    written = text[one.start : one.end]
    if _SINCE.match(told):
        return Mention(one.date, written, (), frozenset())
    acts = _acts_at(told) or acts_of(later)[:1]
    kind, names, at = agreement(told, vocabulary)
    # A bare date before a name is that of the thing: "16 Mart 1921 Moskova Antlaşması", "16 Mart tarihli …".
    is_title = bool(names) and _is_name(_DATED.sub("", told[:at]))
    if is_title or (names and "sign" in acts and set(acts_of(told[:at])) <= {"sign"}):
        return Mention(one.date, written, ("sign",), frozenset(Event("sign", kind, name) for name in names))
    if acts[:1] == ["take"]:
        events = frozenset(Event("take", "", name) for name in places(told, vocabulary))
        return Mention(one.date, written, ("take",), events)
    return Mention(one.date, written, tuple(acts), frozenset())


def _acts_at(told: str) -> list[str]:
    """The acts behind a date; the first alone where it stands at the date ("28 Ekim'de başlayan …")."""
    spans = words(told)
    at = [told[start:end] for start, end in spans if skeleton(told[start:end]) not in _BETWEEN]
    return acts_of(at[0]) or acts_of(told) if at else []


def _written(text: str) -> Iterator[_Written]:
    spans = [match.span() for match in _NUMERIC.finditer(text)]
    for start, end in words(text):
        end = start + len(cut_suffix(text[start:end]))
        if month(text[start:end]) is None:
            continue
        before, after = _BEFORE.search(text[:start]), _AFTER.match(text[end:])
        spans.append((before.start() if before else start, end + (after.end() if after else 0)))
    for start, end in sorted(spans):
        said = text[start:end]
        last = _DAY_LAST.search(said)
        for date in sorted(dates(said), key=lambda date: date.day or 0):
            yield _Written(start, end, date._replace(day=int(last["day"])) if last else date)


def _with_years(written: list[_Written]) -> list[_Written]:
    year: int | None = None
    found: list[_Written] = []
    for one in written:
        year = one.date.year or year
        found.append(_Written(one.start, one.end, one.date._replace(year=year)))
    return found


def _until_year(text: str) -> str:
    """What stands before another year: "1929'da 1925 tarihli Antlaşma uzatılırken" signs nothing of 1925."""
    year = _YEAR.search(text)
    return text[: year.start()] if year else text


def _is_name(text: str) -> bool:
    """Whether nothing stands in a text but words of a name."""
    return all(text[start].isupper() or text[start:end] == "ve" for start, end in words(text))
