"""The questions that the page suggests before anything was asked: of the register, and answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from threading import Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from app.answer import Answer, Language
from corpus.article import LANGUAGES, Article, RegisteredQuestion

if TYPE_CHECKING:
    from app.assistant import Assistant

_SUGGESTED: Final = 6
_FINDING: Final = Lock()
# An assistant that is let go of takes its questions along.
_suggested: WeakKeyDictionary[Assistant, dict[Language, list[str]]] = WeakKeyDictionary()
# Beginners' questions are short ones.
_MOST_WORDS: Final = 9
# So many questions of each article are tried.
_TRIED: Final = 8


def openers(assistant: Assistant, language: Language, count: int) -> list[str]:
    """Return up to ``count`` questions in one language, from as many articles as there are.

    Each was asked of this index just now, and its answer cites the sentence that the register names for it.
    """
    by_article = [_answered(assistant, article, language) for article in assistant.articles.values()]
    in_turn = (question for row in zip_longest(*by_article) for question in row if question is not None)
    return list(islice(in_turn, count))


def suggested(assistant: Assistant) -> dict[Language, list[str]]:
    """Return the questions that the page suggests, by language: as many in each, found once."""
    with _FINDING:
        if (known := _suggested.get(assistant)) is None:
            by_language = {language: openers(assistant, language, _SUGGESTED) for language in LANGUAGES}
            count = min(map(len, by_language.values()))
            known = {language: questions[:count] for language, questions in by_language.items()}
            _suggested[assistant] = known
        return known


def _answered(assistant: Assistant, article: Article, language: Language) -> Iterator[str]:
    for registered in _spread(article.questions, language):
        text = registered.text(language)
        if _is_told(assistant.chosen(text, language), article, registered):
            yield text


def _spread(questions: Sequence[RegisteredQuestion], language: Language) -> list[RegisteredQuestion]:
    """Some short questions from all over an article, always the same ones."""
    short = [one for one in questions if len(one.text(language).split()) <= _MOST_WORDS]
    step = max(1, len(short) // _TRIED)
    return short[step // 2 :: step]


def _is_told(answer: Answer, article: Article, registered: RegisteredQuestion) -> bool:
    """Whether the answer begins with a sentence that the register names."""
    if answer.status != "answered":
        return False
    first = answer.citations[0]
    named = [article.sentence_by_id[name].spans for name in registered.sentences]
    return first.article == article.id and tuple(first.spans) in [tuple(spans) for spans in named]
