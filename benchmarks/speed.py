"""Speed and memory, measured in one run on the real index. `make bench` prints the table.

The ratios hold on any machine; the absolute times only inform. Exits with 1 when a bound is broken.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from app.assistant import Assistant
from app.readers import BUNDLED
from app.settings import Settings
from benchmarks.page import CHROMIUM, page_speed
from corpus.reading import read_corpus
from eval.gold import read_gold
from eval.provenance import machine
from index.build import build
from index.encoding import asked_of, texts_of
from index.model import Model, resolve

ROUNDS = 3
ASK_TO_ENCODE = 1.5
ASK_WITH_READER_MS = 250
BUILD_SECONDS = 120
BUILD_TO_ENCODE = 1.3
# One text in so many is encoded by sentence-transformers alone, to tell how long all of them would take.
SAMPLED = 10
UNCHANGED_SECONDS = 2
HELP_SECONDS = 0.5
FIRST_PAINT_MS = 1000
FIRST_SENTENCE_MS = 300


def main() -> int:
    """Measure, print the table, and return 1 when a bound is broken."""
    if not Path(CHROMIUM).exists():
        sys.exit(
            f"The page is measured in Chromium, which is not at {CHROMIUM}. Get it with: apt install chromium"
        )
    settings = Settings()
    model = resolve(settings.model, settings.cache_dir)
    build(settings.corpus_dir, settings.index_dir, model)
    rows: list[tuple[str, str, str, bool]] = []

    assistant = Assistant.load(settings.index_dir, model)
    encode, ask = encode_and_ask(assistant)
    ratio = statistics.median(a / e for e, a in zip(encode, ask, strict=True))
    rows.append(("encode one question, median", f"{statistics.median(encode) * 1000:.1f} ms", "", True))
    rows.append(("ask, median", f"{statistics.median(ask) * 1000:.1f} ms", "", True))
    bound = f"<= {ASK_TO_ENCODE}"
    rows.append(("ask / encode, median of pairs", f"{ratio:.2f}", bound, ratio <= ASK_TO_ENCODE))
    reading = Assistant.load(settings.index_dir, model, reader=BUNDLED)
    read = 1000 * statistics.median(encode_and_ask(reading, rounds=1)[1])
    bound = f"<= {ASK_WITH_READER_MS} ms"
    rows.append(("ask with the reader, median", f"{read:.0f} ms", bound, read <= ASK_WITH_READER_MS))

    speed = page_speed(assistant)
    for what, taken, limit in (
        ("first paint of the page", speed.first_paint, FIRST_PAINT_MS),
        ("first sentence on the page", speed.first_sentence, FIRST_SENTENCE_MS),
    ):
        worst = statistics.quantiles(taken, n=20)[-1]
        shown = f"{statistics.median(taken):.0f} / {worst:.0f} ms"
        rows.append((f"{what}, p50 / p95", shown, f"p95 < {limit} ms", worst < limit))

    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        started = time.perf_counter()
        build(settings.corpus_dir, index, model)
        built = time.perf_counter() - started
        encoded = plain_encoding(settings, model)
        before = listing(index)
        started = time.perf_counter()
        again = build(settings.corpus_dir, index, model)
        unchanged = time.perf_counter() - started
        wrote_nothing = not again.written and listing(index) == before
    rows.append(("index from nothing", f"{built:.0f} s", f"< {BUILD_SECONDS} s", built < BUILD_SECONDS))
    share = built / encoded
    bound = f"<= {BUILD_TO_ENCODE}"
    rows.append(("index / encoding of its texts", f"{share:.2f}", bound, share <= BUILD_TO_ENCODE))
    rows.append(
        ("index, unchanged", f"{unchanged:.2f} s", f"< {UNCHANGED_SECONDS} s", unchanged < UNCHANGED_SECONDS)
    )
    rows.append(("index, unchanged: writes nothing", str(wrote_nothing), "True", wrote_nothing))

    dipnot = Path(sys.executable).with_name("dipnot")
    helps = [timed([str(dipnot), "--help"]) for _ in range(5)]
    shortest = statistics.median(helps)
    rows.append(
        ("dipnot --help, median of 5", f"{shortest:.2f} s", f"< {HELP_SECONDS} s", shortest < HELP_SECONDS)
    )
    rows.append(("memory of the serving process", f"{serving_memory(dipnot) / 1e6:.0f} MB", "", True))

    print(f"\n{machine()}\n\n| what | measured | bound | |\n|---|---|---|---|")
    for what, measured, limit, holds in rows:
        print(f"| {what} | {measured} | {limit} | {'' if holds else 'BROKEN'} |")
    return 0 if all(holds for *_, holds in rows) else 1


def encode_and_ask(assistant: Assistant, rounds: int = ROUNDS) -> tuple[list[float], list[float]]:
    """Time the encoding of each gold question alone and the whole answer to it, each first in turn."""
    questions = [question.question for question in read_gold()]
    for question in questions[:5]:
        assistant.ask(question)
    encode: list[float] = []
    ask: list[float] = []
    for number, question in enumerate(questions * rounds):
        timings = {
            "encode": lambda question=question: assistant.searcher.encoder.encode_query([question]),
            "ask": lambda question=question: assistant.ask(question),
        }
        for name in ("encode", "ask") if number % 2 else ("ask", "encode"):
            started = time.perf_counter()
            timings[name]()
            (encode if name == "encode" else ask).append(time.perf_counter() - started)
    return encode, ask


def plain_encoding(settings: Settings, model: Model) -> float:
    """Return how long sentence-transformers alone would take to encode all texts, from a sample of them."""
    from sentence_transformers import SentenceTransformer

    texts = [
        text
        for article in read_corpus(settings.corpus_dir)
        for lists in (texts_of(article), asked_of(article))
        for own in lists.values()
        for text in own
        if text
    ]
    transformer = SentenceTransformer(str(model.folder), device="cpu", local_files_only=True)
    sample = sorted(set(texts))[::SAMPLED]
    started = time.perf_counter()
    transformer.encode(sample, prompt=model.passage_prompt, show_progress_bar=False)
    return (time.perf_counter() - started) * len(set(texts)) / len(sample)


def listing(folder: Path) -> list[tuple[str, int, int]]:
    """Return every file with its size and time of change."""
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.rglob("*"))]


def timed(command: list[str]) -> float:
    """Return how long a command runs, in seconds."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def serving_memory(dipnot: Path) -> int:
    """Serve, ask one question over HTTP, and return the resident memory in bytes (Linux)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([str(dipnot), "serve", "--port", str(port)], stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        body = json.dumps({"question": "Kars Antlaşması ne zaman imzalandı?"}).encode()
        request = urllib.request.Request(f"{address}/v1/ask", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=60).read()
        status = Path(f"/proc/{server.pid}/status")
        if not status.exists():
            return 0
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024
    finally:
        server.terminate()
        server.wait(timeout=30)


if __name__ == "__main__":
    raise SystemExit(main())
