"""Builders killed at every step, full disks, damaged files, clocks that jump: the index is the old or new.

``FAULT_KILLS``: how many kills of each kind, ALL or more for one at every step; ``FAULT_SWAPS``: how often
the index is swapped under those who ask. ``make faults`` sets both high.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest

from app.answer import Answer
from app.assistant import Assistant
from app.options import ServerOptions
from app.refusal import RefusalSettings
from app.service import Service
from app.swapping import Swapper
from corpus.errors import DipnotError, IndexDamaged, IndexMissing
from index import generation as store
from index.repair import leftovers, repair, roll_back
from index.search import Searcher
from tests.faults import builder
from tests.faults.builder import MODEL, NEW, OLD, LettersEncoder, make

KILLS = int(os.environ.get("FAULT_KILLS", "12"))
SWAPS = int(os.environ.get("FAULT_SWAPS", "4"))
ALL = 200
QUESTIONS_PER_SWAP = 50
# Days of the generations before OLD.
BEFORE = (8, 9)
YEAR = 365 * 86400
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["pytest", "tests.faults.builder"])
# Vectors of letters have other cosines than those that refusals are fitted to.
ALWAYS = RefusalSettings(threshold=0, off_topic=0)
QUESTION = "Lozan Antlaşması hangi tarihte imzalandı?"

Files = dict[str, store.FileInfo]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index whose current generation is OLD, with two before it."""
    index = tmp_path_factory.mktemp("old") / "index"
    for number, day in enumerate((*BEFORE, OLD)):
        name, _ = make(index, day)
        # A second apart, whatever the file system keeps of a time.
        moment = time.time() - 100 + number
        os.utime(store.folder_of(index, name), (moment, moment))
    return index


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[str, Files]]:
    """Of builds that nothing disturbed: id, and size and sha256 of every file, by day."""
    index = tmp_path_factory.mktemp("wanted") / "index"
    found = {}
    for day in (*BEFORE, OLD, NEW):
        name, _ = make(index, day)
        found[day] = name, store.verified(index)[1].files
    return found


@pytest.fixture
def index(tmp_path: Path, old: Path) -> Path:
    return fresh(old, tmp_path / "index")


def fresh(old: Path, index: Path) -> Path:
    """A copy in place of whatever is there, with the times of the folders."""
    shutil.rmtree(index, ignore_errors=True)
    if old.exists():
        shutil.copytree(old, index)
    return index


def day_of(index: Path, wanted: dict[int, tuple[str, Files]]) -> int:
    """Which undisturbed build the current generation equals, file by file; raises what readers are told."""
    folder, manifest = store.verified(index)
    (day,) = [day for day, (name, files) in wanted.items() if (folder.name, manifest.files) == (name, files)]
    assert manifest.id == folder.name == store.identify(manifest.inputs)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert present == {*manifest.files, store.MANIFEST}
    return day


def all_whole(index: Path) -> bool:
    """Whether every generation that has its name is whole."""
    return all(store.is_whole(index, name) for name in store.kept(index))


class Build:
    """A build under way in a process of its own."""

    def __init__(self, index: Path, day: int, *, force: bool = False, kill_at: int = 0) -> None:
        self._report, given = FORKS.Pipe(duplex=False)
        self._process = FORKS.Process(target=builder.child, args=(given, index, day, force, kill_at))
        self._process.start()
        given.close()
        assert self._report.recv() == "begun"

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> tuple[list[str], tuple[str, bool]] | None:
        """Wait, and return the steps and what was built; nothing of one that was killed."""
        self._process.join(60)
        code = self._process.exitcode
        self._process.close()
        with self._report:
            if code == 0:
                steps, built = self._report.recv()
                assert not isinstance(built, str), built
                return steps, built
        assert code == -9
        return None


def chosen(steps: list[str]) -> list[int]:
    """The steps to be killed before, from 1: all, or those about the renames and some of the others."""
    numbers = range(1, len(steps) + 1)
    if KILLS >= ALL:
        return list(numbers)
    renames = [number for number in numbers if steps[number - 1].startswith("os.rename")]
    near = {number + add for number in renames for add in (0, 1) if number + add in numbers}
    return sorted(near | set(numbers[:: max(1, len(steps) // KILLS)]))


def after_a_kill(index: Path, wanted: dict[int, tuple[str, Files]], before: set[int]) -> None:
    """The next build succeeds, one that writes leaves no generation too many, and a repair nothing else."""
    make(index, NEW)
    assert day_of(index, wanted) == NEW and all_whole(index)
    expected = {wanted[day][0] for day in before | {NEW}}
    assert expected <= set(store.kept(index))
    make(index, NEW, force=True)
    assert set(store.kept(index)) == expected
    repair(index)
    assert leftovers(index) == []
    assert {path.name for path in index.iterdir()} == {"CURRENT", "generations", ".lock"}
    assert {path.name for path in (index / "generations").iterdir()} == expected
    assert day_of(index, wanted) == NEW and all_whole(index)


# Killed


def test_a_builder_killed_at_any_step_leaves_the_old_index_or_the_new_one(
    tmp_path: Path, old: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    index = tmp_path / "index"
    done = Build(fresh(old, index), NEW).end()
    assert done is not None
    steps = done[0]
    # The last step that leaves the old one current.
    (turn,) = [number for number, step in enumerate(steps, 1) if "/.CURRENT-" in step and "rename" in step]
    for number in chosen(steps):
        fresh(old, index)
        assert Build(index, NEW, kill_at=number).end() is None
        told = f"killed before {steps[number - 1]}, step {number} of {len(steps)}"
        assert day_of(index, wanted) == (OLD if number <= turn else NEW), told
        assert all_whole(index), told
        after_a_kill(index, wanted, {BEFORE[1], OLD})


def test_a_first_builder_killed_at_any_step_leaves_no_index_or_a_whole_one(
    tmp_path: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    index, nothing = tmp_path / "index", tmp_path / "nothing"
    done = Build(index, NEW).end()
    assert done is not None
    steps = done[0]
    (turn,) = [number for number, step in enumerate(steps, 1) if "/.CURRENT-" in step and "rename" in step]
    for number in chosen(steps):
        fresh(nothing, index)
        assert Build(index, NEW, kill_at=number).end() is None
        if number <= turn:
            with pytest.raises(IndexMissing, match=r"^There is no index at .*\.$|: dipnot index$"):
                day_of(index, wanted)
        else:
            assert day_of(index, wanted) == NEW
        after_a_kill(index, wanted, set())


def test_a_builder_killed_while_it_replaces_the_current_generation_by_the_same_loses_nothing(
    tmp_path: Path, old: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    index = tmp_path / "index"
    done = Build(fresh(old, index), OLD, force=True).end()
    assert done is not None
    steps = done[0]
    for number in chosen(steps):
        fresh(old, index)
        assert Build(index, OLD, force=True, kill_at=number).end() is None
        assert day_of(index, wanted) == OLD, f"killed before {steps[number - 1]}, step {number}"
        assert all_whole(index)
        after_a_kill(index, wanted, {BEFORE[1], OLD})


def test_a_builder_killed_at_any_moment_leaves_the_old_index_or_the_new_one(
    tmp_path: Path, old: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    index = tmp_path / "index"
    lasting = []
    for _ in range(2):
        build = Build(fresh(old, index), NEW)
        begun = time.perf_counter()
        build.end()
        lasting.append(time.perf_counter() - begun)
    moments = random.Random(0)
    killed = 0
    for _ in range(KILLS):
        build = Build(fresh(old, index), NEW)
        time.sleep(moments.uniform(0, min(lasting)))
        build.kill()
        killed += build.end() is None
        assert day_of(index, wanted) in (OLD, NEW)
        assert all_whole(index)
        after_a_kill(index, wanted, {BEFORE[1], OLD})
    assert killed > KILLS / 4


# A full disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own in memory, to be given a size."""
    point = tmp_path / "disk"
    point.mkdir()
    try:
        mount(point, "size=16m")
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or error
        pytest.skip(f"needs to mount a small tmpfs, which this machine does not allow: {reason}")
    yield point
    subprocess.run(["umount", str(point)], check=True, capture_output=True)


def mount(point: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(point)]
    subprocess.run(command, check=True, capture_output=True, text=True)


PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("limit", ["size", "nr_inodes"])
def test_a_disk_that_is_full_at_any_point_leaves_the_old_index_or_the_new_one(
    disk: Path, old: Path, wanted: dict[int, tuple[str, Files]], limit: str
) -> None:
    index = disk / "index"
    outcomes = set()
    for more in (0, 1, 3, 10, 40, 47, 200):
        mount(disk, "remount,size=16m,nr_inodes=10000")
        fresh(old, index)
        state = os.statvfs(disk)
        pages = (state.f_blocks - state.f_bfree) * state.f_frsize // PAGE
        room = (pages + more) * PAGE if limit == "size" else state.f_files - state.f_ffree + more
        mount(disk, f"remount,{limit}={room}")
        try:
            make(index, NEW)
            outcomes.add("new")
            assert day_of(index, wanted) == NEW
        except DipnotError as error:
            outcomes.add("old")
            assert "\n" not in str(error) and ("disk is full" in str(error) or "No space" in str(error))
            assert day_of(index, wanted) == OLD
        assert all_whole(index) and leftovers(index) == []
        mount(disk, "remount,size=16m,nr_inodes=10000")
        after_a_kill(index, wanted, {BEFORE[1], OLD})
    assert outcomes == {"old", "new"}


# Damage


def cut(path: Path, _other: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path, _other: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1 << (len(data) % 8)
    path.write_bytes(data)


def empty(path: Path, _other: Path) -> None:
    path.write_bytes(b"")


def swap(path: Path, other: Path) -> None:
    mine, its = path.read_bytes(), other.read_bytes()
    path.write_bytes(its)
    other.write_bytes(mine)


def remove(path: Path, _other: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("spoil", [cut, flip, empty, swap, remove])
def test_no_file_is_loaded_damaged_and_the_next_build_mends_it(
    index: Path, old: Path, wanted: dict[int, tuple[str, Files]], spoil: Callable[[Path, Path], None]
) -> None:
    folder, manifest = store.verified(index)
    names = sorted(manifest.files)
    for number, name in enumerate(names):
        later = (names + names)[number + 1 :]
        other = next(one for one in later if manifest.files[one] != manifest.files[name])
        spoil(folder / name, folder / other)
        with pytest.raises(IndexDamaged, match=r"^.*is damaged: .*dipnot index$") as told:
            Searcher(index, MODEL, LettersEncoder())
        assert name in str(told.value) and (other in str(told.value)) == (spoil is swap)
        if KILLS >= ALL or number % 8 == 0:
            assert make(index, OLD) == (folder.name, True)
            assert leftovers(index) == []
        else:
            for one in (name, other):
                shutil.copy(old / folder.relative_to(index) / one, folder / one)
        assert day_of(index, wanted) == OLD
        Searcher(index, MODEL, LettersEncoder())


def test_a_manifest_with_any_bit_flipped_leads_to_no_other_content(
    index: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    folder, manifest = store.verified(index)
    path = folder / store.MANIFEST
    whole = path.read_bytes()
    refused = 0
    for place in range(0, len(whole), max(1, len(whole) // (20 * KILLS))):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        try:
            # Its words about the files are held against the files; what else it tells is of no file.
            assert store.verified(index)[1].files == manifest.files
        except IndexDamaged as error:
            refused += 1
            assert str(error).isprintable() and str(folder) in str(error)
            if refused % KILLS == 1:
                assert make(index, OLD) == (folder.name, True)
                assert day_of(index, wanted) == OLD
    assert refused


def test_a_current_with_any_bit_flipped_is_told_and_mended(
    index: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    path = index / "CURRENT"
    name = path.read_bytes().strip()
    for place, bit in itertools.product(range(len(name)), range(8)):
        path.write_bytes(name[:place] + bytes([name[place] ^ (1 << bit)]) + name[place + 1 :] + b"\n")
        if (index / "generations" / path.read_bytes().decode("latin-1").strip()).exists():
            continue
        with pytest.raises(IndexDamaged, match=r"^.*dipnot index$"):
            Searcher(index, MODEL, LettersEncoder())
        assert repair(index)
        assert day_of(index, wanted) == OLD


# Clocks


@pytest.mark.parametrize("jump", [-YEAR, YEAR])
def test_a_clock_that_has_jumped_costs_no_generation(
    index: Path, wanted: dict[int, tuple[str, Files]], monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    # Against a clock that went back, what is there seems to come from the future; and the other way round.
    for path in (index / "generations").iterdir():
        moment = path.stat().st_mtime - jump
        os.utime(path, (moment, moment))
    beats = itertools.count()
    real = time.time
    with monkeypatch.context() as patch:
        patch.setattr(store.time, "time", lambda: real() + jump * (next(beats) % 2))
        make(index, NEW)
    assert day_of(index, wanted) == NEW and all_whole(index)
    assert set(store.kept(index)) == {wanted[day][0] for day in (BEFORE[1], OLD, NEW)}
    assert roll_back(index).id == wanted[OLD][0]
    assert day_of(index, wanted) == OLD


@pytest.mark.parametrize("jump", [-YEAR, YEAR])
def test_what_a_killed_builder_left_goes_whatever_its_time_is(
    index: Path, wanted: dict[int, tuple[str, Files]], jump: int
) -> None:
    left = index / "generations" / ".writing-killed"
    (left / "bm25").mkdir(parents=True)
    os.utime(left, (time.time() + jump, time.time() + jump))
    make(index, NEW)
    assert left.exists() == (jump > 0), "of the future, it may be that of a living one"
    repair(index)
    assert not left.exists()
    assert day_of(index, wanted) == NEW


# Two builders


def test_two_builders_of_the_same_articles_at_once_build_it_once(
    index: Path, old: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    for _ in range(max(2, KILLS // 10)):
        builds = [Build(fresh(old, index), NEW), Build(index, NEW)]
        ends = [build.end() for build in builds]
        written = [end[1] for end in ends if end]
        assert sorted(written) == [(wanted[NEW][0], False), (wanted[NEW][0], True)]
        assert day_of(index, wanted) == NEW
        after_a_kill(index, wanted, {BEFORE[1], OLD})


def test_two_builders_of_different_articles_at_once_leave_one_of_them_current_and_both_whole(
    index: Path, old: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    for _ in range(max(2, KILLS // 10)):
        builds = [Build(fresh(old, index), NEW), Build(index, BEFORE[0])]
        for build in builds:
            build.end()
        assert day_of(index, wanted) in (NEW, BEFORE[0])
        assert all_whole(index) and leftovers(index) == []
        assert {wanted[day][0] for day in (NEW, BEFORE[0])} <= set(store.kept(index))


def test_builders_with_other_orders_of_sets_make_the_same_files(
    tmp_path: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    code = "import sys, pathlib; from tests.faults.builder import *; make(pathlib.Path(sys.argv[1]), NEW)"
    for seed in ("1", "2"):
        index = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", code, str(index)],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
        )
        assert day_of(index, wanted) == NEW


def test_a_builder_that_waits_for_one_that_is_killed_builds_in_its_place(
    index: Path, wanted: dict[int, tuple[str, Files]]
) -> None:
    first = Build(index, BEFORE[0], kill_at=150)
    second = Build(index, NEW)
    assert first.end() is None
    done = second.end()
    assert done is not None and done[1] == (wanted[NEW][0], True)
    assert day_of(index, wanted) == NEW and all_whole(index)


# Swapped under those who ask


def test_every_answer_is_wholly_of_one_generation_while_the_index_is_swapped(tmp_path: Path) -> None:
    index = tmp_path / "index"
    encoder = LettersEncoder()
    days = {make(index, 1)[0]: 1}
    options = ServerOptions(ask_seconds=60, ask_wait_seconds=60, answers_cached=0)
    service = Service(Assistant(Searcher(index, MODEL, encoder), ALWAYS), options)
    swapper = Swapper(service, index)
    answers: list[Answer] = []
    errors: list[BaseException] = []
    over = threading.Event()

    def ask() -> None:
        try:
            while not over.is_set():
                answers.append(service.ask_now(QUESTION))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(2, SWAPS + 2):
            days[make(index, number)[0]] = number
            assert swapper.look()
            while len(answers) < (number - 1) * QUESTIONS_PER_SWAP and not errors:
                time.sleep(0.01)
    finally:
        over.set()
        for thread in threads:
            thread.join(120)
        service.close()
    assert errors == []
    assert len(answers) >= SWAPS * QUESTIONS_PER_SWAP
    assert len({answer.generation for answer in answers}) >= SWAPS
    for answer in answers:
        day = f"{days[answer.generation]} Temmuz 1923"
        assert answer.status == "answered" and f" **{day}** " in answer.text
        quotes = [cited.quote for cited in answer.citations]
        assert quotes and all(f" {day} " in quote for quote in quotes if "Lozan" in quote)
