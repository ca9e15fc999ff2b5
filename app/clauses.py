"""Two questions in one: "Gümrü'de imzayı kim attı, yerini hangi antlaşmalar aldı?"."""

from __future__ import annotations

import re
from typing import Final

from app.cues import cue
from corpus.article import Language
from corpus.text import skeleton
from index.analyzer import analyze

_JOINTS: Final = re.compile(r"[,;]\s+(?:(?:ve|and)\s+)?|\s+(?:ve|and|ise)\s+")
_MARKS: Final = " ?.,;:!"
# Fewer words of its own ask nothing by themselves; the second may take its subject from the first.
_FEWEST_TERMS: Final = 2
_FEWEST_SECOND: Final = 1
# "Kiminle", "kimden", beside the cues.
_WHOM: Final = re.compile(r"\bkim\w{0,6}\b")
_AUXILIARY: Final = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|might|must"
# How an English question begins; "when the war had ended" is none.
_BEGINS: Final = re.compile(
    rf"""(?:(?:in|on|at|to|from|by|with|for|of|against|after|before|under|through)\ )?
    (?:who|whom|whose|what|which|how|why|(?:when|where)\ (?:{_AUXILIARY})\b)""",
    re.VERBOSE,
)
# Behind a comma alone these begin a relative clause: "Chicherin, who was …".
_RELATIVE: Final = re.compile(r"(?:\w+ )?(?:who|whom|whose|which|where)\b")


def halves(text: str, language: Language) -> tuple[str, str] | None:
    """Return the two questions of a text where each asks something and has a verb of its own, or None."""
    folded = skeleton(text)
    for joint in _JOINTS.finditer(folded):
        first, second = text[: joint.start()], text[joint.end() :]
        if language == "en" and joint.group().strip() == "," and _RELATIVE.match(skeleton(second)):
            continue
        if _asks(first, language, _FEWEST_TERMS) and _asks(second, language, _FEWEST_SECOND):
            return first, second
    return None


def _asks(text: str, language: Language, fewest: int) -> bool:
    folded = skeleton(text).strip(_MARKS)
    if language == "en":
        has_cue = _BEGINS.match(folded)
    else:
        has_cue = cue(language, "interrogative").search(folded) or _WHOM.search(folded)
    has_verb = cue(language, "clause").search(folded)
    return bool(has_cue and has_verb) and len(analyze(text, language)) >= fewest
