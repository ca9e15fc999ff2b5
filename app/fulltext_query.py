"""A full-text query: words, of which all must occur, and "phrases", which must occur as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from corpus.article import LANGUAGES, Language, Span
from corpus.text import cut_suffix, nfc, skeleton, words
from index.analyzer import analyze

_CHUNK: Final = re.compile(r"\S+")
_QUOTES: Final = str.maketrans("“”„‟«»", '""""""')
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Token:
    """A word of a text: ``text[start:end]``, of which ``text[start:base_end]`` stands before the apostrophe.

    ``folded`` and ``base`` are the two, folded so that every spelling meets; ``terms`` are those of the
    index, none for a stop word.
    """

    start: int
    end: int
    base_end: int
    folded: str
    base: str
    terms: tuple[str, ...]

    @property
    def has_ending(self) -> bool:
        """Whether an ending stands behind an apostrophe."""
        return self.base_end < self.end


@dataclass(frozen=True)
class Part:
    """A word or a phrase of a query; ``tokens`` are its words as read in each language."""

    written: str
    is_phrase: bool
    tokens: dict[Language, tuple[Token, ...]]

    @property
    def is_asked(self) -> bool:
        """Whether it is looked for: a phrase, or a word that is a stop word in neither language."""
        return self.is_phrase or all(self.terms(language) for language in LANGUAGES)

    def terms(self, language: Language) -> tuple[str, ...]:
        """Return the index terms of its words in a language."""
        return tuple(term for token in self.tokens[language] for term in token.terms)

    def finds(self, tokens: tuple[Token, ...], language: Language) -> list[Span]:
        """Return where the part stands in a text of ``tokens``: the characters to be marked.

        A word stands where a word has its term and, in Turkish, begins with it: "Avustralya" and "Avusturya"
        have one term, and so have "Ermeni" and "Ermenistan". A phrase stands where its words follow one
        another; a word of it that has no ending behind an apostrophe may have any there.
        """
        if not self.is_phrase:
            own = [token for token in self.tokens[language] if token.terms]
            found = [token for token in tokens if any(_is_form(one, token, language) for one in own)]
            return [(token.start, token.base_end) for token in found]
        has_ending = self.tokens[language][-1].has_ending
        return [
            (run[0].start, run[-1].end if has_ending else run[-1].base_end)
            for run in self._runs(tokens, language)
        ]

    def stands_in(self, tokens: tuple[Token, ...], language: Language) -> bool:
        """Return whether every word of the part stands in a text of ``tokens``, and a phrase as it stands."""
        if self.is_phrase:
            return any(True for _ in self._runs(tokens, language))
        own = [token for token in self.tokens[language] if token.terms]
        return all(any(_is_form(one, token, language) for token in tokens) for one in own)

    def _runs(self, tokens: tuple[Token, ...], language: Language) -> Iterator[tuple[Token, ...]]:
        """The words of a text, one behind the other, that are those of the phrase."""
        asked = self.tokens[language]
        for at in range(len(tokens) - len(asked) + 1):
            if all(_is_word(one, tokens[at + i]) for i, one in enumerate(asked)):
                yield tokens[at : at + len(asked)]


@dataclass(frozen=True)
class Query:
    """The parts of a query, in order, each once."""

    parts: tuple[Part, ...]

    @cached_property
    def asked(self) -> tuple[Part, ...]:
        """What must occur: phrases, and words that are stop words in neither language.

        >>> [part.written for part in parse_query('the treaty ve "ve"').asked]
        ['treaty', 've']
        """
        return tuple(part for part in self.parts if part.is_asked)

    @property
    def ignored(self) -> tuple[Part, ...]:
        """The words that are too common to be looked for."""
        return tuple(part for part in self.parts if not part.is_asked)


def parse_query(written: str) -> Query:
    """Read a query; a quotation mark that is not closed counts for nothing.

    >>> [(part.written, part.is_phrase) for part in parse_query('Lenin “Moskova Antlaşması” "kars').parts]
    [('Lenin', False), ('Moskova Antlaşması', True), ('kars', False)]
    """
    pieces = nfc(_CONTROL.sub(" ", written)).translate(_QUOTES).split('"')
    last = len(pieces) - 1
    parts: dict[tuple[str, bool], Part] = {}
    for i, piece in enumerate(pieces):
        is_phrase = i % 2 == 1 and i < last
        for chunk in [" ".join(piece.split())] if is_phrase else piece.split():
            part = Part(chunk, is_phrase, {language: tokens_of(chunk, language) for language in LANGUAGES})
            if any(part.tokens.values()):
                parts.setdefault((skeleton(chunk), is_phrase), part)
    return Query(tuple(parts.values()))


def tokens_of(text: str, language: Language) -> tuple[Token, ...]:
    """Return the words of a text; an abbreviation with dots ("T.B.M.M.'nin") is one word."""
    found: list[Token] = []
    for chunk in _CHUNK.finditer(text):
        spans = [(chunk.start() + start, chunk.start() + end) for start, end in words(chunk.group())]
        each = [_token(span, text[slice(*span)], language) for span in spans]
        if chunk.group().count(".") > 1 and len(each) > 1:
            # The analyser reads dotted letters as one word; where it finds what its parts say, there is none.
            said = [term for token in each for term in token.terms]
            if analyze(chunk.group(), language) != said:
                whole = (spans[0][0], spans[-1][1])
                each = [_token(whole, text[slice(*whole)].replace(".", ""), language)]
        found += each
    return tuple(found)


def _token(span: Span, word: str, language: Language) -> Token:
    folded, base, terms, ending = _read(word, language)
    return Token(span[0], span[1], span[1] - ending, folded, base, terms)


@lru_cache(maxsize=65536)
def _read(word: str, language: Language) -> tuple[str, str, tuple[str, ...], int]:
    """A word folded, the same before its apostrophe, its terms, and the length of its ending with the
    apostrophe."""
    base = cut_suffix(word)
    folded_base = skeleton(base)
    ending = skeleton(word[len(base) + 1 :])
    folded = f"{folded_base}'{ending}" if ending else folded_base
    return folded, folded_base, tuple(analyze(word, language)), len(word) - len(base)


def _is_form(asked: Token, token: Token, language: Language) -> bool:
    """Whether a word is one of the forms of a word that is asked for."""
    if not any(term in token.terms for term in asked.terms):
        return False
    return language == "en" or token.base.startswith(asked.base)


def _is_word(asked: Token, token: Token) -> bool:
    return asked.folded == token.folded if asked.has_ending else asked.base == token.base
