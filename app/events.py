"""What happens in a sentence and to what: acts, agreements and places, by the signs of disagreements.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from app.cues import nations, word_list
from app.vocabulary import Vocabulary, case_of, key
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import analyze
from index.synonyms import expand

_FILE: Final = Path(__file__).with_name("disagreements.toml")
# So many words stand before the head of a name: "Dostluk ve Tarafsızlık (Saldırmazlık) Antlaşması".
_NAME_WORDS: Final = 5
# "Moskova Antlaşması hangi tarihlidir?"
_DATE_OF: Final = re.compile(r"\btarihi\b|\btarihli")
# "(Kurat, 1993: 118)", "(Bilge, 1992, s. 105)".
_REFERENCE: Final = re.compile(r"\([^()]*\b(?:1[4-9]|20)\d\d[a-z]?\s*[:,][^()]*\)")
_BRACKET: Final = re.compile(r"^\s*\(")


@dataclass(frozen=True)
class Event:
    """An act and one thing that it is done to: ("sign", "treaty", "gumru"), ("take", "", "kars")."""

    act: str
    kind: str
    name: str


def without_references(text: str) -> str:
    """Return a text with blanks where its references to sources in brackets stand: these tell of no event."""
    return _REFERENCE.sub(lambda match: " " * len(match.group()), text)


def acts_of(text: str) -> list[str]:
    """Return the acts that a text speaks of, in their order."""
    folded = skeleton(text)
    found = [(*match.span(), act) for act, pattern in _acts().items() for match in pattern.finditer(folded)]
    # One act at one place, that which stands first in the table: "de imzaladı" is not also a signing.
    own = [
        (start, act)
        for n, (start, end, act) in enumerate(found)
        if not any(start < stop and first < end for first, stop, _ in found[:n])
    ]
    return list(dict.fromkeys(act for _, act in sorted(own)))


def agreement(text: str, vocabulary: Vocabulary) -> tuple[str, frozenset[str], int]:
    """Return the kind, the names and the place of the first agreement a text names; ("", {}, -1) for none.

    A second name in brackets counts: "Türk-Sovyet Dostluk Antlaşması (Moskova Antlaşması)".
    """
    spans = words(text)
    for n, (start, end) in enumerate(spans):
        kind = _kind(text[start:end])
        if not kind:
            continue
        names = _names_before(text, spans, n, vocabulary)
        if _BRACKET.match(text[end:]):
            _, others, _ = agreement(text[end:].split(")")[0], vocabulary)
            names |= others
        return kind, frozenset(names), start
    return "", frozenset(), -1


def events_asked(question: str, vocabulary: Vocabulary) -> frozenset[Event]:
    """Return the events whose date a Turkish question may ask for."""
    acts = acts_of(question)
    kind, names, _ = agreement(question, vocabulary)
    is_asked = "sign" in acts or bool(_DATE_OF.search(skeleton(question)))
    found = {Event("sign", kind, name) for name in names} if is_asked else set()
    if "take" in acts:
        found |= {Event("take", "", name) for name in places(question, vocabulary)}
    return frozenset(found)


def own_names(text: str, vocabulary: Vocabulary) -> frozenset[str]:
    """Return the terms of the names of a Turkish text, peoples, states and titles aside."""
    found = set()
    for start, end in words(text):
        word = text[start:end]
        if word[0].isupper() and _is_own_name(word, vocabulary):
            found.add(canonical(word))
    return frozenset(found - {""})


def places(text: str, vocabulary: Vocabulary) -> set[str]:
    """Return the terms of the places of a Turkish text that something may be done to: of "Kars ve Gümrü'yü",
    but not of "Ankara'dan"."""
    tokens = [text[start:end] for start, end in words(text)]
    return {
        canonical(word)
        for word in tokens
        if word[0].isupper()
        and case_of(word) in ("", "object")
        and vocabulary.is_place(word)
        and _is_own_name(word, vocabulary)
        and skeleton(cut_suffix(word)) not in word_list("titles")
    } - {""}


def _is_own_name(word: str, vocabulary: Vocabulary) -> bool:
    return vocabulary.is_name(word) and not is_nation(word) and not _kind(word)


def canonical(word: str) -> str:
    """Return the term in which the spellings of a name meet: "Sevr", "Sevres"."""
    terms = analyze(word, "tr")
    return min([*terms[:1], *expand(terms[:1], "tr")], default="")


def nations_of(text: str) -> frozenset[str]:
    """Return the peoples and states that a text names, those under one name that stand for one another."""
    found = set()
    for start, end in words(text):
        word = cut_suffix(text[start:end])
        if word[0].isupper() and is_nation(word):
            known = key(word)
            found.add(_nation_groups().get(known, known))
    return frozenset(found)


def is_nation(word: str) -> bool:
    """Return whether a word is the name of a people or a state, whatever its ending."""
    return key(word) in _nation_keys() or key(word) in _nation_groups()


def _kind(word: str) -> str:
    folded = skeleton(cut_suffix(word))
    return next((kind for start, kind in _agreements().items() if folded.startswith(start)), "")


def _names_before(text: str, spans: list[tuple[int, int]], head: int, vocabulary: Vocabulary) -> set[str]:
    found = set()
    for start, end in reversed(spans[max(0, head - _NAME_WORDS) : head]):
        word = text[start:end]
        if not word[0].isupper() and word != "ve":
            break
        if cut_suffix(word) == word and _is_own_name(word, vocabulary):
            found.add(canonical(word))
    return found - {""}


@cache
def _acts() -> dict[str, re.Pattern[str]]:
    return {act: re.compile(p.replace("_", r"\ "), re.VERBOSE) for act, p in _table()["acts"].items()}


@cache
def _agreements() -> dict[str, str]:
    return {start: kind for kind, starts in _table()["agreements"].items() for start in starts.split()}


@cache
def _nation_keys() -> frozenset[str]:
    return frozenset(key(word) for word in nations("tr"))


@cache
def _nation_groups() -> dict[str, str]:
    return {start: name for name, starts in _table()["nations"].items() for start in starts.split()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
