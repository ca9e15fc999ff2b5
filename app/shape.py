"""The shape of a sentence: what kinds of facts it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from app.question import QuestionType
from app.signs import sentence_signs, word_set
from corpus.article import Block, Sentence
from corpus.text import skeleton

# Fewer words say nothing by themselves.
_FEWEST_WORDS: Final = 5
# "(Kurat, 1993: 118)", "(Bilge, 1992, s. 105; …)"; a date in brackets is no reference.
REFERENCE: Final = re.compile(r"\([^()]*(?:\bs\.\s?\d|,\s?\d{4}|\d:\s?\d)[^()]*\)")
_NAME: Final = re.compile(r"(?<!^)(?<![.!?:] )\b[A-ZÇĞİÖŞÜ][a-zçğıöşüâîû]+")
# A name with the ending of a place: "Paris'te", "Odesa'da", or an English one behind "in".
PLACE: Final = re.compile(
    r"\b([A-ZÇĞİÖŞÜ][a-zçğıöşüâîû]+)['’](?:[dt][ae]n?|y?[ae]|[dt][ae]ki)\b|\bin ([A-Z][a-z]+)"
)
_BIBLIOGRAPHIC: Final = re.compile(
    r"a\.g\.e|\bage\.|\bArşivi\b|\bYayın|\bYayınları\b|Basımevi|\bBaskı\b|\b[Bb]kz\b|\bs\.\s?\d|\bbak[ıi]n[ıi]z\b"
)
# Years of birth and death: "Mihail Vasilyeviç Frunze (1885-1925)."
_LIFE: Final = re.compile(r"\(\d{4}-\d{4}\)")


@dataclass(frozen=True)
class Shape:
    """What kinds of facts a sentence holds, references in brackets left out."""

    dates: frozenset[str]
    years: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    places: frozenset[str]
    commas: int
    gives_reason: bool
    defines: bool
    names_office: bool
    quotes: bool
    leans: bool

    @classmethod
    def of(cls, text: str) -> Shape:
        """Read the shape off a text."""
        bare = REFERENCE.sub("", text)
        folded = skeleton(bare)
        signs = sentence_signs()
        without_dates = signs["year"].sub(" ", signs["date"].sub(" ", folded))
        return cls(
            dates=frozenset(signs["date"].findall(folded)),
            years=frozenset(signs["year"].findall(folded)),
            numbers=frozenset(signs["number"].findall(without_dates)),
            names=frozenset(skeleton(name) for name in _NAME.findall(bare)) - word_set("no_persons"),
            places=frozenset(skeleton(tr or en) for tr, en in PLACE.findall(bare)),
            commas=bare.count(","),
            gives_reason=bool(signs["reason"].search(folded)),
            defines=bool(signs["definition"].search(folded)),
            names_office=bool(signs["biography"].search(folded) or _LIFE.search(text)),
            quotes=bool(signs["quotation"].search(folded)),
            leans=bool(signs["leaning"].match(folded)),
        )

    def fits(self, kind: QuestionType, asked: Shape) -> float:
        """Return how well a sentence of this shape fits what is asked for, 0 to 1."""
        if kind == "date":
            return 1.0 if self.dates - asked.dates else 0.6 if self.years - asked.years else 0.0
        if kind == "number":
            return min(1.0, len(self.numbers - asked.numbers) / 2)
        if kind == "person":
            return min(1.0, len(self.names - asked.names) / 4)
        if kind == "place":
            return 1.0 if self.places - asked.names - asked.places else 0.0
        if kind == "list":
            return min(1.0, self.commas / 3)
        signs = {
            "reason": self.gives_reason,
            "definition": self.defines,
            "biography": self.names_office,
            "quotation": self.quotes,
        }
        return 1.0 if signs.get(kind) else 0.0


def can_answer(block: Block, sentence: Sentence) -> bool:
    """Return whether a sentence says something: no title, no key words, no bare reference."""
    if block.kind in ("title", "keywords", "heading"):
        return False
    count = len(sentence.text.split())
    if count < _FEWEST_WORDS and block.kind not in ("list item", "footnote"):
        return False
    is_life = bool(_LIFE.search(sentence.text))
    is_reference = bool(_BIBLIOGRAPHIC.search(sentence.text)) or (count < _FEWEST_WORDS and not is_life)
    return not (block.kind == "footnote" and is_reference and count < 30)
