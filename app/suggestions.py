"""What may be asked next: questions of the register that stand beside the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.evidence import Candidate
from app.question import Question
from corpus.article import RegisteredQuestion
from corpus.text import skeleton
from index.analyzer import analyze

_MOST: Final = 3
# How far from the sentences of the answer, in sentences of the same section.
_FURTHEST: Final = 3
# Two questions that share so much of their words ask the same.
_SAME: Final = 0.6


def suggestions(question: Question, chosen: Sequence[Candidate]) -> list[str]:
    """Return up to three questions in the language of the answer that sentences near it answer.

    Each is one of the register, so it can be answered; what the answer says already is not asked again.
    """
    said = {candidate.sentence.id for candidate in chosen}
    asked = [question.text]
    found: list[str] = []
    for candidate in chosen:
        for registered in _near(candidate):
            text = registered.text(question.language)
            if said.issuperset(registered.sentences) or any(_same(text, other, question) for other in asked):
                continue
            found.append(text)
            asked.append(text)
            if len(found) == _MOST:
                return found
    return found


def _near(candidate: Candidate) -> list[RegisteredQuestion]:
    """The questions that the sentences around one answer, the nearest first; those behind it before those
    ahead of it."""
    article = candidate.article
    places = {sentence.id: i for i, sentence in enumerate(article.sentences)}
    at = places[candidate.sentence.id]
    sections = {block.id: block.section for block in article.blocks}
    distances: list[tuple[int, bool, int]] = []
    for number, registered in enumerate(article.questions):
        offsets = [
            places[name] - at
            for name in registered.sentences
            if sections[article.sentence_by_id[name].block] == candidate.block.section
        ]
        if len(offsets) == len(registered.sentences) and max(map(abs, offsets)) <= _FURTHEST:
            distances.append((max(map(abs, offsets)), min(offsets) < 0, number))
    return [article.questions[number] for _, _, number in sorted(distances)]


def _same(one: str, other: str, question: Question) -> bool:
    """Whether two questions share most of the words of the shorter one."""
    if skeleton(one) == skeleton(other):
        return True
    a, b = set(analyze(one, question.language)), set(analyze(other, question.language))
    return len(a & b) >= _SAME * max(1, min(len(a), len(b)))
