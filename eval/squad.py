"""Questions in the format of SQuAD: reading them, and comparing an answer with the right ones.

Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", EMNLP 2016, and its
evaluate-v1.1.py.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from corpus.article import Language, Span
from corpus.errors import DipnotError
from corpus.text import fold, nfc
from eval.matching import holds

_ARTICLES: Final = re.compile(r"\b(a|an|the)\b")
# What follows the apostrophe of a folded word or of initials: "moskova'da", "t.b.m.m.'nin".
_SUFFIX: Final = re.compile(r"(?:(?<=[^\W_])|(?<=\b[^\W_]\.))(?:'[^\W_]+)+")
_ASCII_PUNCTUATION: Final = frozenset(string.punctuation)


@dataclass(frozen=True)
class SquadAnswer:
    """A right answer and where its words stand in the paragraph, in characters."""

    text: str
    span: Span


@dataclass(frozen=True)
class SquadQuestion:
    """A question and its right answers, at least one unless it is impossible."""

    id: str
    text: str
    answers: tuple[SquadAnswer, ...]


@dataclass(frozen=True)
class SquadParagraph:
    """A paragraph as it stands in the file, and the questions on it; ``impossible``: those that it does not
    answer, without answers."""

    text: str
    questions: tuple[SquadQuestion, ...]
    impossible: tuple[SquadQuestion, ...] = ()


@dataclass(frozen=True)
class SquadDocument:
    """A title and the paragraphs under it."""

    title: str
    paragraphs: tuple[SquadParagraph, ...]


@dataclass(frozen=True)
class SquadSet:
    """What was read, and how many questions were left out or mended.

    ``impossible``: marked as having no answer; ``dropped``: no answer that could be found in the
    paragraph, or no question; ``moved``: kept, but an answer stood elsewhere than the file says.
    """

    documents: tuple[SquadDocument, ...]
    impossible: int
    dropped: int
    moved: int


class _FileAnswer(BaseModel):
    text: str
    answer_start: int


class _FileQuestion(BaseModel):
    id: str | int
    question: str
    answers: list[_FileAnswer] = Field(default_factory=list)
    is_impossible: bool = False


class _FileParagraph(BaseModel):
    context: str
    qas: list[_FileQuestion]


class _FileDocument(BaseModel):
    title: str = ""
    paragraphs: list[_FileParagraph]


class _File(BaseModel):
    data: list[_FileDocument]


def read_squad(paths: Sequence[Path]) -> SquadSet:
    """Read files in the format of SQuAD as one set; raises DipnotError that names the file and the place."""
    counts: Counter[str] = Counter()
    documents = tuple(
        SquadDocument(
            document.title,
            tuple(_paragraph(paragraph, counts) for paragraph in document.paragraphs),
        )
        for path in paths
        for document in _read(path).data
    )
    return SquadSet(documents, counts["impossible"], counts["dropped"], counts["moved"])


def locate(answer: str, start: int, paragraph: str) -> Span | None:
    """Return where the words of an answer stand in its paragraph, or None.

    They stand at ``start``, or else at the only place that has them. Case, circumflexes, kinds of
    apostrophes and kinds of white space do not matter.
    """
    wanted, text = _as_found(answer), _as_found(paragraph)
    start += len(wanted) - len(wanted.lstrip())
    wanted = wanted.strip()
    if not wanted:
        return None
    if not (start >= 0 and text.startswith(wanted, start)):
        start = text.find(wanted)
        if start < 0 or text.find(wanted, start + 1) >= 0:
            return None
    return start, start + len(wanted)


def normalise(text: str, language: Language) -> str:
    """Return a text as answers are compared, after evaluate-v1.1's ``normalize_answer``.

    In this order: letters folded by the rules of the language (`corpus.text.fold`); in Turkish every word
    cut at its apostrophe ("Moskova'da" is "moskova"); punctuation deleted; in English the articles a, an
    and the dropped (in Turkish, "an" is a word); white space made one.
    """
    folded = fold(nfc(text), language)
    if language == "tr":
        folded = _SUFFIX.sub("", folded)
    kept = "".join(char for char in folded if not _is_punctuation(char))
    if language == "en":
        kept = _ARTICLES.sub(" ", kept)
    return " ".join(kept.split())


def exact_match(given: str, answers: Sequence[str], language: Language) -> float:
    """Return 1 when a text is one of the right answers, else 0."""
    own = normalise(given, language)
    return float(any(own == normalise(answer, language) for answer in answers))


def f1(given: str, answers: Sequence[str], language: Language) -> float:
    """Return the F1 of the words a text shares with the right answer it is most like, 0 to 1."""
    own = Counter(normalise(given, language).split())
    return max((_f1(own, Counter(normalise(answer, language).split())) for answer in answers), default=0.0)


def contains(sentence: str, answers: Sequence[str], language: Language) -> bool:
    """Return whether a sentence holds a right answer as whole words (`eval.matching.holds`).

    Marks around the answer do not count; in Turkish its last word may have another ending behind the
    apostrophe.
    """
    return any(holds(sentence, bare) for answer in answers if (bare := _bare(answer, language)))


def _read(path: Path) -> _File:
    try:
        return _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DipnotError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DipnotError(
            f"{path.name} is not in the format of SQuAD: {where + ': ' if where else ''}{first['msg']}"
        ) from error


def _paragraph(paragraph: _FileParagraph, counts: Counter[str]) -> SquadParagraph:
    questions = (_question(question, paragraph.context, counts) for question in paragraph.qas)
    impossible = (one for one in paragraph.qas if one.is_impossible and one.question.strip())
    return SquadParagraph(
        paragraph.context,
        tuple(question for question in questions if question),
        tuple(SquadQuestion(str(one.id), one.question, ()) for one in impossible),
    )


def _question(question: _FileQuestion, context: str, counts: Counter[str]) -> SquadQuestion | None:
    if question.is_impossible:
        counts["impossible"] += 1
        return None
    located = [(answer, locate(answer.text, answer.answer_start, context)) for answer in question.answers]
    found = [(answer, span) for answer, span in located if span is not None]
    if not found or not question.question.strip():
        counts["dropped"] += 1
        return None
    counts["moved"] += any(span[0] != _first_letter(answer) for answer, span in found)
    answers = dict.fromkeys(SquadAnswer(answer.text.strip(), span) for answer, span in found)
    return SquadQuestion(str(question.id), question.question, tuple(answers))


def _first_letter(answer: _FileAnswer) -> int:
    return answer.answer_start + len(answer.text) - len(answer.text.lstrip())


def _as_found(text: str) -> str:
    """Folded, and every white space a space; the same length."""
    return "".join(" " if char.isspace() else char for char in fold(text, "tr"))


def _is_punctuation(char: str) -> bool:
    """Of any script, and what nobody sees (a byte order mark, a soft hyphen)."""
    category = unicodedata.category(char)
    return category.startswith("P") or category == "Cf" or char in _ASCII_PUNCTUATION


def _f1(given: Counter[str], right: Counter[str]) -> float:
    same = (given & right).total()
    if not same:
        return 0.0
    precision, recall = same / given.total(), same / right.total()
    return 2 * precision * recall / (precision + recall)


def _bare(answer: str, language: Language) -> str:
    """The answer from its first letter or digit to its last, the ending of a Turkish name cut off."""
    folded = fold(nfc(answer), language)
    found = [i for i, char in enumerate(folded) if char.isalnum()]
    if not found:
        return ""
    bare = folded[found[0] : found[-1] + 1]
    ending = [match for match in _SUFFIX.finditer(bare) if match.end() == len(bare)]
    return bare[: ending[0].start()] if ending and language == "tr" else bare
