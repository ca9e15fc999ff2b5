"""Hybrid search: a question in, ranked passages out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from corpus.article import LANGUAGES, Article, Language, Passage, Sentence
from corpus.errors import IndexDamaged
from index import generation as store
from index.analyzer import analyze, analyze_query
from index.encoder import Encoder
from index.encoding import read_articles
from index.lexical import Lexical
from index.model import Model
from index.synonyms import expand
from index.vectors import Vectors


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(_Settings):
    """How much each ranking of the passages counts in the fusion.

    ``passages``: cosine of question and passage; ``sentences``: the best cosine of question and a
    sentence of the passage; ``lexical``: BM25 of the passage; ``lexical_sentences``: the best BM25 of a
    sentence; each over the articles as they stand, and over their English. ``questions``,
    ``lexical_questions``: the best cosine, and the best BM25, of the question with one of the register that a
    sentence of the passage answers, in the language of the question. ``expansion``: the share that
    equivalent words add to the BM25 scores of the articles as they stand.
    """

    passages: float = Field(ge=0)
    passages_english: float = Field(ge=0)
    sentences: float = Field(ge=0)
    sentences_english: float = Field(ge=0)
    lexical: float = Field(ge=0)
    lexical_english: float = Field(ge=0)
    lexical_sentences: float = Field(ge=0)
    lexical_sentences_english: float = Field(ge=0)
    questions: float = Field(ge=0)
    lexical_questions: float = Field(ge=0)
    expansion: float = Field(ge=0)


class SearchSettings(_Settings):
    """What can be set about the search.

    ``rrf_k``: Cormack, Clarke & Büttcher, "Reciprocal Rank Fusion …", SIGIR 2009, use 60 for long
    rankings of web pages; over a few hundred passages the first places must count more
    (docs/adr/0004-search.md). ``depth``: how much of each ranking is fused. ``tr``, ``en``: the weights
    for questions in each language, the means of the thirty best of 1,200 drawn at random on the
    development questions, where a wide plateau does about as well.
    """

    rrf_k: float = Field(default=10, ge=0)
    depth: int = Field(default=50, ge=1)
    tr: Weights = Weights(
        passages=1.5,
        passages_english=1.1,
        sentences=0.5,
        sentences_english=0.4,
        lexical=2.3,
        lexical_english=0.7,
        lexical_sentences=2.2,
        lexical_sentences_english=0.8,
        questions=2.0,
        lexical_questions=3.0,
        expansion=1.0,
    )
    en: Weights = Weights(
        passages=0.9,
        passages_english=2.0,
        sentences=1.7,
        sentences_english=2.0,
        lexical=1.6,
        lexical_english=1.9,
        lexical_sentences=1.1,
        lexical_sentences_english=1.2,
        questions=2.0,
        lexical_questions=3.0,
        expansion=1.0,
    )

    @field_validator("tr", "en", mode="before")
    @classmethod
    def _over_the_defaults(cls, value: object, info: ValidationInfo) -> object:
        """Weights that are not given stay as they are."""
        field = cls.model_fields[str(info.field_name)]
        return {**field.default.model_dump(), **value} if isinstance(value, dict) else value


@dataclass(frozen=True)
class Hit:
    """A passage found, its place in the ranking (from 1) and its scores."""

    rank: int
    passage: Passage
    article: Article
    score: float
    cosine: float
    lexical: float


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


@dataclass(frozen=True)
class Found:
    """The hits of a search; for choosing evidence also what is known of every sentence of the index, shape
    (sentences, len(SIGNS)), and the question's terms."""

    hits: tuple[Hit, ...]
    signs: NDArray[np.float32]
    terms: tuple[str, ...]

    def sign(self, name: str) -> NDArray[np.float32]:
        """Return one of the SIGNS of every sentence, shape (sentences,)."""
        return self.signs[:, SIGNS.index(name)]


class Searcher:
    """Searches one generation of the index."""

    def __init__(
        self,
        index: Path,
        model: Model,
        encoder: Encoder | None = None,
        settings: SearchSettings | None = None,
    ) -> None:
        """Load the current generation; raises IndexMissing, IndexDamaged or ModelUnavailable."""
        folder, self.manifest = store.verified(index)
        made_with = self.manifest.inputs.model
        if (made_with.sha256, made_with.dimension) != (model.sha256, model.dimension):
            raise IndexDamaged(
                f"The index at {folder} was made with the model {made_with.name} {made_with.sha256[:8]}, "
                f"not with {model.name} {model.sha256[:8]}. Rebuild with: dipnot index"
            )
        self.articles: dict[str, Article] = {article.id: article for article in read_articles(folder)}
        self.passages: list[tuple[Article, Passage]] = [
            (article, passage) for article in self.articles.values() for passage in article.passages
        ]
        self.sentences: list[tuple[Article, Sentence]] = [
            (article, sentence) for article in self.articles.values() for sentence in article.sentences
        ]
        self.sentence_number = {sentence.id: i for i, (_, sentence) in enumerate(self.sentences)}
        self._vectors = {lang: Vectors.load(folder / store.PASSAGES[lang]) for lang in LANGUAGES}
        self._lexical = {lang: Lexical.load(folder / store.PASSAGE_TERMS[lang]) for lang in LANGUAGES}
        self._sentence_lexical = {
            lang: Lexical.load(folder / store.SENTENCE_TERMS[lang]) for lang in LANGUAGES
        }
        self.sentence_vectors: dict[Language, NDArray[np.float32]] = {
            lang: np.load(folder / store.SENTENCES[lang], allow_pickle=False) for lang in LANGUAGES
        }
        if any(len(vectors) != len(self.passages) for vectors in self._vectors.values()) or any(
            len(vectors) != len(self.sentences) for vectors in self.sentence_vectors.values()
        ):
            raise IndexDamaged(
                f"The vectors at {folder} do not belong to its passages. Rebuild with: dipnot index"
            )
        self.questions = [
            (article, question) for article in self.articles.values() for question in article.questions
        ]
        self.question_vectors: dict[Language, NDArray[np.float32]] = {
            lang: np.load(folder / store.QUESTIONS[lang], allow_pickle=False) for lang in LANGUAGES
        }
        self._question_lexical = {
            lang: Lexical.load(folder / store.QUESTION_TERMS[lang]) for lang in LANGUAGES
        }
        if any(len(vectors) != len(self.questions) for vectors in self.question_vectors.values()):
            raise IndexDamaged(
                f"The vectors at {folder} do not belong to its questions. Rebuild with: dipnot index"
            )
        # Each question beside each sentence that answers it.
        self._answering = np.array(
            [self.sentence_number[name] for _, question in self.questions for name in question.sentences], int
        )
        self._answered = np.repeat(
            np.arange(len(self.questions)), [len(question.sentences) for _, question in self.questions]
        )
        counts = np.cumsum([0, *(len(passage.sentences) for _, passage in self.passages)])
        self._members = np.array(
            [self.sentence_number[name] for _, passage in self.passages for name in passage.sentences]
        )
        self._first_member = counts[:-1]
        self._passage_of = np.repeat(np.arange(len(self.passages)), np.diff(counts))
        self.encoder = encoder or Encoder(model)
        self.settings = settings or SearchSettings()

    def search(self, query: str, k: int = 10, language: Language = "tr") -> Found:
        """Return the ``k`` best passages for a question, by weighted reciprocal-rank fusion."""
        vector = self.encoder.encode_query([query])[0]
        terms = analyze_query(query, language)
        measured = self._measured(query, language, vector, terms)
        return Found(self._fuse(measured, k), self._signs(measured), tuple(terms))

    def _measured(
        self, query: str, language: Language, vector: NDArray[np.float32], terms: list[str]
    ) -> _Measured:
        weights = self._weights(language)
        other: Language = "en" if language == "tr" else "tr"
        equivalents = expand(terms, language)
        english = analyze(query, "en")

        def lexical(indexes: Mapping[Language, Lexical]) -> dict[Language, NDArray[np.float32]]:
            expanded = weights.expansion * indexes["tr"].scores(equivalents)
            return {"tr": indexes["tr"].scores(terms) + expanded, "en": indexes["en"].scores(english)}

        register = self._question_lexical[language]
        asked = register.scores(analyze(query, language))
        if language == "tr":
            asked = asked + weights.expansion * register.scores(equivalents)
        # Without a register its index holds one question without a word.
        asked = asked[: len(self.questions)]
        return _Measured(
            weights=weights,
            passages={lang: self._vectors[lang].scores(vector) for lang in LANGUAGES},
            sentences={lang: vectors @ vector for lang, vectors in self.sentence_vectors.items()},
            lexical_passages=lexical(self._lexical),
            lexical_sentences=lexical(self._sentence_lexical),
            question=self._answering_best(self.question_vectors[language] @ vector),
            question_other=self._answering_best(self.question_vectors[other] @ vector),
            lexical_question=self._answering_best(asked),
        )

    def _weights(self, language: Language) -> Weights:
        return self.settings.tr if language == "tr" else self.settings.en

    def _rankings(self, found: _Measured) -> list[tuple[float, NDArray[np.int64]]]:
        weights = found.weights
        return [
            (weights.passages, _ranking(found.passages["tr"])),
            (weights.passages_english, _ranking(found.passages["en"])),
            (weights.sentences, _ranking(self._best(found.sentences["tr"]))),
            (weights.sentences_english, _ranking(self._best(found.sentences["en"]))),
            (weights.lexical, _ranking(found.lexical_passages["tr"])),
            (weights.lexical_english, _ranking(found.lexical_passages["en"])),
            (weights.lexical_sentences, _ranking(self._best(found.lexical_sentences["tr"]))),
            (weights.lexical_sentences_english, _ranking(self._best(found.lexical_sentences["en"]))),
            (weights.questions, _ranking(self._best(found.question))),
            (weights.lexical_questions, _ranking(self._best(found.lexical_question))),
        ]

    def _signs(self, found: _Measured) -> NDArray[np.float32]:
        """What is known of each sentence, in the order of SIGNS."""
        columns = [
            found.sentences["tr"],
            found.sentences["en"],
            self._holding_best(found.passages["tr"]),
            self._holding_best(found.passages["en"]),
            *(_share(found.lexical_sentences[lang]) for lang in LANGUAGES),
            *(_share(self._holding_best(found.lexical_passages[lang])) for lang in LANGUAGES),
            found.question,
            found.question_other,
            _share(found.lexical_question),
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    def _best(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each passage the best score of one of its sentences."""
        return np.asarray(np.maximum.reduceat(scores[self._members], self._first_member), np.float32)

    def _holding_best(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each sentence the best score of a passage that holds it."""
        best = np.zeros(len(self.sentences), np.float32)
        np.maximum.at(best, self._members, scores[self._passage_of])
        return best

    def _answering_best(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each sentence the best score of a question of the register that it answers; 0 without one."""
        best = np.zeros(len(self.sentences), np.float32)
        np.maximum.at(best, self._answering, scores[self._answered])
        return best

    def _fuse(self, found: _Measured, k: int) -> tuple[Hit, ...]:
        fused: dict[int, float] = {}
        for weight, ranking in self._rankings(found):
            for rank, number in enumerate(ranking[: self.settings.depth], 1):
                fused[int(number)] = fused.get(int(number), 0.0) + weight / (self.settings.rrf_k + rank)
        best = sorted(fused, key=lambda number: (-fused[number], number))[:k]
        return tuple(
            Hit(
                rank=rank,
                passage=self.passages[number][1],
                article=self.passages[number][0],
                score=fused[number],
                cosine=float(max(scores[number] for scores in found.passages.values())),
                lexical=float(found.lexical_passages["tr"][number]),
            )
            for rank, number in enumerate(best, 1)
        )


@dataclass(frozen=True)
class _Measured:
    """Cosines and BM25 of a question with every passage and every sentence, as they stand and in English;
    with the questions of the register, by sentence. ``weights``: those for the language of the question."""

    weights: Weights
    passages: dict[Language, NDArray[np.float32]]
    sentences: dict[Language, NDArray[np.float32]]
    lexical_passages: dict[Language, NDArray[np.float32]]
    lexical_sentences: dict[Language, NDArray[np.float32]]
    question: NDArray[np.float32]
    question_other: NDArray[np.float32]
    lexical_question: NDArray[np.float32]


def _ranking(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The numbers of the scores above 0, best first; equal ones keep the order of the corpus."""
    order = np.argsort(-scores, kind="stable")
    return np.asarray(order[scores[order] > 0], np.int64)


def _share(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores as a share of the best; all 0 where none is above."""
    return scores / (scores.max(initial=0.0) or 1.0)
