"""Hybrid search: a question in, ranked passages out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from corpus.article import LANGUAGES, Article, Language, Passage, Sentence
from corpus.errors import IndexDamaged
from index import generation as store
from index.analyzer import analyze, analyze_query
from index.build import read_articles
from index.encoder import Encoder
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
    sentence; each over the articles as they stand, and over their English. ``expansion``: the share that
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


@dataclass(frozen=True)
class Found:
    """The hits of a search; for choosing evidence also the cosines of the question with every sentence of
    the index and with its English, shape (sentences,), and the question's terms."""

    hits: tuple[Hit, ...]
    sentence_cosines: NDArray[np.float32]
    english_cosines: NDArray[np.float32]
    terms: tuple[str, ...]


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
        counts = np.cumsum([0, *(len(passage.sentences) for _, passage in self.passages)])
        self._members = np.array(
            [self.sentence_number[name] for _, passage in self.passages for name in passage.sentences]
        )
        self._first_member = counts[:-1]
        self.encoder = encoder or Encoder(model)
        self.settings = settings or SearchSettings()

    def search(self, query: str, k: int = 10, language: Language = "tr") -> Found:
        """Return the ``k`` best passages for a question, by weighted reciprocal-rank fusion."""
        vector = self.encoder.encode_query([query])[0]
        terms = analyze_query(query, language)
        cosines = {lang: vectors @ vector for lang, vectors in self.sentence_vectors.items()}
        hits = self._fuse(self._rankings(query, language, vector, cosines, terms), k)
        return Found(hits, cosines["tr"], cosines["en"], tuple(terms))

    def _rankings(
        self,
        query: str,
        language: Language,
        vector: NDArray[np.float32],
        cosines: Mapping[Language, NDArray[np.float32]],
        terms: list[str],
    ) -> _Rankings:
        weights = self.settings.tr if language == "tr" else self.settings.en
        dense = {lang: self._vectors[lang].search(vector, len(self.passages)) for lang in LANGUAGES}
        equivalents = expand(terms, language)
        english = analyze(query, "en")

        def expanded(index: Lexical) -> NDArray[np.float32]:
            return index.scores(terms) + weights.expansion * index.scores(equivalents)

        lexical = expanded(self._lexical["tr"])
        rankings = (
            (weights.passages, dense["tr"][0]),
            (weights.passages_english, dense["en"][0]),
            (weights.sentences, _ranking(self._best(cosines["tr"]))),
            (weights.sentences_english, _ranking(self._best(cosines["en"]))),
            (weights.lexical, _ranking(lexical)),
            (weights.lexical_english, _ranking(self._lexical["en"].scores(english))),
            (weights.lexical_sentences, _ranking(self._best(expanded(self._sentence_lexical["tr"])))),
            (
                weights.lexical_sentences_english,
                _ranking(self._best(self._sentence_lexical["en"].scores(english))),
            ),
        )
        best_cosines = np.full(len(self.passages), -1.0, np.float32)
        for ids, scores in dense.values():
            best_cosines[ids] = np.maximum(best_cosines[ids], scores)
        return _Rankings(rankings, best_cosines, lexical)

    def _best(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each passage the best score of one of its sentences."""
        return np.asarray(np.maximum.reduceat(scores[self._members], self._first_member), np.float32)

    def _fuse(self, found: _Rankings, k: int) -> tuple[Hit, ...]:
        fused: dict[int, float] = {}
        for weight, ranking in found.rankings:
            for rank, number in enumerate(ranking[: self.settings.depth], 1):
                fused[int(number)] = fused.get(int(number), 0.0) + weight / (self.settings.rrf_k + rank)
        best = sorted(fused, key=lambda number: (-fused[number], number))[:k]
        return tuple(
            Hit(
                rank=rank,
                passage=self.passages[number][1],
                article=self.passages[number][0],
                score=fused[number],
                cosine=float(found.cosines[number]),
                lexical=float(found.lexical[number]),
            )
            for rank, number in enumerate(best, 1)
        )


@dataclass(frozen=True)
class _Rankings:
    """Weighted rankings of passage numbers, best first; by passage the better of its two cosines and its
    BM25 score, shape (passages,)."""

    rankings: tuple[tuple[float, NDArray[np.int64]], ...]
    cosines: NDArray[np.float32]
    lexical: NDArray[np.float32]


def _ranking(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The numbers of the scores above 0, best first; equal ones keep the order of the corpus."""
    order = np.argsort(-scores, kind="stable")
    return np.asarray(order[scores[order] > 0], np.int64)
