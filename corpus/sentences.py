"""Splitting repaired text into sentences, for Turkish history writing and for English.

Regnal and ordinal numerals (``II. Nikola``, ``15. Kolordu``), initials (``V.İ.Lenin``, ``T.B.M.M.``),
abbreviations (``s.``, ``Bkz.``, ``a.g.e.``) and dates do not end a sentence; closing quotation
marks belong to the sentence they close; a reference in brackets belongs to the sentence before it.
"""

from __future__ import annotations

import re
from typing import Final

from corpus.article import Span

_END: Final = re.compile(r"""[.!?…]+["”’'»)\]]*(?=\s+["“‘'«(\[-]*[^\W_a-zçğıöşü])""")
_ABBREVIATIONS: Final = frozenset(
    [
        "s",
        "ss",
        "S",
        "C",
        "c",
        "bkz",
        "Bkz",
        "bzk",
        "bk",
        "Bk",
        "krş",
        "Krş",
        "vb",
        "vs",
        "vd",
        "Dr",
        "Prof",
        "Doç",
        "Yrd",
        "Av",
        "Alb",
        "Gen",
        "Çev",
        "çev",
        "Haz",
        "haz",
        "Ed",
        "ed",
        "a.g.e",
        "a.g.m",
        "a.g.t",
        "age",
        "agm",
        "No",
        "no",
        "Nr",
        "Vol",
        "vol",
        "p",
        "pp",
        "Hz",
        "M.Ö",
        "M.S",
        "yy",
        "St",
        "Mr",
        "Mrs",
        "i.e",
        "e.g",
        "cf",
        "Sn",
        "nr",
        "Yay",
        "yay",
    ]
)
_INITIAL: Final = re.compile(r"(?:^|[\s(\[“\"‘'./-])[A-ZÇĞİÖŞÜ]$")
_ROMAN: Final = re.compile(r"(?:^|[\s(\[“\"‘'-])[IVXLC]+$")
_SHORT_NUMBER: Final = re.compile(r"(?:^|[\s(\[“\"‘'])\d{1,2}$")
_AFTER_PAGE: Final = re.compile(r"(?:\bs|\bss|\bS|\bp|\bpp)\s?\.?\s?(?:\d{1,4}\s?[-–,;]\s?)?\d{1,4}$")
_LAST_TOKEN: Final = re.compile(r"([^\s(\[“\"‘']+)$")
_REFERENCE: Final = re.compile(r"^\([^()]{2,140}\)[.\s]*$")
# A reference that no full stop separates from the sentence behind it: "… etti. (Bilge, 1992: 79) Sonra".
_LEADING_REFERENCE: Final = re.compile(r"\([^()]{0,120}\d{4}[^()]{0,40}\)\s+(?=[\"“‘(]*[^\W\d_a-zçğıöşü])")
_OPENING_QUOTE: Final = re.compile(r"""(?:^|\s)["“‘]\s*$""")


def split_sentences(text: str) -> list[Span]:
    """Return the spans of the sentences of ``text``, without the white space between them."""
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if _is_boundary(text, start, match):
            spans.append((start, match.end()))
            start = match.end() + len(text[match.end() :]) - len(text[match.end() :].lstrip())
    if text[start:].strip():
        spans.append((start, len(text.rstrip())))
    return _with_references(text, spans)


def _is_boundary(text: str, start: int, match: re.Match[str]) -> bool:
    before = text[start : match.start()]
    if _inside_brackets(text[start : match.end()]):
        return False
    # A lone sign in brackets, "(!)", and an ellipsis that opens a quotation, '" ... Selase', end nothing.
    if before.endswith("(") or _OPENING_QUOTE.search(before):
        return False
    if not match.group().startswith(".") or match.group().startswith(".."):
        return True
    if len(match.group()) > 1 and match.group()[1] in "\"”’'»)]":
        return True
    if _SHORT_NUMBER.search(before):
        return bool(_AFTER_PAGE.search(before))
    if _INITIAL.search(before) or _ROMAN.search(before):
        return False
    token = _LAST_TOKEN.search(before)
    return not (token and token.group(1) in _ABBREVIATIONS)


def _inside_brackets(text: str) -> bool:
    """Whether a bracket opened in ``text`` is still open; one never closed nearby does not count."""
    opened = text.rfind("(")
    return opened > text.rfind(")") and len(text) - opened < 200


def _with_references(text: str, spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and _REFERENCE.match(text[start:end]):
            merged[-1] = (merged[-1][0], end)
            continue
        if merged and (reference := _LEADING_REFERENCE.match(text, start, end)):
            merged[-1] = (merged[-1][0], start + len(reference.group().rstrip()))
            start = reference.end()
        merged.append((start, end))
    return merged
