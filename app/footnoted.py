"""An answer as one text, for programs that show nothing else: sentences with their marks, then footnotes, and
which of the sentences a language model wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.answer import Answer, Citation
from app.support import told_of_writing
from app.texts import text
from app.verify import with_round_brackets

# What makes a picture, an element, a link or the target of one where Markdown is shown, with the backslashes
# before it. A picture would be fetched from another machine as soon as an answer is looked at, and a target
# would lead our own marks elsewhere.
_LOADING: Final = re.compile(r"(\\*)(!(?=\[)|<(?=[A-Za-z/!?])|(?<=\])[(:])")


@dataclass(frozen=True)
class Mark:
    """A footnote mark such as "[2]": where it stands in the whole text, and the article it stands for."""

    start: int
    end: int
    title: str
    url: str


@dataclass(frozen=True)
class Footnoted:
    """The sentences of an answer, each but the first with the space before it; their marks; what is below:
    the footnotes, and which sentences a language model wrote."""

    sentences: tuple[str, ...]
    marks: tuple[Mark, ...]
    footnotes: str

    @property
    def text(self) -> str:
        """The whole."""
        return "".join(self.sentences) + self.footnotes


def footnoted(answer: Answer, base: str) -> Footnoted:
    """Return an answer as text; ``base`` stands before the addresses of the articles.

    What articles and questions hold is shown as it stands, also where the text is taken for Markdown.
    """
    if not answer.claims:
        return Footnoted((inert(answer.text),), (), "")
    by_number = {citation.n: citation for citation in answer.citations}
    sentences: list[str] = []
    marks: list[Mark] = []
    at = 0
    for claim in answer.claims:
        sentence = f"{' ' if sentences else ''}{inert(with_round_brackets(claim.text))} "
        for n in claim.citations:
            start = at + len(sentence)
            sentence += f"[{n}]"
            cited = by_number[n]
            marks.append(Mark(start, at + len(sentence), cited.title, base + cited.url))
        sentences.append(sentence.rstrip())
        at += len(sentences[-1])
    below = _footnotes(answer.citations, answer.language, base)
    if told := told_of_writing(answer, answer.language):
        below += f"\n\n{told}"
    return Footnoted(tuple(sentences), tuple(marks), below)


def inert(words: str) -> str:
    r"""Return words so that no program that shows Markdown fetches anything because of them.

    >>> print(inert("![x](https://a.example/b) <img src=c> 1 < 2"))
    \![x]\(https://a.example/b) \<img src=c> 1 < 2
    """
    # Behind an odd number of backslashes it is no mark any more.
    return _LOADING.sub(lambda found: found[1] + ("" if len(found[1]) % 2 else "\\") + found[2], words)


def shown_source(title: str, page: int, address: str, words: str, language: str) -> str:
    """Return a source in two lines: the article, the page and the address, then the words as a quotation."""
    where = text(language, "reader.page", page=page)
    return f"{inert(title)}, {where}, {address}\n> {inert(' '.join(words.split()))}"


def _footnotes(citations: Iterable[Citation], language: str, base: str) -> str:
    """Each footnote a paragraph of its own."""
    return "".join(
        f"\n\n[{cited.n}] " + shown_source(cited.title, cited.page, base + cited.url, cited.quote, language)
        for cited in citations
    )
