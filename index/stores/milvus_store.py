"""Asking one generation in Milvus."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpus.article import LANGUAGES, Language
from index.stores import milvus_client
from index.stores.base import Field, Scored, StoreUnavailable
from index.stores.local import best
from index.stores.milvus_collections import FIRST_TERM, Collections

# Vectors have 1.5 kB and travel as one answer, of which Milvus allows 100 MB; 16,384 entities at most.
BLOCK: Final = 4096
# The most a search may ask for (milvus.io/docs/limitations.md); more is compared here.
MOST_FOUND: Final = 16_384
# So many more than asked for are looked at, so that numbers decide between those as high as the last.
SPARE: Final = 16
# In a graph, the list searched is at least as long as what is asked for (Malkov & Yashunin, see HNSW_M).
HNSW_SEARCH: Final = 400
# Error codes of Milvus (pkg/util/merr).
_NOT_FOUND: Final = 100
_NOT_LOADED: Final = 101


class MilvusStore:
    """One generation in Milvus.

    Counted with all writes visible when it is opened; after that it does not change, and questions need not
    wait for the clock of the cluster.
    """

    is_at_hand = False

    def __init__(
        self,
        client: Any,
        collections: Collections,
        counts: Mapping[Field, int],
        is_exact: Mapping[Field, bool],
        terms: Mapping[tuple[Field, Language], Mapping[str, int]],
        answering: Callable[[], AbstractContextManager[None]],
        absent: str,
    ) -> None:
        """``is_exact``: whether a search of a field compares every vector; ``terms``: the number of each
        term; ``answering``: what turns a failure of the client into StoreUnavailable; ``absent``: what to say
        where the generation is not there."""
        self._client = client
        self._collections = collections
        self._counts = counts
        self._is_exact = is_exact
        self._terms = terms
        self._answering = answering
        self._absent = absent
        # Connections are kept by the client's own list: one that nobody closed goes with its store.
        self._closed = weakref.finalize(self, client.close)

    def count(self, field: Field) -> int:
        """See Store."""
        return self._counts[field]

    def nearest(self, field: Field, language: Language, vector: NDArray[np.float32], k: int) -> Scored:
        """See Store; more than MOST_FOUND are compared here, which fetches every vector."""
        if min(k, self.count(field)) > MOST_FOUND:
            return best(self.cosines(field, language, vector), k)
        return self._found(field, language, np.asarray(vector, np.float32), k)

    def lexical(self, field: Field, language: Language, words: Mapping[str, float], k: int) -> Scored:
        """See Store; more than MOST_FOUND are added up here, which fetches all weights."""
        if min(k, self.count(field)) > MOST_FOUND:
            found = best(self.weights(field, language, words), k)
        elif asked := self._numbered(field, language, words):
            found = self._found(field, f"{language}_terms", asked, k)
        else:
            found = _nothing()
        is_found = found.scores > 0
        return Scored(found.numbers[is_found], found.scores[is_found])

    def vectors(
        self, field: Field, language: Language, numbers: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """See Store."""
        rows = np.empty((self._length(field, numbers), self._collections.dimension), np.float32)
        for places, values in self._fetched(field, language, numbers):
            rows[places] = values
        return rows

    def cosines(
        self,
        field: Field,
        language: Language,
        vector: NDArray[np.float32],
        numbers: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """See Store; by the engine where it compares every vector, else the vectors are fetched."""
        scores = np.empty(self._length(field, numbers), np.float32)
        if not self._is_exact[field]:
            for places, values in self._fetched(field, language, numbers):
                scores[places] = np.array(values, np.float32) @ vector
            return scores
        query = np.asarray(vector, np.float32)
        for start, block, condition in self._blocks(field, numbers):
            found = self._searched(field, language, query, len(block), condition)
            scores[start + self._places(found.numbers, block)] = found.scores
        return scores

    def weights(
        self,
        field: Field,
        language: Language,
        words: Mapping[str, float],
        numbers: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """See Store."""
        scores = np.zeros(self._length(field, numbers), np.float32)
        if asked := self._numbered(field, language, words):
            for start, block, condition in self._blocks(field, numbers):
                found = self._searched(field, f"{language}_terms", asked, len(block), condition)
                scores[start + np.searchsorted(block, found.numbers)] = found.scores
        return scores

    def close(self) -> None:
        """See Store; a file stays with this process until it ends."""
        with self._answering():
            self._closed()

    def _length(self, field: Field, numbers: NDArray[np.int64] | None) -> int:
        return self.count(field) if numbers is None else len(numbers)

    def _numbered(self, field: Field, language: Language, words: Mapping[str, float]) -> dict[int, float]:
        """Words as a sparse vector; without those that the generation does not know or that count nothing."""
        terms = self._terms[field, language]
        return {
            terms[word] + FIRST_TERM: float(weight)
            for word, weight in words.items()
            if word in terms and weight
        }

    def _found(self, field: Field, column: str, query: Any, k: int) -> Scored:
        """The best by a search of the engine; of equal ones those with the lowest numbers."""
        most = min(self.count(field), MOST_FOUND)
        k = min(k, most)
        if k <= 0:
            return _nothing()
        limit = min(k + SPARE, most)
        while True:
            found = self._searched(field, column, query, limit)
            order = np.lexsort((found.numbers, -found.scores))
            numbers, scores = found.numbers[order], found.scores[order]
            if len(scores) < limit or limit == most or scores[-1] < scores[k - 1]:
                return Scored(numbers[:k], scores[:k])
            limit = min(4 * limit, most)

    def _searched(self, field: Field, column: str, query: Any, limit: int, condition: str = "") -> Scored:
        """What a search of the engine finds, among all or those of a condition, in no certain order."""
        is_graph = column in LANGUAGES and not self._is_exact[field]
        (hits,) = self._ask(
            field,
            "search",
            data=[query],
            anns_field=column,
            filter=condition,
            limit=limit,
            output_fields=["number"],
            search_params={"params": {"ef": max(limit, HNSW_SEARCH)}} if is_graph else {},
        )
        return Scored(
            np.array([hit["number"] for hit in hits], np.int64),
            np.array([hit["distance"] for hit in hits], np.float32),
        )

    def _fetched(
        self, field: Field, column: str, numbers: NDArray[np.int64] | None
    ) -> Iterator[tuple[NDArray[np.int64], list[Any]]]:
        """One column of some entities, block by block: places in the result, and what stands there."""
        for start, block, condition in self._blocks(field, numbers):
            rows = self._ask(field, "query", filter=condition, output_fields=["number", column])
            found = np.array([row["number"] for row in rows], np.int64)
            yield start + self._places(found, block), [row[column] for row in rows]

    def _blocks(
        self, field: Field, numbers: NDArray[np.int64] | None
    ) -> Iterator[tuple[int, NDArray[np.int64], str]]:
        """Numbers in blocks: the place of the first, those of the block, and a condition that means them."""
        length = self._length(field, numbers)
        for start in range(0, length, BLOCK):
            end = min(start + BLOCK, length)
            block = np.arange(start, end) if numbers is None else numbers[start:end]
            first, last = int(block[0]), int(block[-1])
            # Neighbours need not be listed, which takes an engine long to read.
            is_run = last - first + 1 == len(block)
            condition = f"number >= {first} and number <= {last}" if is_run else f"number in {block.tolist()}"
            yield start, block, condition

    def _places(self, found: NDArray[np.int64], block: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each of what was found stands in a block, all of which must be there."""
        if not np.array_equal(np.sort(found), block):
            raise StoreUnavailable(self._absent)
        return np.searchsorted(block, found)

    def _ask(self, field: Field, method: str, **question: Any) -> Any:
        """Ask of a collection; one that a server that was started anew has not loaded is loaded."""
        name = self._collections.names[field]
        ask = getattr(self._client, method)
        question |= {"consistency_level": "Bounded", "timeout": milvus_client.QUESTION_SECONDS}
        failure = milvus_client.library("pymilvus").MilvusException
        with self._answering():
            try:
                return ask(name, **question)
            except failure as error:
                if error.code == _NOT_FOUND:
                    raise StoreUnavailable(self._absent) from error
                if error.code != _NOT_LOADED:
                    raise
            self._client.load_collection(name, timeout=milvus_client.QUESTION_SECONDS)
            return ask(name, **question)


def _nothing() -> Scored:
    return Scored(np.empty(0, np.int64), np.empty(0, np.float32))
