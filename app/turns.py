"""The turns of a conversation as HTML: questions, answers with their footnotes, sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup, escape

from app.answer import Answer, Citation
from app.permalink import answer_url
from app.plain import BOLD, plain_text
from app.support import Kind, kind_of, kind_of_source, nearness
from app.templates import render
from app.texts import LANGUAGES, text
from app.visible import visible

# The names of the formats are the same in every language.
EXPORTS: Final = {
    "conversation": [("Markdown", "md"), ("HTML", "html"), ("DOCX", "docx"), ("PDF", "pdf")],
    "bibliography": [("BibTeX", "bib"), ("RIS", "ris"), ("CSL-JSON", "json")],
}
_QUOTE_MARKS: Final = '“”"'


@dataclass(frozen=True)
class Turn:
    """A question of the conversation with its answer; neither answer nor ``error`` while it is looked for.

    ``history``: the questions before it that the answer leaned on; ``is_partial``: more sentences follow.
    """

    question: str
    answer: Answer | None = None
    error: str = ""
    history: tuple[str, ...] = ()
    is_partial: bool = False

    @property
    def is_done(self) -> bool:
        """Whether nothing more comes."""
        return bool(self.error) or (self.answer is not None and not self.is_partial)


Turns = tuple[Turn, ...]


@dataclass(frozen=True)
class _Shown:
    """One sentence of an answer as the page shows it."""

    html: Markup
    support: Kind
    citations: list[Citation]


def partial_answers(answer: Answer) -> Iterator[Answer]:
    """Yield an answer sentence by sentence, without the whole; each with the footnotes it needs so far."""
    for count in range(1, len(answer.claims)):
        claims = answer.claims[:count]
        cited = {n for claim in claims for n in claim.citations}
        citations = [citation for citation in answer.citations if citation.n in cited]
        yield answer.model_copy(update={"claims": claims, "citations": citations})


def conversation_html(turns: Turns, language: str, *, keeps_feedback: bool = False) -> str:
    """Return the whole conversation as the page shows it in ``language``."""
    return render(
        "conversation.html",
        language,
        turns=turns,
        empty={code: text(code, "chat.empty") for code in LANGUAGES},
        keeps_feedback=keeps_feedback,
        claims=_claims,
        permalink=_permalink,
        plain=plain_text,
        exports=_exports(turns, language),
        supports=_supports,
        support_of=kind_of_source,
        nearness=nearness,
        lines=_lines,
    )


def answer_html(
    answer: Answer, turn: int, footnote: Callable[[int, Citation], Markup], written: str = ""
) -> Markup:
    """Return the sentences of an answer, each followed by ``footnote(turn, citation)`` for its citations, and
    those of a language model by ``written``.

    Words quoted in another language than the answer's are marked as being in theirs.
    """
    return Markup(" ").join(
        Markup("").join(
            [
                one.html,
                *(footnote(turn, citation) for citation in one.citations),
                written if one.support == "written" else "",
            ]
        )
        for one in _claims(answer)
    )


def _claims(answer: Answer) -> list[_Shown]:
    by_number = {citation.n: citation for citation in answer.citations}
    return [
        _Shown(
            _with_languages(answer, claim.text),
            kind_of(answer, claim),
            [by_number[n] for n in claim.citations],
        )
        for claim in answer.claims
    ]


def _permalink(turn: Turn) -> str:
    assert turn.answer is not None
    return answer_url(turn.answer, turn.history)


def _exports(turns: Turns, language: str) -> dict[str, list[tuple[str, str]]] | None:
    """The addresses of the conversation and of its bibliography in every format, by their names."""
    links = [_permalink(turn) for turn in turns if turn.answer is not None and turn.is_done]
    named = [("a", link.removeprefix("/a/")) for link in links if link]
    if not named:
        return None
    query = urlencode([("lang", language), *named])
    return {
        kind: [(name, f"/export/{suffix}?{query}") for name, suffix in formats]
        for kind, formats in EXPORTS.items()
    }


def _with_languages(answer: Answer, part: str) -> Markup:
    for citation in answer.citations:
        words = citation.quote.strip(_QUOTE_MARKS)
        if citation.language != answer.language and words in part:
            before, _, after = part.partition(words)
            quote = Markup('<span lang="{}">{}</span>').format(citation.language, visible(words))
            return _bold(before) + quote + _with_languages(answer, after)
    return _bold(part)


def _bold(part: str) -> Markup:
    """The words, those between ** and ** in bold."""
    return Markup("").join(
        Markup("<strong>{}</strong>").format(words) if i % 2 else escape(words)
        for i, words in enumerate(BOLD.split(visible(part)))
    )


def _supports(answer: Answer) -> list[tuple[Kind, list[int]]]:
    """How the sentences are supported: (support, numbers of the citations), in order of appearance."""
    numbers: dict[Kind, list[int]] = {}
    for claim in answer.claims:
        known = numbers.setdefault(kind_of(answer, claim), [])
        known.extend(n for n in claim.citations if n not in known)
    return list(numbers.items())


def _lines(citation: Citation) -> str:
    first, last = citation.lines
    return str(first) if first == last else f"{first}–{last}"
