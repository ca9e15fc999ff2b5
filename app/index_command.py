"""What ``dipnot index --rollback`` and ``--list`` do, and the commands ``backup`` and ``restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.visible import visible

if TYPE_CHECKING:
    from app.settings import Settings

IndexFolder = Annotated[
    Path | None,
    typer.Option("--index", help="Folder of the index (default: .dipnot/index).", show_default=False),
]


def run_rollback(settings: Settings) -> None:
    """Go back to the generation before the current one; raises DipnotError where there is none."""
    from index.repair import roll_back

    kept = roll_back(settings.index_dir, say)
    typer.echo(
        f"Generation {kept.id} is current again: {kept.articles} articles, {kept.passages} passages, "
        f"built {kept.created}. The next dipnot index builds what the articles say now."
    )


def run_list(settings: Settings) -> None:
    """Print the generations there are, the newest first."""
    from index.repair import generations

    for kept in generations(settings.index_dir):
        mark = "*" if kept.is_current else " "
        told = kept.fault or f"{kept.created}  {kept.articles} articles, {kept.passages} passages"
        typer.echo(f"{mark} {kept.id}  {visible(told)}")


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.", show_default=False)],
    index: IndexFolder = None,
) -> None:
    """Write the current generation of the index to one file.

    Safe while the server runs. Every file is verified; the backup appears whole or not at all.
    """
    from index.backup import back_up

    settings = _settings(index)
    manifest = back_up(settings.index_dir, file)
    typer.echo(f"Generation {manifest.id}: {file}, {file.stat().st_size} bytes.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that backup wrote.", show_default=False)],
    index: IndexFolder = None,
) -> None:
    """Put a backup into the index and make it current.

    Every checksum is verified first. A running server takes it within seconds; whatever is there stays, and
    dipnot index --rollback goes back to it.
    """
    from index.backup import restore as put_back

    settings = _settings(index)
    manifest = put_back(file, settings.index_dir, say)
    typer.echo(f"Generation {manifest.id} is current: {manifest.counts.get('articles', 0)} articles.")


def say(sentence: str) -> None:
    """Tell something that is no failure, on stderr."""
    typer.echo(f"dipnot: {visible(sentence)}", err=True)


def add_to(cli: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    cli.command()(backup)
    cli.command()(restore)


def _settings(index: Path | None) -> Settings:
    from app.settings import read_settings

    return read_settings({} if index is None else {"index_dir": index})
