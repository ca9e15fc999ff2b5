"""A whole search, ten rankings fused, over 10^4 to 10^6 synthetic passages; `make bench-scale` prints it.

Each synthetic passage is a copy of a real one: its vector and those of its sentences with the noise of
`benchmarks.scale`, its words with three in ten exchanged for others, drawn from 200,000 by Zipf's law. The
noise of a passage agrees with that of each of its sentences, and that of a text with that of its English, as
the differences between real neighbours do. The register of questions is the real one.

The search is that of `index.ranking`: candidates of the rankings that can be searched, then all that is
known of their sentences. It is held against the same search over every passage and every sentence. Encoding
the question, which is no matter of size, is not part of it.

The files are built in one process and searched in another, whose memory is measured. Where the system allows
it, that one is held to 8 GB, cached pages of files among them, and the files are not in the cache at first.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.settings import Settings
from benchmarks.confinement import confined, forget
from benchmarks.scale import DOCS, MEMORY, NEIGHBOURS, P95_MS, RECALL, SEED, Sample, memory, sample_of
from benchmarks.tables import renew
from corpus.article import LANGUAGES, Language
from eval.provenance import machine
from index import generation
from index.analyzer import analyze, analyze_query
from index.build import sentence_terms
from index.encoding import read_articles
from index.lexical import Lexical
from index.ranking import Asked, Links, Ranker
from index.settings import SearchSettings
from index.stores import LocalStore
from index.tuning import exact
from index.vectors import BLOCK, Kind, Vectors

Floats = NDArray[np.float32]
SIZES = (10_000, 100_000, 1_000_000)
SENTENCES = 3
VOCABULARY = 200_000
EXCHANGED = 0.3
ASKED = 100
COMPARED = 40
# Up to here vectors are compared one by one; beyond, the kind is the one that `benchmarks.scale` finds.
NEAR_FROM = 200_000
KIND = Kind("IVF-RaBitQ", lists=2048, breadth=128, refined=20)
KIND_OF_SENTENCES = Kind("IVF-RaBitQ", lists=4096, breadth=64, refined=20)


@dataclass(frozen=True)
class Agreement:
    """How alike differences between two neighbouring passages are: cosines of the difference of their
    sentences with that in English (``sentences``), of that of the passages with that in English
    (``passages``), of that of the passages with that of a sentence of each (``parts``)."""

    sentences: float
    passages: float
    parts: float


@dataclass(frozen=True)
class Whole:
    """What was measured at one size; times in milliseconds, memory and disk in bytes.

    ``confined``: whether the search was held to the memory of the bound. ``first_ms``: the median for a
    question asked for the first time, when its pages are still on the disk; ``p50_ms``, ``p95_ms``: the
    second time. ``recall``: the share of the ten best passages of an exhaustive search that are found;
    ``looked_at``: sentences, on average.
    """

    passages: int
    sentences: int
    build_seconds: float
    build_memory: int
    disk: int
    load_ms: float
    memory: int
    confined: bool
    first_ms: float
    p50_ms: float
    p95_ms: float
    exhaustive_ms: float
    recall: float
    looked_at: float


def main() -> int:
    """Measure, print the table, write it, and return 1 when a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--up-to", type=int, default=SIZES[-1], help="leave out larger sizes")
    given = parser.parse_args()
    folder, manifest = generation.verified(Settings().index_dir)
    print(f"\n{machine()}, index {manifest.id}\n", flush=True)
    found = []
    for size in (size for size in SIZES if size <= given.up_to):
        with tempfile.TemporaryDirectory() as work:
            spawned = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=spawned) as process:
                built = process.submit(_build, folder, Path(work), size).result()
            # Only now: pages that a process has mapped are not dropped.
            forget(Path(work))
            with ProcessPoolExecutor(1, mp_context=spawned) as process:
                searched = process.submit(_search, folder, Path(work), size).result()
        found.append(Whole(size, size * SENTENCES, **built, **searched))
        print(table(found)[-1], flush=True)
    print("\n" + "\n".join(table(found)))
    last = found[-1]
    if last.passages == SIZES[-1]:
        record = {"machine": machine(), "index": manifest.id, "sizes": [asdict(one) for one in found]}
        (DOCS / "scaling-whole.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        renew(DOCS / "scaling.md", [table(found)])
    holds = last.p95_ms <= P95_MS and last.recall >= RECALL and last.memory <= MEMORY
    print(f"\np95 <= {P95_MS} ms, recall >= {RECALL}, memory <= 8 GB: {'holds' if holds else 'BROKEN'}")
    return 0 if holds else 1


def table(found: list[Whole]) -> list[str]:
    """Return the figures as a table, a line for each size."""
    return [
        "| passages | sentences | built in | memory to build | disk | loaded in | memory to search "
        "| asked first | p50 / p95 of a search | of an exhaustive one | recall@10 | sentences looked at |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {one.passages:,} | {one.sentences:,} | {one.build_seconds:.0f} s "
            f"| {one.build_memory / 1e6:.0f} MB | {one.disk / 1e6:.0f} MB | {one.load_ms:.0f} ms "
            f"| {one.memory / 1e6:.0f} MB | {one.first_ms:.0f} ms | {one.p50_ms:.1f} / {one.p95_ms:.1f} ms "
            f"| {one.exhaustive_ms:.0f} ms | {one.recall:.3f} | {one.looked_at:.0f} |"
            for one in found
        ),
    ]


def _build(folder: Path, work: Path, size: int) -> dict[str, object]:
    """Write the files of a generation of ``size`` passages, as the store reads them."""
    sample = sample_of(folder)
    articles = read_articles(folder)
    passages = [(article, passage) for article in articles for passage in article.passages]
    numbers = {sentence.id: i for i, sentence in enumerate(s for a in articles for s in a.sentences)}
    own = [[numbers[name] for name in passage.sentences] for _, passage in passages]
    # Every copy has the same number of sentences: some twice, or not all, where its model has others.
    real = np.array([(names * SENTENCES)[:SENTENCES] for names in own])
    source = np.random.default_rng(SEED).integers(0, len(passages), size)
    started = time.perf_counter()
    vectors = _write_vectors(folder, work, own, source, real[source], sample)
    for side, language in enumerate(LANGUAGES):
        words = [
            list(sentence_terms(article, sentence, language))
            for article in articles
            for sentence in article.sentences
        ]
        _write_words(work, language, words, real[source], side)
        _index(vectors[language], KIND).save(work / generation.PASSAGES[language])
        sentences = np.load(work / generation.SENTENCES[language], mmap_mode="r")
        _index(sentences, KIND_OF_SENTENCES).save(work / generation.NEAREST_SENTENCES[language])
        shutil.copy(folder / generation.QUESTIONS[language], work)
        shutil.copytree(
            folder / generation.QUESTION_TERMS[language], work / generation.QUESTION_TERMS[language]
        )
    return {
        "build_seconds": time.perf_counter() - started,
        "build_memory": memory("VmHWM"),
        "disk": sum(path.stat().st_size for path in work.rglob("*") if path.is_file()),
    }


def _write_words(
    work: Path, language: Language, words: list[list[str]], sentences: NDArray[np.int64], seed: int
) -> None:
    """Write BM25 over the copies of sentences, and over the passages they make up."""
    random = np.random.default_rng(SEED + seed)
    terms: list[list[str]] = []
    for number in sentences.ravel():
        model = words[number]
        drawn = iter(random.zipf(1.2, len(model)) % VOCABULARY)
        is_exchanged = random.random(len(model)) < EXCHANGED
        terms.append(
            [f"z{next(drawn)}" if other else term for term, other in zip(model, is_exchanged, strict=True)]
        )
    Lexical.build(terms).save(work / generation.SENTENCE_TERMS[language])
    joined = [
        [term for own in terms[start : start + SENTENCES] for term in own]
        for start in range(0, len(terms), SENTENCES)
    ]
    Lexical.build(joined).save(work / generation.PASSAGE_TERMS[language])


def agreement_of(
    passages: Mapping[Language, Floats], sentences: Mapping[Language, Floats], own: list[list[int]]
) -> Agreement:
    """Measure real neighbours; ``own``: the numbers of the sentences of each passage."""
    random = np.random.default_rng(SEED)
    known = np.flatnonzero(passages["tr"].any(axis=1) & passages["en"].any(axis=1))
    ids, _ = exact(passages["tr"][known], np.arange(len(known)), passages["tr"][known], NEIGHBOURS + 1)
    pairs = [(known[i], known[j]) for i, near in enumerate(ids[:, 1:]) for j in near]
    drawn = np.array([[random.choice(own[passage]) for passage in pair] for pair in pairs])
    apart = {
        (kind, lang): vectors[lang][numbers[:, 0]] - vectors[lang][numbers[:, 1]]
        for kind, vectors, numbers in (("p", passages, np.array(pairs)), ("s", sentences, drawn))
        for lang in LANGUAGES
    }
    told = np.all([difference.any(axis=1) for difference in apart.values()], axis=0)

    def alike(one: tuple[str, Language], other: tuple[str, Language]) -> float:
        first, second = apart[one][told], apart[other][told]
        lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        return float(((first * second).sum(axis=1) / lengths).mean())

    return Agreement(
        sentences=alike(("s", "tr"), ("s", "en")),
        passages=alike(("p", "tr"), ("p", "en")),
        parts=(alike(("p", "tr"), ("s", "tr")) + alike(("p", "en"), ("s", "en"))) / 2,
    )


def _write_vectors(
    folder: Path,
    work: Path,
    own: list[list[int]],
    source: NDArray[np.int64],
    sentences: NDArray[np.int64],
    sample: Sample,
) -> dict[Language, Floats]:
    """Write noisy copies, of unit length, of passages and their sentences; return those of the passages,
    mapped.

    ``source``: the numbers of the passages copied, shape (n,); ``sentences``: of their sentences, (n, k).
    """
    real_passages = {lang: Vectors.load(folder / generation.PASSAGES[lang]).stored() for lang in LANGUAGES}
    real_sentences = {lang: np.load(folder / generation.SENTENCES[lang]) for lang in LANGUAGES}
    like = agreement_of(real_passages, real_sentences, own)
    # Of the noise of a passage, what is not that of its sentences, and how far that is one in both languages.
    rest = 1 - SENTENCES * like.parts**2
    rest_alike = (like.passages - SENTENCES * like.parts**2 * like.sentences) / rest
    random = np.random.default_rng(SEED)
    width = sample.noise.shape[1]
    rows = {
        files[lang]: np.lib.format.open_memmap(work / files[lang], "w+", np.float32, (size, width))
        for files, size in ((generation.EXACT_PASSAGES, source.size), (generation.SENTENCES, sentences.size))
        for lang in LANGUAGES
    }
    step = BLOCK // SENTENCES
    for start in range(0, len(source), step):
        some = slice(start, start + step)
        parts = _in_both(random, sentences[some].shape, width, like.sentences)
        others = _in_both(random, source[some].shape, width, rest_alike)
        for lang in LANGUAGES:
            whole = like.parts * parts[lang].sum(axis=1) + np.sqrt(rest) * others[lang]
            rows[generation.EXACT_PASSAGES[lang]][some] = _noisy(
                real_passages[lang][source[some]], whole, sample
            )
            copies = _noisy(real_sentences[lang][sentences[some]], parts[lang], sample)
            at = slice(start * SENTENCES, (start + len(copies)) * SENTENCES)
            rows[generation.SENTENCES[lang]][at] = copies.reshape(-1, width)
    for array in rows.values():
        array.flush()
    del rows
    return {lang: np.load(work / generation.EXACT_PASSAGES[lang], mmap_mode="r") for lang in LANGUAGES}


def _in_both(
    random: np.random.Generator, shape: tuple[int, ...], width: int, alike: float
) -> dict[Language, Floats]:
    """Draw white noise for both languages, of which so much is common."""
    first, second = (random.standard_normal((*shape, width), dtype=np.float32) for _ in LANGUAGES)
    return {"tr": first, "en": alike * first + np.float32(np.sqrt(1 - alike**2)) * second}


def _noisy(real: Floats, white: Floats, sample: Sample) -> Floats:
    """Return vectors with noise, of unit length."""
    copies = real + white.astype(np.float32) @ sample.noise
    return np.asarray(copies / np.linalg.norm(copies, axis=-1, keepdims=True), np.float32)


def _index(vectors: Floats, kind: Kind) -> Vectors:
    """Index vectors, those that are many by ``kind``."""
    return Vectors.build(vectors, kind=kind if len(vectors) >= NEAR_FROM else Kind("SQfp16"))


def _search(folder: Path, work: Path, size: int) -> dict[str, object]:
    """Load the files and ask questions of the register, each twice: the second time counts."""
    articles = read_articles(folder)
    register = [question for article in articles for question in article.questions]
    random = np.random.default_rng(SEED + 10)
    drawn = random.choice(len(register), ASKED, replace=False)
    asked = []
    for place, number in enumerate(drawn):
        language = LANGUAGES[place % 2]
        text = register[number].text(language)
        vector = np.load(folder / generation.QUESTIONS[language], mmap_mode="r")[number]
        one = {term: 1.0 for term in analyze_query(text, language)}
        english = {term: 1.0 for term in analyze(text, "en")}
        asked.append(
            Asked(language, np.array(vector), one, english, {t: 1.0 for t in analyze(text, language)})
        )
    members = Links(np.arange(0, size * SENTENCES + 1, SENTENCES), np.arange(size * SENTENCES))
    # The copies answer what their models answer; here the register finds no passage of its own.
    answers = Links.of([[int(number)] for number in random.integers(0, size * SENTENCES, len(register))])
    with confined(MEMORY) as is_confined:
        started = time.perf_counter()
        store = LocalStore(work)
        loaded = (time.perf_counter() - started) * 1000
        ranker = Ranker(store, members, answers, SearchSettings(exhaustive=0))
        found, first, taken = [], [], []
        for question in asked:
            started = time.perf_counter()
            found.append(ranker.rank(question, 10))
            first.append((time.perf_counter() - started) * 1000)
        for question in asked:
            started = time.perf_counter()
            ranker.rank(question, 10)
            taken.append((time.perf_counter() - started) * 1000)
        used = memory("VmRSS")
    whole = Ranker(store, members, answers, SearchSettings(exhaustive=size))
    shares, exhaustive = [], []
    for question, own in list(zip(asked, found, strict=True))[:COMPARED]:
        started = time.perf_counter()
        every = whole.rank(question, 10)
        exhaustive.append((time.perf_counter() - started) * 1000)
        shares.append(len(set(every.passages.tolist()) & set(own.passages.tolist())) / len(every.passages))
    p50, p95 = np.percentile(taken, [50, 95])
    return {
        "load_ms": loaded,
        "memory": used,
        "confined": is_confined,
        "first_ms": float(np.median(first)),
        "p50_ms": float(p50),
        "p95_ms": float(p95),
        "exhaustive_ms": float(np.median(exhaustive)),
        "recall": float(np.mean(shares)),
        "looked_at": float(np.mean([len(own.sentences) for own in found])),
    }


if __name__ == "__main__":
    raise SystemExit(main())
