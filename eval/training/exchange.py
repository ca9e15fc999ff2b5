"""Questions without an answer, made of those that have one: a name or a year is exchanged for another.

SQuAD 2.0 has such questions, in English and written by people; THQuAD and the register have none. The name
that comes in has the same suffix, stands in a question on another document, and nowhere in this one.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from corpus.article import Language
from corpus.text import skeleton

if TYPE_CHECKING:
    from eval.training.sources import Taught

# In Turkish what stands before an apostrophe is a name or a number, and what follows fits its last vowel. The
# end of a name of several words, as in "Kars Antlaşması'nda", means nothing by itself.
_TURKISH: Final = re.compile(r"(?P<stem>[^\W_][\w.-]*)(?P<suffix>['’]\w+)")
_END_OF_NAME: Final = re.compile(r"[ıiuü]['’]n[^ıiuü]\w*|[ıiuü]['’]n[ıiuü]")
# In English a name of one word after a preposition, or a year.
_ENGLISH: Final = re.compile(
    r"(?:(?<= of )|(?<= in )|(?<= to )|(?<= by )|(?<= with )|(?<= from ))"
    r"(?P<stem>[A-Z][^\W\d_]{3,}|1\d{3})(?P<suffix>)\b(?![-'’]| [A-Z])"
)
_PATTERNS: Final[dict[Language, re.Pattern[str]]] = {"tr": _TURKISH, "en": _ENGLISH}


@dataclass(frozen=True)
class _Kind:
    """What may stand in each other's place."""

    language: Language
    suffix: str
    digits: int


def without_answer(taught: Sequence[Taught], language: Language) -> Iterator[Taught]:
    """Make of each question that can be answered and holds a name or a year one that cannot be.

    ``taught``: of one source, in one language; those of one document one after another.
    """
    stems: dict[_Kind, set[str]] = defaultdict(set)
    for one in taught:
        for kind, match in _places(one.question, language):
            stems[kind].add(match["stem"])
    choices = {kind: sorted(own) for kind, own in stems.items()}
    for pool, own in groupby(taught, key=lambda one: one.pool):
        text = skeleton(" ".join(window.text for window in pool.windows))
        absent = {
            kind: [stem for stem in every if skeleton(stem) not in text] for kind, every in choices.items()
        }
        for one in own:
            # A name that the question has already would leave it as it is, or make nonsense of it.
            places = [
                (match, others)
                for kind, match in _places(one.question, language)
                if (others := [stem for stem in absent[kind] if stem not in one.question])
            ]
            if not one.right or not places:
                continue
            drawn = int.from_bytes(hashlib.sha256(one.question.encode()).digest()[:8], "big")
            match, others = places[drawn % len(places)]
            stem = others[drawn // len(places) % len(others)]
            question = one.question[: match.start("stem")] + stem + one.question[match.end("stem") :]
            source = f"{one.source}, no answer"
            yield replace(one, source=source, question=question, right=(), answers={}, excluded=frozenset())


def _places(question: str, language: Language) -> Iterator[tuple[_Kind, re.Match[str]]]:
    """The names and years of a question, and what may stand for each."""
    for match in _PATTERNS[language].finditer(question):
        stem = match["stem"]
        is_whole = not _END_OF_NAME.search(match[0])
        if stem.isdigit() or (stem[0].isupper() and is_whole):
            suffix = match["suffix"].replace("’", "'")
            yield _Kind(language, suffix, len(stem) if stem.isdigit() else 0), match
