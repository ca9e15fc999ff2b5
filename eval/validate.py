"""Whether the gold questions keep their rules (docs/gold-questions.md)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from corpus.article import Article, Span
from corpus.errors import DipnotError
from eval.gold import GoldQuestion, evidence_spans
from eval.matching import OPEN, holds, satisfies
from index.analyzer import analyze

# At most this share of the stems of a harder question may stand in its evidence. The rule and the figure
# are turkish-rag-eval's (validate_gold).
MOST_SHARED: Final = 0.6
# Two questions that have this share of their stems in common (Jaccard) are the same question.
NEAR_DUPLICATE: Final = 0.8
_HARDER: Final = 2
# A word that a line end cuts: "kur- tarılma".
_BROKEN: Final = re.compile(r"(?<=[^\W\d_])[-\u00ad]\s+(?=[a-zçğıöşüâîû])")


def problems(questions: Sequence[GoldQuestion], articles: Mapping[str, Article]) -> list[str]:
    """Return what is wrong with the questions, one sentence each that begins with the id."""
    found = [f"{name}: the id is not unique" for name in _repeated([q.id for q in questions])]
    for question in questions:
        for check in _CHECKS:
            try:
                found += [f"{question.id}: {text}" for text in check(question, articles)]
            except (DipnotError, ValueError) as error:
                found.append(f"{question.id}: {error}")
    return found + list(_near_duplicates(questions)) + list(_shared_evidence(questions, articles))


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _shape(question: GoldQuestion, articles: Mapping[str, Article]) -> Iterator[str]:
    if question.id.split("-")[1:2] != [question.language]:
        yield "the id does not name its language"
    if not question.question.strip():
        yield "the question is empty"
    if bool(question.history) != (question.type == "follow-up"):
        yield "a follow-up has a history, and nothing else has one"
    if question.is_answerable:
        if not (question.answer.strip() and question.must and question.evidence):
            yield "answer, must and evidence must not be empty"
        if question.absent:
            yield "only a question that must be declined has absent words"
        if question.type in ("several passages", "several articles", "disagreement") and (
            len(question.evidence) < 2
        ):
            yield f"a question of type {question.type!r} has two or more pieces of evidence"
        if question.type == "several articles" and len({e.article for e in question.evidence}) < 2:
            yield "the evidence does not come from several articles"
    elif question.answer or question.must or question.must_not or question.evidence:
        yield "a question that must be declined has no answer, must, must_not or evidence"


def _words(question: GoldQuestion, articles: Mapping[str, Article]) -> Iterator[str]:
    for group in [*question.must, question.must_not, *question.absent]:
        if not group and group is not question.must_not:
            yield "a group of alternatives is empty"
        for alternative in group:
            bare = alternative.removesuffix(OPEN)
            if OPEN in bare or not any(char.isalnum() for char in bare):
                yield f"{alternative!r} is no alternative"
            elif alternative.endswith(OPEN) and bare[-1].isdigit():
                yield f"{alternative!r}: a number is never left open"


def _answer(question: GoldQuestion, articles: Mapping[str, Article]) -> Iterator[str]:
    quotes = " … ".join(_BROKEN.sub("", evidence.quote) for evidence in question.evidence)
    for group in question.must:
        if not satisfies(question.answer, [group]):
            yield f"the reference answer does not hold {' / '.join(group)}"
        if not satisfies(quotes, [group]):
            yield f"the evidence does not hold {' / '.join(group)}"
    for alternative in question.must_not:
        if holds(question.answer, alternative):
            yield f"the reference answer holds {alternative}, which it must not"
    if question.must and satisfies(" … ".join([*question.history, question.question]), question.must):
        yield "the question answers itself"


def _evidence(question: GoldQuestion, articles: Mapping[str, Article]) -> Iterator[str]:
    for evidence in question.evidence:
        evidence_spans(evidence, articles)
    if question.difficulty < _HARDER or not question.evidence:
        return
    asked = set(analyze(question.question, question.language))
    held = {term for e in question.evidence for term in analyze(e.quote, question.language)}
    if asked and len(asked & held) / len(asked) > MOST_SHARED:
        shared = ", ".join(sorted(asked & held))
        yield f"{len(asked & held)} of {len(asked)} stems of the question stand in its evidence: {shared}"


def _absent(question: GoldQuestion, articles: Mapping[str, Article]) -> Iterator[str]:
    if question.type == "absent" and not question.absent:
        yield "an absent question says which words were searched for"
    for group in question.absent:
        for article in articles.values():
            for block in article.blocks:
                if satisfies(block.text, [[one] for one in group]):
                    yield f"block {block.id} holds {' and '.join(group)}"


_CHECKS: Final[tuple[Callable[[GoldQuestion, Mapping[str, Article]], Iterator[str]], ...]] = (
    _shape,
    _words,
    _answer,
    _evidence,
    _absent,
)


def _near_duplicates(questions: Sequence[GoldQuestion]) -> Iterator[str]:
    """The same question twice; with other words, only across splits and with the same history."""
    stems = {
        q.id: frozenset(analyze(" ".join([*q.history, q.question]), q.language)) or {q.question}
        for q in questions
    }
    for one, other in combinations(questions, 2):
        if (one.question, one.history) == (other.question, other.history):
            yield f"{other.id}: the same question as {one.id}"
        elif one.split != other.split and one.language == other.language:
            a, b = stems[one.id], stems[other.id]
            if len(a & b) / len(a | b) >= NEAR_DUPLICATE:
                yield f"{other.id}: nearly the same question as {one.id}, in the other split"


def _shared_evidence(questions: Sequence[GoldQuestion], articles: Mapping[str, Article]) -> Iterator[str]:
    """The same words as evidence on both sides of the split."""
    for one, other in sharing_evidence(questions, articles):
        if one.split != other.split:
            yield f"{other.id}: rests on the same words as {one.id}, which is in the other split"


def sharing_evidence(
    questions: Sequence[GoldQuestion], articles: Mapping[str, Article]
) -> list[tuple[GoldQuestion, GoldQuestion]]:
    """Return the pairs of questions of which one's evidence covers half of a piece of the other's."""
    places: dict[str, list[tuple[Span, GoldQuestion]]] = defaultdict(list)
    for question in questions:
        for evidence in question.evidence:
            try:
                spans = evidence_spans(evidence, articles)
            except DipnotError:
                continue  # told by the check of its own
            places[evidence.article] += [(span, question) for span in spans]
    pairs: dict[tuple[str, str], tuple[GoldQuestion, GoldQuestion]] = {}
    for found in places.values():
        for (a, one), (b, other) in combinations(found, 2):
            common = min(a[1], b[1]) - max(a[0], b[0])
            if one.id != other.id and common >= 0.5 * min(a[1] - a[0], b[1] - b[0]):
                pairs.setdefault((one.id, other.id), (one, other))
    return list(pairs.values())


def counts(questions: Sequence[GoldQuestion]) -> str:
    """Return how many questions there are of each type, by language and split, as a Markdown table."""
    cells = [(language, split) for language in ("tr", "en") for split in ("dev", "test")]
    lines = ["| type | tr dev | tr test | en dev | en test | all |", "|---|---|---|---|---|---|"]
    kinds = list(dict.fromkeys(question.type for question in questions))
    for kind in (*kinds, "all"):
        own = [q for q in questions if kind in ("all", q.type)]
        row = [sum((q.language, q.split) == cell for q in own) for cell in cells]
        lines.append(f"| {kind} | {' | '.join(map(str, row))} | {len(own)} |")
    return "\n".join(lines)
