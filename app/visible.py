"""Characters that nobody sees and that change what stands around them, named instead of carried.

A direction override in an article turns the rest of a line around, a control sequence takes over a terminal,
a tag character hides words from the eye. What people look at – pages, terminal, saved files – names such a
character, ``[U+202E]``, as an editor would; data (the JSON of the API, the article as received) holds what
the file says.
"""

from __future__ import annotations

import json
import re
from typing import Final

# Controls but tab and line break (a lone carriage return hides what was written before it); the embeddings,
# overrides and isolates of the bidirectional algorithm (UAX 9) and their deprecated kin; zero-width space and
# byte order mark; separators that end a line for some programs only; invisible operators; interlinear
# annotation; tags. The joiners, LRM, RLM and the soft hyphen stay: scripts need them, and alone they turn
# nothing around.
UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u180e\u200b\u2028-\u202e\u2061-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]|\r(?!\n)"
)


def visible(words: str) -> str:
    """Return words with each unseen character as its code.

    >>> visible("Kars \\u202eantlaşması")
    'Kars [U+202E]antlaşması'
    """
    return UNSEEN.sub(lambda found: f"[{code(found[0])}]", words)


def code(character: str) -> str:
    """Return what Unicode calls a character by: ``U+202E``."""
    return f"U+{ord(character):04X}"


def visible_json(written: str) -> str:
    """Return JSON with the unseen characters of its strings escaped: the same value, safe on a terminal."""
    return UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], written)
