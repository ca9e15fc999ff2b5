"""Holding a process to so much memory, the cached pages of its files among it (Linux, as root)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/sys/fs/cgroup")
# Where groups are made, and what their limit is called: cgroup version 1, version 2.
_VERSIONS: Final = ((_ROOT / "memory", "memory.limit_in_bytes"), (_ROOT, "memory.max"))


@contextmanager
def confined(limit: int) -> Iterator[bool]:
    """Hold this process to ``limit`` bytes of memory, and tell whether the system allows that.

    What it reads of a file then counts, also what is only cached: where memory runs out, pages of files are
    dropped and read again. A file that another process has just written is to be forgotten first (`forget`).
    """
    group = _group(limit)
    if group is None:
        yield False
        return
    folder, home = group
    try:
        yield True
    finally:
        (home / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        # Version 1 keeps a group until its pages are gone; nothing is lost when it stays.
        with suppress(OSError):
            folder.rmdir()


def forget(folder: Path) -> None:
    """Write out the files below ``folder`` and drop them from the cache."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _group(limit: int) -> tuple[Path, Path] | None:
    """Move this process into a group with a limit: the group, and the one to go back to."""
    for root, name in _VERSIONS:
        folder = root / f"dipnot-{os.getpid()}"
        try:
            folder.mkdir()
            # Not "w": where the system makes no such file, there is no limit to set.
            with (folder / name).open("r+", encoding="ascii") as file:
                file.write(str(limit))
            home = _home(root)
            (folder / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        except OSError:
            with suppress(OSError):
                folder.rmdir()
            continue
        return folder, home
    return None


def _home(root: Path) -> Path:
    """The group of this process in one hierarchy, as it stands below ``root``."""
    for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == ("memory" if root.name == "memory" else ""):
            found = root / path.strip("/")
            return found if found.is_dir() else root
    return root
