"""turkish-rag-eval: the chunker, BM25 and fusion of a harness made for Turkish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, Block
from corpus.errors import DipnotError
from eval.peers.peer import Peer, library
from eval.peers.prompts import DOCUMENT, QUERY, encode_marked
from eval.peers.text import MappedText, Unit, chunks_of, plain_text
from index.encoder import Encoder

# It knows the headings of Wikipedia, "== first level ==" to "====== fifth ======".
_DEEPEST: Final = 5


class TurkishRagEval(Peer):
    """Its hierarchical chunks and its hybrid retrieval, with its defaults.

    Chunks of whole sentences up to 700 characters within a section, the path of headings before each;
    cosine and BM25 over five-letter stems, fused by reciprocal rank (k = 60, depth 50). Chunks that its
    chunker drops (the last of a section, when shorter than 51 characters) are not found by anyone.
    A follow-up is searched as ``history[-1] question``.
    """

    name = "turkish-rag-eval"
    distribution = "turkish-rag-eval"

    def __init__(self, articles: Mapping[str, Article], encoder: Encoder) -> None:
        """Chunk and encode the articles; raises DipnotError when the package is not installed."""
        chunking = library("turkish_rag_eval.chunking")
        retrieval = library("turkish_rag_eval.retrieval")
        chunks: list[dict[str, str]] = []
        units: list[Unit] = []
        for article in articles.values():
            text = plain_text(article, _wiki_heading)
            own = chunking.chunk_hierarchical(
                {"doc_id": article.id, "title": article.title, "text": text.text, "url": ""}
            )
            chunks += own
            units += _located(text, [chunk["body"] for chunk in own])
        super().__init__(articles, units)
        self._retriever = retrieval.HybridRetriever(
            retrieval.DenseRetriever(chunks, _Model(encoder), query_prefix=QUERY, doc_prefix=DOCUMENT),
            retrieval.SparseRetriever(chunks),
        )

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return its chunks and their fused scores."""
        found: list[tuple[int, float]] = self._retriever.search(query, k)
        return found


class _Model:
    """Our encoder in the place of a sentence-transformers model."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def encode(self, texts: Sequence[str], **options: Any) -> NDArray[np.float32]:
        """Encode; what the options ask for (arrays, unit length, no progress bar) is so anyway."""
        return encode_marked(self._encoder, texts)


def _wiki_heading(block: Block) -> str:
    marks = "=" * (min(max(block.level, 1), _DEEPEST) + 1)
    return f"{marks} {{}} {marks}"


def _located(text: MappedText, bodies: Sequence[str]) -> list[Unit]:
    """Find the chunks, which change white space alone, one behind the other."""
    spans = []
    at = 0
    for body in bodies:
        try:
            spans.append(text.find(body, at))
        except ValueError as error:
            raise DipnotError(
                f"A chunk of turkish-rag-eval is not in article {text.article.id}: {error}."
            ) from error
        at = spans[-1][1]
    return chunks_of(text, spans)
