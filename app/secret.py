"""A key of a program, and what the settings hold in its place."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

# 256 bits, so that none is ever guessed.
_BYTES: Final = 32
_PREFIX: Final = "dipnot_"


def new_key() -> str:
    """Return a key that nobody has seen, with a prefix by which it is found where it does not belong."""
    return f"{_PREFIX}{secrets.token_urlsafe(_BYTES)}"


def digest(key: str) -> str:
    """Return the SHA-256 of a key, in hex: what the settings hold in its place."""
    return hashlib.sha256(key.encode()).hexdigest()
