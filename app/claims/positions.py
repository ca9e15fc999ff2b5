"""The parts that names play in an English text, by their places round the verbs and by prepositions."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from app.claims.entities import Entity, entities
from app.claims.lexicon import listed, prepositions, verbs
from app.claims.reading import Reading
from app.claims.role import Deed, Part, Role
from app.lexicon import month
from corpus.text import cut_suffix

_PAST: Final = re.compile(r"\w{2,}ed$")
_NOUN_OF_VERB: Final = re.compile(
    r"(?:[^n]tion|sion|ment|ance|ing|visit|attack|offer|demand|request|letter|proposal)$"
)
_BE: Final = frozenset("was were is are be been being".split())
_JOINED: Final = re.compile(r"\s*(?:,|and|or|as well as)\s*(?:the\s+)?$")
# So many words, determiners aside, may stand between a preposition or a verb and the name it belongs to.
_BEFORE: Final = 3
# So many may stand between a name and the verb it is the subject of, and between it and its deed, a noun.
_BEHIND: Final = 8
_DEED_BEHIND: Final = 3
# Before a name with its verb these open a clause: "after Russia declared war".
_OPEN_CLAUSES: Final = frozenset({"after", "before", "until", "than"})
_ROLES: Final[dict[str, Role]] = {"to": "goal", "from": "source", "by": "agent"}


def english_roles(text: Reading) -> list[Part]:
    """Return the parts of the names of an English text."""
    return list(_cached(text))


def english_deeds(text: Reading) -> list[Deed]:
    """Return who does what: a name and the verb behind it, or the noun of a verb: "the Sultan's visit"."""
    found = []
    for part in _cached(text):
        if part.role == "agent" and (verb := _verb_of(text, part)):
            found.append(Deed(part.entity, verb))
    return found


def english_mark(text: Reading, entity: Entity) -> str:
    """Return what a name is marked by: the kind of the preposition before it, and whether it possesses."""
    before = [word.folded for word in text.words[: entity.first] if word.folded not in verbs("determiners")]
    kind = prepositions().get(before[-1], "") if before else ""
    return f"{kind}'s" if _is_possessive(text, entity) else kind


@lru_cache(maxsize=4096)
def _cached(text: Reading) -> tuple[Part, ...]:
    found: list[Part] = []
    for entity in entities(text):
        found.append(Part(entity, _role(text, entity, found), _clause(text, entity), entity.last))
    return tuple(found)


def _verb_of(text: Reading, part: Part) -> str:
    if _is_possessive(text, part.entity):
        nouns = text.words[part.at + 1 : part.at + 1 + _DEED_BEHIND]
        return next((word.folded for word in nouns if _NOUN_OF_VERB.search(word.folded)), "")
    for place in range(part.at + 1, min(len(text.words), part.at + 1 + _BEHIND)):
        word = text.words[place]
        if _is_verb(text, place) and word.folded not in verbs("auxiliary"):
            return word.folded
        if word.folded in verbs("openers") - {"who", "which"}:
            return ""
    return ""


def _clause(text: Reading, entity: Entity) -> int:
    """The number of clauses that have opened before a name."""
    start = text.words[entity.first].start
    opened = sum(word.folded in verbs("openers") for word in text.words[: entity.first])
    return opened + text.text[:start].count(";")


def _role(text: Reading, entity: Entity, before: list[Part]) -> Role:
    if _is_possessive(text, entity):
        behind = text.words[entity.last + 1 : entity.last + 1 + _DEED_BEHIND]
        # "Denikin's army pressed": the army does it.
        if behind and behind[0].folded in listed("bodies", "en"):
            return _role(text, replace(entity, last=entity.last + 1), before)
        return "agent" if any(_NOUN_OF_VERB.search(word.folded) for word in behind) else "other"
    # A name joined to the one before plays its part.
    if before:
        gap = text.text[text.words[before[-1].at].end : text.words[entity.first].start]
        if _JOINED.fullmatch(gap) and not (gap.strip() == "," and _opens_a_deed(text, entity)):
            return before[-1].role
    steps = 0
    for place in range(entity.first - 1, -1, -1):
        word = text.words[place]
        if steps > _BEFORE or re.search("[,;:]", text.text[word.end : text.words[place + 1].start]):
            break
        # "On 2 November the …", "in this talk the …": the phrase is at its end before the name.
        if word.folded.isdigit() or month(cut_suffix(word.text)) or word.folded in verbs("pointing"):
            break
        if word.folded == "of":
            # "the army of Soviet Russia" plays the part of the army.
            holder = next((part for part in before if part.at >= place - 2), None)
            if holder:
                return holder.role
            # "The Treaty of Moscow": a name of a place that does nothing.
            if place and text.words[place - 1].folded.startswith(tuple(listed("events", "en"))):
                return "other"
            continue
        if kind := prepositions().get(word.folded):
            # Whoever sees it so says it.
            if place and text.words[place - 1].folded == "according":
                return "agent"
            if word.folded in _OPEN_CLAUSES and _opens_a_deed(text, entity):
                return _subject(text, entity)
            if kind == "to" and _is_verb(text, place + 1):
                return "patient"
            return _ROLES.get(kind, "other")
        if word.folded in verbs("openers") | verbs("auxiliary"):
            break
        if _is_verb(text, place):
            return "patient"
        steps += word.folded not in verbs("determiners")
    return _subject(text, entity)


def _subject(text: Reading, entity: Entity) -> Role:
    """The part of a name that nothing before it determines: who does it, or in the passive who suffers it."""
    is_after_be = False
    for place in range(entity.last + 1, min(len(text.words), entity.last + 1 + _BEHIND)):
        word = text.words[place]
        if word.folded in verbs("auxiliary"):
            is_after_be = is_after_be or word.folded in _BE
        elif _is_verb(text, place):
            return "patient" if is_after_be else "agent"
        elif is_after_be or word.folded in verbs("openers") - {"who", "which", "whom"}:
            break
    return "agent"


def _opens_a_deed(text: Reading, entity: Entity) -> bool:
    """Whether a verb stands directly behind a name."""
    behind = entity.last + 1
    return behind < len(text.words) and (
        text.words[behind].folded in verbs("auxiliary") or _is_verb(text, behind)
    )


def _is_possessive(text: Reading, entity: Entity) -> bool:
    return bool(re.search(r"['’]s?$", text.words[entity.last].text)) or text.text[
        text.words[entity.last].end :
    ].startswith(("' ", "’ "))


def _is_verb(text: Reading, at: int) -> bool:
    if at >= len(text.words) or text.words[at].is_capital:
        return False
    folded = text.words[at].folded
    if at and text.words[at - 1].folded == "to" and folded not in verbs("determiners"):
        return folded not in listed("bodies", "en")
    return folded in verbs("irregular") | verbs("auxiliary") or bool(_PAST.match(folded))
