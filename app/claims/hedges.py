"""Whether a claim says more than what it cites: all for some, certainly for perhaps, done for tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.claims.lexicon import listed, pattern
from app.claims.reading import Reading, Word, has_counterpart, may_mean
from corpus.text import skeleton

# What limits a word lies within so many words of it.
_REACH: Final = 5
# A claim that has this share of the words round what limits them, where they are so many, says the same.
_COVERED: Final = 0.5
_LEAST_ROUND: Final = 3
# A verb stands so near to the word that governs it: "tried in vain to reach".
_GOVERNED: Final = 4
# Words by which a sentence says less than it might: of some, of mostly and perhaps; of what was not yet so.
_LIMITS: Final = ("limit", "unreal")


def is_overstated(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Return whether the claim leaves out what limits the cited sentences, or puts in what widens them."""
    return (
        _is_wider(claim, cited)
        or any(_leaves_out(kind, claim, cited) for kind in _LIMITS)
        or _is_done(claim, cited)
        or _has_another_bound(claim, cited)
    )


def _is_wider(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether the claim says all, always or certainly where no cited sentence does."""
    return bool(_places("all", claim)) and not any(_places("all", text) for text in cited)


def _leaves_out(kind: str, claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether the claim says what they limit by words of a kind, and has none of these itself."""
    if _places(kind, claim):
        return False
    content = claim.content()
    for text in cited:
        for at in _places(kind, text):
            near = _round(text, at)
            common = sum(has_counterpart(word, content, claim.language) for word in near)
            if len(near) >= _LEAST_ROUND and common >= _COVERED * len(near):
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
    """The words round a place that say something, those of its clause where there are any."""
    sides = [word for word in text.words[max(0, at - _REACH) : at + _REACH + 1] if word.stem]
    return [word for word in sides if word.clause == text.words[at].clause] or sides
