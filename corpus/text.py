"""Folding of text for search, one character in, one character out, right for Turkish and English.

The only place in Dipnot that changes the case of letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Final

from corpus.article import LANGUAGES, Language

FOLDING_VERSION: Final = 1

_TURKISH_UPPER: Final = {"I": "ı", "İ": "i"}
_TURKISH_TO_ASCII: Final = str.maketrans("ı", "i")
_APOSTROPHES: Final = "'’‘ʼ`´"
_DOTTED_I: Final = re.compile("i\u0307+")
# Enough for every script that the articles are written in; a text of all of Unicode must not fill the memory.
_MOST_CHARACTERS: Final = 10_000
_WORD: Final = re.compile(r"[^\W_]+(?:[" + _APOSTROPHES + r"][^\W_]+)*")


def lower(text: str, language: Language) -> str:
    """Return ``text`` in lower case by the rules of ``language``; the length never changes.

    Turkish: ``İ`` → ``i``, ``I`` → ``ı``. English: ``I`` → ``i``, and ``İ`` → ``i`` too.
    """
    return text.translate(_LOWER[language])


def capital(text: str, language: Language) -> str:
    """Return ``text`` with a capital as its first letter: ``istanbul`` is ``İstanbul`` in Turkish."""
    first = "İ" if language == "tr" and text[:1] == "i" else text[:1].upper()
    return first + text[1:]


def fold(text: str, language: Language) -> str:
    """Return ``text`` lower-cased and without circumflexes, apostrophe forms unified; same length.

    Letters that are letters of their own in Turkish (ç ğ ı ö ş ü) stay; ``â î û`` become ``a i u``.
    Combining marks stay in place, so that offsets into the folded text are offsets into ``text``.
    """
    return text.translate(_FOLD[language])


def to_ascii(text: str) -> str:
    """Return lower-cased ``text`` with Turkish letters written as people type them without
    diacritics (``ç→c``, ``ı→i`` …); same length."""
    return text.translate(_BASE).translate(_TURKISH_TO_ASCII)


def skeleton(text: str) -> str:
    """Return ``text`` in the form in which every spelling of a Turkish word meets.

    Lower case, no diacritics, ``ı`` and ``i`` the same, so that ``İSTANBUL``, ``istanbul`` and
    ``ISTANBUL`` are one; same length.
    """
    return to_ascii(lower(text, "tr"))


def words(text: str) -> list[tuple[int, int]]:
    """Return the spans of the words of ``text``; an apostrophe inside a word belongs to it."""
    return [match.span() for match in _WORD.finditer(text)]


def cut_suffix(word: str) -> str:
    """Return ``word`` up to its apostrophe: ``Moskova'da`` → ``Moskova``, ``1921'de`` → ``1921``."""
    for at, char in enumerate(word):
        if char in _APOSTROPHES and at:
            return word[:at]
    return word


def nfc(text: str) -> str:
    """Return ``text`` composed (NFC), with a dot left over by foreign lower-casing removed.

    ``"İ".lower()`` elsewhere gives ``i`` + U+0307, for which Unicode has no composed form.
    """
    return unicodedata.normalize("NFC", _DOTTED_I.sub("i", unicodedata.normalize("NFC", text)))


class _Table(dict[int, str]):
    """For ``str.translate``: what a function makes of each character, worked out when it first occurs."""

    def __init__(self, of: Callable[[str], str]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, code: int) -> str:
        made = self._of(chr(code))
        if len(self) < _MOST_CHARACTERS:
            self[code] = made
        return made


def _lower_char(char: str, language: Language) -> str:
    if char == "İ":
        return "i"
    if language == "tr" and char in _TURKISH_UPPER:
        return _TURKISH_UPPER[char]
    lowered = char.lower()
    return lowered if len(lowered) == 1 else char


def _fold_char(char: str, language: Language) -> str:
    lowered = _lower_char(char, language)
    if lowered in "çğıöşü":
        return lowered
    if lowered in _APOSTROPHES:
        return "'"
    return _base_letter(lowered)


def _base_letter(char: str) -> str:
    decomposed = unicodedata.normalize("NFD", char)
    return decomposed[0] if len(decomposed) > 1 and unicodedata.combining(decomposed[1]) else char


_LOWER: Final = {language: _Table(partial(_lower_char, language=language)) for language in LANGUAGES}
_FOLD: Final = {language: _Table(partial(_fold_char, language=language)) for language in LANGUAGES}
_BASE: Final = _Table(_base_letter)
