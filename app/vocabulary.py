"""What the articles know: their words, which of them are names, and which of those are places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from corpus.article import Article, Language
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import STEM_LETTERS, analyze
from index.synonyms import expand

YEAR: Final = re.compile(r"((?:1[4-9]|20)\d\d)(?!\d)")
# English words that do the work of a Turkish case.
PREPOSITIONS: Final = {
    "into": "to",
    "at": "in",
    **{word: word for word in "to in from of with by for about against".split()},
}
# The case of a Turkish name, by what follows its apostrophe, as the English word that does its work.
_CASES: Final = {
    "to": re.compile(r"y?[ae]$"),
    "in": re.compile(r"[dt][ae](?:ki)?$"),
    "from": re.compile(r"[dt][ae]n$"),
    "of": re.compile(r"n?[iu]n$"),
    "with": re.compile(r"y?l[ae]$"),
    "object": re.compile(r"[yn]?[iu]$"),
}
# A word is a name where so many of its places, the beginnings of sentences aside, have a capital.
_MOSTLY: Final = 0.8
# Text with so many capitals tells nothing of names.
_MOST_CAPITALS: Final = 0.6


class Vocabulary:
    """What the articles know: their words, which of them are names, and which of those are places."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._capital: Counter[str] = Counter()
        self._every: Counter[str] = Counter()
        self._places: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        self._words: dict[Language, set[str]] = {"tr": set(), "en": set()}
        for article in articles:
            for sentence in article.sentences:
                self._read(sentence.text, article.block_by_id[sentence.block].language)
                self._read(sentence.translation, "en")

    def is_name(self, word: str) -> bool:
        """Return whether the articles write a word with a capital, whatever its ending."""
        known = key(word)
        return self._every[known] > 0 and self._capital[known] >= _MOSTLY * self._every[known]

    def is_place(self, word: str) -> bool:
        """Return whether something is, in the articles, in or from what is called so."""
        return key(word) in self._places

    def is_one_name(self, one: str, other: str) -> bool:
        """Return whether two names side by side may be one: "Mustafa Kemal", but not "Lenin Stalin"."""
        return (key(one), key(other)) in self._pairs or not (self.is_name(one) or self.is_name(other))

    def knows(self, word: str, language: Language) -> bool:
        """Return whether the articles, or the lexicon of equivalent words, have a word."""
        terms = analyze(word, language)
        return not terms or bool(expand(terms, language)) or not self._words[language].isdisjoint(terms)

    def _read(self, text: str, language: Language) -> None:
        self._words[language].update(analyze(text, language))
        if is_in_capitals(text):
            return
        before = ""
        for start, end in words(text):
            word = text[start:end]
            is_capital = word[0].isupper()
            if not begins_sentence(text, start):
                self._every[key(word)] += 1
                self._capital[key(word)] += is_capital
                role = case_of(word) if language == "tr" else PREPOSITIONS.get(before, "")
                if is_capital and role in ("in", "from"):
                    self._places.add(key(word))
            if is_capital and before[:1].isupper() and text[start - 1] in " -":
                self._pairs.add((key(before), key(word)))
            before = word


@lru_cache(maxsize=65536)
def key(word: str) -> str:
    """Return what a word is compared by, whatever its ending: its first letters, folded; a number whole."""
    base = skeleton(cut_suffix(word))
    year = YEAR.match(base)
    return year.group(1) if year else base if base.isdigit() else base[:STEM_LETTERS]


def is_in_capitals(text: str) -> bool:
    """Return whether a text is written in capital letters."""
    letters = [char for char in text if char.isalpha()]
    return sum(char.isupper() for char in letters) > _MOST_CAPITALS * len(letters)


def begins_sentence(text: str, start: int) -> bool:
    """Return whether a sentence begins at an offset."""
    before = text[:start].rstrip(" \n\"'“”‘’([")
    return not before or before[-1] in ".!?:…"


def case_of(word: str) -> str:
    """Return what the ending of a Turkish name behind its apostrophe says: "to", "in" …, or "" for none."""
    ending = skeleton(word)[len(cut_suffix(word)) + 1 :]
    return next((role for role, pattern in _CASES.items() if pattern.match(ending)), "") if ending else ""
