"""Drafts without the thoughts that some models write down before they answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_NAMES: Final = ("think", "thinking", "thought", "reasoning")
_OPENINGS: Final = (*(f"<{name}>" for name in _NAMES), "[THINK]")
_CLOSINGS: Final = (*(f"</{name}>" for name in _NAMES), "[/THINK]")
_TAGS: Final = _OPENINGS + _CLOSINGS


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    r"""Yield a text without what stands between the tags of a thought; one that is not closed has no end.

    Words before a thought and words behind it are parted by a line break, so that they are not read as one
    sentence. So they are where only the end of a thought comes: some servers keep the opening tag.

    >>> "".join(without_thoughts(["<thi", "nk>Hm.</think>\n\nIt was", " signed."]))
    'It was signed.'
    """
    held = ""
    is_thought = has_words = is_behind = False
    for piece in pieces:
        held += piece
        is_searched = False
        while not is_searched:
            at, tag = first_of(_TAGS, held)
            is_searched = not tag
            end = at if tag else len(held) - length_begun(_TAGS, held)
            words, held = held[:end], held[end + len(tag) :]
            if is_behind and not is_thought:
                words = words.lstrip()
            if words and not is_thought:
                yield f"\n{words}" if is_behind and has_words else words
                is_behind = False
                has_words = has_words or not words.isspace()
            if tag:
                is_thought, is_behind = tag in _OPENINGS, True
    if held and not is_thought:
        yield f"\n{held}" if is_behind and has_words else held


def opened_by(prompt: str) -> str:
    """Return the tag with which a prompt ends that makes the model begin with a thought; "" for none."""
    end = prompt.rstrip()
    return next((tag for tag in _OPENINGS if end.endswith(tag)), "")


def first_of(words: Sequence[str], text: str) -> tuple[int, str]:
    """Return where the first of some words stands in a text, and which; (the length, "") for none."""
    found = ((at, word) for word in words if (at := text.find(word)) >= 0)
    return min(found, default=(len(text), ""))


def length_begun(words: Sequence[str], text: str) -> int:
    """Return how many characters at the end of a text may be the beginning of one of some words."""
    longest = max(map(len, words), default=1) - 1
    return next(
        (
            length
            for length in range(min(longest, len(text)), 0, -1)
            if any(word.startswith(text[-length:]) for word in words)
        ),
        0,
    )
