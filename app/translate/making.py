"""Making the English of an article: sentence by sentence, each kept as soon as it is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.translate.translator import Refused, Translator
from corpus.article import Article
from corpus.errors import CorpusError
from corpus.translations import (
    Translation,
    key,
    lines,
    read_translations,
    to_translate,
    untranslated,
    write_line,
)


@dataclass(frozen=True)
class Made:
    """What making the English of an article came to: how many sentences were made now, how many were there
    before, and which were refused, with the reason."""

    new: int
    before: int
    refused: tuple[tuple[str, str], ...]


def make(
    article: Article,
    target: Path,
    translator: Callable[[], Translator],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Made:
    """Translate what an article has no English for into its file ``target``.

    Each line is on disk as soon as it is there, in a file beside with ``.part`` behind its name, and the next
    run goes on from that. At the end all lines are put in place at once, in reading order; lines of
    sentences that the article no longer holds come last, for a person to look at. ``translator`` is called
    only where something is missing; ``progress`` is told how many of all sentences are done. A sentence that
    is refused stays without English, and the others are put in place.

    Raises CorpusError when a file is not as it should be, and what the translator raises.
    """
    part = part_of(target)
    known = read_translations(target)
    kept = _read_part(part)
    before = {**kept, **known}
    wanted = untranslated(article, before)
    total = len(to_translate(article))
    refused: list[tuple[str, str]] = []
    made: dict[str, Translation] = {}
    if wanted:
        use = translator()
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("a", encoding="utf-8", newline="\n") as out:
            for start in range(0, len(wanted), use.batch):
                progress(total - len(wanted) + start, total)
                batch = wanted[start : start + use.batch]
                for text, english in zip(batch, use.translate(batch), strict=True):
                    if isinstance(english, Refused):
                        refused.append((text, english.why))
                    else:
                        translation = Translation(text, key(text), english, "machine", False)
                        made[translation.sha] = translation
                        out.write(write_line(translation) + "\n")
                        _sync(out)
            progress(total, total)
    if kept or made:
        _put_in_place(target, article, {**before, **made})
    part.unlink(missing_ok=True)
    return Made(len(made), total - len(wanted), tuple(refused))


def part_of(target: Path) -> Path:
    """Return the file beside ``target`` that holds the lines made so far until all are there."""
    return target.with_name(target.name + ".part")


def _read_part(part: Path) -> dict[str, Translation]:
    """The lines that an interrupted run left behind, without one that was cut off as it was written."""
    if not part.exists():
        return {}
    whole, end, torn = part.read_bytes().rpartition(b"\n")
    if torn:
        os.truncate(part, len(whole) + len(end))
    try:
        return read_translations(part)
    except CorpusError as error:
        raise CorpusError(f"{error} Mend the line, or remove {part} to begin anew.") from error


def _put_in_place(target: Path, article: Article, translations: dict[str, Translation]) -> None:
    order = [key(text) for text in to_translate(article)]
    held = [translations.pop(sha) for sha in order if sha in translations]
    new = target.with_name(target.name + ".new")
    with new.open("w", encoding="utf-8", newline="\n") as out:
        out.write(lines([*held, *translations.values()]))
        _sync(out)
    os.replace(new, target)


def _sync(out: TextIO) -> None:
    out.flush()
    os.fsync(out.fileno())
