"""When to be silent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp

from pydantic import BaseModel, ConfigDict, Field

from app.answer import Reason
from corpus.article import Language


class RefusalSettings(BaseModel):
    """What can be set about silence: a logistic model of whether the articles answer a question.

    ``cosine``, ``english_cosine``, ``passage``, ``english_passage``, ``question``: what the nearest sentence,
    passage and question of the register count for; cosines of this encoder lie between about 0.75 and 0.92.
    ``unseen``: the share of the question's words that stand nowhere in the articles. ``unknown_name``: a name
    that the articles do not know. ``english_question`` and ``bias``: constants. Below ``threshold`` the
    question is declined; where it would lie below ``off_topic`` though the articles had all its words, it is
    outside the subject.

    Where a reader has read the best sentences, ``rules`` is what all that counts for, ``reader`` what the
    highest of its judgements does, and ``reader_bias`` a constant.

    Fitted to the development questions by ``python -m eval.calibrate``, which prints how it does on
    questions that it was not fitted to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cosine: float = Field(default=4.1, ge=0)
    english_cosine: float = Field(default=38.4, ge=0)
    passage: float = Field(default=26.8, ge=0)
    english_passage: float = Field(default=31.2, ge=0)
    question: float = Field(default=11.5, ge=0)
    unseen: float = Field(default=5.1, ge=0)
    unknown_name: float = Field(default=1.8, ge=0)
    english_question: float = -0.9
    bias: float = -91.8
    rules: float = Field(default=1.0, ge=0)
    reader: float = Field(default=0.0, ge=0)
    reader_bias: float = 0.0
    threshold: float = Field(default=0.5, ge=0, le=1)
    off_topic: float = Field(default=0.1, ge=0, le=1)


@dataclass(frozen=True)
class Signs:
    """What speaks for and against there being an answer.

    The cosines of the question with the nearest sentence and passage of the articles as they stand
    (``cosine``, ``passage``) and of their English (``english_cosine``, ``english_passage``; where there is
    none, the former again), and with the nearest ``question`` of the register, the mean over both languages
    (without a register, the highest of the former). ``unseen``: the share of the question's words, weighted
    by how telling they are, that stand nowhere in the articles (0 to 1). Whether the question names somebody
    whom the articles do not know. ``read``: the highest judgement of a reader, a logit; None without one.
    """

    language: Language
    cosine: float
    english_cosine: float
    passage: float
    english_passage: float
    question: float
    unseen: float
    has_unknown_name: bool = False
    read: float | None = None


def confidence(signs: Signs, settings: RefusalSettings) -> float:
    """Return the probability that the articles answer the question, 0 to 1."""
    return round(1 / (1 + exp(-max(-20.0, min(20.0, logit(signs, settings))))), 3)


def decide(signs: Signs, settings: RefusalSettings) -> Reason | None:
    """Return why to decline, or None to answer."""
    sure = confidence(signs, settings)
    if sure >= settings.threshold:
        return None
    # Words that the articles do not have say that they do not answer, not that they speak of something else.
    near = replace(signs, unseen=0.0, has_unknown_name=False)
    return "off_topic" if confidence(near, settings) < settings.off_topic else "not_in_corpus"


def logit(signs: Signs, settings: RefusalSettings) -> float:
    """Return the logit of that probability."""
    rules = (
        settings.bias
        + settings.english_question * (signs.language == "en")
        + settings.cosine * signs.cosine
        + settings.english_cosine * signs.english_cosine
        + settings.passage * signs.passage
        + settings.english_passage * signs.english_passage
        + settings.question * signs.question
        - settings.unseen * signs.unseen
        - settings.unknown_name * signs.has_unknown_name
    )
    if signs.read is None:
        return rules
    return settings.rules * rules + settings.reader * signs.read + settings.reader_bias
