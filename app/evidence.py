"""Choosing the sentences that answer a question."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from itertools import pairwise, zip_longest
from math import log
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.address import is_for_machines
from app.question import Question
from app.readers import ReadingSettings
from app.refusal import Signs
from app.shape import Shape, can_answer
from corpus.article import Article, Block, Language, Sentence
from corpus.text import cut_suffix, skeleton, words
from index.analyzer import analyze, analyze_query
from index.ranking import SIGNS
from index.reading import Reader, Reading, Window
from index.search import Found, Searcher
from index.synonyms import expand

# How many of the best sentences are looked at closely.
_CANDIDATES: Final = 60
# How alike two spellings of a name must be (difflib's ratio).
_SPELLING: Final = 0.75
_MARKS: Final = '.,;:?!()"“”'
# Kinds of question that one value answers.
VALUES: Final = ("date", "number", "place", "biography")
# Kinds of question of whose sentences something can be seen by their shape.
_SHAPED: Final = (
    "date",
    "number",
    "person",
    "place",
    "reason",
    "list",
    "definition",
    "quotation",
    "biography",
)
# What the score of a sentence is made of: what the search knows of it; the share of the question's words
# that stand in it, and in it or its neighbours; the best question that it or a neighbour answers; how well
# its shape fits what is asked for, by kind of question, and how many other candidates give its date; whether
# it leans on the sentence before it, is a footnote or a summary; the logarithm of its length in words.
FEATURES: Final = (
    *SIGNS,
    "overlap",
    "overlap_around",
    "question_around",
    *(f"fits_{kind}" for kind in _SHAPED),
    "corroborated",
    "leans",
    "footnote",
    "summary",
    "length",
)
_WEIGHTS: Final = Path(__file__).with_name("evidence.toml")


@dataclass(frozen=True)
class Candidate:
    """A sentence that may be evidence, with its score.

    ``probability``: that it is the one to be shown, among the candidates; ``cosine``: of the question with it
    in the language of the answer. ``fit`` says how well it holds what
    is asked for, 0 to 1. ``before`` is the sentence it leans on ("Bu antlaşma ile …"), to be shown with it.
    ``reading``: what a reader makes of it, where one has read it.
    """

    article: Article
    block: Block
    sentence: Sentence
    score: float
    probability: float
    cosine: float
    fit: float
    before: Sentence | None = None
    reading: Reading | None = None

    def shown(self, language: Language) -> str:
        """Return the sentence as an answer in a language shows it: translated where that is stored."""
        return (self.article.english(self.sentence) if language == "en" else "") or self.sentence.text


@dataclass(frozen=True)
class Table:
    """The candidates for a question: the numbers of their sentences, and the places of those among the
    sentences that were looked at; what their scores are made of, shape (candidates, len(FEATURES)), and how
    well each holds what is asked for."""

    numbers: NDArray[np.int64]
    places: NDArray[np.int64]
    features: NDArray[np.float32]
    fits: tuple[float, ...]


class EvidenceChooser:
    """Ranks the sentences for a question."""

    def __init__(
        self, searcher: Searcher, reader: Reader | None = None, reading: ReadingSettings | None = None
    ) -> None:
        """``reader``: what reads the best sentences, if anything does; ``reading``: what it counts for."""
        self._searcher = searcher
        self._reader = reader
        self.reading = reading or ReadingSettings()
        sentences = searcher.sentences
        own = [
            frozenset(analyze(sentence.text, article.block_by_id[sentence.block].language))
            for article, sentence in sentences
        ]
        # An English question meets the English words and, for names and numbers, the Turkish ones.
        english = [
            terms.union(analyze(article.english(sentence), "en"))
            for terms, (article, sentence) in zip(own, sentences, strict=True)
        ]
        self._weights: dict[Language, dict[str, float]] = {"tr": _rarity(own), "en": _rarity(english)}
        self._places: dict[Language, dict[str, NDArray[np.int64]]] = {
            "tr": _places(own),
            "en": _places(english),
        }
        self._unseen = log(1 + len(own))
        self._words = sorted(
            {
                skeleton(cut_suffix(text[start:end]))
                for article, sentence in sentences
                for text in (sentence.text, article.english(sentence))
                for start, end in words(text)
                if text[start].isupper()
            }
        )
        self._shapes: dict[Language, list[Shape]] = {
            "tr": [Shape.of(sentence.text) for _, sentence in sentences],
            "en": [Shape.of(article.english(sentence) or sentence.text) for article, sentence in sentences],
        }
        blocks = [article.block_by_id[sentence.block] for article, sentence in sentences]
        tells = np.array(
            [can_answer(block, sentence) for block, (_, sentence) in zip(blocks, sentences, strict=True)]
        )
        is_english = np.array([block.language == "en" for block in blocks])
        self._can_answer: dict[Language, NDArray[np.bool_]] = {"tr": tells & ~is_english, "en": tells}
        # Whether a sentence stands in the same block as the one before it.
        self._follows = np.array([False, *(one.id == other.id for one, other in pairwise(blocks))])

    def rank(self, question: Question, found: Found) -> list[Candidate]:
        """Return the candidates, best first."""
        table = self.table(question, found)
        scores = table.features @ _weights_for(question.language)
        shares = np.exp(scores - scores.max(initial=0.0))
        shares /= shares.sum() or 1.0
        cosines = found.sign("sentence" if question.language == "tr" else "sentence_english")
        candidates = []
        for i, (number, place) in enumerate(zip(table.numbers, table.places, strict=True)):
            article, sentence = self._searcher.sentences[number]
            if is_for_machines(sentence.text) or is_for_machines(article.english(sentence)):
                continue
            before = None
            if self._shapes[question.language][number].leans and self._follows[number]:
                before = self._searcher.sentences[number - 1][1]
            candidates.append(
                Candidate(
                    article,
                    article.block_by_id[sentence.block],
                    sentence,
                    float(scores[i]),
                    float(shares[i]),
                    float(cosines[place]),
                    table.fits[i],
                    before,
                )
            )
        candidates.sort(key=lambda c: (-c.score, c.sentence.id))
        return self._read(question, candidates) if self._reader else candidates

    def _read(self, question: Question, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Have the best candidates read, and rank them by that too; the others count as the worst of them."""
        some = candidates[: self.reading.sentences]
        assert self._reader is not None
        readings = self._reader.read(question.text, [self._window(one, question.language) for one in some])
        worst = min((reading.answers for reading in readings), default=0.0)
        weight = getattr(self.reading, question.language)
        scores = np.array(
            [
                one.score + weight * (reading.answers if reading else worst)
                for one, reading in zip_longest(candidates, readings)
            ]
        )
        shares = np.exp(scores - scores.max(initial=0.0))
        shares /= shares.sum() or 1.0
        read = [
            replace(one, score=float(score), probability=float(share), reading=reading)
            for one, reading, score, share in zip_longest(candidates, readings, scores, shares)
        ]
        return sorted(read, key=lambda c: (-c.score, c.sentence.id))

    def _window(self, candidate: Candidate, language: Language) -> Window:
        """A candidate in the words it would be shown in, and those of the sentence before it."""
        number = self._searcher.sentence_number[candidate.sentence.id]
        if not self._follows[number]:
            return Window(candidate.shown(language))
        article, before = self._searcher.sentences[number - 1]
        english = article.english(before) if language == "en" else ""
        return Window(candidate.shown(language), english or before.text)

    def table(self, question: Question, found: Found) -> Table:
        """Return the best sentences by what is quickly known, with all that their scores are made of."""
        language = question.language
        follows = self._follows[found.sentences]
        # Of one that was looked at without the one before it, nothing is known of that neighbour.
        follows[1:] &= np.diff(found.sentences) == 1
        overlap, around = self._overlaps(question, found.sentences, follows)
        quick = np.column_stack([found.signs, overlap, around, _spread(found.sign("question"), follows)])
        weights = _weights_for(language)[: quick.shape[1]]
        order = np.argsort(-(quick @ weights), kind="stable")
        places = order[self._can_answer[language][found.sentences[order]]][:_CANDIDATES]
        numbers = found.sentences[places]
        asked = Shape.of(question.text)
        shapes = [self._shapes[language][number] for number in numbers]
        fits = tuple(shape.fits(question.type, asked) for shape in shapes)
        slow = np.zeros((len(numbers), len(FEATURES) - quick.shape[1]), np.float32)
        at = {name: i - quick.shape[1] for i, name in enumerate(FEATURES)}
        if question.type in _SHAPED:
            slow[:, at[f"fits_{question.type}"]] = fits
        if question.type == "date":
            slow[:, at["corroborated"]] = _corroborated([shape.dates - asked.dates for shape in shapes])
        for i, (number, shape) in enumerate(zip(numbers, shapes, strict=True)):
            article, sentence = self._searcher.sentences[number]
            kind = article.block_by_id[sentence.block].kind
            slow[i, at["leans"]] = shape.leans
            slow[i, at["footnote"]] = kind == "footnote"
            slow[i, at["summary"]] = kind in ("abstract", "summary")
            slow[i, at["length"]] = log(len(sentence.text.split()))
        return Table(numbers, places, np.hstack([quick[places], slow]), fits)

    def signs(self, question: Question, found: Found, candidates: Sequence[Candidate] = ()) -> Signs:
        """Return what speaks for an answer: how near the articles are, what of the question they do not
        know, and what a reader makes of the ``candidates`` that it has read."""
        groups = self._groups(question)
        total = sum(weight for weight, _ in groups) or 1.0
        known = self._weights[question.language]
        near = {name: float(found.sign(name).max()) for name in SIGNS if not name.startswith("lexical")}
        asked = (near["question"] + near["question_other"]) / 2
        return Signs(
            language=question.language,
            cosine=near["sentence"],
            english_cosine=near["sentence_english"] or near["sentence"],
            passage=near["passage"],
            english_passage=near["passage_english"] or near["passage"],
            question=asked or max(near.values()),
            unseen=sum(weight for weight, every in groups if every.isdisjoint(known)) / total,
            has_unknown_name=self._names_unknown(question),
            read=max((one.reading.answers for one in candidates if one.reading), default=None),
        )

    def _names_unknown(self, question: Question) -> bool:
        """Whether a word with a capital (not the first) is like no word of the articles.

        Another spelling of a name (Tchitcherin, Pleshcheev) is near enough to one that is there.
        """
        known = self._weights[question.language]
        for word in dict.fromkeys(question.text.split()[1:]):
            terms = analyze_query(word, question.language)
            terms += expand(terms, question.language)
            if not (word[0].isupper() and terms) or any(term in known for term in terms):
                continue
            if not get_close_matches(skeleton(cut_suffix(word.strip(_MARKS))), self._words, 1, _SPELLING):
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

    def _overlaps(
        self, question: Question, numbers: NDArray[np.int64], follows: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The share of the question's words, by weight, that stand in each of some sentences; in it or a
        neighbour."""
        places = self._places[question.language]
        groups = self._groups(question)
        total = sum(weight for weight, _ in groups) or 1.0
        here, around = (np.zeros(len(numbers), np.float32) for _ in range(2))
        for weight, every in groups:
            stands = np.zeros(len(here), np.float32)
            for term in every:
                if term in places:
                    stands[_among(numbers, places[term])] = 1.0
            here += weight / total * stands
            around += weight / total * _spread(stands, follows)
        return here, around


def _spread(values: NDArray[np.float32], follows: NDArray[np.bool_]) -> NDArray[np.float32]:
    """For each sentence the highest value of it and of its neighbours in the same block."""
    spread = values.copy()
    spread[1:] = np.where(follows[1:], np.maximum(spread[1:], values[:-1]), spread[1:])
    spread[:-1] = np.where(follows[1:], np.maximum(spread[:-1], values[1:]), spread[:-1])
    return spread


def _among(numbers: NDArray[np.int64], some: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of ``numbers`` are among ``some``, both ascending."""
    at = np.minimum(np.searchsorted(some, numbers), len(some) - 1)
    return np.asarray(some[at] == numbers)


def _corroborated(dates: Sequence[frozenset[str]]) -> list[float]:
    """For each candidate how many others give its date too: what stands in many places is less likely to be
    a slip (Dumais et al., "Web question answering: is more always better?", SIGIR 2002)."""
    places = Counter(date for own in dates for date in own)
    return [1 - 1 / max((places[date] for date in own), default=1) for own in dates]


def _rarity(terms: Sequence[frozenset[str]]) -> dict[str, float]:
    """The inverse frequency of each term over the sentences."""
    counts = Counter(term for own in terms for term in own)
    return {term: log(1 + len(terms) / count) for term, count in counts.items()}


def _places(terms: Iterable[frozenset[str]]) -> dict[str, NDArray[np.int64]]:
    """The numbers of the sentences in which each term stands."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, own in enumerate(terms):
        for term in own:
            found[term].append(number)
    return {term: np.array(numbers) for term, numbers in found.items()}


@cache
def _weights_for(language: Language) -> NDArray[np.float32]:
    """What each of the FEATURES counts for, in their order."""
    table: Mapping[str, float] = tomllib.loads(_WEIGHTS.read_text(encoding="utf-8"))[language]
    if set(table) != set(FEATURES):
        raise ValueError(f"{_WEIGHTS.name} [{language}]: the names are not those of FEATURES.")
    return np.array([table[name] for name in FEATURES], np.float32)
