"""LlamaIndex: its vector store index and default retriever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corpus.article import Article
from corpus.errors import DipnotError
from eval.peers.peer import Peer, library
from eval.peers.text import Unit, chunks_of, plain_text
from eval.system import HITS
from index.encoder import Encoder


class LlamaIndex(Peer):
    """A ``VectorStoreIndex`` over the articles as LlamaIndex splits them, and its default retriever.

    Its default ``SentenceSplitter`` (1024 tokens of its own tokenizer, 200 of overlap), its vector store in
    memory, no language model. A follow-up is searched as ``history[-1] question``.
    """

    name = "llama-index"
    distribution = "llama-index-core"

    def __init__(self, articles: Mapping[str, Article], encoder: Encoder) -> None:
        """Split and encode the articles; raises DipnotError when the package is not installed."""
        core = library("llama_index.core")
        splitter = library("llama_index.core.node_parser").SentenceSplitter()
        nodes: list[Any] = []
        units: list[Unit] = []
        for article in articles.values():
            text = plain_text(article)
            if not text.text:
                continue
            own = splitter.get_nodes_from_documents([core.Document(text=text.text, id_=article.id)])
            chunks = chunks_of(text, [_span(node, article.id) for node in own])
            for node, unit in zip(own, chunks, strict=True):
                # Its own ids are random; two runs should be the same.
                node.id_ = unit.id
            nodes += own
            units += chunks
        super().__init__(articles, units)
        self._numbers = {unit.id: number for number, unit in enumerate(units)}
        index = core.VectorStoreIndex(nodes, embed_model=_embedding(encoder))
        self._retriever = index.as_retriever(similarity_top_k=HITS)

    def search(self, query: str, k: int) -> list[tuple[int, float]]:
        """Return its chunks and their cosines."""
        found = self._retriever.retrieve(query)[:k]
        return [(self._numbers[hit.node.node_id], float(hit.score)) for hit in found]


def _span(node: Any, article: str) -> tuple[int, int]:
    """Where a node stands in its document, as LlamaIndex says."""
    if node.start_char_idx is None or node.end_char_idx is None:
        raise DipnotError(f"A chunk of LlamaIndex is not in article {article}: {node.text[:60]!r}.")
    return node.start_char_idx, node.end_char_idx


def _embedding(encoder: Encoder) -> Any:
    """Our encoder as an embedding model of LlamaIndex."""
    base: Any = library("llama_index.core.embeddings").BaseEmbedding

    class OurEncoder(base):  # type: ignore[misc]
        def _get_query_embedding(self, query: str) -> list[float]:
            vector: list[float] = encoder.encode_query([query])[0].tolist()
            return vector

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = encoder.encode_document(texts).tolist()
            return vectors

    return OurEncoder(model_name=encoder.model.name)
