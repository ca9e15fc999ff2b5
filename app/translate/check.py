"""What is wrong with the English side: sentences without a translation, lines that belong to no sentence, and
lines whose numbers, dates or names are not those of the Turkish."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final, Literal

from app.facts import Date, Number, dates, read_numbers
from app.names import missing_names
from corpus.article import Article, Language
from corpus.text import cut_suffix, words
from corpus.translations import (
    Translation,
    read_translations,
    stale,
    to_translate,
    translations_file,
    untranslated,
)
from index.analyzer import analyze

Kind = Literal["missing", "stale", "number", "date", "name"]
# For either language the index terms of words that are no names (``app.names.missing_names``).
Common = Mapping[Language, Collection[str]]

# So many words in a row that are the same on both sides are a title left as it is, or a name.
_SHARED: Final = 3
_WORD: Final = re.compile(r"\w+(?:['’]\w+)?")
# How the translator marks a word that can only be guessed: "territories that are indisputably [Turkish]".
_GUESSED: Final = re.compile(r"\[[^\]]*\]")
# "Bir" and "one", "ikisi" and "both": in words these say little.
_PRONOUNS: Final = 2
# A word that lacks its capital no oftener than this is a name all the same.
_SLIPS: Final = 0.1
_MOST_SHOWN: Final = 90


@dataclass(frozen=True)
class Problem:
    """Something wrong with the translations of an article; ``line`` is None where a line is missing."""

    file: str
    line: int | None
    kind: Kind
    what: str

    def __str__(self) -> str:
        """Return the problem as a line: where, and what."""
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}: {self.what}"


@dataclass(frozen=True)
class Check:
    """How much of an article is translated, in headings and sentences, and what is wrong with it."""

    article: str
    sentences: int
    translated: int
    problems: tuple[Problem, ...]

    @property
    def coverage(self) -> float:
        """The share of the headings and sentences that have a translation; 1 where there are none."""
        return self.translated / self.sentences if self.sentences else 1.0


def check(
    articles: Sequence[Article],
    folder: Path,
    only: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Check]:
    """Check the translations below the folder of a corpus, of all its articles or of one.

    All articles are needed all the same: a word that one of them writes without a capital is no name.
    ``progress`` is told how many articles are done. Raises CorpusError that names a line which is not as it
    should be.
    """
    translations = {
        article.id: read_translations(translations_file(folder, article.id)) for article in articles
    }
    every = [translation for by_key in translations.values() for translation in by_key.values()]
    common: Common = {
        "tr": common_words((each.tr for each in every), "tr"),
        "en": common_words((each.en for each in every), "en"),
    }
    checks: list[Check] = []
    asked = [article for article in articles if only in (None, article.id)]
    for article in asked:
        progress(len(checks), len(asked))
        checks.append(_check(article, list(translations[article.id].values()), folder, common))
    return checks


def differences(turkish: str, english: str, common: Common | None = None) -> list[tuple[Kind, str]]:
    """Return in which numbers, dates and names a translation differs from its sentence, and how."""
    tr, en = _without_shared(turkish, english if "[" in turkish else _GUESSED.sub("", english))
    common = common or {"tr": (), "en": ()}
    found: list[tuple[Kind, str]] = []
    numbers = read_numbers(tr, "tr"), read_numbers(en, "en")
    everywhere = _values(turkish, "tr"), _values(english, "en")
    days = dates(tr), dates(en)
    names = missing_names(tr, "tr", english, common["tr"]), missing_names(en, "en", turkish, common["en"])
    for own, other, side in ((0, 1, "Turkish"), (1, 0, "English")):
        alone = f"only in the {side}"
        found += [
            ("number", f"{value:g} is {alone}")
            for value in _lost(numbers[own], numbers[other], everywhere[other])
        ]
        found += [
            ("date", f"{_shown(day)} is {alone}")
            for day in sorted(days[own], key=str)
            if not any(day.may_be(another) for another in days[other])
        ]
        found += [("name", f"{name} is {alone}") for name in dict.fromkeys(names[own])]
    return found


def common_words(texts: Iterable[str], language: Language) -> frozenset[str]:
    """Return the index terms of the words that the texts write without a capital, and not only by a slip."""
    small, capital = Counter[str](), Counter[str]()
    for text in texts:
        for start, end in words(text):
            terms = analyze(cut_suffix(text[start:end]), language)
            (capital if text[start].isupper() else small).update(terms)
    return frozenset(term for term, times in small.items() if times > _SLIPS * capital[term])


def _check(
    article: Article,
    translations: list[Translation],
    folder: Path,
    common: Common,
) -> Check:
    file = translations_file(folder, article.id).name
    by_key = {translation.sha: translation for translation in translations}
    missing = untranslated(article, by_key)
    problems = [Problem(file, None, "missing", f"no line for “{_cut(text)}”") for text in missing]
    outdated = {translation.sha for translation in stale(article, by_key)}
    for number, each in enumerate(translations, 1):
        if each.sha in outdated:
            problems.append(Problem(file, number, "stale", f"the article does not hold “{_cut(each.tr)}”"))
            continue
        problems += [
            Problem(file, number, kind, f"{kind} {what}")
            for kind, what in differences(each.tr, each.en, common)
        ]
    total = len(to_translate(article))
    return Check(article.id, total, total - len(missing), tuple(problems))


def _lost(own: Iterable[Number], other: Iterable[Number], everywhere: Set[float]) -> list[float]:
    """The numbers that the other side lacks: one in digits must be there as often, in digits or in words; one
    in words must be there at all, unless it is a one or a two, which are pronouns more often."""
    there = Counter(number.value for number in other)
    written = Counter(number.value for number in own if number.in_digits)
    spelt = {number.value for number in own if not number.in_digits and number.value > _PRONOUNS}
    return sorted({value for value, times in written.items() if times > there[value]} | (spelt - everywhere))


def _values(text: str, language: Language) -> Set[float]:
    return {number.value for number in read_numbers(text, language)}


def _without_shared(turkish: str, english: str) -> tuple[str, str]:
    """Both texts without what is the same in both: titles of Turkish books stay as they are in English."""
    tr, en = list(_WORD.finditer(turkish)), list(_WORD.finditer(english))
    matcher = SequenceMatcher(None, [word[0] for word in tr], [word[0] for word in en], autojunk=False)
    for at, there, length in reversed(matcher.get_matching_blocks()):
        if length >= _SHARED:
            turkish = _cut_out(turkish, tr[at].start(), tr[at + length - 1].end())
            english = _cut_out(english, en[there].start(), en[there + length - 1].end())
    return turkish, english


def _cut_out(text: str, start: int, end: int) -> str:
    return f"{text[:start]};{text[end:]}"


def _shown(date: Date) -> str:
    return ".".join(str(part) for part in date if part is not None)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
