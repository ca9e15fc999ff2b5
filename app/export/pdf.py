"""An export as a PDF of A4 pages in fonts of its own, whose words can be searched and copied."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import HRFlowable, Paragraph, SimpleDocTemplate

from app.export.content import Content, Exchange, Note, Run
from app.texts import text

# Bitstream Vera comes with reportlab and holds the letters of Turkish.
_FONT: Final = "Vera"
_FONTS: Final = {"Vera": "Vera.ttf", "VeraBd": "VeraBd.ttf", "VeraIt": "VeraIt.ttf", "VeraBI": "VeraBI.ttf"}
_INK, _QUIET, _ACCENT, _RULE = "#211e1a", "#645d52", "#7d1d1d", "#d9d2c3"
_MARGIN: Final = 2.3 * cm
# reportlab leaves so much between a margin and the words.
_PADDING: Final = 6.0
_INDENT: Final = 14.0


def pdf(content: Content) -> bytes:
    """Return the export as a PDF file with an outline of its questions and a number on every page."""
    _register()
    written = io.BytesIO()
    title = [exchange.question.text for exchange in content.exchanges[:1]]
    paper = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=": ".join([text(content.language, "site.name"), *title]),
        author=text(content.language, "site.name"),
        creator=text(content.language, "site.name"),
        subject="",
        # Else every page names Helvetica too, which is not in the file.
        initialFontName=_FONT,
        lang=content.language,
        # Without the date and the name by chance that a PDF else has: the same export is the same bytes.
        invariant=1,
    )
    paper.afterFlowable = lambda flowable: _outline(paper, flowable)
    foot = _PageFoot(content.language)
    paper.build(list(_paragraphs(content)), onFirstPage=foot, onLaterPages=foot)
    return written.getvalue()


def drawable(words: str) -> str:
    """Return the words with a letter that the font lacks as its base letter, or as "?".

    >>> drawable("Şükrü ẅ Ж")
    'Şükrü w ?'
    """
    glyphs = _register()
    return "".join(char if ord(char) in glyphs else _nearest(char, glyphs) for char in words)


def _nearest(char: str, glyphs: frozenset[int]) -> str:
    """What stands for a character without a glyph; marks and signs that nobody sees go without a trace."""
    if unicodedata.category(char) in ("Mn", "Cf"):
        return ""
    base = unicodedata.normalize("NFKD", char)[0]
    return base if ord(base) in glyphs else "?"


@cache
def _register() -> frozenset[int]:
    """Make the fonts known to reportlab; return the code points that all of them hold."""
    fonts = [TTFont(name, file) for name, file in _FONTS.items()]
    for font in fonts:
        pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(_FONT, *_FONTS)
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


def _paragraphs(content: Content) -> Iterator[Any]:
    language = content.language
    yield Paragraph(_plain(text(language, "site.name")), _style("title"))
    for paragraph in content.head:
        yield Paragraph(_plain(paragraph), _style("small"))
    yield HRFlowable(width="100%", thickness=0.5, color=_RULE, spaceBefore=4, spaceAfter=4)
    for exchange in content.exchanges:
        yield from _exchange(exchange, language)
    yield Paragraph(_plain(text(language, "export.cited")), _style("heading"))
    for source in content.sources:
        told = f"<i>{_plain(source.title.text)}</i>. {_plain(source.details)} {_address(source.address)}"
        yield Paragraph(told, _style("body"))
    if not content.sources:
        yield Paragraph(_plain(text(language, "export.none_cited")), _style("body"))
    yield HRFlowable(width="100%", thickness=0.5, color=_RULE, spaceBefore=8, spaceAfter=4)
    for paragraph in content.foot:
        yield Paragraph(_plain(paragraph), _style("small"))


def _exchange(exchange: Exchange, language: str) -> Iterator[Any]:
    yield Paragraph(f"{exchange.number}. {_plain(exchange.question.text)}", _style("heading"))
    yield Paragraph(_marked(exchange.answer), _style("body"))
    if exchange.disagreement:
        yield Paragraph(_plain(exchange.disagreement.text), _style("body"))
    if exchange.written:
        yield Paragraph(_plain(exchange.written.text), _style("small"))
    if exchange.notes:
        yield Paragraph(_plain(text(language, "reader.notes")), _style("notes"))
    for note in exchange.notes:
        yield from _note(note, language)


def _note(note: Note, language: str) -> Iterator[Any]:
    place = f"<b>[{note.number}]</b> {_marked(note.place)} {_plain(note.support)}"
    yield Paragraph(place, _style("place"))
    yield Paragraph(_plain(note.quote.text), _style("quote"))
    if note.translation:
        yield Paragraph(f"{_plain(text(language, 'card.translation'))}:", _style("label"))
        yield Paragraph(f"<i>{_plain(note.translation.text)}</i>", _style("quote"))
    yield Paragraph(_address(note.address), _style("address"))


def _marked(runs: Iterable[Run]) -> str:
    """Runs in the markup of reportlab."""
    shown = ""
    for run in runs:
        words = _plain(run.text)
        if run.is_number:
            shown += f'<super size="7">[{words}]</super>'
        else:
            shown += f"<b>{words}</b>" if run.is_bold else words
    return shown


def _plain(words: str) -> str:
    return escape(drawable(words))


def _address(address: str) -> str:
    """An address, as a link where it leads somewhere from a file on disk."""
    if "://" not in address:
        return _plain(address)
    return f'<a href={quoteattr(address)} color="{_ACCENT}">{_plain(address)}</a>'


def _outline(paper: Any, flowable: Any) -> None:
    """Give the reader's list of contents an entry for each heading."""
    style = getattr(flowable, "style", None)
    if style is not None and style.name == "heading":
        canvas = paper.canv
        key = f"heading-{paper.seq.nextf('heading')}"
        canvas.bookmarkPage(key)
        canvas.addOutlineEntry(flowable.getPlainText(), key)


class _PageFoot:
    """Draws the foot of a page: whose it is, and its number."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __call__(self, canvas: Any, paper: Any) -> None:
        canvas.saveState()
        canvas.setFont(_FONT, 8)
        canvas.setFillColor(_QUIET)
        canvas.drawString(_MARGIN + _PADDING, _MARGIN / 2, text(self._language, "site.name"))
        number = text(self._language, "reader.page_label", page=paper.page)
        canvas.drawRightString(A4[0] - _MARGIN - _PADDING, _MARGIN / 2, number)
        canvas.restoreState()


@cache
def _style(name: str) -> Any:
    body = ParagraphStyle(
        "body", fontName=_FONT, fontSize=9.5, leading=14.5, textColor=_INK, spaceAfter=6, alignment=TA_LEFT
    )
    small = ParagraphStyle("small", body, fontSize=8, leading=11.5, textColor=_QUIET, spaceAfter=3)
    quiet = ParagraphStyle("label", small, leftIndent=_INDENT, keepWithNext=1, spaceAfter=2)
    quote = ParagraphStyle("quote", body, fontSize=9, leading=13.5, leftIndent=_INDENT, keepWithNext=1)
    styles = [
        body,
        small,
        quiet,
        quote,
        ParagraphStyle("title", body, fontName="VeraBd", fontSize=18, leading=24),
        ParagraphStyle(
            "heading",
            body,
            fontName="VeraBd",
            fontSize=11.5,
            leading=16,
            textColor=_ACCENT,
            spaceBefore=14,
            keepWithNext=1,
        ),
        ParagraphStyle("notes", small, fontName="VeraBd", spaceBefore=4, keepWithNext=1),
        ParagraphStyle("place", small, keepWithNext=1, spaceAfter=3),
        ParagraphStyle("address", small, fontSize=7, leading=10, leftIndent=_INDENT, spaceAfter=9),
    ]
    return next(style for style in styles if style.name == name)
