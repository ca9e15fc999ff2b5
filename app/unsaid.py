"""What of a question the evidence does not speak of: its names, dates and numbers; and its words that stand
nowhere in the articles."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from app.cues import cue, heads, word_list
from app.lexicon import month, no_names, number, other_names
from app.names import missing_names, names, spelling
from app.quantities import MONTH_ENDING, ROMAN, Part, quantities
from app.vocabulary import Vocabulary, is_in_capitals, key
from corpus.article import Language
from corpus.text import capital, cut_suffix, skeleton, words
from index.analyzer import analyze

_LEAST_LETTERS: Final = 3
_FILE: Final = Path(__file__).with_suffix(".toml")
# The ending of a month that has no apostrophe: "martta".
_ENDING: Final = re.compile(f"{MONTH_ENDING}$")
_IS_WHO: Final = re.compile(r"\skim(?:dir|di)?\s*\W*$")


def unsaid(text: str, language: Language, said: str, vocabulary: Vocabulary) -> list[str]:
    """Return the names, dates and numbers of a question of which a text does not speak.

    In the order and spelling of the question, without a suffix behind an apostrophe; names side by side are
    one. ``said``: the evidence in Turkish and English, joined; another spelling, an equivalent or the name
    in the other language counts as said. ``vocabulary`` tells names that are typed without a capital.
    Left out are numbers up to 2, centuries, months alone and small numbers in words.
    """
    text, said = _without_marks(text), _without_marks(said)
    parts = [*quantities(text, language, said), *_names(text, language, said, vocabulary)]
    return _phrases(text, [part for part in sorted(parts) if not part.is_said], vocabulary)


def unknown_words(text: str, language: Language, vocabulary: Vocabulary) -> list[str]:
    """Return the words of a question that stand nowhere in the articles, nor an equivalent of them: names
    first, each kind in the order of the question and spelt as there. Numbers and what only asks are left out.
    """
    own = set(names(text, language)) if not is_in_capitals(text) else set()
    found: dict[bool, list[Part]] = {True: [], False: []}
    for start, end in words(text):
        base = cut_suffix(text[start:end])
        is_name = base in own or (
            start == 0 and base[0].isupper() and bool(_IS_WHO.match(skeleton(text[end:])))
        )
        if _is_content(base, language, is_name) and not _is_known(base, vocabulary):
            found[is_name].append(Part(start, start + len(base), False))
    return list(
        dict.fromkeys(
            [*_phrases(text, found[True], vocabulary), *(text[p.start : p.end] for p in found[False])]
        )
    )


def _without_marks(text: str) -> str:
    """A text with spaces for the marks of footnotes ("¹"), which are digits that make no number."""
    return "".join(" " if char.isdigit() and not char.isdecimal() else char for char in text)


# Names


def _names(text: str, language: Language, said: str, vocabulary: Vocabulary) -> list[Part]:
    runs = _runs(text, _name_spans(text, language, vocabulary))
    # Each run between words that are no names, the first letters made capitals whatever they are.
    claim = " ".join(["xx", *(f"{_capitals(text, run)} xx" for run in runs)])
    missing = {skeleton(name) for name in missing_names(claim, language, said)} if runs else set()
    folded = " ".join(skeleton(said).replace(".", " ").split())
    return [
        Part(start, end, not _is_missing(skeleton(text[start:end]), missing, folded))
        for run in runs
        for start, end in run
    ]


def _is_missing(name: str, missing: Collection[str], said: str) -> bool:
    if name not in missing:
        return False
    other = next((other for known, other in _table()["also"].items() if name.startswith(known)), None)
    return other is None or other not in said


def _name_spans(text: str, language: Language, vocabulary: Vocabulary) -> Iterator[tuple[int, int]]:
    """The spans of the names of a question, without their suffixes: what has a capital; and what the articles
    give one, where it begins the question or the question has no capitals."""
    own = set(names(text, language)) if not is_in_capitals(text) else set()
    spans = words(text)
    for start, end in spans:
        token = text[start:end]
        base = cut_suffix(token)
        folded = skeleton(base)
        is_who = start == 0 and base[0].isupper() and _IS_WHO.match(skeleton(text[end:]))
        if not _is_content(base, language, is_name=True) or is_generic(folded, language):
            continue
        if base in own or is_who:
            # "the Friendship Treaty": a capital that the articles mostly do without.
            is_common = _is_known(base, vocabulary) and not vocabulary.is_name(token)
            is_name = not is_common or (language == "tr" and len(base) < len(token))
        else:
            is_verb = end == spans[-1][1] and bool(cue(language, "verb").match(folded))
            may_be = base[0].isupper() or not own
            is_name = may_be and vocabulary.is_name(token) and not is_verb
        if is_name:
            yield start, start + len(base)


def _runs(text: str, spans: Iterator[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """The spans, those together that only a space or a hyphen parts."""
    runs: list[list[tuple[int, int]]] = []
    for span in spans:
        if runs and text[runs[-1][-1][1] : span[0]] in (" ", "-"):
            runs[-1].append(span)
        else:
            runs.append([span])
    return runs


def _capitals(text: str, run: list[tuple[int, int]]) -> str:
    return " ".join(capital(text[start:end], "en") for start, end in run)


def _is_content(word: str, language: Language, is_name: bool) -> bool:
    """Whether a word says what a question is about, and is neither a number nor a month."""
    folded = skeleton(word)
    if len(word) < _LEAST_LETTERS or not word.isalpha() or not analyze(word, language):
        return False
    if (
        month(word)
        or month(_ENDING.sub("", folded))
        or number(word, language) is not None
        or ROMAN.fullmatch(word)
    ):
        return False
    if folded in _word_set("asking") or folded in word_list("asked"):
        return False
    return is_name or not cue(language, "interrogative").fullmatch(folded)


def is_generic(folded: str, language: Language) -> bool:
    """Return whether a folded word names nobody although articles write it with a capital: an office, an
    institution, a people, a title."""
    if key(folded) in _word_set("generic") | _head_keys(language):
        return True
    return folded in word_list("titles") | no_names(language)


@cache
def _head_keys(language: Language) -> frozenset[str]:
    return frozenset(key(head) for head in heads(language))


# Words


def _is_known(word: str, vocabulary: Vocabulary) -> bool:
    """Whether the articles have a word in either language, as it is typed or as Turkish would spell it, or an
    equivalent of it."""
    own = skeleton(word)
    forms = (own, spelling(own), *other_names().get(own, ()))
    knows: Callable[[str, Language], bool] = vocabulary.knows
    return knows(word, "en") or any(knows(form, "tr") for form in forms)


def _phrases(text: str, parts: list[Part], vocabulary: Vocabulary) -> list[str]:
    """The words of the parts, each once; those of one name together."""
    spans: list[tuple[int, int]] = []
    last = ""
    for start, end, _ in parts:
        word = text[start:end]
        is_one = text[start].isalpha() and last.isalpha() and vocabulary.is_one_name(last, word)
        if spans and is_one and text[spans[-1][1] : start] in (" ", "-"):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        last = word
    return list(dict.fromkeys(text[start:end] for start, end in spans))


@cache
def _word_set(name: str) -> frozenset[str]:
    return frozenset(_table()["words"][name].split())


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
