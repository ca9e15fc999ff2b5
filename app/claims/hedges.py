"""Whether a claim says more than what it cites: all for some, certainly for perhaps, done for tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.claims.lexicon import listed, pattern
from app.claims.reading import Reading, Word, has_counterpart, may_mean
from corpus.text import skeleton

# What a word of degree belongs to lies within so many words of it.
_REACH: Final = 6
# A verb stands so near to the word that governs it: "tried in vain to reach".
_GOVERNED: Final = 4
# So many words round it in common: it is said of the same.
_LEAST_COMMON: Final = 2


def is_overstated(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Return whether the claim leaves out what limits the cited sentences, or puts in what widens them."""
    return (
        _is_about_all(claim, cited)
        or _is_surer(claim, cited)
        or _is_done(claim, cited)
        or _has_another_bound(claim, cited)
    )


def _is_about_all(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether the claim says all of what they say only a part of."""
    for at in _places("all", claim):
        said = _round(claim, at)
        if any(_common(said, _round(text, n), claim) for text in cited for n in _places("all", text)):
            continue
        parts = [_round(text, n) for text in cited for n in _places("part", text)]
        if any(_common(said, part, claim) >= _LEAST_COMMON for part in parts):
            return True
    return False


def _is_surer(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether the claim is certain of what they are not, or leaves their doubt out."""
    is_sure = bool(_places("sure", claim)) and not any(_places("sure", text) for text in cited)
    if is_sure and any(_places("perhaps", text) for text in cited):
        return True
    if _places("perhaps", claim):
        return False
    content = claim.content()
    for text in cited:
        for at in _places("doubtful", text):
            near = _round(text, at)
            if near and _common(near, content, claim) * 2 >= len(near):
                return True
    return False


def _is_done(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether the claim says that what they say was tried, meant or asked for was done."""
    light = listed("light", claim.language)
    for text in cited:
        for match in pattern("attempt", text.language).finditer(skeleton(text.text)):
            done = [
                at
                for at, word in enumerate(claim.words)
                if may_mean(match["on"], word.folded, claim.language)
            ]
            if match["on"] not in light and done and not any(_is_attempted(claim, at) for at in done):
                return True
    return False


def _is_attempted(text: Reading, at: int) -> bool:
    """Whether a verb stands beside a word by which it is no more than tried, meant or asked for."""
    first, last = (max(0, at - _GOVERNED), at) if text.language == "en" else (at, at + _GOVERNED)
    words = text.words[first : last + 1]
    return bool(
        pattern("attempted", text.language).search(skeleton(text.text[words[0].start : words[-1].end]))
    )


def _has_another_bound(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether a number is bounded from the other side than in the cited sentences, or newly."""
    return any(
        bool(_places(bound, claim))
        and not any(_places(bound, text) for text in cited)
        and any(_places(other, text) for text in cited)
        for bound, other in (("at_least", "at_most"), ("at_most", "at_least"))
    )


def _places(kind: str, text: Reading) -> list[int]:
    """The places of the words of one kind."""
    found = []
    for match in pattern(kind, text.language).finditer(skeleton(text.text)):
        found += [n for n, word in enumerate(text.words) if word.start <= match.start() < word.end]
    return found


def _round(text: Reading, at: int) -> list[Word]:
    own = text.words[at]
    words = text.words[max(0, at - _REACH) : at + _REACH + 1]
    return [word for word in words if word.stem and word is not own]


def _common(words: Sequence[Word], others: Sequence[Word], claim: Reading) -> int:
    return sum(has_counterpart(word, others, claim.language) for word in words)
