"""Running a system against the gold questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from corpus.article import Span
from eval.gold import GoldQuestion
from eval.judge import Judge
from eval.runfile import Header, Row, Run, read_run, writing
from eval.system import System

Progress = Callable[[int, int], None]


def run(
    system: System,
    questions: Sequence[GoldQuestion],
    judge: Judge,
    header: Header,
    out: Path,
    progress: Progress = lambda done, total: None,
) -> Run:
    """Ask every question, write the run to ``out`` and return it; a run that was killed goes on.

    ``progress`` is called with the number of questions done and their total. Raises DipnotError.
    """
    units = list(system.units())
    with writing(out, header) as (rows, appender):
        done = {row.question.id for row in rows}
        progress(len(done), len(questions))
        for question in questions:
            if question.id in done:
                continue
            appender.write(row_of(system, question, judge, units))
            done.add(question.id)
            progress(len(done), len(questions))
    return read_run(out)


def row_of(
    system: System,
    question: GoldQuestion,
    judge: Judge,
    units: Sequence[tuple[str, tuple[Span, ...]]],
) -> Row:
    """Ask one question and score what comes back."""
    result = system.result(question)
    relevant = sum(judge.is_relevant(question, article, spans) for article, spans in units)
    return Row(
        question=question,
        hits=result.hits,
        relevant_units=relevant,
        answer=result.answer,
        scores=judge.score(question, result.hits, relevant, result.answer),
        timings_ms=result.timings_ms,
    )
