"""Quotations and what introduces them: "Lenin şöyle dedi:" and the sentences behind it."""

from __future__ import annotations

from typing import Final

from corpus.article import Article, Sentence

# How many sentences a quotation may have.
_LONGEST: Final = 10
_OPENING: Final = '“"'
# What a sentence ends in that introduces another.
_INTRODUCES: Final = (":", ";")


def introduces(sentence: Sentence) -> bool:
    """Return whether a sentence introduces what follows it."""
    return sentence.text.rstrip().endswith(_INTRODUCES)


def introduced(article: Article, sentence: Sentence) -> list[Sentence]:
    """Return what a sentence introduces: a quotation up to its end, all items of a list, or one sentence.

    Footnotes between them are passed over; nothing is introduced beyond the section.
    """
    sentences = article.sentences
    at = _place(article, sentence)
    first = article.block_by_id[sentence.block]
    found: list[Sentence] = []
    for follower in sentences[at + 1 :]:
        block = article.block_by_id[follower.block]
        if block.kind == "footnote" and first.kind != "footnote":
            continue
        if block.section != first.section or len(found) == _LONGEST:
            break
        if found and not (block.kind == "list item" or _is_open(found)):
            break
        found.append(follower)
    return found


def introduction(article: Article, sentence: Sentence) -> Sentence | None:
    """Return the sentence that introduces the quotation in which a sentence stands, or None."""
    at = _place(article, sentence)
    for before in reversed(article.sentences[max(0, at - _LONGEST) : at]):
        if introduces(before):
            follows = introduced(article, before)
            is_quotation = bool(follows) and follows[0].text.lstrip()[:1] in _OPENING
            return before if is_quotation and sentence in follows else None
    return None


def _is_open(found: list[Sentence]) -> bool:
    """Whether the quotation that the first sentence opens has not been closed by the last."""
    text = " ".join(sentence.text for sentence in found).lstrip()
    if text[0] == '"':
        return text.count('"') % 2 == 1
    return text[0] == "“" and text.count("“") > text.count("”")


def _place(article: Article, sentence: Sentence) -> int:
    return next(i for i, other in enumerate(article.sentences) if other.id == sentence.id)
