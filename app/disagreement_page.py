"""The page of the disagreements, ``docs/disagreements.md``: ``python -m app.disagreements``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from app.compose import anchor_url
from corpus.article import Article

if TYPE_CHECKING:
    from app.disagreements import Disagreement, Disagreements, Side

_OPENING: Final = """# Where the articles disagree

Made by `python -m app.disagreements > docs/disagreements.md` from the index; a test compares this page with
what the code finds. Two sentences stand here where they date the same act upon the same thing differently,
or where they answer two questions of the register that ask the same, one with another date or number than
the other. A date that is said less exactly ("December 1920" beside "2 December 1920") is no disagreement.

What this page is not: complete, since only dates and numbers are compared, and only where the sentences or
the questions show that one event is meant; and a judgement, since nothing here says which side is right. A
sentence may also report what somebody else wrote. Anchors are addresses in the reader; the English is a
working translation made for the index.
"""
_KINDS: Final = {"date": "Dates", "number": "Numbers"}


def page(disagreements: Disagreements, articles: Mapping[str, Article]) -> str:
    """Return the page as Markdown: every disagreement with the words of its sides and where they stand."""
    counts = [
        (title, [one for one in disagreements.found if one.kind == kind]) for kind, title in _KINDS.items()
    ]
    parts = [_OPENING]
    number = 0
    for title, found in counts:
        if found:
            parts.append(f"## {title}: {len(found)}\n")
        for one in found:
            number += 1
            parts.append(_entry(number, one, articles))
    return "\n".join(parts)


def _entry(number: int, one: Disagreement, articles: Mapping[str, Article]) -> str:
    lines = [
        f"### {number}. {one.about_tr}",
        "",
        f"{one.about_en} ({_where(one)})",
        "",
        f"**{one.values('tr')}** ({one.values('en')})",
        "",
        *(line for side in one.sides for line in _side(side, articles[side.article])),
    ]
    return "\n".join(lines)


def _where(one: Disagreement) -> str:
    """Between how many articles a disagreement is, and which contradict themselves."""
    names = list(dict.fromkeys(side.article for side in one.sides))
    torn = [name for name in names if len({side.tr for side in one.sides if side.article == name}) > 1]
    parts = [f"between {len(names)} articles"] if len(names) > 1 else []
    parts += [f"within {name}" for name in torn]
    return ", ".join(parts)


def _side(side: Side, article: Article) -> Iterable[str]:
    sentence = article.sentence_by_id[side.sentence_id]
    first, last = article.lines(sentence.spans)
    lines = f"line {first}" if first == last else f"lines {first}-{last}"
    page_number = article.page(sentence.spans[0][0])
    yield f"- **{side.tr}**: {article.shown_title}, page {page_number}, {lines},"
    yield f"  `{anchor_url(article.id, sentence.spans)}`"
    yield f"  > {sentence.text}"
    yield "  >"
    yield f"  > *{article.english(sentence) or 'no translation'}*"
    yield ""
