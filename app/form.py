"""What is wrong with the form of a written sentence, before what it says is compared with anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from app.claims.reading import without_references
from app.drafting import Sentence
from app.generators.special_tokens import SPECIAL_TOKEN
from app.verify import DropReason
from corpus.article import Language
from corpus.text import nfc, skeleton

_LONGEST_WORDS: Final = 60
# The longest words of the articles have thirty letters, the usual ones seven.
_LONGEST_LETTERS: Final = 12 * _LONGEST_WORDS
# Fewer words do not tell their language.
_TELLING_WORDS: Final = 5
_LINK: Final = re.compile(r"https?:|www\.|<[a-z/!]|!\[|\]\(", re.IGNORECASE)
# "evil.example", "x.com": but not "V.İ.Lenin", "a.g.e.", "1.5".
_HOST: Final = re.compile(r"(?:[^\W_]{2,}|[^\W_A-ZÇĞİÖŞÜ])\.[^\W\d_]{2,}")
# Latin letters, digits and the signs of plain sentences; any other sign must stand in the sources.
_STRANGE: Final = re.compile(r"""[^A-Za-z0-9À-ÖØ-öø-ɏ\s.,;:!?…'"‘’“”«»()%–—-]""")
# A sentence says something by more than names and numbers; one that ends so announces what does not follow.
_PLAIN_WORD: Final = re.compile(r"(?<![^\W\d_])[^\W\d_A-ZÇĞİÖŞÜ][^\W\d_]+")
_ANNOUNCES: Final = (":", ";", ",")
# What a model says of what it was given, in folded words.
_OF_THE_TASK: Final = {
    "tr": re.compile(r"\b(?:kaynak(?:lar|ta|ca|lara)?|soru(?:da|ya|nun)?|yanit(?:ta|i)?)\b"),
    "en": re.compile(r"\b(?:sources?|question|answer|passages?)\b"),
}


def form_fault(
    sentence: Sentence, language: Language, cited: Sequence[str], detect: Callable[[str], str]
) -> DropReason | None:
    """Return what is wrong with the form of a sentence; ``cited``: the texts that it rests on.

    A sign or an address that no source has comes from elsewhere: a link, a role of the conversation, a
    script that the answer is not written in, a character that nobody sees.
    """
    words = sentence.text.split()
    if not sentence.numbers:
        return "no citation"
    if (
        not sentence.is_whole
        or len(words) > _LONGEST_WORDS
        or len(sentence.text) > _LONGEST_LETTERS
        or sentence.text.rstrip().endswith(_ANNOUNCES)
        or not _PLAIN_WORD.search(without_references(sentence.text))
        or _speaks_of_the_task(sentence.text, language, cited)
        or _has_foreign_signs(nfc(sentence.text), nfc("\n".join(cited)))
    ):
        return "not a sentence"
    if len(words) >= _TELLING_WORDS and detect(sentence.text) != language:
        return "another language"
    return None


def _speaks_of_the_task(text: str, language: Language, cited: Sequence[str]) -> bool:
    there = skeleton("\n".join(cited))
    return any(word not in there for word in _OF_THE_TASK[language].findall(skeleton(text)))


def _has_foreign_signs(text: str, cited: str) -> bool:
    if _LINK.search(text) or SPECIAL_TOKEN.search(text):
        return True
    return any(found not in cited for found in (*_STRANGE.findall(text), *_HOST.findall(text)))
