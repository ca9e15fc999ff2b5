"""The one object that everybody calls: a question in, an answer with footnotes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import cast

import numpy as np

from app.address import AddressKind, kind_of, without_instructions
from app.answer import Answer, Disagreement, Reason
from app.choice import Asked, choose
from app.claims import WrittenClaims
from app.clauses import halves
from app.compose import claims_and_citations, nearest
from app.conversation import Conversation
from app.counters import Counters
from app.differing import Differing, differing_from, with_sides
from app.disagreements import Disagreements
from app.evidence import Candidate, EvidenceChooser
from app.growing import told
from app.question import LONGEST, LanguageDetector, Question, clean, is_askable, type_of
from app.readers import OFF, ReadingSettings, reader_of
from app.refusal import RefusalSettings, confidence, decide
from app.rewriting import Rewriter, Rewriting
from app.suggestions import suggestions
from app.texts import text as word
from app.unsaid import unknown_words, unsaid
from app.verify import Verified, Verifier, rebuilt_text
from app.writing import Writer, Writing, Written, followed_by, left_out
from corpus.article import LANGUAGES, Article, Language
from corpus.errors import QuestionError
from index.model import Model
from index.reading import Reader
from index.search import Found, Searcher
from index.settings import SearchSettings
from index.stores import Engine

_HITS = 10
# What is less probably evidence than this, as a share of the best, is not given to a generator.
_SHARE_GIVEN = 0.1
# In how many of the passages what the question names is looked for when it is declined.
_SPOKEN_OF = 3


class Assistant:
    """Answers questions from one generation of the index."""

    def __init__(
        self,
        searcher: Searcher,
        refusal: RefusalSettings | None = None,
        writing: Writing | None = None,
        rewriting: Rewriting | None = None,
        counters: Counters | None = None,
        reader: Reader | None = None,
        reading: ReadingSettings | None = None,
    ) -> None:
        self.searcher = searcher
        self._given = (refusal, writing, rewriting)
        self._reader = (reader, reading)
        self._refusal = refusal or RefusalSettings()
        self.articles: Mapping[str, Article] = searcher.articles
        self.generation = searcher.manifest.id
        self.chooser = EvidenceChooser(searcher, reader, reading)
        self._verifier = Verifier(self.articles)
        self.counters = counters or Counters(self.generation)
        self._detector = LanguageDetector(searcher.articles.values())
        self._conversation = Conversation(searcher.articles.values(), self._detector.detect)
        self._writer = self._writer_of(writing) if writing else None
        self._rewriter = self._rewriter_of(rewriting) if rewriting else None
        # How much longer than without a generator an answer may take, in seconds.
        self.writing_seconds = sum(limits.seconds for limits in (writing, rewriting) if limits)

    @classmethod
    def load(
        cls,
        index: Path,
        model: Model,
        search: SearchSettings | None = None,
        refusal: RefusalSettings | None = None,
        writing: Writing | None = None,
        rewriting: Rewriting | None = None,
        engine: Engine | None = None,
        reader: str = OFF,
        reading: ReadingSettings | None = None,
        *,
        allow_download: bool = False,
    ) -> Assistant:
        """Load the current generation; raises IndexMissing, IndexDamaged, ModelUnavailable, StoreUnavailable.

        ``writing``: the generator that may write answers, and its limits; without one they are chosen.
        ``rewriting``: the one that may reword questions that lean on earlier ones; else rules alone do.
        ``engine``: the database that vectors and words are looked up in; else the files of the index.
        ``reader``: what reads the best sentences (`app.readers.reader_of`), ``reading``: what it counts for.
        """
        searcher = Searcher(index, model, settings=search, engine=engine)
        own = reader_of(reader, searcher.encoder, allow_download=allow_download)
        return cls(searcher, refusal, writing, rewriting, reader=own, reading=reading)

    def renewed(self, index: Path) -> Assistant:
        """Load the current generation beside this one, with the same model, settings, generator and counters.

        Raises IndexMissing or IndexDamaged, and that too where it was made with another model.
        """
        old = self.searcher
        searcher = Searcher(index, old.encoder.model, old.encoder, old.settings, old.engine)
        return Assistant(searcher, *self._given, self.counters, *self._reader)

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
        return told(self.growing(question, language, history))

    def chosen(self, question: str, language: str = "auto") -> Answer:
        """Answer in sentences of the articles though there is a generator: what is asked by ourselves, as
        when the server starts, must not wait for one."""
        text = clean(question)
        return told(self._growing(text, self._language(text, language), (), writer=None))

    def growing(
        self, question: str, language: str = "auto", history: Sequence[str] = ()
    ) -> Generator[Answer, None, Answer]:
        """Answer as ``ask`` does; yields what is written of the answer so far, and returns the whole.

        What has been yielded stays: each answer begins with the sentences of the one before. Without a
        generator nothing is yielded.
        """
        started = perf_counter()
        text = clean(question)
        own = self._language(text, language)
        answer = yield from self._growing(text, own, history, self._writer)
        timings = {**answer.timings_ms, "total": _ms(started, perf_counter())}
        answer = answer.model_copy(update={"timings_ms": timings})
        self.counters.count_answer(answer)
        return answer

    def _growing(
        self, text: str, language: Language, history: Sequence[str], writer: Writer | None
    ) -> Generator[Answer, None, Answer]:
        """The answer to a question that is readable, but for the total time."""
        bare = _Asked(text, language, history)
        if len(text) > LONGEST:
            return self._declined(replace(bare, text=text[:LONGEST]), "too_long")
        kind = kind_of(text)
        # What is asked beside an instruction is answered as if it stood alone.
        own = without_instructions(text) if kind == "instruction" else text
        if kind not in ("instruction", None) or (kind and not is_askable(own)):
            return self._declined(bare, "not_a_question", self._addressed(kind, language))
        if not is_askable(own):
            return self._declined(bare, "not_a_question")
        started = perf_counter()
        # What the server asks itself does not wait for a generator.
        rewriter = self._rewriter if writer else None
        asked = self._in_context(own, language, history, rewriter)
        read = perf_counter()
        found = self.searcher.search(asked.text, _HITS, language)
        searched = perf_counter()
        candidates = self.chooser.rank(asked, found)
        chosen = choose(asked, candidates, self._halves(asked))
        chosen, differing = self._with_sides(asked, chosen, candidates)
        signs = self.chooser.signs(asked, found, candidates)
        sure = confidence(signs, self._refusal)
        reason = decide(signs, self._refusal)
        verified = self._verified(asked, chosen, differing) if not reason else None
        chose = perf_counter()
        timings = {"search": _ms(read, searched), "evidence": _ms(searched, chose)}
        if rewriter:
            timings["rewriting"] = _ms(started, read)
        if verified is None or not verified.claims:
            reason = reason or "not_in_corpus"
            told = self._missing(asked, found, reason)
            return self._declined(bare, reason, told, found, sure, timings)
        answer = Answer(
            id=self._id(bare),
            question=text,
            language=language,
            status="answered",
            text=rebuilt_text(verified.claims),
            claims=verified.claims,
            citations=verified.citations,
            disagreement=_disagreement(asked, differing, verified, chosen),
            confidence=sure,
            follow_ups=suggestions(asked, chosen),
            generation=self.generation,
            timings_ms=timings,
        )
        # Where the articles contradict one another, they are quoted.
        if writer is None or differing is not None:
            return answer
        written = yield from self._writing(writer, answer, asked, chosen, candidates)
        return written.model_copy(update={"timings_ms": {**timings, "writing": _ms(chose, perf_counter())}})

    def _writing(
        self,
        writer: Writer,
        chosen_answer: Answer,
        asked: Question,
        chosen: list[Candidate],
        candidates: list[Candidate],
    ) -> Generator[Answer, None, Answer]:
        """The answer as a generator writes it, or the one that was chosen where too little is borne out."""
        taken = {candidate.sentence.id for candidate in chosen}
        least = _SHARE_GIVEN * max(candidate.probability for candidate in chosen)
        others = (other for other in candidates if other.sentence.id not in taken)
        sources = [*chosen, *(other for other in others if other.probability >= least)]
        written = Written()
        for written in writer.write(asked, sources):
            if written.claims and written.usage is None:
                growing = _with_claims(chosen_answer, written)
                yield growing.model_copy(update={"draft": writer.told_of(written)})
        self.counters.count_dropped(written.dropped)
        self.counters.count_draft(failed=bool(written.failure))
        draft = writer.told_of(written)
        if more := left_out(asked, written, chosen_answer):
            written = followed_by(written, more, chosen_answer)
        return _with_claims(chosen_answer, written).model_copy(update={"draft": draft})

    def _writer_of(self, writing: Writing) -> Writer:
        verifier = Verifier(self.articles, WrittenClaims(self.searcher.encoder, writing.entailment))
        return Writer(writing, verifier, self._detector.detect, self._nearness)

    def _rewriter_of(self, rewriting: Rewriting) -> Rewriter:
        detect, count = self._detector.detect, self.counters.count_rewritten
        return Rewriter(rewriting, self._conversation, detect, count)

    def _nearness(self, text: str, sources: Sequence[Candidate]) -> float:
        """The cosine of a sentence with the nearest of its sources, in either language."""
        if not sources:
            return 0.0
        vector = self.searcher.encoder.encode_query([text])[0]
        numbers = np.unique([self.searcher.sentence_number[source.sentence.id] for source in sources])
        store = self.searcher.store
        return max(float(store.cosines("sentences", lang, vector, numbers).max()) for lang in LANGUAGES)

    def _with_sides(
        self, question: Question, chosen: list[Candidate], candidates: list[Candidate]
    ) -> tuple[list[Candidate], Differing | None]:
        """The sentences of the answer, with those that say otherwise behind the one they contradict."""
        differing = differing_from(question, chosen, self._disagreements)
        if differing is None:
            return chosen, None
        known = {candidate.sentence.id: candidate for candidate in (*candidates, *chosen)}
        sides = []
        for name in differing.sentences:
            article, sentence = self.searcher.sentences[self.searcher.sentence_number[name]]
            block = article.block_by_id[sentence.block]
            other = replace(
                chosen[0], article=article, block=block, sentence=sentence, before=None, reading=None
            )
            sides.append(known.get(name, other))
        return with_sides(question, chosen, differing, sides)

    @cached_property
    def _disagreements(self) -> Disagreements:
        """Found with the first question that may need them: that takes most of a second."""
        return Disagreements.find(self.searcher, self._conversation.vocabulary)

    def _verified(self, question: Question, chosen: list[Candidate], differing: Differing | None) -> Verified:
        """The claims that their citations bear out; those that fall are counted."""
        claims, citations = claims_and_citations(question, chosen)
        if differing is not None:
            claims.append(differing.claim(question.language, _numbers(differing, chosen)))
        verified = self._verifier.verify(claims, citations, question.language)
        self.counters.count_dropped(verified.dropped)
        return verified

    def _addressed(self, kind: AddressKind | None, language: Language) -> str:
        """What is said to somebody who does not ask the articles."""
        titles = "; ".join(article.shown_title for article in self.articles.values())
        return word(language, f"address.{kind}", count=len(self.articles), titles=titles)

    def _missing(self, question: Question, found: Found, reason: Reason) -> str:
        """Why there is no answer, with the names and years of the question that the articles, or the passages
        found, do not speak of."""
        declined = word(question.language, f"decline.{reason}")
        vocabulary = self._conversation.vocabulary
        passages = (
            f"{hit.passage.section} {hit.passage.text} {hit.article.passage_english(hit.passage)}"
            for hit in found.hits[:_SPOKEN_OF]
        )
        missing = unsaid(question.text, question.language, " ".join(passages), vocabulary)
        unknown = set(unknown_words(question.text, question.language, vocabulary))
        for where, words in (
            ("corpus", [name for name in missing if name in unknown]),
            ("evidence", [name for name in missing if name not in unknown]),
        ):
            if words:
                quoted = ", ".join(f"“{name}”" for name in words)
                declined += " " + word(question.language, f"unsaid.{where}", words=quoted)
        return declined

    def search(self, query: str, k: int = 10, language: str = "auto", history: Sequence[str] = ()) -> Found:
        """Return the passages for a query, as ``ask`` would; raises QuestionError for an unknown language."""
        own = self._language(query, language)
        return self.searcher.search(self._in_context(query, own, history).text, k, own)

    def read(self, question: str, history: Sequence[str] = ()) -> tuple[Question, Found]:
        """Return a question as it is searched, and what is found; raises QuestionError as ``ask`` does."""
        text = clean(question)
        asked = self._in_context(text, self._language(text, "auto"), history)
        return asked, self.searcher.search(asked.text, _HITS, asked.language)

    def leaned_on(self, question: str, language: Language, history: Sequence[str]) -> tuple[str, ...]:
        """Return the last of the earlier questions that a question needs to be read as it is: () where it
        stands alone. So an address need not tell what else was asked."""
        text = clean(question)
        whole = self._in_context(text, language, history)
        starts = range(len(history), -1, -1)
        return next(
            tuple(history[start:])
            for start in starts
            if self._in_context(text, language, history[start:]) == whole
        )

    def _language(self, text: str, language: str) -> Language:
        if language not in ("auto", "tr", "en"):
            raise QuestionError(f"The language {language!r} is unknown: give tr, en or auto.")
        return self._detector.detect(text[:LONGEST]) if language == "auto" else cast(Language, language)

    def _in_context(
        self, text: str, language: Language, history: Sequence[str], rewriter: Rewriter | None = None
    ) -> Question:
        """The question with what it needs of the questions before it, in other words if a rewriter finds
        better ones."""
        before = [clean(earlier) for earlier in history if earlier.strip()]
        resolved = self._conversation.in_context(text, language, before)
        if rewriter and resolved.leans:
            # Only what it leans on: a permanent link holds no more, and is to give the same answer.
            resolved = rewriter.rewritten(resolved, text, language, self.leaned_on(text, language, before))
        return Question(resolved.text, language, type_of(resolved.asks))

    def _halves(self, question: Question) -> list[Asked]:
        """Where a question asks two things, each of them with its candidates; the second is read in the light
        of the first."""
        texts = halves(question.text, question.language)
        if texts is None:
            return []
        asked = [
            self._in_context(texts[0], question.language, ()),
            self._in_context(texts[1], question.language, texts[:1]),
        ]
        return [
            (half, self.chooser.rank(half, self.searcher.search(half.text, _HITS, half.language)))
            for half in asked
        ]

    def _declined(
        self,
        asked: _Asked,
        reason: Reason,
        told: str = "",
        found: Found | None = None,
        sure: float = 0.0,
        timings: Mapping[str, float] = MappingProxyType({}),
    ) -> Answer:
        return Answer(
            id=self._id(asked),
            question=asked.text,
            language=asked.language,
            status="declined",
            reason=reason,
            text=told or word(asked.language, f"decline.{reason}"),
            confidence=sure,
            nearest=nearest(found.hits) if found else [],
            generation=self.generation,
            timings_ms=dict(timings),
        )

    def _id(self, asked: _Asked) -> str:
        """The same question, language and history over the same generation have the same id."""
        made_by = [self.generation, *([self._writer.name] if self._writer else [])]
        key = json.dumps([asked.text, asked.language, list(asked.history), *made_by], ensure_ascii=False)
        return hashlib.sha256(key.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Asked:
    """What was asked, as it was asked."""

    text: str
    language: Language
    history: Sequence[str]


def _with_claims(answer: Answer, written: Written) -> Answer:
    claims = list(written.claims)
    return answer.model_copy(
        update={"claims": claims, "citations": list(written.citations), "text": rebuilt_text(claims)}
    )


def _numbers(differing: Differing, chosen: Sequence[Candidate]) -> list[int]:
    """The numbers of the citations that are sides of a disagreement."""
    return [n for n, candidate in enumerate(chosen, 1) if candidate.sentence.id in differing.sentences]


def _disagreement(
    question: Question, differing: Differing | None, verified: Verified, chosen: Sequence[Candidate]
) -> Disagreement | None:
    """What the articles say differently, where every side of it has stood the check."""
    if differing is None or verified.dropped:
        return None
    about = differing.about(question.language)
    return Disagreement(about=about, citations=_numbers(differing, chosen))


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 2)
