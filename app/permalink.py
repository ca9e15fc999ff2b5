"""The permanent link to an answer, ``/a/{id}``: what was asked stands in the id itself, so nothing is stored.

An id is base64url without padding over: one byte of version, eight of checksum, and the JSON of a Reference,
deflated. It says what was asked and of which generation of the index; the answer is made anew.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.conversation import FURTHEST_BACK
from app.question import LONGEST, clean
from corpus.article import LANGUAGES, Language
from corpus.errors import DipnotError

if TYPE_CHECKING:
    from app.answer import Answer

_VERSION: Final = b"\x01"
# Eight bytes: that a link cut short or mistyped passes for another is a matter of one in 2^64.
_CHECKSUM: Final = 8
# Browsers, proxies and mail programs carry addresses of this length.
LONGEST_ID: Final = 8_000
# A question and those before it, each character four bytes of UTF-8 or an escape of six, and some room.
_LONGEST_JSON: Final = (FURTHEST_BACK + 1) * LONGEST * 6 + 1_000
# Raw deflate: zlib's own header and checksum would be the second ones.
_RAW: Final = -zlib.MAX_WBITS


class PermalinkError(DipnotError):
    """An id that names no answer, or an answer that no id can name."""


@dataclass(frozen=True)
class Reference:
    """What an answer was made from.

    ``language``: that of the answer; ``history``: the earlier questions that it leaned on, oldest first, at
    most 8; ``generation``: the id of the index it was made from.
    """

    question: str
    language: Language
    history: tuple[str, ...]
    generation: str


def answer_url(answer: Answer, history: Sequence[str]) -> str:
    """Return the permanent address of an answer; "" where it has none.

    ``history``: see ``reference_of``. Answers to questions that are too long have none, nor have those of
    conversations whose words do not fit into one.
    """
    try:
        return f"/a/{encode(reference_of(answer, history))}"
    except PermalinkError:
        return ""


def reference_of(answer: Answer, history: Sequence[str]) -> Reference:
    """Return what an answer was made from.

    ``history``: the questions asked before, oldest first; of these are kept what ``Assistant.ask`` reads.
    Raises PermalinkError for a question that was too long: asked again as it stands in the answer, cut, it
    would get another answer.
    """
    if answer.reason == "too_long":
        raise PermalinkError("A question that is too long has no permanent link; shorten it.")
    read = [clean(earlier)[:LONGEST] for earlier in history if earlier.strip()][-FURTHEST_BACK:]
    return Reference(answer.question, answer.language, tuple(read), answer.generation)


def encode(reference: Reference) -> str:
    """Return the id of a reference; raises PermalinkError when it does not fit into 8,000 characters."""
    payload = _payload(reference)
    packed = zlib.compress(payload, 9, _RAW)
    text = _base64(_VERSION + _checksum(packed) + packed)
    is_long = len(payload) > _LONGEST_JSON or len(reference.history) > FURTHEST_BACK
    if len(text) > LONGEST_ID or is_long:
        raise PermalinkError("The conversation is too long for a permanent link; ask the question by itself.")
    return text


def decode(text: str) -> Reference:
    """Return the reference of an id; raises PermalinkError when it is cut short, changed or none at all."""
    packed = _unpacked(text)
    payload = _inflated(packed)
    try:
        question, language, history, generation = json.loads(payload)
        reference = Reference(question, language, tuple(history), generation)
        # What encode would not have written in just these bytes is no reference: other types, other spaces.
        is_ours = _payload(reference) == payload
    except (ValueError, TypeError, RecursionError, PermalinkError):
        is_ours = False
    if not is_ours or len(reference.history) > FURTHEST_BACK:
        raise _broken()
    return reference


def _payload(reference: Reference) -> bytes:
    """The reference as JSON; raises PermalinkError for what is no text, such as half of a surrogate pair."""
    texts = (reference.question, *reference.history, reference.generation)
    if reference.language not in LANGUAGES or not all(isinstance(text, str) for text in texts):
        raise PermalinkError("This is no reference to an answer.")
    fields = [reference.question, reference.language, list(reference.history), reference.generation]
    try:
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise PermalinkError("The question holds a broken character (half of a surrogate pair).") from error


def _unpacked(text: str) -> bytes:
    """The deflated bytes of an id whose version is known and whose checksum is right."""
    if len(text) > LONGEST_ID:
        raise _broken()
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _broken() from error
    version, checksum, packed = data[:1], data[1 : 1 + _CHECKSUM], data[1 + _CHECKSUM :]
    # The last character may hold bits that no byte needs: only the spelling of encode is an id.
    if version != _VERSION or checksum != _checksum(packed) or _base64(data) != text:
        raise _broken()
    return packed


def _inflated(packed: bytes) -> bytes:
    """The JSON behind deflated bytes; kilobytes can inflate to megabytes, so it is read up to a limit."""
    inflating = zlib.decompressobj(_RAW)
    try:
        payload = inflating.decompress(packed, _LONGEST_JSON)
    except zlib.error as error:
        raise _broken() from error
    if not inflating.eof or inflating.unused_data:
        raise _broken()
    return payload


def _checksum(packed: bytes) -> bytes:
    return hashlib.sha256(_VERSION + packed).digest()[:_CHECKSUM]


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _broken() -> PermalinkError:
    return PermalinkError("The link is cut short or has been changed; copy the whole address and try again.")
