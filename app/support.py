"""How the sentences of an answer are supported, as readers are told it."""

from __future__ import annotations

from typing import Final, Literal

from app.answer import Answer, Citation, Claim
from app.texts import text

# "written": by a language model. "generated" without a draft is what Dipnot itself says of the sources.
Kind = Literal["verbatim", "translation", "generated", "written"]
_DECIMAL_MARKS: Final = {"tr": ","}


def kind_of(answer: Answer, claim: Claim) -> Kind:
    """Return how a sentence of an answer is supported, those of a language model apart."""
    is_written = claim.support == "generated" and answer.draft is not None
    return "written" if is_written else claim.support


def kind_of_source(answer: Answer, citation: Citation) -> Kind | None:
    """Return how the first sentence that rests on a source does so, None for none."""
    return next((kind_of(answer, claim) for claim in answer.claims if citation.n in claim.citations), None)


def nearness(answer: Answer, language: str) -> str:
    """Return how near the sentences of a language model are to their sources, "" where there are none."""
    scores = [claim.score for claim in answer.claims if kind_of(answer, claim) == "written"]
    if not scores:
        return ""
    shown = [f"{score:.2f}".replace(".", _DECIMAL_MARKS.get(language, ".")) for score in scores]
    return text(language, "support.nearness", scores="; ".join(shown))


def told_of_writing(answer: Answer, language: str) -> str:
    """Return which sentences of an answer a language model wrote and how near they are to their sources, ""
    where it wrote none."""
    written = [n for n, claim in enumerate(answer.claims, 1) if kind_of(answer, claim) == "written"]
    if not written:
        return ""
    said = text(language, "support.written")
    if len(written) < len(answer.claims):
        said += f" ({text(language, 'support.sentence', numbers=', '.join(map(str, written)))})"
    return f"{said}. {nearness(answer, language)}"
