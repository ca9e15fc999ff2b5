"""A run of the command line, as tests see it."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("dipnot")


@dataclass(frozen=True)
class Outcome:
    """What a run of the command line left behind."""

    code: int | str
    out: str
    err: str

    def complains(self, code: int, *parts: str) -> None:
        """Check that the run failed with ``code`` and one line on stderr that holds the ``parts``."""
        assert (self.code, self.out) == (code, "")
        assert re.fullmatch(r"dipnot: .+\n", self.err), self.err
        assert [part for part in parts if part not in self.err] == []


Dipnot = Callable[..., Outcome]
