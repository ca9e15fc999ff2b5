"""When to be silent."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from typing import Final

from app.answer import Reason
from corpus.article import Language

# Set on the development questions (eval/gold/retrieval.jsonl and refusals.jsonl, printed by
# `python -m eval.refusal`). Cosines of this encoder lie between about 0.75 and 0.92; English questions
# over Turkish text lie lower.
_THRESHOLD: Final[dict[Language, float]] = {"tr": 0.877, "en": 0.845}
_COVERAGE: Final = 0.1
_UNKNOWN_NAME: Final = 0.03
_UNKNOWN_YEAR: Final = 0.03
_OFF_TOPIC: Final = 0.045
# How quickly confidence rises from 0.12 to 0.88 around the threshold.
_SLOPE: Final = 0.01


@dataclass(frozen=True)
class Signs:
    """What speaks for and against there being an answer.

    ``cosine`` of question and best sentence; ``coverage``: the weighted share of the question's words
    that the evidence holds (0 to 1); whether the question names somebody, or a year, that the articles
    or the evidence do not know.
    """

    language: Language
    cosine: float
    coverage: float
    has_unknown_name: bool = False
    has_unknown_year: bool = False


def confidence(signs: Signs) -> float:
    """Return how much speaks for an answer, 0 to 1; below 0.5 it is declined."""
    return round(1 / (1 + exp(-max(-20.0, min(20.0, _margin(signs) / _SLOPE)))), 3)


def decide(signs: Signs) -> Reason | None:
    """Return why to decline, or None to answer."""
    margin = _margin(signs)
    if margin < -_OFF_TOPIC:
        return "off_topic"
    return "not_in_corpus" if margin < 0 else None


def _margin(signs: Signs) -> float:
    against = _UNKNOWN_NAME * signs.has_unknown_name + _UNKNOWN_YEAR * signs.has_unknown_year
    return signs.cosine + _COVERAGE * signs.coverage - against - _THRESHOLD[signs.language]
