"""What ``dipnot eval page`` does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import median

import typer

from app.cli import load_model
from app.settings import read_settings
from corpus.article import Article
from corpus.errors import QuestionError
from corpus.reading import read_corpus
from eval import agreement
from eval.ablation import read_variants
from eval.benchmarks import Benchmarks, benchmarks_of, page, read_benchmarks, with_parts
from eval.external_results import read_external
from eval.gate import read_baseline
from eval.peers import PEERS
from eval.runfile import read_run
from eval.support import SupportCheck
from eval.system import units_of
from index.encoder import Encoder


def write_page(runs: Path | None, out: Path, external: Path | None, ablation: Path | None) -> None:
    """Write the page and, beside it, what it is made from; what is not given stays as it was kept there."""
    beside = out.with_suffix(".json")
    made = _benchmarks_of(runs) if runs else read_benchmarks(beside)
    if runs and beside.exists():
        made = made.with_learned(read_benchmarks(beside))
    kept = with_parts(
        made,
        read_external(external) if external else None,
        read_variants(ablation) if ablation else None,
    )
    beside.write_text(kept.model_dump_json() + "\n", encoding="utf-8")
    out.write_text(page(kept), encoding="utf-8")
    typer.echo(f"Written: {out} and {beside}")


def _benchmarks_of(runs: Path) -> Benchmarks:
    """What the page is made from, of the run files in a folder."""
    names = [name for name in ("dipnot", *PEERS) if (runs / f"{name}.jsonl").exists()]
    if not names:
        raise QuestionError(f"There are no run files in {runs}. Make them: dipnot eval peers --out {runs}")
    read = [(name, read_run(runs / f"{name}.jsonl")) for name in names]
    settings = read_settings()
    articles = {article.id: article for article in read_corpus(settings.corpus_dir)}
    encoder = Encoder(load_model(settings))
    check = SupportCheck(encoder)
    files = (agreement.DEVELOPMENT, agreement.JUDGED)
    return benchmarks_of(
        [(run, _unit_words(name, articles, encoder)) for name, run in read],
        agreement.table({file: agreement.agreement(check, file) for file in files}),
        read_baseline(),
    )


def _unit_words(name: str, articles: Mapping[str, Article], encoder: Encoder) -> int:
    """The median words of a unit of a system's index."""
    units = units_of(articles) if name == "dipnot" else PEERS[name](articles, encoder).units()
    return round(
        median(
            sum(len(articles[article].raw[start:end].split()) for start, end in spans)
            for article, spans in units
        )
    )
