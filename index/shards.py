"""Vectors on their way into an index: a file for each article's texts, and one for each article's questions.

They are kept as ``INDEX/encoding/<key>.npy`` from the moment they are made until a generation holds them. The
key follows from the wordings and from everything they are encoded with, so that a file is never taken for
another: several processes, and several machines over a shared folder, write side by side without a lock.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpus.errors import DipnotError

FOLDER: Final = "encoding"
# After the array stands the sha256 of all before it: encoding may take days, and a disk may go bad meanwhile.
_SUM_BYTES: Final = 32


@dataclass(frozen=True)
class Unit:
    """What is encoded together, because a vector depends on the texts of its batch: all the texts of an
    article, or all its questions; each wording once."""

    wordings: tuple[str, ...]
    is_asked: bool


@dataclass(frozen=True)
class Shards:
    """The shards in ``folder``: vectors of ``dimension`` numbers, ``made_with`` what else they depend on."""

    folder: Path
    dimension: int
    made_with: str

    def key(self, unit: Unit) -> str:
        """Return the name of a unit's shard, in hex: the same on every machine."""
        made_from = json.dumps([self.made_with, unit.is_asked, unit.wordings])
        return hashlib.sha256(made_from.encode("ascii")).hexdigest()

    def part_of(self, unit: Unit, parts: int) -> int:
        """Return to which of so many parts a unit belongs, from 1."""
        return int(self.key(unit), 16) % parts + 1

    def path(self, unit: Unit) -> Path:
        """Return the file of a unit's vectors, whether it is there or not."""
        return self.folder / f"{self.key(unit)}.npy"

    def write(self, unit: Unit, vectors: NDArray[np.float32]) -> None:
        """Keep the vectors of a unit, (wordings, dimension); they appear whole or not at all.

        Raises DipnotError where the folder cannot be written.
        """
        buffer = io.BytesIO()
        np.save(buffer, vectors, allow_pickle=False)
        array = buffer.getvalue()
        temporary = ""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                file.write(array + hashlib.sha256(array).digest())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path(unit))
        except OSError as error:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
            raise DipnotError(
                f"Vectors could not be kept in {self.folder}: {error.strerror or error}. "
                "What is there already stays; run again when this is mended."
            ) from error

    def read(self, unit: Unit) -> NDArray[np.float32] | None:
        """Return the vectors of a unit, (wordings, dimension), None where they are not there or damaged."""
        try:
            data = self.path(unit).read_bytes()
            array, found = data[:-_SUM_BYTES], data[-_SUM_BYTES:]
            if hashlib.sha256(array).digest() != found:
                return None
            vectors = np.load(io.BytesIO(array), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        fits = vectors.shape == (len(unit.wordings), self.dimension) and vectors.dtype == np.float32
        return vectors if fits else None

    def has(self, unit: Unit) -> bool:
        """Whether the vectors of a unit are there, whole."""
        return self.read(unit) is not None


def clear(index: Path) -> None:
    """Remove every shard of an index, those that no article asks for any more too."""
    shutil.rmtree(index / FOLDER, ignore_errors=True)
