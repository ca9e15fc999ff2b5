"""Ranking by numbers alone: ten rankings of the passages, fused; what is known of each of their sentences.

Where few passages are at hand, all of them are ranked by all that is known. Otherwise a store is asked for
the best of each ranking, and those alone are ranked so: the passages nearest to the question and those with
its words, as they stand and in English; those that hold the sentences of which the same is true; those that
answer the register's questions that are most like it. Of each ranking more are asked for than are fused, so
that the ten best come out as if every passage had been ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpus.article import LANGUAGES, Language
from index.settings import SearchSettings, Weights
from index.stores.base import Field, Store

# What is known of each sentence once a question has been searched for: the cosine of the question with it and
# with its English, with the best passage that holds it and with that passage's English; BM25 likewise, as a
# share of the best; the best cosine with a question of the register that it answers, in the language of the
# question and in the other, and the best BM25, as a share of the best.
SIGNS: Final = (
    "sentence",
    "sentence_english",
    "passage",
    "passage_english",
    "lexical_sentence",
    "lexical_sentence_english",
    "lexical_passage",
    "lexical_passage_english",
    "question",
    "question_other",
    "lexical_question",
)
Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Asked:
    """A question as the rankings need it: its language, its vector, shape (d,), and its words with what each
    counts for, in the articles as they stand, in their English, and in the register."""

    language: Language
    vector: Scores
    words: Mapping[str, float]
    english: Mapping[str, float]
    register: Mapping[str, float]


@dataclass(frozen=True)
class Links:
    """Which things of one kind belong to each of another: those of number i are
    ``targets[starts[i]:starts[i + 1]]``."""

    starts: Numbers
    targets: Numbers

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> Links:
        """Make links from a list of targets for each number."""
        counts = [len(own) for own in lists]
        return cls(np.cumsum([0, *counts]), np.array([number for own in lists for number in own], np.int64))

    def to(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """Return the targets of ``numbers`` one after another, and how many each has."""
        counts = self.starts[numbers + 1] - self.starts[numbers]
        before = np.cumsum(counts) - counts
        at = np.repeat(self.starts[numbers] - before, counts) + np.arange(counts.sum())
        return self.targets[at], counts

    def reversed(self, count: int) -> Links:
        """Return the links the other way, from ``count`` targets."""
        order = np.argsort(self.targets, kind="stable")
        sources = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        counts = np.bincount(self.targets, minlength=count)
        return Links(np.concatenate([[0], np.cumsum(counts)]), sources[order])


@dataclass(frozen=True)
class Part:
    """What is ranked: numbers of passages, of all their sentences, and of all questions those answer, each
    ascending; and how they belong together, by their places in the part."""

    passages: Numbers
    sentences: Numbers
    questions: Numbers
    # Each sentence of each passage, beside its passage; each question beside each sentence that answers it.
    members: Numbers
    first_member: Numbers
    passage_of: Numbers
    answering: Numbers
    answered: Numbers
    is_all: bool

    def best(self, scores: Scores) -> Scores:
        """For each passage the best score of one of its sentences."""
        return np.asarray(np.maximum.reduceat(scores[self.members], self.first_member), np.float32)

    def holding_best(self, scores: Scores) -> Scores:
        """For each sentence the best score of a passage that holds it."""
        found = np.zeros(len(self.sentences), np.float32)
        np.maximum.at(found, self.members, scores[self.passage_of])
        return found

    def answering_best(self, scores: Scores) -> Scores:
        """For each sentence the best score of a question that it answers; 0 without one."""
        found = np.zeros(len(self.sentences), np.float32)
        np.maximum.at(found, self.answering, scores[self.answered])
        return found


@dataclass(frozen=True)
class Ranked:
    """Numbers of passages, best first, each with its score, its cosine and its BM25; the numbers of all
    sentences of the part that was ranked, and what is known of each, shape (sentences, len(SIGNS))."""

    passages: Numbers
    scores: list[float]
    cosines: list[float]
    lexical: list[float]
    sentences: Numbers
    signs: Scores


class Ranker:
    """Ranks the passages of one store."""

    def __init__(
        self, store: Store, members: Links, answers: Links, settings: SearchSettings | None = None
    ) -> None:
        """``members``: the sentences of each passage, at least one; ``answers``: those that answer each
        question of the register."""
        self._store = store
        self._members = members
        self._answers = answers
        count = store.count("sentences")
        self._holding = members.reversed(count)
        self._answered = answers.reversed(count)
        self._settings = settings or SearchSettings()
        is_small = store.count("passages") <= self._settings.exhaustive
        self._whole = self._part(None) if store.is_at_hand and is_small else None

    def rank(self, asked: Asked, k: int) -> Ranked:
        """Return the ``k`` best passages, by weighted reciprocal-rank fusion."""
        found = self._measured(asked, self._whole or self._part(self._candidates(asked)))
        places, scores = self._fused(found, k)
        return Ranked(
            found.part.passages[places],
            scores,
            [float(max(own[place] for own in found.passages.values())) for place in places],
            [float(found.lexical_passages["tr"][place]) for place in places],
            found.part.sentences,
            found.signs,
        )

    def _candidates(self, asked: Asked) -> Numbers:
        """The numbers of the passages that are among the best of a ranking."""
        store, k = self._store, self._settings.candidates
        found: dict[Field, list[Numbers]] = {"passages": [], "sentences": []}
        for field, numbers in found.items():
            numbers += [store.nearest(field, language, asked.vector, k).numbers for language in LANGUAGES]
            numbers.append(store.lexical(field, "tr", asked.words, k).numbers)
            numbers.append(store.lexical(field, "en", asked.english, k).numbers)
        questions = np.concatenate(
            [
                store.nearest("questions", asked.language, asked.vector, k).numbers,
                store.lexical("questions", asked.language, asked.register, k).numbers,
            ]
        )
        answering, _ = self._answers.to(np.unique(questions))
        sentences = np.unique(np.concatenate([*found["sentences"], answering]))
        return np.unique(np.concatenate([*found["passages"], self._holding.to(sentences)[0]]))

    def _part(self, chosen: Numbers | None) -> Part:
        """Some of the passages with what belongs to them, or everything there is."""
        store = self._store
        passages = np.arange(store.count("passages")) if chosen is None else chosen
        members, counts = self._members.to(passages)
        sentences = np.arange(store.count("sentences")) if chosen is None else np.unique(members)
        questions, answered_by = self._answered.to(sentences)
        asked = np.arange(store.count("questions")) if chosen is None else np.unique(questions)
        return Part(
            passages=passages,
            sentences=sentences,
            questions=asked,
            members=np.searchsorted(sentences, members),
            first_member=np.cumsum(counts) - counts,
            passage_of=np.repeat(np.arange(len(passages)), counts),
            answering=np.repeat(np.arange(len(sentences)), answered_by),
            answered=np.searchsorted(asked, questions),
            is_all=chosen is None,
        )

    def _measured(self, asked: Asked, part: Part) -> _Measured:
        store = self._store
        other: Language = "en" if asked.language == "tr" else "tr"
        words: dict[Language, Mapping[str, float]] = {"tr": asked.words, "en": asked.english}
        passages, sentences, questions = (
            (None, None, None) if part.is_all else (part.passages, part.sentences, part.questions)
        )
        return _Measured(
            part=part,
            weights=self._settings.tr if asked.language == "tr" else self._settings.en,
            passages={lang: store.cosines("passages", lang, asked.vector, passages) for lang in LANGUAGES},
            sentences={lang: store.cosines("sentences", lang, asked.vector, sentences) for lang in LANGUAGES},
            lexical_passages={
                lang: store.weights("passages", lang, words[lang], passages) for lang in LANGUAGES
            },
            lexical_sentences={
                lang: store.weights("sentences", lang, words[lang], sentences) for lang in LANGUAGES
            },
            question=part.answering_best(store.cosines("questions", asked.language, asked.vector, questions)),
            question_other=part.answering_best(store.cosines("questions", other, asked.vector, questions)),
            lexical_question=part.answering_best(
                store.weights("questions", asked.language, asked.register, questions)
            ),
        )

    def _fused(self, found: _Measured, k: int) -> tuple[list[int], list[float]]:
        fused: dict[int, float] = {}
        for weight, ranking in found.rankings:
            for rank, place in enumerate(ranking[: self._settings.depth], 1):
                fused[int(place)] = fused.get(int(place), 0.0) + weight / (self._settings.rrf_k + rank)
        best = sorted(fused, key=lambda place: (-fused[place], place))[:k]
        return best, [fused[place] for place in best]


@dataclass(frozen=True)
class _Measured:
    """Cosines and BM25 of a question with every passage and every sentence of a part, as they stand and in
    English; with the questions of the register, by sentence. ``weights``: those for its language."""

    part: Part
    weights: Weights
    passages: dict[Language, Scores]
    sentences: dict[Language, Scores]
    lexical_passages: dict[Language, Scores]
    lexical_sentences: dict[Language, Scores]
    question: Scores
    question_other: Scores
    lexical_question: Scores

    @property
    def rankings(self) -> list[tuple[float, Numbers]]:
        """Each ranking of the passages, by their places, with what it counts for."""
        weights, best = self.weights, self.part.best
        return [
            (weights.passages, _ranking(self.passages["tr"])),
            (weights.passages_english, _ranking(self.passages["en"])),
            (weights.sentences, _ranking(best(self.sentences["tr"]))),
            (weights.sentences_english, _ranking(best(self.sentences["en"]))),
            (weights.lexical, _ranking(self.lexical_passages["tr"])),
            (weights.lexical_english, _ranking(self.lexical_passages["en"])),
            (weights.lexical_sentences, _ranking(best(self.lexical_sentences["tr"]))),
            (weights.lexical_sentences_english, _ranking(best(self.lexical_sentences["en"]))),
            (weights.questions, _ranking(best(self.question))),
            (weights.lexical_questions, _ranking(best(self.lexical_question))),
        ]

    @property
    def signs(self) -> Scores:
        """What is known of each sentence, in the order of SIGNS."""
        holding = self.part.holding_best
        columns = [
            self.sentences["tr"],
            self.sentences["en"],
            holding(self.passages["tr"]),
            holding(self.passages["en"]),
            *(_share(self.lexical_sentences[lang]) for lang in LANGUAGES),
            *(_share(holding(self.lexical_passages[lang])) for lang in LANGUAGES),
            self.question,
            self.question_other,
            _share(self.lexical_question),
        ]
        return np.stack(columns, axis=1).astype(np.float32)


def _ranking(scores: Scores) -> Numbers:
    """The places of the scores above 0, best first; equal ones keep the order of the corpus."""
    order = np.argsort(-scores, kind="stable")
    return np.asarray(order[scores[order] > 0], np.int64)


def _share(scores: Scores) -> Scores:
    """Scores as a share of the best; all 0 where none is above."""
    return scores / (scores.max(initial=0.0) or 1.0)
