"""Whether a question leans on what was asked before it, by the signs that it bears itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from app.cues import cue, word_list
from app.parts import Part, parts_of
from app.vocabulary import Vocabulary
from corpus.article import Language
from corpus.text import skeleton, words

# A whole question that says so much stands by itself, even without a name or a time.
_MOST_WORDS: Final = 5
# A phrase that says so little may continue a question; so may so long a name.
_FEW_WORDS: Final = 2
_LONGEST_NAME: Final = 3
# A name that is only where something was, or to or from where it went, leaves unsaid what.
_AROUND: Final = ("to", "in", "from")
_MARKS: Final = " ,.;:!?…"


class Reading:
    """A question, read by its words.

    ``words``: all of them; ``parts``: those that say what it is about. ``said``: the question without what
    opens it ("Peki", "No, I meant"). ``is_clause``: whether it is a whole question, not a mere phrase like
    "And in 1922?"; ``asks``: whether it says what is asked for; ``replaces``: whether it stands for the same
    question about something else, not for one about something more ("Sovyet tepkisi?").
    """

    def __init__(self, text: str, language: Language, vocabulary: Vocabulary) -> None:
        self.text = text
        self.language = language
        self._vocabulary = vocabulary
        self._spans = words(text)
        self._folded = skeleton(text)
        # What a turn of phrase holds points at nothing.
        self._pointing = _blanked(cue(language, "idiom"), self._folded)
        self._is_correction = bool(cue("both", "correction").search(self._folded))
        body = self._body()
        start = len(body) - len(body.lstrip())
        kept = "".join(char if still.strip() else " " for char, still in zip(text, body, strict=True))
        self.said = " ".join(kept.split()) or text
        self._has_opening = start > 0
        self.words = tuple(
            part for part in parts_of(text, language, vocabulary) if body[self._spans[part.at][0]].strip()
        )
        self.parts = tuple(part for part in self.words if part.kind != "asked")
        self.names = tuple(part for part in self.parts if part.kind == "name" and part.group != "title")
        self.times = tuple(part for part in self.parts if part.kind == "time")
        core = cue("both", "closing").sub("", body.strip(_MARKS))
        self.is_clause = bool(self.parts and cue(language, "clause").search(core))
        self.asks = self.is_clause or bool(cue(language, "interrogative").search(core))
        is_of_more = bool(self.names) and any(part.kind == "word" for part in self.parts)
        self.replaces = not self.is_clause and (self._is_correction or not is_of_more)

    def leans(self, before: Sequence[Part]) -> bool:
        """Return whether the question needs the one before it, whose parts are given."""
        is_courtesy = bool(cue("both", "courtesy").search(self._folded))
        if not self.words or (is_courtesy and not self.parts and not self.asks):
            return False
        if self._points_back():
            return True
        return self._lacks_a_subject() if self.is_clause else self._continues(before)

    def names_no_subject(self) -> bool:
        """Return whether its names only say where to or from: "Moskova'ya haber verildi mi?" """
        return bool(self.names) and all(
            part.kind != "head" and (part.kind != "name" or part.role in _AROUND) for part in self.parts
        )

    def matches(self, name: str) -> Iterable[re.Match[str]]:
        """Return where a cue stands in the folded question, turns of phrase left out."""
        return cue(self.language, name).finditer(self._pointing)

    def behind(self, match: re.Match[str]) -> Part | None:
        """Return the part that is the next word behind a cue."""
        at = next((i for i, (start, _) in enumerate(self._spans) if start >= match.end()), -1)
        return next((part for part in self.parts if part.at == at), None)

    def years_on(self) -> re.Match[str] | None:
        """Return where it speaks of years after or before another."""
        return cue("both", "years").search(self._folded)

    def _body(self) -> str:
        """The folded question, what opens it ("Peki", "No, I meant") blanked out; its length stays."""
        body = _blanked(cue("both", "correction"), self._folded)
        start = len(body) - len(body.lstrip(_MARKS))
        while opening := cue("both", "opening").match(body[start:]):
            start += opening.end()
        return " " * start + body[start:]

    def _points_back(self) -> bool:
        """Whether it has a word that points at something which it does not say itself.

        In one clause, as in "What did Chicherin write to him?", only a possessive can mean what is named
        before it; "When Litvinov came to Ankara, what did he say?" names him in another.
        """
        things = [part for part in self.parts if part.kind in ("name", "head")]
        # What each may mean in its own clause, and what in another.
        meanings: dict[str, tuple[Sequence[Part], Sequence[Part]]] = {
            "pointer": ((), self.parts),
            "ordinal_alone": ((), self.parts),
            "person": ((), things),
            "possessive": (things, ()),
            "moment": (self.times, self.parts),
            "relative": ((*self.names, *self.times), ()),
        }
        moments = [match.span() for match in self.matches("moment")]
        return any(
            not self._is_said(match.start(), *meaning)
            for name, meaning in meanings.items()
            for match in self.matches(name)
            if name == "moment" or not any(low <= match.start() < high for low, high in moments)
        )

    def _is_said(self, at: int, here: Sequence[Part], elsewhere: Sequence[Part]) -> bool:
        """Whether a part stands before an offset: ``here``, or ``elsewhere`` with the end of its clause."""
        if any(self._spans[part.at][1] <= at for part in here):
            return True
        ends = [self._spans[part.at][1] for part in elsewhere]
        marks = [mark.start() for mark in self.matches("boundary") if mark.end() <= at]
        return bool(ends and marks) and min(ends) <= max(marks)

    def _lacks_a_subject(self) -> bool:
        """Whether a whole question says too little by itself: "Kimler imzaladı?" """
        if self.names:
            return self._tells_only_of_a_name()
        if self.times:
            return self._has_opening or all(part.kind in ("time", "verb") for part in self.parts)
        said = [part for part in self.parts if part.kind in ("word", "head")]
        return len(said) <= _MOST_WORDS and not self._is_foreign(said) and not self._is_of_today()

    def _tells_only_of_a_name(self) -> bool:
        """Whether there is but a verb and a name that leaves unsaid what: "Ankara'ya ne zaman geldi?" """
        is_verb = any(part.kind == "verb" for part in self.parts)
        others = [part for part in self.parts if part.kind not in ("name", "time", "verb")]
        is_one = len({part.phrase for part in self.names}) == 1
        is_nation = all(part.group == "nation" for part in self.names)
        return is_verb and not others and is_one and (is_nation or self.names_no_subject())

    def _continues(self, before: Sequence[Part]) -> bool:
        """Whether a mere phrase goes on with the last question: "Peki Kars?", "And in 1922?" """
        if self._is_correction or not self.parts:
            return True
        if self._is_of_today():
            return False
        if self._has_opening or len(self.parts) == len(self.times):
            return True
        if self.names:
            takes_a_place = any(
                part.names and part.names == other.names for part in self.names for other in before
            )
            is_name = all(part.kind not in ("word", "verb") for part in self.parts)
            is_reaction = all(part.group == "nation" for part in self.names) and not is_name
            return (takes_a_place and is_name and len(self.parts) <= _LONGEST_NAME) or (
                is_reaction and len(self.parts) <= _FEW_WORDS
            )
        return len(self.parts) <= _FEW_WORDS and not self._is_foreign(self.parts)

    def _is_of_today(self) -> bool:
        return any(skeleton(part.text) in word_list("now") for part in self.parts)

    def _is_foreign(self, parts: Sequence[Part]) -> bool:
        """Whether words are of another subject: one that the articles do not know may be a slip, two not."""
        strange = [part for part in parts if not self._vocabulary.knows(part.text, self.language)]
        return bool(strange) and (len(strange) > 1 or len(strange) == len(parts))


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    """Blank out what a pattern finds; the length stays."""
    return pattern.sub(lambda match: " " * len(match.group()), text)
