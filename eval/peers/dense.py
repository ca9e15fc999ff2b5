"""Vectors alone: the encoder and FAISS."""

from __future__ import annotations

from collections.abc import Mapping

from corpus.article import Article
from eval.peers.peer import Peer
from eval.peers.text import passages_of
from index.encoder import Encoder
from index.vectors import Vectors


class Dense(Peer):
    """The nearest of our passages by cosine, searched exactly.

    A follow-up is searched as ``history[-1] question``.
    """

    name = "dense"
    distribution = "faiss-cpu"

    def __init__(self, articles: Mapping[str, Article], encoder: Encoder) -> None:
        units = passages_of(articles.values())
        super().__init__(articles, units)
        self._encoder = encoder
        self._vectors = Vectors.build(encoder.encode_document([unit.text.text for unit in units]))

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return the nearest passages and their cosines."""
        numbers, cosines = self._vectors.search(self._encoder.encode_query([query])[0], k)
        return list(zip(numbers.tolist(), cosines.tolist(), strict=True))
