"""What a database is given of a generation: the terms of each document, and the numbers of the terms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpus.article import Language
from index import generation
from index.lexical import Lexical
from index.stores.base import Field

_TERMS: Final = {
    "passages": generation.PASSAGE_TERMS,
    "sentences": generation.SENTENCE_TERMS,
    "questions": generation.QUESTION_TERMS,
}
# Stands in an index of words for a document without any; no question asks for it.
_NO_TERM: Final = ""


def term_rows(
    lexical: Lexical,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return the index by document instead of by term: starts, terms, weights.

    Document i holds ``terms[starts[i]:starts[i + 1]]``, numbered as in ``Lexical.terms`` and ascending, with
    their ``weights``, all above 0; it may hold none. ``starts`` has one number more than there are documents.
    """
    vocabulary = sorted((number, term) for term, number in lexical.terms.items() if term != _NO_TERM)
    counts = np.zeros(len(lexical), np.int64)
    for _, term in vocabulary:
        documents, values = lexical.documents(term)
        counts[documents[values > 0]] += 1
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    terms = np.empty(starts[-1], np.int64)
    weights = np.empty(starts[-1], np.float32)
    # Where the next term of each document goes: no sorting, for there may be a hundred million of them.
    place = starts[:-1].copy()
    for number, term in vocabulary:
        documents, values = lexical.documents(term)
        holding = documents[values > 0]
        at = place[holding]
        terms[at] = number
        weights[at] = values[values > 0]
        place[holding] += 1
    return starts, terms, weights


def vocabulary(folder: Path, field: Field, language: Language) -> Mapping[str, int]:
    """Return the number of every term of a field, from the files of a generation."""
    return Lexical.load(folder / _TERMS[field][language]).terms
