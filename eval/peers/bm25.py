"""BM25 alone, as bm25s does it out of the box."""

from __future__ import annotations

from collections.abc import Mapping

from corpus.article import Article
from eval.peers.peer import Peer
from eval.peers.text import passages_of
from index.encoder import Encoder


class BM25(Peer):
    """bm25s with its own tokenizer and defaults over our passages; the encoder is not used.

    Its tokens are runs of two or more word characters, lower-cased as Python does, without English stop
    words; there is no stemmer. A follow-up is searched as ``history[-1] question``.
    """

    name = "bm25"
    distribution = "bm25s"

    def __init__(self, articles: Mapping[str, Article], encoder: Encoder) -> None:
        import bm25s

        units = passages_of(articles.values())
        super().__init__(articles, units)
        self._bm25 = bm25s.BM25()
        self._bm25.index(
            bm25s.tokenize([unit.text.text for unit in units], show_progress=False), show_progress=False
        )

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return the passages that share a token with the query."""
        import bm25s

        numbers, scores = self._bm25.retrieve(
            bm25s.tokenize(query, show_progress=False), k=min(k, len(self._units)), show_progress=False
        )
        return [
            (int(number), float(score))
            for number, score in zip(numbers[0], scores[0], strict=True)
            if score > 0
        ]
