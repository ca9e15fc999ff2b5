"""How a reader does on groups that it was not taught."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from eval.metrics import auc
from eval.training.mining import Group
from index.reading import Reader


def marks(
    reader: Reader, groups: Sequence[Group], progress: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, dict[str, float]]:
    """Return, by source and in all: the number of groups; how often the right sentence is judged best
    (``first``); the chance that a right one is judged above a wrong one of any group (``auc``); how often
    its span shares a character with the answer's words (``touched``) and is exactly they (``exact``)."""
    rights: dict[str, list[float]] = defaultdict(list)
    wrongs: dict[str, list[float]] = defaultdict(list)
    first: dict[str, list[float]] = defaultdict(list)
    spans: dict[str, list[tuple[float, float]]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for done, group in enumerate(groups, 1):
        readings = reader.read(group.question, group.windows)
        judged = [reading.answers for reading in readings]
        for name in (group.source, "all"):
            counts[name] += 1
            wrongs[name] += judged[1:] if group.right else judged
            if group.right:
                rights[name].append(judged[0])
                first[name].append(float(judged[0] == max(judged)))
            if group.answer:
                (start, end), (begin, stop) = group.answer, readings[0].span
                is_same = (start, end) == (begin, stop)
                spans[name].append((float(begin < end and start < stop), float(is_same)))
        progress(done, len(groups))
    found: dict[str, dict[str, float]] = {}
    for name in sorted(counts):
        own = found[name] = {"groups": counts[name]}
        if rights[name]:
            own["first"] = float(np.mean(first[name]))
            own["auc"] = auc(rights[name], wrongs[name])
        if spans[name]:
            own["touched"], own["exact"] = np.mean(spans[name], axis=0).tolist()
    return found
