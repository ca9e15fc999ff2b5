"""What is measured: a system that finds passages and answers questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from app.answer import Answer
from app.assistant import Assistant
from corpus.article import Article, Span
from eval.gold import GoldQuestion
from eval.judge import FoundHit

# How deep rankings are judged.
HITS: Final = 10


@dataclass(frozen=True)
class Result:
    """What a system found and answered; ``timings_ms`` by stage, ``total`` among them."""

    hits: list[FoundHit]
    answer: Answer
    timings_ms: dict[str, float]


class System(Protocol):
    """Anything that can be run against the gold questions."""

    name: str
    version: str

    def units(self) -> Iterable[tuple[str, tuple[Span, ...]]]:
        """The units of its index: article and raw spans."""

    def result(self, question: GoldQuestion) -> Result:
        """Find passages and answer; only the question and its history may be read."""


class Dipnot:
    """The assistant as its users have it: it is told neither the language nor the type of a question."""

    name = "dipnot"

    def __init__(self, assistant: Assistant, version: str) -> None:
        self.version = version
        self._assistant = assistant

    def units(self) -> Iterable[tuple[str, tuple[Span, ...]]]:
        """The passages."""
        return units_of(self._assistant.articles)

    def result(self, question: GoldQuestion) -> Result:
        """Ask, and search once more for the hits that lay behind the answer."""
        answer = self._assistant.ask(question.question, history=question.history)
        found = self._assistant.search(question.question, HITS, history=question.history)
        hits = [
            FoundHit(
                passage=hit.passage.id,
                article=hit.article.id,
                spans=list(hit.passage.spans),
                score=round(hit.score, 6),
            )
            for hit in found.hits
        ]
        return Result(hits, answer.model_copy(update={"timings_ms": {}}), answer.timings_ms)


def units_of(articles: Mapping[str, Article]) -> Iterable[tuple[str, tuple[Span, ...]]]:
    """Return our own passages as units."""
    return ((article.id, passage.spans) for article in articles.values() for passage in article.passages)
