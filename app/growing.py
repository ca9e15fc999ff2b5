"""What grows until it is whole: generators that yield the parts and return the whole."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar, cast

Part = TypeVar("Part")
Whole = TypeVar("Whole")


def told(growing: Generator[Part, None, Whole], tell: Callable[[Part], object] = lambda part: None) -> Whole:
    """Return the whole when it has grown; ``tell`` is called with each part before.

    >>> def three():
    ...     yield 1
    ...     yield 2
    ...     return 3
    >>> told(three(), print)
    1
    2
    3
    """
    while True:
        try:
            tell(next(growing))
        except StopIteration as end:
            return cast(Whole, end.value)
