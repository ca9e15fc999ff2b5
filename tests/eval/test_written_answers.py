"""Answers written by a model that is not to be believed, over gold questions of the development split."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from app.answer import Answer
from app.assistant import Assistant
from app.claims import WrittenClaims
from app.generators.endpoint import Endpoint
from app.verify import Verifier
from app.writing import Writing
from eval.gate import read_baseline
from eval.gold import GoldQuestion, read_gold
from eval.judge import Judge
from eval.support import SupportCheck
from tests.llamaserver import LLAMA_MODEL

# `WRITTEN_QUESTIONS=50` asks what a release is to be judged by; it takes ten minutes on two cores.
QUESTIONS = int(os.environ.get("WRITTEN_QUESTIONS", "6"))
Pairs = list[tuple[GoldQuestion, Answer, Answer]]
# The judge is no reader: of fifty questions it doubted one sentence that is borne out by what it cites.
MOST_DOUBTED = 0.05
# Enough for three sentences; the model goes on until it is stopped.
TOKENS = 120


@pytest.fixture(scope="module")
def answers(assistant: Assistant, llama_url: str) -> Iterator[Pairs]:
    """Each question with the answer that is chosen, and the one written by the model."""
    generator = Endpoint(llama_url, LLAMA_MODEL)
    writing = Assistant(assistant.searcher, writing=Writing(generator, tokens=TOKENS, seconds=60))
    rows = [row for row in read_gold() if row.split == "dev" and row.is_answerable][:QUESTIONS]
    yield [
        (row, *(each.ask(row.question, history=row.history) for each in (assistant, writing))) for row in rows
    ]


@pytest.mark.slow
@pytest.mark.timeout(1800, func_only=False)
def test_a_model_that_invents_does_not_reach_the_answer(answers: Pairs, assistant: Assistant) -> None:
    """Nothing that stands in an answer is against the words it cites, as the verifier reads the whole answer
    anew; and the judge of the evaluation, which knows nothing of the verifier, doubts next to nothing."""
    check = SupportCheck(assistant.searcher.encoder)
    verifier = Verifier(assistant.articles, WrittenClaims(assistant.searcher.encoder))
    wrong, doubted, written = [], [], 0
    drafts = [answer.draft for _, _, answer in answers if answer.draft]
    for row, _, answer in answers:
        # Where the articles contradict one another they are quoted, and nothing is written.
        if answer.draft is None:
            continue
        cited = {citation.n: citation for citation in answer.citations}
        for claim in answer.claims:
            premise = "\n".join(f"{cited[n].quote}\n{cited[n].translation or ''}" for n in claim.citations)
            sources = [cited[n] for n in claim.citations]
            if not verifier.verify([claim], sources, answer.language).claims:
                wrong.append((row.id, claim.text))
            if claim.support == "generated":
                written += 1
                if not check(premise, claim.text):
                    doubted.append((row.id, claim.text))
    assert wrong == []
    assert len(doubted) <= MOST_DOUBTED * written, doubted
    # The check would find nothing if the model had written nothing.
    assert sum(draft.kept + draft.dropped for draft in drafts) >= QUESTIONS / 2


@pytest.mark.slow
def test_written_answers_are_right_no_less_often(answers: Pairs, assistant: Assistant) -> None:
    judge = Judge(assistant.articles, SupportCheck(assistant.searcher.encoder))
    chosen, written = (
        sum(judge.score(row, [], 1, pair[which]).right or 0 for row, *pair in answers) / len(answers)
        for which in (0, 1)
    )
    assert written >= chosen - read_baseline().band
