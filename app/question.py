"""The question as a text: checked, in a language, of a type."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from app.signs import question_signs, word_set
from corpus.article import Article, Language
from corpus.errors import QuestionError
from corpus.text import cut_suffix, nfc, skeleton, words

LONGEST: Final = 2000

QuestionType = Literal[
    "date",
    "number",
    "person",
    "biography",
    "place",
    "reason",
    "list",
    "definition",
    "comparison",
    "quotation",
    "other",
]

_TURKISH_ENDING: Final = re.compile(
    r"(?:lari|leri|lar|ler|nin|nun|inin|unun|daki|deki|dan|den|tan|ten|miştir|mistir|mustur|ildi|andi|endi|"
    r"iyor|uyor|acak|ecek|ligi|lugu|masi|mesi)$"
)


@dataclass(frozen=True)
class Question:
    """A readable question: its text, the language of the answer, and what it asks for."""

    text: str
    language: Language
    type: QuestionType

    @property
    def is_broad(self) -> bool:
        """Whether an answer may be longer: lists, comparisons, reasons."""
        return self.type in ("list", "comparison", "reason")


def clean(text: str) -> str:
    """Return the question as one line of composed text.

    Raises QuestionError when it is empty or holds what no keyboard types: control characters other
    than white space, or half of a surrogate pair.
    """
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise QuestionError("The question holds a broken character (half of a surrogate pair).")
    if any(unicodedata.category(char) == "Cc" and not char.isspace() for char in text):
        raise QuestionError("The question holds control characters; write it as plain text.")
    line = " ".join(nfc(text).split())
    if not line:
        raise QuestionError("The question is empty.")
    return line


def is_askable(text: str) -> bool:
    """Whether the text has a word to look for: at least two letters or digits."""
    return sum(char.isalnum() for char in text) >= 2


def type_of(text: str) -> QuestionType:
    """Return what a question asks for."""
    folded = skeleton(text)
    for kind, pattern in question_signs().items():
        if pattern.search(folded):
            return cast(QuestionType, kind)
    return "other"


class LanguageDetector:
    """Tells Turkish (with or without diacritics) from English.

    Function words and endings decide; where they do not, as in key words, the vocabularies of the
    Turkish and the English text of the articles do, and at last Turkish.
    """

    def __init__(self, articles: Iterable[Article]) -> None:
        found: dict[Language, Counter[str]] = {"tr": Counter(), "en": Counter()}
        for article in articles:
            for block in article.blocks:
                found[block.language].update(_folded_words(block.text))
        self._shares = {
            language: {word: count / own.total() for word, count in own.items()}
            for language, own in found.items()
        }

    def detect(self, text: str) -> Language:
        """Return "tr" or "en"."""
        own = _folded_words(text)
        english, turkish = telling_words(own)
        if any(char in "ğışİŞĞ" for char in _without_names(text)):
            turkish += 1
        if english != turkish:
            return "en" if english > turkish else "tr"
        # English titles stand in Turkish notes, Turkish names in English text: what counts is where a word
        # is the more frequent.
        leaning = [self._share("en", word) - self._share("tr", word) for word in own]
        more_english = sum(share > 0 for share in leaning)
        return "en" if more_english > sum(share < 0 for share in leaning) else "tr"

    def _share(self, language: Language, word: str) -> float:
        return self._shares[language].get(word, 0.0)


def telling_words(folded: Sequence[str]) -> tuple[int, int]:
    """Return how many of some folded words tell English, and how many Turkish."""
    english = sum(word in word_set("english") for word in folded)
    turkish = sum(word in word_set("turkish") or bool(_TURKISH_ENDING.search(word)) for word in folded)
    return english, turkish


def _folded_words(text: str) -> list[str]:
    return [skeleton(cut_suffix(text[start:end])) for start, end in words(text)]


def _without_names(text: str) -> str:
    """The words that do not begin with a capital: names keep their letters in any language."""
    return " ".join(word for word in text.split() if not word[0].isupper())
