"""The log of the server: one line a record on stderr, as text or as JSON, that no request can forge.

What a record may hold is decided here: where questions are not to be written down, an error of a library is
told by its name and place, because its words may repeat what was asked.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
import unicodedata
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO

from corpus.errors import DipnotError, QuestionError
from corpus.text import lower

if TYPE_CHECKING:
    from app.options import ServerOptions

Value = str | int | float | None
_ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None]

# The request that is being answered, so that every record made meanwhile can be found by it.
request_id: ContextVar[str] = ContextVar("request_id", default="")

_OWN: Final = ("app", "corpus", "index", "eval")
_UVICORN: Final = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
# Categories of Unicode that end a line, move the cursor, turn the direction of writing or cannot be written.
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# A record of another library longer than this is cut: it is a hint where to look, not the whole matter.
_LONGEST_MESSAGE: Final = 300
_MOST_FRAMES: Final = 6


def configure(options: ServerOptions, stream: TextIO | None = None) -> None:
    """Have all records of this process written to ``stream`` (stderr), as the options say.

    Ours from INFO, those of libraries from WARNING; uvicorn's own handlers go, and its log of requests is
    silent, for it holds addresses with what was asked.
    """
    logging.captureWarnings(True)
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old, _Handler):
            root.removeHandler(old)
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(Formatter(options.log_format, with_words=options.log_questions))
    handler.addFilter(_is_wanted)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OWN:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in _UVICORN:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True


def fields(**values: Value) -> dict[str, Mapping[str, Value]]:
    """Return the ``extra`` of a record: values with a name each, beside its message."""
    return {"fields": values}


class Formatter(logging.Formatter):
    """Writes a record as one line: ``time level logger: message name=value …``, or one JSON object.

    ``with_words``: whether the words of any error may stand in it. Without, they stand for errors of ours
    and for what the operating system says (a full disk), which never repeat a question.
    """

    def __init__(self, form: str, *, with_words: bool) -> None:
        super().__init__()
        self._is_json = form == "json"
        self._with_words = with_words

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {
            "time": when.replace("+00:00", "Z"),
            "level": lower(record.levelname, "en"),
            "logger": record.name,
            "message": self._message(record),
        }
        rest = dict(getattr(record, "fields", {}))
        if request_id.get() and "request" not in rest:
            rest["request"] = request_id.get()
        if record.exc_info and record.exc_info[1] is not None:
            rest |= self._error(record.exc_info)
        if self._is_json:
            return one_line(json.dumps({**head, **rest}, ensure_ascii=False))
        shown = "".join(f" {name}={_shown(value)}" for name, value in rest.items())
        return f"{head['time']} {head['level']} {head['logger']}: {one_line(head['message'])}{shown}"

    def _message(self, record: logging.LogRecord) -> str:
        """The message; of other libraries its first line, because the next ones hold values."""
        try:
            message = record.getMessage()
        except Exception:
            # A library that counts its arguments wrongly must not stop a request.
            message = str(record.msg)
        if _is_own(record):
            return message
        return message.partition("\n")[0][:_LONGEST_MESSAGE]

    def _error(self, info: _ErrorInfo | tuple[None, None, None]) -> dict[str, Value]:
        kind, error, trace = info
        if kind is None or error is None:
            return {}
        frames = [f"{_file(each.filename)}:{each.lineno}" for each in traceback.extract_tb(trace)]
        told: dict[str, Value] = {"error": kind.__name__, "at": " < ".join(frames[::-1][:_MOST_FRAMES])}
        if words := self._words(error):
            told["why"] = words
        return told

    def _words(self, error: BaseException) -> str:
        is_ours = isinstance(error, DipnotError) and not isinstance(error, QuestionError)
        if self._with_words or is_ours:
            return str(error)
        return (error.strerror or "") if isinstance(error, OSError) else ""


def _is_wanted(record: logging.LogRecord) -> bool:
    """Whether a record is ours or a warning at least: some libraries set a level of their own (bm25s)."""
    return record.levelno >= logging.WARNING or _is_own(record)


def _is_own(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in _OWN


def one_line(text: str) -> str:
    r"""Return a text with everything escaped that could end a line or steer a terminal.

    >>> one_line("a\nb\x1b[31m")
    'a\\u000ab\\u001b[31m'
    """
    return "".join(_escaped(char) if unicodedata.category(char) in _UNPRINTABLE else char for char in text)


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _shown(value: Value) -> str:
    """A value in the text format: in quotation marks where it could be taken for something else."""
    if not isinstance(value, str):
        return "-" if value is None else str(value)
    is_plain = value.isascii() and value and not set(value) & set(" \"'=\\")
    return value if is_plain and value.isprintable() else one_line(json.dumps(value, ensure_ascii=False))


def _file(name: str) -> str:
    """The last two parts of a path: which module it is, and not where it is installed."""
    return "/".join(name.replace("\\", "/").split("/")[-2:])


class _Handler(logging.StreamHandler[TextIO]):
    """Writes a line; one that cannot be written is let go, for the usual complaint repeats its values."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Do nothing."""
