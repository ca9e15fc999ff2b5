"""The command line: ``dipnot index | ask | search | corpus | translate | serve | mcp | doctor``, and what
other packages add.

Everything heavy is imported inside the command that needs it, so that ``dipnot --help`` is quick.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from app.articles_command import add, remove
from app.index_command import PartOption, Workers, add_to, say
from app.visible import visible, visible_json
from corpus.errors import DipnotError, FileRefused, QuestionError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.answer import Answer
    from app.assistant import Assistant
    from app.batch import Answerer
    from app.settings import Settings
    from index.model import Model

cli = typer.Typer(
    name="dipnot",
    help="Answers questions in Turkish or English about a corpus of articles, with a footnote to the exact "
    "words under every sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_state = {"verbose": False}


def _option(name: str, text: str) -> Any:
    return typer.Option(name, help=text, show_default=False)


IndexOption = Annotated[Path | None, _option("--index", "Folder of the index (default: .dipnot/index).")]
CorpusOption = Annotated[Path | None, _option("--corpus", "Folder of the corpus (default: the articles).")]
ModelOption = Annotated[str | None, _option("--model", "'bundled' (default), a folder, or a hub name.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
InputOption = Annotated[Path | None, _option("--input", "A file of questions, one JSON object a line.")]
OutputOption = Annotated[Path | None, _option("--output", "The file for the results, one a line.")]
HostOption = Annotated[str | None, _option("--host", "Address to listen on (default: 127.0.0.1).")]


@cli.callback()
def _options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the traceback of an error.")] = False,
) -> None:
    _state["verbose"] = verbose


@cli.command()
def index(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    model: ModelOption = None,
    force: Annotated[bool, typer.Option("--force", help="Build even when nothing has changed.")] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to the generation before the current one.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="Say which generations there are.")] = False,
    tune: Annotated[
        bool, typer.Option("--tune", help="Measure which kind of vector index suits, and print the table.")
    ] = False,
    workers: Workers = None,
    part: PartOption = None,
) -> None:
    """Build the index, where it is missing, damaged or out of date."""
    from time import perf_counter

    from app.index_command import run_list, run_part, run_rollback
    from app.progress import counting_bars
    from index.build import build
    from index.stores import engine_of

    settings = _settings(corpus=corpus, index=index, model=model)
    if rollback or list_:
        (run_rollback if rollback else run_list)(settings)
        return
    if part and (force or tune):
        _fail(QuestionError("--part goes with --workers alone: nothing is built or measured."))
    resolved = load_model(settings)
    if part:
        run_part(settings, resolved, part, workers or 1)
        return
    engine = engine_of(settings.store, settings.store_password)
    started = perf_counter()
    with counting_bars("Encoding", "Publishing") as (progress, publishing):
        built = build(
            settings.corpus_dir,
            settings.index_dir,
            resolved,
            force=force,
            workers=workers,
            progress=progress,
            say=say,
            engine=engine,
            publishing=publishing,
        )
    if not built.written:
        typer.echo(f"The index at {settings.index_dir} is up to date (generation {built.id}).")
    else:
        counts = ", ".join(f"{count} {name}" for name, count in built.counts.items())
        typer.echo(f"Built because: {'; '.join(built.why)}")
        typer.echo(f"Generation {built.id}: {counts}, in {perf_counter() - started:.1f} s.")
    if built.published:
        typer.echo(f"Generation {built.id} was copied into {engine}.")
    if tune:
        from index.tuning import report

        for line in report(settings.index_dir):
            typer.echo(line)


@cli.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.", show_default=False)] = None,
    language: Annotated[
        Literal["tr", "en", "auto"],
        typer.Option("--language", help="Language of the answer; auto: the question's."),
    ] = "auto",
    as_json: JsonOption = False,
    index: IndexOption = None,
    input: InputOption = None,
    output: OutputOption = None,
) -> None:
    """Answer a question, or a file of questions.

    A row of --input is {"id", "question", "language"?, "history"?}; a row of --output is the Answer with
    the same id. Exit code 2: a question that cannot be read as one; 1: some rows failed.
    """
    from app.batch import ask_rows

    settings = _settings(index=index)
    if input is not None or output is not None:
        source, target = _files(question, input, output)
        assistant = load_assistant(settings)
        _finish_batch(source, target, ask_rows(assistant, language))
        return
    if question is None:
        _fail(QuestionError("Give a question, or --input and --output."))
    from app.question import clean, is_askable

    clean(question)
    answer = load_assistant(settings).ask(question, language)
    typer.echo(visible_json(answer.model_dump_json(indent=2)) if as_json else as_text(answer))
    if answer.reason == "too_long" or not is_askable(question):
        raise typer.Exit(2)


@cli.command()
def search(
    query: Annotated[str | None, typer.Argument(help="What to look for.", show_default=False)] = None,
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="How many passages.")] = 10,
    as_json: JsonOption = False,
    index: IndexOption = None,
    input: InputOption = None,
    output: OutputOption = None,
) -> None:
    """Find passages, for a query or a file of queries.

    A row of --input is {"id", "question"}; a row of --output is {"id", "hits": [{"rank", "passage",
    "article", "file", "spans", "score", "text"}]}.
    """
    from app.batch import hits_of, search_rows

    settings = _settings(index=index)
    if input is not None or output is not None:
        source, target = _files(query, input, output)
        assistant = load_assistant(settings)
        _finish_batch(source, target, search_rows(assistant, k))
        return
    if query is None:
        _fail(QuestionError("Give a query, or --input and --output."))
    from app.question import clean

    clean(query)
    hits = hits_of(load_assistant(settings), query, k)
    if as_json:
        typer.echo(visible_json(hits.model_dump_json(indent=2)))
        return
    for hit in hits.hits:
        typer.echo(f"{hit.rank:>2}. {hit.passage}  {hit.score:.4f}  {visible(hit.text)}")


@cli.command()
def corpus(
    article: Annotated[
        str | None, typer.Argument(help="The article's id, e.g. 004.", show_default=False)
    ] = None,
    corpus: CorpusOption = None,
) -> None:
    """Print an article as the system sees it: its blocks with kind, page and lines."""
    from corpus.catalogue import read_catalogue
    from corpus.reading import read_article

    settings = _settings(corpus=corpus)
    entries = {entry.id: entry for entry in read_catalogue(settings.corpus_dir)}
    if article is None:
        for entry in entries.values():
            title = f"[{entry.title}]" if entry.title_is_supplied else entry.title
            typer.echo(f"{entry.id}  {visible(title)}")
        return
    if article not in entries:
        _fail(QuestionError(f"There is no article {article!r}; there are: {', '.join(entries)}."))
    from app.listing import list_article

    for line in list_article(read_article(settings.corpus_dir, entries[article])):
        typer.echo(visible(line))


@cli.command()
def translate(
    article: Annotated[
        str | None, typer.Argument(help="The article's id, e.g. 004.", show_default=False)
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say what is wrong with the translations there are.")
    ] = False,
    corpus: CorpusOption = None,
) -> None:
    """Translate an article into English, or check the translations.

    Only sentences without a translation are sent to the translator of the settings (translator, or
    translator_url and translator_model); a run that was stopped goes on where it was. --check prints how much
    is translated and every line whose numbers, dates or names are not those of the Turkish, for one article
    or all. Exit code 1: there is something to do.
    """
    from app.translate.command import run_check, run_make

    settings = _settings(corpus=corpus)
    if article is None and not check:
        _fail(QuestionError("Give the article to translate, or --check."))
    is_done = run_check(settings, article) if check or article is None else run_make(settings, article)
    if not is_done:
        raise typer.Exit(1)


@cli.command()
def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on.", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Port (default: 7860).", show_default=False)
    ] = None,
    index: IndexOption = None,
) -> None:
    """Serve the chat page, the reader and the API."""
    settings = _settings(index=index, host=host, port=port)
    from app.mcp import require
    from app.port import check_port

    if settings.mcp:
        require()
    check_port(settings.host, settings.port)
    from app.hangup import ignore_hangup
    from app.logs import configure
    from app.standby import serve

    configure(settings)
    # Whoever stops the server so has it stopped, which is no failure: exit code 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ignore_hangup()
    log = logging.getLogger(__name__)

    def open() -> FastAPI:
        # Gradio and torch take seconds to load; the port is open meanwhile.
        from app.feedback import Feedback
        from app.server import create_app

        feedback = Feedback(settings.feedback_file, settings.feedback_days)
        assistant = load_assistant(settings, say=log.warning)
        return create_app(assistant, feedback, settings, settings.index_dir)

    typer.echo(f"Dipnot: http://{settings.host}:{settings.port}/  (stop with Ctrl+C)")
    serve(open, settings.index_dir, settings.host, settings.port, settings)


@cli.command()
def mcp(index: IndexOption = None) -> None:
    """Offer the articles to an assistant on this machine.

    Speaks the Model Context Protocol over standard input and output. The program that holds the assistant
    starts this command itself; docs/mcp.md says what to write into its settings.
    """
    from contextlib import redirect_stdout, suppress

    from app.mcp import require

    require()
    # Standard output carries the protocol and nothing else.
    with redirect_stdout(sys.stderr):
        settings = _settings(index=index)
        assistant = load_assistant(settings)
        from app.mcp.stdio import run
    with suppress(KeyboardInterrupt):
        run(assistant, settings)


@cli.command()
def key() -> None:
    """Make a key for a program that calls the API; it is shown this once and kept nowhere.

    The settings hold its SHA-256 instead of it: DIPNOT_API_KEYS, several separated by commas.
    """
    from app.secret import digest, new_key

    made = new_key()
    typer.echo(f"Key (for the program): {made}")
    typer.echo(f"SHA-256 (for DIPNOT_API_KEYS): {digest(made)}")


@cli.command()
def doctor(
    corpus: CorpusOption = None,
    index: IndexOption = None,
    model: ModelOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Set the index right first: leftovers, CURRENT.")
    ] = False,
) -> None:
    """Check the corpus, the model and the index; every finding comes with its remedy."""
    from app.doctor import examine, mend

    settings = _settings(corpus=corpus, index=index, model=model)
    if repair:
        for done in mend(settings, say):
            typer.echo(f"done  {visible(done)}")
    findings = examine(settings)
    for finding in findings:
        remedy = f" → {finding.remedy}" if finding.remedy else ""
        typer.echo(f"{finding.severity:<5} {finding.message}{remedy}")
    if any(finding.severity == "fail" for finding in findings):
        raise typer.Exit(1)


add_to(cli)

cli.command()(add)
cli.command()(remove)
feedback = typer.Typer(name="feedback", help="What readers say of answers.", no_args_is_help=True)
cli.add_typer(feedback)


@feedback.command("export")
def export_feedback(
    output: Annotated[Path | None, _option("--output", "The file (default: standard output).")] = None,
    form: Annotated[
        Literal["jsonl", "csv"], typer.Option("--format", help="JSON, one object a line, or a table.")
    ] = "jsonl",
) -> None:
    """Write what readers have said of answers, oldest first; what is older than feedback_days is deleted."""
    from app.feedback_command import run_export

    run_export(_settings(), output, form)


def _add_commands() -> None:
    """Add the commands that other packages bring (entry points ``dipnot.commands``), such as ``eval``.

    So the harness has its place on the command line, and this package knows nothing of it.
    """
    known = {group.name for group in cli.registered_groups}
    for entry in entry_points(group="dipnot.commands"):
        if entry.name not in known:
            cli.add_typer(entry.load(), name=entry.name)


def main() -> None:
    """Run the command line; an error of ours is one line on stderr (with -v a traceback too)."""
    _add_commands()
    try:
        code = cli(standalone_mode=False)
    except typer.TyperException as error:
        message = error.format_message()
        # `dipnot` by itself: the message is the help.
        typer.echo(message if "\n" in message else f"dipnot: {message}", err=True)
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does.
        sys.stderr.close()
        raise SystemExit(1) from None
    except (DipnotError, OSError) as error:
        _fail(error)
    raise SystemExit(code)


def _fail(error: DipnotError | OSError) -> NoReturn:
    if _state["verbose"]:
        import traceback

        traceback.print_exception(error)
    typer.echo(f"dipnot: {visible(str(error))}", err=True)
    raise SystemExit(2 if isinstance(error, QuestionError | FileRefused) else 1)


def _settings(**given: object) -> Settings:
    """The settings, with the options that were given on the command line."""
    from app.settings import read_settings

    names = {"corpus": "corpus_dir", "index": "index_dir"}
    return read_settings({names.get(key, key): value for key, value in given.items() if value is not None})


def load_model(settings: Settings) -> Model:
    """Find the embedding model of the settings; raises ModelUnavailable."""
    from index.model import resolve

    return resolve(settings.model, settings.cache_dir, allow_download=settings.allow_download)


def load_assistant(settings: Settings, say: Callable[[str], None] = say) -> Assistant:
    """Load the current index; ``say``, on stderr, when it is out of date, and use it all the same."""
    from index.generation import verified

    # Before anything heavy is loaded: a missing index is told at once.
    _, manifest = verified(settings.index_dir)
    from app.assistant import Assistant
    from app.rewriting import parted
    from app.writing import writing_of
    from index.build import staleness
    from index.stores import engine_of

    model = load_model(settings)
    try:
        reasons = staleness(settings.corpus_dir, manifest, model)
    except DipnotError as error:
        reasons = [str(error)]
    # An index that this model cannot read is refused here; its one line is enough.
    assistant = Assistant.load(
        settings.index_dir,
        model,
        settings.search,
        settings.refusal,
        *parted(settings, writing_of(settings)),
        engine_of(settings.store, settings.store_password),
        settings.reader,
        settings.reading,
        allow_download=settings.allow_download,
    )
    if reasons:
        say(f"the index is out of date: {'; '.join(reasons)}. Rebuild: dipnot index")
    return assistant


def _files(question: str | None, source: Path | None, target: Path | None) -> tuple[Path, Path]:
    from app.batch import part_of

    if source is None or target is None or question is not None:
        _fail(QuestionError("Give --input and --output together, and no question."))
    if not source.is_file():
        _fail(QuestionError(f"There is no file {source}."))
    if target.exists() and not target.is_file():
        # A folder, a pipe or a device would be replaced by a file at the end.
        _fail(QuestionError(f"{target} is not a file; name a file for --output."))
    # Behind a link the file is replaced, not the link.
    target = target.resolve()
    if source.resolve() in (target, part_of(target)):
        _fail(QuestionError("--input and --output are the same file."))
    if not target.parent.is_dir():
        _fail(QuestionError(f"There is no folder {target.parent} for --output."))
    return source, target


def _finish_batch(source: Path, target: Path, answerer: Answerer) -> None:
    from app.batch import run
    from app.progress import file_bar

    with file_bar(source.stat().st_size) as progress:
        failed = run(source, target, answerer, progress)
    if failed:
        typer.echo(f"dipnot: {failed} rows could not be answered; the others are written.", err=True)
        raise typer.Exit(1)


def as_text(answer: Answer) -> str:
    """Return an answer for a terminal."""
    from app.plain import plain_text

    return plain_text(answer, bold=lambda words: typer.style(words, bold=True))
