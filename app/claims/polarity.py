"""Whether a claim denies what the cited sentences say, or says what they deny.

Each negation of the claim must meet one of the cited sentences that is about the same, and each of theirs one
of the claim where the claim speaks of the same. A negation of a hindrance ("was not prevented") is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.claims.lexicon import listed, pattern
from app.claims.reading import Reading, Word, has_counterpart, may_mean
from corpus.article import Language
from corpus.text import skeleton

# So many words belong to a negation: in Turkish before it, in English behind it; and on its other side.
_REACH: Final = 9
_REACH_BACK: Final = 4
# A claim that has this share of the words round a negation, and so many of them, speaks of the same.
_COVERED: Final = 0.6
_LEAST_COVERED: Final = 3
# So it does where it has the very word that is denied, and this share of the words round it.
_COVERED_WITH_WORD: Final = 0.34
# So many words are next to a negation.
_NEAR: Final = 3
# A clause of fewer words says too little of what is denied.
_LEAST_ROUND: Final = 3
# A shorter root is part of too many words.
_LEAST_LETTERS: Final = 3
# What two negations share counts so much more where the same word is denied.
_SAME_WORD: Final = 2

_Kind = Literal["denial", "double", "hindrance", "hint"]


@dataclass(frozen=True)
class Denial:
    """A word that denies: the word denied, and the words round it; ``hint``: it may deny, or not."""

    kind: _Kind
    on: str
    scope: tuple[Word, ...]
    near: tuple[Word, ...] = ()


def is_negated(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Return whether the claim is negated where the cited sentences are not, or the other way round."""
    said = _denials(claim)
    there = [denial for text in cited for denial in _denials(text)]
    # What both have tells nothing.
    ours, theirs = (
        _without_hints_of(there, said, claim.language),
        _without_hints_of(said, there, claim.language),
    )
    if any(not _is_borne_out(one, theirs, cited) for one in ours):
        return True
    if any(_is_left_out(one, ours, claim) for one in theirs):
        return True
    return not ours and any(_is_restated(text, claim) for text in cited)


def _is_restated(text: Reading, claim: Reading) -> bool:
    """Whether a claim that denies nothing says over again what a sentence with a negation says."""
    if not any(one.kind == "denial" for one in _denials(text)):
        return False
    light = listed("light", text.language)
    own = [word for word in text.content() if word.folded not in light]
    return _common(own, claim.content(), claim.language) >= _COVERED * len(own)


def _without_hints_of(others: Sequence[Denial], own: Sequence[Denial], language: Language) -> list[Denial]:
    hints = [other.on for other in others if other.kind == "hint"]
    return [
        one
        for one in own
        if one.kind != "hint" or not any(may_mean(one.on, other, language) for other in hints)
    ]


def _is_borne_out(said: Denial, there: Sequence[Denial], cited: Sequence[Reading]) -> bool:
    """Whether what the claim denies is denied in the cited sentences."""
    language = cited[0].language
    if said.kind == "hint":
        return True
    if said.kind in ("double", "hindrance"):
        same = {one.kind for one in there if may_mean(said.on, one.on, language)}
        other = {"double": "hindrance", "hindrance": "double"}[said.kind]
        if other in same and said.kind not in same:
            return False
        words = (word for text in cited for word in text.words)
        return (
            said.kind == "double"
            or bool(there)
            or any(may_mean(said.on, word.folded, language) for word in words)
        )
    nearest = max(there, key=lambda one: _likeness(said, one, language), default=None)
    if nearest is None or nearest.kind == "double" or not _likeness(said, nearest, language):
        return False
    return not _stands_plain(said, there, cited)


def _is_left_out(there: Denial, said: Sequence[Denial], claim: Reading) -> bool:
    """Whether the claim says what a negation of the cited sentences denies."""
    language = claim.language
    if there.kind not in ("denial", "hindrance") or not there.scope:
        return False
    standing = sum(has_counterpart(word, claim.content(), language) for word in there.scope)
    share = standing / len(there.scope)
    if there.kind == "hindrance":
        if any(one.kind != "double" for one in said) or any(
            may_mean(there.on, word.folded, language) for word in claim.words
        ):
            return False
    elif share >= _COVERED_WITH_WORD and _stands_plain(there, said, [claim]):
        return True
    if any(_likeness(there, one, language) and one.kind != "double" for one in said):
        return False
    return share >= _COVERED and standing >= _LEAST_COVERED


def _stands_plain(denied: Denial, denials: Sequence[Denial], texts: Sequence[Reading]) -> bool:
    """Whether a word that is denied elsewhere stands in some texts, said of more of the same words than any
    of the negations that there are."""
    if len(denied.on) < _LEAST_LETTERS:
        return False
    language = texts[0].language
    if any(may_mean(denied.on, one.on, language) for one in denials if one.kind != "double"):
        return False
    others = [word for word in denied.scope if not may_mean(denied.on, word.folded, language)]
    most = max((_common(others, one.scope, language) for one in denials if one.kind != "double"), default=0)
    for text in texts:
        for at, word in enumerate(text.words):
            if not may_mean(denied.on, word.folded, language):
                continue
            if any(word in one.near for one in denials):
                return False
            if _common(others, _round(text, at, _REACH, _REACH), language) > most:
                return True
    return False


def _common(words: Sequence[Word], others: Sequence[Word], language: Language) -> int:
    return sum(has_counterpart(word, others, language) for word in words)


def _likeness(one: Denial, other: Denial, language: Language) -> int:
    """How much two negations share."""
    return _common(one.scope, other.scope, language) + _SAME_WORD * may_mean(one.on, other.on, language)


def _denials(text: Reading) -> list[Denial]:
    folded = skeleton(text.text)
    void = [match.span() for match in pattern("no_denial", text.language).finditer(folded)]
    hindering = [_hindrance(text, match) for match in _outside(void, "hindrance", text, folded)]
    found: list[Denial] = []
    undone = set()
    for match in _outside(void, "denial", text, folded):
        at = _at(text, match.start())
        if at is None or (text.language == "tr" and _is_name(text, at, match)):
            continue
        denial = _denial(text, at, match)
        hindered = next((n for n, one in enumerate(hindering) if one[0] in _beside(text, at)), None)
        if hindered is not None:
            undone.add(hindered)
            denial = replace(denial, kind="double", on=hindering[hindered][1].on)
        found.append(denial)
    found += [one for n, (_, one) in enumerate(hindering) if n not in undone]
    for match in _outside(void, "weak_denial", text, folded):
        at = _at(text, match.start())
        if at is not None:
            found.append(_with_near(text, at, "hint"))
    return found


def _outside(void: Sequence[tuple[int, int]], kind: str, text: Reading, folded: str) -> list[re.Match[str]]:
    matches = pattern(kind, text.language).finditer(folded)
    return [match for match in matches if not any(a <= match.start() < b for a, b in void)]


def _at(text: Reading, offset: int) -> int | None:
    return next((n for n, word in enumerate(text.words) if word.start <= offset < word.end), None)


def _is_name(text: Reading, at: int, match: re.Match[str]) -> bool:
    """Whether a word that looks like a Turkish negation is a name in mid-sentence: "Yılmaz"."""
    return at > 0 and text.words[at].is_capital and not match["word"]


def _hindrance(text: Reading, match: re.Match[str]) -> tuple[int, Denial]:
    at = _at(text, match.start()) or 0
    return at, _with_near(text, at, "hindrance")


def _with_near(text: Reading, at: int, kind: _Kind) -> Denial:
    before, behind = (_REACH, 1) if text.language == "tr" else (_REACH_BACK, _REACH)
    if kind == "hint":
        before = behind = _REACH
    near = _round(text, at, _NEAR, 0) if text.language == "tr" else _round(text, at, 1, _NEAR)
    if kind == "hint":
        near = _round(text, at, _NEAR, _NEAR)
    return Denial(kind, text.words[at].folded, _round(text, at, before, behind), near)


def _beside(text: Reading, at: int) -> range:
    """The places where a hindrance is what a negation denies: before it in Turkish, else behind."""
    return range(at - 1, at + 1) if text.language == "tr" else range(at + 1, at + 4)


def _denial(text: Reading, at: int, match: re.Match[str]) -> Denial:
    if text.language == "tr":
        root = match["on"] or ""
        on = root
        if not root or root in listed("light", "tr"):
            before = [word for word in text.words[max(0, at - 3) : at] if word.stem]
            on = before[-1].folded if before else root
        scope = _round(text, at, _REACH, 0)
        before_it = _round(text, at, _NEAR, 0)
        own = text.words[at]
        if root and root not in listed("light", "tr"):
            scope = (*scope, Word(own.text, root, root, own.start, own.end, own.clause))
        return Denial("denial", on, scope, before_it)
    light = listed("light", "en")
    behind = [word for word in text.words[at + 1 : at + 6] if word.stem and word.folded not in light]
    return Denial(
        "denial",
        behind[0].folded if behind else "",
        _round(text, at, _REACH_BACK, _REACH),
        _round(text, at, 0, _NEAR),
    )


def _round(text: Reading, at: int, before: int, behind: int) -> tuple[Word, ...]:
    """The words round a place that say something: those of its clause, or where they are few, of the clause
    beside it too."""
    own = text.words[at]
    sides = [*text.words[max(0, at - before) : at], *text.words[at + 1 : at + 1 + behind]]
    light = listed("light", text.language)
    sides = [word for word in sides if word.stem and word.folded not in light]
    inside = [word for word in sides if word.clause == own.clause]
    if len(inside) < _LEAST_ROUND:
        step = -1 if text.language == "tr" else 1
        inside = [word for word in sides if word.clause in (own.clause, own.clause + step)]
    return tuple(inside)
