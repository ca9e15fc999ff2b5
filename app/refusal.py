"""When to be silent."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

from pydantic import BaseModel, ConfigDict, Field

from app.answer import Reason
from corpus.article import Language


class RefusalSettings(BaseModel):
    """What can be set about silence.

    ``tr``, ``en``: how much must speak for an answer to a question in each language; cosines of this
    encoder lie between about 0.75 and 0.92, and English questions over Turkish text lie lower.
    ``coverage``: what it adds when the evidence holds all words of the question. ``unknown_name``,
    ``unknown_year``: what it costs when the articles do not know them. ``off_topic``: how far below the
    threshold a question lies outside the subject. ``slope``: how quickly confidence rises around the
    threshold. Set on the development questions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tr: float = 0.877
    en: float = 0.845
    coverage: float = 0.1
    unknown_name: float = 0.03
    unknown_year: float = 0.03
    off_topic: float = 0.045
    slope: float = Field(default=0.01, gt=0)


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


def confidence(signs: Signs, settings: RefusalSettings) -> float:
    """Return how much speaks for an answer, 0 to 1; below 0.5 it is declined."""
    return round(1 / (1 + exp(-max(-20.0, min(20.0, _margin(signs, settings) / settings.slope)))), 3)


def decide(signs: Signs, settings: RefusalSettings) -> Reason | None:
    """Return why to decline, or None to answer."""
    margin = _margin(signs, settings)
    if margin < -settings.off_topic:
        return "off_topic"
    return "not_in_corpus" if margin < 0 else None


def _margin(signs: Signs, settings: RefusalSettings) -> float:
    threshold = settings.tr if signs.language == "tr" else settings.en
    against = settings.unknown_name * signs.has_unknown_name + settings.unknown_year * signs.has_unknown_year
    return signs.cosine + settings.coverage * signs.coverage - against - threshold
