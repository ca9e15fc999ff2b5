"""What ``dipnot translate`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from app.progress import counting_bar
from app.translate.check import check
from app.translate.making import make, part_of
from app.translate.translator import TranslatorFailed, configured
from app.visible import visible
from corpus.catalogue import read_catalogue
from corpus.errors import QuestionError
from corpus.reading import read_article, read_corpus
from corpus.translations import read_translations, translations_file

if TYPE_CHECKING:
    from pathlib import Path

    from app.settings import Settings


def run_check(settings: Settings, article: str | None) -> bool:
    """Print how much of each article, or of one, is translated and what is wrong; return whether all is well.

    Raises QuestionError when there is no such article, and CorpusError.
    """
    folder = settings.corpus_dir
    _look_for(folder, article)
    with counting_bar("Checking") as progress:
        checks = check(read_corpus(folder), folder, article, progress)
    for each in checks:
        typer.echo(f"{each.article}  {each.translated} of {each.sentences} sentences ({each.coverage:.1%})")
    problems = [problem for each in checks for problem in each.problems]
    for problem in problems:
        typer.echo(visible(str(problem)))
    typer.echo(f"Problems: {len(problems)}." if problems else "No problem found.")
    return not problems


def run_make(settings: Settings, article: str) -> bool:
    """Translate what an article lacks; return whether nothing is lacking any more.

    Raises QuestionError when there is no such article, CorpusError and TranslatorFailed.
    """
    folder = settings.corpus_dir
    _look_for(folder, article)
    entry = next(entry for entry in read_catalogue(folder) if entry.id == article)
    target = translations_file(folder, article)
    try:
        with counting_bar("Translating") as progress:
            made = make(read_article(folder, entry), target, lambda: configured(settings), progress)
    except TranslatorFailed as error:
        raise TranslatorFailed(f"{error}{_kept(target)}") from error
    except KeyboardInterrupt:
        typer.echo(f"dipnot: stopped.{_kept(target)}", err=True)
        return False
    for text, why in made.refused:
        typer.echo(f"dipnot: no English for “{visible(text)}”: {visible(str(why))}", err=True)
    typer.echo(f"{article}: {made.new} sentences translated, {made.before} were there before.")
    if made.new:
        typer.echo(f"Next: dipnot translate --check {article}; then dipnot index.")
    return not made.refused


def _look_for(folder: Path, article: str | None) -> None:
    ids = [entry.id for entry in read_catalogue(folder)]
    if article not in (None, *ids):
        raise QuestionError(f"There is no article {article!r}; there are: {', '.join(ids)}.")


def _kept(target: Path) -> str:
    """What a run that ends early leaves behind, in words; nothing where it leaves nothing."""
    part = part_of(target)
    lines = read_translations(part) if part.exists() else {}
    return f" {len(lines)} new lines are kept in {part}; the same command goes on." if lines else ""
