"""The questions that the page suggests before anything was asked: of the register, and answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Final

from app.answer import Answer, Language
from corpus.article import Article, RegisteredQuestion

if TYPE_CHECKING:
    from app.assistant import Assistant

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
