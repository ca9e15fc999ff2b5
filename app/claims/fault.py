"""What can be wrong with a sentence that a language model wrote, beside a wrong value or name."""

from __future__ import annotations

from typing import Literal

Fault = Literal[
    "negated",
    "swapped roles",
    "overstated",
    "another speaker",
    "another value",
    "another name",
    "another meaning",
    "not entailed",
]
