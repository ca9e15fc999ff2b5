"""What the encoder may learn to search by: questions with the passage and the sentence that answer them,
and sentences with their English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from corpus.article import Article, Span
from corpus.text import skeleton
from eval.squad import contains
from eval.training.sources import documents, gold_questions
from index.analyzer import analyze
from index.lexical import Lexical

# A wrong passage is drawn from so many that share most words with the question.
_NEAREST: Final = 10
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pair:
    """A question, or a sentence, and the text that belongs to it; ``wrong``: one that only looks so, "" where
    there is none. ``unit``: the document that both come from."""

    asked: str
    right: str
    unit: str
    wrong: str = ""


@dataclass(frozen=True)
class _Asked:
    """A question on a document, its answers, and the sentence and the number of the passage that hold one."""

    text: str
    unit: str
    answers: tuple[str, ...]
    sentence: str
    passage: int


def pairs_of(
    data: Path,
    articles: Sequence[Article],
    seed: int,
    progress: Progress = lambda done, total: None,
) -> Mapping[str, list[Pair]]:
    """Return what is taught: ``passages`` and ``sentences`` (the questions of THQuAD's training files, with a
    passage that holds the answer and another that does not, or with the sentence that does), and
    ``translations`` (the sentences of ``articles`` and their English).

    Raises DipnotError where a set is missing, one that is only there to be left out among them.
    """
    gold = gold_questions()
    texts: list[str] = []
    asked: list[_Asked] = []
    for document in documents(data, ["thquad"], Counter()):
        article = document.article
        before = len(texts)
        texts += [passage.text for passage in article.passages]
        for start, paragraph in document.paragraphs:
            for question in paragraph.questions:
                span = question.answers[0].span
                place = (start + span[0], start + span[1])
                passage = _holding([one.spans for one in article.passages], place)
                sentence = _holding([one.spans for one in article.sentences], place)
                if passage is None or sentence is None or skeleton(question.text) in gold:
                    continue
                answers = tuple(answer.text for answer in question.answers)
                own = article.sentences[sentence].text
                asked.append(_Asked(question.text, article.id, answers, own, before + passage))
    return {
        "passages": _with_wrong(asked, texts, seed, progress),
        "sentences": [Pair(one.text, one.sentence, one.unit) for one in asked],
        "translations": [
            Pair(sentence.text, english, article.id)
            for article in articles
            for sentence in article.sentences
            if (english := article.english(sentence)) and english != sentence.text
        ],
    }


def _with_wrong(asked: Sequence[_Asked], texts: Sequence[str], seed: int, progress: Progress) -> list[Pair]:
    """Each question with its passage and one that shares words with it but holds no answer (BM25)."""
    lexical = Lexical.build([analyze(text, "tr") for text in texts])
    random = np.random.default_rng(seed)
    found = []
    for done, one in enumerate(asked, 1):
        scores = lexical.scores(analyze(one.text, "tr"))
        near = [int(number) for number in np.argsort(-scores, kind="stable")[: 2 * _NEAREST]]
        wrong = [number for number in near if not contains(texts[number], one.answers, "tr")][:_NEAREST]
        if wrong:
            found.append(Pair(one.text, texts[one.passage], one.unit, texts[int(random.choice(wrong))]))
        progress(done, len(asked))
    return found


def _holding(spans: Sequence[Sequence[Span]], place: Span) -> int | None:
    """The first of some texts, by their spans, that holds a place."""
    for number, own in enumerate(spans):
        if own[0][0] <= place[0] and place[1] <= own[-1][1]:
            return number
    return None
