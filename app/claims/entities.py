"""The countries, peoples, bodies and persons of a text, each with what it is told by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.claims.lexicon import listed, peoples
from app.claims.reading import Reading, Word
from app.lexicon import month, no_names, number
from app.names import spelling
from corpus.article import Language
from corpus.text import cut_suffix
from index.analyzer import STEM_LETTERS

# Names of countries that stand by themselves: another name behind one is another thing.
_COUNTRY: Final = re.compile(
    r"(?:\w+(?:stan|iye|tere|rusya|manya)|rusya|sscb|fransa|italya|japonya|polonya)$"
)
# Names with fewer consonants are compared by their first letters.
_CONSONANTS: Final = 4
_ADJECTIVE: Final = re.compile(r"(?:ish|ian|man|ese|iet|ch|eek|ev\w*k|lim|oman|ari)$")
_ROMAN: Final = re.compile(r"[IVX]+$")


@dataclass(frozen=True)
class Entity:
    """A name with its place among the words of a text; ``people`` and ``own``: what it is told by.

    ``last`` is the word that carries its ending: "Türk halkının" ends with a noun.
    """

    first: int
    last: int
    people: frozenset[str]
    own: frozenset[str]

    def is_same(self, other: Entity) -> bool:
        """Return whether the two may be one: no part of either's name speaks against it."""
        if self.own and other.own:
            return self.own <= other.own or other.own <= self.own
        return not self.own and not other.own and bool(self.people & other.people)


@lru_cache(maxsize=4096)
def entities(text: Reading) -> tuple[Entity, ...]:
    """Return the names of a text that may do something, in their order."""
    found = []
    at = 0
    while at < len(text.words):
        if not _begins(text, at):
            at += 1
            continue
        end = at
        while end + 1 < len(text.words) and _goes_on(text, end):
            end += 1
        entity = _entity(text, at, end)
        if entity is not None:
            found.append(entity)
        at = end + 1
    return tuple(found)


def _begins(text: Reading, at: int) -> bool:
    word = text.words[at]
    if not word.is_capital or not word.text[0].isalpha() or len(word.folded) < 3:
        return False
    if month(cut_suffix(word.text)) or number(word.folded, text.language) is not None:
        return False
    if word.folded in no_names(text.language) and word.folded not in listed("offices", text.language):
        return False
    return not _opens(text, at) or (word.stem != "" and _is_known(text, at))


def _opens(text: Reading, at: int) -> bool:
    before = text.text[: text.words[at].start].rstrip(" \n\"'“”‘’([")
    return not before or before[-1] in ".!?:…"


def _is_known(text: Reading, at: int) -> bool:
    """Whether a capital at the beginning of a sentence is a name's."""
    word = text.words[at]
    if people_of(word.folded) or len(cut_suffix(word.text)) < len(word.text):
        return True
    if at + 1 < len(text.words):
        behind = text.words[at + 1]
        gap = text.text[word.end : behind.start]
        if gap == " " and behind.is_capital:
            return True
        if gap == ", " and (text.language == "tr" or behind.folded in ("who", "whose", "whom")):
            return True
    return text.language == "en" and word.stem != "" and _is_subject(text, at)


def _is_subject(text: Reading, at: int) -> bool:
    behind = text.words[at + 1].folded if at + 1 < len(text.words) else ""
    return behind in listed("predicates", "en") or bool(re.match(r"\w+ed$", behind))


def _goes_on(text: Reading, at: int) -> bool:
    """Whether the name at a place goes on with the next word."""
    word, behind = text.words[at], text.words[at + 1]
    gap = text.text[word.end : behind.start]
    if gap == " (" and text.text[behind.end : behind.end + 1] == ")" and behind.is_capital:
        return True
    if gap not in (" ", ". ", ".") or not behind.is_capital or month(cut_suffix(behind.text)):
        return False
    if gap != " " and len(word.text) > 2 and not _ROMAN.match(word.text):
        return False
    if len(cut_suffix(word.text)) < len(word.text):
        return False
    if text.language == "tr":
        if word.folded in listed("titles", "tr"):
            return False
        if _COUNTRY.search(word.folded) and not re.search(r"(?:[iu]|lar|ler)(?:n\w*)?$", behind.folded):
            return False
        offices = listed("offices", "tr")
        if word.folded in offices and re.search("[iu]$", word.folded) and behind.folded not in offices:
            return False
        if people_of(behind.folded) and not people_of(word.folded) and word.folded not in offices:
            return False
        # "Türklerin Çanakkale", "Ermeniler Kars'ı": a plural closes a name, unless an office goes with it.
        if people_of(word.folded) and re.search(r"l[ae]r$", word.folded):
            return behind.folded.startswith(tuple(offices))
        return not re.search(r"l[ae]r(?:[iu]n|[ae]|d[ae]n?|[iu]|l[ae])$", word.folded)
    return True


def _entity(text: Reading, first: int, last: int) -> Entity | None:
    name = text.words[first : last + 1]
    if name[-1].folded.startswith(tuple(listed("events", text.language))):
        return None
    if any(text.text[word.end : word.end + 1] == "-" for word in name[-1:]) or (
        name[0].start and text.text[name[0].start - 1] == "-"
    ):
        return None
    people = {people for word in name if (people := people_of(word.folded))}
    offices = listed("offices", text.language)
    own = {
        _key(word.folded)
        for word in name
        if word.folded not in offices
        and not people_of(word.folded)
        and not _ROMAN.match(word.text)
        and len(word.folded) > 2
    }
    # Only an adjective of a people: it acts by the body that it stands before.
    last_word = name[-1]
    if people and not own and _is_adjective(last_word, text.language) and last + 1 < len(text.words):
        behind = text.words[last + 1]
        if text.text[last_word.end : behind.start] == " " and not behind.is_capital:
            if not _is_body(behind, text.language):
                return (
                    None
                    if text.language == "en" or behind.stem
                    else Entity(first, last, frozenset(people), frozenset())
                )
            last += 1
            # "Rus elçisi Pleşçeyev": the person is named behind.
            if last + 1 < len(text.words):
                then = text.words[last + 1]
                is_plain = not re.search(r"(?:n|[ae])$", behind.folded)
                if is_plain and then.is_capital and text.text[behind.end : then.start] == " ":
                    return None
    if not people and not own:
        return None
    return Entity(first, last, frozenset(people), frozenset(own))


def _is_adjective(word: Word, language: Language) -> bool:
    if language == "en":
        return bool(_ADJECTIVE.search(word.folded))
    return word.folded in listed("adjectives", "tr")


def _is_body(word: Word, language: Language) -> bool:
    bodies = listed("bodies", language)
    return word.folded in bodies if language == "en" else word.folded.startswith(tuple(bodies))


def named_words(text: Reading) -> list[str]:
    """Return the words of the names of persons and places of a text, offices and peoples left out."""
    offices = listed("offices", text.language)
    return [
        cut_suffix(word.text)
        for entity in entities(text)
        for word in text.words[entity.first : entity.last + 1]
        if entity.own and word.is_capital and word.stem and word.folded not in offices
    ]


def people_of(folded: str) -> str:
    """Return which country or people a folded word names, "" for none."""
    return next((name for name, forms in peoples() if forms.match(folded)), "")


def _key(folded: str) -> str:
    """What a name is compared by, however it is spelt: its consonants, or its letters where they are few."""
    spelt = spelling(folded)
    consonants = re.sub("[aeiou]", "", spelt)
    return consonants[:_CONSONANTS] if len(consonants) >= _CONSONANTS else spelt[:STEM_LETTERS]
