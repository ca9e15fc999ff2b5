"""Hybrid search: a question in, ranked passages out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from corpus.article import Article, Language, Passage, Sentence
from corpus.errors import IndexDamaged
from index import generation as store
from index.analyzer import analyze_query
from index.build import read_articles
from index.encoder import Encoder
from index.lexical import Lexical
from index.model import Model
from index.synonyms import expand
from index.vectors import Vectors


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(_Settings):
    """How much each ranking counts in the fusion.

    ``passages``: cosine of question and passage; ``sentences``: the best cosine of question and a
    sentence of the passage; ``lexical``: BM25; ``expansion``: the share that equivalent words add
    to the BM25 score.
    """

    passages: float = Field(ge=0)
    sentences: float = Field(ge=0)
    lexical: float = Field(ge=0)
    expansion: float = Field(ge=0)


class SearchSettings(_Settings):
    """What can be set about the search.

    ``rrf_k``: Cormack, Clarke & Büttcher, "Reciprocal Rank Fusion …", SIGIR 2009, use 60 for long
    rankings of web pages; over a few hundred passages the first places must count more
    (docs/adr/0004-search.md). ``depth``: how much of each ranking is fused. ``tr``, ``en``: the weights
    for questions in each language. Turkish questions meet Turkish words; English ones meet mostly names,
    numbers and the lexicon's words. Chosen on the development questions, where a wide plateau does
    about as well.
    """

    rrf_k: float = Field(default=10, ge=0)
    depth: int = Field(default=50, ge=1)
    tr: Weights = Weights(passages=1.0, sentences=0.5, lexical=3.0, expansion=1.0)
    en: Weights = Weights(passages=0.5, sentences=1.5, lexical=1.0, expansion=1.0)

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
    """The hits of a search; for choosing evidence also the cosine of the question with every sentence
    of the index, shape (sentences,), and the question's terms."""

    hits: tuple[Hit, ...]
    sentence_cosines: NDArray[np.float32]
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
        self._vectors = Vectors.load(folder / store.PASSAGES)
        self._lexical = Lexical.load(folder / store.LEXICAL)
        self.sentence_vectors: NDArray[np.float32] = np.load(folder / store.SENTENCES, allow_pickle=False)
        if len(self._vectors) != len(self.passages) or len(self.sentence_vectors) != len(self.sentences):
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
        cosines = self.sentence_vectors @ vector
        hits = self._fuse(vector, cosines, terms, expand(terms, language), k, self._weights(language))
        return Found(hits, cosines, tuple(terms))

    def _weights(self, language: Language) -> Weights:
        return self.settings.tr if language == "tr" else self.settings.en

    def _fuse(
        self,
        vector: NDArray[np.float32],
        sentence_cosines: NDArray[np.float32],
        terms: list[str],
        equivalents: list[str],
        k: int,
        weights: Weights,
    ) -> tuple[Hit, ...]:
        depth = self.settings.depth
        ids, cosines = self._vectors.search(vector, len(self.passages))
        lexical = self._lexical.scores(terms) if terms else np.zeros(len(self.passages), np.float32)
        if equivalents:
            lexical = lexical + weights.expansion * self._lexical.scores(equivalents)
        best_sentence = np.maximum.reduceat(sentence_cosines[self._members], self._first_member)
        rankings = (
            (weights.passages, ids[:depth]),
            (weights.sentences, _ranking(best_sentence, depth)),
            (weights.lexical, [i for i in _ranking(lexical, depth) if lexical[i] > 0]),
        )
        fused: dict[int, float] = {}
        for weight, ranking in rankings:
            for rank, number in enumerate(ranking, 1):
                fused[int(number)] = fused.get(int(number), 0.0) + weight / (self.settings.rrf_k + rank)
        cosine = dict(zip(ids.tolist(), cosines.tolist(), strict=True))
        best = sorted(fused, key=lambda number: (-fused[number], number))[:k]
        return tuple(
            Hit(
                rank=rank,
                passage=self.passages[number][1],
                article=self.passages[number][0],
                score=fused[number],
                cosine=cosine[number],
                lexical=float(lexical[number]),
            )
            for rank, number in enumerate(best, 1)
        )


def _ranking(scores: NDArray[np.float32], depth: int) -> list[int]:
    """The numbers of the best ``depth`` scores, best first; equal ones keep the order of the corpus."""
    return [int(i) for i in np.argsort(-scores, kind="stable")[:depth]]
