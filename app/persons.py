"""Where the names of persons stand in a sentence, and which of them a question may ask for."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from app.cues import nations, word_list
from app.lexicon import month
from app.question import Question
from app.signs import word_set
from app.unsaid import is_generic
from app.vocabulary import begins_sentence, case_of, key
from corpus.article import Language, Span
from corpus.text import skeleton
from index.analyzer import analyze

_FILE: Final = Path(__file__).with_suffix(".toml")
_CAPITAL: Final = "[A-ZÇĞİÖŞÜ]"
_WORD: Final = rf"(?:{_CAPITAL}\.|\({_CAPITAL}[\w-]+\)|{_CAPITAL}[\w-]+)"
# A run of words with capitals: "Ali Fuat (Cebesoy) Paşa", "Joseph C. Grew", "V.İ.Lenin".
_RUN: Final = re.compile(rf"(?<![\w'’]){_WORD}(?: ?{_WORD})*")
_PART: Final = re.compile(_WORD)
_ROMAN: Final = re.compile("[IVX]+")
# The endings of a people: "Ermenilerin", "Türklere".
_PLURAL: Final = re.compile(r"\w{3,}l[ae]r(?:[iu]n?|[dt][ae]n?|y?[ae]|l[ae]|s)?")
_CASE: Final = "(?:l[ae]r)?(?:n?[iu]n?|[dt][ae]n?|y?[ae]|l[ae]|s)?"
_PERSON_ROLES: Final = {
    "kime": ("to",),
    "kimden": ("from",),
    "kiminle": ("with", ""),
    "kimi": ("object",),
    "kimin": ("of", ""),
    "kim": ("of", ""),
}
# "Kim" that asks who somebody is tells no case of the name.
_ASKS_WHOM: Final = re.compile(r"\bkim(?:e|den|inle|i|in)?\b(?!\W*$| var)")
# Before a name that is not who did it.
_BESIDE_WHO: Final = re.compile(r"\b(?:to|with|against|from) $")
_NEIGHBOUR: Final = re.compile(r"(?:['’]\w+)?(?:, | ve | ile | and |, and | or | veya )$")


def asked_persons(question: Question, text: str) -> list[Span]:
    """Return where persons stand that a question may ask for: in its case, and not several side by side."""
    asked = skeleton(question.text)
    spans = [
        span
        for span in persons(text, question.language)
        if not (asked.startswith("who ") and _BESIDE_WHO.search(text[: span[0]]))
    ]
    asks = _ASKS_WHOM.search(asked)
    roles = _PERSON_ROLES.get(asks.group(), ()) if asks else ()
    return [span for span in alone(spans, text) if not roles or _case(text, span) in roles]


def alone(spans: list[Span], text: str) -> list[Span]:
    """Return the spans that are not one of several side by side: "Yusuf Kemal, Rıza Nur ve Ali Fuat"."""
    return [
        span
        for i, span in enumerate(spans)
        if not (i and _NEIGHBOUR.match(text[spans[i - 1][1] : span[0]]))
        and not (i + 1 < len(spans) and _NEIGHBOUR.match(text[span[1] : spans[i + 1][0]]))
    ]


def persons(text: str, language: Language) -> list[Span]:
    """Return where persons may stand, with their titles: "Ali Fuat (Cebesoy) Paşa".

    Offices are left out ("Dışişleri Bakanı"), so are endings behind an apostrophe. Single words are among
    them, where they do not begin a sentence ("Çiçerin"); those may also be names of something else.
    """
    found = []
    for run in _RUN.finditer(text):
        name: list[re.Match[str]] = []
        for part in [*_PART.finditer(text, *run.span()), None]:
            if part and not _is_no_person(part.group(), language):
                name.append(part)
                continue
            if _is_name([one.group() for one in name], begins_sentence(text, run.start())):
                found.append((name[0].start(), name[-1].end()))
            name = []
    return found


def is_title(word: str) -> bool:
    """Return whether a word is a title that belongs to a name: "Paşa", "Colonel"."""
    folded = skeleton(word)
    return folded in word_list("titles") | _words("titles") and folded not in _words("offices")


def _case(text: str, span: Span) -> str:
    """What the ending behind a name says, or the word behind it."""
    rest = re.match(r"['’]\w+", text[span[1] :])
    if text[span[1] :].startswith(" ile "):
        return "with"
    return case_of(text[slice(*span)].split()[-1] + rest.group()) if rest else ""


def _is_name(name: list[str], begins: bool) -> bool:
    """Whether there is more than titles and initials; and more than one word at the beginning."""
    full = [word for word in name if not (word.endswith(".") or is_title(word) or word.startswith("("))]
    return bool(full) and not name[-1].endswith(".") and (len(name) > 1 or not begins)


def _is_no_person(word: str, language: Language) -> bool:
    folded = skeleton(word.strip("()"))
    if word.endswith(".") or is_title(word):
        return False
    return (
        not folded.isalpha()
        or (word.isupper() and len(word) > 1)
        or bool(_ROMAN.fullmatch(word) or month(word) or _PLURAL.fullmatch(folded))
        or folded in word_set("no_persons") | _words("offices")
        or key(folded) in _words("others")
        or is_generic(folded, language)
        or bool(_nation().fullmatch(folded))
        or not analyze(word, language)
    )


@cache
def _nation() -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(sorted(nations('tr') | nations('en')))}){_CASE}")


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(tomllib.loads(_FILE.read_text(encoding="utf-8"))[name].split())
