"""What holds the benchmark of a whole search to the memory of its bound."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.confinement import confined, forget

LIMIT = 300 * 2**20
TAKES = """
import sys
from benchmarks.confinement import confined
from benchmarks.scale import memory
with confined({limit}) as is_confined:
    if not is_confined:
        sys.exit(3)
    taken = [bytes(2**20) + b"x" for _ in range({megabytes})]
    print(memory("VmRSS"))
"""


def taking(megabytes: int) -> subprocess.CompletedProcess[str]:
    """A process of its own that takes so much memory while it is held to LIMIT."""
    return subprocess.run(
        [sys.executable, "-c", TAKES.format(limit=LIMIT, megabytes=megabytes)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_process_gets_no_more_than_its_limit() -> None:
    within = taking(50)
    if within.returncode == 3:
        pytest.skip("no memory group can be made here")
    assert within.returncode == 0, within.stderr
    assert 50 * 2**20 < int(within.stdout) <= LIMIT
    beyond = taking(600)
    # Killed; where there is swap, moved there.
    assert beyond.returncode == -signal.SIGKILL or int(beyond.stdout) <= LIMIT


def test_a_process_is_where_it_was_afterwards() -> None:
    before = Path("/proc/self/cgroup").read_text(encoding="ascii")
    with confined(LIMIT) as is_confined:
        during = Path("/proc/self/cgroup").read_text(encoding="ascii")
    assert (during != before) == is_confined
    assert Path("/proc/self/cgroup").read_text(encoding="ascii") == before


def cached(path: Path) -> int:
    """How many pages of a file are in memory."""
    import ctypes

    size = path.stat().st_size
    with path.open("r+b") as file, mmap.mmap(file.fileno(), size) as mapped:
        pages = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
        view = (ctypes.c_char * size).from_buffer(mapped)
        address = ctypes.c_void_p(ctypes.addressof(view))
        assert ctypes.CDLL(None).mincore(address, ctypes.c_size_t(size), pages) == 0
        del view
        return sum(page & 1 for page in pages)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mincore and fadvise of Linux")
def test_a_forgotten_file_is_read_from_the_disk_again(tmp_path: Path) -> None:
    path = tmp_path / "below" / "file"
    path.parent.mkdir()
    path.write_bytes(os.urandom(2**20))
    if not cached(path):
        pytest.skip("what is written here is not cached")
    before = path.read_bytes()
    forget(tmp_path)
    assert cached(path) == 0
    assert path.read_bytes() == before
