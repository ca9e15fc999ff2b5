"""Retrieval metrics over ranked lists of relevant or irrelevant hits."""

from __future__ import annotations

from collections.abc import Sequence


def recall_at_k(relevant: Sequence[Sequence[bool]], k: int) -> float:
    """Return the share of evidence that at least one of the first ``k`` hits holds.

    ``relevant[i][j]`` says whether hit ``j`` holds evidence ``i``. Where several pieces of evidence
    are alternatives, each sufficient alone, give their union as one row.
    """
    return sum(any(row[:k]) for row in relevant) / len(relevant) if relevant else 0.0


def reciprocal_rank(row: Sequence[bool], k: int = 10) -> float:
    """Return 1 / rank of the first relevant hit among the first ``k``, or 0 (Voorhees, TREC-8 QA, 1999)."""
    return next((1.0 / rank for rank, is_relevant in enumerate(row[:k], 1) if is_relevant), 0.0)
