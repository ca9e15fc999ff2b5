"""The value that a question asks for, in the sentence that says it: a date, a number, a person, a place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.cues import cue, nations, word_list
from app.lexicon import month, multiplier, number, split_number
from app.persons import alone, asked_persons
from app.question import Question
from app.shape import REFERENCE
from app.signs import sentence_signs
from app.unsaid import is_generic
from corpus.article import Language, Span
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import analyze, analyze_query
from index.reading import Reading
from index.synonyms import expand

_CAPITAL: Final = "[A-ZÇĞİÖŞÜ]"
_YEARS: Final = r"(?:1[4-9]|20)\d\d"
_NUMERIC_DATE: Final = re.compile(rf"\b\d{{1,2}}[./]\d{{1,2}}[./]{_YEARS}\b")
_YEAR: Final = re.compile(rf"\b{_YEARS}(?:[-–](?:{_YEARS}|\d\d))?\b")
_IN_YEAR: Final = re.compile(
    rf"\b{_YEARS}(?=[-–]\d|['’ ]+(?:yıl|sene|de|da|te|ta)|,? [\w’']+ (?:ayı|yılı))"
    rf"|\b(?:in|of|since) {_YEARS}\b"
)
_BEHIND: Final = re.compile(rf",? {_YEARS}\b")
_AMOUNT: Final = re.compile(
    r"(?:yüzde |% ?)?(?<![\w.,])\d+(?:[.,]\d+)*(?: \d{3}\b)*(?!\w)"
    r"(?! ?['’](?:[ıiuü]?nc|st|nd|rd|th))(?: ?%)?(?: (?:bin|milyon|milyar)(?=\w{0,4}\b))?"
)
_HALF: Final = ("bucuk", "half")
# What is a number by itself only before what is counted.
_SMALL: Final = ("bir", "one", "a", "bin", "yuz", *_HALF)
_ORDINAL: Final = re.compile(r"\w+nc[iu]\w*|first|second|third|\w+th")
# A name with the ending of a place: "Paris'te", "Odesa'da"; in English one behind "in", "at", "from" or "to".
_PLACES: Final[dict[Language, re.Pattern[str]]] = {
    "tr": re.compile(rf"\b(?P<name>{_CAPITAL}[\w-]+)['’](?P<role>[dt][ae]n|[dt][ae](?:ki)?|y?[ae])\b"),
    "en": re.compile(rf"\b(?P<role>in|at|from|to) (?P<name>{_CAPITAL}[\w-]+(?: {_CAPITAL}[\w-]+)*)"),
}
_ASKS_YEAR: Final = re.compile(r"\bhangi yil|\b(?:what|which) year\b")
_ASKS_COUNTRY: Final = re.compile(r"\bhangi ulke|\b(?:what|which) country\b")
_ASKS_SEVERAL: Final = re.compile(
    r"\b(?:kimler|nereler|nereden nereye|hangi ulke ve )"
    r"|\b(?:hangi|which) \w+(?:l[ae]r\w*|[^s]s)\b|\bwho were\b|\bhangi \w+l[iu]g"
)
_ASKS_COUNT: Final = re.compile(r"\b(?:kac|how many)\b")
_ASKS_RANK: Final = re.compile(r"\bkacinc|\b(?:which|what) (?:article|rank)\b")
# What is asked for, by the ending of the asking word or the verb in English, and the endings of its answers.
_ROLES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (
        re.compile(r"\bnereden\b|\bhangi \w+[dt][ae]n\b|\bfrom (?:where|which|what)\b|\bwhere\b.*\bfrom\b"),
        "from",
    ),
    (
        re.compile(
            r"\bnereye\b|\bhangi \w+(?:y[ae]|n[ae]|r[ea])\b|\bwhere\b.*\b(?:go|going|sent?|move|travel)\b"
        ),
        "to",
    ),
    (re.compile(r"\bnerede|\bhangi \w+[dt][ae]\b|\bwhere\b|\b(?:in|at) (?:which|what)\b"), "in"),
)
_ENDINGS: Final = {
    "in": re.compile("[dt][ae](?:ki)?|in|at"),
    "from": re.compile("[dt][ae]n|from"),
    "to": re.compile("y?[ae]|to"),
}
_SHORT: Final = 5
# A word of the question so near, in characters, counts half of what one beside the value does; one behind
# the boundary of a clause half of that; in Turkish one before the value too, which stands before its verb.
_NEAR: Final = 20
# The words of the question must speak so many times more for the value than for the next one.
_SURE: Final = 1.4
# What a reader names is set off where it is so sure of it, and where it is no longer, in characters.
_PROBABLE: Final = 0.5
_LONGEST: Final = 60
# Kinds of question that one value answers.
_VALUES: Final = ("date", "number", "place", "person")


def find_value(question: Question, text: str) -> Span | None:
    """Return where in a sentence the value stands that the question asks for, or None.

    None where it asks for none or for several, and where none can be told for sure: of several values
    that the question does not name itself, the one must clearly stand nearer to its words.
    """
    asked = skeleton(question.text)
    if _ASKS_SEVERAL.search(asked) or (question.type == "number" and _ASKS_RANK.search(asked)):
        return None
    spans = sorted({span for span in _values(question, text) if not _is_named(text[slice(*span)], asked)})
    if len(spans) < 2:
        return _sure(question, text, spans[0]) if spans else None
    places = _places(question, text)
    weighed = [(_weight(span, places, text, question.language), span) for span in spans]
    (best, span), (second, _) = sorted(weighed, reverse=True)[:2]
    return _sure(question, text, span) if best > _SURE * second else None


def read_value(question: Question, reading: Reading | None, read: str, text: str) -> Span | None:
    """Return where the words that a reader names stand in a sentence as it is shown, or None.

    ``read``: the sentence as the reader was given it. None where no one value is asked for, where the reader
    is not sure, and where it names what the question says already.
    """
    asked = skeleton(question.text)
    if reading is None or question.type not in _VALUES or _ASKS_SEVERAL.search(asked):
        return None
    words_read = _whole_words(read, reading.span)
    is_telling = 0 < len(words_read) <= _LONGEST and not _is_named(words_read, asked)
    if reading.probability < _PROBABLE or not is_telling or text.count(words_read) != 1:
        return None
    start = text.index(words_read)
    return start, start + len(words_read)


def _whole_words(text: str, span: Span) -> str:
    """A part of a text, widened to where its first and last words begin and end, or an apostrophe stands."""
    start, end = span
    while 0 < start < end and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while start < end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return text[start:end].strip()


def set_off(text: str, span: Span | None) -> str:
    """Return a text with a part of it in bold: "on **16 March 1921**"."""
    if span is None:
        return text
    start, end = span
    return f"{text[:start]}**{text[start:end]}**{text[end:]}"


def _values(question: Question, text: str) -> Iterable[Span]:
    """Where values of the kind asked for stand, references in brackets left out."""
    bare = REFERENCE.sub(lambda match: " " * len(match.group()), text)
    if question.type == "date":
        return alone(_dates(bare, is_year=bool(_ASKS_YEAR.search(skeleton(question.text)))), bare)
    if question.type == "number":
        return _numbers(bare, question)
    if question.type == "place":
        return _place_names(bare, question)
    if question.type == "person":
        return asked_persons(question, bare)
    return ()


# Dates


def _dates(text: str, is_year: bool) -> list[Span]:
    """Where dates stand, with their years; years where there are no others, or they are asked for."""
    years = [match.span() for match in _YEAR.finditer(text)]
    return years if is_year else _whole_dates(text) or years


def _whole_dates(text: str) -> list[Span]:
    worded = [_with_year(text, match.span()) for match in sentence_signs()["date"].finditer(skeleton(text))]
    return [*worded, *(match.span() for match in _NUMERIC_DATE.finditer(text))]


def _with_year(text: str, span: Span) -> Span:
    behind = _BEHIND.match(text, span[1])
    return (span[0], behind.end() if behind else span[1])


# Numbers


def _numbers(text: str, question: Question) -> list[Span]:
    """Where amounts stand, in digits or in words; those before what is counted, where that is told.

    A number like a year ("1500 kılıç") counts only there.
    """
    taken = [*_whole_dates(text), *(match.span() for match in _IN_YEAR.finditer(text))]
    spans = [
        span
        for span in _amounts(text, question.language)
        if not any(start <= span[0] < end for start, end in taken)
    ]
    counted = _counted(question)
    shared = [len(counted & set(_following(text, span, question.language))) for span in spans]
    if most := max(shared, default=0):
        return [span for span, count in zip(spans, shared, strict=True) if count == most]
    return [
        span
        for span in spans
        if not _YEAR.fullmatch(text[slice(*span)]) and _is_telling(text[slice(*span)], question.language)
    ]


def _is_telling(amount: str, language: Language) -> bool:
    """Whether an amount is in digits or large."""
    return any(word[0].isdigit() or word[0] == "%" or _is_large(word, language) for word in amount.split())


def _amounts(text: str, language: Language) -> Iterator[Span]:
    """Runs of numbers: digits ("20 000"), words ("üç buçuk"), both ("150 milyon")."""
    digits = [match.span() for match in _AMOUNT.finditer(text)]
    spelt = [
        (start, end)
        for start, end in words(text)
        if _is_number(text[start:end], language) and not any(s < end and start < e for s, e in digits)
    ]
    run: Span | None = None
    for start, end in sorted([*digits, *spelt]):
        if run and text[run[1] : start] in (" ", "-"):
            run = (run[0], end)
            continue
        if run and skeleton(text[slice(*run)]) not in _SMALL:
            yield run
        run = (start, end)
    if run and skeleton(text[slice(*run)]) not in _SMALL:
        yield run


def _is_number(word: str, language: Language) -> bool:
    folded = skeleton(cut_suffix(word))
    if _ORDINAL.fullmatch(folded):
        return False
    return folded in _HALF or number(word, language) is not None or _is_large(word, language)


def _is_large(word: str, language: Language) -> bool:
    is_one_of_two = language == "tr" and len(split_number(word)) > 1
    return is_one_of_two or multiplier(word, language) is not None


def _counted(question: Question) -> set[str]:
    """The terms of what is counted: of the two words behind "kaç" or "how many"."""
    asks = _ASKS_COUNT.search(skeleton(question.text))
    behind = question.text[asks.end() :].split()[:2] if asks else []
    terms = analyze_query(" ".join(behind), question.language)
    return {*terms, *expand(terms, question.language)}


def _following(text: str, span: Span, language: Language) -> list[str]:
    """The terms of the two words behind a span."""
    return analyze(" ".join(text[span[1] :].split()[:2]), language)


# Places and persons


def _place_names(text: str, question: Question) -> list[Span]:
    """Where names stand in, to or from which something is; states only where a country is asked for."""
    asked = skeleton(question.text)
    role = next((role for pattern, role in _ROLES if pattern.search(asked)), None)
    if role is None:
        return []
    states = nations("tr") | nations("en")
    found = []
    for match in _PLACES[question.language].finditer(text):
        name, folded = match["name"], skeleton(match["name"])
        is_place = not (name.isupper() or month(name.split()[0]) or is_generic(folded.split()[-1], "en"))
        fits = bool(_ENDINGS[role].fullmatch(skeleton(match["role"])))
        if is_place and fits and (folded in states) == bool(_ASKS_COUNTRY.search(asked)):
            found.append(match.span("name"))
    return found


def _sure(question: Question, text: str, span: Span) -> Span | None:
    """The span, if it is no single word that may name a person or anything else."""
    is_single = question.type == "person" and not re.search("[ .]", text[slice(*span)])
    return None if is_single else span


# The words of the question


def _is_named(value: str, asked: str) -> bool:
    """Whether a question names a value itself; of a name one of its words is enough."""
    folded = skeleton(value).strip("().")
    parts = [part.strip("().") for part in folded.split() if part not in word_list("titles")]
    own = [folded] if any(char.isdigit() for char in folded) else [part for part in parts if len(part) > 2]
    # A short word may be the beginning of another ("Ali", "alındı").
    return any(re.search(rf"\b{re.escape(one)}" + r"\b" * (len(one) < _SHORT), asked) for one in own)


def _places(question: Question, text: str) -> list[int]:
    """Where words of the question, or equivalent ones, stand in a sentence."""
    language: Language = question.language
    asked = set(analyze_query(question.text, language))
    asked |= set(expand(sorted(asked), language))
    return [
        start
        for start, end in words(text)
        if not asked.isdisjoint(analyze_query(cut_suffix(text[start:end]), language))
    ]


def _weight(span: Span, places: Iterable[int], text: str, language: Language) -> float:
    """How much the words of the question, by where they stand, speak for a value."""
    folded = skeleton(text)
    weight = 0.0
    for place in places:
        if span[0] <= place < span[1]:
            continue
        gap = folded[span[1] : place] if place > span[0] else folded[place : span[0]]
        parted = len(cue(language, "boundary").findall(gap))
        is_before = language == "tr" and place < span[0]
        weight += 0.5 ** (parted + is_before) / (_NEAR + len(gap))
    return weight
