"""What an OpenAI-compatible endpoint answers, read strictly: a stream of events, or one JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, Field, ValidationError

_DATA: Final = b"data:"
# llama.cpp names an error of a stream so.
_ERROR: Final = b"error:"
_DONE: Final = b"[DONE]"
_LONGEST_LINE: Final = 2**18
_MOST_TOKENS: Final = 10**9


class Malformed(Exception):
    """What was answered is no completion; the message says what it did, with the endpoint as its subject."""


@dataclass(frozen=True)
class Piece:
    """What one event adds; ``usage``: tokens of the prompt and of the text, once they are told."""

    text: str = ""
    is_end: bool = False
    is_cut: bool = False
    usage: tuple[int, int] | None = None


class _Text(BaseModel):
    role: Literal["assistant", ""] | None = None
    content: str | None = None


class _Choice(BaseModel):
    index: int = 0
    # A stream has deltas, a single answer a message.
    delta: _Text | None = None
    message: _Text | None = None
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(default=0, ge=0, le=_MOST_TOKENS)
    completion_tokens: int = Field(default=0, ge=0, le=_MOST_TOKENS)


class _Completion(BaseModel):
    """What is read of an answer or of an event."""

    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


async def pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[Piece]:
    """Read the events of a stream; raises Malformed, also where it ends before the text does."""
    is_ended = False
    async for line in _lines(chunks):
        if line.startswith(_ERROR):
            raise Malformed(f"says: {line.removeprefix(_ERROR).decode(errors='replace').strip()}")
        if not line.startswith(_DATA):
            continue
        data = line.removeprefix(_DATA).strip()
        if data == _DONE:
            if not is_ended:
                yield Piece(is_end=True)
            return
        piece = _piece(data, "delta")
        is_ended = is_ended or piece.is_end
        yield piece
    if not is_ended:
        raise Malformed("broke off its answer")


def read_completion(body: bytes) -> Piece:
    """Read an answer that is not streamed; raises Malformed."""
    piece = _piece(body, "message")
    return Piece(piece.text, True, piece.is_cut, piece.usage)


def _piece(data: bytes, kind: Literal["delta", "message"]) -> Piece:
    try:
        read = _Completion.model_validate_json(data)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise Malformed("sent what is no JSON") from error
        raise _another_form(kind) from error
    if read.error is not None:
        said = read.error.get("message", read.error) if isinstance(read.error, dict) else read.error
        raise Malformed(f"says: {said}")
    # What is told at the end of a stream, the number of its tokens, comes with no choice.
    if read.choices is None or (kind == "message" and not read.choices):
        raise _another_form(kind)
    text, reason = "", None
    for choice in read.choices:
        if choice.index:
            continue
        own = choice.delta if kind == "delta" else choice.message
        if own is None or (kind == "message" and own.content is None):
            raise _another_form(kind)
        text += own.content or ""
        reason = choice.finish_reason or reason
    usage = (read.usage.prompt_tokens, read.usage.completion_tokens) if read.usage else None
    return Piece(text, reason is not None, reason not in (None, "stop"), usage)


def _another_form(kind: str) -> Malformed:
    return Malformed(
        f"answered in another form than chat completions have: there is no choices[0].{kind}.content of an "
        "assistant"
    )


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Cut bytes at line breaks; what follows the last one is a line too."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > _LONGEST_LINE:
            raise Malformed("sent a line without end")
    if rest:
        yield rest
