"""Whether a date, a small number or a name of a claim is not the one that the cited sentences have there.

``app.verify`` sees to it that each stands somewhere in them; this looks at what slips through: a month with
a Turkish ending, "two months" for "a month", the date of one sentence given to what another one tells, and a
name that only looks like one of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Final

from app.claims.entities import named_words, people_of
from app.claims.lexicon import pattern
from app.claims.reading import Reading, Word, has_counterpart
from app.facts import dates
from app.lexicon import month, multiplier, number, other_names
from app.names import names, spelling
from corpus.article import Language
from corpus.text import cut_suffix, fold, skeleton
from index.analyzer import STEM_LETTERS, analyze
from index.synonyms import expand

# "1921 Martında", "Eylülünün"; "Aralığın".
_WITH_ENDING: Final = re.compile(r"([a-z]+?)(?:[iu](?:n\w*)?|[ae]|d[ae]n?)$")
_SOFT: Final = {"ocag": "ocak", "aralig": "aralik"}
# So many more of the claim's words another sentence has, and it is that one's date that was to be given.
_MARGIN: Final = 3
# The words round a number reach so far, and so many more of them stand round the other one.
_NUMBER_REACH: Final = 5
_NUMBER_MARGIN: Final = 2
# So many words round a year must be the claim's.
_LEAST_SHARED: Final = 2
_YEAR: Final = re.compile(r"1[0-9]{3}|20[0-9]{2}")
# A longer row of digits is a year, or a number that is told by itself.
_LONGEST_NUMBER: Final = 3
_CONSONANTS: Final = 3
# A number above this one that is whole is looked for by app.verify.
_SMALL: Final = 2
# "dörtte" of "dörtte üçü"; what a Turkish number ends with behind it.
_OF_SO_MANY: Final = re.compile(r"(?!yüz)(\w+)[dt][ae]$")
_POSSESSED: Final = re.compile(r"(?:si|sı|su|sü|i|ı|u|ü)(?:n\w*)?$")
# "months" and "month", "saat" and "saatte" are one measure.
_UNIT_LETTERS: Final = 3


def has_another_value(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Return whether a date or a small number of the claim is another one in the cited sentences."""
    return (
        _has_another_month(claim, cited)
        or _has_another_span(claim, cited)
        or _has_another_share(claim, cited)
        or _has_date_of_another(claim, cited)
        or _has_date_from_elsewhere(claim, cited)
        or _has_number_of_another(claim, cited)
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


def _has_another_share(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether the claim has a share, "üçte ikisi", "two thirds", that no cited sentence has."""
    return not _shares(claim) <= {share for text in cited for share in _shares(text)}


def _shares(text: Reading) -> set[tuple[float, float]]:
    """The shares of a text in words, as numerator and denominator."""
    found = set()
    for one, other in pairwise(text.words):
        if text.language == "tr":
            match = _OF_SO_MANY.match(fold(one.text, "tr"))
            whole, part = (number(match[1], "tr") if match else None), number(_bare_number(other), "tr")
        else:
            part, whole = _english_share(one.folded, other.folded)
        if part and whole and whole > part:
            found.add((part, whole))
    return found


def _english_share(one: str, other: str) -> tuple[float | None, float | None]:
    part = 1.0 if one == "a" else number(one, "en")
    bare = other.removesuffix("s")
    if bare == "quarter":
        return part, 4.0
    # "Two thirds", "a fifth".
    is_share = bare.endswith(("th", "rd")) and (bare != other) == (part != 1)
    return part, number(bare, "en") if is_share else None


def _bare_number(word: Word) -> str:
    """A Turkish number word without its possessive: "ikisi", "üçü"."""
    folded = fold(word.text, "tr")
    return next((bare for bare in (folded, _POSSESSED.sub("", folded)) if number(bare, "tr")), folded)


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


def _has_number_of_another(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether another number of the cited sentences stands among the words round a number of the claim, and
    this one not: "10 million came later" where one million did."""
    there = [(text, at, value) for text in cited for at, value in _numbers(text)]
    for place, own in _numbers(claim):
        near = _round(claim, place)
        mine = [_shared(near, _round(text, at), claim) for text, at, value in there if value == own]
        others = [_shared(near, _round(text, at), claim) for text, at, value in there if value != own]
        if mine and others and max(others) >= max(mine) + _NUMBER_MARGIN:
            return True
    return False


def _numbers(text: Reading) -> Iterator[tuple[int, float]]:
    """The places and values of the numbers of a text that are no parts of dates."""
    for at, word in enumerate(text.words):
        beside = text.words[max(0, at - 1) : at + 2]
        if any(_month(other, text.language) for other in beside if other.is_capital):
            continue
        if word.folded.isdigit() and len(word.folded) <= _LONGEST_NUMBER:
            yield at, float(word.folded)
        elif (value := number(word.text, text.language)) and (value > _SMALL or _is_counted(text, at)):
            yield at, value


def _is_counted(text: Reading, at: int) -> bool:
    """Whether a small number in words stands before a greater one: "one million"."""
    behind = text.words[at + 1 : at + 2]
    return any(multiplier(word.text, text.language) for word in behind)


def _round(text: Reading, at: int) -> list[Word]:
    words = [*text.words[max(0, at - _NUMBER_REACH) : at], *text.words[at + 1 : at + 1 + _NUMBER_REACH]]
    return [word for word in words if word.stem and not word.folded.isdigit()]


def _shared(words: Sequence[Word], others: Sequence[Word], text: Reading) -> int:
    return sum(has_counterpart(word, others, text.language) for word in words)


def _has_date_from_elsewhere(claim: Reading, cited: Sequence[Reading]) -> bool:
    """Whether a year of the claim stands in the cited sentences only among words that the claim has not: it
    is the time of something else."""
    content = [word for word in claim.content() if not _is_of_date(word)]
    for year in {word.folded for word in claim.words if _YEAR.fullmatch(word.folded)}:
        around = [
            _beside(text, at) for text in cited for at, word in enumerate(text.words) if word.folded == year
        ]
        if around and not any(
            _shared(words, content, claim) >= min(_LEAST_SHARED, len(words)) for words in around
        ):
            return True
    return False


def _beside(text: Reading, at: int) -> list[Word]:
    """The nearest words on each side of a place that say something and belong to no date."""
    sides = (reversed(text.words[:at]), text.words[at + 1 :])
    telling = ((word for word in side if word.stem and not _is_of_date(word)) for side in sides)
    return [word for side in telling for word in islice(side, _NUMBER_REACH)]


def _is_of_date(word: Word) -> bool:
    return word.folded.isdigit() or month(cut_suffix(word.text)) is not None


def _common(content: Sequence[Word], text: Reading) -> int:
    return sum(has_counterpart(word, text.words, text.language) for word in content)
