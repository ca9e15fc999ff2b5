"""PDF with a text layer: the text of each page, and the outline that its lines tell."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from typing import Final

from pypdf import PdfReader
from pypdf.errors import DependencyError

from corpus.errors import FileRefused
from corpus.intake.flow import clean
from corpus.intake.lines import outline_of
from corpus.intake.understood import Metadata, Understood

# A thesis has some hundreds; more is no article, and would be read for minutes.
MOST_PAGES: Final = 2_000
# Text that pictures and formulas let slip into a scan is less than this many letters a page.
_FEWEST_LETTERS: Final = 20
# Titles that a program wrote into the file and nobody chose.
_PROGRAMS: Final = ("Microsoft Word", "untitled", "Untitled", "(anonymous)", "anonymous", "unspecified")
_SCAN: Final = (
    "it has no text layer: it is a scan. Recognise its text first, for example: "
    "ocrmypdf --language tur+eng IN.pdf OUT.pdf"
)
# What is worth saying is said in the report; pypdf's own warnings are about the file's inside.
logging.getLogger("pypdf").addHandler(logging.NullHandler())
logging.getLogger("pypdf").propagate = False


def read_pdf(data: bytes) -> Understood:
    """Read a PDF; raises FileRefused when it is broken, encrypted or without text. Nothing in it is run."""
    try:
        return _read(data)
    except FileRefused:
        raise
    except DependencyError as error:
        raise FileRefused("it is encrypted; save it without a password") from error
    except Exception as error:
        # A broken file makes pypdf fail in every way there is; none of them is a fault of ours.
        raise FileRefused(f"it is not a readable PDF: {error or type(error).__name__}") from error


def _read(data: bytes) -> Understood:
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise FileRefused("it is encrypted; save it without a password")
    if (count := len(reader.pages)) > MOST_PAGES:
        raise FileRefused(f"it has {count} pages; at most {MOST_PAGES} are read")
    texts, images = [], 0
    for page in reader.pages:
        text = clean(page.extract_text().replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n"))
        texts.append(text.strip("\n"))
        images += _images(page)
    letters = [sum(map(str.isalpha, text)) for text in texts]
    if sum(letters) < _FEWEST_LETTERS * max(1, len(texts)):
        raise FileRefused(_SCAN if images or not sum(letters) else "there is hardly any text in it")
    understood = outline_of("\n\f".join(texts) + "\n", True, _metadata(reader))
    if images:
        understood.left_out["images"] = images
    if blank := sum(count == 0 for count in letters):
        understood = understood.remarking(
            f"{blank} pages have no text layer; if they are scans, run ocrmypdf"
        )
    return understood


def _images(page: object) -> int:
    resources = page.get("/Resources")  # type: ignore[attr-defined]
    objects = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return 0
    return sum(each.get_object().get("/Subtype") == "/Image" for each in objects.get_object().values())


def _metadata(reader: PdfReader) -> Metadata:
    """Title, author and language; the date is when the file was made, not when the article came out."""
    info = reader.metadata
    title = clean(str(info.title or "")).strip() if info else ""
    author = clean(str(info.author or "")).strip() if info else ""
    found = Metadata(
        title=""
        if title.startswith(_PROGRAMS) or title.endswith((".doc", ".docx", ".pdf", ".indd"))
        else title,
        authors=(author,) if author and not author.startswith(_PROGRAMS) else (),
    )
    return replace(found, language=str(reader.root_object.get("/Lang") or ""))
