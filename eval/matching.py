"""Whether a text holds an answer: whole words and whole numbers, with Turkish in mind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from corpus.text import fold, nfc

# Leaves the last word of an alternative open: "imzala*" holds for "imzalanmıştır".
OPEN: Final = "*"
_DASHES: Final = str.maketrans("‐‑‒–—−", "------")
# Day, month and year of "16.03.1921" are three numbers, "12.000" is one.
_DATE: Final = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")


def normalise(text: str) -> str:
    """Return ``text`` as it is compared: case, circumflexes, the dot of the i, kinds of apostrophes and
    dashes, and white space do not matter; ``ç ğ ö ş ü`` do."""
    folded = fold(nfc(text), "tr").replace("ı", "i").translate(_DASHES)
    return " ".join(_DATE.sub(r"\1 . \2 . \3", folded).split())


def holds(text: str, alternative: str) -> bool:
    """Return whether ``text`` holds ``alternative`` as whole words.

    A word ends before an apostrophe too; a number is whole with its separators, so that ``12`` does not
    stand in ``12.000`` or ``1921``. A last ``*`` leaves the last word open.
    """
    return _pattern(alternative).search(normalise(text)) is not None


def satisfies(text: str, must: Iterable[Sequence[str]]) -> bool:
    """Return whether ``text`` holds an alternative of every group."""
    normalised = normalise(text)
    return all(any(_pattern(one).search(normalised) for one in group) for group in must)


@lru_cache(maxsize=8192)
def _pattern(alternative: str) -> re.Pattern[str]:
    words = normalise(alternative.removesuffix(OPEN))
    if not words:
        raise ValueError("An alternative without a word holds for every text.")
    pattern = r"\s+".join(map(re.escape, words.split()))
    if words[0].isdigit():
        pattern = r"(?<![^\W_])(?<!\d[.,])" + pattern
    elif words[0].isalnum():
        pattern = r"(?<![^\W_])" + pattern
    if alternative.endswith(OPEN):
        return re.compile(pattern)
    if words[-1].isdigit():
        pattern += r"(?![^\W_])(?![.,]\d)"
    elif words[-1].isalnum():
        pattern += r"(?![^\W_])"
    return re.compile(pattern)
