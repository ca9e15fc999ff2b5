"""Full-text search over every sentence, in its own words and in the English of the index, with facets.

Unlike ``index.search`` it finds what was typed and nothing else: all words of a query, by their index
terms, in one language, and its phrases as they stand. BM25 says what comes first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal, get_args

import numpy as np

from app.compose import anchor_url
from app.events import without_references
from app.fulltext_query import Part, Query, Token, tokens_of
from app.signs import sentence_signs
from corpus.article import LANGUAGES, Article, Block, Language, Sentence, Span
from corpus.text import skeleton
from index.lexical import Lexical

Facet = Literal["article", "kind", "language", "year"]
FACETS: Final[tuple[Facet, ...]] = get_args(Facet)
# A word or term in a language.
_Word = tuple[Language, str]


@dataclass(frozen=True)
class Chosen:
    """What the results are narrowed to; "" for all."""

    article: str = ""
    kind: str = ""
    language: str = ""
    year: str = ""

    def value(self, facet: Facet) -> str:
        """Return what is chosen of a facet."""
        return str(getattr(self, facet))

    def with_value(self, facet: Facet, value: str) -> Chosen:
        """Return the choice with a value chosen of a facet."""
        return replace(self, **{facet: value})

    def without(self, facet: Facet) -> Chosen:
        """Return the choice with nothing chosen of a facet."""
        return self.with_value(facet, "")

    @property
    def is_narrow(self) -> bool:
        """Whether anything is chosen."""
        return any(self.value(facet) for facet in FACETS)


@dataclass(frozen=True)
class Side:
    """A sentence in one language: as it stands, or its translation, and its words."""

    language: Language
    text: str
    is_translation: bool
    tokens: tuple[Token, ...]

    @cached_property
    def terms(self) -> frozenset[str]:
        """The index terms of its words."""
        return frozenset(term for token in self.tokens for term in token.terms)

    @cached_property
    def folded(self) -> frozenset[str]:
        """Its words, folded, without their endings behind an apostrophe."""
        return frozenset(token.base for token in self.tokens)

    def fits(self, part: Part) -> bool:
        """Return whether a part of a query occurs."""
        if part.is_phrase:
            may = self.folded.issuperset(token.base for token in part.tokens[self.language])
        else:
            may = self.terms.issuperset(part.terms(self.language))
        return may and part.stands_in(self.tokens, self.language)

    def marks(self, parts: Iterable[Part]) -> list[Span]:
        """Return the characters that parts of a query find, in order, apart from one another."""
        spans = sorted(span for part in parts for span in part.finds(self.tokens, self.language))
        merged: list[Span] = []
        for start, end in spans:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def pieces(self, parts: Iterable[Part]) -> list[tuple[str, bool]]:
        """Return the text in pieces, each with whether it is found."""
        found, at = [], 0
        for start, end in self.marks(parts):
            found += [(self.text[at:start], False), (self.text[start:end], True)]
            at = end
        return [piece for piece in (*found, (self.text[at:], False)) if piece[0]]


@dataclass(frozen=True)
class Entry:
    """A sentence that can be found; ``years`` are those that it names."""

    article: Article
    block: Block
    sentence: Sentence
    sides: tuple[Side, ...]
    years: tuple[str, ...]

    @property
    def url(self) -> str:
        """The address of the sentence in the reader."""
        return anchor_url(self.article.id, self.sentence.spans)


@dataclass(frozen=True)
class Hit:
    """A sentence that was found, and which of its sides hold the query."""

    entry: Entry
    sides: tuple[Side, ...]

    def values(self, facet: Facet) -> tuple[str, ...]:
        """Return what it is of a facet; a year for each that it names."""
        if facet == "article":
            return (self.entry.article.id,)
        if facet == "kind":
            return (self.entry.block.kind,)
        return tuple(side.language for side in self.sides) if facet == "language" else self.entry.years

    def is_of(self, chosen: Chosen) -> bool:
        """Return whether it is of all that is chosen."""
        return all(not chosen.value(facet) or chosen.value(facet) in self.values(facet) for facet in FACETS)


@dataclass(frozen=True)
class Results:
    """What was found, the best first, and the counts of each facet as the other facets leave them."""

    hits: tuple[Hit, ...]
    counts: dict[Facet, Counter[str]]


class FullText:
    """The sentences of some articles, by their words."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.entries = tuple(entry for article in articles for entry in _entries(article))
        self._by_term: defaultdict[_Word, set[int]] = defaultdict(set)
        self._by_word: defaultdict[_Word, set[int]] = defaultdict(set)
        for number, entry in enumerate(self.entries):
            for side in entry.sides:
                for term in side.terms:
                    self._by_term[side.language, term].add(number)
                for word in side.folded:
                    self._by_word[side.language, word].add(number)
        self._lexical = Lexical.build([_document(entry) for entry in self.entries]) if self.entries else None

    def search(self, query: Query, chosen: Chosen | None = None) -> Results:
        """Return the sentences in which everything that the query asks occurs in one language."""
        narrowed = chosen or Chosen()
        found = [hit for number in self._candidates(query) if (hit := self._hit(number, query))]
        counts = {
            facet: Counter(
                value
                for hit in found
                if hit.is_of(narrowed.without(facet))
                for value in dict.fromkeys(hit.values(facet))
            )
            for facet in FACETS
        }
        return Results(tuple(hit for hit in found if hit.is_of(narrowed)), counts)

    def count(self, part: Part) -> int:
        """Return in how many sentences a part of a query occurs by itself."""
        return len(self.search(Query((part,))).hits)

    def _candidates(self, query: Query) -> list[int]:
        """The numbers of the sentences that may fit, the best first; of equals the one that stands first."""
        numbers: set[int] = set()
        for language in LANGUAGES:
            numbers |= self._with_all(query.asked, language)
        terms = [
            _written((language, term))
            for language in LANGUAGES
            for part in query.asked
            for term in part.terms(language)
            if (language, term) in self._by_term
        ]
        if not numbers or self._lexical is None:
            return []
        scores = self._lexical.scores(terms)
        ordered = sorted(numbers)
        return [ordered[i] for i in np.argsort(-scores[ordered], kind="stable")]

    def _with_all(self, parts: Sequence[Part], language: Language) -> set[int]:
        """The sentences that have every word of some parts in a language, wherever they stand."""
        sets = []
        for part in parts:
            if part.is_phrase:
                sets += [self._by_word.get((language, token.base), set()) for token in part.tokens[language]]
            else:
                sets += [self._by_term.get((language, term), set()) for term in part.terms(language)]
        return set.intersection(*sets) if sets else set()

    def _hit(self, number: int, query: Query) -> Hit | None:
        entry = self.entries[number]
        sides = tuple(side for side in entry.sides if all(side.fits(part) for part in query.asked))
        return Hit(entry, sides) if sides else None


def _entries(article: Article) -> Iterator[Entry]:
    for sentence in article.sentences:
        block = article.block_by_id[sentence.block]
        sides = [Side(block.language, sentence.text, False, tokens_of(sentence.text, block.language))]
        if sentence.translation:
            sides.append(Side("en", sentence.translation, True, tokens_of(sentence.translation, "en")))
        named = sentence_signs()["year"].findall(skeleton(without_references(sentence.text)))
        yield Entry(article, block, sentence, tuple(sides), tuple(sorted(set(named))))


def _document(entry: Entry) -> list[str]:
    return [
        _written((side.language, term))
        for side in entry.sides
        for token in side.tokens
        for term in token.terms
    ]


def _written(term: _Word) -> str:
    """A term with its language: the two have terms in common that are not the same words."""
    return f"{term[0]}:{term[1]}"
