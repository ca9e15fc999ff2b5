"""What a hit, a citation and an answer count for: one question's scores."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Final

from pydantic import BaseModel, ConfigDict

from app.answer import Answer, Citation
from app.choice import LONG_WORDS, SHORT_WORDS
from app.question import LanguageDetector
from corpus.article import Article, Span
from eval.gold import GoldQuestion, covered_share, evidence_spans
from eval.matching import holds, satisfies
from eval.metrics import (
    CitedClaim,
    Supports,
    average_precision,
    citation_precision,
    citation_recall,
    ndcg,
    recall_at_k,
    reciprocal_rank,
)

# A hit is relevant when it covers this share of a piece of evidence.
COVERED: Final = 0.7
# A citation touches a piece of evidence when they have this share of the shorter one in common: a cited
# sentence may be longer than the evidence, or one of its sentences.
TOUCHED: Final = 0.5
# Types whose answers may be long (DESIGN: lists, comparisons, reasons, and what needs several pieces).
_LONG_TYPES: Final = (
    "why",
    "how",
    "list",
    "comparison",
    "treaty article",
    "several passages",
    "several articles",
    "disagreement",
    "follow-up",
)
_NUMBERS: Final = re.compile(r"\s*\[\d+\]")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FoundHit(_Strict):
    """A passage that was found: its id (of the system's own making), where it stands, its score."""

    passage: str
    article: str
    spans: list[Span]
    score: float


class Scores(_Strict):
    """The scores of one question; None where a metric does not apply to it.

    Retrieval and ``right`` (0 when declined): for answerable questions; ``holds_facts``,
    ``within_length``, ``right_citation`` and ``cited_ap``: for those of them that were answered; citation
    recall and precision and ``words``: for every answer given; ``in_language``: for every question.
    """

    recall_1: float | None = None
    recall_3: float | None = None
    recall_5: float | None = None
    recall_10: float | None = None
    mrr_10: float | None = None
    ndcg_10: float | None = None
    right: float | None = None
    holds_facts: float | None = None
    within_length: float | None = None
    in_language: float
    right_citation: float | None = None
    cited_ap: float | None = None
    citation_recall: float | None = None
    citation_precision: float | None = None
    declined: bool
    answerable: bool
    words: float | None = None
    confidence: float


class Judge:
    """Scores hits and answers against the gold questions, over the articles as they are."""

    def __init__(self, articles: Mapping[str, Article], supports: Supports) -> None:
        self.articles = articles
        self._supports = supports
        self._detector = LanguageDetector(articles.values())
        self._translations = {
            (article.id, sentence.text): sentence.translation
            for article in articles.values()
            for sentence in article.sentences
        }

    def score(
        self, question: GoldQuestion, hits: Sequence[FoundHit], relevant_units: int, answer: Answer
    ) -> Scores:
        """Score one question. ``relevant_units``: how many units of the system's index are relevant."""
        given = {
            "in_language": float(self.is_in_language(question, answer)),
            "declined": answer.status == "declined",
            "answerable": question.is_answerable,
            "confidence": answer.confidence,
        }
        if answer.status == "answered":
            claims = self._claims(answer)
            # Recall and precision ask for much the same; the encoder is slow.
            supports = cache(self._supports)
            given |= {
                "words": float(words_in(answer)),
                "citation_recall": citation_recall(claims, supports),
                "citation_precision": citation_precision(claims, supports),
            }
        if not question.is_answerable:
            return Scores.model_validate(given)
        return Scores.model_validate(
            given | self._retrieval(question, hits, relevant_units) | self._answer(question, answer)
        )

    def is_relevant(self, question: GoldQuestion, article: str, spans: Iterable[Span]) -> bool:
        """Return whether some words cover a piece of the evidence."""
        spans = list(spans)
        return any(self._covers(evidence, article, spans) for evidence in self._places(question))

    def is_in_language(self, question: GoldQuestion, answer: Answer) -> bool:
        """Return whether the text of the answer is in the language of the question.

        What counts is the text as a whole: an answer that consists of a quotation in the other language
        is not in the language asked for, whatever introduces it.
        """
        return self._detector.detect(words_of(answer)) == question.language == answer.language

    def _retrieval(
        self, question: GoldQuestion, hits: Sequence[FoundHit], relevant_units: int
    ) -> dict[str, float]:
        covers = [
            [self._covers(places, hit.article, hit.spans) for hit in hits]
            for places in self._places(question)
        ]
        relevant = [any(column) for column in zip(*covers, strict=True)]
        return {
            **{f"recall_{k}": recall_at_k(covers, k) for k in (1, 3, 5, 10)},
            "mrr_10": reciprocal_rank(relevant, 10),
            "ndcg_10": ndcg(relevant, relevant_units, 10),
        }

    def _answer(self, question: GoldQuestion, answer: Answer) -> dict[str, float]:
        if answer.status == "declined":
            return {"right": 0.0}
        parts = {
            "holds_facts": holds_facts(question, answer),
            "within_length": words_in(answer) <= most_words(question),
            "in_language": self.is_in_language(question, answer),
        }
        cited = self._cited(question, answer)
        return {
            **{name: float(value) for name, value in parts.items()},
            "right": float(all(parts.values())),
            **cited,
        }

    def _cited(self, question: GoldQuestion, answer: Answer) -> dict[str, float]:
        pieces = self._places(question)
        valid = [citation for citation in answer.citations if self.quoted(citation) is not None]
        touches = [
            any(self._touches(places, citation.article, citation.spans) for places in pieces)
            for citation in valid
        ]
        covered_at = [self._covered_at(places, valid) for places in pieces]
        # Invalid ones rank last; they count as wrong.
        touches += [False] * (len(answer.citations) - len(valid))
        return {"right_citation": float(any(touches)), "cited_ap": average_precision(touches, covered_at)}

    def _covered_at(self, places: Sequence[tuple[str, Span]], citations: Sequence[Citation]) -> int | None:
        """The number of the citation with which a piece of evidence is covered."""
        cited: dict[str, list[Span]] = defaultdict(list)
        for n, citation in enumerate(citations, 1):
            cited[citation.article] += citation.spans
            if self._covers(places, citation.article, cited[citation.article]):
                return n
        return None

    def _claims(self, answer: Answer) -> list[CitedClaim]:
        by_number = {citation.n: citation for citation in answer.citations}
        return [
            CitedClaim(
                claim.text.replace("**", ""),
                tuple(self._premise(by_number[n]) if n in by_number else None for n in claim.citations),
            )
            for claim in answer.claims
        ]

    def _premise(self, citation: Citation) -> str | None:
        """The cited words; with their English where it is the one stored beside the articles."""
        quoted = self.quoted(citation)
        stored = self._translations.get((citation.article, citation.quote))
        if quoted is None or not stored or citation.translation != stored:
            return quoted
        return f"{quoted}\n{stored}"

    def quoted(self, citation: Citation) -> str | None:
        """Return the words a citation shows, or None when the article does not hold them in its spans.

        The quote is repaired text; letters and digits that repairs changed are few, so nine tenths of the
        quote's letters, in order, must stand in the raw spans.
        """
        article = self.articles.get(citation.article)
        if article is None or not all(0 <= s < e <= len(article.raw) for s, e in citation.spans):
            return None
        raw = _letters("".join(article.raw[start:end] for start, end in citation.spans))
        quote = _letters(citation.quote)
        if not quote:
            return None
        if raw == quote:
            return citation.quote
        same = sum(
            block.size for block in SequenceMatcher(None, raw, quote, autojunk=False).get_matching_blocks()
        )
        return citation.quote if same >= 0.9 * max(len(raw), len(quote)) else None

    def _places(self, question: GoldQuestion) -> list[list[tuple[str, Span]]]:
        """For each piece of evidence the places where it stands."""
        return [
            [(evidence.article, span) for span in evidence_spans(evidence, self.articles)]
            for evidence in question.evidence
        ]

    def _covers(self, places: Iterable[tuple[str, Span]], article: str, spans: Iterable[Span]) -> bool:
        spans = list(spans)
        return any(
            place == article and covered_share(span, spans, self.articles[article].raw) >= COVERED
            for place, span in places
        )

    def _touches(self, places: Iterable[tuple[str, Span]], article: str, spans: Sequence[Span]) -> bool:
        length = sum(end - start for start, end in spans)
        return any(
            sum(max(0, min(end, high) - max(start, low)) for low, high in spans)
            >= TOUCHED * min(length, end - start)
            for place, (start, end) in places
            if place == article
        )


def holds_facts(question: GoldQuestion, answer: Answer) -> bool:
    """Return whether the answer holds every fact it must, and none that it must not."""
    text = words_of(answer)
    return satisfies(text, question.must) and not any(
        holds(text, alternative) for alternative in question.must_not
    )


def words_in(answer: Answer) -> int:
    """Return the number of words of an answer, footnote numbers aside."""
    return len(words_of(answer).split())


def words_of(answer: Answer) -> str:
    """Return the words of an answer, without footnote numbers and without the marks of bold."""
    return " ".join(_NUMBERS.sub("", answer.text).replace("**", "").split())


def most_words(question: GoldQuestion) -> int:
    """Return how long an answer to the question may be, in words."""
    return LONG_WORDS if question.type in _LONG_TYPES else SHORT_WORDS


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())
