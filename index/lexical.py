"""BM25 over the analysed passages."""

from __future__ import annotations

from collections.abc import Sequence
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
        return cls(bm25s.BM25.load(str(folder), load_vocab=True, show_progress=False, mmap=is_large))

    def save(self, folder: Path) -> None:
        """Write the index as NumPy and JSON files into ``folder``."""
        self._bm25.save(str(folder), allow_pickle=False, show_progress=False)

    def scores(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """Return the score of every document, shape (documents,); 0 where no term occurs."""
        if not terms:
            return np.zeros(self._bm25.scores["num_docs"], np.float32)
        return np.asarray(self._bm25.get_scores(list(terms)), dtype=np.float32)
