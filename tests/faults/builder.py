"""A builder that can be killed at any step, with vectors made of the words' letters: it needs no model."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

# What a build imports late: the fork server has it once, its children have it for nothing.
import bm25s as bm25s
import faiss as faiss
import numpy as np
from numpy.typing import NDArray

from corpus.article import Article
from corpus.errors import DipnotError
from corpus.plain import plain_article
from index.build import build_articles
from index.encoder import Encoder
from index.model import Model

DIMENSION = 16
MODEL = Model("letters", Path("nowhere"), "ab" * 32, DIMENSION, "", "", 512)
OLD, NEW = 10, 24
# Of what Python tells of itself, the steps that change names on the disk; to read or write is "open".
NAMING = ("os.rename", "os.remove", "os.rmdir", "os.mkdir")


class LettersEncoder(Encoder):
    """Vectors that follow from the text alone, the same in every process."""

    def __init__(self) -> None:
        self.model = MODEL

    def encode_query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of unit length, shape (n, DIMENSION), all rather near to each other."""
        rows = np.array([sum(map(_direction, text.split()), 4 * np.ones(DIMENSION)) for text in texts])
        rows = rows.reshape(len(texts), DIMENSION).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def encode_document(self, texts: Sequence[str], **_: Any) -> NDArray[np.float32]:
        """Return the same vectors as for questions."""
        return self.encode_query(texts)

    encode_questions = encode_document


def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).standard_normal(DIMENSION)


def articles(day: int) -> list[Article]:
    """Two articles, of which one tells ``day``: another day, another generation."""
    return [
        plain_article("kars", "tr", ["Kars Antlaşması 13 Ekim 1921 tarihinde Kars kentinde imzalandı."]),
        plain_article(
            "lozan", "tr", [f"Lozan Antlaşması {day} Temmuz 1923 tarihinde Lozan kentinde imzalandı."]
        ),
    ]


def make(index: Path, day: int, *, force: bool = False) -> tuple[str, bool]:
    """Build, and return the id of the generation and whether it was written."""
    built = build_articles(articles(day), index, MODEL, force=force, encoder=LettersEncoder())
    return built.id, built.written


def child(report: Connection, index: Path, day: int, force: bool, kill_at: int) -> None:
    """Build in a process of its own, which reports its beginning, its steps and its end.

    ``kill_at``: the step before which it kills itself, counted from 1; 0 for none.
    """
    steps: list[str] = []

    def step(name: str) -> None:
        steps.append(name)
        if len(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    watch(index, step)
    report.send("begun")
    try:
        report.send((steps, make(index, day, force=force)))
    except DipnotError as error:
        report.send((steps, str(error)))


def watch(index: Path, step: Callable[[str], None]) -> None:
    """Call ``step`` before everything that this process does to the files of an index."""
    inside = str(index)

    def heard(event: str, given: tuple[Any, ...]) -> None:
        if event in NAMING or (event == "open" and str(given[0]).startswith(inside)):
            step(f"{event} {given[0]}")

    sync = os.fsync

    def fsync(handle: int) -> None:
        step("os.fsync")
        sync(handle)

    sys.addaudithook(heard)
    os.fsync = fsync
