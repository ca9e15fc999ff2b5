"""``dipnot add`` and ``dipnot remove``: articles of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def _option(name: str, text: str) -> Any:
    return typer.Option(name, help=text, show_default=False)


CorpusOption = Annotated[Path | None, _option("--corpus", "Folder of the corpus; made where it is missing.")]


def add(
    files: Annotated[list[Path], typer.Argument(help="Text, Markdown, HTML, PDF, DOCX, JATS or TEI.")],
    corpus: CorpusOption = None,
    with_bundled: Annotated[
        bool, typer.Option("--with-bundled", help="Begin a new folder with a copy of the bundled articles.")
    ] = False,
    title: Annotated[str, _option("--title", "The title; shown in [square brackets].")] = "",
    author: Annotated[list[str] | None, _option("--author", "An author; may be given again.")] = None,
    year: Annotated[int | None, _option("--year", "The year.")] = None,
    journal: Annotated[str, _option("--journal", "The journal.")] = "",
    language: Annotated[str, _option("--language", "tr or en.")] = "",
) -> None:
    """Add articles of your own to a corpus folder, and say how each was understood.

    The options describe every file given. Each file is added by itself; exit code 1: some were not.
    """
    from app.visible import visible
    from corpus.errors import CorpusError, QuestionError
    from corpus.intake import Metadata, begin_with_bundled
    from corpus.intake import add as add_file

    if title and len(files) > 1:
        raise QuestionError("--title describes one file; give the files one at a time.")
    folder = _folder(corpus)
    if with_bundled:
        begin_with_bundled(folder)
    given = Metadata(title.strip(), tuple(author or ()), year, journal.strip(), language)
    failed: list[CorpusError] = []
    for file in files:
        try:
            added = add_file(folder, file, given)
        except CorpusError as error:
            if len(files) == 1:
                raise
            typer.echo(f"dipnot: {visible(str(error))}", err=True)
            failed.append(error)
            continue
        for line in added.lines():
            typer.echo(visible(line))
    if len(failed) < len(files):
        typer.echo(f"Next: dipnot index --corpus {folder}")
    if failed:
        raise typer.Exit(1)


def remove(
    article: Annotated[str, typer.Argument(help="The article's id, as `dipnot corpus` lists it.")],
    corpus: CorpusOption = None,
) -> None:
    """Take an article out of a corpus folder of your own; its files are moved to removed/."""
    from corpus.intake import remove as remove_article

    folder = _folder(corpus)
    kept = remove_article(folder, article)
    typer.echo(f"{article} was taken out; its files are in {kept}.")
    typer.echo(f"Next: dipnot index --corpus {folder}")


def _folder(corpus: Path | None) -> Path:
    from app.settings import read_settings

    return read_settings({} if corpus is None else {"corpus_dir": corpus}).corpus_dir
