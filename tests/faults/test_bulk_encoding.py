"""Builds by several real processes, of which one or all are killed: nothing finished is encoded again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from app.settings import Settings
from corpus.errors import DipnotError
from corpus.plain import plain_article
from index import generation as store
from index.build import build_articles
from index.bulk import MOST_FRUITLESS, encode_shards
from index.encoder import Encoder
from index.encoding import Known, shards_of, unknown
from index.model import BUNDLED, Model, resolve
from index.shards import FOLDER, Shards

DEADLINE_SECONDS = 240
SENTENCES = (
    "Kars Antlaşması 13 Ekim 1921'de imzalandı ve taraflar aralarındaki sınırı çizdi.",
    "Moskova görüşmeleri uzun sürdü, heyet ise daha şubat ayında yola çıkmıştı.",
    "Boğazlar rejimi Lozan'da konuşuldu, Çiçerin buna itiraz etti.",
)
ARTICLES = tuple(
    plain_article(f"a{number}", "tr", [f"{number}. {sentence}" for sentence in SENTENCES])
    for number in range(24)
)
UNITS = unknown(ARTICLES, Known())
# A build in a process of its own, which can be killed.
BUILD = """
import sys
from pathlib import Path
from index.build import build_articles
from tests.faults.test_bulk_encoding import ARTICLES, the_model
build_articles(ARTICLES, Path(sys.argv[1]), the_model(), workers=2, say=print)
"""


def the_model() -> Model:
    return resolve(BUNDLED, Settings().cache_dir)


@pytest.fixture(scope="module")
def model() -> Model:
    return the_model()


@pytest.fixture(scope="module")
def encoder(model: Model) -> Encoder:
    return Encoder(model)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> dict[str, store.FileInfo]:
    """Size and sha256 of every file of an index that one process has encoded undisturbed."""
    index = tmp_path_factory.mktemp("wanted")
    build_articles(ARTICLES, index, encoder.model, encoder=encoder)
    return store.verified(index)[1].files


def start(index: Path) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(index)], cwd=root, stdout=subprocess.PIPE, text=True
    )


def shards_in(index: Path) -> dict[str, tuple[int, int]]:
    """The finished shards, and what shows that each is the same file as before."""
    found = [(path.name, path.stat()) for path in (index / FOLDER).glob("[!.]*.npy")]
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in found}


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def workers_of(process: int) -> list[int]:
    """The processes that encode for a builder: its children but the one that minds their locks."""
    found = []
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found


def is_running(process: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.slow
def test_a_worker_killed_in_mid_build_is_replaced_and_the_index_is_right(
    tmp_path: Path, wanted: dict[str, store.FileInfo]
) -> None:
    with start(tmp_path) as build:
        wait_until(lambda: shards_in(tmp_path))
        victims = workers_of(build.pid)
        os.kill(victims[0], signal.SIGKILL)
        before = shards_in(tmp_path)
        assert 0 < len(before) < len(UNITS)
        told, _ = build.communicate(timeout=DEADLINE_SECONDS)
    assert build.returncode == 0
    assert "A process that encodes was ended; new ones go on with " in told
    assert store.verified(tmp_path)[1].files == wanted
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.slow
def test_a_build_killed_in_the_middle_goes_on_and_encodes_nothing_again(
    tmp_path: Path, encoder: Encoder, wanted: dict[str, store.FileInfo]
) -> None:
    with start(tmp_path) as build:
        wait_until(lambda: shards_in(tmp_path))
        workers = workers_of(build.pid)
        build.kill()
    assert len(workers) == 2
    wait_until(lambda: not any(map(is_running, workers)))
    before = shards_in(tmp_path)
    assert 0 < len(before) < len(UNITS) and not (tmp_path / "CURRENT").exists()
    seen: list[dict[str, tuple[int, int]]] = []
    texts: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        texts.append((done, total))
        seen.append(shards_in(tmp_path))

    built = build_articles(ARTICLES, tmp_path, encoder.model, encoder=encoder, progress=progress)
    assert built.written and store.verified(tmp_path)[1].files == wanted
    shards = shards_of(tmp_path, store.verified(tmp_path)[1].inputs)
    kept = {unit for unit in UNITS if shards.path(unit).name in before}
    assert len(kept) == len(before)
    total = sum(len(unit.wordings) for unit in UNITS if unit not in kept)
    assert texts[-1] == (total, total)
    assert all(now == before for now in seen), "the same files, untouched"
    assert not (tmp_path / FOLDER).exists()


def test_workers_that_always_die_are_given_up_in_one_line(tmp_path: Path, model: Model) -> None:
    over = threading.Event()

    def kill_every_worker() -> None:
        while not over.wait(0.005):
            for worker in workers_of(os.getpid()):
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)

    killer = threading.Thread(target=kill_every_worker)
    killer.start()
    told: list[str] = []
    try:
        with pytest.raises(DipnotError) as raised:
            encode_shards(UNITS, Shards(tmp_path / FOLDER, model.dimension, ""), model, 2, say=told.append)
    finally:
        over.set()
        killer.join()
    assert str(raised.value) == (
        f"Processes that encode were ended {MOST_FRUITLESS} times without finishing anything, perhaps for "
        f"lack of memory. 0 of {len(UNITS)} shards were encoded and are kept. "
        "Go on with fewer: dipnot index --workers 1"
    )
    assert len(told) == MOST_FRUITLESS - 1
    wait_until(lambda: not workers_of(os.getpid()))
