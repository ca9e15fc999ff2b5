"""The register of questions: what may be asked about an article, and the sentences that answer it.

``questions/<article>.jsonl`` holds one question a line:
``{"tr": …, "en": …, "answered_by": [keys of sentences], "by": "machine" | "human"}``. A question is made
once, by reading the article, and is only ever used to find its sentences: nothing of it is shown as a fact.
This is document expansion by questions (Nogueira et al., "Document Expansion by Query Prediction", 2019). A
sentence is found by its key (corpus/translations.py); a question one of whose sentences has changed since is
stale and left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from corpus.article import RegisteredQuestion, Sentence
from corpus.errors import CorpusError
from corpus.translations import By, key

FOLDER: Final = "questions"
_KEYS: Final = ("tr", "en", "answered_by", "by")


@dataclass(frozen=True)
class Entry:
    """A line of a register: a question in both languages and the keys of the sentences that answer it."""

    tr: str
    en: str
    answered_by: tuple[str, ...]
    by: By


def register_file(folder: Path, article: str) -> Path:
    """Return where the register of an article lies, below the folder of the corpus."""
    return folder / FOLDER / f"{article}.jsonl"


def read_register(path: Path) -> tuple[Entry, ...]:
    """Read a register; empty where there is no file.

    Raises CorpusError that names the line which is not as it should be.
    """
    if not path.exists():
        return ()
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise CorpusError(f"{path.name}, line {number}: the line is not UTF-8.") from error
    # Not splitlines(): JSON leaves some signs as they are at which that would cut a line in two.
    rows = text.removesuffix("\n").split("\n") if text else []
    return tuple(_parse(line, f"{path.name}, line {number}") for number, line in enumerate(rows, 1))


def registered(entries: Iterable[Entry], sentences: Sequence[Sentence]) -> tuple[RegisteredQuestion, ...]:
    """Return the questions of a register with the sentences that answer them; stale ones are left out.

    Where a sentence stands more than once, each place answers.
    """
    places: dict[str, list[str]] = {}
    for sentence in sentences:
        places.setdefault(key(sentence.text), []).append(sentence.id)
    return tuple(
        RegisteredQuestion(
            entry.tr, entry.en, tuple(name for sha in entry.answered_by for name in places[sha])
        )
        for entry in entries
        if all(sha in places for sha in entry.answered_by)
    )


def write_line(entry: Entry) -> str:
    """Return an entry as a line of its file, without the line end."""
    row = {"tr": entry.tr, "en": entry.en, "answered_by": list(entry.answered_by), "by": entry.by}
    return json.dumps(row, ensure_ascii=False)


def _parse(line: str, where: str) -> Entry:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where}: {error.msg}.") from error
    if not isinstance(row, dict) or set(row) != set(_KEYS):
        raise CorpusError(f"{where}: a question has the keys {', '.join(_KEYS)}.")
    if not all(isinstance(row[name], str) and row[name].strip() for name in ("tr", "en")):
        raise CorpusError(f"{where}: tr and en are texts, and none is empty.")
    shas = row["answered_by"]
    if not isinstance(shas, list) or not shas or not all(isinstance(sha, str) for sha in shas):
        raise CorpusError(f"{where}: answered_by is a list of one or more keys of sentences.")
    if row["by"] not in get_args(By):
        raise CorpusError(f"{where}: by is machine or human.")
    return Entry(row["tr"], row["en"], tuple(shas), row["by"])
