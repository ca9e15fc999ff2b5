"""What an export says, whatever its format: the exchanges with their notes, and the articles cited."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from markupsafe import Markup

from app.answer import Answer, Citation
from app.byline import byline
from app.support import kind_of_source, told_of_writing
from app.texts import text
from app.turns import Turn, answer_html
from app.visible import visible
from corpus.article import Article, Language
from corpus.text import nfc

# XML, and so a Word file, can hold neither of these.
_NO_CHARACTERS: Final = "\ufffe\uffff"


@dataclass(frozen=True)
class Run:
    """Words of one language and one look; ``is_number``: the number of a note, without its brackets."""

    text: str
    language: Language
    is_bold: bool = False
    is_number: bool = False


@dataclass(frozen=True)
class Note:
    """A footnote of an answer: the words it rests on, and where they stand.

    ``support``: how the answer gives these words where it does not give them as they stand, in words.
    """

    number: int
    place: tuple[Run, ...]
    quote: Run
    translation: Run | None
    support: str
    address: str


@dataclass(frozen=True)
class Exchange:
    """A question with its answer, or with why there is none (then without notes).

    ``written``: which sentences a language model wrote.
    """

    number: int
    question: Run
    answer: tuple[Run, ...]
    disagreement: Run | None
    written: Run | None
    notes: tuple[Note, ...]
    is_answered: bool


@dataclass(frozen=True)
class Source:
    """An article that is cited; ``details``: what its text says of its author, year and journal."""

    title: Run
    details: str
    address: str


@dataclass(frozen=True)
class Content:
    """A whole export; ``head`` and ``foot`` are paragraphs in ``language``."""

    language: Language
    head: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    sources: tuple[Source, ...]
    foot: tuple[str, ...]


def content_of(
    turns: Sequence[Turn], language: Language, articles: Mapping[str, Article], base_url: str = ""
) -> Content:
    """Return what is exported of a conversation; a question whose answer is not yet whole is left out."""
    done = [turn for turn in turns if turn.is_done]
    cited = cited_articles(done, articles)
    return Content(
        language=language,
        head=_head(done, language, articles),
        exchanges=tuple(
            _exchange(number, turn, language, articles, base_url) for number, turn in enumerate(done, 1)
        ),
        sources=tuple(_source(article, language, base_url) for article in cited),
        foot=_foot(cited, language),
    )


def cited_articles(turns: Sequence[Turn], articles: Mapping[str, Article]) -> list[Article]:
    """Return the articles that the answers cite, by their id."""
    names = {citation.article for turn in turns for citation in _citations(turn)}
    return [articles[name] for name in sorted(names & articles.keys())]


def address_of(article: str, language: Language, base_url: str) -> str:
    """Return where an article is read: absolute where ``base_url`` is given."""
    return _address(f"/articles/{article}", language, base_url)


def printable(words: str) -> str:
    """Return the words composed, without characters that no file can show: controls, halves of pairs; other
    unseen ones are named.

    A line break or a tab becomes a space.
    """
    spaced = (" " if char.isspace() else char for char in nfc(words))
    return visible(
        "".join(
            char
            for char in spaced
            if unicodedata.category(char) not in ("Cc", "Cs") and char not in _NO_CHARACTERS
        )
    )


def one_line(words: str) -> str:
    """Return the words as ``printable`` does, with single spaces between them."""
    return " ".join(printable(words).split())


def _citations(turn: Turn) -> list[Citation]:
    """The footnotes of an answer; what was declined cites nothing."""
    is_answered = turn.answer is not None and turn.answer.status == "answered"
    return turn.answer.citations if turn.answer and is_answered else []


def _head(turns: Sequence[Turn], language: Language, articles: Mapping[str, Article]) -> tuple[str, ...]:
    generations = list(dict.fromkeys(turn.answer.generation for turn in turns if turn.answer))
    facts = [text(language, "export.articles", count=len(articles))]
    if any(generations):
        facts.insert(0, text(language, "export.generation", generation=", ".join(generations)))
    about = "export.about" if turns else "export.empty"
    return (" · ".join(facts), text(language, about))


def _foot(cited: Sequence[Article], language: Language) -> tuple[str, ...]:
    keys = ["export.translations"]
    if any(article.title_is_supplied for article in cited):
        keys.append("reader.supplied")
    if cited:
        keys.append("reader.copyright")
    return tuple(text(language, key) for key in keys)


def _exchange(
    number: int, turn: Turn, language: Language, articles: Mapping[str, Article], base_url: str
) -> Exchange:
    answer = turn.answer
    spoken = answer.language if answer else language
    if answer is None:
        told = f"{text(language, 'chat.no_answer')}. {text(language, turn.error)}"
        runs: tuple[Run, ...] = (Run(told, language),)
    elif answer.status == "declined":
        declined = Run(text(spoken, "export.declined"), spoken, is_bold=True)
        runs = (declined, Run(f" {printable(answer.text)}", spoken))
    else:
        runs = _runs(answer)
    return Exchange(
        number=number,
        question=Run(one_line(turn.question), spoken),
        answer=runs,
        disagreement=_disagreement(answer) if answer else None,
        written=_written(answer, language) if answer else None,
        notes=tuple(
            _note(citation, answer, language, articles, base_url)
            for citation in _citations(turn)
            if answer is not None
        ),
        is_answered=answer is not None and answer.status == "answered",
    )


def _disagreement(answer: Answer) -> Run | None:
    """What the articles say differently, where no sentence of the answer says it itself."""
    if answer.disagreement is None:
        return None
    if any(answer.disagreement.about in claim.text for claim in answer.claims):
        return None
    numbers = ", ".join(str(n) for n in answer.disagreement.citations)
    about = answer.disagreement.about
    told = text(answer.language, "export.disagreement", about=about, numbers=numbers)
    return Run(printable(told), answer.language)


def _written(answer: Answer, language: Language) -> Run | None:
    told = told_of_writing(answer, language)
    return Run(told, language) if told else None


def _note(
    citation: Citation, answer: Answer, language: Language, articles: Mapping[str, Article], base_url: str
) -> Note:
    article = articles.get(citation.article)
    title = Run(printable(citation.title), article.title_language if article else citation.language)
    first, last = citation.lines
    lines = text(language, "export.line" if first == last else "export.lines", first=first, last=last)
    where = f"{text(language, 'reader.page', page=citation.page)}, {lines}"
    section = (Run(printable(f"{citation.section}, "), citation.language),) if citation.section else ()
    return Note(
        number=citation.n,
        place=(title, Run(". ", language), *section, Run(f"{where}.", language)),
        quote=Run(printable(citation.quote), citation.language),
        translation=Run(printable(citation.translation), "en") if citation.translation else None,
        support=_support(citation, answer, language),
        address=_address(citation.url, language, base_url),
    )


def _support(citation: Citation, answer: Answer, language: Language) -> str:
    """How the first sentence that bears a note rests on it; "" where it is the quotation itself."""
    support = kind_of_source(answer, citation)
    if support in (None, "verbatim"):
        return ""
    return f"{text(language, 'card.support')}: {text(language, f'support.{support}')}."


def _source(article: Article, language: Language, base_url: str) -> Source:
    told = [line.rstrip(".") + "." for line in byline(article, language)]
    return Source(
        title=Run(printable(article.shown_title), article.title_language),
        details=printable(f"{' '.join(told)} {article.file}"),
        address=address_of(article.id, language, base_url),
    )


def _address(path: str, language: Language, base_url: str) -> str:
    before, mark, anchor = path.partition("#")
    return f"{base_url.rstrip('/')}{before}?lang={language}{mark}{anchor}"


def _runs(answer: Answer) -> tuple[Run, ...]:
    """The text of an answer as the page shows it: its bold values, its numbers, words of another language."""
    reading = _Reading(answer.language)
    reading.feed(answer_html(answer, 0, lambda _, citation: Markup("<sup>{}</sup>").format(citation.n)))
    reading.close()
    return tuple(reading.runs)


class _Reading(HTMLParser):
    """Reads the few elements that ``answer_html`` makes."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.runs: list[Run] = []
        self._language = language
        self._quoted: Language | None = None
        self._open: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.add(tag)
        if tag == "span":
            self._quoted = "tr" if dict(attrs)["lang"] == "tr" else "en"

    def handle_endtag(self, tag: str) -> None:
        self._open.discard(tag)
        if tag == "span":
            self._quoted = None

    def handle_data(self, data: str) -> None:
        self.runs.append(
            Run(
                printable(data),
                self._quoted or self._language,
                is_bold="strong" in self._open,
                is_number="sup" in self._open,
            )
        )
