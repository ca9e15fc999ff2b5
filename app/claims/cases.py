"""The parts that names play in a Turkish text, by their endings and what stands behind them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from app.claims.entities import Entity, entities
from app.claims.lexicon import listed
from app.claims.reading import Reading, Word
from app.claims.role import Deed, Part, Role
from corpus.text import cut_suffix, skeleton

# The case of an ending behind an apostrophe or a possessive, and of a plain or plural noun.
_CASES: Final[dict[str, re.Pattern[str]]] = {
    "source": re.compile(r"n?[dt][ae]n$"),
    "place": re.compile(r"n?[dt][ae](?:ki\w*|yken)?$"),
    "with": re.compile(r"y?l[ae]$"),
    "possessor": re.compile(r"n?[iu]n$"),
    "by": re.compile(r"(?:n?c[ae])$"),
    "goal": re.compile(r"[yn]?[ae]$"),
    "patient": re.compile(r"[yn]?[iu]$"),
}
_PLURAL: Final = re.compile(r"l[ae]r(?P<ending>[iu]n|d[ae]n|d[ae]|[iu]|[ae]|l[ae]|c[ae])?$")
_POSSESSED: Final = re.compile(r"[iu](?P<ending>n[iu]n|nd[ae]n|nd[ae]|n[iu]|n[ae]|yl[ae]|nc[ae])?$")
# A verb that ends a clause.
_VERB: Final = re.compile(
    r"(?:d[iu](?:lar|ler|r)?|m[iu]s(?:t[iu]r?|l[ae]r\w*)?|yor\w*|m[ae]kte\w*|ecek\w*|acak\w*|ken|arak|erek|[iu]nca|[iu]p|s[ae]\b)$"
)
# A verbal noun: the genitive before it is who does it.
_VERBAL: Final = re.compile(
    r"(?:d[iu][gk]\w+|t[iu][gk]\w+|[ae]cag\w+|m[ae](?:s[iu]|l[ae]r[iu])\w*|(?:[iu]s|m)[ae]?s?[iu]n?\w{0,4})$"
)
# So far behind its genitive a verbal noun stands; verbs that go on ("işgal ederek") may stand between.
_TO_VERBAL: Final = 5
_FAR_VERBAL: Final = 10
_GOES_ON: Final = re.compile(r"\w+(?:[ae]r[ae]k|[iu]p)$")
# Shorter words are no verbs with an ending.
_SHORT: Final = 3
_PASSIVE: Final = re.compile(r"\w+[iu]l(?:d[iu]|m[iu]s|[iu]yor|ma|me|ecek|acak|arak|erek|di)\w*$")


@lru_cache(maxsize=4096)
def _cached(text: Reading) -> tuple[Part, ...]:
    found = []
    known = entities(text)
    for number, entity in enumerate(known):
        role = _role(text, entity, known[number + 1 :])
        found.append(Part(entity, role, _verb_behind(text, entity.last), entity.last))
    return tuple(found)


def turkish_roles(text: Reading) -> list[Part]:
    """Return the parts of the names of a Turkish text."""
    return list(_cached(text))


def _role(text: Reading, entity: Entity, behind: tuple[Entity, ...]) -> Role:
    case = case_of(text, entity)
    after = [word.folded for word in text.words[entity.last + 1 : entity.last + 3]]
    if after[:1] == ["tarafindan"] or case == "by":
        return "agent"
    if case == "goal" and after and after[0] in listed("dative_postpositions", "tr"):
        # Whoever sees it so says it.
        return "agent" if after[0] == "gore" else "other"
    if case in ("source", "goal", "patient"):
        return case  # type: ignore[return-value]
    if case in ("place", "with"):
        return "other"
    if case == "possessor":
        return "agent" if _has_verbal_behind(text, entity) else "other"
    # The first of two joined names has the ending of the second.
    if after and after[0] in ("ve", "ile", "veya") and behind and behind[0].first == entity.last + 2:
        return _role(text, behind[0], behind[1:])
    if after and after[0] in listed("postpositions", "tr"):
        return "other"
    verb = text.words[at] if (at := _verb_behind(text, entity.last)) < len(text.words) else None
    return "patient" if verb and _PASSIVE.match(verb.folded) else "agent"


def is_turkish_subject(text: Reading, entity: Entity) -> bool:
    """Return whether a name stands in the nominative and does something."""
    return case_of(text, entity) == "" and any(
        part.entity == entity and part.role == "agent" for part in _cached(text)
    )


def turkish_deeds(text: Reading) -> list[Deed]:
    """Return who does what by a verbal noun: "Lenin'in mektup istemesi"."""
    found = []
    for part in _cached(text):
        if part.role != "agent" or case_of(text, part.entity) != "possessor":
            continue
        behind = text.words[part.at + 1 : part.at + 1 + _TO_VERBAL]
        verbal = next((word for word in behind if _is_verbal(word)), None)
        if verbal is not None:
            found.append(Deed(part.entity, verbal.folded))
    return found


def case_of(text: Reading, entity: Entity) -> str:
    """Return the case of a name by its ending, "" for the nominative."""
    word = text.words[entity.last]
    bare = cut_suffix(word.text)
    if len(bare) < len(word.text):
        return _named(skeleton(word.text)[len(bare) + 1 :])
    is_compound = entity.last > entity.first
    if match := _PLURAL.search(word.folded):
        ending = match["ending"] or ""
        # "Türk orduları": it has its possessor before it; the accusative would be "ordularını".
        return "" if is_compound and ending in ("i", "u") else _named(ending)
    if is_compound and (match := _POSSESSED.search(word.folded)) and len(word.folded) > 4:
        return _named(match["ending"] or "")
    if not word.is_capital:
        if re.search(r"(?:k|l|r|t)[ae]$", word.folded):
            return "goal"
        if re.search(r"[iu]n$", word.folded):
            return "possessor"
    return ""


def _named(ending: str) -> str:
    return next((case for case, pattern in _CASES.items() if pattern.match(ending)), "") if ending else ""


def _verb_behind(text: Reading, at: int) -> int:
    """The place of the verb by which the clause of a name ends."""
    for place in range(at + 1, len(text.words)):
        word = text.words[place]
        if _ends_clause(word):
            return place
        if ";" in text.text[text.words[place - 1].end : word.start]:
            return place
    return len(text.words)


def _has_verbal_behind(text: Reading, entity: Entity) -> bool:
    for word in text.words[entity.last + 1 : entity.last + 1 + _FAR_VERBAL]:
        if _is_verbal(word):
            return True
        if _ends_clause(word) and not _GOES_ON.match(word.folded):
            return False
    return False


def _ends_clause(word: Word) -> bool:
    return bool(_VERB.search(word.folded)) and not word.is_capital and len(word.folded) > _SHORT


def _is_verbal(word: Word) -> bool:
    return bool(_VERBAL.search(word.folded)) and not word.is_capital
