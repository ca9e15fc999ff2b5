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
def compare(
    a: RunArgument,
    b: RunArgument,
    price_in: Annotated[
        list[float] | None,
        typer.Option(
            "--price-in",
            min=0,
            help="Price of a million tokens that a generator is given; once, or for A and then for B.",
            show_default=False,
        ),
    ] = None,
    price_out: Annotated[
        list[float] | None,
        typer.Option(
            "--price-out",
            min=0,
            help="Price of a million tokens that it writes, likewise.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Compare two runs over the questions both hold, with intervals and what may be said of them."""
    from eval.compare import changed, compare, generators, table
    from eval.drafts import Price
    from eval.runfile import read_run

    prices = zip(_for_both("--price-in", price_in), _for_both("--price-out", price_out), strict=True)
    price_a, price_b = (Price(*each) for each in prices)
    one, other = read_run(a), read_run(b)
    comparisons = compare(one, other)
    differing = one.header.differences(other.header)
    typer.echo(f"A: {a.name}, {one.header.commit}; B: {b.name}, {other.header.commit}.")
    typer.echo(f"They differ in: {', '.join(differing) or 'nothing but time'}.\n")
    typer.echo(table(comparisons))
    if written := generators(one, other, price_a, price_b):
        typer.echo(f"\n{written}")
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
    price_in: Annotated[
        float,
        typer.Option("--price-in", min=0, help="Price of a million tokens that a generator is given."),
    ] = 0.0,
    price_out: Annotated[
        float, typer.Option("--price-out", min=0, help="Price of a million tokens that it writes.")
    ] = 0.0,
) -> None:
    """Write the report of a run: Markdown, and one self-contained HTML page with plots."""
    from eval.drafts import Price
    from eval.report import write_report
    from eval.runfile import read_run

    price = Price(price_in, price_out)
    for path in write_report(read_run(run), out or run.parent, run.stem, price):
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
def peers(
    out: Annotated[Path, typer.Option("--out", help="Folder for the run files.", show_default=False)],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="A system; may be repeated.", show_default=False)
    ] = None,
    split: SplitOption = "all",
    gold: GoldOption = None,
    index: IndexOption = None,
) -> None:
    """Run Dipnot and its peers over the same questions, a run file each (extra [peers])."""
    from app.progress import counting_bar
    from eval import run as running
    from eval.gold import GOLD, read_gold
    from eval.peers import PEERS
    from eval.provenance import header_of, project_version
    from eval.system import Dipnot, System

    names = only or ["dipnot", *PEERS]
    if unknown := set(names) - {"dipnot", *PEERS}:
        raise QuestionError(
            f"There is no system {sorted(unknown)[0]!r}; there are: dipnot, {', '.join(PEERS)}."
        )
    out.mkdir(parents=True, exist_ok=True)
    settings = _settings(index, [])
    questions = read_gold(gold or GOLD, None if split == "all" else split)
    assistant = _assistant(settings)
    judge = _judge(assistant)
    for name in names:
        system: System
        libraries: tuple[str, ...] = ()
        if name == "dipnot":
            system = Dipnot(assistant, project_version())
        else:
            system = PEERS[name](assistant.articles, assistant.searcher.encoder)
            libraries = PEERS[name].libraries
        header = header_of(
            system, questions, split, assistant.articles, assistant.searcher.manifest, settings, libraries
        )
        with counting_bar(name) as progress:
            running.run(system, questions, judge, header, out / f"{name}.jsonl", progress)
        typer.echo(f"Written: {out / f'{name}.jsonl'}")


@cli.command()
def external(
    data: Annotated[Path, typer.Option("--data", help="Folder with thquad/ and xquad/.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The JSON file to write.", show_default=False)],
    with_peers: Annotated[bool, typer.Option("--peers", help="Run the peers too (extra [peers]).")] = False,
) -> None:
    """Measure on questions that others wrote; a set that is not there is skipped with a word."""
    from app.cli import load_model
    from app.progress import counting_bar
    from eval.external import run_external
    from eval.external_results import markdown
    from eval.peers import PEERS

    _writable(out)
    with counting_bar("Questions") as progress:
        found = run_external(data, load_model(_settings(None, [])), PEERS if with_peers else {}, progress)
    for name in found.skipped:
        typer.echo(f"Skipped, its files are not in {data}: {name}", err=True)
    out.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    typer.echo(markdown(found))


@cli.command()
def page(
    runs: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of the run files of `peers`; without one, those that are kept.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", help="The page; what it is made from is kept beside it.")
    ] = Path("docs/benchmarks.md"),
    external: Annotated[
        Path | None, typer.Option("--external", help="The file that `external` wrote.", show_default=False)
    ] = None,
    ablation: Annotated[
        Path | None,
        typer.Option(
            "--ablation",
            help="Folder of run files with and without what was learned: rules.jsonl, reader.jsonl, "
            "adapter.jsonl, both.jsonl, the same with -near; examination.json, external.json.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make the page of the benchmark from the run files of Dipnot and its peers."""
    from eval.page_command import write_page

    _writable(out)
    write_page(runs, out, external, ablation)


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


@cli.command()
def verifier(
    split: Annotated[
        Literal["dev", "test"],
        typer.Option("--split", help="Which claims; test is only to be reported, never tuned on."),
    ] = "dev",
) -> None:
    """Measure the verifier of written claims: what it keeps and drops, by kind and language."""
    from app.claims import WrittenClaims
    from app.cli import load_model
    from app.settings import read_settings
    from app.verify import Verifier
    from corpus.reading import read_corpus
    from eval.verifier import read_claims, table, verdicts
    from index.encoder import Encoder

    settings = read_settings()
    articles = {article.id: article for article in read_corpus(settings.corpus_dir)}
    written = WrittenClaims(Encoder(load_model(settings)))
    typer.echo(table(verdicts(read_claims(split), Verifier(articles, written), articles)))


def _for_both(option: str, prices: list[float] | None) -> tuple[float, float]:
    """What an option says of A and of B: nothing, one price for both, or one for each."""
    if not prices:
        return 0.0, 0.0
    if len(prices) > 2:
        raise QuestionError(f"{option}: give one price for both runs, or one for A and one for B.")
    return prices[0], prices[-1]


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
    from eval.drafts import NO_PRICE, drafts_of, table
    from eval.tables import summary

    written = drafts_of(run.rows)
    generator = [table(("in this run", written, NO_PRICE)).markdown()] if written else []
    return "\n\n".join([summary(run), *generator])
