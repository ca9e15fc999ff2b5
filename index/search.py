"""Hybrid search: a question in, ranked passages out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Language, Passage, Sentence
from corpus.errors import IndexDamaged
from index import generation
from index.analyzer import analyze, analyze_query
from index.encoder import Encoder
from index.encoding import read_articles
from index.model import Model
from index.ranking import SIGNS, Asked, Links, Ranked, Ranker
from index.settings import SearchSettings
from index.stores import FIELDS, Engine, Local
from index.synonyms import expand


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
    """The hits of a search; for choosing evidence also the numbers of the sentences that were looked at,
    ascending, what is known of each, shape (sentences, len(SIGNS)), and the question's terms."""

    hits: tuple[Hit, ...]
    sentences: NDArray[np.int64]
    signs: NDArray[np.float32]
    terms: tuple[str, ...]

    def sign(self, name: str) -> NDArray[np.float32]:
        """Return one of the SIGNS of every sentence that was looked at, shape (sentences,)."""
        return self.signs[:, SIGNS.index(name)]


class Searcher:
    """Searches one generation of the index."""

    def __init__(
        self,
        index: Path,
        model: Model,
        encoder: Encoder | None = None,
        settings: SearchSettings | None = None,
        engine: Engine | None = None,
    ) -> None:
        """Load the current generation; its vectors and words are looked up in ``engine``, else in its files.

        Raises IndexMissing, IndexDamaged, ModelUnavailable or StoreUnavailable.
        """
        folder, self.manifest = generation.verified(index)
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
        self.questions = [
            (article, question) for article in self.articles.values() for question in article.questions
        ]
        self.sentence_number = {sentence.id: i for i, (_, sentence) in enumerate(self.sentences)}
        self.encoder = encoder or Encoder(model)
        self.settings = settings or SearchSettings()
        self.engine = engine or Local()
        self.store = self.engine.open(folder, self.manifest)
        lengths = (len(self.passages), len(self.sentences), len(self.questions))
        for field, length in zip(FIELDS, lengths, strict=True):
            if self.store.count(field) != length:
                raise IndexDamaged(
                    f"The vectors at {folder} do not belong to its {field}. Rebuild with: dipnot index"
                )
        self._ranker = Ranker(
            self.store,
            self._links(passage.sentences for _, passage in self.passages),
            self._links(question.sentences for _, question in self.questions),
            self.settings,
        )

    def search(self, query: str, k: int = 10, language: Language = "tr") -> Found:
        """Return the ``k`` best passages for a question, by weighted reciprocal-rank fusion."""
        terms = analyze_query(query, language)
        ranked = self._ranker.rank(self._asked(query, language, terms), k)
        return Found(self._hits(ranked), ranked.sentences, ranked.signs, tuple(terms))

    def _asked(self, query: str, language: Language, terms: list[str]) -> Asked:
        share = (self.settings.tr if language == "tr" else self.settings.en).expansion
        equivalents = dict.fromkeys(expand(terms, language), share)
        return Asked(
            language=language,
            vector=self.encoder.encode_query([query])[0],
            words=_words(terms, equivalents),
            english=_words(analyze(query, "en"), {}),
            register=_words(analyze(query, language), equivalents if language == "tr" else {}),
        )

    def _hits(self, ranked: Ranked) -> tuple[Hit, ...]:
        rows = zip(ranked.passages, ranked.scores, ranked.cosines, ranked.lexical, strict=True)
        return tuple(
            Hit(
                rank=rank,
                passage=self.passages[number][1],
                article=self.passages[number][0],
                score=score,
                cosine=cosine,
                lexical=lexical,
            )
            for rank, (number, score, cosine, lexical) in enumerate(rows, 1)
        )

    def _links(self, lists: Iterable[Iterable[str]]) -> Links:
        return Links.of([[self.sentence_number[name] for name in own] for own in lists])


def _words(terms: Iterable[str], equivalents: Mapping[str, float]) -> dict[str, float]:
    """What each term counts for: as often as it stands there, and for what it adds as an equivalent."""
    counts = Counter(terms)
    return {
        term: counts[term] + equivalents.get(term, 0.0) for term in dict.fromkeys([*counts, *equivalents])
    }
