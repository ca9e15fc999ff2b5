"""From evidence to an answer: which sentences, in which order, with which footnotes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.answer import Citation, Claim, Nearest
from app.evidence import VALUES, Candidate, can_answer
from app.question import Question
from app.texts import text as word
from corpus.article import Article, Block, Sentence, Span
from index.search import Hit

SHORT_WORDS: Final = 90
LONG_WORDS: Final = 160
BARE_WORDS: Final = 6
# A further sentence must come this near to the best one's score.
_WITHIN: Final = {"date": 0.35, "number": 0.35, "person": 0.45, "place": 0.4}
_WITHIN_OTHERS: Final = 0.7
_MOST_SENTENCES: Final = {"date": 2, "number": 2, "person": 2, "place": 2}
_MOST_OTHERS: Final = 4
_QUOTES: Final = '“”"'
# Two sentences that share so much of their words say the same.
_SAME: Final = 0.6


def choose(question: Question, candidates: list[Candidate]) -> list[Candidate]:
    """Return the sentences of the answer: the best one first, then what adds to it.

    A sentence that introduces a quotation (ends in a colon) is followed by what it introduces; one that
    leans on the sentence before ("Bu antlaşma ile …") is shown behind that.
    """
    limit = LONG_WORDS if question.is_broad else SHORT_WORDS
    lead = len(word(question.language, "answer.quoted_lead").split()) if question.language == "en" else 0
    chosen: list[Candidate] = []
    left = limit - lead
    for candidate in _value_first(question, candidates):
        if len(chosen) >= _MOST_SENTENCES.get(question.type, _MOST_OTHERS):
            break
        if chosen and candidate.score < chosen[0].score - _WITHIN.get(question.type, _WITHIN_OTHERS):
            break
        unit = [*_leaned_on(candidate), *_with_introduced(candidate)]
        words = sum(len(said(question, part).split()) for part in unit)
        if words > left:
            continue
        taken = {other.sentence.id for other in chosen}
        if candidate.sentence.id in taken:
            continue
        unit = [part for part in unit if part.sentence.id not in taken]
        if any(_says_the_same(candidate, other) for other in chosen):
            continue
        chosen += unit
        left -= words
    return chosen


def _value_first(question: Question, candidates: list[Candidate]) -> list[Candidate]:
    """Where one value is asked for, the sentences that hold one, if the best of them is near the top."""
    if question.type not in VALUES:
        return candidates
    holding = [candidate for candidate in candidates if candidate.fit > 0]
    if holding and holding[0].score >= candidates[0].score - _WITHIN_OTHERS:
        return holding
    return candidates


def claims_and_citations(
    question: Question, chosen: list[Candidate]
) -> tuple[str, list[Claim], list[Citation]]:
    """Return the text of the answer with its footnote numbers, its claims and its citations."""
    claims: list[Claim] = []
    citations: list[Citation] = []
    parts: list[str] = []
    is_led = False
    for n, candidate in enumerate(chosen, 1):
        shown = said(question, candidate)
        is_translated = shown != candidate.sentence.text
        if candidate.block.kind == "list item":
            shown = shown.rstrip(",;")
        if not is_translated and candidate.block.language != question.language:
            shown = _quoted(shown)
            if not is_led:
                shown = f"{word(question.language, 'answer.quoted_lead')} {shown}"
                is_led = True
        citations.append(citation(n, candidate.article, candidate.block, candidate.sentence))
        claims.append(
            Claim(
                text=shown,
                citations=[n],
                support="translation" if is_translated else "verbatim",
                score=round(min(1.0, candidate.cosine), 3),
            )
        )
        parts.append(f"{shown} [{n}]")
    return " ".join(parts), claims, citations


def said(question: Question, candidate: Candidate) -> str:
    """Return a sentence as an answer shows it: in the language of the question where that is stored."""
    if question.language == "en":
        return candidate.article.english(candidate.sentence) or candidate.sentence.text
    return candidate.sentence.text


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


def _leaned_on(candidate: Candidate) -> list[Candidate]:
    """The sentence before, where the candidate begins with what refers to it."""
    if candidate.before is None:
        return []
    return [replace(candidate, sentence=candidate.before, before=None)]


def _with_introduced(candidate: Candidate) -> list[Candidate]:
    """The sentence, and the next one where it introduces that or is a bare name ("Frunze (1885-1925).")."""
    is_bare = candidate.block.kind == "footnote" and len(candidate.sentence.text.split()) < BARE_WORDS
    if not is_bare and not candidate.sentence.text.rstrip().endswith((":", ";")):
        return [candidate]
    sentences = candidate.article.sentences
    at = next(i for i, s in enumerate(sentences) if s.id == candidate.sentence.id)
    blocks = candidate.article.block_by_id
    unit = [candidate]
    for follower in sentences[at + 1 :]:
        block = blocks[follower.block]
        if block.kind == "footnote" and candidate.block.kind != "footnote":
            continue
        if block.section != candidate.block.section or (is_bare and block.id != candidate.block.id):
            break
        # One sentence follows; of a list all its items.
        if len(unit) > 1 and block.kind != "list item":
            break
        unit.append(replace(candidate, block=block, sentence=follower, before=None))
        if block.kind != "list item":
            break
    return unit


def _quoted(text: str) -> str:
    """The text between quotation marks of its own, once."""
    if text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1]
    elif text[0] in _QUOTES and not any(mark in text[1:] for mark in _QUOTES):
        text = text[1:]
    return f"“{text}”"


def _says_the_same(one: Candidate, other: Candidate) -> bool:
    a, b = set(one.sentence.text.split()), set(other.sentence.text.split())
    return len(a & b) / min(len(a), len(b)) > _SAME
