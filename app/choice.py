"""Which sentences make the answer: the best one first, then what is needed beside it and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from app.evidence import VALUES, Candidate
from app.question import Question
from app.quotation import introduced, introduces, introduction
from app.texts import text as word
from corpus.article import Sentence

SHORT_WORDS: Final = 90
LONG_WORDS: Final = 160
BARE_WORDS: Final = 6
# Kinds of question that one sentence answers, as a rule.
_SINGLE: Final = (*VALUES, "person")
# A further sentence must be this probable, as a share of the best one's probability: where one sentence
# answers as a rule, of another question, and of each half of a double one.
_SHARE_SINGLE: Final = 0.35
_SHARE: Final = 0.25
_SHARE_HALF: Final = 0.35
_MOST_SINGLE: Final = 2
_MOST: Final = 4
_MOST_HALF: Final = 2
# A sentence with a value of the kind asked for comes first if it is this probable, as a share of the best.
_SHARE_VALUE: Final = 0.25
# How many sentences of a longer quotation are shown behind its introduction.
_MOST_QUOTED: Final = 2
# Two sentences that share so much of their words say the same.
_SAME: Final = 0.6

Asked = tuple[Question, Sequence[Candidate]]


def choose(
    question: Question, candidates: Sequence[Candidate], halves: Sequence[Asked] = ()
) -> list[Candidate]:
    """Return the sentences of the answer, the best one first.

    ``halves``: where the question asks two things, each of them with its own candidates; each is answered
    beside the whole. A sentence that introduces a quotation (ends in a colon) is followed by what it
    introduces; one that leans on the sentence before ("Bu antlaşma ile …") is shown behind that.
    """
    limit = LONG_WORDS if question.is_broad or halves else SHORT_WORDS
    if question.language == "en":
        limit -= len(word("en", "answer.quoted_lead").split())
    chosen: list[Candidate] = []
    if halves:
        for half in ((question, candidates), *halves):
            _add(chosen, *half, limit, _SHARE_HALF, _MOST_HALF)
    elif question.type in _SINGLE:
        _add(chosen, question, candidates, limit, _SHARE_SINGLE, _MOST_SINGLE)
    else:
        _add(chosen, question, candidates, limit, _SHARE, _MOST)
    return chosen


def _add(
    chosen: list[Candidate],
    question: Question,
    candidates: Sequence[Candidate],
    limit: int,
    least: float,
    most: int,
) -> None:
    """Add to the chosen sentences the best of the candidates, up to so many and so many words in all."""
    own: list[Candidate] = []
    order = {candidate.sentence.id: place for place, candidate in enumerate(candidates)}
    for candidate in _in_order(question, candidates):
        if len(own) >= most or (own and candidate.probability < least * own[0].probability):
            break
        taken = {other.sentence.id for other in chosen}
        if candidate.sentence.id in taken:
            own.append(candidate)
            continue
        unit = [*_leaned_on(candidate), *_with_introduced(candidate, order)]
        unit = [part for part in unit if part.sentence.id not in taken]
        words = sum(len(candidate.shown(question.language).split()) for candidate in (*chosen, *unit))
        if words > limit or any(_says_the_same(candidate, other) for other in chosen):
            continue
        chosen += unit
        own += unit


def _in_order(question: Question, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """The candidates, best first: where one value is asked for, those that hold one, if the best of them is
    near the top."""
    if question.type not in VALUES:
        return candidates
    holding = [candidate for candidate in candidates if candidate.fit > 0]
    if holding and holding[0].probability >= _SHARE_VALUE * candidates[0].probability:
        return holding
    return candidates


def _leaned_on(candidate: Candidate) -> list[Candidate]:
    """The sentence before, where the candidate begins with what refers to it; the one that introduces the
    quotation in which it stands, so that the speaker is named."""
    before = introduction(candidate.article, candidate.sentence) or candidate.before
    return [_beside(candidate, before)] if before else []


def _with_introduced(candidate: Candidate, order: Mapping[str, int]) -> list[Candidate]:
    """The sentence, and what it introduces: the items of a list, of a quotation the best of its sentences;
    behind a bare name ("Frunze (1885-1925).") the next sentence of the note.

    ``order``: the places of the candidates, by the id of their sentence.
    """
    sentences = candidate.article.sentences
    if candidate.block.kind == "footnote" and len(candidate.sentence.text.split()) < BARE_WORDS:
        at = next(i for i, sentence in enumerate(sentences) if sentence.id == candidate.sentence.id)
        following = [s for s in sentences[at + 1 : at + 2] if s.block == candidate.sentence.block]
        return [candidate, *(_beside(candidate, sentence) for sentence in following)]
    if not introduces(candidate.sentence):
        return [candidate]
    following = introduced(candidate.article, candidate.sentence)
    blocks = candidate.article.block_by_id
    if len(following) > 1 and blocks[following[-1].block].kind != "list item":
        best = sorted(following, key=lambda sentence: order.get(sentence.id, len(order)))[:_MOST_QUOTED]
        following = [sentence for sentence in following if sentence in best]
    return [candidate, *(_beside(candidate, sentence) for sentence in following)]


def _beside(candidate: Candidate, sentence: Sentence) -> Candidate:
    """Another sentence of the article, chosen for the sake of a candidate."""
    block = candidate.article.block_by_id[sentence.block]
    return replace(candidate, block=block, sentence=sentence, before=None, reading=None)


def _says_the_same(one: Candidate, other: Candidate) -> bool:
    a, b = set(one.sentence.text.split()), set(other.sentence.text.split())
    return len(a & b) / min(len(a), len(b)) > _SAME
