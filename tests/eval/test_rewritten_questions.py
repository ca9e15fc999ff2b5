"""Questions rewritten by a model that is not to be believed, over gold follow-ups of the dev split."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from app.answer import Answer
from app.assistant import Assistant
from app.generators import Draft, Message
from app.generators.endpoint import Endpoint
from app.rewriting import Rewriting
from app.writing import Writing
from eval.gate import read_baseline
from eval.gold import GoldQuestion, read_gold
from eval.judge import Judge
from eval.support import SupportCheck
from tests.llamaserver import LLAMA_MODEL

# `REWRITTEN_QUESTIONS=15` asks all that there are.
QUESTIONS = int(os.environ.get("REWRITTEN_QUESTIONS", "4"))
SECONDS = 60


@dataclass
class Silent:
    """A generator of answers that writes none: what is compared are sentences chosen for a question."""

    name: str = "silent"
    asked: list[str] = field(default_factory=list)

    def prepare(self) -> None: ...

    def write(
        self, messages: Sequence[Message], *, tokens: int, seconds: float, stop: Sequence[str] = ()
    ) -> Draft:
        self.asked.append(messages[-1].content)
        return Draft(self.name, lambda pen: None, seconds, stop)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_answers_to_rewritten_questions_are_right_no_less_often(assistant: Assistant, llama_url: str) -> None:
    limits = Writing(Silent(), seconds=SECONDS), Rewriting(Endpoint(llama_url, LLAMA_MODEL), SECONDS)
    rewriting = Assistant(assistant.searcher, None, *limits)
    rows = [row for row in read_gold() if row.split == "dev" and row.history and row.is_answerable]
    judge = Judge(assistant.articles, SupportCheck(assistant.searcher.encoder))
    shares = []
    for each in (assistant, rewriting):
        answers = [(row, each.ask(row.question, history=row.history)) for row in rows[:QUESTIONS]]
        shares.append(sum(_is_right(judge, row, answer) for row, answer in answers) / len(answers))
    assert shares[1] >= shares[0] - read_baseline().band
    # The comparison would say nothing if the model had not written.
    counted = rewriting.counters.text().decode()
    assert 'questions_rewritten_total{result="failed"} 0.0' in counted
    assert sum(int(float(line.split()[-1])) for line in _lines(counted)) >= QUESTIONS / 2


def _is_right(judge: Judge, row: GoldQuestion, answer: Answer) -> float:
    return float(judge.score(row, [], 1, answer).right or 0)


def _lines(counted: str) -> list[str]:
    return [line for line in counted.splitlines() if line.startswith("questions_rewritten_total{")]
