"""Which kind of index vectors are kept in: the cheapest that is measured to find what an exact search finds.

An index is tried on queries that are not in it: vectors held out of those to be indexed, and questions
where they are given. The second matter: a question lies farther from the passages than they from one
another, and an index that finds the neighbours of passages may miss those of questions (docs/scaling.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import floor, log2, sqrt
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpus.article import LANGUAGES, Language
from index import generation as store
from index.vectors import BLOCK, FITTED_TO, Kind, Name, Vectors

# Up to here nothing but Flat is tried: an exact search takes a fraction of a millisecond, of the fifty and
# more of an answer, so that another kind could only lose passages.
FLAT_UP_TO: Final = 5_000
K: Final = FITTED_TO
QUERIES: Final = 200
_SEED: Final = 20261121
# From the cheapest to build and keep to the dearest: the first needs nothing, the second rounds, the third is
# trained, the fourth keeps the vectors beside its codes, the last is built longest.
ORDER: Final[tuple[Name, ...]] = ("Flat", "SQfp16", "IVF-SQ8", "IVF-RaBitQ", "HNSW-SQ8")
# Where the vectors are kept beside anyway, as those of sentences are: Flat would keep them once more.
BESIDE: Final = ORDER[1:]
_REFINED: Final = (10, 20, 40, 80)
_NARROWEST, _WIDEST_GRAPH = 8, 1024
# Less than this, of 200 queries, is noise: searching more widely has ceased to help.
_PLATEAU: Final = 0.002
# What the order of a sum changes in a cosine.
_ROUNDING: Final = 1e-6


@dataclass(frozen=True)
class Wanted:
    """What an index must do: ``recall`` of the ten nearest of an exact search, and ``p95_ms``, within which
    95 of 100 searches are done.

    A little more recall than the 0.97 that is promised, for it is measured on a few hundred queries. A
    question is searched for four times, one after the other: among passages and sentences, in two languages.
    """

    recall: float = 0.98
    p95_ms: float = 5.0


@dataclass(frozen=True)
class Trial:
    """What was measured of one kind: recall@10 for vectors held out and for questions (None without any),
    milliseconds of a search, bytes of the file per vector, seconds to build."""

    kind: Kind
    recall: float
    recall_questions: float | None
    p50_ms: float
    p95_ms: float
    bytes_per_vector: float
    build_seconds: float

    @property
    def least_recall(self) -> float:
        """The lower of the two recalls."""
        return self.recall if self.recall_questions is None else min(self.recall, self.recall_questions)

    def reaches(self, wanted: Wanted) -> bool:
        """Whether the kind finds enough, soon enough."""
        return self.least_recall >= wanted.recall and self.p95_ms <= wanted.p95_ms


@dataclass(frozen=True)
class Choice:
    """The index of the kind chosen, and what was measured to choose it: nothing where none was needed."""

    kind: Kind
    vectors: Vectors
    trials: tuple[Trial, ...]


def choose(
    vectors: NDArray[np.float32],
    questions: NDArray[np.float32] | None = None,
    wanted: Wanted | None = None,
    flat_up_to: int = FLAT_UP_TO,
    names: Sequence[Name] = ORDER,
) -> Choice:
    """Index ``vectors``, shape (n, d), in the first kind of ``names`` that does what is wanted (`picked`)."""
    if len(vectors) <= flat_up_to:
        return Choice(Kind(), Vectors.build(vectors, kind=Kind()), ())
    wanted = wanted or Wanted()
    trials: list[Trial] = []
    for trial, index in tried(vectors, questions, wanted, names):
        trials.append(trial)
        if trial.reaches(wanted):
            return Choice(trial.kind, index, tuple(trials))
    best = picked(trials, wanted)
    return Choice(best.kind, Vectors.build(vectors, kind=best.kind), tuple(trials))


def tried(
    vectors: NDArray[np.float32],
    questions: NDArray[np.float32] | None = None,
    wanted: Wanted | None = None,
    names: Sequence[Name] = ORDER,
) -> Iterator[tuple[Trial, Vectors]]:
    """Build and measure one kind after the other; yield each trial with its index, now of all vectors."""
    wanted = wanted or Wanted()
    random = np.random.default_rng(_SEED)
    # A passage without English has a vector of zeros, which has no neighbours.
    worded = np.concatenate(
        [start + np.flatnonzero(np.any(vectors[start : start + BLOCK], axis=1)) for start in _starts(vectors)]
    )
    held = np.sort(random.choice(worded, min(QUERIES, len(worded) // 10), replace=False))
    rest = np.setdiff1d(np.arange(len(vectors)), held)
    asked = [np.ascontiguousarray(vectors[held], np.float32)]
    if questions is not None and len(questions):
        drawn = random.choice(len(questions), min(QUERIES, len(questions)), replace=False)
        asked.append(np.ascontiguousarray(questions[np.sort(drawn)], np.float32))
    tenth = [exact(vectors, rest, queries)[1][:, -1] for queries in asked]
    for name in names:
        settings = settings_of(name, len(vectors))
        started = perf_counter()
        index = Vectors.trained(vectors, settings[0][0])
        index.add(vectors, rest)
        seconds = perf_counter() - started
        best: Trial | None = None
        for row in settings:
            last: Trial | None = None
            for kind in row:
                index.set(kind)
                trial = _measured(index, kind, vectors, asked, tenth, seconds)
                if best is None or trial.least_recall > best.least_recall:
                    best = trial
                if trial.least_recall >= wanted.recall:
                    break
                if last is not None and trial.least_recall < last.least_recall + _PLATEAU:
                    break
                last = trial
            if best is not None and best.least_recall >= wanted.recall:
                break
        assert best is not None
        index.set(best.kind)
        index.add(vectors, held)
        yield replace(best, bytes_per_vector=index.size() / len(vectors)), index


def report(index: Path) -> Iterator[str]:
    """Measure every kind on the current index, and yield what was found, line by line, for each language.

    Raises IndexMissing or IndexDamaged.
    """
    folder, _ = store.verified(index)
    indexes: list[tuple[str, str, Language, Sequence[Name]]] = [
        *((store.PASSAGES[lang], store.EXACT_PASSAGES[lang], lang, ORDER) for lang in LANGUAGES),
        *((store.NEAREST_SENTENCES[lang], store.SENTENCES[lang], lang, BESIDE) for lang in LANGUAGES),
    ]
    for file, given, language, names in indexes:
        if not (folder / file).exists():
            continue
        kept = Vectors.load(folder / file)
        yield f"{file}: {len(kept)} vectors of {kept.dimension}, in use: {kept.name}"
        if len(kept) <= FLAT_UP_TO:
            yield (
                f"Chosen: Flat. Up to {FLAT_UP_TO} vectors nothing else is tried: comparing a question with "
                "each of them takes a fraction of a millisecond and misses none."
            )
            continue
        beside = folder / given
        vectors = np.load(beside, mmap_mode="r", allow_pickle=False) if beside.exists() else kept.stored()
        questions = np.load(folder / store.QUESTIONS[language], allow_pickle=False)
        wanted = Wanted()
        trials = [trial for trial, _ in tried(vectors, questions, wanted, names)]
        yield from table(trials, picked(trials, wanted).kind)
        yield f"Wanted: recall@{K} of {wanted.recall}, p95 of {wanted.p95_ms:g} ms."


def picked(trials: Sequence[Trial], wanted: Wanted) -> Trial:
    """Return the first trial that does what is wanted.

    Where none does, the one that finds most of those that are soon enough; failing that, the one that finds
    most.
    """
    for trial in trials:
        if trial.reaches(wanted):
            return trial
    return max(trials, key=lambda one: (one.p95_ms <= wanted.p95_ms, one.least_recall))


def settings_of(name: Name, count: int) -> list[list[Kind]]:
    """Return the settings of a kind to try over ``count`` vectors: rows of ever wider searches, each row
    comparing more candidates again than the one before."""
    if name in ("Flat", "SQfp16"):
        return [[Kind(name)]]
    if name == "HNSW-SQ8":
        return [[Kind(name, breadth=breadth) for breadth in _doubled(2 * _NARROWEST, _WIDEST_GRAPH)]]
    # About twice the root of the count: then reading the centres takes as long as reading some of the lists;
    # and never so many that there are fewer than fifty vectors to fit each to (FAISS asks for 39).
    lists = 2 ** min(round(log2(2 * sqrt(count))), floor(log2(max(2, count / 50))))
    widths = _doubled(_NARROWEST, lists // 2)
    factors = _REFINED if name == "IVF-RaBitQ" else (0,)
    return [[Kind(name, lists, breadth, factor) for breadth in widths] for factor in factors]


def exact(
    vectors: NDArray[np.float32], numbers: NDArray[np.int64], queries: NDArray[np.float32], k: int = K
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the ``k`` of ``vectors[numbers]`` nearest to each of ``queries`` and their cosines, best first.

    Both have the shape (queries, k); the vectors are read in blocks.
    """
    import faiss

    ids = np.empty((len(queries), 0), np.int64)
    cosines = np.empty((len(queries), 0), np.float32)
    for start in range(0, len(numbers), BLOCK):
        own = numbers[start : start + BLOCK]
        block = np.ascontiguousarray(vectors[own], np.float32)
        found, places = faiss.knn(queries, block, min(k, len(own)), metric=faiss.METRIC_INNER_PRODUCT)
        ids, cosines = np.hstack([ids, own[places]]), np.hstack([cosines, found])
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
        ids, cosines = np.take_along_axis(ids, order, 1), np.take_along_axis(cosines, order, 1)
    return ids, cosines


def table(trials: Sequence[Trial], chosen: Kind | None) -> list[str]:
    """Return what was measured as the lines of a Markdown table, the kind chosen marked."""
    lines = [
        "| kind | parameters | recall@10, passages | recall@10, questions | p50 / p95 of a search "
        "| bytes per vector | built in | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in trials:
        asked = "–" if one.recall_questions is None else f"{one.recall_questions:.3f}"
        lines.append(
            f"| {one.kind.name} | {one.kind.parameters} | {one.recall:.3f} | {asked} "
            f"| {one.p50_ms:.2f} / {one.p95_ms:.2f} ms | {one.bytes_per_vector:.0f} "
            f"| {one.build_seconds:.1f} s | {'chosen' if one.kind == chosen else ''} |"
        )
    return lines


def measure(
    index: Vectors,
    vectors: NDArray[np.float32],
    queries: NDArray[np.float32],
    tenth: NDArray[np.float32],
) -> tuple[float, list[float]]:
    """Search for ``queries`` one by one; return recall@10 and the milliseconds of each search.

    A passage found is right when its cosine is not below ``tenth``, that of the exact search's last: so it
    does not matter which of several alike is found.
    """
    right = 0
    taken: list[float] = []
    for query, least in zip(queries, tenth, strict=True):
        started = perf_counter()
        ids, _ = index.search(query, K)
        taken.append((perf_counter() - started) * 1000)
        right += int(np.sum(vectors[ids] @ query >= least - _ROUNDING))
    return right / (K * len(queries)), taken


def _measured(
    index: Vectors,
    kind: Kind,
    vectors: NDArray[np.float32],
    asked: Sequence[NDArray[np.float32]],
    tenth: Sequence[NDArray[np.float32]],
    seconds: float,
) -> Trial:
    found = [measure(index, vectors, *one) for one in zip(asked, tenth, strict=True)]
    p50, p95 = np.percentile([ms for _, taken in found for ms in taken], [50, 95])
    recalls = [recall for recall, _ in found]
    return Trial(kind, recalls[0], recalls[1] if recalls[1:] else None, float(p50), float(p95), 0.0, seconds)


def _starts(vectors: NDArray[np.float32]) -> range:
    return range(0, len(vectors), BLOCK)


def _doubled(first: int, last: int) -> list[int]:
    """Return ``first`` and its doubles up to ``last``."""
    found = [first]
    while found[-1] * 2 <= last:
        found.append(found[-1] * 2)
    return found
