"""Passage vectors in FAISS: exact inner product over unit vectors, or a near one where they are many."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexDamaged
from index.mapping import read_sparsely

Name = Literal["Flat", "SQfp16", "IVF-SQ8", "IVF-RaBitQ", "HNSW-SQ8"]
# Those that compare a question with every vector.
_EXHAUSTIVE: Final = ("Flat", "SQfp16")
# Vectors are added in blocks, so that those of a memory-mapped array are not all in memory at once.
BLOCK: Final = 50_000
# A file from this size on is mapped into memory, not read: it is there at once, and its pages are the
# system's to drop. A smaller one is read whole, so that nothing that befalls the file afterwards is felt.
MAPPED_FROM: Final = 64 * 2**20
# FAISS asks for 39 vectors a list of an IVF index; more than 64 make the training longer and nothing better.
_TRAINED_ON: Final = 64
_SEED: Final = 20261121
# A kind is fitted to finding so many; for more, fewer candidates are needed for each, but still some.
FITTED_TO: Final = 10
_LEAST_REFINED: Final = 10
# Neighbours of a vertex of the HNSW graph, and how many are looked at when it is drawn: FAISS's own figures,
# the second doubled.
_LINKS, _CONSTRUCTION = 32, 80
# FAISS keeps its limits for the whole process.
_LIMITS: Final = threading.Lock()


@dataclass(frozen=True)
class Kind:
    """How vectors are kept and searched.

    ``lists``: of an IVF index; ``breadth``: how many of them are read (nprobe), or how many vertices of the
    graph are kept in view (efSearch); ``refined``: how many times k candidates are compared again with the
    vectors in 16 bits (k_factor). 0 where the kind has no such thing.
    """

    name: Name = "Flat"
    lists: int = 0
    breadth: int = 0
    refined: int = 0

    @property
    def parameters(self) -> str:
        """The parameters as FAISS calls them, for a table."""
        wide = "efSearch" if self.name == "HNSW-SQ8" else "nprobe"
        known = (("nlist", self.lists), (wide, self.breadth), ("k_factor", self.refined))
        return " ".join(f"{name}={value}" for name, value in known if value)

    @property
    def factory(self) -> str:
        """The kind as ``faiss.index_factory`` reads it."""
        return {
            "Flat": "Flat",
            "SQfp16": "SQfp16",
            "IVF-SQ8": f"IVF{self.lists},SQ8",
            "IVF-RaBitQ": f"IVF{self.lists},RaBitQ,Refine(SQfp16)",
            "HNSW-SQ8": f"HNSW{_LINKS}_SQ8",
        }[self.name]


class Vectors:
    """A FAISS index in an ``IndexIDMap2``; ids are passage numbers from 0."""

    def __init__(self, faiss_index: Any) -> None:
        self._index = faiss_index

    @classmethod
    def build(
        cls,
        vectors: NDArray[np.float32],
        questions: NDArray[np.float32] | None = None,
        kind: Kind | None = None,
    ) -> Vectors:
        """Index ``vectors``, shape (n, d), unit length.

        Without a ``kind`` the cheapest one is taken that is measured to find enough (`index.tuning`), for
        ``questions``, shape (m, d), too where they are given.
        """
        if kind is None:
            from index.tuning import choose

            return choose(vectors, questions).vectors
        made = cls.trained(vectors, kind)
        made.add(vectors, np.arange(len(vectors)))
        return made

    @classmethod
    def trained(cls, vectors: NDArray[np.float32], kind: Kind) -> Vectors:
        """Return an index of a kind, fitted to some of ``vectors``, that holds none of them yet."""
        import faiss

        index: Any = faiss.index_factory(vectors.shape[1], kind.factory, faiss.METRIC_INNER_PRODUCT)
        made = cls(faiss.IndexIDMap2(index))
        if kind.name == "HNSW-SQ8":
            index.hnsw.efConstruction = _CONSTRUCTION
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        if not index.is_trained:
            count = min(len(vectors), max(_TRAINED_ON * kind.lists, BLOCK))
            drawn = np.random.default_rng(_SEED).choice(len(vectors), count, replace=False)
            made._index.train(np.ascontiguousarray(vectors[np.sort(drawn)], np.float32))
        made.set(kind)
        return made

    def add(self, vectors: NDArray[np.float32], numbers: NDArray[np.int64]) -> None:
        """Add some of ``vectors``: those with ``numbers``, which become their ids."""
        import faiss

        faiss.omp_set_num_threads(os.cpu_count() or 1)
        for start in range(0, len(numbers), BLOCK):
            ids = numbers[start : start + BLOCK]
            self._index.add_with_ids(np.ascontiguousarray(vectors[ids], np.float32), ids)

    def set(self, kind: Kind) -> None:
        """Search from now on as widely as ``kind`` says; it is of the kind that was built."""
        import faiss

        parameters = faiss.ParameterSpace()
        if kind.breadth:
            name = "efSearch" if kind.name == "HNSW-SQ8" else "nprobe"
            parameters.set_index_parameter(self._index, name, kind.breadth)
        if kind.refined:
            parameters.set_index_parameter(self._index, "k_factor_rf", kind.refined)

    @classmethod
    def load(cls, path: Path) -> Vectors:
        """Read an index that ``save`` wrote, or map a large one; raises IndexDamaged when FAISS cannot."""
        import faiss

        size = path.stat().st_size
        try:
            # No part of a file is larger than the file: a number in it that says so is not believed.
            with _LIMITS:
                before = faiss.get_deserialization_vector_byte_limit()
                faiss.set_deserialization_vector_byte_limit(max(1, size))
                try:
                    if size >= MAPPED_FROM:
                        mapped = cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
                        mapped._read_sparsely()
                        return mapped
                    return cls(faiss.deserialize_index(np.frombuffer(path.read_bytes(), dtype=np.uint8)))
                finally:
                    faiss.set_deserialization_vector_byte_limit(before)
        except RuntimeError as error:
            raise IndexDamaged(
                f"{path} is not a FAISS index that can be read. Rebuild with: dipnot index"
            ) from error

    def _read_sparsely(self) -> None:
        """Of the vectors that candidates are compared with again, few are read; lists of codes, whole."""
        import faiss

        inner = faiss.downcast_index(self._index.index)
        if isinstance(inner, faiss.IndexRefine):
            codes = faiss.downcast_index(inner.refine_index).codes  # type: ignore[attr-defined]
            read_sparsely(int(codes.data()), codes.size())

    def save(self, path: Path) -> None:
        """Write the index to ``path``; raises OSError, as when the disk is full."""
        import faiss
        from faiss.swigfaiss import PyCallbackIOWriter

        with path.open("wb") as file:
            faiss.write_index(self._index, PyCallbackIOWriter(file.write))

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def name(self) -> Name:
        """The kind of the index."""
        import faiss

        names: tuple[tuple[Any, Name], ...] = (
            (faiss.IndexFlat, "Flat"),
            (faiss.IndexScalarQuantizer, "SQfp16"),
            (faiss.IndexIVFScalarQuantizer, "IVF-SQ8"),
            (faiss.IndexRefine, "IVF-RaBitQ"),
            (faiss.IndexHNSW, "HNSW-SQ8"),
        )
        inner = faiss.downcast_index(self._index.index)
        return next(name for kind, name in names if isinstance(inner, kind))

    @property
    def is_exhaustive(self) -> bool:
        """Whether a question is compared with every vector."""
        return self.name in _EXHAUSTIVE

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the ids and cosines of the ``k`` nearest passages to one vector, shape (d,); fewer where an
        index that is not exhaustive finds no more."""
        import faiss

        # For one question over thousands of vectors a second thread costs more than it does; the number
        # belongs to the calling thread.
        faiss.omp_set_num_threads(1)
        scores, ids = self._index.search(vector.reshape(1, -1), min(k, len(self)), params=self._refined(k))
        is_found = ids[0] >= 0
        return ids[0][is_found], scores[0][is_found]

    def _refined(self, k: int) -> Any:
        """As many candidates as for the few that the kind was fitted to, but at least ten times ``k``."""
        import faiss

        inner = faiss.downcast_index(self._index.index)
        if not isinstance(inner, faiss.IndexRefine):
            return None
        factor = max(_LEAST_REFINED, inner.k_factor * FITTED_TO / k)
        return faiss.IndexRefineSearchParameters(k_factor=min(factor, inner.k_factor))  # type: ignore[call-arg]

    def scores(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of one vector, shape (d,), with every passage of an exhaustive index: (n,)."""
        ids, found = self.search(vector, len(self))
        scores = np.zeros(len(self), np.float32)
        scores[ids] = found
        return scores

    def stored(self) -> NDArray[np.float32]:
        """Return the vectors as they are kept, shape (n, d), by id: rounded, but in a Flat index."""
        import faiss

        kept = np.empty((len(self), self.dimension), np.float32)
        # Those held out of a trial stand last in the index, whatever their ids.
        ids = faiss.vector_to_array(self._index.id_map)
        kept[ids] = faiss.downcast_index(self._index.index).reconstruct_n(0, len(self))
        return kept

    def exact(self) -> NDArray[np.float32] | None:
        """Return the vectors as they were given, shape (n, d); None where they are rounded."""
        return self.stored() if self.name == "Flat" else None

    def size(self) -> int:
        """Return how many bytes ``save`` would write."""
        import faiss
        from faiss.swigfaiss import PyCallbackIOWriter

        written = 0

        def count(block: bytes) -> int:
            nonlocal written
            written += len(block)
            return len(block)

        faiss.write_index(self._index, PyCallbackIOWriter(count))
        return written
