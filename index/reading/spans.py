"""Which tokens are the likeliest answer."""

from __future__ import annotations

from typing import Final

import torch

from corpus.article import Span

# Tokens of an answer; what is longer is a sentence.
_LONGEST: Final = 40


def trimmed(span: Span, text: str) -> Span:
    """Return a span of a text without white space at its ends, which tokens may begin with."""
    start, end = (min(at, len(text)) for at in span)
    words = text[start:end]
    begin = start + len(words) - len(words.lstrip())
    return begin, begin + len(words.strip())


def best_span(starts: torch.Tensor, ends: torch.Tensor, offsets: torch.Tensor) -> tuple[Span, float, float]:
    """Return the likeliest span that does not end before it begins: its characters, its probability among all
    spans, and the sum of its logits.

    ``starts``, ``ends``: logits, shape (tokens,), minus infinity where nothing may be read; ``offsets``:
    where each token stands, (tokens, 2).
    """
    scores = starts[:, None] + ends[None, :]
    allowed = torch.ones_like(scores, dtype=torch.bool).triu().tril(_LONGEST - 1)
    best = int(scores.masked_fill(~allowed, -torch.inf).argmax())
    first, last = divmod(best, len(starts))
    share = starts.softmax(0)[first] * ends.softmax(0)[last]
    span = int(offsets[first][0]), max(int(offsets[first][0]), int(offsets[last][1]))
    return span, float(share), float(scores[first, last])
