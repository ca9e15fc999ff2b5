"""Names and content words of a claim, and their counterparts in a premise, whichever language spells them."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher
from functools import cache, lru_cache
from itertools import chain, pairwise
from typing import Final

from app.lexicon import month, no_names, number, other_names
from corpus.article import Language
from corpus.sentences import split_sentences
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import STEM_LETTERS, analyze
from index.synonyms import expand

# Two spellings of a name share about this much of their letters ("çiçerin", "chicherin"); names of so few
# letters must be the same.
_ALIKE: Final = 0.75
_SHORT_NAME: Final = 4
_LEAST_LETTERS: Final = 3
# Letters by which English spells what Turkish writes with one, and that one.
_ENGLISH_LETTERS: Final = (
    "shch:sc tch:c dzh:c ch:c sh:s kh:h zh:j ph:f th:t ts:c ck:k dj:c ou:u w:v q:k x:ks y:i"
)
_SPELLINGS: Final = dict(pair.split(":") for pair in _ENGLISH_LETTERS.split())
_SPELLING: Final = re.compile("|".join(_SPELLINGS))
_ROMAN: Final = re.compile(r"[IVX]+(?:st|nd|rd|th)?")
# "T.C."
_DOTTED: Final = re.compile(r"\b(?:[A-ZÇĞİÖŞÜ]\.){2,}")
# What may stand before the first word of a sentence: "2.", "III.B."; and marks that open one in mid-sentence.
_COUNTER: Final = re.compile(r"\d+|[IVX]+|[A-Za-z]")
_OPENS: Final = re.compile(r"(?:(?:^|\W)[\"“«]|:\s)$")
# How a name that opens a sentence goes on.
_SUBJECT: Final[dict[Language, re.Pattern[str]]] = {
    "tr": re.compile(r"\w,"),
    "en": re.compile(
        r"(?<!s)(?<!ly)(?<!ing) (?:\w+ed|is|was|has|had|did|said|told|wrote|met|came|went|took|gave|would)$"
    ),
}


def names(text: str, language: Language) -> list[str]:
    """Return the words that look like names: capitalised, of three letters or more, no title, month or
    number.

    The capital of a sentence's first word says little: it counts before another capital and where it is
    inflected like a name; in Turkish also before a comma, in English before a verb.
    """
    return [name for run in _runs(text, language) for name in run]


def missing_names(
    claim: str, language: Language, premise: str, common: Collection[str] = frozenset()
) -> list[str]:
    """Return the names of a claim that have no counterpart in a premise.

    ``common``: index terms of words that are no names, though a title may give them a capital; those of
    ``lexicon.toml`` are looked for all the same. Where none are given, an unknown word before a known one is
    taken for a part of its name in English: "Constituent Assembly".
    """
    premise = _DOTTED.sub(lambda match: match.group().replace(".", "") + " ", premise)
    spans = words(premise)
    spelt = {spelling(skeleton(cut_suffix(premise[start:end]))) for start, end in spans}
    terms = {*analyze(premise, "tr"), *analyze(premise, "en")}
    # What the words of an English premise mean, where Turkish names are looked for.
    meant = {
        form[:STEM_LETTERS]
        for start, end in (spans if language == "tr" else ())
        for form in _known_as(cut_suffix(premise[start:end]), "en")
    }
    missing = []
    runs = list(_runs(claim, language))
    # Once for each name: a question may be one name two hundred times.
    standing = {name for name in {*chain.from_iterable(runs)} if _stands(name, language, spelt, terms)}
    for run in runs:
        is_known_behind = False
        for name, follower in zip(reversed(run), ["", *reversed(run)], strict=False):
            known = _known_as(name, language)
            if (
                name in standing
                or _meet(meant, analyze(name, language))
                or (follower and re.search(rf"\b{name[0]}\.\s?{follower}", premise))
            ):
                is_known_behind |= language == "en" and bool(known) and not common
            elif _is_common(name, language, common):
                continue
            elif known or not is_known_behind:
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


def shared(claim: str, language: Language, premise: str, premise_language: Language) -> float:
    """Return the share of the content words of a claim that stand in a premise, or an equivalent of them;
    across languages only words with known equivalents count. 1 where no word counts."""
    terms = {*analyze(premise, "tr"), *analyze(premise, "en")}
    forms = [(term, expand([term], language)) for term in analyze(claim, language)]
    counted = [{term, *others} for term, others in forms if others or language == premise_language]
    return sum(_meet(one, terms) for one in counted) / len(counted) if counted else 1.0


def _runs(text: str, language: Language) -> list[list[str]]:
    """The names of a text, those together that nothing but a space parts."""
    spans = words(text)
    openings = {
        next((s for s, e in spans if s >= start and not _COUNTER.fullmatch(text[s:e])), -1)
        for start, _ in split_sentences(text)
    } | {start for start, _ in spans if _OPENS.search(text[:start])}
    runs: list[list[str]] = [[]]
    for (start, end), (then, last) in pairwise([*spans, (len(text), len(text))]):
        word, after = cut_suffix(text[start:end]), text[end:last]
        goes_on = after[1:2].isupper() or bool(_SUBJECT[language].search(word + after))
        if _may_be_name(word, language) and (start not in openings or len(word) < end - start or goes_on):
            runs[-1].append(word)
            if text[end:then] == " " and len(word) == end - start:
                continue
        runs.append([])
    return [run for run in runs if run]


def _may_be_name(word: str, language: Language) -> bool:
    if (
        not word[0].isupper()
        or not word.isalpha()
        or len(word) < _LEAST_LETTERS
        or not analyze(word, language)
    ):
        return False
    if _ROMAN.fullmatch(word) or month(word):
        return False
    return skeleton(word) not in no_names(language) and number(word, language) is None


@lru_cache(maxsize=65536)
def _known_as(name: str, language: Language) -> frozenset[str]:
    """The words that mean the same as a name, so far as they are known; a Turkish one may have endings."""
    own, known = skeleton(name), set(expand(analyze(name, language), language))
    for key, forms in other_names().items():
        if own == key or (language == "tr" and own.startswith(key)):
            known |= {key, *forms}
    return frozenset(known)


def _is_common(name: str, language: Language, common: Collection[str]) -> bool:
    """Whether a word is one of the common ones, and none of which the lexicon knows what it is called."""
    if not set(analyze(name, language)) <= set(common):
        return False
    if language == "en":
        return skeleton(name) not in other_names()
    return not _meet(_turkish_names(), analyze(name, "tr"))


@cache
def _turkish_names() -> frozenset[str]:
    return frozenset(form[:STEM_LETTERS] for forms in other_names().values() for form in forms)


def _stands(name: str, language: Language, spelt: Collection[str], terms: Collection[str]) -> bool:
    own, known = skeleton(name), _known_as(name, language)
    if _meet({form[:STEM_LETTERS] for form in (own, *analyze(name, language), *known)}, terms):
        return True
    # A word whose counterparts are known has no others.
    if language == "en" and known:
        return False
    own = spelling(own)
    # A Turkish name may have an ending without an apostrophe.
    return any(
        _alike(own, word) or (language == "tr" and len(word) > _SHORT_NAME and _alike(word, own))
        for word in spelt
    )


def _meet(forms: Collection[str], terms: Collection[str]) -> bool:
    """Whether one of the forms is among the terms; one too short to be cut may have an ending there."""
    short = tuple(form for form in forms if _LEAST_LETTERS <= len(form) < STEM_LETTERS)
    return any(term in forms or term.startswith(short) for term in terms)


def _alike(name: str, word: str) -> bool:
    """Whether a word is another spelling of a name, perhaps with an ending behind it."""
    if len(name) <= _SHORT_NAME:
        return word.startswith(name)
    matcher = SequenceMatcher(None, "", name, autojunk=False)
    for n in range(len(name) - 1, len(name) + 2):
        matcher.set_seq1(word[:n])
        # The two quick ratios are upper bounds: most words are out by them.
        if (
            matcher.real_quick_ratio() >= _ALIKE
            and matcher.quick_ratio() >= _ALIKE
            and SequenceMatcher(None, name, word[:n], autojunk=False).ratio() >= _ALIKE
        ):
            return True
    return False


def spelling(word: str) -> str:
    """Return a folded word, letter for letter as Turkish would spell it, no letter twice in a row."""
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
