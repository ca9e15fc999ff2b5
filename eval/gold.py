"""Gold questions: reading them, and finding their evidence in the articles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.article import Article, Span
from corpus.errors import DipnotError
from corpus.text import skeleton

RETRIEVAL: Final = Path(__file__).parent / "gold" / "retrieval.jsonl"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Evidence(_Strict):
    """Words of an article, verbatim as received, that answer the question by themselves."""

    article: str
    quote: str


class GoldQuestion(_Strict):
    """A question with its answer, what an answer must hold, and the evidence for it."""

    id: str
    language: Literal["tr", "en"]
    type: str
    question: str
    answer: str
    must: list[list[str]]
    evidence: list[Evidence]
    difficulty: int
    split: Literal["dev", "test"]


def read_gold(path: Path = RETRIEVAL) -> list[GoldQuestion]:
    """Read gold questions, one JSON object a line; raises DipnotError that names the line."""
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            questions.append(GoldQuestion.model_validate_json(line))
        except ValidationError as error:
            raise DipnotError(f"{path.name}, line {number}: {error.errors()[0]['msg']}") from error
    return questions


def evidence_spans(evidence: Evidence, articles: Mapping[str, Article]) -> tuple[Span, ...]:
    """Return the raw span of every place where an evidence quote stands, in the order of the article.

    White space, signs and diacritics do not matter; an article may say the same twice. Raises
    DipnotError when the quote does not stand in the article.
    """
    raw = articles[evidence.article].raw
    letters, places = _letters(raw)
    wanted, _ = _letters(evidence.quote)
    starts = [match.start() for match in re.finditer(re.escape(wanted), letters)] if wanted else []
    if not starts:
        raise DipnotError(f"The quote {evidence.quote[:60]!r} does not stand in article {evidence.article}.")
    return tuple((places[at], places[at + len(wanted) - 1] + 1) for at in starts)


def covered_share(span: Span, spans: tuple[Span, ...]) -> float:
    """Return the share of the characters of ``span`` that ``spans`` cover."""
    start, end = span
    covered = sum(max(0, min(end, high) - max(start, low)) for low, high in spans)
    return covered / (end - start)


def _letters(text: str) -> tuple[str, list[int]]:
    places = [i for i, char in enumerate(text) if char.isalnum()]
    return skeleton("".join(text[i] for i in places)), places
