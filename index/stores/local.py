"""The files of a generation as a store: FAISS, NumPy arrays and BM25."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpus.article import LANGUAGES, Language
from index import generation
from index.lexical import Lexical
from index.mapping import read_sparsely
from index.stores.base import FIELDS, Field, Scored
from index.vectors import MAPPED_FROM, Vectors

_ROWS: Final = {"sentences": generation.SENTENCES, "questions": generation.QUESTIONS}
# The best of so many scores stands for them where many are looked through.
_BLOCK: Final = 1024
_TERMS: Final = {
    "passages": generation.PASSAGE_TERMS,
    "sentences": generation.SENTENCE_TERMS,
    "questions": generation.QUESTION_TERMS,
}


class LocalStore:
    """One generation in its own files; those that are large are mapped into memory."""

    is_at_hand = True

    def __init__(self, folder: Path) -> None:
        """Open the files; raises IndexDamaged where FAISS cannot read one."""
        self._faiss: dict[tuple[Field, Language], Vectors] = {}
        self._rows: dict[tuple[Field, Language], NDArray[np.float32]] = {}
        self._lexical: dict[tuple[Field, Language], Lexical] = {}
        for language in LANGUAGES:
            passages = Vectors.load(folder / generation.PASSAGES[language])
            self._faiss["passages", language] = passages
            if (nearest := folder / generation.NEAREST_SENTENCES[language]).exists():
                self._faiss["sentences", language] = Vectors.load(nearest)
            exact = folder / generation.EXACT_PASSAGES[language]
            held = passages.exact()
            self._rows["passages", language] = _array(exact) if held is None else held
            for field, files in _ROWS.items():
                self._rows[field, language] = _array(folder / files[language])  # type: ignore[index]
            for name in FIELDS:
                self._lexical[name, language] = Lexical.load(folder / _TERMS[name][language])

    def count(self, field: Field) -> int:
        """See Store."""
        return min(len(self._rows[field, language]) for language in LANGUAGES)

    def lexical_index(self, field: Field, language: Language) -> Lexical:
        """Return the index of the words of a field."""
        return self._lexical[field, language]

    def nearest(self, field: Field, language: Language, vector: NDArray[np.float32], k: int) -> Scored:
        """See Store; by FAISS for passages, and for sentences where they are many."""
        index = self._faiss.get((field, language))
        if index is None:
            return best(self._rows[field, language] @ vector, k)
        numbers, scores = index.search(vector, k)
        order = np.lexsort((numbers, -scores))
        return Scored(numbers[order], scores[order])

    def lexical(self, field: Field, language: Language, words: Mapping[str, float], k: int) -> Scored:
        """See Store."""
        scores = self.weights(field, language, words)
        # Most have no word of the question; to part equal zeros takes longer than all the rest.
        floor = _reached(scores, k)
        numbers = np.flatnonzero(scores >= floor if floor > 0 else scores > 0)
        found = best(scores[numbers], k)
        return Scored(numbers[found.numbers], found.scores)

    def vectors(
        self, field: Field, language: Language, numbers: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """See Store."""
        rows = self._rows[field, language]
        return rows if numbers is None else np.asarray(rows[numbers])

    def cosines(
        self,
        field: Field,
        language: Language,
        vector: NDArray[np.float32],
        numbers: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """See Store."""
        if field == "passages" and numbers is None:
            index = self._faiss[field, language]
            if index.is_exhaustive:
                return index.scores(vector)
        return np.asarray(self.vectors(field, language, numbers) @ vector, np.float32)

    def weights(
        self,
        field: Field,
        language: Language,
        words: Mapping[str, float],
        numbers: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """See Store."""
        # Without a register its index holds one question without a word.
        return self._lexical[field, language].scores(words, numbers)[: self.count(field)]

    def close(self) -> None:
        """See Store; the files are let go with the store itself."""


class Local:
    """The files of the index: there is nothing to publish."""

    def publish(
        self, folder: Path, manifest: generation.Manifest, progress: Callable[[int, int], None] | None
    ) -> bool:
        """See Engine."""
        return False

    def open(self, folder: Path, manifest: generation.Manifest) -> LocalStore:
        """See Engine."""
        return LocalStore(folder)

    def prune(self, kept: frozenset[str]) -> None:
        """See Engine; old generations go when a new one is written."""


def best(scores: NDArray[np.float32], k: int) -> Scored:
    """Return the ``k`` highest scores; equal ones in the order of their numbers."""
    if k < len(scores):
        # Every one that is as high as the k-th, so that numbers decide between equal ones.
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        numbers = np.flatnonzero(scores >= least)
    else:
        numbers = np.arange(len(scores))
    order = numbers[np.argsort(-scores[numbers], kind="stable")][:k]
    return Scored(np.asarray(order, np.int64), scores[order])


def _reached(scores: NDArray[np.float32], k: int) -> float:
    """A score that ``k`` or more reach, told fast: the k-th highest among the best of each block."""
    blocks = len(scores) // _BLOCK
    if not 0 < k <= blocks:
        return 0.0
    highest = scores[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
    return float(np.partition(highest, blocks - k)[blocks - k])


def _array(path: Path) -> NDArray[np.float32]:
    """An array of a generation; mapped where it is large, so that its pages are the system's to drop."""
    is_large = path.stat().st_size >= MAPPED_FROM
    # As a plain array: one that knows its file makes a new object of itself at every step.
    rows = np.asarray(np.load(path, mmap_mode="r" if is_large else None, allow_pickle=False))
    if is_large:
        read_sparsely(rows.ctypes.data, rows.nbytes)
    return rows
