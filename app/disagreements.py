"""Where the articles contradict one another, or themselves: two dates for one event, two sums of one thing.

Found in two ways, both general. Sentences that date the same act upon the same thing ("Gümrü Antlaşması …
imzalandı") are compared by what they say (app/mentions.py); and questions of the register that ask the same,
by their vectors in both languages, are compared by the dates and numbers of the sentences that answer them.
A date said less exactly is no disagreement, and what two authors leave out neither is.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from corpus.article import Language

if TYPE_CHECKING:
    from app.vocabulary import Vocabulary
    from index.search import Searcher

DisagreementKind = Literal["date", "number"]


@dataclass(frozen=True)
class Side:
    """A sentence and the value that it gives, as it is written in Turkish and in the English of the index."""

    sentence_id: str
    article: str
    tr: str
    en: str

    def value(self, language: Language) -> str:
        """Return the value in a language."""
        return self.tr if language == "tr" else self.en


@dataclass(frozen=True)
class Disagreement:
    """Sentences that give different values for the same: what they are about, as a question in both
    languages, and the sides in the order of the corpus; some may give the same value."""

    kind: DisagreementKind
    about_tr: str
    about_en: str
    sides: tuple[Side, ...]

    def about(self, language: Language) -> str:
        """Return what the disagreement is about, in a language."""
        return self.about_tr if language == "tr" else self.about_en

    def values(self, language: Language, first: str = "") -> str:
        """Return the different values ("30 Ekim 1920 / 20 Eylül 1920"), that of the sentence ``first``
        first."""
        ordered = sorted(self.sides, key=lambda side: side.sentence_id != first)
        return " / ".join(dict.fromkeys(side.value(language) for side in ordered))

    def others(self, sentence_id: str) -> list[Side]:
        """Return for each value that a sentence does not give the first side that gives it, those of other
        articles first."""
        own = [side for side in self.sides if side.sentence_id == sentence_id]
        taken = {side.tr for side in own}
        found = []
        for side in sorted(self.sides, key=lambda side: side.article in {one.article for one in own}):
            if side.tr not in taken:
                taken.add(side.tr)
                found.append(side)
        return found


class Disagreements:
    """The disagreements of one generation of the index, by the sentences that are sides of them."""

    def __init__(self, found: Iterable[Disagreement]) -> None:
        self.found = tuple(found)
        self._of: dict[str, list[Disagreement]] = defaultdict(list)
        for one in self.found:
            for name in dict.fromkeys(side.sentence_id for side in one.sides):
                self._of[name].append(one)

    @classmethod
    def find(cls, searcher: Searcher, vocabulary: Vocabulary | None = None) -> Disagreements:
        """Find the disagreements of an index; ``vocabulary``: that of its articles, where it is known."""
        from app.contradictions import Finder
        from app.vocabulary import Vocabulary

        return cls(Finder(searcher, vocabulary or Vocabulary(searcher.articles.values())).found())

    def of(self, sentence_id: str, kind: str) -> list[Disagreement]:
        """Return the disagreements of a kind ("date", "number") that a sentence is a side of."""
        return [one for one in self._of.get(sentence_id, ()) if one.kind == kind]


def main() -> None:
    """Write the page of the disagreements of the current index to the standard output."""
    from app.assistant import Assistant
    from app.disagreement_page import page
    from app.settings import Settings
    from index.model import resolve

    settings = Settings()
    assistant = Assistant.load(settings.index_dir, resolve(settings.model, settings.cache_dir))
    sys.stdout.write(page(Disagreements.find(assistant.searcher), assistant.articles))


if __name__ == "__main__":
    main()
