"""Whether a claim gives a view or words to another speaker than the cited sentences do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.claims.cases import is_turkish_subject
from app.claims.entities import Entity, entities
from app.claims.lexicon import pattern
from app.claims.reading import Reading, Word, has_counterpart
from corpus.text import skeleton

# A view is told in the words between its speaker and the next one. A claim with this share of them, and so
# many of them, tells it.
_TOLD: Final = 0.4
_LEAST_TOLD: Final = 3
# So many words may stand between an English subject and its verb.
_NEXT_TO: Final = 2
# "He was told" makes nobody a speaker.
_BE: Final = re.compile(r"\b(?:was|were|is|are|be|been|being)\b")


@dataclass(frozen=True)
class _View:
    """A speaker, the words told as his, and whether they are marked as a view: "X'e göre"."""

    speaker: Entity
    words: tuple[Word, ...]
    is_opinion: bool


def has_another_speaker(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Return whether what the claim gives to a speaker, or to the article itself, is another's there."""
    there = [view for text in cited for view in _views(text)]
    told = [view for view in there if _is_told(view, claim)]
    said = _speakers(claim)
    if pattern("author", claim.language).search(skeleton(claim.text)):
        is_theirs = any(pattern("author", text.language).search(skeleton(text.text)) for text in cited)
        return bool(told) and not is_theirs and not said
    named = [entity for text in cited for entity in entities(text)]
    for speaker in said:
        if not any(speaker.is_same(entity) for entity in named):
            return bool(there)
        own = [view for view in there if view.speaker.is_same(speaker)]
        others = [view for view in told if view not in own]
        if own and others and not any(_is_told(view, claim) for view in own):
            return True
        if not own and any(view.is_opinion for view in others):
            return True
    return False


def _views(text: Reading) -> list[_View]:
    """The views of a text, each from its speaker up to the next."""
    speakers = sorted(_speakers(text), key=lambda entity: entity.first)
    ends = [*(entity.first for entity in speakers[1:]), len(text.words)][: len(speakers)]
    found = []
    for entity, end in zip(speakers, ends, strict=True):
        words = text.words[entity.last + 1 : end]
        found.append(_View(entity, tuple(word for word in words if word.stem), _is_opinion(text, entity)))
    return found


def _speakers(text: Reading) -> list[Entity]:
    """Those to whom a text gives words or views."""
    named = entities(text)
    return [entity for entity in named if _is_opinion(text, entity) or _says(text, entity, named)]


def _is_opinion(text: Reading, entity: Entity) -> bool:
    """Whether a text names somebody as one whose view it gives: "X'e göre", "in X's words"."""
    folded = skeleton(text.text)
    before, end = folded[: text.words[entity.first].start], text.words[entity.last].end
    ahead = pattern("speaker_after", text.language).pattern
    return bool(
        pattern("speaker_before", text.language).match(folded, end)
        or re.search(rf"(?:{ahead})\Z", before, re.VERBOSE)
    )


def _says(text: Reading, entity: Entity, named: Sequence[Entity]) -> bool:
    """Whether a name is the subject of a verb of saying."""
    folded = skeleton(text.text)
    end = text.words[entity.last].end
    match = pattern("says", text.language).search(folded, end)
    if match is None:
        return False
    between = [
        other
        for other in named
        if other.first > entity.last and text.words[other.first].start < match.start()
    ]
    if text.language == "en":
        gap = folded[end : match.start()]
        if _BE.search(gap):
            return False
        return not between and len(gap.split()) <= _NEXT_TO and not re.search("[,;:]", gap)
    # A Turkish subject stands far before its verb, and has no case; nobody else without one is between.
    return is_turkish_subject(text, entity) and not any(is_turkish_subject(text, other) for other in between)


def _is_told(view: _View, claim: Reading) -> bool:
    common = _common(view, claim)
    return common >= min(_LEAST_TOLD, len(view.words)) and common >= _TOLD * len(view.words)


def _common(view: _View, claim: Reading) -> int:
    return sum(has_counterpart(word, view.words, claim.language) for word in claim.content())
