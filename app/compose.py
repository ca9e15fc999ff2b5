"""From evidence to an answer: which sentences, in which order, with which footnotes."""

from __future__ import annotations

from typing import Final

from app.answer import Citation, Claim, Nearest
from app.evidence import Candidate
from app.question import Question
from app.shape import can_answer
from app.texts import text as word
from app.value import find_value, read_value, set_off
from corpus.article import Article, Block, Sentence, Span
from index.search import Hit

_QUOTES: Final = '“”"'


def claims_and_citations(question: Question, chosen: list[Candidate]) -> tuple[list[Claim], list[Citation]]:
    """Return the claims of the answer and its citations.

    Where the question asks for one value, that is set off in the first sentence that holds one, or in which a
    reader names one.
    """
    claims: list[Claim] = []
    citations: list[Citation] = []
    is_led = is_set_off = False
    for n, candidate in enumerate(chosen, 1):
        shown = candidate.shown(question.language)
        is_translated = shown != candidate.sentence.text
        if candidate.block.kind == "list item":
            shown = shown.rstrip(",;")
        if not is_translated and candidate.block.language != question.language:
            shown = _quoted(shown)
            if not is_led:
                shown = f"{word(question.language, 'answer.quoted_lead')} {shown}"
                is_led = True
        if not is_set_off:
            span = find_value(question, shown) or read_value(
                question, candidate.reading, candidate.shown(question.language), shown
            )
            shown, is_set_off = set_off(shown, span), span is not None
        citations.append(citation(n, candidate.article, candidate.block, candidate.sentence))
        claims.append(
            Claim(
                text=shown,
                citations=[n],
                support="translation" if is_translated else "verbatim",
                score=round(min(1.0, candidate.cosine), 3),
            )
        )
    return claims, citations


def citation(n: int, article: Article, block: Block, sentence: Sentence) -> Citation:
    """Return the footnote to a sentence."""
    spans = list(sentence.spans)
    return Citation(
        n=n,
        article=article.id,
        title=article.shown_title,
        file=article.file,
        span=(min(start for start, _ in spans), max(end for _, end in spans)),
        spans=spans,
        page=article.page(spans[0][0]),
        lines=article.lines(sentence.spans),
        section=block.section,
        kind=block.kind,
        language=block.language,
        quote=sentence.text,
        translation=sentence.translation or None,
        url=anchor_url(article.id, sentence.spans),
    )


def nearest(hits: tuple[Hit, ...], most: int = 3) -> list[Nearest]:
    """Return the nearest passages that say something, to be shown beside a declined answer."""
    telling = [hit for hit in hits if _is_telling(hit)]
    return [
        Nearest(
            article=hit.article.id,
            title=hit.article.shown_title,
            section=hit.passage.section,
            page=hit.article.page(hit.passage.spans[0][0]),
            language=hit.passage.language,
            text=hit.passage.text,
            url=anchor_url(hit.article.id, hit.passage.spans),
            score=round(hit.cosine, 3),
        )
        for hit in telling[:most]
    ]


def _is_telling(hit: Hit) -> bool:
    sentences = [hit.article.sentence_by_id[name] for name in hit.passage.sentences]
    return any(can_answer(hit.article.block_by_id[sentence.block], sentence) for sentence in sentences)


def anchor_url(article: str, spans: tuple[Span, ...]) -> str:
    """Return the reader's address of some words: ``/articles/004#c16120-16244``."""
    return f"/articles/{article}#c" + ",".join(f"{start}-{end}" for start, end in spans)


def _quoted(text: str) -> str:
    """The text between quotation marks of its own, once."""
    if text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1]
    elif text[0] in _QUOTES and not any(mark in text[1:] for mark in _QUOTES):
        text = text[1:]
    return f"“{text}”"
