"""What ``dipnot index --part``, ``--rollback``, ``--list`` do, and the commands ``backup``, ``restore``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.visible import visible

if TYPE_CHECKING:
    from app.settings import Settings
    from index.model import Model

_PART = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")
IndexFolder = Annotated[
    Path | None,
    typer.Option("--index", help="Folder of the index (default: .dipnot/index).", show_default=False),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="Encode with so many processes, each with the model in memory; after a kill, go on where they "
        "were.",
        show_default=False,
    ),
]


def _checked_part(given: str | None) -> str | None:
    """Return ``given`` where it is a part of several, such as 1/4; None for none."""
    if given is not None:
        found = _PART.fullmatch(given)
        if not found or int(found[1]) > int(found[2]):
            raise typer.BadParameter(f"{visible(given)!r} is no part: give it as 1/4, 2/4, 3/4 or 4/4.")
    return given


PartOption = Annotated[
    str | None,
    typer.Option(
        "--part",
        metavar="I/N",
        callback=_checked_part,
        help="Encode part I of N and build nothing: for several machines that share the folder of the index.",
        show_default=False,
    ),
]


def run_part(settings: Settings, model: Model, given: str, workers: int) -> None:
    """Encode one part of the articles, and say how to go on."""
    from app.progress import counting_bar
    from index.build import Part, encode_part

    part = Part(*map(int, given.split("/")))
    with counting_bar("Encoding") as progress:
        done = encode_part(
            settings.corpus_dir,
            settings.index_dir,
            model,
            part,
            workers=workers,
            progress=progress,
            say=say,
        )
    typer.echo(
        f"Part {part.number} of {part.of}: {done.shards} of {done.shards} shards are encoded "
        f"({done.encoded} now). When all parts are, run: dipnot index"
    )


def run_rollback(settings: Settings) -> None:
    """Go back to the generation before the current one; raises DipnotError where there is none."""
    from index.repair import roll_back

    kept = roll_back(settings.index_dir, say)
    typer.echo(
        f"Generation {kept.id} is current again: {kept.articles} articles, {kept.passages} passages, "
        f"built {kept.created}. The next dipnot index builds what the articles say now."
    )
    _publish(settings)


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
    _publish(settings)


def say(sentence: str) -> None:
    """Tell something that is no failure, on stderr."""
    typer.echo(f"dipnot: {visible(sentence)}", err=True)


def _publish(settings: Settings) -> None:
    """Copy the current generation into the database of the settings, where there is one and it lacks it."""
    from app.progress import counting_bar
    from index.build import publish_current
    from index.stores import engine_of

    engine = engine_of(settings.store, settings.store_password)
    with counting_bar("Publishing") as progress:
        published = publish_current(settings.index_dir, engine, progress)
    if published:
        typer.echo(f"It was copied into {engine}.")


def add_to(cli: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    cli.command()(backup)
    cli.command()(restore)


def _settings(index: Path | None) -> Settings:
    from app.settings import read_settings

    return read_settings({} if index is None else {"index_dir": index})
