"""The report of a run: Markdown, and one page that needs nothing besides itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.answer import Citation
from app.question import LanguageDetector
from app.settings import Settings
from corpus.errors import DipnotError
from eval import definitions, drafts, plots, tables
from eval.drafts import NO_PRICE, Price, generator_of
from eval.figures import ANSWERS, BY_NAME, CALIBRATION, REFUSAL, RETRIEVAL, figure, latencies, shown
from eval.provenance import settings_of
from eval.runfile import Header, Row, Run
from eval.tables import Table
from eval.worst import ORDER, Mistake, worst

TEMPLATES: Final = Path(__file__).parent / "templates"
_HEADLINE: Final = ("right", "right_citation", "recall_5", "refusal_f1", "false_refusal")
# What Markdown gives a meaning to inside a line (or at its end), and at its start. A bracket alone means
# nothing.
_INSIDE: Final = re.compile(r"[\\`*|~$]|#$|(?<!\w)_|_(?!\w)|\](?=[(\[:])")
_AT_START: Final = re.compile(r"^(?:[#>=:]|[+-](?=[\s-]|$)|\d+(?=[.)](?:\s|$)))")
_NO_TIMES: Final = "No times were recorded."
_NONE_ANSWERABLE: Final = "No question of this run has an answer in the articles."
_LANGUAGES: Final = {"tr": "Turkish", "en": "English"}


@dataclass(frozen=True)
class Section:
    """A table with its title and what its terms mean; ``nothing`` stands there when it has no row."""

    name: str
    title: str
    table: Table
    definitions: Mapping[str, str] = field(default_factory=dict)
    nothing: str = ""


@dataclass(frozen=True)
class Plot:
    """A drawing and its caption; ``nothing`` says why there is none."""

    svg: str | None
    caption: str
    nothing: str


@dataclass(frozen=True)
class Headline:
    """A figure at the top of the page."""

    title: str
    value: str
    note: str = ""


def write_report(run: Run, folder: Path, stem: str, price: Price = NO_PRICE) -> list[Path]:
    """Write ``stem.md`` and ``stem.html`` into ``folder``, which is made where it is missing.

    ``price``: of a generator's tokens. Returns both paths. The same run gives the same files. Raises
    DipnotError when they cannot be written, or when matplotlib is missing.
    """
    page, text = folder / f"{stem}.html", folder / f"{stem}.md"
    contents = {text: markdown(run, page.name, price), page: html(run, price)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in contents.items():
            path.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        where = error.filename or folder
        raise DipnotError(f"The report cannot be written to {where}: {error.strerror}.") from error
    return list(contents)


def html(run: Run, price: Price = NO_PRICE) -> str:
    """Return the report as a page: no script, no request, everything of the run escaped."""
    plots = [
        Plot(plot.svg and Markup(plot.svg), plot.caption, plot.nothing)  # our own, without a word of the run
        for plot in plots_of(run)
    ]
    return (
        _environment(autoescape=True)
        .get_template("report.html")
        .render(
            **_values(run, price),
            plots=plots,
            headline=headline(run.rows),
            language_of=LanguageDetector(()).detect,
        )
    )


def markdown(run: Run, page: str, price: Price = NO_PRICE) -> str:
    """Return the report as Markdown; ``page`` names the file that holds the plots."""
    # Not HTML: what is filled in is escaped for Markdown instead.
    environment = _environment(autoescape=False, finalize=_escaped)
    environment.filters["table"] = _markdown_table
    return environment.get_template("report.md.j2").render(**_values(run, price), page=page)


def escape_markdown(text: str) -> str:
    """Return a text as one line that Markdown shows as it is."""
    line = _INSIDE.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
    line = _AT_START.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", line)
    # No renderer takes an entity for HTML, whatever it makes of a backslash.
    return line.replace("&", "&amp;").replace("<", "&lt;")


def facts(header: Header) -> dict[str, str]:
    """Return what was run, settings aside."""
    generator = generator_of(header)
    return {
        "system": f"{header.system} {header.system_version}",
        **({"generator": generator} if generator else {}),
        "questions": f"{header.questions}, split {header.split}",
        "run on": header.created,
        "commit": header.commit.removesuffix("+")
        + (", with changes that were not committed" if header.commit.endswith("+") else ""),
        "generation of the index": header.generation,
        "model": f"{header.model}, sha256 {header.model_sha256}",
        "corpus, sha256": header.corpus,
        "gold questions, sha256": header.gold,
        "versions": ", ".join(f"{name} {version}" for name, version in header.versions.items()),
        "machine": header.machine,
    }


def changed_settings(header: Header) -> Table:
    """Return the settings of a run that are not the defaults of this version, whatever is set here.

    The model is left out: its default depends on the machine, and `facts` names it.
    """
    defaults = _flat(settings_of(Settings.model_construct()))
    own = _flat(header.settings)
    return Table(
        ("setting", "in this run", "default"),
        tuple(
            (name, own.get(name, "not set"), defaults.get(name, "no such setting"))
            for name in dict.fromkeys((*defaults, *own))
            if name != "model" and own.get(name) != defaults.get(name)
        ),
    )


def headline(rows: Sequence[Row]) -> list[Headline]:
    """Return the figures to see first."""
    found = []
    for name in _HEADLINE:
        value, _, interval = shown(figure(BY_NAME[name], [row.scores for row in rows])).partition(" ")
        found.append(Headline(BY_NAME[name].title, value, interval))
    if total := latencies(rows).get("total"):
        found.append(Headline("median time", f"{total[0]:.0f} ms", f"p95 {total[1]:.0f} ms"))
    return found


def sections(rows: Sequence[Row], price: Price = NO_PRICE) -> list[Section]:
    """Return the tables of a run, that of the generator where one wrote."""
    written = drafts.drafts_of(rows)
    generator = drafts.table(("in this run", written, price))
    return [
        Section("retrieval", "What was found", tables.metrics(rows, RETRIEVAL), definitions.RETRIEVAL),
        Section("answers", "What was answered", tables.metrics(rows, ANSWERS), definitions.ANSWERS),
        Section("refusal", "What was declined", tables.metrics(rows, REFUSAL), definitions.REFUSAL),
        Section(
            "calibration",
            "How far the confidence can be believed",
            tables.metrics(rows, CALIBRATION),
            definitions.CALIBRATION,
        ),
        Section("types", "By type of question", tables.types(rows)),
        *([Section("generator", "Generator", generator, definitions.GENERATOR)] if written else []),
        Section("latency", "Time by stage", tables.latency(rows), nothing=_NO_TIMES),
    ]


def plots_of(run: Run) -> list[Plot]:
    """Return the plots of a run, each with its caption."""
    rows = run.rows
    return [
        Plot(
            plots.recall_plot(rows),
            "Evidence found among the first k hits. The two languages stand side by side at each k.",
            f"Recall: {_NONE_ANSWERABLE}",
        ),
        Plot(
            plots.risk_coverage_plot(rows),
            "How often the answers are wrong when only the most confident are given. The curve ends where "
            "the system falls silent; its area is the mean risk up to there. An answer to a question that "
            "has none is never right.",
            "Risk and coverage: no question was answered.",
        ),
        Plot(
            plots.types_plot(rows),
            "A declined question counts as not right. n is small for most types: see the intervals.",
            f"Answers right by type: {_NONE_ANSWERABLE}",
        ),
        Plot(
            plots.refusal_plot(rows),
            "More is better: to answer one of these is to invent. A bar without an interval at 0 or 1 saw no "
            "spread, which is not certainty.",
            "Refusal by type: no question of this run must be declined.",
        ),
        Plot(
            plots.latency_plot(rows),
            f"Share of the questions done within a time, on {run.header.machine}.",
            f"Time by stage: {_NO_TIMES}",
        ),
    ]


def about(mistake: Mistake) -> dict[str, str]:
    """Return what there is to know of a question that went wrong, texts aside."""
    row = mistake.row
    known = {
        "id": row.question.id,
        "language": _LANGUAGES[row.question.language],
        "type": row.question.type,
        "difficulty": str(row.question.difficulty),
        "confidence": f"{row.scores.confidence:.3f}",
    }
    if row.scores.answerable:
        rank = mistake.rank
        known["first relevant hit"] = (
            f"rank {rank}, {row.hits[rank - 1].passage}" if rank else f"none among {len(row.hits)}"
        )
    return known


def fault(mistake: Mistake) -> str:
    """Return what went wrong: the kind of mistake, then the single faults."""
    return f"{mistake.kind}: {', '.join(mistake.faults)}" if mistake.faults else mistake.kind


def place(citation: Citation) -> str:
    """Return where a citation stands."""
    first, last = citation.lines
    lines = f"line {first}" if first == last else f"lines {first}–{last}"
    return f"article {citation.article}, page {citation.page}, {lines}"


class _Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


def _environment(**options: Any) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **options,
    )


def _values(run: Run, price: Price) -> dict[str, Any]:
    """What both templates are filled in with."""
    return {
        "header": run.header,
        "facts": facts(run.header),
        "settings": changed_settings(run.header),
        "intervals": definitions.INTERVALS,
        "sections": sections(run.rows, price),
        "mistakes": worst(run.rows),
        "order": ORDER,
        "about": about,
        "fault": fault,
        "place": place,
    }


def _escaped(value: object) -> str:
    return value if isinstance(value, _Markdown) else escape_markdown(str(value))


def _markdown_table(table: Table) -> _Markdown:
    rows = tuple(tuple(map(escape_markdown, cells)) for cells in table.rows)
    return _Markdown(Table(table.header, rows).markdown())


def _flat(settings: Mapping[str, Any], inside: str = "") -> dict[str, str]:
    """Settings by their dotted names, as text."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{inside}{name}.")
        else:
            found[f"{inside}{name}"] = str(value)
    return found
