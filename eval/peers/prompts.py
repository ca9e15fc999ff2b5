"""Telling questions from documents where a library encodes both with one function.

Such libraries set a prefix of the user's before each text. Here the prefix is a mark; the encoder's own
methods for questions and documents then set the prompts that its model was trained with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder

QUERY: Final = "query\n"
DOCUMENT: Final = "document\n"


def encode_marked(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Encode texts that all begin with the same mark; raises ValueError when they do not.

    Returns (n, dimension) float32, unit length.
    """
    for mark, encode in ((QUERY, encoder.encode_query), (DOCUMENT, encoder.encode_document)):
        if all(text.startswith(mark) for text in texts):
            return encode([text.removeprefix(mark) for text in texts])
    raise ValueError("the texts are not all marked as questions, or all as documents")
