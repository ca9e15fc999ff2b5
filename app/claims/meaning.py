"""Whether a claim means what the cited sentences mean, by sentence vectors and by its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from app.claims.reading import Word, has_counterpart, read, without_references
from app.lexicon import month, number
from corpus.article import Language

if TYPE_CHECKING:
    from index.encoder import Encoder

_CLAUSE: Final = re.compile(r"[,;:]\s")
_LEAST_WORDS: Final = 4


# Chosen on eval/gold/verifier, split dev: below this cosine a claim is about something else, in either
# language …
_LEAST_COSINE: Final = 0.87
# … it has a counterpart for so few of its words …
_LEAST_SHARE: Final = 0.5
# … or more than so many of them in a row have none: something was put in.
_MOST_IN_A_ROW: Final = 3
# Of so few words each must have one: "The source is the Ottoman Empire."
_FEW: Final = 4


@dataclass(frozen=True)
class Wording:
    """How much of the wording of a claim has a counterpart in the cited texts of its own language.

    ``share``: of its words, 1 where nothing is cited in that language; ``run``: the most words in a row that
    have none; ``words``: how many were compared.
    """

    share: float
    run: int
    words: int


def means_another(
    claim: str, cited: Sequence[tuple[str, Language]], language: Language, encoder: Encoder | None
) -> bool:
    """Return whether a claim says what the cited texts do not; without an encoder, by words alone."""
    said = wording(claim, cited, language)
    if said.share < _LEAST_SHARE or said.run > _MOST_IN_A_ROW or (said.words <= _FEW and said.share < 1):
        return True
    if encoder is None:
        return False
    texts = [without_references(text) for text, _ in cited]
    # Pairs and clauses are looked at only where the whole texts are too far: encoding takes most of the time.
    return (
        cosine(claim, texts, encoder) < _LEAST_COSINE
        and cosine(claim, _windows(texts), encoder) < _LEAST_COSINE
    )


def wording(claim: str, cited: Sequence[tuple[str, Language]], language: Language) -> Wording:
    """Return how much of a claim the cited texts of its language have in other words or the same."""
    own = [word for text, spoken in cited if spoken == language for word in read(text, language).content()]
    found = [
        has_counterpart(word, own, language)
        for word in read(claim, language).content()
        if not _is_value(word)
    ]
    if not own or not found:
        return Wording(share=1.0, run=0, words=0)
    return Wording(share=sum(found) / len(found), run=_longest_run(found), words=len(found))


def cosine(claim: str, texts: Sequence[str], encoder: Encoder) -> float:
    """Return the cosine of a claim and the nearest of some texts; -1 where there are none."""
    if not texts:
        return -1.0
    vectors = encoder.encode_query([without_references(claim), *texts])
    return float((vectors[1:] @ vectors[0]).max())


def _windows(texts: Sequence[str]) -> list[str]:
    """Pairs of texts, and their clauses."""
    pairs = (" ".join(pair) for pair in pairwise(texts))
    return list(dict.fromkeys([*pairs, *_clauses(texts)]))


def _is_value(word: Word) -> bool:
    """Whether a word is a number or a month, which are compared elsewhere, in digits or in words."""
    return word.folded[0].isdigit() or number(word.folded, "en") is not None or month(word.folded) is not None


def _clauses(texts: Sequence[str]) -> list[str]:
    return [part for text in texts for part in _CLAUSE.split(text) if len(part.split()) >= _LEAST_WORDS]


def _longest_run(found: Sequence[bool]) -> int:
    longest = current = 0
    for is_found in found:
        current = 0 if is_found else current + 1
        longest = max(longest, current)
    return longest
