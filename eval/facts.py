"""What a sentence holds that can be checked: numbers, dates, names, whether it denies, whether it reports
somebody's words; in Turkish or English, by the words of ``support/words.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from corpus.article import Language
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import STEM_LETTERS, analyze
from index.synonyms import expand

_FILE: Final = Path(__file__).parent / "support" / "words.toml"
_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*(?: \d{3}\b)*|[^\W\d_]+")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_SHORT_RANGE: Final = re.compile(r"\b(\d\d)(\d\d)[-–](\d\d)\b(?![.,]?\d)")
_NUMERIC_DATE: Final = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_ROMAN: Final = re.compile(r"\b[IVX]{2,}\b")
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10}
_BEFORE: Final = re.compile(
    r"(?:\b(?P<day>\d{1,2})(?:\s?[-–]\s?(?P<to>\d{1,2}))?\.?|\b(?P<year>\d{4})(?:\s+yılı(?:nın)?)?)\s+$"
)
_AFTER: Final = re.compile(r"\s+(?:(?P<day>\d{1,2})\b(?![.,]?\d),?\s*)?(?P<year>\d{4}\b)?")
# How a name that opens a sentence goes on.
_SUBJECT: Final[dict[Language, re.Pattern[str]]] = {
    "tr": re.compile(r"\w,"),
    "en": re.compile(
        r"(?<!s)(?<!ly)(?<!ing) (?:\w+ed|is|was|has|had|did|said|told|wrote|met|came|went|took|gave|would)$"
    ),
}
# Two spellings of a name share about this much of their letters ("çiçerin", "chicherin"); names of so few
# letters must be the same.
_ALIKE: Final = 0.75
_SHORT_NAME: Final = 4
# Letters by which English spells what Turkish writes with one.
_SPELLINGS: Final = dict(
    pair.split(":")
    for pair in "shch:sc tch:c dzh:c dj:c ch:c sh:s kh:h zh:j ph:f th:t ts:c ck:k ou:u w:v q:k x:ks y:i".split()
)
_SPELLING: Final = re.compile("|".join(_SPELLINGS))


class Date(NamedTuple):
    """A day of a month, or a month; what is not said is None."""

    day: int | None
    month: int
    year: int | None

    def may_be(self, other: Date) -> bool:
        """Return whether the two differ in nothing that both say."""
        return all(a is None or b is None or a == b for a, b in zip(self, other, strict=True))


def numbers(text: str, language: Language) -> set[float]:
    """Return the numbers above 2: digits with Turkish or English separators, Roman numerals, number words
    of ``language``, with what multiplies them ("3,5 milyon", "100 bin", "ten thousand")."""
    text = _NUMERIC_DATE.sub(r"\1 ; \2 ; \3", _SHORT_RANGE.sub(r"\1\2-\1\3", text))
    found = [float(_roman(match.group())) for match in _ROMAN.finditer(text)]
    is_open = False
    for token in _TOKEN.findall(text):
        word = skeleton(token)
        value = _digits(token) if token[0].isdigit() else _values("numbers", language).get(word)
        if value is not None:
            joins = is_open and value < 10 <= found[-1] < 100 and not token[0].isdigit()
            found[-1:] = [found[-1] + value] if joins else [*found[-1:], value]
            is_open = True
        elif is_open and (multiplier := _values("multipliers", language).get(word)):
            found[-1] *= multiplier
        else:
            is_open = False
    return {number for number in found if number > 2}


def dates(text: str) -> set[Date]:
    """Return the dates, the month in words or figures ("16 Mart 1921", "March 16, 1921", "16.03.1921")."""
    found = {Date(int(d), int(m), int(y)) for d, m, y in _NUMERIC_DATE.findall(text) if 1 <= int(m) <= 12}
    for start, end in words(text):
        word = cut_suffix(text[start:end])
        if (month := _month(word)) is None:
            continue
        before, after = _BEFORE.search(text[:start]), _AFTER.match(text[start + len(word) :])
        said = [*(before.group("day", "to") if before else ()), after["day"] if after else None]
        year = (after and after["year"]) or (before and before["year"])
        days = [int(day) for day in said if day]
        found |= {Date(day, month, int(year) if year else None) for day in days or [None]}
    return found


def names(text: str, language: Language) -> list[str]:
    """Return the words that look like names: capitalised, of three letters or more, no title, month or
    number.

    The capital of a sentence's first word says little: it counts before another capital and where it is
    inflected like a name; in Turkish also before a comma, in English before a verb.
    """
    spans = words(text)
    found = []
    for at, (start, end) in enumerate(spans):
        word = cut_suffix(text[start:end])
        if not word[0].isupper() or len(word) < 3 or not analyze(word, language) or _is_no_name(word, language):
            continue
        is_first = at == 0 or text[:start].rstrip(" “\"'(")[-1:] in ".?!:"
        after = text[end : spans[at + 1][1]] if at + 1 < len(spans) else ""
        if not is_first or len(word) < end - start or after[1:2].isupper() or _SUBJECT[language].search(word + after):
            found.append(word)
    return found


def missing_names(claim: str, language: Language, premise: str) -> list[str]:
    """Return the names of a claim that have no counterpart in a premise, in whichever spelling."""
    known = {_spelling(skeleton(cut_suffix(premise[start:end]))) for start, end in words(premise)}
    terms = {*analyze(premise, "tr"), *analyze(premise, "en")}
    return [
        name
        for name in names(claim, language)
        if not all(_stands(part, language, known, terms) for part in re.split("[-–]", name) if part)
    ]


def moved_names(claim: str, premise: str) -> list[str]:
    """Return the names of a Turkish claim that stand in the premise, Turkish too, but not before the word
    before which the claim has them, while others do: "Gürcüler Kars'ı" beside "Ermeniler Kars'ı"."""
    standing, bearers = set(analyze(premise, "tr")), dict[str, set[str]]()
    for run, follower in _followed(premise):
        bearers.setdefault(follower, set()).update(run)
    return [
        run[-1]
        for run, follower in _followed(claim)
        if run[-1] in standing and run[-1] not in bearers.get(follower, run)
    ]


def denies(text: str, language: Language) -> bool:
    """Return whether a text holds a negation."""
    return bool(_pattern("negation", language).search(skeleton(text)))


def reports(text: str, language: Language) -> bool:
    """Return whether a text says that somebody says or thinks something."""
    return bool(_pattern("reports", language).search(skeleton(text)))


def shared(claim: str, language: Language, premise: str, premise_language: Language) -> float:
    """Return the share of the content words of a claim that stand in a premise, or an equivalent of them;
    across languages only words with known equivalents count. 1 where no word counts."""
    terms = set(analyze(premise, premise_language))
    is_same = language == premise_language
    own = [({term} if is_same else set()).union(expand([term], language)) for term in analyze(claim, language)]
    found = [not terms.isdisjoint(forms) for forms in own if forms]
    return sum(found) / len(found) if found else 1.0


def _stands(name: str, language: Language, known: Collection[str], terms: Collection[str]) -> bool:
    own = skeleton(name)
    equivalents = {*_equivalents().get(own, ()), *expand(analyze(name, language), language)}
    if any(stem[:STEM_LETTERS] in terms for stem in {own, *equivalents}):
        return True
    # A word whose counterparts are known has no others.
    return not (language == "en" and equivalents) and any(_alike(_spelling(own), word) for word in known)


def _alike(name: str, word: str) -> bool:
    """Whether a word is another spelling of a name, perhaps with an ending behind it."""
    if len(name) <= _SHORT_NAME:
        return word.startswith(name)
    lengths = range(len(name) - 1, len(name) + 2)
    return max(SequenceMatcher(None, name, word[:n], autojunk=False).ratio() for n in lengths) >= _ALIKE


def _spelling(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", _SPELLING.sub(lambda match: _SPELLINGS[match.group()], word))


def _followed(text: str) -> list[tuple[list[str], str]]:
    """The stems of each run of names with the folded word behind it, where that is no name or number."""
    spans, own = words(text), set(names(text, "tr"))
    found, run = [], list[str]()
    for (start, end), (then, last) in pairwise(spans):
        word, follower = cut_suffix(text[start:end]), text[then:last]
        run = [*run, *analyze(word, "tr")] if word in own else []
        if text[end:then].strip():
            run = []
        elif run and follower[0].isalpha() and analyze(follower, "tr"):
            found.append((run, skeleton(follower)))
    return found


def _digits(token: str) -> float:
    token = token.replace(" ", "")
    if _GROUPED.fullmatch(token):
        return float(re.sub("[.,]", "", token))
    whole, *rest = re.split("[.,]", token)
    return float(f"{whole}.{''.join(rest)}")


def _roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(-v if v < after else v for v, after in pairwise([*values, 0]))


def _month(word: str) -> int | None:
    # "may" and "march" are months by their capital only.
    return None if word in ("may", "march") else _months().get(skeleton(word))


def _is_no_name(word: str, language: Language) -> bool:
    folded = skeleton(word)
    return folded in _no_names(language) or _month(word) is not None or folded in _values("numbers", language)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _months() -> dict[str, int]:
    return {word: n for n, both in enumerate(_table()["months"], 1) for word in both.split()}


@cache
def _values(kind: str, language: Language) -> dict[str, float]:
    return {
        word: float(value) for value, forms in _table()[kind][language].items() for word in forms.split()
    }


@cache
def _no_names(language: Language) -> frozenset[str]:
    return frozenset(_table()["no_names"][language].split())


@cache
def _equivalents() -> dict[str, tuple[str, ...]]:
    return {name: tuple(forms.split()) for name, forms in _table()["names"].items()}


@cache
def _pattern(kind: str, language: Language) -> re.Pattern[str]:
    return re.compile(_table()[kind][language].replace("_", r"\ "), re.VERBOSE)
