"""txtai: its hybrid index, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article
from eval.peers.peer import Peer, library
from eval.peers.prompts import DOCUMENT, QUERY, encode_marked
from eval.peers.text import passages_of
from index.encoder import Encoder


class TxtaiHybrid(Peer):
    """A txtai Embeddings index with ``hybrid=True`` and its defaults over our passages.

    Half the cosine, half its own normalised BM25. The encoder is its external transform function; nothing
    is loaded from a hub, nothing is stored. A follow-up is searched as ``history[-1] question``.
    """

    name = "txtai"
    distribution = "txtai"

    def __init__(self, articles: Mapping[str, Article], encoder: Encoder) -> None:
        """Index the passages; raises DipnotError when the package is not installed."""
        txtai = library("txtai")

        # txtai takes a plain function as it is, but calls any other object to make one.
        def transform(texts: Sequence[str]) -> NDArray[np.float32]:
            return encode_marked(encoder, texts)

        units = passages_of(articles.values())
        super().__init__(articles, units)
        self._embeddings = txtai.Embeddings(
            hybrid=True,
            method="external",
            transform=transform,
            instructions={"query": QUERY, "data": DOCUMENT},
        )
        self._embeddings.index((number, unit.text.text, None) for number, unit in enumerate(units))

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return the passages and their combined scores."""
        return [(int(number), float(score)) for number, score in self._embeddings.search(query, k)]
