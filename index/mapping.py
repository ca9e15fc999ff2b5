"""Files mapped into memory of which a little is read here and a little there."""

from __future__ import annotations

import ctypes
import mmap
from typing import Final

# POSIX; without it, as on Windows, nothing is advised.
_RANDOM: Final[int | None] = getattr(mmap, "MADV_RANDOM", None)


def read_sparsely(address: int, size: int) -> None:
    """Tell the system that of ``size`` mapped bytes from ``address`` on, single pages are read.

    Otherwise it reads on from each, up to megabytes of a disk, which takes longer and drives other pages out.
    Where the advice is not taken, only time is lost.
    """
    if _RANDOM is None:
        return
    first = address - address % mmap.PAGESIZE
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    advise(first, address + size - first, _RANDOM)
