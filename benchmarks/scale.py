"""Growth on one machine: search over 10^3 to 10^6 synthetic passages; `make bench-scale` prints the table.

The vectors are those of the current index, and copies of them with noise. The noise is Gaussian with half the
covariance of the differences between a real passage and its ten nearest: two copies of a passage then differ
as two real neighbours do, in length and in direction. The questions are the real ones of the register.

Each index is built in a process of its own, and searched in another, whose memory is measured. The figures go
to docs/scaling.json, the plot to docs/images/scaling.svg. Exits with 1 when a bound is broken.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.settings import Settings
from benchmarks.tables import renew
from corpus.article import LANGUAGES
from eval.provenance import machine
from index import generation as store
from index.tuning import ORDER, QUERIES, Trial, Wanted, choose, exact, measure, table, tried
from index.vectors import BLOCK, Kind, Vectors

DOCS = Path(__file__).parents[1] / "docs"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
# Bounds, of the largest size.
P95_MS = 50
RECALL = 0.97
MEMORY = 8 * 2**30
SEED = 20261121
NEIGHBOURS = 10
# Up to here every kind is tried, for the table; beyond, as in use, no more than are needed to choose.
ALL_UP_TO = 100_000


@dataclass(frozen=True)
class Sample:
    """What is drawn from: real passage vectors, real question vectors, and the matrix that makes noise."""

    passages: NDArray[np.float32]
    questions: NDArray[np.float32]
    noise: NDArray[np.float32]
    neighbours: list[float]

    def blocks(self, count: int) -> Iterator[NDArray[np.float32]]:
        """Yield ``count`` vectors of unit length: the real ones, then noisy copies of them."""
        random = np.random.default_rng(SEED)
        yield self.passages[:count]
        for start in range(len(self.passages), count, BLOCK):
            some = min(BLOCK, count - start)
            copies = self.passages[random.integers(0, len(self.passages), some)]
            copies = copies + random.standard_normal(copies.shape, dtype=np.float32) @ self.noise
            yield copies / np.linalg.norm(copies, axis=1, keepdims=True)


@dataclass(frozen=True)
class Grown:
    """What was measured at one size: of each kind tried, and of the one chosen, loaded from its file."""

    passages: int
    trials: list[Trial]
    chosen: Kind
    choosing_seconds: float
    build_memory: int
    neighbours: list[float]
    load_ms: float
    memory: int
    index_memory: int
    p50_ms: float
    p95_ms: float
    recall: float


def main() -> int:
    """Measure, print the tables, write them, and return 1 when a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--up-to", type=int, default=SIZES[-1], help="leave out larger sizes")
    given = parser.parse_args()
    folder, manifest = store.verified(Settings().index_dir)
    sample = sample_of(folder)
    print(f"\n{machine()}, index {manifest.id}\n", flush=True)
    grown = []
    for size in (size for size in SIZES if size <= given.up_to):
        with tempfile.TemporaryDirectory() as work:
            grown.append(measured(sample, size, Path(work)))
        print(f"### {size:,} passages\n", flush=True)
        print("\n".join([*table(grown[-1].trials, grown[-1].chosen), ""]), flush=True)
        print(
            f"cosines with the ten nearest: {grown[-1].neighbours}; real: {sample.neighbours}\n", flush=True
        )
    print("\n".join(summary(grown)))
    if grown[-1].passages == SIZES[-1]:
        record = {
            "machine": machine(),
            "index": manifest.id,
            "neighbours": sample.neighbours,
            "sizes": [asdict(one) for one in grown],
        }
        (DOCS / "scaling.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        (DOCS / "images" / "scaling.svg").write_text(plot(grown), encoding="utf-8")
        renew(DOCS / "scaling.md", [summary(grown), *(table(one.trials, one.chosen) for one in grown)])
    last = grown[-1]
    holds = last.p95_ms <= P95_MS and last.recall >= RECALL and max(last.memory, last.build_memory) <= MEMORY
    print(f"\np95 <= {P95_MS} ms, recall >= {RECALL}, memory <= 8 GB: {'holds' if holds else 'BROKEN'}")
    return 0 if holds else 1


def sample_of(folder: Path) -> Sample:
    """Take the vectors of a generation, in both languages, and what noise between neighbours looks like."""
    kept = np.concatenate([Vectors.load(folder / store.PASSAGES[lang]).stored() for lang in LANGUAGES])
    questions = np.concatenate([np.load(folder / store.QUESTIONS[lang]) for lang in LANGUAGES])
    # A text without English has a vector of zeros; the same text is in the index once for each language.
    passages, questions = (np.unique(array[array.any(axis=1)], axis=0) for array in (kept, questions))
    ids, cosines = exact(passages, np.arange(len(passages)), passages, NEIGHBOURS + 1)
    apart = (passages[ids[:, 1:]] - passages[:, None]).reshape(-1, passages.shape[1])
    values, directions = np.linalg.eigh(apart.T @ apart / len(apart) / 2)
    noise = (directions * np.sqrt(np.maximum(values, 0))).T.astype(np.float32)
    return Sample(passages, questions, noise, quantiles(cosines[:, 1:]))


def measured(sample: Sample, size: int, work: Path) -> Grown:
    """Build an index of ``size`` vectors in one process, search it in another."""
    vectors = np.lib.format.open_memmap(work / "vectors.npy", "w+", np.float32, (size, sample.noise.shape[1]))
    start = 0
    for block in sample.blocks(size):
        vectors[start : start + len(block)] = block
        start += len(block)
    vectors.flush()
    del vectors
    drawn = np.random.default_rng(SEED).choice(len(sample.questions), QUERIES, replace=False)
    rest = np.delete(sample.questions, drawn, axis=0)
    # Neither process is to begin with what the one before has left in memory.
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned) as process:
        built = process.submit(_build, work, rest, sample.questions[drawn]).result()
    with ProcessPoolExecutor(1, mp_context=spawned) as process:
        searched = process.submit(_search, work).result()
    return Grown(size, **built, **searched)


def summary(grown: list[Grown]) -> list[str]:
    """Return the table of the kinds chosen, by size."""
    lines = [
        "| passages | kind chosen | parameters | tried and built in | bytes per passage | memory to build "
        "| memory to search | loaded in | p50 / p95 of a search | recall@10 |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in grown:
        own = next(trial for trial in one.trials if trial.kind == one.chosen)
        build, search = one.build_memory / 1e6, one.memory / 1e6
        lines.append(
            f"| {one.passages:,} | {one.chosen.name} | {one.chosen.parameters} "
            f"| {one.choosing_seconds:.0f} s | {own.bytes_per_vector:.0f} | {build:.0f} MB | {search:.0f} MB "
            f"| {one.load_ms:.0f} ms | {one.p50_ms:.2f} / {one.p95_ms:.2f} ms | {one.recall:.3f} |"
        )
    return lines


def plot(grown: list[Grown]) -> str:
    """Draw the milliseconds of a search by number of passages, of every kind tried, both logarithmic."""
    from eval.plots import growth_plot

    return growth_plot(
        {
            name: [
                (one.passages, trial.p95_ms)
                for one in grown
                for trial in one.trials
                if trial.kind.name == name
            ]
            for name in ORDER
        },
        P95_MS,
    )


def _build(work: Path, questions: NDArray[np.float32], asked: NDArray[np.float32]) -> dict[str, object]:
    """Choose, build and save; then try the other kinds where that is soon done."""
    vectors = np.load(work / "vectors.npy", mmap_mode="r")
    wanted = Wanted()
    started = time.perf_counter()
    choice = choose(vectors, questions, wanted, flat_up_to=0)
    choice.vectors.save(work / "passages.faiss")
    seconds, used = time.perf_counter() - started, memory("VmHWM")
    trials = list(choice.trials)
    if len(vectors) <= ALL_UP_TO:
        others = [name for name in ORDER if name not in {trial.kind.name for trial in trials}]
        trials += [trial for trial, _ in tried(vectors, questions, wanted, others)]
    everything = np.arange(len(vectors))
    np.savez(work / "asked.npz", queries=asked, tenth=exact(vectors, everything, asked)[1][:, -1])
    some = np.random.default_rng(SEED).choice(len(vectors), QUERIES, replace=False)
    near = exact(vectors, everything, np.ascontiguousarray(vectors[some]), NEIGHBOURS + 1)[1][:, 1:]
    return {
        "trials": trials,
        "chosen": choice.kind,
        "choosing_seconds": seconds,
        "build_memory": used,
        "neighbours": quantiles(near),
    }


def _search(work: Path) -> dict[str, object]:
    """Load the index and ask the questions that were not used to choose it, twice: the second time counts."""
    asked = np.load(work / "asked.npz")
    vectors = np.load(work / "vectors.npy", mmap_mode="r")
    before = memory("VmRSS")
    started = time.perf_counter()
    index = Vectors.load(work / "passages.faiss")
    loaded = (time.perf_counter() - started) * 1000
    for query in asked["queries"]:
        index.search(query, 10)
    used = memory("VmRSS")
    recall, taken = measure(index, vectors, asked["queries"], asked["tenth"])
    p50, p95 = np.percentile(taken, [50, 95])
    return {
        "load_ms": loaded,
        "memory": used,
        "index_memory": used - before,
        "p50_ms": float(p50),
        "p95_ms": float(p95),
        "recall": recall,
    }


def quantiles(cosines: NDArray[np.float32]) -> list[float]:
    """Return what 5, 50 and 95 of 100 cosines stay below."""
    return [round(float(value), 3) for value in np.quantile(cosines, [0.05, 0.5, 0.95])]


def memory(name: str) -> int:
    """Return VmRSS, or VmHWM, the most it has been, in bytes (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


if __name__ == "__main__":
    raise SystemExit(main())
