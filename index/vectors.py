"""Passage vectors in FAISS: exact inner product over unit vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexDamaged


class Vectors:
    """An ``IndexFlatIP`` in an ``IndexIDMap2``; ids are passage numbers from 0."""

    def __init__(self, faiss_index: Any) -> None:
        self._index = faiss_index

    @classmethod
    def build(cls, vectors: NDArray[np.float32]) -> Vectors:
        """Index ``vectors``, shape (n, d), unit length."""
        import faiss

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors), np.arange(len(vectors), dtype=np.int64))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> Vectors:
        """Read an index that ``save`` wrote; raises IndexDamaged when FAISS cannot."""
        import faiss

        try:
            return cls(faiss.deserialize_index(np.frombuffer(path.read_bytes(), dtype=np.uint8)))
        except RuntimeError as error:
            raise IndexDamaged(
                f"{path} is not a FAISS index that can be read. Rebuild with: dipnot index"
            ) from error

    def save(self, path: Path) -> None:
        """Write the index to ``path``."""
        import faiss

        path.write_bytes(faiss.serialize_index(self._index).tobytes())

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the ids and cosines of the ``k`` nearest passages to one vector, shape (d,)."""
        import faiss

        # For one question over thousands of vectors a second thread costs more than it does; the number
        # belongs to the calling thread.
        faiss.omp_set_num_threads(1)
        scores, ids = self._index.search(vector.reshape(1, -1), min(k, len(self)))
        return ids[0], scores[0]

    def scores(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of one vector, shape (d,), with every passage, shape (n,)."""
        ids, found = self.search(vector, len(self))
        scores = np.empty(len(self), np.float32)
        scores[ids] = found
        return scores
