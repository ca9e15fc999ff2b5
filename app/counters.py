"""What the server has done since it started, for ``/metrics``, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Final, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.answer import Answer, Status
from app.verify import Dropped, DropReason
from corpus.article import LANGUAGES

# What ``Counters.text`` is, as an HTTP header says it.
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
Refusal = Literal["busy", "deadline", "rate", "store"]
# How a generator's wording of a question ended: taken, not taken, or not written.
Rewritten = Literal["kept", "refused", "failed"]
# Seconds: an answer takes little more than the encoding of its question, about 0.02 on two cores; beyond the
# last bound a reader has begun to wait.
_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_MILLISECONDS: Final = 1000


class Counters:
    """Counts answers, dropped claims and the time that answers took.

    Of one process; the methods may be called from any thread. Every label value stands at 0 from the start,
    so that the first event is seen as a rise. The registry is its own: two servers in one process do not
    count together.
    """

    def __init__(self, generation: str = "") -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "answers_total",
            "Questions answered or declined, by status and language of the answer.",
            ["status", "language"],
            registry=self._registry,
        )
        self._dropped = Counter(
            "claims_dropped_total",
            "Claims that their citation did not bear out, by what was wrong.",
            ["reason"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "questions_seconds",
            "Time from a question to its answer, in seconds.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._kept = Counter(
            "questions_kept_total",
            "Questions whose answer was still in memory.",
            registry=self._registry,
        )
        self._refused = Counter(
            "questions_refused_total",
            "Questions turned away, by why: too many waiting, the time up, or one client asking too often.",
            ["reason"],
            registry=self._registry,
        )
        self._drafts = Counter(
            "drafts_total",
            "Drafts that a generator began, by how they ended.",
            ["result"],
            registry=self._registry,
        )
        self._rewritten = Counter(
            "questions_rewritten_total",
            "Questions that a generator was to put into words of its own, by what became of it.",
            ["result"],
            registry=self._registry,
        )
        self._in_flight = Gauge(
            "questions_in_flight", "Questions being answered or waiting.", registry=self._registry
        )
        self._requests = Counter(
            "requests_total",
            "Requests over HTTP, by kind of address, method and status.",
            ["kind", "method", "status"],
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "requests_seconds",
            "Time from a request to the end of its response, in seconds, by kind of address.",
            ["kind"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._generation = Info("generation", "The generation of the index in use.", registry=self._registry)
        for status, language in product(get_args(Status), LANGUAGES):
            self._answers.labels(status=status, language=language)
        for reason in get_args(DropReason):
            self._dropped.labels(reason=reason)
        for result in ("ended", "failed"):
            self._drafts.labels(result=result)
        for rewritten in get_args(Rewritten):
            self._rewritten.labels(result=rewritten)
        for refusal in get_args(Refusal):
            self._refused.labels(reason=refusal)
        self.set_generation(generation)

    def set_generation(self, generation: str) -> None:
        """Name the generation of the index that is in use."""
        self._generation.info({"id": generation})

    def count_answer(self, answer: Answer) -> None:
        """Count an answer, given or declined, and its time where it says one (``timings_ms["total"]``)."""
        self._answers.labels(status=answer.status, language=answer.language).inc()
        if "total" in answer.timings_ms:
            self._seconds.observe(answer.timings_ms["total"] / _MILLISECONDS)

    def count_dropped(self, dropped: Iterable[Dropped]) -> None:
        """Count claims that were dropped."""
        for each in dropped:
            self._dropped.labels(reason=each.reason).inc()

    def count_kept(self) -> None:
        """Count a question whose answer was still in memory."""
        self._kept.inc()

    def count_refused(self, reason: Refusal) -> None:
        """Count a question that was turned away."""
        self._refused.labels(reason=reason).inc()

    def count_draft(self, *, failed: bool) -> None:
        """Count a draft of a generator."""
        self._drafts.labels(result="failed" if failed else "ended").inc()

    def count_rewritten(self, result: Rewritten) -> None:
        """Count a question that a generator was to put into words of its own."""
        self._rewritten.labels(result=result).inc()

    def set_in_flight(self, questions: int) -> None:
        """Say how many questions are being answered or waiting."""
        self._in_flight.set(questions)

    def count_request(self, kind: str, method: str, status: int, seconds: float) -> None:
        """Count a request over HTTP; ``kind``: one of a few, never the address itself."""
        self._requests.labels(kind=kind, method=method, status=str(status)).inc()
        self._request_seconds.labels(kind=kind).observe(seconds)

    def text(self) -> bytes:
        """Return all counts, UTF-8, to be served as ``CONTENT_TYPE``."""
        return generate_latest(self._registry)
