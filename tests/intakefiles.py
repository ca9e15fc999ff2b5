"""Files of every format that ``dipnot add`` reads, made here; all tell of the same small article."""

from __future__ import annotations

import io
import zipfile

from docx import Document
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FIRST = "Iğdır’da görüşen İsmet Şevki Bey, 13 Ekim 1921 günü Kars Antlaşması’nı imzaladı"
SECOND = "Sınırın Aras ırmağı boyunca çizilmesine ise ağır şartlarla karar verildi"
NOTE = "Işıl Öz, Kars’ta Barış, İstanbul 1999, s. 12."
QUOTED = "İki taraf da ırmağı sınır olarak kabul eder."
TITLE = "Kars Antlaşması Üzerine Kısa Bir İnceleme"

HTML = f"""<!DOCTYPE html><html lang="tr"><head><meta charset="utf-8"><title>Dergi | {TITLE}</title>
<meta name="citation_author" content="Işıl Öz"><meta name="citation_publication_date" content="1999/05/01">
<meta name="citation_journal_title" content="Sınır Dergisi">
<style>p {{ color: red }}</style><script>alert("gizli komut")</script></head>
<body><nav>Ana sayfa</nav><article>
<h1>{TITLE}</h1><p>{FIRST}<sup><a id="r1" href="#n1">1</a></sup>. {SECOND}.</p>
<h2>Sonuç</h2><blockquote><p>{QUOTED}</p></blockquote>
<ol><li>Birinci madde budur.</li><li>İkincisi de şudur.</li></ol>
<table><tr><td>hücre</td></tr></table></article>
<ol><li id="n1">{NOTE} <a href="#r1">↩</a></li></ol></body></html>"""

MARKDOWN = f"""---
title: {TITLE}
author: Işıl Öz
year: 1999
journal: "Sınır Dergisi"
lang: tr
---

# {TITLE}

{FIRST}[^a]. {SECOND}.

## Sonuç

> {QUOTED}

1. Birinci madde budur.
2. İkincisi de şudur.

| a | b |
|---|---|
| c | d |

[^a]: {NOTE}
"""

JATS = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS 1.3//EN" "http://127.0.0.1:9/JATS-journalpublishing1-3.dtd">
<article xml:lang="tr"><front><journal-meta><journal-title-group><journal-title>Sınır Dergisi</journal-title>
</journal-title-group></journal-meta><article-meta>
<title-group><article-title>{TITLE}</article-title></title-group>
<contrib-group><contrib contrib-type="author">
<name><surname>Öz</surname><given-names>Işıl</given-names></name>
</contrib></contrib-group><pub-date><year>1999</year></pub-date>
<abstract xml:lang="en"><p>The treaty of Kars was signed in the year 1921 by both of them.</p></abstract>
<kwd-group><kwd>Kars</kwd><kwd>sınır</kwd></kwd-group></article-meta></front>
<body><sec><title>Giriş</title><p>{FIRST}<xref ref-type="fn" rid="fn1">1</xref>. {SECOND}.</p></sec>
<sec><title>Sonuç</title><disp-quote><p>{QUOTED}</p></disp-quote>
<list list-type="order"><list-item><p>Birinci madde budur.</p></list-item>
<list-item><p>İkincisi de şudur.</p></list-item>
</list><table-wrap><table><tr><td>hücre</td></tr></table></table-wrap></sec></body>
<back><fn-group><fn id="fn1"><label>1</label><p>{NOTE}</p></fn></fn-group></back></article>"""

TEI = f"""<?xml version="1.0" encoding="UTF-8"?>
<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>{TITLE}</title>
<author>Işıl Öz</author></titleStmt><publicationStmt><date when="1999">1999</date></publicationStmt>
<sourceDesc>
<biblStruct><monogr><title level="j">Sınır Dergisi</title></monogr></biblStruct></sourceDesc></fileDesc>
</teiHeader><text xml:lang="tr"><body><div><head>Giriş</head>
<p>{FIRST}<note place="foot" n="1">{NOTE}</note>. {SECOND}.</p></div>
<div><head>Sonuç</head><quote>{QUOTED}</quote><list rend="numbered"><item>Birinci madde budur.</item>
<item>İkincisi de şudur.</item></list><table><row><cell>hücre</cell></row></table></div></body></text>
</TEI>"""

TEXT = f"""KARS ANTLAŞMASI

{FIRST}. {SECOND}.

SONUÇ

{QUOTED}
"""

_FOOTNOTES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>
<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r>
<w:r><w:t xml:space="preserve"> {note}</w:t></w:r></w:p></w:footnote>
</w:footnotes>"""
_RELATION = (
    '<Relationship Id="rId900" Target="footnotes.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"/>'
)
_CONTENT = (
    '<Override PartName="/word/footnotes.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"/>'
)
_REFERENCE = '<w:r><w:footnoteReference w:id="2"/></w:r>'


def docx() -> bytes:
    """A Word file with a footnote, which python-docx itself cannot make."""
    document = Document()
    document.core_properties.author = "Işıl Öz"
    document.core_properties.title = TITLE
    document.core_properties.language = "tr-TR"
    document.add_heading(TITLE, 0)
    document.add_paragraph(f"{FIRST}@@. {SECOND}.")
    hidden = document.add_paragraph().add_run("Bu gizli bir emirdir.")
    hidden.font.hidden = True
    document.add_heading("Sonuç", 1)
    document.add_paragraph(QUOTED, style="Quote")
    document.add_paragraph("Birinci madde budur.", style="List Number")
    document.add_paragraph("İkincisi de şudur.", style="List Number")
    document.add_table(1, 1).cell(0, 0).text = "hücre"
    made = io.BytesIO()
    document.save(made)
    return repacked(
        made.getvalue(),
        {
            "word/document.xml": ("@@", f"</w:t></w:r>{_REFERENCE}<w:r><w:t>"),
            "word/_rels/document.xml.rels": ("</Relationships>", f"{_RELATION}</Relationships>"),
            "[Content_Types].xml": ("</Types>", f"{_CONTENT}</Types>"),
        },
        {"word/footnotes.xml": _FOOTNOTES.format(note=NOTE).encode()},
    )


def repacked(data: bytes, changes: dict[str, tuple[str, str]], more: dict[str, bytes]) -> bytes:
    """A package with text of some parts replaced, and with more parts."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            old, new = changes.get(name, ("", ""))
            part = source.read(name)
            target.writestr(name, part.replace(old.encode(), new.encode(), 1) if old else part)
        for name, part in more.items():
            target.writestr(name, part)
    return made.getvalue()


def pdf(pages: list[list[str]] | None = None, title: str = TITLE) -> bytes:
    """A PDF, a list of lines for each page."""
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=True)
    canvas.setTitle(title)
    canvas.setAuthor("Işıl Öz")
    for lines in pages if pages is not None else PDF_PAGES:
        canvas.setFont("Vera", 10)
        for row, line in enumerate(lines):
            canvas.drawString(60, 780 - 14 * row, line)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


PDF_PAGES = [
    [
        "Sınır Dergisi 1999",
        f"{FIRST[:52]}",
        f"{FIRST[52:]}.1",
        f"{SECOND} ve bu karar iki",
        f"1 {NOTE}",
        "41",
    ],
    ["Sınır Dergisi 1999", "tarafça da onaylandı.", "Sonra meclisler antlaşmayı kabul etti.", "42"],
    ["Sınır Dergisi 1999", "Antlaşma bugün de yürürlüktedir ve sınır değişmemiştir.", "43"],
]
