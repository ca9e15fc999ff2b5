"""``dipnot eval``: measuring Dipnot. Heavy imports stand inside the commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from corpus.errors import DipnotError, QuestionError

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.settings import Settings
    from eval.judge import Judge
    from eval.runfile import Run

cli = typer.Typer(
    name="eval",
    help="Measure Dipnot against gold questions, compare runs, and see how the peers do.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
SplitOption = Annotated[
    Literal["dev", "test", "all"],
    typer.Option("--split", help="Which questions; test is only to be reported, never tuned on."),
]
GoldOption = Annotated[
    Path | None, typer.Option("--gold", help="Gold questions: a file or a folder.", show_default=False)
]
IndexOption = Annotated[
    Path | None,
    typer.Option("--index", help="Folder of the index (default: .dipnot/index).", show_default=False),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="A setting, e.g. search.rrf_k=60; may be repeated.", show_default=False),
]
RunArgument = Annotated[Path, typer.Argument(help="A run file.", show_default=False)]


@cli.command()
def run(
    out: Annotated[Path, typer.Option("--out", help="The run file to write.", show_default=False)],
    split: SplitOption = "dev",
    settings: SetOption = None,
    gold: GoldOption = None,
    index: IndexOption = None,
) -> None:
    """Ask the gold questions and write a run file; a run that was killed goes on where it stopped."""
    from app.progress import counting_bar
    from eval import run as running
    from eval.gold import GOLD, read_gold
    from eval.provenance import header_of, project_version
    from eval.system import Dipnot

    _writable(out)
    changed = _settings(index, settings or [])
    questions = read_gold(gold or GOLD, None if split == "all" else split)
    if not questions:
        raise QuestionError(f"There is no question of the split {split!r} in {gold or GOLD}.")
    assistant = _assistant(changed)
    system = Dipnot(assistant, project_version())
    header = header_of(system, questions, split, assistant.articles, assistant.searcher.manifest, changed)
    with counting_bar("Questions") as progress:
        finished = running.run(system, questions, _judge(assistant), header, out, progress)
    typer.echo(_summary(finished))


@cli.command()
def compare(a: RunArgument, b: RunArgument) -> None:
    """Compare two runs over the questions both hold, with intervals and what may be said of them."""
    from eval.compare import changed, compare, table
    from eval.runfile import read_run

    one, other = read_run(a), read_run(b)
    comparisons = compare(one, other)
    differing = one.header.differences(other.header)
    typer.echo(f"A: {a.name}, {one.header.commit}; B: {b.name}, {other.header.commit}.")
    typer.echo(f"They differ in: {', '.join(differing) or 'nothing but time'}.\n")
    typer.echo(table(comparisons))
    won, lost = changed(one, other)
    for title, rows in (("Right in B only", won), ("Right in A only", lost)):
        typer.echo(f"\n{title}: {len(rows)}")
        for row in rows:
            typer.echo(f"  {row.question.id}  {row.question.question}")


@cli.command()
def report(
    run: RunArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the report (default: beside the run).", show_default=False),
    ] = None,
) -> None:
    """Write the report of a run: Markdown, and one self-contained HTML page with plots."""
    from eval.report import write_report
    from eval.runfile import read_run

    for path in write_report(read_run(run), out or run.parent, run.stem):
        typer.echo(f"Written: {path}")


@cli.command()
def check(run: RunArgument, gold: GoldOption = None, index: IndexOption = None) -> None:
    """Make every score of a run anew from its answers; exit 1 when one is not what the file says."""
    from eval.check import check
    from eval.gold import GOLD, read_gold
    from eval.runfile import read_run

    read = read_run(run)
    assistant = _assistant(_settings(index, []))
    questions = {question.id: question for question in read_gold(gold or GOLD)}
    try:
        found = check(read, assistant.articles, _judge(assistant), questions)
    except DipnotError as error:
        raise DipnotError(f"{run.name}, {error}") from error
    for text in found:
        typer.echo(f"{run.name}, {text}")
    if found:
        raise typer.Exit(1)
    typer.echo(f"{run.name}: {len(read.rows)} questions, every score as recomputed.")


@cli.command()
def validate(gold: GoldOption = None) -> None:
    """Check the gold questions: quotes, references, splits; exit 1 when there is a problem."""
    from app.settings import read_settings
    from corpus.reading import read_corpus
    from eval.gold import GOLD, read_gold
    from eval.validate import counts, problems

    questions = read_gold(gold or GOLD)
    articles = {article.id: article for article in read_corpus(read_settings().corpus_dir)}
    found = problems(questions, articles)
    for text in found:
        typer.echo(text)
    if found:
        raise typer.Exit(1)
    typer.echo(counts(questions))


@cli.command()
def gate(
    run: RunArgument,
    write: Annotated[bool, typer.Option("--write", help="Write the run's figures as the baseline.")] = False,
    band: Annotated[
        float | None,
        typer.Option("--band", min=0, help="With --write: the noise band of a re-run.", show_default=False),
    ] = None,
) -> None:
    """Exit 1 when answers right, cited, or refusal F1 are below the committed baseline."""
    from eval.gate import BASELINE, baseline_of, failures, read_baseline
    from eval.runfile import read_run

    read = read_run(run)
    if write:
        written = baseline_of(read, read_baseline().band if band is None else band)
        BASELINE.write_text(written.model_dump_json(indent=1) + "\n", encoding="utf-8")
        typer.echo(f"Written: {BASELINE}")
        return
    baseline = read_baseline()
    found = failures(read, baseline)
    for text in found:
        typer.echo(text)
    if found:
        raise typer.Exit(1)
    figures = ", ".join(f"{name} {value:.4f}" for name, value in baseline.figures.items())
    typer.echo(f"Nothing fell below the baseline ({figures}; noise band {baseline.band:.4f}).")


def _writable(path: Path) -> None:
    if not path.parent.is_dir():
        raise QuestionError(f"There is no folder {path.parent} for --out.")
    if path.exists() and not path.is_file():
        raise QuestionError(f"{path} is not a file; name a file for --out.")


def _settings(index: Path | None, pairs: list[str]) -> Settings:
    """The settings, with what --set names on top: ``search.tr.lexical=2`` → {"search": {"tr": …}}."""
    import json

    from app.settings import read_settings

    given: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip():
            raise QuestionError(f"--set {pair}: give NAME=VALUE, e.g. search.rrf_k=60.")
        inner = given
        *parents, last = name.strip().split(".")
        for parent in parents:
            inner = inner.setdefault(parent, {})
        try:
            inner[last] = json.loads(value)
        except json.JSONDecodeError:
            inner[last] = value
    if index is not None:
        given["index_dir"] = index
    try:
        return read_settings(given)
    except DipnotError as error:
        raise QuestionError(str(error)) from error


def _assistant(settings: Settings) -> Assistant:
    from app.cli import load_assistant

    return load_assistant(settings)


def _judge(assistant: Assistant) -> Judge:
    from eval.judge import Judge
    from eval.support import SupportCheck

    return Judge(assistant.articles, SupportCheck(assistant.searcher.encoder))


def _summary(run: Run) -> str:
    from eval.tables import summary

    return summary(run)
