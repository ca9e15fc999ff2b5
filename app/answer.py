"""The answer as everybody sees it: the page, the command line, the API and the harness."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["tr", "en"]
Status = Literal["answered", "declined"]
Reason = Literal["not_in_corpus", "off_topic", "not_a_question", "too_long"]
Support = Literal["verbatim", "translation", "generated"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Citation(_Model):
    """The exact words a sentence rests on.

    ``span`` is the hull in characters of the file as received; where a page foot or a displaced
    half interrupts the words, ``spans`` holds the exact pieces in reading order.
    """

    n: int
    article: str
    title: str
    file: str
    span: tuple[int, int]
    spans: list[tuple[int, int]]
    page: int
    lines: tuple[int, int]
    section: str
    kind: str
    language: Language
    quote: str
    translation: str | None = None
    url: str


class Claim(_Model):
    """One sentence of an answer and the numbers of the citations it rests on."""

    text: str
    citations: list[int]
    support: Support
    score: float


class Nearest(_Model):
    """A passage shown beside a declined answer; it is not an answer."""

    article: str
    title: str
    section: str
    page: int
    language: Language
    text: str
    url: str
    score: float


class Disagreement(_Model):
    """What the articles say differently, and the citations of each side."""

    about: str
    citations: list[int]


class Drafted(_Model):
    """What a generator was asked to write for an answer, and what became of it.

    ``is_counted``: its writer counted the tokens; else pieces stand for them. ``reasons``: why the sentences
    that were dropped fell, and how many for each.
    """

    generator: str
    prompt_tokens: int
    completion_tokens: int
    is_counted: bool
    kept: int
    dropped: int
    reasons: dict[str, int] = Field(default_factory=dict)
    has_failed: bool


class Answer(_Model):
    """An answer to one question, or the statement that there is none."""

    id: str
    question: str
    language: Language
    status: Status
    reason: Reason | None = None
    text: str
    claims: list[Claim] = Field(default_factory=list)
    citations: list[Citation] = Field(default_factory=list)
    disagreement: Disagreement | None = None
    confidence: float = 0.0
    nearest: list[Nearest] = Field(default_factory=list)
    follow_ups: list[str] = Field(default_factory=list)
    draft: Drafted | None = None
    generation: str = ""
    timings_ms: dict[str, float] = Field(default_factory=dict)
