"""Peers: systems that people would use instead of Dipnot, run on the same corpus and questions.

Each is a `System` made from the articles and the encoder: ``PEERS["bm25"](articles, encoder)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from corpus.article import Article

if TYPE_CHECKING:
    from eval.peers.peer import Peer
    from index.encoder import Encoder

__all__ = ["PEERS", "PeerFactory"]


@dataclass(frozen=True)
class PeerFactory:
    """How a peer is made: where its class is, which libraries its run depends on, and what to say of it.

    ``description`` is Markdown for the page of the benchmark: what the peer is, what of it was used, and
    what was left out or done differently.
    """

    module: str
    of: str
    libraries: tuple[str, ...]
    description: str

    def __call__(self, articles: Mapping[str, Article], encoder: Encoder) -> Peer:
        """Index the articles; raises DipnotError when the peer's package is not installed."""
        make: Callable[[Mapping[str, Article], Encoder], Peer] = getattr(
            import_module(f"{__name__}.{self.module}"), self.of
        )
        return make(articles, encoder)


PEERS: Final[dict[str, PeerFactory]] = {
    "bm25": PeerFactory(
        "bm25",
        "BM25",
        ("bm25s",),
        "[bm25s](https://github.com/xhluca/bm25s) (MIT) out of the box: its tokenizer, its English stop "
        "words, no stemmer, Lucene's variant with k1 = 1.5 and b = 0.75, over Dipnot's passages. It uses no "
        "encoder. A question that shares no token with any passage finds nothing and is declined.",
    ),
    "dense": PeerFactory(
        "dense",
        "Dense",
        ("faiss-cpu",),
        "The encoder and [FAISS](https://github.com/facebookresearch/faiss) (MIT) alone: exact cosine over "
        "the text of Dipnot's passages.",
    ),
    "turkish-rag-eval": PeerFactory(
        "turkish_rag_eval",
        "TurkishRagEval",
        ("turkish-rag-eval", "rank-bm25"),
        "[turkish-rag-eval](https://github.com/RizgarOzan/turkish-rag-eval) (MIT), a harness for Turkish "
        "retrieval, with the pipeline that leads its table of pipelines: hierarchical chunks (700 "
        "characters, the path of headings before each) and the fusion of cosine and BM25 over five-letter "
        "stems by reciprocal rank; with multilingual-e5-small it is also the better one on its larger set "
        "of questions. Chunker, BM25 and fusion are its own code. Given: the repaired text, headings marked "
        "as it expects them. Its metrics, its generator and its abstention are not used; text that its "
        "chunker drops is lost to it.",
    ),
    "txtai": PeerFactory(
        "txtai_hybrid",
        "TxtaiHybrid",
        ("txtai",),
        "[txtai](https://github.com/neuml/txtai) (Apache-2.0): an `Embeddings` index with `hybrid=True` "
        "and its defaults (half cosine, half normalised BM25; Unicode word tokens, no stemmer) over Dipnot's "
        "passages. The encoder is its external transform function; its own default model is not used.",
    ),
    "llama-index": PeerFactory(
        "llama_index",
        "LlamaIndex",
        ("llama-index-core", "nltk", "tiktoken"),
        "[LlamaIndex](https://github.com/run-llama/llama_index) (MIT): `VectorStoreIndex` with its default "
        "splitter (`SentenceSplitter`, 1024 tokens of its own tokenizer, 200 of overlap) and its default "
        "retriever with `similarity_top_k=10`. Its chunks are several times as long as a passage, which "
        "helps recall and hurts whoever must read them; they can be longer than the 512 tokens that the "
        "encoder reads. No language model writes its answers; see the naive answer.",
    ),
}
