"""Which questions that others wrote are asked, in which words, and where their answers stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from corpus.article import Language, Span
from corpus.plain import paragraph_starts
from eval.gold import GoldQuestion
from eval.squad import SquadSet


@dataclass(frozen=True)
class Way:
    """A set, the language of its questions and that of the paragraphs searched."""

    set: str
    asked: Language
    text: Language

    @property
    def name(self) -> str:
        """The way in short: "xquad en→tr"."""
        return f"{self.set} {self.asked}→{self.text}"


WAYS: Final = (
    Way("thquad", "tr", "tr"),
    Way("xquad", "tr", "tr"),
    Way("xquad", "en", "tr"),
    Way("xquad", "en", "en"),
)
# The files of a set in a language; of THQuAD only those that its authors set aside for testing.
FILES: Final[dict[tuple[str, Language], str]] = {
    ("thquad", "tr"): "thquad/*_test_*.json",
    ("xquad", "tr"): "xquad/xquad.tr.json",
    ("xquad", "en"): "xquad/xquad.en.json",
}


@dataclass(frozen=True)
class Asked:
    """A question as systems are given it, its right answers, and where they stand: article and raw span."""

    question: GoldQuestion
    answers: tuple[str, ...]
    places: tuple[tuple[str, Span], ...]


def questions(way: Way, wording: SquadSet, text: SquadSet) -> list[Asked]:
    """Return the questions on the paragraphs of ``text``, worded as those with the same id in ``wording``.

    A question that ``wording`` lacks is left out.
    """
    worded = words_by_id(wording)
    found: list[Asked] = []
    for document, article in zip(text.documents, article_names(way, text), strict=True):
        starts = paragraph_starts([paragraph.text for paragraph in document.paragraphs])
        for start, paragraph in zip(starts, document.paragraphs, strict=True):
            for own in paragraph.questions:
                # Ids are not unique in every set: a set's own words need none.
                words = own.text if wording is text else worded.get(own.id)
                if words is None:
                    continue
                places = tuple(
                    (article, (start + answer.span[0], start + answer.span[1])) for answer in own.answers
                )
                found.append(
                    Asked(
                        _as_gold(f"{way.set}-{way.asked}-{len(found) + 1:04d}", way.asked, words),
                        tuple(answer.text for answer in own.answers),
                        places,
                    )
                )
    return found


def words_by_id(wording: SquadSet) -> dict[str, str]:
    """The words of each question of a set, by its id."""
    return {
        question.id: question.text
        for document in wording.documents
        for paragraph in document.paragraphs
        for question in paragraph.questions
    }


def article_names(way: Way, text: SquadSet) -> list[str]:
    """The ids of the articles that the documents become."""
    return [f"{way.set}-{way.text}-{number:03d}" for number in range(1, len(text.documents) + 1)]


def _as_gold(name: str, language: Language, words: str) -> GoldQuestion:
    """The question in the form that systems take; they read nothing but its words."""
    return GoldQuestion(
        id=name,
        language=language,
        type="how",
        question=words,
        answer="",
        must=[],
        evidence=[],
        difficulty=1,
        split="test",
    )
