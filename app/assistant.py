"""The one object that everybody calls: a question in, an answer with footnotes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import cast

from app.answer import Answer, Reason
from app.compose import choose, claims_and_citations, nearest
from app.conversation import Conversation, Resolved
from app.evidence import EvidenceChooser
from app.question import LONGEST, LanguageDetector, Question, clean, is_askable, type_of
from app.refusal import RefusalSettings, Signs, confidence, decide
from app.texts import text as word
from corpus.article import Article, Language
from corpus.errors import QuestionError
from index.model import Model
from index.search import Found, Searcher, SearchSettings

_HITS = 10


class Assistant:
    """Answers questions from one generation of the index."""

    def __init__(self, searcher: Searcher, refusal: RefusalSettings | None = None) -> None:
        self.searcher = searcher
        self._refusal = refusal or RefusalSettings()
        self.articles: Mapping[str, Article] = searcher.articles
        self.generation = searcher.manifest.id
        self._chooser = EvidenceChooser(searcher)
        self._detector = LanguageDetector(searcher.articles.values())
        self._conversation = Conversation(searcher.articles.values(), self._detector.detect)

    @classmethod
    def load(
        cls,
        index: Path,
        model: Model,
        search: SearchSettings | None = None,
        refusal: RefusalSettings | None = None,
    ) -> Assistant:
        """Load the current generation; raises IndexMissing, IndexDamaged or ModelUnavailable."""
        return cls(Searcher(index, model, settings=search), refusal)

    def ask(
        self,
        question: str,
        language: str = "auto",
        history: Sequence[str] = (),
    ) -> Answer:
        """Answer a question; ``history`` holds the questions asked before it, oldest first.

        Raises QuestionError when the question is empty or not readable as text, or the language is
        neither "tr", "en" nor "auto". A question that cannot be answered gets a declined answer.
        """
        started = perf_counter()
        text = clean(question)
        own = self._language(text, language)
        if len(text) > LONGEST:
            return self._declined(text[:LONGEST], own, "too_long", None, 0.0, history, started, {})
        if not is_askable(text):
            return self._declined(text, own, "not_a_question", None, 0.0, history, started, {})
        resolved = self._in_context(text, own, history)
        asked = Question(resolved.text, own, type_of(resolved.asks))
        found = self.searcher.search(asked.text, _HITS, own)
        searched = perf_counter()
        candidates = self._chooser.rank(asked, found)
        chosen = choose(asked, candidates)
        signs = self._chooser.signs(asked, found, candidates)
        timings = {"search": _ms(started, searched), "evidence": _ms(searched, perf_counter())}
        sure = confidence(signs, self._refusal)
        reason = decide(signs, self._refusal) if chosen else "not_in_corpus"
        if reason:
            return self._declined(text, own, reason, found, sure, history, started, timings)
        shown, claims, citations = claims_and_citations(asked, chosen)
        return Answer(
            id=self._id(text, own, history),
            question=text,
            language=own,
            status="answered",
            text=shown,
            claims=claims,
            citations=citations,
            confidence=sure,
            generation=self.generation,
            timings_ms={**timings, "total": _ms(started, perf_counter())},
        )

    def search(self, query: str, k: int = 10, language: str = "auto", history: Sequence[str] = ()) -> Found:
        """Return the passages for a query, as ``ask`` would; raises QuestionError for an unknown language."""
        own = self._language(query, language)
        return self.searcher.search(self._in_context(query, own, history).text, k, own)

    def signs(self, question: str, language: str = "auto", history: Sequence[str] = ()) -> Signs:
        """Return what speaks for and against an answer; raises QuestionError as ``ask`` does."""
        text = clean(question)
        own = self._language(text, language)
        resolved = self._in_context(text, own, history)
        asked = Question(resolved.text, own, type_of(resolved.asks))
        found = self.searcher.search(asked.text, _HITS, own)
        return self._chooser.signs(asked, found, self._chooser.rank(asked, found))

    def _language(self, text: str, language: str) -> Language:
        if language not in ("auto", "tr", "en"):
            raise QuestionError(f"The language {language!r} is unknown: give tr, en or auto.")
        return self._detector.detect(text[:LONGEST]) if language == "auto" else cast(Language, language)

    def _in_context(self, text: str, language: Language, history: Sequence[str]) -> Resolved:
        """The question with what it needs of the questions before it."""
        before = [clean(earlier) for earlier in history if earlier.strip()]
        return self._conversation.in_context(text, language, before)

    def _declined(
        self,
        text: str,
        language: Language,
        reason: Reason,
        found: Found | None,
        sure: float,
        history: Sequence[str],
        started: float,
        timings: dict[str, float],
    ) -> Answer:
        return Answer(
            id=self._id(text, language, history),
            question=text,
            language=language,
            status="declined",
            reason=reason,
            text=word(language, f"decline.{reason}"),
            confidence=sure,
            nearest=nearest(found.hits) if found else [],
            generation=self.generation,
            timings_ms={**timings, "total": _ms(started, perf_counter())},
        )

    def _id(self, text: str, language: Language, history: Sequence[str]) -> str:
        """The same question, language and history over the same generation have the same id."""
        key = json.dumps([text, language, list(history), self.generation], ensure_ascii=False)
        return hashlib.sha256(key.encode()).hexdigest()[:16]


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 2)
