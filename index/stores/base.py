"""What every store can do, wherever it keeps what it keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.article import Language
from corpus.errors import DipnotError
from index.generation import Manifest

# What is kept of a generation, each numbered from 0 in the order of its articles.
Field = Literal["passages", "sentences", "questions"]
FIELDS: Final[tuple[Field, ...]] = ("passages", "sentences", "questions")


class StoreUnavailable(DipnotError):
    """A store that does not answer, or does not hold what it should."""


@dataclass(frozen=True)
class Scored:
    """Numbers of what was found, best first, and their scores; equal ones in the order of their numbers."""

    numbers: NDArray[np.int64]
    scores: NDArray[np.float32]


class Store(Protocol):
    """One generation, ready to be asked; may be shared by threads.

    A vector has shape (d,) and length 1. Words are terms of `index.analyzer`, each with what it counts for:
    never text, for databases lower Turkish letters wrongly. ``numbers`` are ascending, None for
    all there are.
    Every method raises StoreUnavailable where a database does not answer.
    """

    # Whether everything is at hand, so that a question may be compared with all of it.
    is_at_hand: bool

    def count(self, field: Field) -> int:
        """Return how many there are."""

    def nearest(self, field: Field, language: Language, vector: NDArray[np.float32], k: int) -> Scored:
        """Return the ``k`` with the highest cosine; of very many, nearly all of those."""

    def lexical(self, field: Field, language: Language, words: Mapping[str, float], k: int) -> Scored:
        """Return the ``k`` with the highest BM25 above 0."""

    def vectors(
        self, field: Field, language: Language, numbers: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Return their vectors, shape (n, d), as they were made; zeros for a text without a word."""

    def cosines(
        self,
        field: Field,
        language: Language,
        vector: NDArray[np.float32],
        numbers: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """Return their cosines with a vector, shape (n,)."""

    def weights(
        self,
        field: Field,
        language: Language,
        words: Mapping[str, float],
        numbers: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """Return their BM25, shape (n,); 0 where no word occurs."""

    def close(self) -> None:
        """Let go of connections."""


class Engine(Protocol):
    """What keeps stores: the files of the index, or a database that one index has to itself."""

    def publish(self, folder: Path, manifest: Manifest, progress: Callable[[int, int], None] | None) -> bool:
        """Copy a generation into the store, whole or not at all; whether it was not there yet.

        Raises StoreUnavailable.
        """

    def open(self, folder: Path, manifest: Manifest) -> Store:
        """Return the store of a generation.

        Raises StoreUnavailable, also where the generation was never published; IndexDamaged.
        """

    def prune(self, kept: frozenset[str]) -> None:
        """Remove every generation but those with the ids ``kept``; raises StoreUnavailable."""
