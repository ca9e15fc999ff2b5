"""Whether cited text supports a claim, without a language model: rules that can be read, and the encoder.

It takes the place of the English NLI model of ALCE (Gao et al., EMNLP 2023, 3.3), which knows no Turkish. How
often it agrees with a reader is measured on ``support/judged.jsonl``: ``python -m eval.support``.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from app.facts import dates, numbers
from app.names import missing_names, moved_names, names, shared
from app.question import LanguageDetector
from app.settings import Settings
from app.texts import LANGUAGES
from app.texts import text as word
from corpus.article import Language
from corpus.sentences import split_sentences
from corpus.text import nfc, skeleton
from eval.agreement import DEVELOPMENT, JUDGED, Agreement, agreement, table
from eval.wording import denies, hinders, reports
from index.encoder import Encoder
from index.model import resolve

__all__ = ["Agreement", "Objection", "SupportCheck", "agreement"]

Objection = Literal[
    "quotation",
    "number",
    "date",
    "name",
    "order",
    "dissimilar",
    "negation",
    "attribution",
    "words",
    "addition",
]


@dataclass(frozen=True)
class Thresholds:
    """Least cosine of claim and premise, least share of content words in common."""

    cosine: float
    shared: float


# Chosen on support/development.jsonl: claim and premise in one language, or in two.
SAME_LANGUAGE: Final = Thresholds(cosine=0.88, shared=0.5)
ACROSS: Final = Thresholds(cosine=0.84, shared=0.6)
# A claim says more than the premise when it comes nearer to it by more than this without some of its words;
# across languages that tells nothing. So many words are left out at a time, three at least are left.
MOST_GAIN: Final = 0.015
_LEFT_OUT: Final = (3, 5, 7)
_LEAST_WORDS: Final = 3
# An introduction of so few words ("As the article puts it"), without name or number, says nothing of its own.
_BARE_INTRODUCTION: Final = 8
# A sentence of so few words is one clause, whatever commas it has.
_ONE_CLAUSE: Final = 12
_QUOTATION: Final = re.compile(r"“([^”]+)”|\"([^\"]+)\"|«([^»]+)»")
_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+")
_FOOTNOTES: Final = re.compile(r"\s*\[\d+(?:,\s*\d+)*\]")
_CLAUSE_END: Final = re.compile(r"[,;:]\s")


class SupportCheck:
    """Says whether a premise bears a claim out; deterministic and offline."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._detector = LanguageDetector([])

    def __call__(self, premise: str, claim: str) -> bool:
        """Return whether the premise, sentences on lines of their own, supports the claim."""
        return self.objection(premise, claim) is None

    def objection(self, premise: str, claim: str) -> Objection | None:
        """Return the first thing that speaks against the claim, None when it is supported.

        A claim whose words stand in the premise as they are is supported; nothing is encoded then.
        """
        claim = _without_lead(claim)
        if not (_TOKEN.search(claim) and _TOKEN.search(premise)):
            return "words"
        if _stands(claim, premise):
            return None
        frame = claim
        for match in _QUOTATION.finditer(claim):
            quoted = next(group for group in match.groups() if group)
            if _stands(quoted, premise, open_end=True):
                frame = frame.replace(match.group(), " ")
            elif self._detector.detect(quoted) == self._detector.detect(premise):
                return "quotation"
        language = self._detector.detect(frame) if _TOKEN.search(frame) else "tr"
        if frame != claim and _is_bare(frame, language):
            return None
        return self._in_facts(premise, claim, frame, language) or self._in_meaning(premise, claim, language)

    def _in_facts(self, premise: str, claim: str, frame: str, language: Language) -> Objection | None:
        if numbers(claim, language) - numbers(premise, "tr") - numbers(premise, "en"):
            return "number"
        known = dates(premise)
        if not all(any(date.may_be(other) for other in known) for date in dates(claim)):
            return "date"
        if missing_names(frame, language, premise):
            return "name"
        return "order" if language == "tr" and moved_names(frame, premise) else None

    def _in_meaning(self, premise: str, claim: str, language: Language) -> Objection | None:
        sentences = [line[a:b] for line in premise.split("\n") for a, b in split_sentences(line)]
        windows = [*sentences, *(" ".join(pair) for pair in pairwise(sentences)), " ".join(sentences)]
        clauses = [clause for sentence in sentences for clause in _clauses(sentence)]
        vectors = self._encoder.encode_query([claim, *windows, *clauses])
        likeness = vectors[1:] @ vectors[0]
        nearest = int(likeness[: len(windows)].argmax())
        window, clause = windows[nearest], clauses[int(likeness[len(windows) :].argmax())]
        said_in = self._detector.detect(window)
        limits = SAME_LANGUAGE if language == said_in else ACROSS
        if likeness[nearest] < limits.cosine:
            return "dissimilar"
        if denies(claim, language):
            if not (denies(premise, said_in) or hinders(premise, said_in)):
                return "negation"
        elif denies(clause, said_in) and not hinders(claim, language):
            return "negation"
        if reports(window, said_in) and not reports(claim, language):
            return "attribution"
        if shared(claim, language, premise, said_in) < limits.shared:
            return "words"
        rest = _with_words_left_out(claim)
        if language == said_in and rest:
            gains = self._encoder.encode_query(rest) @ vectors[1 + nearest] - likeness[nearest]
            if gains.max() > MOST_GAIN:
                return "addition"
        return None


def _without_lead(claim: str) -> str:
    claim = _FOOTNOTES.sub("", claim)
    for language in LANGUAGES:
        claim = claim.strip().removeprefix(word(language, "answer.quoted_lead"))
    return claim.strip()


def _stands(claim: str, premise: str, open_end: bool = False) -> bool:
    """Whether the words of a claim stand in the premise in a row, signs and case aside."""
    wanted, text = (" ".join(_TOKEN.findall(skeleton(nfc(part)))) for part in (claim, premise))
    end = "" if open_end and wanted[-1:].isalpha() else " "
    return bool(wanted) and f" {wanted}{end}" in f" {text} "


def _is_bare(frame: str, language: Language) -> bool:
    is_short = len(_TOKEN.findall(frame)) <= _BARE_INTRODUCTION
    return is_short and not (names(frame, language) or numbers(frame, language) or denies(frame, language))


def _clauses(sentence: str) -> list[str]:
    parts = [part for part in _CLAUSE_END.split(sentence) if len(part.split()) >= _LEAST_WORDS]
    return parts if parts and len(sentence.split()) > _ONE_CLAUSE else [sentence]


def _with_words_left_out(claim: str) -> list[str]:
    own = claim.split()
    return [
        " ".join(own[:start] + own[start + length :])
        for length in _LEFT_OUT
        for start in range(len(own) - length + 1)
        if len(own) - length >= _LEAST_WORDS
    ]


def main() -> None:
    """Print how often the check agrees with a reader."""
    settings = Settings()
    argparse.ArgumentParser(description=__doc__).parse_args()
    check = SupportCheck(Encoder(resolve(settings.model, settings.cache_dir)))
    print(table({path: agreement(check, path) for path in (DEVELOPMENT, JUDGED)}))


if __name__ == "__main__":
    main()
