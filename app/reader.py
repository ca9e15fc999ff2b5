"""The reader: a whole article as a page, with the cited characters highlighted.

Every run of text carries the raw offsets it stands for (``data-s``, ``data-e``), so that the page can
mark a citation from its address alone: from ``?c=`` here, from ``#c`` in ``static/reader.js``. Where the
English stands beside the Turkish, each of its sentences carries the raw spans of its Turkish
(``data-turkish``) and is marked with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from markupsafe import Markup, escape

from app.byline import byline
from app.templates import render
from app.texts import text
from app.visible import UNSEEN, code, visible
from corpus.article import Article, Block, Language, Mark, Piece, Sentence, Span

_SPANS: Final = re.compile(r"[0-9]{1,9}-[0-9]{1,9}(?:,[0-9]{1,9}-[0-9]{1,9})*")
_MOST_SPANS: Final = 200
# The number of a list item, not the day of a date with which one begins.
_NUMBER: Final = re.compile(r"[0-9]{1,3}[.)]")
# A repaired reading is underlined; the mending of line ends, spaces and marks is shown on request only.
_REPAIRED: Final = frozenset({"ocr"})
_GROUPS: Final = {"footnote": "notes", "list item": "list", "quotation": "quotation"}
_THEMES: Final = ("light", "dark")


def render_article(
    article: Article,
    spans: Sequence[Span] = (),
    language: Language = "tr",
    *,
    embedded: bool = False,
    english: bool = False,
    received: bool = False,
    theme: str = "",
) -> str:
    """Return the article as an HTML page, with the characters of ``spans`` (raw offsets) marked.

    ``language`` is that of the page around the article; ``embedded`` leaves out what a frame does not need;
    ``english`` puts the stored translations beside the Turkish; ``received`` shows mended spots as they stand
    in the file; ``theme`` is "light" or "dark", and anything else leaves the colours to the reader's system.
    """
    has_english = any(sentence.translation for sentence in article.sentences)
    page = _Page(article, spans, language, english=english, received=received)
    groups = [(name, list(blocks)) for name, blocks in groupby(page.blocks(), key=lambda b: b.group)]
    return render(
        "article.html",
        language,
        article=article,
        groups=groups,
        byline=byline(article, language),
        is_repaired=any(piece.kind in _REPAIRED for block in article.blocks for piece in block.pieces),
        embedded=embedded,
        has_english=has_english,
        english=english and has_english,
        received=received,
        theme=theme if theme in _THEMES else "",
        query=format_spans(spans),
    )


def render_missing(article_id: str, titles: Sequence[tuple[str, str]], language: Language) -> str:
    """Return the page that says there is no such article; ``titles`` are (id, title) of those there are."""
    return render("missing.html", language, article_id=article_id, titles=titles)


def parse_spans(query: str, length: int) -> tuple[Span, ...]:
    """Read "100-150,300-340" as spans of a text of ``length`` characters; anything amiss gives none.

    >>> parse_spans("300-340,100-150", 1000)
    ((300, 340), (100, 150))
    """
    if not _SPANS.fullmatch(query) or query.count(",") >= _MOST_SPANS:
        return ()
    spans = []
    for part in query.split(","):
        start, end = (int(number) for number in part.split("-"))
        if not start < end <= length:
            return ()
        spans.append((start, end))
    return tuple(spans)


def format_spans(spans: Sequence[Span]) -> str:
    """Return spans as they stand in an address."""
    return ",".join(f"{start}-{end}" for start, end in spans)


@dataclass(frozen=True)
class _ShownBlock:
    """A block ready for the template: its inline HTML, that of its English ("" where there is none or none is
    shown), and the marks that call it if it is a note."""

    block: Block
    html: Markup
    english: Markup
    group: str
    is_numbered: bool = False
    callers: tuple[str, ...] = ()


class _Page:
    """The blocks of one article, written in reading order: pages and lines run on from block to block."""

    def __init__(
        self, article: Article, spans: Sequence[Span], language: Language, *, english: bool, received: bool
    ) -> None:
        self._article = article
        self._spans = spans
        self._language = language
        self._is_received = received
        self._shows_english = english
        self._sentences: dict[str, list[Sentence]] = {}
        for sentence in article.sentences:
            self._sentences.setdefault(sentence.block, []).append(sentence)
        self._page_shown = 0
        self._line_shown = 0
        self._is_first_mark = True
        self._notes: dict[str, Block] = {}
        self._callers: dict[str, list[str]] = {}
        for block in article.blocks:
            if block.kind == "footnote":
                self._notes.setdefault(block.note, block)
            for index, mark in enumerate(block.marks):
                self._callers.setdefault(mark.note, []).append(_mark_id(block, index))

    def blocks(self) -> Iterator[_ShownBlock]:
        for block in self._article.blocks:
            is_own_note = self._notes.get(block.note) is block
            yield _ShownBlock(
                block=block,
                html=Markup("").join(self._runs(block)),
                english=self._english(block) if self._shows_english else Markup(""),
                group=_GROUPS.get(block.kind, "flow"),
                is_numbered=block.kind == "list item" and bool(_NUMBER.match(block.text)),
                callers=tuple(self._callers.get(block.note, ())) if is_own_note else (),
            )

    def _runs(self, block: Block) -> Iterator[Markup]:
        """Yield the runs of a block: text, repairs, page labels and footnote marks, in order."""
        waiting = sorted(enumerate(block.marks), key=lambda numbered: numbered[1].at)
        at = 0
        for piece in block.pieces:
            if piece.text and block.kind != "footnote":
                yield self._page_label(piece.start)
            if piece.text:
                while waiting and waiting[0][1].at <= at:
                    yield self._note_mark(block, *waiting.pop(0))
            if piece.kind:
                yield self._edit(piece)
            else:
                begin = 0
                while waiting and waiting[0][1].at < at + len(piece.text):
                    cut = waiting[0][1].at - at
                    yield self._plain(piece, begin, cut)
                    yield self._note_mark(block, *waiting.pop(0))
                    begin = cut
                yield self._plain(piece, begin, len(piece.text))
            at += len(piece.text)
        for index, mark in waiting:
            yield self._note_mark(block, index, mark)

    def _page_label(self, offset: int) -> Markup:
        page = self._article.page(offset)
        if page <= self._page_shown:
            return Markup("")
        self._page_shown = page
        return Markup(
            '<span class="page" id="page-{page}" role="doc-pagebreak" aria-label="{label}" lang="{language}">'
            "{short}</span>"
        ).format(
            page=page,
            label=text(self._language, "reader.page_label", page=page),
            language=self._language,
            short=text(self._language, "reader.page", page=page),
        )

    def _note_mark(self, block: Block, index: int, mark: Mark) -> Markup:
        note = self._notes.get(mark.note)
        if note is None:
            lost = text(self._language, "reader.note_lost", note=mark.note)
            return Markup('<sup class="call" title="{}">{}</sup>').format(lost, mark.note)
        return Markup(
            '<sup class="call"><a id="{id}" href="#{note}" role="doc-noteref" aria-label="{label}">{mark}</a>'
            "</sup>"
        ).format(
            id=_mark_id(block, index),
            note=note.id,
            label=text(self._language, "reader.note", note=mark.note),
            mark=mark.note,
        )

    def _plain(self, piece: Piece, begin: int, end: int) -> Markup:
        """Write ``piece.text[begin:end]``, which stands as received, marking exactly the cited characters.

        An unseen character has a box of its own, so that it turns nothing around it; there it stands as
        received, to be copied, and its code is shown.
        """
        shown, at = Markup(""), begin
        for found in UNSEEN.finditer(piece.text, begin, end):
            shown += self._seen(piece, at, found.start()) + self._unseen(piece, found.start())
            at = found.end()
        return shown + self._seen(piece, at, end)

    def _unseen(self, piece: Piece, at: int) -> Markup:
        start, character = piece.start + at, piece.text[at]
        # A browser leaves NUL out, and offsets would be those of a shorter text.
        shown = "\ufffd" if character == "\0" else character
        marked = self._mark(shown) if self._is_cited(start, start + 1) else escape(shown)
        return Markup('<span class="unseen"{} data-code="{}">{}</span>').format(
            self._offsets(start, start + 1), code(character), marked
        )

    def _seen(self, piece: Piece, begin: int, end: int) -> Markup:
        if begin == end:
            return Markup("")
        start, stop = piece.start + begin, piece.start + end
        cuts = {start, stop}
        for low, high in self._spans:
            cuts.update(cut for cut in (low, high) if start < cut < stop)
        edges = sorted(cuts)
        shown = Markup("")
        marked = ""
        for low, high in pairwise(edges):
            part = piece.text[low - piece.start : high - piece.start]
            if self._is_cited(low, high):
                marked += part
                continue
            shown += self._mark(marked) + escape(part)
            marked = ""
        return Markup("<span{}>{}</span>").format(self._offsets(start, stop), shown + self._mark(marked))

    def _edit(self, piece: Piece) -> Markup:
        """Write a mended spot, which is cited as a whole, as mended or as received."""
        attributes = self._offsets(piece.start, piece.end) if piece.text else _offsets(piece.start, piece.end)
        received = self._article.raw[piece.start : piece.end]
        attributes += Markup(" data-received")
        if piece.kind in _REPAIRED:
            key = "reader.mended" if self._is_received else "reader.repair"
            title = visible(text(self._language, key, received=received.strip(), mended=piece.text))
            attributes += Markup(' class="repair" title="{}"').format(title)
        words = visible(received if self._is_received else piece.text)
        shown = self._mark(words) if self._is_cited(piece.start, piece.end) else escape(words)
        return Markup("<span{}>{}</span>").format(attributes, shown)

    def _english(self, block: Block) -> Markup:
        """Write the stored English of a block sentence by sentence; a sentence without one stays empty."""
        if block.translation:
            return self._english_run(block.translation, block.spans)
        sentences = self._sentences.get(block.id, [])
        if not any(sentence.translation for sentence in sentences):
            return Markup("")
        return Markup(" ").join(self._english_run(each.translation, each.spans) for each in sentences)

    def _english_run(self, english: str, spans: Sequence[Span]) -> Markup:
        # Of a sentence cited in part the whole English is marked: which of its words match is not known.
        is_cited = any(self._is_cited(start, end) for start, end in spans)
        attributes = Markup(' data-turkish="{}"').format(format_spans(spans))
        if not english:
            attributes += Markup(' class="untranslated" title="{}"').format(
                text(self._language, "reader.untranslated")
            )
        words = visible(english)
        return Markup("<span{}>{}</span>").format(attributes, self._mark(words) if is_cited else words)

    def _is_cited(self, start: int, end: int) -> bool:
        return any(low < end and start < high for low, high in self._spans)

    def _mark(self, marked: str) -> Markup:
        if not marked:
            return Markup("")
        # The first mark has a name, so that a page without scripts can be opened at it.
        name = Markup(' id="cited"') if self._is_first_mark else Markup("")
        self._is_first_mark = False
        return Markup("<mark{}>{}</mark>").format(name, marked)

    def _offsets(self, start: int, end: int) -> Markup:
        """The offsets of a run, and its line number where it is the first run of its line."""
        line = self._article.line(start)
        if line == self._line_shown:
            return _offsets(start, end)
        self._line_shown = line
        return _offsets(start, end) + Markup(' data-line="{}"').format(line)


def _offsets(start: int, end: int) -> Markup:
    return Markup(' data-s="{}" data-e="{}"').format(start, end)


def _mark_id(block: Block, index: int) -> str:
    return f"{block.id}-m{index + 1}"
