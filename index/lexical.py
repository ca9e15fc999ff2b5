"""BM25 over the analysed passages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, p. 360.
K1: Final = 1.2
B: Final = 0.75
# Arrays of so many bytes together, those of some 50,000 passages, are mapped into memory and not read: they
# are there at once and their pages are the system's to drop. Below, mapping makes a search a little slower.
MAPPED_FROM: Final = 32 * 2**20
# No term is empty; a document must have one.
_NO_TERM: Final = ""


class Lexical:
    """A BM25 index (Lucene's variant) whose documents are numbered from 0."""

    def __init__(self, bm25: Any) -> None:
        self._bm25 = bm25

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]]) -> Lexical:
        """Index documents given as lists of terms, at least one; one without a term is never found."""
        import bm25s

        bm25 = bm25s.BM25(method="lucene", k1=K1, b=B)
        # Numbered here: bm25s numbers terms in the order of a set, which is another one in every process.
        numbers: dict[str, int] = {}
        numbered = [
            [numbers.setdefault(term, len(numbers)) for term in document or [_NO_TERM]]
            for document in documents
        ]
        bm25.index((numbered, numbers), show_progress=False)
        return cls(bm25)

    @classmethod
    def load(cls, folder: Path) -> Lexical:
        """Read an index that ``save`` wrote, or map the arrays of a large one."""
        import bm25s

        is_large = sum(path.stat().st_size for path in folder.glob("*.npy")) >= MAPPED_FROM
        bm25 = bm25s.BM25.load(str(folder), load_vocab=True, show_progress=False, mmap=is_large)
        # As plain arrays: those that know their file make new objects of themselves at every step.
        for name in ("data", "indices", "indptr"):
            bm25.scores[name] = np.asarray(bm25.scores[name])
        return cls(bm25)

    def save(self, folder: Path) -> None:
        """Write the index as NumPy and JSON files into ``folder``."""
        self._bm25.save(str(folder), allow_pickle=False, show_progress=False)

    def scores(
        self, words: Mapping[str, float] | Sequence[str], numbers: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Return the score of every document, or of those with ``numbers``; 0 where no term occurs.

        ``words``: terms, each as often as it counts, or with what it counts for.
        """
        weights = words if isinstance(words, Mapping) else Counter(words)
        scores = np.zeros(len(self) if numbers is None else len(numbers), np.float32)
        for term, weight in weights.items():
            documents, values = self.documents(term)
            if numbers is None:
                # Half as long as with +=, which reads all of them first.
                np.add.at(scores, documents, np.float32(weight) * values)
            elif len(documents):
                at = np.minimum(np.searchsorted(documents, numbers), len(documents) - 1)
                holds = documents[at] == numbers
                scores[holds] += np.float32(weight) * values[at[holds]]
        return scores

    def documents(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the numbers of the documents in which a term stands, ascending, and what it scores there."""
        number = self.terms.get(term)
        if number is None or term == _NO_TERM:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        matrix = self._bm25.scores
        start, end = matrix["indptr"][number : number + 2]
        return matrix["indices"][start:end], matrix["data"][start:end]

    @property
    def terms(self) -> Mapping[str, int]:
        """The number of every term."""
        numbers: dict[str, int] = self._bm25.vocab_dict
        return numbers

    def __len__(self) -> int:
        return int(self._bm25.scores["num_docs"])
