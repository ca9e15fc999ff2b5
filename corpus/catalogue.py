"""The catalogue: which articles there are, and what their own text says of them."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from corpus.article import Language
from corpus.errors import CorpusError

PACKAGED: Final = Path(__file__).parent
_KEYS: Final = frozenset(
    {"id", "file", "sha256", "title", "title_language", "authors", "year", "journal", "languages"}
    | {"original"}
)


@dataclass(frozen=True)
class Original:
    """The file that an article's text was taken from, in ``originals/``."""

    file: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """One article in the catalogue; what the text does not name is empty or None."""

    id: str
    file: str
    sha256: str
    title: str
    title_is_supplied: bool
    title_language: Language
    authors: tuple[str, ...]
    year: int | None
    journal: str | None
    languages: tuple[Language, ...]
    original: Original | None = None


def read_catalogue(folder: Path = PACKAGED) -> tuple[Entry, ...]:
    """Return the entries of ``folder/catalogue.toml``; raises CorpusError saying what is wrong."""
    path = folder / "catalogue.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CorpusError(
            f"There is no catalogue at {path}. Give the corpus folder with --corpus."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: not readable as TOML: {error}") from error
    entries = tuple(_entry(row, path) for row in table.get("article", []))
    if not entries:
        raise CorpusError(f"{path}: the catalogue names no article")
    ids = [entry.id for entry in entries]
    if twice := next((name for name in ids if ids.count(name) > 1), None):
        raise CorpusError(f"{path}: the id {twice!r} is given twice")
    return entries


def read_raw(folder: Path, entry: Entry) -> str:
    """Return the text of an article as received, after checking its sha256.

    Raises CorpusError when the file is missing, empty, changed or not UTF-8.
    """
    path = folder / "articles" / entry.file
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise CorpusError(f"Article {entry.id}: the file {path} is missing") from error
    except OSError as error:
        raise CorpusError(f"Article {entry.id}: {path} cannot be read: {error.strerror}") from error
    if not data.strip():
        raise CorpusError(f"Article {entry.id}: the file {path} is empty")
    try:
        raw = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(f"Article {entry.id}: {path} is not UTF-8 (byte {error.start})") from error
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise CorpusError(
            f"Article {entry.id}: {path} has changed: its sha256 is not the catalogue's. "
            "Restore the file, or put its new sha256 into catalogue.toml."
        )
    return raw


def _entry(row: dict[str, Any], path: Path) -> Entry:
    if unknown := sorted(set(row) - _KEYS):
        raise CorpusError(f"{path}: unknown key {unknown[0]!r} in an article")
    try:
        title = row["title"]
        supplied = title.startswith("[") and title.endswith("]")
        return Entry(
            id=row["id"],
            file=row["file"],
            sha256=row["sha256"],
            title=title[1:-1] if supplied else title,
            title_is_supplied=supplied,
            title_language=cast(Language, row.get("title_language", "tr")),
            authors=tuple(row.get("authors", [])),
            year=row.get("year"),
            journal=row.get("journal"),
            languages=tuple(row.get("languages", ["tr"])),
            original=Original(row["original"]["file"], row["original"]["sha256"])
            if "original" in row
            else None,
        )
    except KeyError as error:
        raise CorpusError(f"{path}: an article lacks the key {error.args[0]!r}") from error
