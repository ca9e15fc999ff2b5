"""Conversations as readers hold them, played to the end.

Each NAME.yaml holds the turns of one: the question; the language it and its answer are in; what the answer
holds (`says`: one alternative of every group, in the manner of eval/matching.py), what it cites and what the
first five passages hold (`cites`, `finds`: article, words of it), or why it is declined (`declined`).
`known_weak` says why a turn is not yet answered as it should be: it is asked, but only the form of its answer
is checked.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from app.answer import Answer
from app.assistant import Assistant
from app.choice import LONG_WORDS
from app.question import LanguageDetector
from eval.judge import Judge, words_in, words_of
from eval.matching import normalise, satisfies

CONVERSATIONS = sorted(Path(__file__).parent.glob("*.yaml"))
FEWEST_TURNS, MOST_TURNS = 4, 7
MOST_WEAK = 6
INITIALS = re.compile(r"\b(?:\w\.)+")


@dataclass(frozen=True)
class Turn:
    question: str
    language: str
    says: tuple[tuple[str, ...], ...] = ()
    cites: tuple[str, str] | None = None
    finds: tuple[str, str] | None = None
    declined: str | None = None
    known_weak: str | None = None


def turns(path: Path) -> list[Turn]:
    return [Turn(**turn) for turn in yaml.safe_load(path.read_text(encoding="utf-8"))["turns"]]


@pytest.fixture(scope="module")
def judge(assistant: Assistant) -> Judge:
    # What the answers say of the sources is not weighed here.
    return Judge(assistant.articles, supports=lambda premise, claim: True)


@pytest.fixture(scope="module")
def detector(assistant: Assistant) -> LanguageDetector:
    return LanguageDetector(assistant.articles.values())


def assert_well_formed(answer: Answer, turn: Turn, judge: Judge, detector: LanguageDetector) -> None:
    assert answer.question == turn.question
    assert answer.language == turn.language
    if answer.status == "declined":
        assert answer.reason
        assert answer.text
        assert (answer.claims, answer.citations) == ([], [])
        return
    numbers = {citation.n for citation in answer.citations}
    assert answer.claims
    assert all(claim.citations and set(claim.citations) <= numbers for claim in answer.claims)
    assert {int(n) for n in re.findall(r"\[(\d+)\]", answer.text)} == numbers
    assert [judge.quoted(one) for one in answer.citations] == [one.quote for one in answer.citations]
    # The initials of "A.A.Gromıko" would be read as the English article.
    assert detector.detect(INITIALS.sub("", words_of(answer))) == turn.language
    assert words_in(answer) <= LONG_WORDS


def assert_as_expected(answer: Answer, turn: Turn, passages: list[tuple[str, str]]) -> None:
    assert answer.reason == turn.declined, answer.text
    assert satisfies(answer.text, turn.says), answer.text
    if turn.cites:
        assert holds(turn.cites, [(one.article, one.quote) for one in answer.citations]), answer.citations
    if turn.finds:
        assert holds(turn.finds, passages), passages


def holds(words: tuple[str, str], texts: list[tuple[str, str]]) -> bool:
    return any(words[0] == article and normalise(words[1]) in normalise(text) for article, text in texts)


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_a_conversation_holds_at_every_turn(
    path: Path, assistant: Assistant, judge: Judge, detector: LanguageDetector
) -> None:
    history: list[str] = []
    for turn in turns(path):
        answer = assistant.ask(turn.question, history=history)
        assert_well_formed(answer, turn, judge, detector)
        if not turn.known_weak:
            hits = assistant.search(turn.question, 5, history=history).hits
            assert_as_expected(answer, turn, [(hit.article.id, hit.passage.text) for hit in hits])
        history.append(turn.question)


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_what_a_conversation_expects_stands_in_the_articles(path: Path, assistant: Assistant) -> None:
    for turn in turns(path):
        for article, words in filter(None, (turn.cites, turn.finds)):
            sentences = [(article, one.text) for one in assistant.articles[article].sentences]
            assert holds((article, words), sentences), (article, words)
        assert bool(turn.declined) != bool(turn.says), turn.question


def test_ten_conversations_are_held_and_few_of_their_turns_are_weak() -> None:
    held = [turns(path) for path in CONVERSATIONS]
    assert len(held) == 10
    assert all(FEWEST_TURNS <= len(one) <= MOST_TURNS for one in held)
    assert sum(bool(turn.known_weak) for one in held for turn in one) <= MOST_WEAK
