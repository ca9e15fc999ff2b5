"""Which format a file is of, and what it was understood to be."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final, cast

from corpus.errors import FileRefused
from corpus.intake.understood import Metadata, Understood
from corpus.text import lower

# A journal article is far below; what is larger is a book of pictures.
MOST_BYTES: Final = 50_000_000
_ZIP: Final = b"PK\x03\x04"
_PDF: Final = b"%PDF-"
# Module and function by the end of the file's name; each is loaded when a file of its format comes.
FORMATS: Final = {
    ".txt": ("plaintext", "read_text"),
    ".text": ("plaintext", "read_text"),
    ".md": ("markdown", "read_markdown"),
    ".markdown": ("markdown", "read_markdown"),
    ".html": ("html", "read_html"),
    ".htm": ("html", "read_html"),
    ".xhtml": ("html", "read_html"),
    ".pdf": ("pdf", "read_pdf"),
    ".docx": ("docx", "read_docx"),
    ".xml": ("xml", "read_xml"),
}

__all__ = ["FORMATS", "MOST_BYTES", "Metadata", "Understood", "read_bytes", "suffix_of", "understand"]


def suffix_of(path: Path) -> str:
    """Return the end of a file's name that tells its format; raises FileRefused for one that is not read."""
    suffix = lower(path.suffix, "en")
    if suffix not in FORMATS:
        raise FileRefused(f"files of this kind are not read; these are: {', '.join(FORMATS)}")
    return suffix


def read_bytes(path: Path) -> bytes:
    """Return what is in a file; raises FileRefused when it is missing, no file, empty or too large."""
    try:
        if not path.is_file():
            raise FileRefused("there is no such file" if not path.exists() else "it is not a file")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileRefused(f"it cannot be read: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise FileRefused(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    if not data.strip():
        raise FileRefused("the file is empty")
    return data


def understand(suffix: str, data: bytes) -> Understood:
    """Read the bytes of a file by the end of its name; raises FileRefused."""
    if suffix != ".pdf" and data.startswith(_PDF):
        raise FileRefused("it is a PDF; name it .pdf")
    if suffix != ".docx" and data.startswith(_ZIP):
        raise FileRefused("it is a packed file (such as DOCX or ODT); give it the end of its format")
    module, name = FORMATS[suffix]
    read = cast(Callable[[bytes], Understood], getattr(import_module(f"corpus.intake.{module}"), name))
    return read(data)
