"""What may be learnt from: THQuAD, SQuAD 2.0 and the register of questions.

Nothing that Dipnot is measured on is among it: neither the gold questions, nor THQuAD's test files, nor a
paragraph of XQuAD's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from corpus.article import Article, Language, Span
from corpus.errors import DipnotError
from corpus.plain import paragraph_starts, plain_article
from corpus.text import skeleton
from eval.gold import GOLD, NEAR, read_gold
from eval.squad import SquadParagraph, SquadQuestion, contains, read_squad
from eval.training.exchange import without_answer
from index.reading import Window

# Where the sets lie in the folder that is given.
TAUGHT: Final[Mapping[str, tuple[str, Language]]] = {
    "thquad": ("thquad/*_train_*.json", "tr"),
    "squad": ("squad/*.json", "en"),
}
# Of these, questions without an answer are made.
EXCHANGED: Final[Mapping[str, Language]] = {
    "thquad": "tr",
    "register tr": "tr",
    "register en": "en",
    "register en on tr": "en",
}
LEFT_OUT: Final = ("thquad/*_test_*.json", "xquad/*.json")


@dataclass(frozen=True)
class Pool:
    """The sentences of one document, as windows in one language."""

    name: str
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Document:
    """A document of a set as an article, and its paragraphs, each with the offset at which it begins."""

    source: str
    article: Article
    paragraphs: tuple[tuple[int, SquadParagraph], ...]
    language: Language


@dataclass(frozen=True)
class Taught:
    """A question and the sentences of a pool that answer it, none where it has no answer there; with the
    words that do, where they are known. ``excluded``: sentences that may answer it too."""

    source: str
    question: str
    pool: Pool
    right: tuple[int, ...]
    answers: Mapping[int, Span] = field(default_factory=dict)
    excluded: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Lesson:
    """All that is taught, and how many questions were left out, by why."""

    taught: tuple[Taught, ...]
    left_out: Mapping[str, int]


def lesson(data: Path, articles: Sequence[Article]) -> Lesson:
    """Read the sets in the folder ``data``, and the register of articles.

    Raises DipnotError where a set is missing, one that is only there to be left out among them.
    """
    counts: Counter[str] = Counter()
    taught: list[Taught] = []
    for document in documents(data, tuple(TAUGHT), counts):
        taught += _of_document(document, counts)
    for article in articles:
        taught += _of_register(article)
    for source, side in EXCHANGED.items():
        taught += without_answer([one for one in taught if one.source == source], side)
    gold = gold_questions()
    known = [one for one in taught if skeleton(one.question) not in gold]
    counts["is a gold question"] += len(taught) - len(known)
    return Lesson(tuple(known), counts)


def documents(data: Path, sets: Sequence[str], counts: Counter[str]) -> Iterator[Document]:
    """Read the documents of some sets in the folder ``data``, without the paragraphs that are held out.

    What is left out is added to ``counts``. Raises DipnotError as ``lesson`` does.
    """
    held_out = _held_out_paragraphs(data)
    for source in sets:
        pattern, language = TAUGHT[source]
        read = read_squad(_files(data, pattern))
        counts[f"{source}: no verbatim answer"] += read.dropped
        for number, document in enumerate(read.documents):
            kept = [one for one in document.paragraphs if _folded(one.text) not in held_out]
            without = [one for one in document.paragraphs if _folded(one.text) in held_out]
            counts[f"{source}: paragraph is held out"] += sum(_asked(one) for one in without)
            texts = [paragraph.text for paragraph in kept]
            article = plain_article(f"{source}-{number}", language, texts)
            paragraphs = tuple(zip(paragraph_starts(texts), kept, strict=True))
            yield Document(source, article, paragraphs, language)


def gold_questions() -> set[str]:
    """The skeletons of all questions that Dipnot is measured by."""
    return {skeleton(question.question) for question in (*read_gold(GOLD), *read_gold(NEAR))}


def _files(data: Path, pattern: str) -> list[Path]:
    found = sorted(data.glob(pattern))
    if not found:
        raise DipnotError(f"There is no {pattern} in {data}: it is needed, if only to be left out.")
    return found


def _held_out_paragraphs(data: Path) -> set[str]:
    return {
        _folded(paragraph.text)
        for pattern in LEFT_OUT
        for document in read_squad(_files(data, pattern)).documents
        for paragraph in document.paragraphs
    }


def _folded(text: str) -> str:
    """A paragraph as two are compared: other quotation marks or spaces make no other paragraph."""
    return "".join(char for char in skeleton(text) if char.isalnum())


def _asked(paragraph: SquadParagraph) -> int:
    return len(paragraph.questions) + len(paragraph.impossible)


def _of_document(document: Document, counts: Counter[str]) -> Iterator[Taught]:
    """The questions on the paragraphs of a document; those whose answer crosses a sentence are left out."""
    source, article, language = document.source, document.article, document.language
    pool = Pool(article.id, tuple(_windows(article, lambda number: article.sentences[number].text)))
    for start, paragraph in document.paragraphs:
        for question in paragraph.questions:
            answers: dict[int, Span] = {}
            for answer in question.answers:
                answers |= _within(article, (start + answer.span[0], start + answer.span[1]))
            if not answers:
                counts[f"{source}: answer crosses a sentence"] += 1
                continue
            yield Taught(
                source,
                question.text,
                pool,
                tuple(sorted(answers)),
                answers,
                _holding(pool, question, language),
            )
        for question in paragraph.impossible:
            yield Taught(f"{source}, no answer", question.text, pool, ())


def _within(article: Article, span: Span) -> dict[int, Span]:
    """The sentence that holds raw characters, and where it does; nothing where none holds them all."""
    for number, sentence in enumerate(article.sentences):
        first, last = sentence.spans[0][0], sentence.spans[-1][1]
        if first <= span[0] and span[1] <= last:
            return {number: (span[0] - first, span[1] - first)}
    return {}


def _holding(pool: Pool, question: SquadQuestion, language: Language) -> frozenset[int]:
    """The sentences that hold the words of the answer, wherever they stand."""
    words = [answer.text for answer in question.answers]
    return frozenset(i for i, window in enumerate(pool.windows) if contains(window.text, words, language))


def _of_register(article: Article) -> Iterator[Taught]:
    """The questions of a register: each language on its own side, and English ones on Turkish text."""
    numbers = {sentence.id: i for i, sentence in enumerate(article.sentences)}
    turkish = Pool(article.id, tuple(_windows(article, lambda i: article.sentences[i].text)))
    english = Pool(
        f"{article.id}.en", tuple(_windows(article, lambda i: article.english(article.sentences[i])))
    )
    for question in article.questions:
        right = tuple(numbers[name] for name in question.sentences)
        yield Taught("register tr", question.tr, turkish, right)
        yield Taught("register en on tr", question.en, turkish, right)
        if all(english.windows[number].text for number in right):
            yield Taught("register en", question.en, english, right)


def _windows(article: Article, text: Callable[[int], str]) -> Iterable[Window]:
    """The sentences of an article, each with the one before it in its block."""
    sentences = article.sentences
    if sentences:
        yield Window(text(0))
    for number, (before, own) in enumerate(pairwise(sentences), 1):
        yield Window(text(number), text(number - 1) if before.block == own.block else "")
