"""Progress bars on a terminal, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Counting = Callable[[int, int], None]


@contextmanager
def counting_bar(title: str) -> Iterator[Counting]:
    """Give a function to call with the number of things done and their total."""
    with counting_bars(title) as (progress,):
        yield progress


@contextmanager
def counting_bars(*titles: str) -> Iterator[list[Counting]]:
    """Give such a function for each title; a bar is seen once its function has been called."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:

        def counting(title: str) -> Counting:
            task = progress.add_task(title, total=None, visible=False)
            return lambda done, total: progress.update(task, completed=done, total=total, visible=True)

        yield [counting(title) for title in titles]


@contextmanager
def file_bar(size: int) -> Iterator[Callable[[int], None]]:
    """Give a function to call with the number of bytes read of a file of ``size`` bytes."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("Questions"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Questions", total=size)
        yield lambda read: progress.update(task, completed=read)
