"""The English side: a translation of each Turkish sentence, made once and kept beside the articles.

``translations/<article>.en.jsonl`` holds one sentence a line:
``{"tr": …, "sha": first 16 hex digits of sha256(folded tr), "en": …, "by": "machine" | "human",
"reviewed": bool}``. A sentence is found by its ``sha``, so that a line whose Turkish has changed since is
stale and never shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from corpus.article import Article
from corpus.errors import CorpusError
from corpus.text import fold, nfc

FOLDER: Final = "translations"
By = Literal["machine", "human"]
_KEYS: Final = ("tr", "sha", "en", "by", "reviewed")


@dataclass(frozen=True)
class Translation:
    """A Turkish sentence and its English."""

    tr: str
    sha: str
    en: str
    by: By
    reviewed: bool


def key(text: str) -> str:
    """Return the key of a Turkish sentence: the first 16 hex digits of the sha256 of its folded text."""
    return hashlib.sha256(fold(nfc(text), "tr").encode("utf-8")).hexdigest()[:16]


def translations_file(folder: Path, article: str) -> Path:
    """Return where the translations of an article lie, below the folder of the corpus."""
    return folder / FOLDER / f"{article}.en.jsonl"


def read_translations(path: Path) -> dict[str, Translation]:
    """Read the translations of an article by key; none where there is no file.

    Raises CorpusError that names the line which is not as it should be.
    """
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise CorpusError(f"{path.name}, line {number}: the line is not UTF-8.") from error
    found: dict[str, Translation] = {}
    # Not splitlines(): JSON leaves some signs as they are at which that would cut a line in two.
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        translation = _parse(line, f"{path.name}, line {number}")
        if translation.sha in found:
            raise CorpusError(f"{path.name}, line {number}: this sentence was there before.")
        found[translation.sha] = translation
    return found


def write_line(translation: Translation) -> str:
    """Return a translation as a line of its file, without the line end."""
    return json.dumps(asdict(translation), ensure_ascii=False)


def english(text: str, translations: Mapping[str, Translation]) -> str:
    """Return the English of a Turkish sentence or heading, or "" where there is none."""
    found = translations.get(key(text))
    return found.en if found else ""


def to_translate(article: Article) -> list[str]:
    """Return the Turkish headings and sentences of an article in reading order, each wording once."""
    by_block: dict[str, list[str]] = {}
    for sentence in article.sentences:
        by_block.setdefault(sentence.block, []).append(sentence.text)
    found: dict[str, str] = {}
    for block in article.blocks:
        if block.language == "tr":
            for text in [block.text] if block.kind == "heading" else by_block.get(block.id, []):
                found.setdefault(key(text), text)
    return list(found.values())


def untranslated(article: Article, translations: Mapping[str, Translation]) -> list[str]:
    """Return the headings and sentences of an article that have no translation."""
    return [text for text in to_translate(article) if key(text) not in translations]


def stale(article: Article, translations: Mapping[str, Translation]) -> list[Translation]:
    """Return the translations of what the article does not, or no longer, hold."""
    held = {key(text) for text in to_translate(article)}
    return [translation for sha, translation in translations.items() if sha not in held]


def _parse(line: str, where: str) -> Translation:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise CorpusError(f"{where}: {error.msg}.") from error
    if not isinstance(row, dict) or set(row) != set(_KEYS):
        raise CorpusError(f"{where}: a translation has the keys {', '.join(_KEYS)}.")
    if not all(isinstance(row[name], str) and row[name].strip() for name in ("tr", "sha", "en")):
        raise CorpusError(f"{where}: tr, sha and en are texts, and none is empty.")
    if row["by"] not in get_args(By) or not isinstance(row["reviewed"], bool):
        raise CorpusError(f"{where}: by is machine or human, reviewed is true or false.")
    if row["sha"] != key(row["tr"]):
        raise CorpusError(f"{where}: sha is not that of tr; it would be {key(row['tr'])}.")
    return Translation(**row)


def lines(translations: Iterable[Translation]) -> str:
    """Return translations as the text of their file."""
    return "".join(write_line(translation) + "\n" for translation in translations)
