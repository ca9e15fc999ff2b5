"""Choosing the sentences that answer a question."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.question import Question, QuestionType
from app.refusal import Signs
from app.signs import sentence_signs, word_set
from corpus.article import Article, Block, Language, Sentence
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import analyze, analyze_query
from index.search import Found, Searcher
from index.synonyms import expand

# How many of the best passages give candidates.
_PASSAGES: Final = 10
# What each sign is worth beside the cosine (whose useful range is about 0.1 wide).
_COSINE: Final = 8.0
_OVERLAP: Final = 1.2
_CONTEXT: Final = 0.4
_RIGHT_TYPE: Final = 0.45
_RIGHT_VALUE: Final = 0.8
_RANK: Final = 0.5
_CORROBORATED: Final = 0.4
# Kinds of question that one value answers.
VALUES: Final = ("date", "number", "place", "biography")
_LEANS: Final = 0.15
# Fewer words say nothing by themselves.
_FEWEST_WORDS: Final = 5
# How alike two spellings of a name must be (difflib's ratio).
_SPELLING: Final = 0.75
_SIGNS: Final = '.,;:?!()"“”'
# How many of the best candidates are looked at when deciding whether to answer.
_JUDGED: Final = 5

# "(Kurat, 1993: 118)", "(Bilge, 1992, s. 105; …)"; a date in brackets is no reference.
_REFERENCE: Final = re.compile(r"\([^()]*(?:\bs\.\s?\d|,\s?\d{4}|\d:\s?\d)[^()]*\)")
_NAME: Final = re.compile(r"(?<!^)(?<![.!?:] )\b[A-ZÇĞİÖŞÜ][a-zçğıöşüâîû]+")
# A name with the ending of a place: "Paris'te", "Odesa'da", or an English one behind "in".
_PLACE: Final = re.compile(
    r"\b([A-ZÇĞİÖŞÜ][a-zçğıöşüâîû]+)['’](?:[dt][ae]n?|y?[ae]|[dt][ae]ki)\b|\bin ([A-Z][a-z]+)"
)
_BIBLIOGRAPHIC: Final = re.compile(
    r"a\.g\.e|\bage\.|\bArşivi\b|\bYayın|\bYayınları\b|Basımevi|\bBaskı\b|\b[Bb]kz\b|\bs\.\s?\d|\bbak[ıi]n[ıi]z\b"
)
# Years of birth and death: "Mihail Vasilyeviç Frunze (1885-1925)."
_LIFE: Final = re.compile(r"\(\d{4}-\d{4}\)")


@dataclass(frozen=True)
class Candidate:
    """A sentence that may be evidence, with its score and the signs behind it.

    ``fit`` says how well it holds what is asked for, 0 to 1. ``before`` is the sentence it leans on
    ("Bu antlaşma ile …"), to be shown with it.
    """

    article: Article
    block: Block
    sentence: Sentence
    score: float
    cosine: float
    overlap: float
    fit: float
    before: Sentence | None = None


class EvidenceChooser:
    """Ranks the sentences of the best passages for a question."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        own = [
            frozenset(analyze(sentence.text, article.block_by_id[sentence.block].language))
            for article, sentence in searcher.sentences
        ]
        # An English question meets the English words and, for names and numbers, the Turkish ones.
        self._terms: dict[Language, list[frozenset[str]]] = {
            "tr": own,
            "en": [
                terms.union(analyze(article.english(sentence), "en"))
                for terms, (article, sentence) in zip(own, searcher.sentences, strict=True)
            ],
        }
        self._words = sorted(
            {
                skeleton(cut_suffix(text[start:end]))
                for article, sentence in searcher.sentences
                for text in (sentence.text, article.english(sentence))
                for start, end in words(text)
                if text[start].isupper()
            }
        )
        self._shapes: dict[Language, list[Shape]] = {
            "tr": [Shape.of(sentence.text) for _, sentence in searcher.sentences],
            "en": [
                Shape.of(article.english(sentence) or sentence.text)
                for article, sentence in searcher.sentences
            ],
        }
        self._unseen = log(1 + len(own))
        self._weights = {language: _weights(terms) for language, terms in self._terms.items()}

    def rank(self, question: Question, found: Found) -> list[Candidate]:
        """Return the candidates, best first."""
        own_terms = self._terms[question.language]
        cosines = _cosines(question, found)
        groups = self._groups(question)
        total = sum(weight for weight, _ in groups) or 1.0
        asked = Shape.of(question.text)
        ranks: dict[int, int] = {}
        for hit in found.hits[:_PASSAGES]:
            for name in hit.passage.sentences:
                ranks.setdefault(self._searcher.sentence_number[name], hit.rank)
        candidates = []
        for number, rank in ranks.items():
            article, sentence = self._searcher.sentences[number]
            block = article.block_by_id[sentence.block]
            if not can_answer(block, sentence) or (question.language == "tr" and block.language == "en"):
                continue
            shape = self._shapes[question.language][number]
            before = self._before(number) if shape.leans else None
            terms = own_terms[number] if before is None else own_terms[number] | own_terms[number - 1]
            overlap = self._overlap(groups, terms) / total
            around = own_terms[number].union(*(own_terms[i] for i in self._neighbours(number)))
            cosine = float(cosines[number])
            if before is not None:
                cosine = max(cosine, (cosine + float(cosines[number - 1])) / 2)
            fit = shape.fits(question.type, asked)
            score = (
                _COSINE * cosine
                + _OVERLAP * overlap
                + _CONTEXT * self._overlap(groups, around) / total
                + (_RIGHT_VALUE if question.type in VALUES else _RIGHT_TYPE) * fit
                + _RANK / rank
                - (_LEANS if shape.leans else 0.0)
            )
            candidates.append(Candidate(article, block, sentence, score, cosine, overlap, fit, before))
        if question.type == "date":
            candidates = self._corroborated(question, asked, candidates)
        return sorted(candidates, key=lambda c: (-c.score, c.sentence.id))

    def _corroborated(self, question: Question, asked: Shape, candidates: list[Candidate]) -> list[Candidate]:
        """The candidates, those raised whose date others give too: what stands in many places is less
        likely to be a slip (Dumais et al., "Web question answering: is more always better?", SIGIR 2002)."""
        shapes = self._shapes[question.language]
        dates = [
            shapes[self._searcher.sentence_number[c.sentence.id]].dates - asked.dates for c in candidates
        ]
        places = Counter(date for own in dates for date in own)
        raised = [1 - 1 / max((places[date] for date in own), default=1) for own in dates]
        return [
            replace(candidate, score=candidate.score + _CORROBORATED * share)
            for candidate, share in zip(candidates, raised, strict=True)
        ]

    def signs(self, question: Question, found: Found, candidates: list[Candidate]) -> Signs:
        """Return what speaks for an answer: how near the articles are, and what of the question they do not
        know. The years are those of the best few candidates."""
        best = candidates[:_JUDGED]
        groups = self._groups(question)
        total = sum(weight for weight, _ in groups) or 1.0
        known = self._weights[question.language]
        unseen = sum(weight for weight, every in groups if every.isdisjoint(known))
        numbers = [self._searcher.sentence_number[c.sentence.id] for c in best]
        shapes = self._shapes[question.language]
        known_years = {year for n in numbers for i in (n, *self._neighbours(n)) for year in shapes[i].years}
        nearest = float(found.sentence_cosines.max())
        return Signs(
            language=question.language,
            cosine=nearest,
            english_cosine=float(found.english_cosines.max()) or nearest,
            unseen=unseen / total,
            has_unknown_name=self._names_unknown(question),
            has_unknown_year=bool(set(Shape.of(question.text).years) - known_years),
        )

    def _names_unknown(self, question: Question) -> bool:
        """Whether a word with a capital (not the first) is like no word of the articles.

        Another spelling of a name (Tchitcherin, Pleshcheev) is near enough to one that is there.
        """
        known = self._weights[question.language]
        for word in question.text.split()[1:]:
            terms = analyze_query(word, question.language)
            terms += expand(terms, question.language)
            if not (word[0].isupper() and terms) or any(term in known for term in terms):
                continue
            if not get_close_matches(skeleton(cut_suffix(word.strip(_SIGNS))), self._words, 1, _SPELLING):
                return True
        return False

    def _groups(self, question: Question) -> list[tuple[float, frozenset[str]]]:
        """The question's words, each as the terms that would do for it, with its weight."""
        groups = []
        weights = self._weights[question.language]
        if question.language == "tr":
            singles = [[term] for term in dict.fromkeys(analyze(question.text, "tr"))]
        else:
            singles = [
                analyze_query(word, "en")
                for word in dict.fromkeys(question.text.split())
                if analyze(word, "en")
            ]
        for terms in singles:
            every = frozenset([*terms, *expand(terms, question.language)])
            known = [weights[term] for term in every if term in weights]
            groups.append((min(known) if known else self._unseen, every))
        return groups

    @staticmethod
    def _overlap(groups: list[tuple[float, frozenset[str]]], terms: frozenset[str]) -> float:
        return sum(weight for weight, every in groups if not every.isdisjoint(terms))

    def _before(self, number: int) -> Sentence | None:
        """The sentence before in the same block."""
        sentences = self._searcher.sentences
        if number and sentences[number - 1][1].block == sentences[number][1].block:
            return sentences[number - 1][1]
        return None

    def _neighbours(self, number: int) -> list[int]:
        block = self._searcher.sentences[number][1].block
        return [
            i
            for i in (number - 1, number + 1)
            if 0 <= i < len(self._searcher.sentences) and self._searcher.sentences[i][1].block == block
        ]


def _cosines(question: Question, found: Found) -> NDArray[np.float32]:
    """The cosines of the question with the sentences as it will be answered by them: an English question
    by their English, where there is one."""
    if question.language == "tr":
        return found.sentence_cosines
    return np.where(found.english_cosines > 0, found.english_cosines, found.sentence_cosines)


def _weights(terms: list[frozenset[str]]) -> dict[str, float]:
    """The inverse frequency of each term over the sentences."""
    counts = Counter(term for own in terms for term in own)
    return {term: log(1 + len(terms) / count) for term, count in counts.items()}


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
        bare = _REFERENCE.sub("", text)
        folded = skeleton(bare)
        signs = sentence_signs()
        without_dates = signs["year"].sub(" ", signs["date"].sub(" ", folded))
        return cls(
            dates=frozenset(signs["date"].findall(folded)),
            years=frozenset(signs["year"].findall(folded)),
            numbers=frozenset(signs["number"].findall(without_dates)),
            names=frozenset(skeleton(name) for name in _NAME.findall(bare)) - word_set("no_persons"),
            places=frozenset(skeleton(tr or en) for tr, en in _PLACE.findall(bare)),
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
