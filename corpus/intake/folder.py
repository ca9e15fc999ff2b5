"""A corpus folder of one's own: articles put in whole or not at all, and taken out again.

Files come first and the catalogue last, by renaming: whoever reads the folder meanwhile sees the articles as
they were or as they are.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from filelock import FileLock

from corpus.article import LANGUAGES, Article
from corpus.catalogue import PACKAGED, Entry, Original, read_catalogue
from corpus.errors import CorpusError, FileRefused
from corpus.intake.reading import read_bytes, suffix_of, understand
from corpus.intake.report import Added, called_notes
from corpus.intake.understood import (
    NOTHING_KNOWN,
    Metadata,
    Understood,
    guess_language,
    known_language,
)
from corpus.intake.written import entry_toml, outline_toml
from corpus.outline import Outline
from corpus.reading import read_article
from corpus.text import skeleton

_CATALOGUE: Final = "catalogue.toml"
_HEADER: Final = "[[article]]"
_KEPT: Final = ("articles", "outlines", "questions", "translations", _CATALOGUE, "repairs.toml", "NOTICE.md")
_FOLDERS: Final = ("articles", "originals", "outlines", "questions", "translations")
# Long enough to be told apart, short enough for an address.
_LONGEST_ID: Final = 48
_OPENING: Final = """How this article is built, line by line (1-based), as `dipnot add` understood it.
It may be mended by hand."""


def begin_with_bundled(folder: Path) -> None:
    """Copy the packaged articles and what is kept beside them into a folder that has no catalogue yet."""
    _own(folder)
    if (folder / _CATALOGUE).exists():
        raise CorpusError(f"{folder} is a corpus already; --with-bundled is for a new one")
    folder.mkdir(parents=True, exist_ok=True)
    # The catalogue last: until it is there, there is no corpus.
    for name in sorted(_KEPT, key=lambda name: name == _CATALOGUE):
        source = PACKAGED / name
        if source.is_dir():
            shutil.copytree(source, folder / name, dirs_exist_ok=True)
        elif source.exists():
            shutil.copyfile(source, folder / name)


def add(folder: Path, path: Path, given: Metadata = NOTHING_KNOWN) -> Added:
    """Put a file into the corpus of ``folder``; ``given`` goes before what the file says of itself.

    Raises CorpusError that says why not; then nothing has changed.
    """
    _own(folder)
    try:
        return _add(folder, path, given)
    except FileRefused as error:
        raise FileRefused(f"{path.name} was not added: {error}") from error


def remove(folder: Path, name: str) -> Path:
    """Take an article out of the catalogue and move its files to ``removed/``; return where they are.

    Raises CorpusError when there is no such article.
    """
    _own(folder)
    with _locked(folder):
        entry = next((each for each in _entries(folder) if each.id == name), None)
        if entry is None:
            ids = ", ".join(each.id for each in _entries(folder)) or "none"
            raise CorpusError(f"There is no article {name!r} in {folder}; there are: {ids}.")
        _write(folder / _CATALOGUE, _without((folder / _CATALOGUE).read_text(encoding="utf-8"), name))
        target = folder / "removed" / name
        again = 2
        while target.exists():
            target = folder / "removed" / f"{name}-{again}"
            again += 1
        target.mkdir(parents=True)
        files = [Path("articles") / entry.file, Path("outlines") / f"{name}.toml"]
        files += [Path("questions") / f"{name}.jsonl", Path("translations") / f"{name}.en.jsonl"]
        files += [Path("originals") / entry.original.file] if entry.original else []
        for file in files:
            if (folder / file).exists():
                os.replace(
                    folder / file,
                    target / file.name if file.parts[0] != "originals" else target / f"original-{file.name}",
                )
        _write(target / "entry.toml", entry_toml(entry))
        return target


def slug(name: str) -> str:
    """Return a name in small Latin letters, digits and hyphens: ``Kars Antlaşması`` → ``kars-antlasmasi``."""
    return re.sub(r"[^a-z0-9]+", "-", skeleton(name)).strip("-")[:_LONGEST_ID].strip("-") or "article"


def _add(folder: Path, path: Path, given: Metadata) -> Added:
    suffix = suffix_of(path)
    data = read_bytes(path)
    sha = hashlib.sha256(data).hexdigest()
    understood = _in_language(understand(suffix, data), given.language)
    name = slug(path.stem)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        for entry in _entries(folder):
            if sha in (entry.sha256, entry.original.sha256 if entry.original else ""):
                raise FileRefused(f"the same file is there already, as {entry.id}")
            if entry.id == name:
                raise FileRefused(
                    f"there is an article {name!r} already; rename the file, or remove that one: "
                    f"dipnot remove {name}"
                )
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=folder) as made:
            staged = Path(made)
            entry, article = _staged(staged, name, suffix, data, understood, given, path.stem)
            _put(folder, staged, entry)
    metadata = given.over(understood.metadata)
    notes = [note for note, _ in understood.outline.notes]
    called = called_notes(article) & set(notes)
    return Added(entry, article, metadata, len(notes), len(called), understood.left_out, understood.remarks)


def _in_language(understood: Understood, given: str) -> Understood:
    """The same with the language that was asked for, and a word on what does not agree."""
    outline, said = understood.outline, understood.metadata.language
    guessed = guess_language(_body(understood), outline.language)
    if given:
        language = known_language(given)
        if language is None:
            raise FileRefused(f"--language {given!r} is not known; it is one of {', '.join(LANGUAGES)}")
        return replace(understood, outline=_relabelled(outline, language))
    if said and known_language(said) is None:
        return understood.remarking(
            f"the file says its language is {said!r}; it was read as {outline.language!r}"
        )
    if said and known_language(said) != outline.language:
        outline = _relabelled(outline, known_language(said) or outline.language)
        understood = replace(understood, outline=outline)
    if said and guessed != outline.language:
        return understood.remarking(
            f"the file says its language is {said!r}, its words look like {guessed!r}; --language sets it"
        )
    return understood


def _body(understood: Understood) -> str:
    """The text without its abstracts, which may be in another language."""
    lines = understood.text.split("\n")
    abstracts = [each for each in understood.outline.regions if each.kind in ("abstract", "keywords")]
    apart = {number for each in abstracts for number in range(each.first, each.last + 1)}
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in apart)


def _relabelled(outline: Outline, language: str) -> Outline:
    """The outline with every part of the article's language in another."""
    new = known_language(language) or outline.language
    regions = tuple(
        replace(region, language=new) if region.language == outline.language else region
        for region in outline.regions
    )
    return replace(outline, language=new, regions=regions)


def _staged(
    staged: Path, name: str, suffix: str, data: bytes, understood: Understood, given: Metadata, stem: str
) -> tuple[Entry, Article]:
    """Write the files of an article into a folder of their own, and read it there as it will be read."""
    for each in ("articles", "originals", "outlines"):
        (staged / each).mkdir()
    text = understood.text.encode("utf-8")
    (staged / "articles" / f"{name}.txt").write_bytes(text)
    outline = outline_toml(understood.outline, _OPENING)
    (staged / "outlines" / f"{name}.toml").write_text(outline, encoding="utf-8")
    original = None
    if text != data:
        original = Original(f"{name}{suffix}", hashlib.sha256(data).hexdigest())
        (staged / "originals" / original.file).write_bytes(data)
    metadata = given.over(understood.metadata)
    title = " ".join((metadata.title or _words(understood) or stem).split())
    entry = Entry(
        id=name,
        file=f"{name}.txt",
        sha256=hashlib.sha256(text).hexdigest(),
        title=title,
        title_is_supplied=bool(given.title) or not metadata.title,
        title_language=guess_language(title, understood.outline.language),
        authors=metadata.authors,
        year=metadata.year,
        journal=metadata.journal or None,
        languages=(understood.outline.language,),
        original=original,
    )
    article = read_article(staged, entry)
    if not article.sentences:
        raise FileRefused("no sentence was found in it")
    present = {block.language for block in article.blocks}
    return replace(entry, languages=tuple(code for code in LANGUAGES if code in present)), article


def _words(understood: Understood) -> str:
    """The first heading, of which a title may be made where the file names none."""
    lines = understood.text.split("\n")
    first = next((each for each in understood.outline.regions if each.kind == "heading"), None)
    return " ".join(lines[first.first - 1 : first.last]) if first else ""


def _put(folder: Path, staged: Path, entry: Entry) -> None:
    """Move staged files to their places and then enter the article; what fails is undone."""
    put: list[Path] = []
    try:
        for file in sorted(path for path in staged.rglob("*") if path.is_file()):
            target = folder / file.relative_to(staged)
            target.parent.mkdir(exist_ok=True)
            _sync(file)
            os.replace(file, target)
            put.append(target)
        path = folder / _CATALOGUE
        before = path.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if path.exists() else ""
        _write(path, before + entry_toml(entry))
    except BaseException:
        for target in put:
            target.unlink(missing_ok=True)
        raise


def _entries(folder: Path) -> tuple[Entry, ...]:
    """The entries of a catalogue that may be missing or empty."""
    path = folder / _CATALOGUE
    if not path.exists() or _HEADER not in path.read_text(encoding="utf-8", errors="replace"):
        return ()
    return read_catalogue(folder)


def _without(text: str, name: str) -> str:
    """The catalogue without one article; comments and the others stay as they are."""
    head, *rows = re.split(rf"(?m)^(?={re.escape(_HEADER)})", text)
    kept = [row for row in rows if tomllib.loads(row)["article"][0]["id"] != name]
    return head + "".join(kept)


def _write(path: Path, text: str) -> None:
    """Write a file beside and rename it, so that nobody sees half of it."""
    handle, made = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(made).chmod(0o644)
        os.replace(made, path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process change a folder at a time; another waits. A process that dies lets go of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        yield


def _own(folder: Path) -> None:
    if folder.resolve() == PACKAGED.resolve():
        raise CorpusError(
            "The articles that came with Dipnot are not changed. Name a folder of your own, which is made "
            "where it is missing: dipnot add --corpus DIR FILE… (--with-bundled: with a copy of them in it)."
        )
