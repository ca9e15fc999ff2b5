"""One builder at a time; the lock of a dead one does not hold."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from corpus.errors import DipnotError
from corpus.plain import plain_article
from index import generation as store
from index.build import build_articles
from index.encoder import Encoder
from index.lock import LOCK, building
from index.model import Model

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from index.lock import building
with building(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(120)
"""


def holder(index: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock until it is killed."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(index)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    return child


def test_a_second_builder_is_told_who_builds_and_waits(tmp_path: Path) -> None:
    told: list[str] = []
    entered = threading.Event()

    def second() -> None:
        with building(tmp_path, told.append):
            entered.set()

    with holder(tmp_path) as child:
        waiting = threading.Thread(target=second)
        waiting.start()
        assert not entered.wait(0.7)
        child.send_signal(signal.SIGKILL)
        assert entered.wait(10), "the lock of a dead process holds nobody up"
        waiting.join()
    (line,) = told
    assert f"process {child.pid} on " in line and str(tmp_path) in line and "\n" not in line


def test_a_builder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert (tmp_path / LOCK).read_text(encoding="ascii").startswith("process ")
    told: list[str] = []
    with building(tmp_path, told.append):
        pass
    assert told == []


def test_two_builders_of_the_same_articles_build_once(tmp_path: Path, model: Model, encoder: Encoder) -> None:
    articles = [plain_article("a", "tr", ["Kars'ta bir antlaşma imzalandı."])]
    built = []

    def build() -> None:
        built.append(build_articles(articles, tmp_path, model, encoder=encoder))

    threads = [threading.Thread(target=build) for _ in range(3)]
    with building(tmp_path):
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.written for one in built) == [False, False, True]
    store.verified(tmp_path)


def test_a_folder_that_cannot_be_locked_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("in the way")
    with (
        pytest.raises(DipnotError, match=r"^The index could not be written to .*index: .+$"),
        building(tmp_path / "index"),
    ):
        pass


def test_what_the_holder_wrote_is_shown_without_its_control_characters(tmp_path: Path) -> None:
    told: list[str] = []

    def second() -> None:
        with building(tmp_path, told.append):
            pass

    with building(tmp_path):
        (tmp_path / LOCK).write_bytes(b"process 1\x1b[31m\nevil")
        waiting = threading.Thread(target=second)
        waiting.start()
        while not told:
            waiting.join(0.05)
    waiting.join()
    (line,) = told
    assert line.startswith("Another Dipnot (process 1[31mevil) is changing the index at ")
    assert line.isprintable()
