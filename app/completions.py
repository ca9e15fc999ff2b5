"""What every use of an OpenAI-compatible endpoint shares: its address, its key, its pauses."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import Final

_PATH: Final = "/chat/completions"
_KEY: Final = re.compile(r"[\x21-\x7e]+")


def address(url: str) -> str:
    """Return where chat completions are asked for; ``url`` may be given with that end or without.

    >>> address("http://127.0.0.1:11434/v1/")
    'http://127.0.0.1:11434/v1/chat/completions'
    """
    return url.rstrip("/").removesuffix(_PATH) + _PATH


def is_key(key: str) -> bool:
    """Whether a key can be sent in a header."""
    return _KEY.fullmatch(key) is not None


def seconds_asked(retry_after: str) -> float | None:
    """Seconds that a ``Retry-After`` asks to wait (RFC 9110, 10.2.3: a number or a date); None: none."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None
