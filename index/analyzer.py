"""The lexical analyser: the words by which Turkish and English text is found.

Turkish words are cut at their apostrophe, folded so that diacritics do not matter, and shortened
to their first five letters: Turkish endings only ever follow the stem, and five letters beat the
heavier stemmers on Turkish retrieval (Can et al., "Information retrieval on Turkish texts", JASIST
59(3), 2008). English words are stemmed by Snowball.
"""

from __future__ import annotations

import re
import threading
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from corpus.article import Language
from corpus.text import cut_suffix, lower, skeleton, to_ascii, words

ANALYZER_VERSION: Final = 3
STEM_LETTERS: Final = 5
_STEMMING: Final = threading.Lock()
# "T.B.M.M.'nin" and "TBMM'nin" are one word.
_DOTTED: Final = re.compile(r"(?:[A-ZÇĞİÖŞÜ]\.){2,}[A-ZÇĞİÖŞÜ]\b\.?")


def analyze(text: str, language: Language) -> list[str]:
    """Return the index terms of ``text`` in order; stop words and single letters are left out."""
    text = _DOTTED.sub(lambda match: match.group().replace(".", ""), text)
    return [term for start, end in words(text) if (term := _term(cut_suffix(text[start:end]), language))]


def analyze_query(text: str, language: Language) -> list[str]:
    """Return the terms to look up for a question in ``language``.

    An English question is analysed both ways, so that names and numbers meet Turkish passages.
    """
    terms = analyze(text, language)
    if language == "en":
        english = set(terms)
        stop = _stop_words()["en"]
        terms += [
            term
            for start, end in words(text)
            if lower(word := cut_suffix(text[start:end]), "en") not in stop
            and (term := _term(lower(word, "en"), "tr"))
            and term not in english
        ]
    return terms


@lru_cache(maxsize=65536)
def _term(word: str, language: Language) -> str:
    if language == "tr":
        base = skeleton(word)
        if base in _stop_words()["tr"] or _is_letter(base):
            return ""
        return base if base.isdigit() else base[:STEM_LETTERS]
    base = to_ascii(lower(word, "en"))
    if base in _stop_words()["en"] or _is_letter(base):
        return ""
    # A stemmer holds the word it is at: two threads in one would mix their words.
    with _STEMMING:
        return str(_english().stemWord(base))


def _is_letter(word: str) -> bool:
    """Whether a word is a single letter: an initial, or what is left of a mark-up tag."""
    return len(word) == 1 and not word.isdigit()


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    table = tomllib.loads(Path(__file__).with_name("stopwords.toml").read_text(encoding="utf-8"))
    return {language: frozenset(table[language].split()) for language in ("tr", "en")}


@cache
def _english() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
