"""Plain text: its encoding, and the outline that can be told from its lines."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from corpus.errors import FileRefused
from corpus.intake.flow import clean
from corpus.intake.lines import outline_of
from corpus.intake.understood import Understood

# What UTF-8 becomes when it is read as Windows-1252 or -1254: Ã¼, ÅŸ, Ä±, â€™; and what was lost before.
_MOJIBAKE: Final = re.compile("[ÃÅÄ][\u0080-\u00bf\u0152-\u0178\u2018-\u203a€™ŸžşıİĞğ]|â€.|\ufffd")
# Signs that no text holds; more than so many in a thousand, and the file is no text.
_MOST_CONTROLS: Final = 0.002
_CONTROLS_THAT_ARE_TEXT: Final = "\n\r\t\f"
# Below this share of letters among the signs that are not white space a file of bytes is no text.
_FEWEST_LETTERS: Final = 0.5


def read_text(data: bytes) -> Understood:
    """Read plain text; raises FileRefused when it is none."""
    text, remarks = decode(data)
    if not text.strip():
        raise FileRefused("the file is empty")
    return outline_of(text).remarking(*remarks)


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of bytes, with line ends as ``\\n``, and what is worth saying about its encoding.

    UTF-8, UTF-16 with a byte order mark and Windows-1254 (Turkish) are known; raises FileRefused for others.
    """
    if not data.strip():
        raise FileRefused("the file is empty")
    remarks: tuple[str, ...] = ()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _decoded(data, "utf-16")
    elif b"\0" in data:
        raise FileRefused("it holds binary data, not text")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = _decoded(data, "cp1254")
            remarks = (
                "its encoding was taken to be Windows-1254 (Turkish); convert it to UTF-8 if that is wrong",
            )
    _check(text, is_guessed=bool(remarks))
    text = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
    if broken := len(_MOJIBAKE.findall(text)):
        remarks += (
            f"{broken} places look as if the text had been read in a wrong encoding once (such as Ã¼ for ü); "
            "they were left as they are",
        )
    return text, remarks


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileRefused(
            "its encoding is not known (UTF-8, UTF-16 with a byte order mark and Windows-1254 are); "
            "save it as UTF-8"
        ) from error


def _check(text: str, is_guessed: bool) -> None:
    signs = [char for char in text if not char.isspace()]
    controls = sum(
        unicodedata.category(char) == "Cc" for char in signs if char not in _CONTROLS_THAT_ARE_TEXT
    )
    if controls > _MOST_CONTROLS * len(text) + 1:
        raise FileRefused("it holds binary data, not text")
    if is_guessed and sum(map(str.isalpha, signs)) < _FEWEST_LETTERS * len(signs):
        raise FileRefused("it holds binary data, not text")
