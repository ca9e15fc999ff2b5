"""Wrong sentences that look right: of the same document, nearest to the question by the plain encoder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from corpus.article import Span
from eval.training.sources import Pool, Taught
from index.reading import Window

if TYPE_CHECKING:
    from index.encoder import Encoder

# How many wrong sentences go with a question, drawn from so many of the nearest.
WRONG: Final = 2
_NEAREST: Final = 12
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Group:
    """A question with a sentence that answers it, or None, and sentences that do not; ``answer``: the words
    of the right one that do, where they are known."""

    source: str
    question: str
    right: Window | None
    answer: Span | None
    wrong: tuple[Window, ...]

    @property
    def windows(self) -> tuple[Window, ...]:
        """All of them, the right one first."""
        return (self.right, *self.wrong) if self.right else self.wrong


def groups(
    taught: Sequence[Taught],
    encoder: Encoder,
    seed: int,
    progress: Progress = lambda done, total: None,
) -> dict[int, Group]:
    """Return the questions, by their place in ``taught``, with wrong sentences beside the right one; drawn
    anew for every seed.

    A question whose document has no other sentence is left out.
    """
    by_pool: dict[str, list[int]] = defaultdict(list)
    pools: dict[str, Pool] = {}
    for number, one in enumerate(taught):
        by_pool[one.pool.name].append(number)
        pools[one.pool.name] = one.pool
    random = np.random.default_rng(seed)
    found: dict[int, Group] = {}
    for name, numbers in by_pool.items():
        windows = pools[name].windows
        texts = encoder.encode_document([window.text for window in windows])
        questions = encoder.encode_questions([taught[number].question for number in numbers])
        for number, cosines in zip(numbers, questions @ texts.T, strict=True):
            group = _group(taught[number], cosines, random)
            if group.wrong:
                found[number] = group
        progress(len(found), len(taught))
    return dict(sorted(found.items()))


def _group(one: Taught, cosines: NDArray[np.float32], random: np.random.Generator) -> Group:
    windows = one.pool.windows
    others = [
        int(number)
        for number in np.argsort(-cosines, kind="stable")
        if number not in one.right and number not in one.excluded and windows[number].text.strip()
    ]
    drawn = random.permutation(min(len(others), _NEAREST))[:WRONG]
    if not one.right and len(others) > 1:
        # The nearest is what a reader would be shown.
        drawn = np.unique([0, *drawn[: WRONG - 1]])
    right = int(random.choice(one.right)) if one.right else None
    return Group(
        one.source,
        one.question,
        None if right is None else windows[right],
        None if right is None else one.answers.get(right),
        tuple(windows[others[place]] for place in sorted(drawn)),
    )
