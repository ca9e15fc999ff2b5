"""The tables of a Markdown page, made anew from figures."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from pathlib import Path


def renew(page: Path, tables: Iterable[Sequence[str]]) -> None:
    """Put ``tables``, each a list of lines, in the places of those with the same first line, in their order.

    Raises ValueError, and changes nothing, where the page has too few such places.
    """
    waiting: dict[str, deque[Sequence[str]]] = defaultdict(deque)
    for table in tables:
        waiting[table[0]].append(table)
    made: list[str] = []
    is_replaced = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if waiting.get(line):
            made += waiting[line].popleft()
            is_replaced = True
        elif not (is_replaced and line.startswith("|")):
            made.append(line)
            is_replaced = False
    if left := [head for head, tables_left in waiting.items() if tables_left]:
        raise ValueError(f"{page} has no place for the table that begins with: {left[0]}")
    page.write_text("\n".join(made) + "\n", encoding="utf-8")
