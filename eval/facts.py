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
from corpus.sentences import split_sentences
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
# Letters by which English spells what Turkish writes with one, and that one.
_ENGLISH_LETTERS: Final = (
    "shch:sc tch:c dzh:c dj:c ch:c sh:s kh:h zh:j ph:f th:t ts:c ck:k ou:u w:v q:k x:ks y:i"
)
_SPELLINGS: Final = dict(pair.split(":") for pair in _ENGLISH_LETTERS.split())
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
    of ``language``, with what multiplies them ("3,5 milyon", "100 bin", "ten thousand"); no months."""
    text = _NUMERIC_DATE.sub(r"\1 ; \3", _SHORT_RANGE.sub(r"\1\2-\1\3", text))
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
        days: list[int | None] = [int(day) for day in said if day]
        found |= {Date(day, month, int(year) if year else None) for day in days or [None]}
    return found


def names(text: str, language: Language) -> list[str]:
    """Return the words that look like names: capitalised, of three letters or more, no title, month or
    number.

    The capital of a sentence's first word says little: it counts before another capital and where it is
    inflected like a name; in Turkish also before a comma, in English before a verb.
    """
    spans, openings = words(text), _openings(text)
    found = []
    for at, (start, end) in enumerate(spans):
        word = cut_suffix(text[start:end])
        if not word[0].isupper() or len(word) < 3 or _is_no_name(word, language):
            continue
        after = text[end : spans[at + 1][1]] if at + 1 < len(spans) else ""
        is_inflected = len(word) < end - start
        goes_on = after[1:2].isupper() or _SUBJECT[language].search(word + after)
        if start not in openings or is_inflected or goes_on:
            found.append(word)
    return found


def missing_names(claim: str, language: Language, premise: str) -> list[str]:
    """Return the names of a claim that have no counterpart in a premise, in whichever spelling.

    In English an unknown word before a known one is taken for a part of its name: "Constituent Assembly".
    """
    known = {_spelling(skeleton(cut_suffix(premise[start:end]))) for start, end in words(premise)}
    terms = {*analyze(premise, "tr"), *analyze(premise, "en")}
    missing = []
    for run in _runs(claim, language):
        stand = [
            all(_stands(part, language, known, terms) for part in re.split("[-–]", name) if part)
            for name in run
        ]
        for at, name in enumerate(run):
            belongs = (
                language == "en"
                and not _known_as(name, "en")
                and any(stand[later] and _known_as(run[later], "en") for later in range(at + 1, len(run)))
            )
            if not stand[at] and not belongs:
                missing.append(name)
    return missing


def moved_names(claim: str, premise: str) -> list[str]:
    """Return the names of a Turkish claim that stand in the premise, Turkish too, but not before the word
    before which the claim has them, while others with the same ending do: "Gürcüler Kars'ı" beside
    "Ermeniler Kars'ı"."""
    standing, bearers = set(analyze(premise, "tr")), dict[tuple[str, str], set[str]]()
    for run, ending, follower in _followed(premise):
        bearers.setdefault((ending, follower), set()).update(run)
    return [
        run[-1]
        for run, ending, follower in _followed(claim)
        if run[-1] in standing and run[-1] not in bearers.get((ending, follower), run)
    ]


def denies(text: str, language: Language) -> bool:
    """Return whether a text holds a negation."""
    return bool(_pattern("negation", language).search(skeleton(text)))


def hinders(text: str, language: Language) -> bool:
    """Return whether a text holds a word that may say what a negation says: to prevent, to refuse."""
    return bool(_pattern("hindrance", language).search(skeleton(text)))


def reports(text: str, language: Language) -> bool:
    """Return whether a text says that somebody says or thinks something."""
    return bool(_pattern("reports", language).search(skeleton(text)))


def shared(claim: str, language: Language, premise: str, premise_language: Language) -> float:
    """Return the share of the content words of a claim that stand in a premise, or an equivalent of them;
    across languages only words with known equivalents count. 1 where no word counts."""
    terms = {*analyze(premise, "tr"), *analyze(premise, "en")}
    forms = [(term, expand([term], language)) for term in analyze(claim, language)]
    counted = [{term, *others} for term, others in forms if others or language == premise_language]
    return sum(_meet(one, terms) for one in counted) / len(counted) if counted else 1.0


def _runs(text: str, language: Language) -> list[list[str]]:
    """The names of a text, those together that nothing but a space parts."""
    runs: list[list[str]] = []
    rest, at = text, 0
    for name in names(text, language):
        at = rest.index(name)
        if runs and rest[:at] == " ":
            runs[-1].append(name)
        else:
            runs.append([name])
        rest = rest[at + len(name) :]
    return runs


def _known_as(name: str, language: Language) -> set[str]:
    """The words that mean the same as a name, so far as they are known; a Turkish one may have endings."""
    own, known = skeleton(name), set(expand(analyze(name, language), language))
    for key, forms in _equivalents().items():
        if own == key or (language == "tr" and own.startswith(key)):
            known |= {key, *forms}
    return known


def _stands(name: str, language: Language, known: Collection[str], terms: Collection[str]) -> bool:
    own, equivalents = skeleton(name), _known_as(name, language)
    forms = {stem[:STEM_LETTERS] for stem in (own, *analyze(name, language), *equivalents)}
    if _meet(forms, terms):
        return True
    # A word whose counterparts are known has no others.
    return not (language == "en" and equivalents) and any(_alike(_spelling(own), word) for word in known)


def _meet(forms: Collection[str], terms: Collection[str]) -> bool:
    """Whether one of the forms is among the terms; one too short to be cut may have an ending there."""
    endless = tuple(form for form in forms if 3 <= len(form) < STEM_LETTERS)
    return any(term in forms or term.startswith(endless) for term in terms)


def _alike(name: str, word: str) -> bool:
    """Whether a word is another spelling of a name, perhaps with an ending behind it."""
    if len(name) <= _SHORT_NAME:
        return word.startswith(name)
    lengths = range(len(name) - 1, len(name) + 2)
    return max(SequenceMatcher(None, name, word[:n], autojunk=False).ratio() for n in lengths) >= _ALIKE


def _spelling(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", _SPELLING.sub(lambda match: _SPELLINGS[match.group()], word))


def _followed(text: str) -> list[tuple[list[str], str, str]]:
    """The stems of each run of names, its ending and the folded word behind it, where that is no number."""
    spans, own = words(text), set(names(text, "tr"))
    found, run = [], list[str]()
    for (start, end), (then, last) in pairwise(spans):
        word, follower = cut_suffix(text[start:end]), text[then:last]
        run = [*run, *analyze(word, "tr")] if word in own else []
        if text[end:then].strip():
            run = []
        elif run and follower[0].isalpha() and analyze(follower, "tr"):
            ending = "".join(filter(str.isalpha, skeleton(text[start:end])))[-2:]
            found.append((run, ending, skeleton(follower)))
    return found


def _openings(text: str) -> set[int]:
    """Where the first word of each sentence starts."""
    sentences = split_sentences(text)
    spans = words(text)
    return {next((s for s, _ in spans if s >= start), -1) for start, _ in sentences}


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
    if not analyze(word, language) or _month(word) is not None:
        return True
    return skeleton(word) in _no_names(language) or skeleton(word) in _values("numbers", language)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _months() -> dict[str, int]:
    return {word: n for n, both in enumerate(_table()["months"], 1) for word in both.split()}


@cache
def _values(kind: str, language: Language) -> dict[str, float]:
    return {word: float(value) for value, forms in _table()[kind][language].items() for word in forms.split()}


@cache
def _no_names(language: Language) -> frozenset[str]:
    return frozenset(_table()["no_names"][language].split())


@cache
def _equivalents() -> dict[str, tuple[str, ...]]:
    return {name: tuple(forms.split()) for name, forms in _table()["names"].items()}


@cache
def _pattern(kind: str, language: Language) -> re.Pattern[str]:
    return re.compile(_table()[kind][language].replace("_", r"\ "), re.VERBOSE)
