"""The last look at an answer: every claim against the words it cites, before anybody sees it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.address import is_for_machines
from app.answer import Citation, Claim
from app.claims import Fault, WrittenClaims
from app.compose import citation as footnote
from app.facts import dates, numbers, read_numbers
from app.names import missing_names
from app.texts import text as word
from corpus.article import Article, Language
from corpus.text import words

DropReason = Literal[
    "no citation",
    "unknown citation",
    "unreal span",
    "changed quotation",
    "changed translation",
    "not in the quotation",
    "unsupported number",
    "unsupported date",
    "unsupported name",
    "for machines",
    "not a sentence",
    "another language",
    Fault,
]
# A value set off inside a claim: "… **16 Mart 1921**'de …".
_BOLD: Final = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
# "[99]" or "[1, 2]" inside the words of an article.
_OWN_NUMBER: Final = re.compile(r"\[(\s*\d[\d\s,;–-]*)\]")
# A text that is cited, and its language.
_Text = tuple[str, Language]


@dataclass(frozen=True)
class Dropped:
    """A claim that did not hold, and the first thing found wrong with it."""

    claim: Claim
    reason: DropReason


@dataclass(frozen=True)
class Verified:
    """What is left of an answer.

    ``citations`` are those that a claim needs, numbered from 1 in the order they had; ``renumbered`` gives
    their new numbers by their old ones.
    """

    claims: list[Claim]
    citations: list[Citation]
    dropped: list[Dropped]
    renumbered: dict[int, int]


class Verifier:
    """Checks claims against the sentences of some articles.

    It is exact where ``eval.judge`` is tolerant: our own citations are whole sentences of our own articles,
    so anything else is a fault.
    """

    def __init__(self, articles: Mapping[str, Article], written: WrittenClaims | None = None) -> None:
        """``written``: who looks at the claims that a language model wrote, beyond values and names."""
        self._articles = articles
        self._written = written
        self._sentences = {
            (name, sentence.spans): sentence
            for name, article in articles.items()
            for sentence in article.sentences
        }

    def verify(self, claims: Sequence[Claim], citations: Sequence[Citation], language: Language) -> Verified:
        """Return the claims that hold, with the citations they need; ``language``: that of the answer.

        A claim whose citation has any fault is dropped, even where it has a second, sound one.
        """
        bearers = Counter(citation.n for citation in citations)
        # A number that two citations bear says of neither that it is meant.
        by_number = {citation.n: citation for citation in citations if bearers[citation.n] == 1}
        faults = {n: self._citation_fault(citation) for n, citation in by_number.items()}
        kept: list[Claim] = []
        dropped: list[Dropped] = []
        for claim in claims:
            found = [faults.get(n, "unknown citation") for n in claim.citations]
            fault = _first(found) if found else "no citation"
            if fault is None:
                cited = [by_number[n] for n in claim.citations]
                fault = _claim_fault(claim, cited, language) or self._written_fault(claim, cited, language)
            if fault:
                dropped.append(Dropped(claim, fault))
            else:
                kept.append(claim)
        kept = _led(kept, dropped, by_number, language)
        return _renumbered(kept, citations, dropped)

    def _written_fault(self, claim: Claim, cited: Sequence[Citation], language: Language) -> Fault | None:
        """What is wrong with a claim that a language model wrote, where that is looked at."""
        if self._written is None or claim.support != "generated":
            return None
        return self._written(_said(claim.text, language), _all_texts(cited), language)

    def _citation_fault(self, citation: Citation) -> DropReason | None:
        """What is wrong with a citation: it must be the footnote to a sentence as that is made anew, the
        translation aside where it gives none."""
        article = self._articles.get(citation.article)
        if article is None:
            return "unknown citation"
        sentence = self._sentences.get((citation.article, tuple(citation.spans)))
        if sentence is None:
            return "unreal span"
        real = footnote(citation.n, article, article.block_by_id[sentence.block], sentence)
        if citation.quote != real.quote:
            return "changed quotation"
        if citation.translation not in (None, real.translation):
            return "changed translation"
        # Page, lines, section, address and the rest follow from the span.
        if citation != real.model_copy(update={"translation": citation.translation}):
            return "unreal span"
        texts = (real.quote, real.translation or "")
        return "for machines" if any(is_for_machines(text) for text in texts) else None


def rebuilt_text(claims: Iterable[Claim]) -> str:
    """Return the text of an answer: its claims, each followed by its footnote numbers ("… [1] … [2][3]").

    A bracketed number of the article's own stands in round brackets, so that it is no footnote of the answer.
    """
    marked = []
    for claim in claims:
        marks = "".join(f"[{n}]" for n in claim.citations)
        marked.append(f"{with_round_brackets(claim.text)} {marks}".rstrip())
    return " ".join(marked)


def with_round_brackets(words: str) -> str:
    """Return words of an article with the numbers that it puts in square brackets itself in round ones.

    >>> with_round_brackets("imzalandı [99]")
    'imzalandı (99)'
    """
    return _OWN_NUMBER.sub(r"(\1)", words)


def _first(faults: Iterable[DropReason | None]) -> DropReason | None:
    return next((fault for fault in faults if fault), None)


def _claim_fault(claim: Claim, cited: Sequence[Citation], language: Language) -> DropReason | None:
    """What is wrong with a claim whose citations are sound."""
    said = _said(claim.text, language)
    if not words(said):
        return "not in the quotation"
    texts = _texts(claim, cited)
    held = [(text, rest) for text in texts if (rest := _rest(said, text[0])) is not None]
    # What is the cited text, signs at its ends aside, has its numbers, dates and names: no need to read them.
    if any(not words(rest) for _, rest in held):
        return None
    if held:
        # A run of whole words has no name that the text has not, but "250" can be cut from "1.250".
        runs = [text for text, _ in held]
        return value_fault(said, runs[0][1], runs)
    # Not in the quotation, then; what exactly differs tells more, and of a written claim it is all there is.
    own = texts[0][1] if texts and claim.support != "generated" else language
    everything = _all_texts(cited)
    if fault := value_fault(said, own, everything):
        return fault
    if missing_names(said, own, "\n".join(text for text, _ in everything)):
        return "unsupported name"
    return None if claim.support == "generated" else "not in the quotation"


def _said(text: str, language: Language) -> str:
    """The words of a claim without what only presents them: bold, a lead, quotation marks around them all."""
    said = _BOLD.sub(r"\1", text).removeprefix(_lead(language)).strip()
    return said[1:-1] if said.startswith("“") and said.endswith("”") else said


def _lead(language: Language) -> str:
    return word(language, "answer.quoted_lead")


def _texts(claim: Claim, cited: Sequence[Citation]) -> list[_Text]:
    """The texts in one of which a claim must stand, by what it says it rests on."""
    if claim.support == "generated":
        return _all_texts(cited)
    if claim.support == "translation":
        return [(citation.translation, "en") for citation in cited if citation.translation]
    return [(citation.quote, citation.language) for citation in cited]


def _all_texts(cited: Sequence[Citation]) -> list[_Text]:
    quotes: list[_Text] = [(citation.quote, citation.language) for citation in cited]
    return quotes + [(citation.translation, "en") for citation in cited if citation.translation]


def _rest(said: str, text: str) -> str | None:
    """What a text has around a run of its whole words; None where ``said`` is no such run."""
    at = text.find(said)
    while at >= 0:
        end = at + len(said)
        if not any(start < at < stop or start < end < stop for start, stop in words(text)):
            return f"{text[:at]} {text[end:]}"
        at = text.find(said, at + 1)
    return None


def value_fault(said: str, language: Language, texts: Sequence[_Text]) -> DropReason | None:
    """Return what is wrong with a claim that has a date or a number which none of the texts has; the day of a
    date is a number too, and named as the date that it belongs to."""
    known = {date for text, _ in texts for date in dates(text)}
    if not all(any(date.may_be(other) for other in known) for date in dates(said)):
        return "unsupported date"
    # One and two count where they are in digits.
    stated = numbers(said, language) | {n.value for n in read_numbers(said, language) if n.in_digits}
    there = {number.value for text, own in texts for number in read_numbers(text, own)}
    return "unsupported number" if stated - there else None


def _led(
    kept: list[Claim], dropped: Sequence[Dropped], by_number: Mapping[int, Citation], language: Language
) -> list[Claim]:
    """The claims, the first quotation in the other language with the lead that was dropped with the one
    before it."""
    lead = _lead(language)
    if not any(drop.claim.text.startswith(lead) for drop in dropped):
        return kept
    for at, claim in enumerate(kept):
        is_foreign = any(by_number[n].language != language for n in claim.citations)
        if claim.support == "verbatim" and is_foreign:
            if claim.text.startswith(lead):
                return kept
            led = claim.model_copy(update={"text": f"{lead} {claim.text}"})
            return [*kept[:at], led, *kept[at + 1 :]]
    return kept


def _renumbered(claims: Sequence[Claim], citations: Sequence[Citation], dropped: list[Dropped]) -> Verified:
    needed = {n for claim in claims for n in claim.citations}
    left = [citation for citation in citations if citation.n in needed]
    new = {citation.n: n for n, citation in enumerate(left, 1)}
    return Verified(
        claims=[
            claim.model_copy(update={"citations": [new[n] for n in claim.citations]}) for claim in claims
        ],
        citations=[citation.model_copy(update={"n": new[citation.n]}) for citation in left],
        dropped=dropped,
        renumbered=new,
    )
