"""Whether a run file says what its answers are worth: every score is made anew from what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from typing import Final

from corpus.article import Article
from corpus.errors import DipnotError
from eval.gold import GoldQuestion
from eval.judge import Judge
from eval.provenance import corpus_fingerprint
from eval.runfile import Row, Run, fingerprint
from eval.system import units_of

# Of scores that are ratios and means.
TOLERANCE: Final = 1e-9
# Systems whose units are our passages; the units of others are not at hand.
_OWN_PASSAGES: Final = ("dipnot", "bm25", "dense", "txtai")


def check(
    run: Run, articles: Mapping[str, Article], judge: Judge, gold: Mapping[str, GoldQuestion]
) -> list[str]:
    """Return what is wrong with a run, one sentence each that begins with its line.

    Raises DipnotError for a run over other articles: nothing of it can be recomputed here.
    """
    if run.header.corpus != corpus_fingerprint(articles):
        raise DipnotError(
            f"line 1: the run was made over other articles (fingerprint {run.header.corpus[:12]}); "
            "check it where they are."
        )
    found = []
    if run.header.gold != fingerprint(row.question for row in run.rows):
        found.append("line 1: the fingerprint of the gold questions is not that of the questions below")
    units = list(units_of(articles)) if run.header.system in _OWN_PASSAGES else None
    for number, row in enumerate(run.rows, 2):
        where = f"line {number} ({row.question.id})"
        if row.question != gold.get(row.question.id):
            found.append(f"{where}: the question is not, or no longer, among the gold questions like this")
        if units is not None:
            relevant = sum(judge.is_relevant(row.question, article, spans) for article, spans in units)
            if relevant != row.relevant_units:
                found.append(f"{where}: relevant_units is {row.relevant_units}, recomputed {relevant}")
        found += [f"{where}: {text}" for text in _differences(row, judge)]
    return found


def _differences(row: Row, judge: Judge) -> list[str]:
    if any(hit.article not in judge.articles for hit in row.hits):
        return ["a hit lies in no article of the corpus"]
    anew = judge.score(row.question, row.hits, row.relevant_units, row.answer).model_dump()
    return [
        f"{name} is {value}, recomputed {anew[name]}"
        for name, value in row.scores.model_dump().items()
        if not _same(value, anew[name])
    ]


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=0, abs_tol=TOLERANCE)
