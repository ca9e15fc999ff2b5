"""What all peers have in common: units that are searched, and the naive answer to the first hit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from time import perf_counter
from typing import Any

from corpus.article import Article, Span
from corpus.errors import DipnotError
from eval.gold import GoldQuestion
from eval.judge import FoundHit
from eval.peers.naive import NaiveAnswerer
from eval.peers.text import Unit
from eval.system import HITS, Result


class Peer(ABC):
    """A system that people would use instead of Dipnot, as a `System`.

    It has no notion of a conversation: a question that follows others is searched together with the one
    before it (``history[-1] question``). Hits are numbered units with the peer's own scores.
    """

    name: str
    # The library whose version is the peer's.
    distribution: str

    def __init__(self, articles: Mapping[str, Article], units: Sequence[Unit]) -> None:
        """Take the units; raises DipnotError when there is none."""
        if not units:
            raise DipnotError(f"The articles hold nothing that {self.name} could search.")
        self.version = version(self.distribution)
        self._units = units
        self._answerer = NaiveAnswerer(articles)

    def units(self) -> Iterable[tuple[str, tuple[Span, ...]]]:
        """The units of its index: article and raw spans."""
        return ((unit.article.id, unit.spans) for unit in self._units)

    def result(self, question: GoldQuestion) -> Result:
        """Search, and answer with what the first hit begins with."""
        started = perf_counter()
        found = self.search(with_history(question), HITS)
        searched = perf_counter()
        first, score = (self._units[found[0][0]], found[0][1]) if found else (None, 0.0)
        answer = self._answerer.answer(question.question, first, score)
        timings = {"search": _ms(started, searched), "total": _ms(started, perf_counter())}
        return Result([self._hit(number, score) for number, score in found], answer, timings)

    @abstractmethod
    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return the numbers of the best units, at most ``k``, and their scores, best first."""

    def _hit(self, number: int, score: float) -> FoundHit:
        unit = self._units[number]
        return FoundHit(
            passage=unit.id, article=unit.article.id, spans=list(unit.spans), score=round(score, 6)
        )


def with_history(question: GoldQuestion) -> str:
    """Return the question behind the one asked before it, as one string."""
    return " ".join([*question.history[-1:], question.question])


def library(module: str) -> Any:
    """Import a module of a peer's library; raises DipnotError that says how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise DipnotError(
            f"{module.partition('.')[0]} cannot be imported ({error}). "
            "The peers need packages of their own: pip install 'dipnot[peers]'"
        ) from error


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 2)
