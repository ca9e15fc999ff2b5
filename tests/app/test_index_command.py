"""The commands that keep an index: going back, listing, saving to a file and putting it back, repairing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from index import generation as store
from index.lock import building
from tests.commandline import PROGRAM, Dipnot
from tests.generations import spoil, write


@pytest.fixture
def index(folder: Path) -> Path:
    """An index at the usual place of the working folder, with two generations."""
    write(folder / ".dipnot" / "index", 1)
    write(folder / ".dipnot" / "index", 2)
    return folder / ".dipnot" / "index"


def test_rolling_back_says_to_which_generation(dipnot: Dipnot, index: Path) -> None:
    (first,) = [name for name in store.kept(index) if name != store.current(index)]
    done = dipnot("index", "--rollback")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        f"Generation {first} is current again: 1 articles, 1 passages, built 2026-01-01"
    )
    assert store.current(index) == first
    dipnot("index", "--rollback").complains(1, f"There is no whole generation older than {first}")


def test_the_list_marks_the_current_generation_and_names_what_is_damaged(dipnot: Dipnot, index: Path) -> None:
    second, first = store.kept(index)
    spoil(index, first)
    done = dipnot("index", "--list")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"* {second}  2026-01-02T00:00:00+00:00  2 articles, 2 passages\n"
        f"  {first}  passages.faiss has changed (sha256)\n"
    )


def test_an_index_goes_into_a_file_and_out_of_it_elsewhere(dipnot: Dipnot, index: Path, folder: Path) -> None:
    name = store.current(index)
    done = dipnot("backup", "saved.tar")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(rf"Generation {name}: saved\.tar, \d+ bytes\.\n", done.out)
    done = dipnot("restore", "saved.tar", "--index", "other")
    assert (done.code, done.out) == (0, f"Generation {name} is current: 2 articles.\n")
    assert store.verified(folder / "other")[1].id == name


def test_what_goes_wrong_is_one_line(dipnot: Dipnot, index: Path, folder: Path) -> None:
    (folder / "x.tar").write_text("mine")
    dipnot("backup", "x.tar").complains(1, "x.tar is there already; a backup overwrites nothing")
    dipnot("restore", "x.tar").complains(1, "x.tar is not a backup that can be restored")
    dipnot("restore", "none.tar").complains(1, "none.tar cannot be read")
    dipnot("backup", "y.tar", "--index", "none").complains(1, "There is no index at none")
    assert (folder / "x.tar").read_text() == "mine"


def test_a_repair_says_what_it_did_and_what_is_left_to_do(dipnot: Dipnot, index: Path) -> None:
    second, first = store.kept(index)
    (index / "generations" / ".writing-x").mkdir()
    spoil(index, second)
    before = dipnot("doctor", "--model", "nope")
    assert re.search(
        r"^fail  .* is damaged: .* → dipnot doctor --repair .* or dipnot index$", before.out, re.M
    )
    assert re.search(
        r"^warn  1 files or folders of builders .*\.writing-x → dipnot doctor --repair$", before.out, re.M
    )
    done = dipnot("doctor", "--model", "nope", "--repair")
    assert f"done  removed {index.relative_to(Path.cwd())}/generations/.writing-x" in done.out
    assert f"done  made generation {first} current, the newest that is whole (" in done.out
    assert re.search(rf"^ok    index at .*{first}: ", done.out, re.M)
    assert store.current(index) == first


def test_somebody_who_has_to_wait_is_told_for_whom_on_stderr(index: Path, folder: Path) -> None:
    with building(index):
        child = subprocess.Popen(
            [PROGRAM, "index", "--rollback"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert child.stderr is not None
        told = (
            r"dipnot: Another Dipnot \(process \d+ on .*\) is changing the index at .*; waiting until .*\.\n"
        )
        assert re.fullmatch(told, child.stderr.readline())
    out, err = child.communicate(timeout=60)
    assert child.returncode == 0 and err == "" and "is current again" in out


def test_a_number_of_workers_or_a_part_that_is_none_is_refused(dipnot: Dipnot) -> None:
    for workers in ("0", "-1", "two"):
        dipnot("index", "--workers", workers).complains(2, "Invalid value for '--workers'")
    for part in ("0/2", "3/2", "1", "1/2/3", "a/b", "1/0", "", "-1/2", "1/9999999"):
        dipnot("index", "--part", part).complains(2, "--part", f"{part!r} is no part: give it as 1/4")
    for other in ("--force", "--tune"):
        dipnot("index", "--part", "1/2", other).complains(2, "--part goes with --workers alone")


def test_a_part_says_what_it_has_encoded_and_how_to_go_on(dipnot: Dipnot, folder: Path) -> None:
    (folder / "kars.txt").write_text("Kars Antlaşması 13 Ekim 1921 tarihinde imzalandı.\n", encoding="utf-8")
    assert dipnot("add", "--corpus", "mine", "kars.txt").code == 0
    for now in (1, 0):
        done = dipnot("index", "--corpus", "mine", "--part", "1/1", "--workers", "2")
        assert (done.code, done.err) == (0, "")
        assert done.out == (
            f"Part 1 of 1: 1 of 1 shards are encoded ({now} now). When all parts are, run: dipnot index\n"
        )
    assert not (folder / ".dipnot" / "index" / "CURRENT").exists()
    built = dipnot("index", "--corpus", "mine", "--workers", "2")
    assert built.code == 0 and "1 articles" in built.out
    assert not (folder / ".dipnot" / "index" / "encoding").exists()
