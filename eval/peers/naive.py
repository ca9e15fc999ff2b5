"""The answerer that stands on top of every peer: the first sentences of the first hit, as they are.

Peers find passages; what a reader is given out of them is up to whoever uses them. To let every peer answer
without lending it anything of ours, the answer is what its first hit begins with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from app.answer import Answer, Citation, Claim
from app.compose import citation
from app.question import LanguageDetector
from app.texts import text as word
from corpus.article import Article, Block, Sentence
from corpus.sentences import split_sentences
from eval.peers.text import MappedText, Unit

SENTENCES: Final = 2
# They say nothing; what follows them does.
_TITLES: Final = ("title", "heading")


class NaiveAnswerer:
    """Answers with the first sentences of the first hit, each cited."""

    def __init__(self, articles: Mapping[str, Article]) -> None:
        self._detector = LanguageDetector(articles.values())

    def answer(self, question: str, first: Unit | None, score: float) -> Answer:
        """Answer from the first hit; only where nothing at all was found is the answer declined."""
        language = self._detector.detect(question)
        citations = list(_citations(first.text)) if first else []
        shown = [" ".join(cited.quote.split()) for cited in citations]
        sure = squashed(score) if first else 0.0
        return Answer(
            id=hashlib.sha256(question.encode()).hexdigest()[:16],
            question=question,
            language=language,
            status="answered" if first else "declined",
            reason=None if first else "not_in_corpus",
            text=" ".join(f"{sentence} [{n}]" for n, sentence in enumerate(shown, 1))
            if first
            else word(language, "decline.not_in_corpus"),
            claims=[
                Claim(text=sentence, citations=[n], support="verbatim", score=sure)
                for n, sentence in enumerate(shown, 1)
            ],
            citations=citations,
            confidence=sure,
        )


def squashed(score: float) -> float:
    """Return any score as a number between 0 and 1, greater where the score is greater.

    (1 + s / (1 + |s|)) / 2; the scores of peers are cosines, BM25 sums and reciprocal ranks, none of them a
    probability. What is kept is their order.
    """
    return (1 + score / (1 + abs(score))) / 2


def _citations(text: MappedText) -> Iterable[Citation]:
    for n, (block, sentence) in enumerate(_sentences(text)[:SENTENCES], 1):
        yield citation(n, text.article, block, sentence)


def _sentences(text: MappedText) -> list[tuple[Block, Sentence]]:
    """The sentences of a text, block by block; titles and headings only where there is nothing else."""
    found = [
        (part.block, _sentence(part.block, part.start + start, part.start + end))
        for part in text.parts
        for start, end in split_sentences(part.block.text[part.start : part.end])
    ]
    telling = [(block, sentence) for block, sentence in found if block.kind not in _TITLES]
    return telling or found


def _sentence(block: Block, start: int, end: int) -> Sentence:
    return Sentence(
        id=f"{block.id}-{start}-{end}",
        block=block.id,
        start=start,
        end=end,
        text=block.text[start:end],
        spans=block.raw_spans(start, end),
    )
