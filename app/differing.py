"""The other side of an answer: where another sentence gives another date or number, both are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.answer import Claim
from app.choice import SHORT_WORDS
from app.disagreements import DisagreementKind, Disagreements, Side
from app.evidence import Candidate
from app.question import Question
from app.texts import text as word
from corpus.article import Language
from index.analyzer import analyze
from index.synonyms import expand

# A question is about a disagreement when it has this share of the words that say what that is about.
_ABOUT: Final = 0.4
# The sentence that says that they differ has about so many words.
_CLAIM_WORDS: Final = 15
# Kinds of question that ask for what articles may differ in, and those that ask whether they do.
_KINDS: Final = {"date": ("date",), "number": ("number",), "comparison": ("date", "number")}


@dataclass(frozen=True)
class Differing:
    """A disagreement that an answer touches, as sides of it: the sentence of the answer first, then one that
    gives each other value."""

    kind: DisagreementKind
    sides: tuple[Side, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The ids of the sentences that are its sides."""
        return tuple(side.sentence_id for side in self.sides)

    def about(self, language: Language) -> str:
        """Return what differs: "the date: 2 December 1920 / 3 December 1920"."""
        values = " / ".join(side.value(language) for side in self.sides)
        return word(language, f"disagreement.{self.kind}", values=values)

    def claim(self, language: Language, citations: list[int]) -> Claim:
        """Return the sentence that says so, resting on the citations of all sides."""
        text = word(language, "disagreement.claim", about=self.about(language))
        return Claim(text=text, citations=citations, support="generated", score=1.0)


def differing_from(
    question: Question, chosen: Sequence[Candidate], disagreements: Disagreements
) -> Differing | None:
    """Return the disagreement that a sentence of the answer is a side of, if the question is about it."""
    if question.type not in _KINDS:
        return None
    terms = set(analyze(question.text, question.language))
    terms |= set(expand(sorted(terms), question.language))
    found = []
    for candidate in chosen:
        name = candidate.sentence.id
        for kind in _KINDS[question.type]:
            for one in disagreements.of(name, kind):
                asked = set(analyze(one.about(question.language), question.language))
                own = next(side for side in one.sides if side.sentence_id == name)
                share = len(asked & terms) / max(1, len(asked))
                found.append((share, Differing(one.kind, (own, *one.others(name)))))
    share, best = max(found, key=lambda pair: pair[0], default=(0.0, None))
    return best if share >= _ABOUT else None


def with_sides(
    question: Question, chosen: Sequence[Candidate], differing: Differing, sides: Sequence[Candidate]
) -> tuple[list[Candidate], Differing]:
    """Return the answer with the sides behind its best sentence, then what room is left for of the rest.

    ``sides``: the sentences of the disagreement, in its order. Of more than two those that there is room for
    are shown, and the disagreement is returned with these.
    """
    kept = list(dict.fromkeys((chosen[0], sides[0])))
    shown = [differing.sides[0]]
    for side, candidate in zip(differing.sides[1:], sides[1:], strict=True):
        if len(shown) == 1 or _words(question, kept, candidate) <= SHORT_WORDS - _CLAIM_WORDS:
            kept.append(candidate)
            shown.append(side)
    for candidate in chosen[1:]:
        is_new = candidate.sentence.id not in {one.sentence.id for one in kept}
        if is_new and _words(question, kept, candidate) <= SHORT_WORDS - _CLAIM_WORDS:
            kept.append(candidate)
    return kept, replace(differing, sides=tuple(shown))


def _words(question: Question, kept: Sequence[Candidate], candidate: Candidate) -> int:
    return sum(len(one.shown(question.language).split()) for one in (*kept, candidate))
