"""An export as a Word document (DOCX); the notes stand under each answer, numbered as it numbers them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from app.export.content import Content, Exchange, Note, Run
from app.texts import text
from corpus.article import Language

# As Word names the languages that it checks the spelling of.
_WORD_LANGUAGES: Final[dict[Language, str]] = {"tr": "tr-TR", "en": "en-GB"}
# The same export is the same bytes: Word wants a date, and a zip file knows none before 1980.
_WRITTEN: Final = datetime(1980, 1, 1, tzinfo=UTC)
_ACCENT: Final = RGBColor(0x7D, 0x1D, 0x1D)
_INK: Final = RGBColor(0x21, 0x1E, 0x1A)
_QUIET: Final = RGBColor(0x64, 0x5D, 0x52)
_INDENT: Final = Cm(0.9)
_SMALL: Final = "Dipnot Small"


def document(content: Content) -> bytes:
    """Return the export as a DOCX file; headings, styles and the languages of words are Word's own."""
    paper = docx.Document()
    language = content.language
    _prepare(paper, content)
    _add(paper, [Run(text(language, "site.name"), language)], "Title")
    for paragraph in content.head:
        _add(paper, [Run(paragraph, language)], _SMALL)
    for exchange in content.exchanges:
        _add_exchange(paper, exchange, language)
    _add(paper, [Run(text(language, "export.cited"), language)], "Heading 1")
    for source in content.sources:
        runs = [source.title, Run(f". {source.details} ", language)]
        _write_address(_add(paper, runs, "List Bullet"), source.address)
    if not content.sources:
        _add(paper, [Run(text(language, "export.none_cited"), language)])
    for paragraph in content.foot:
        _add(paper, [Run(paragraph, language)], _SMALL)
    return _saved(paper)


def _prepare(paper: Document, content: Content) -> None:
    """Set what the whole document has: its properties, its paper, the look of its styles."""
    properties = paper.core_properties
    title = [exchange.question.text for exchange in content.exchanges[:1]]
    # Word allows a property 255 characters.
    properties.title = ": ".join([text(content.language, "site.name"), *title])[:255]
    properties.author = properties.last_modified_by = text(content.language, "site.name")
    properties.language = _WORD_LANGUAGES[content.language]
    properties.comments = ""
    properties.created = properties.modified = _WRITTEN
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.2)
    small = paper.styles.add_style(_SMALL, WD_STYLE_TYPE.PARAGRAPH)
    small.base_style = paper.styles["Normal"]
    for name, size, colour in (
        ("Normal", 11, _INK),
        ("Title", 22, _INK),
        ("Heading 1", 14, _ACCENT),
        ("Heading 2", 11, _QUIET),
        ("Quote", 10.5, _INK),
        (_SMALL, 9.5, _QUIET),
    ):
        style = paper.styles[name]
        assert isinstance(style, ParagraphStyle)
        style.font.name, style.font.size, style.font.color.rgb = "Georgia", Pt(size), colour
        # The template's headings name a font of the theme, which goes before the name of a font.
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for of_theme in [key for key in fonts.attrib if "heme" in key]:
            del fonts.attrib[of_theme]
    quote = paper.styles["Quote"]
    assert isinstance(quote, ParagraphStyle)
    quote.font.italic = False
    quote.paragraph_format.left_indent = _INDENT
    # What the template says of words that name no language of their own.
    for default in paper.styles.element.iter(qn("w:lang")):
        default.set(qn("w:val"), _WORD_LANGUAGES[content.language])


def _add_exchange(paper: Document, exchange: Exchange, language: Language) -> None:
    _add(paper, [Run(f"{exchange.number}. ", language), exchange.question], "Heading 1")
    _add(paper, exchange.answer)
    if exchange.disagreement:
        _add(paper, [exchange.disagreement])
    if exchange.written:
        _add(paper, [exchange.written])
    if exchange.notes:
        _add(paper, [Run(text(language, "reader.notes"), language)], "Heading 2")
    for note in exchange.notes:
        _add_note(paper, note, language)


def _add_note(paper: Document, note: Note, language: Language) -> None:
    runs = [Run(f"[{note.number}] ", language, is_bold=True), *note.place]
    if note.support:
        runs.append(Run(f" {note.support}", language))
    _add(paper, runs, _SMALL).paragraph_format.keep_with_next = True
    _add(paper, [note.quote], "Quote").paragraph_format.keep_with_next = True
    if note.translation:
        label = _add(paper, [Run(f"{text(language, 'card.translation')}:", language)], _SMALL)
        label.paragraph_format.left_indent = _INDENT
        label.paragraph_format.keep_with_next = True
        translation = _add(paper, [note.translation], "Quote")
        translation.paragraph_format.keep_with_next = True
        for run in translation.runs:
            run.italic = True
    address = _add(paper, [], _SMALL)
    address.paragraph_format.left_indent = _INDENT
    _write_address(address, note.address)


def _add(paper: Document, runs: Iterable[Run], style: str | None = None) -> Paragraph:
    paragraph = paper.add_paragraph(style=style)
    paragraph.paragraph_format.space_after = Pt(6)
    for run in runs:
        written = paragraph.add_run(f"[{run.text}]" if run.is_number else run.text)
        if run.is_bold:
            written.bold = True
        if run.is_number:
            written.font.superscript = True
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), _WORD_LANGUAGES[run.language])
        written.element.get_or_add_rPr().append(language)
    return paragraph


def _write_address(paragraph: Paragraph, address: str) -> None:
    """Write an address, as a link where it leads somewhere from a file on disk."""
    run = paragraph.add_run(address)
    if "://" not in address:
        return
    run.font.color.rgb = _ACCENT
    run.font.underline = True
    link = OxmlElement("w:hyperlink")
    relation = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link.set(qn("r:id"), relation)
    link.append(run.element)
    paragraph._p.append(link)


def _saved(paper: Document) -> bytes:
    """The document as a file in which every part has the same date."""
    written = io.BytesIO()
    paper.save(written)
    dated = io.BytesIO()
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(dated, "w", zipfile.ZIP_DEFLATED) as file:
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name, _WRITTEN.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, parts.read(name))
    return dated.getvalue()
