"""The facts a sentence holds, in Turkish or English: numbers, dates, names, whether it denies, whether it
reports what somebody said. The words for it stand in ``support/words.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from corpus.article import Language
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import analyze
from index.synonyms import expand

_FILE: Final = Path(__file__).parent / "support" / "words.toml"
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*(?: \d{3}\b)*")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_SHORT_RANGE: Final = re.compile(r"\b(\d\d)(\d\d)[-–](\d\d)\b(?![.,]?\d)")
_NUMERIC_DATE: Final = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_BEFORE: Final = re.compile(
    r"(?:\b(?P<day>\d{1,2})(?:\s?[-–]\s?(?P<to>\d{1,2}))?\.?|\b(?P<year>\d{4})(?:\s+yılı(?:nın)?)?)\s+$"
)
_AFTER: Final = re.compile(r"\s+(?:(?P<day>\d{1,2})\b(?![.,]?\d),?\s*)?(?P<year>\d{4}\b)?")
_ROMAN: Final = re.compile(r"\b[IVX]{2,}\b")
# A name spelt in another language shares about this much with its counterpart ("çiçerin", "chicherin").
_ALIKE: Final = 0.75
_SHORT_NAME: Final = 4
# As English spells what Turkish writes with one letter; k and the sound of c last.
_SPELLINGS: Final = (
    ("shch", "sc"), ("tch", "c"), ("dzh", "c"), ("ch", "c"), ("sh", "s"), ("kh", "h"), ("zh", "j"),
    ("ph", "f"), ("th", "t"), ("ts", "c"), ("ck", "k"), ("w", "v"), ("q", "k"), ("x", "ks"), ("y", "i"),
    ("ou", "u"), ("dj", "c"),
)  # fmt: skip


class Date(NamedTuple):
    """A day of a month, or a month; what is not said is None."""

    day: int | None
    month: int
    year: int | None

    def may_be(self, other: Date) -> bool:
        """Whether the two differ in nothing that both say."""
        return all(a is None or b is None or a == b for a, b in zip(self, other, strict=True))


def numbers(text: str, language: Language) -> set[float]:
    """Return the numbers of a text, above 2: digits with Turkish or English separators, Roman numerals,
    number words of ``language``, with what multiplies them ("3,5 milyon", "100 bin", "ten thousand")."""
    text = _NUMERIC_DATE.sub(r"\1 . \2 . \3", _SHORT_RANGE.sub(r"\1\2-\1\3", text))
    found = {float(_roman(match.group())) for match in _ROMAN.finditer(text)}
    value: float | None = None
    for token in re.findall(_NUMBER.pattern + r"|[^\W\d_]+", text):
        multiplier = _multipliers().get(skeleton(token))
        if multiplier and value is not None:
            value *= multiplier
        elif multiplier:
            value = None
            continue
        else:
            if value is not None:
                found.add(value)
            word = _number_words()[language].get(skeleton(token))
            tens = value is not None and 10 <= value < 100 and value % 10 == 0 and word and word < 10
            if tens and value is not None:
                found.discard(value)
            value = _digits(token) if token[0].isdigit() else (value + word if tens else word)
    return {number for number in found | {value} if number is not None and number > 2}


def dates(text: str) -> set[Date]:
    """Return the dates of a text, the month as a word or in figures ("16 Mart 1921", "16.03.1921")."""
    found = {Date(int(d), int(m), int(y)) for d, m, y in _NUMERIC_DATE.findall(text) if 1 <= int(m) <= 12}
    for start, end in words(text):
        word = cut_suffix(text[start:end])
        month = _months().get(skeleton(word))
        # English may and march are months by their capital only.
        if month is None or (word in ("may", "march")):
            continue
        before, after = _BEFORE.search(text[:start]), _AFTER.match(text[start + len(word) :])
        said = [before["day"], before["to"]] if before else []
        said += [after["day"]] if after else []
        days = [int(day) for day in said if day]
        year = (after and after["year"]) or (before and before["year"])
        found |= {Date(day, month, int(year) if year else None) for day in days or [None]}
    return found


def missing_names(claim: str, premise: str, language: Language) -> list[str]:
    """Return the names of a claim in ``language`` that have no counterpart in the premise."""
    known = [skeleton(cut_suffix(premise[start:end])) for start, end in words(premise)]
    terms = set(analyze(premise, "tr"))
    return [name for name in names(claim, language) if not _has_counterpart(name, known, terms, language)]


def names(text: str, language: Language) -> list[str]:
    """Return the words of a text that look like names: capitalised, no title, month or number.

    The first word of a sentence counts when another name follows it or when it carries an apostrophe
    or a comma; in English whenever it is no ordinary opener.
    """
    spans = words(text)
    found = []
    for at, (start, end) in enumerate(spans):
        word, whole = cut_suffix(text[start:end]), text[start:end]
        folded = skeleton(word)
        if not word[0].isupper() or len(word) < 3 or folded in _no_names(language) or folded in _months():
            continue
        is_first = at == 0 or text[:start].rstrip()[-1] in ".?!:"
        followed = at + 1 < len(spans) and text[spans[at + 1][0]].isupper()
        if is_first and language == "tr" and not (followed or word != whole or text[end : end + 1] == ","):
            continue
        if is_first and language == "en" and not analyze(word, "en"):
            continue
        found.append(word)
    return found


def denies(text: str, language: Language) -> bool:
    """Return whether a text holds a negation."""
    return bool(_pattern("negation", language).search(skeleton(text)))


def reports(text: str, language: Language) -> bool:
    """Return whether a text says that somebody says or thinks something."""
    return bool(_pattern("reports", language).search(skeleton(text)))


def shared(claim: str, premise: str, language: Language) -> float:
    """Return the share of the content words of a claim that stand in the premise, or have an equivalent
    there; of an English claim on Turkish words only the words with known equivalents count."""
    terms = set(analyze(premise, "tr"))
    own = analyze(claim, language)
    if language == "tr":
        found = [term in terms or any(other in terms for other in expand([term], "tr")) for term in own]
    else:
        equivalents = [expand([term], "en") for term in own]
        found = [any(other in terms for other in others) for others in equivalents if others]
    return sum(found) / len(found) if found else 1.0


def _has_counterpart(name: str, known: Iterable[str], terms: set[str], language: Language) -> bool:
    parts = [part for part in re.split(r"[-–]", name) if part]
    return all(_stands(part, known, terms, language) for part in parts)


def _stands(name: str, known: Iterable[str], terms: set[str], language: Language) -> bool:
    own = skeleton(name)
    if language == "en" and own.endswith("s") and own[:-1] in _equivalents():
        own = own[:-1]
    equivalents = [*_equivalents().get(own, ()), *expand(analyze(name, language), language)]
    stems = {other[:5] for other in equivalents} | set(analyze(name, "tr"))
    if stems & terms:
        return True
    if language == "en" and equivalents:
        return any(word.startswith(tuple(equivalents)) for word in known)
    spelt = _spelling(own)
    return any(_alike(spelt, _spelling(word)) for word in known)


def _alike(name: str, word: str) -> bool:
    if len(name) <= _SHORT_NAME:
        return word.startswith(name)
    lengths = {len(name) - 1, len(name), len(name) + 1}
    return max(SequenceMatcher(None, name, word[:n], autojunk=False).ratio() for n in lengths) >= _ALIKE


def _spelling(word: str) -> str:
    for foreign, turkish in _SPELLINGS:
        word = word.replace(foreign, turkish)
    return re.sub(r"(.)\1", r"\1", word)


def _digits(token: str) -> float:
    token = token.replace(" ", "")
    if _GROUPED.fullmatch(token):
        return float(re.sub("[.,]", "", token))
    whole, *rest = re.split("[.,]", token)
    return float(f"{whole}.{''.join(rest) or 0}")


def _roman(numeral: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in numeral]
    return sum(-v if any(v < w for w in values[i + 1 : i + 2]) else v for i, v in enumerate(values))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _months() -> dict[str, int]:
    return {word: n for n, both in enumerate(_table()["months"], 1) for word in both.split()}


@cache
def _number_words() -> dict[str, dict[str, float]]:
    return {
        language: {word: float(value) for value, forms in table.items() for word in forms.split()}
        for language, table in _table()["numbers"].items()
    }


@cache
def _multipliers() -> dict[str, float]:
    return {word: float(value) for value, forms in _table()["multipliers"].items() for word in forms.split()}


@cache
def _no_names(language: Language) -> frozenset[str]:
    return frozenset(_table()["no_names"][language].split())


@cache
def _equivalents() -> dict[str, tuple[str, ...]]:
    return {english: tuple(turkish.split()) for english, turkish in _table()["names"].items()}


@cache
def _pattern(kind: str, language: Language) -> re.Pattern[str]:
    return re.compile(_table()[kind][language].replace("_", r"\ "), re.VERBOSE)
