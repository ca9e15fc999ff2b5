"""A draft as it comes, cut into sentences with the numbers of the sources they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from corpus.sentences import split_sentences

# "[2]", "[2][5]", "[2, 5]", also where a full stop stands behind. White space is read from where it begins,
# so that a long run of it is not read anew from each of its places.
_MARKS: Final = re.compile(r"(?:(?<!\s)\s*\[[\d\s,;]+\])+[.!?]?")
_NUMBER: Final = re.compile(r"\d+")
# What models put around their sentences: "- ", "1. ", "**Answer:** ", "> ".
_BULLET: Final = re.compile(r"^\s*(?:[-*•>#]+|\d{1,2}[.)])\s+")
# Numbers before the first words of a line, and what may become such.
_OPENING: Final = re.compile(r"[^\S\n]*(?:[-*•>]+[^\S\n]+)?((?:\[[\d ,;]+\][^\S\n]*)+)(?=[^\s\[.!?])")
_MAY_OPEN: Final = re.compile(r"[^\S\n]*(?:[-*•>]+[^\S\n]*)?(?:\[[\d ,;]+\][^\S\n]*)*(?:\[[\d ,;]*)?")
_EMPHASIS: Final = re.compile(r"[*`]|__")
# A number longer than this is none of ours.
_DIGITS: Final = 3
_ENDS: Final = '.!?…"”»'
# More than this without an end is no sentence.
_LONGEST: Final = 2000
# A longer piece, such as an answer that is not streamed, is read in parts.
_PART: Final = 200


@dataclass(frozen=True)
class Sentence:
    """A sentence of a draft and the numbers it names, in their order.

    ``is_whole``: it has an end of its own; the last one may have been cut off.
    """

    text: str
    numbers: tuple[int, ...]
    is_whole: bool = True


def drafted(pieces: Iterable[str]) -> Iterator[Sentence]:
    """Yield the sentences of a draft, each as soon as it is certain that it has ended.

    A sentence ends behind its numbers, at the end of a line, or with the draft. Numbers before the first
    words of a line are those of its sentences that have none of their own.
    """
    held = ""
    line = _Line()
    for part in _parts(pieces):
        held += part
        while not line.may_open(held) and (cut := _cut(held := line.opened(held))) is not None:
            yield from line.sentences(held[:cut])
            line = _Line() if held[cut - 1] == "\n" else line
            held = held[cut:]
        if len(held) > _LONGEST:
            yield from line.cut_off(held)
            held = ""
    yield from line.cut_off(line.opened(held))


def _parts(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        yield from (piece[at : at + _PART] for at in range(0, len(piece), _PART))


class _Line:
    """A line of a draft: the numbers that stand before its first words."""

    def __init__(self) -> None:
        self._numbers: tuple[int, ...] = ()
        self._is_begun = False

    def may_open(self, held: str) -> bool:
        """Whether what has come of the line so far may be, or become, numbers before its words."""
        return not self._is_begun and _MAY_OPEN.fullmatch(held) is not None

    def opened(self, held: str) -> str:
        """What has come of the line without the numbers before its words."""
        if self._is_begun:
            return held
        self._is_begun = True
        opening = _OPENING.match(held)
        if opening is None:
            return held
        self._numbers = _numbers(opening[1])
        return held[opening.end() :]

    def sentences(self, part: str) -> Iterator[Sentence]:
        """The sentences of a part; the numbers at its end are those of the last one."""
        plain = _EMPHASIS.sub("", _BULLET.sub("", part.strip()))
        marks = "".join(match.group() for match in _MARKS.finditer(plain))
        text = " ".join(_MARKS.sub(" ", plain).split())
        if not any(char.isalnum() for char in text):
            return
        *before, last = [text[start:end] for start, end in split_sentences(text)]
        yield from (Sentence(sentence, self._numbers) for sentence in before)
        if marks.rstrip()[-1:] in (".", "!", "?") and last[-1:] not in ".!?…":
            last += marks.rstrip()[-1]
        yield Sentence(last, _numbers(marks) or self._numbers)

    def cut_off(self, part: str) -> Iterator[Sentence]:
        """The sentences of a part that nothing has ended, where the last one may be half."""
        sentences = list(self.sentences(part))
        yield from sentences[:-1]
        for last in sentences[-1:]:
            yield replace(last, is_whole=last.text[-1] in _ENDS or _MARKS.search(part) is not None)


def _cut(held: str) -> int | None:
    """Where the first sentence ends; None while more of it may come."""
    newline = held.find("\n")
    marks = _MARKS.search(held)
    # Another mark may follow directly.
    if marks and marks.end() < len(held) and not held[marks.end() :].isspace():
        behind = held[marks.end() :].lstrip(" ")
        if behind and behind[0] != "[":
            return marks.end() if newline < 0 else min(marks.end(), newline + 1)
    return newline + 1 if newline >= 0 else None


def _numbers(marks: str) -> tuple[int, ...]:
    digits = (found for found in _NUMBER.findall(marks) if len(found) <= _DIGITS)
    return tuple(dict.fromkeys(int(each) for each in digits))
