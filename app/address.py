"""What a message is that is no question to the articles, by the signs of ``address.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from corpus.text import skeleton

AddressKind = Literal["instruction", "sources", "self", "thanks", "greeting"]

_FILE: Final = Path(__file__).with_suffix(".toml")
_WHOLE: Final[tuple[AddressKind, ...]] = ("sources", "self", "thanks", "greeting")
_APOSTROPHES: Final = str.maketrans("", "", "'’‘ʼ`´")
_MARKS: Final = re.compile(r"[\W_]+")
# The sentences that questions come back to; each takes a third of a millisecond to read.
_REMEMBERED: Final = 10_000
# A part of a pattern that address.toml defines once.
_PART: Final = re.compile(r"NOUN_STOP|[A-Z]{4,}")
# What somebody quotes says nothing about who is addressed, unless nothing else is said; a word or two in
# quotation marks may be the answer that is demanded ("only “yes”").
_QUOTED: Final = re.compile(r"[\"“”«„](?:[^\s\"“”«»„]+\s+){2,}[^\"“”«»„]*[\"“”»]")
_FEWEST_WORDS: Final = 2
# Longer messages are more than a greeting or a question about Dipnot (in letters).
_LONGEST_WHOLE: Final = 100
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;:…\]>#])\s+|\n+")
_CLAUSE_END: Final = re.compile(r"[,–—]\s*|\s-\s|\s(?=(?:and|but|then|so|instead)\s)")


def kind_of(text: str) -> AddressKind | None:
    """Return what a message is, if it is no question to the articles, or None.

    A greeting, thanks (or a goodbye), a question about the sources or about Dipnot itself is the whole
    message but for politeness; an instruction to the system may stand beside a question. Both languages are
    tried whatever that of the question is: instructions come in the other one too.
    """
    folded = " ".join(skeleton(text).translate(_APOSTROPHES).split())
    if _instructs(folded):
        return "instruction"
    said = _MARKS.sub(" ", folded).strip()
    if len(said) > _LONGEST_WHOLE:
        return None
    asked = _without_politeness(said)
    for kind in _WHOLE:
        if _pattern("whole", kind).fullmatch(asked if kind in ("sources", "self") else said):
            return kind
    return None


def without_instructions(text: str) -> str:
    """Return the sentences of a message that are no instruction to the system; "" where there are none."""
    kept = [part for part in _SENTENCE_END.split(text) if part.strip() and kind_of(part) != "instruction"]
    return " ".join(kept)


@lru_cache(maxsize=_REMEMBERED)
def is_for_machines(text: str) -> bool:
    """Return whether a sentence of an article tells a machine that reads it what to do.

    Such a sentence is shown where the article is shown; it says nothing of what the article is about.
    """
    folded = " ".join(skeleton(text).translate(_APOSTROPHES).split())
    return _instructs(folded) or any(_pattern("article", name).search(folded) for name in _table()["article"])


def _instructs(folded: str) -> bool:
    own = _QUOTED.sub(" ", folded)
    folded = own if len(own.split()) >= _FEWEST_WORDS else folded
    if any(_pattern("anywhere", name).search(folded) for name in _table()["anywhere"]):
        return True
    signs = [_pattern("clause", name) for name in _table()["clause"] if name not in ("opening", "before")]
    return any(sign.match(clause) for clause in _clauses(folded) for sign in signs)


def _clauses(folded: str) -> Iterator[str]:
    """The sentences from their first word on, and from that of each later clause in those that begin as an
    instruction: in "Did Lenin listen, and ignore the rules?" nobody is told to."""
    opening, before = _pattern("clause", "opening"), _pattern("clause", "before")
    for sentence in _SENTENCE_END.split(folded):
        sentence = sentence.lstrip('-–—*>"“([#. ')
        starts = [0]
        if opening.match(sentence):
            starts += [end.end() for end in _CLAUSE_END.finditer(sentence)]
        for start in starts:
            clause = sentence[start:]
            yield clause
            if opened := before.match(clause):
                yield clause[opened.end() :]


def _without_politeness(said: str) -> str:
    """What is said, without what only opens and closes it: "merhaba", "söyler misin", "please"."""
    before, after = _pattern("around", "before"), _pattern("around", "after")
    while opened := before.match(said):
        said = said[opened.end() :]
    while closed := re.search(f"(?:{after.pattern})$", said, re.VERBOSE):
        said = said[: closed.start()]
    return said


@cache
def _pattern(section: str, name: str) -> re.Pattern[str]:
    source, parts = _table()[section][name], _table()["parts"]
    while _PART.search(source):
        source = _PART.sub(lambda match: parts[match.group()], source)
    return re.compile(source.replace("_", r"\ "), re.VERBOSE)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
