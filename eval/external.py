"""Dipnot and its peers on questions that others wrote: THQuAD and XQuAD.

The sets are not part of the project: a folder that holds them is given, and what is not there is skipped.
Retrieval is measured as on our own questions, reading after SQuAD (`eval.squad`).
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

from app.answer import Answer
from app.assistant import Assistant
from app.readers import reader_of
from app.settings import Settings, read_settings
from corpus.article import Article, Language, Span
from corpus.plain import plain_article
from eval.external_results import READ, RETRIEVED, Direction, External, Figure, Measured, markdown
from eval.external_sets import FILES, WAYS, Asked, Way, article_names, questions
from eval.gold import covered_share
from eval.judge import COVERED, FoundHit
from eval.metrics import ndcg, recall_at_k, reciprocal_rank
from eval.provenance import commit, machine, project_version, settings_of, versions
from eval.squad import SquadDocument, SquadSet, contains, exact_match, f1, read_squad
from eval.system import Dipnot, System
from index.build import build_articles
from index.model import Model
from index.search import Searcher

if TYPE_CHECKING:
    from index.encoder import Encoder

__all__ = ["External", "Factory", "markdown", "run_external"]

Factory = Callable[[Mapping[str, Article], "Encoder"], System]
Progress = Callable[[int, int], None]
Units = Mapping[str, Sequence[tuple[Span, ...]]]

# The value that an answer sets in bold, and the footnote numbers that may stand in it.
_VALUE: Final = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_NUMBERS: Final = re.compile(r"\s*\[\d+\]")


def run_external(
    data: Path,
    model: Model,
    peers: Mapping[str, Factory] | None = None,
    progress: Progress = lambda done, total: None,
    settings: Settings | None = None,
) -> External:
    """Measure Dipnot and ``peers`` on the sets found in the folder ``data``.

    ``peers``: by name, what makes a system from articles and the encoder. ``progress`` is called with the
    number of questions asked and their total over all systems. Raises DipnotError where a file of a set is
    not in the format of SQuAD, or a peer cannot be made.
    """
    settings, peers = settings or read_settings(), peers or {}
    files = {key: sorted(data.glob(pattern)) for key, pattern in FILES.items()}
    sets = {key: read_squad(paths) for key, paths in files.items() if paths}
    ways = [way for way in WAYS if {(way.set, way.asked), (way.set, way.text)} <= sets.keys()]
    asked = {way: questions(way, sets[way.set, way.asked], sets[way.set, way.text]) for way in ways}
    tally = _Tally(progress, sum(map(len, asked.values())) * (1 + len(peers)))
    with tempfile.TemporaryDirectory(prefix="dipnot-external-") as folder:
        benches = _Benches(Path(folder), model, peers, settings)
        directions = [
            _direction(way, asked[way], sets[way.set, way.text], benches.of(way, sets), tally) for way in ways
        ]
    return External(
        commit=commit(),
        model=model.name,
        model_sha256=model.sha256,
        settings=settings_of(settings),
        versions=versions(),
        machine=machine(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        files={
            path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for paths in files.values()
            for path in paths
        },
        directions=directions,
        skipped=[way.name for way in WAYS if way not in ways],
    )


def retrieval_scores(
    asked: Asked, hits: Sequence[FoundHit], units: Units, articles: Mapping[str, Article]
) -> dict[str, float]:
    """Return recall@1, 3, 5, 10, MRR@10 and nDCG@10 of one question, whose answers are one piece of
    evidence; ``units`` are the raw spans of all that the system searches, by article."""
    relevant = [_is_relevant(asked, hit.article, hit.spans, articles) for hit in hits]
    total = sum(
        _is_relevant(asked, article, spans, articles)
        for article in {article for article, _ in asked.places}
        for spans in units[article]
    )
    return {
        **{f"recall_{k}": recall_at_k([relevant], k) for k in (1, 3, 5, 10)},
        "mrr_10": reciprocal_rank(relevant),
        "ndcg_10": ndcg(relevant, total),
    }


def reading_scores(answer: Answer, answers: Sequence[str], language: Language) -> dict[str, float]:
    """Return what one answer counts for (READ), without the figures it does not count in.

    ``language``: that of the paragraphs, and so of the right ``answers``.
    """
    if answer.status == "declined":
        return {"answered": 0.0, "held_of_all": 0.0}
    first = answer.claims[0].text if answer.claims else answer.text
    held = float(contains(first.replace("*", ""), answers, language))
    scores = {"answered": 1.0, "held_of_all": held, "held": held}
    if value := _VALUE.search(answer.text):
        given = _NUMBERS.sub("", value.group(1))
        scores |= {"exact_match": exact_match(given, answers, language), "f1": f1(given, answers, language)}
    return scores


@dataclass(frozen=True)
class _Bench:
    """The paragraphs of a set in one language, and the systems that search them."""

    articles: Mapping[str, Article]
    systems: Mapping[str, System]


class _Benches:
    """Makes each bench once, on a throw-away index; the model is loaded with the first."""

    def __init__(self, folder: Path, model: Model, peers: Mapping[str, Factory], settings: Settings) -> None:
        self._folder = folder
        self._model = model
        self._peers = peers
        self._settings = settings
        self._encoder: Encoder | None = None
        self._made: dict[tuple[str, Language], _Bench] = {}

    def of(self, way: Way, sets: Mapping[tuple[str, Language], SquadSet]) -> _Bench:
        key = (way.set, way.text)
        if key not in self._made:
            self._made[key] = self._make(way, sets[key])
        return self._made[key]

    def _make(self, way: Way, text: SquadSet) -> _Bench:
        if self._encoder is None:
            from index.encoder import Encoder

            self._encoder = Encoder(self._model)
        articles = {
            name: _article(name, way.text, document)
            for name, document in zip(article_names(way, text), text.documents, strict=True)
        }
        folder = self._folder / f"{way.set}-{way.text}"
        build_articles(list(articles.values()), folder, self._model, encoder=self._encoder)
        searcher = Searcher(folder, self._model, self._encoder, self._settings.search)
        dipnot = Dipnot(self._assistant(searcher), project_version())
        peers = {name: make(articles, self._encoder) for name, make in self._peers.items()}
        return _Bench(articles, {dipnot.name: dipnot, **peers})

    def _assistant(self, searcher: Searcher) -> Assistant:
        settings = self._settings
        reader = reader_of(settings.reader, searcher.encoder, allow_download=settings.allow_download)
        return Assistant(searcher, settings.refusal, reader=reader, reading=settings.reading)


class _Tally:
    """Counts the questions asked."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        progress(0, total)

    def count(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)


def _direction(way: Way, asked: Sequence[Asked], text: SquadSet, bench: _Bench, tally: _Tally) -> Direction:
    located = sum(len(p.questions) for document in text.documents for p in document.paragraphs)
    return Direction(
        set=way.set,
        asked=way.asked,
        text=way.text,
        articles=len(bench.articles),
        paragraphs=sum(len(document.paragraphs) for document in text.documents),
        passages=sum(len(article.passages) for article in bench.articles.values()),
        questions=len(asked),
        dropped=text.dropped + located - len(asked),
        impossible=text.impossible,
        moved=text.moved,
        systems=[
            _measure(name, system, asked, way.text, bench.articles, tally)
            for name, system in bench.systems.items()
        ],
    )


def _measure(
    name: str,
    system: System,
    asked: Sequence[Asked],
    language: Language,
    articles: Mapping[str, Article],
    tally: _Tally,
) -> Measured:
    units: defaultdict[str, list[tuple[Span, ...]]] = defaultdict(list)
    for article, spans in system.units():
        units[article].append(spans)
    columns: dict[str, list[float]] = {figure: [] for figure in (*RETRIEVED, *READ)}
    seconds = 0.0
    for one in asked:
        started = perf_counter()
        result = system.result(one.question)
        seconds += perf_counter() - started
        scores = retrieval_scores(one, result.hits, units, articles)
        scores |= reading_scores(result.answer, one.answers, language)
        for figure, value in scores.items():
            columns[figure].append(value)
        tally.count()
    return Measured(
        system=name,
        version=system.version,
        figures={figure: Figure.of(values) for figure, values in columns.items()},
        seconds=round(seconds, 2),
    )


def _is_relevant(asked: Asked, article: str, spans: Iterable[Span], articles: Mapping[str, Article]) -> bool:
    spans = list(spans)
    return any(
        place == article and covered_share(span, spans, articles[article].raw) >= COVERED
        for place, span in asked.places
    )


def _article(name: str, language: Language, document: SquadDocument) -> Article:
    return plain_article(
        name, language, [paragraph.text for paragraph in document.paragraphs], document.title
    )
