"""Whether a date, a small number or a name of a claim is not the one that the cited sentences have there.

``app.verify`` sees to it that each stands somewhere in them; this looks at what slips through: a month with
a Turkish ending, "two months" for "a month", the date of one sentence given to what another one tells, and a
name that only looks like one of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from app.claims.entities import named_words, people_of
from app.claims.lexicon import pattern
from app.claims.reading import Reading, Word, has_counterpart
from app.facts import dates
from app.lexicon import month, number, other_names
from app.names import names, spelling
from corpus.article import Language
from corpus.text import cut_suffix, skeleton
from index.analyzer import STEM_LETTERS, analyze
from index.synonyms import expand

# "1921 Martında", "Eylülünün"; "Aralığın".
_WITH_ENDING: Final = re.compile(r"([a-z]+?)(?:[iu](?:n\w*)?|[ae]|d[ae]n?)$")
_SOFT: Final = {"ocag": "ocak", "aralig": "aralik"}
# So many more of the claim's words another sentence has, and it is that one's date that was to be given.
_MARGIN: Final = 3
_CONSONANTS: Final = 3
# A number above this one that is whole is looked for by app.verify.
_SMALL: Final = 2
# "months" and "month", "saat" and "saatte" are one measure.
_UNIT_LETTERS: Final = 3


def has_another_value(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Return whether a date or a small number of the claim is another one in the cited sentences."""
    return (
        _has_another_month(claim, cited)
        or _has_another_span(claim, cited)
        or _has_date_of_another(claim, cited)
    )


def has_another_name(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Return whether a name of the claim merely looks like one that the cited sentences have."""
    there = [word for text in cited for word in text.words]
    said = {*names(claim.text, claim.language), *named_words(claim)}
    return any(not _is_there(name, there, claim.language) for name in said)


def _is_there(name: str, there: Sequence[Word], language: Language) -> bool:
    own = skeleton(cut_suffix(name))
    if people_of(own) or own in other_names() or expand(analyze(name, language), language):
        return True
    if language == "tr" and any(own.startswith(known) for known in other_names()):
        return True
    key = _sound(own)
    return any(
        word.folded[:STEM_LETTERS] == own[:STEM_LETTERS] or _sound(word.folded)[: len(key)] == key
        for word in there
    )


def _sound(folded: str) -> str:
    """The first consonants of a name, however it is spelt, or its letters where it has few."""
    consonants = re.sub("[aeiou]", "", spelling(folded))
    return consonants[:_CONSONANTS] if len(consonants) >= _CONSONANTS else spelling(folded)[:_CONSONANTS]


def _has_another_month(claim: Reading, cited: Sequence[Reading]) -> bool:
    there = {n for text in cited for n in _months(text)}
    return bool(there) and not _months(claim) <= there


def _months(text: Reading) -> set[int]:
    return {n for word in text.words if word.is_capital and (n := _month(word, text.language))}


def _month(word: Word, language: Language) -> int | None:
    bare = cut_suffix(word.text)
    if (found := month(bare)) or language == "en":
        return found
    match = _WITH_ENDING.match(word.folded)
    root = _SOFT.get(match[1], match[1]) if match else ""
    return month(root) if len(root) > _CONSONANTS else None


def _has_another_span(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether a number up to two, or one and a half, stands before a measure that has others in the cited
    sentences: numbers above are seen to by app.verify."""
    for measure, value in _spans(claim):
        there = {other for text in cited for unit, other in _spans(text) if unit == measure}
        is_small = value <= _SMALL or value % 1 != 0
        if is_small and there and value not in there:
            return True
    return False


def _spans(text: Reading) -> list[tuple[str, float]]:
    """The measures of a text with the numbers before them: ("month", 1.0) for "a month"."""
    found = []
    for match in pattern("measured", text.language).finditer(skeleton(text.text)):
        count = match["count"]
        plain = text.text[match.start("count") : match.end("count")]
        value = float(count) if count.isdigit() else number(plain, text.language)
        if value is None and text.language == "tr":
            continue
        value = (1.0 if value is None else value) + 0.5 * bool(match["half"])
        found.append((match["unit"][:_UNIT_LETTERS], value))
    return found


def _has_date_of_another(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether the claim's one date is that of a cited sentence, and all else what another dated one tells."""
    said = dates(claim.text)
    if len(said) != 1 or len(cited) == 1:
        return False
    (date,) = said
    content = [word for word in claim.content() if not word.folded.isdigit() and not month(word.folded)]
    with_it = [text for text in cited if any(date.may_be(other) for other in dates(text.text))]
    dated = [text for text in cited if dates(text.text) and text not in with_it]
    if not with_it or not dated:
        return False
    most = max(_common(content, text) for text in with_it)
    return any(_common(content, text) >= most + _MARGIN for text in dated)


def _common(content: Sequence[Word], text: Reading) -> int:
    return sum(has_counterpart(word, text.words, text.language) for word in content)
