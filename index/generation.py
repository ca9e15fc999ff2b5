"""One generation of the index on disk: a folder written whole, verified before it is read.

``INDEX/generations/<id>/`` holds the files and their manifest, ``INDEX/CURRENT`` the id of the one
in use. A generation is written beside, synced, renamed into place, and only then made current.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.errors import DipnotError, IndexDamaged, IndexMissing
from corpus.text import capital

FORMAT: Final = 3
MANIFEST: Final = "manifest.json"
ARTICLES: Final = "articles.json"
# The articles as they stand, and their English side.
PASSAGES: Final = {"tr": "passages.faiss", "en": "passages.en.faiss"}
# Only where the index above rounds them: the vectors as they were made, for the next build.
EXACT_PASSAGES: Final = {"tr": "passages.npy", "en": "passages.en.npy"}
SENTENCES: Final = {"tr": "sentences.npy", "en": "sentences.en.npy"}
# Only where they are many: with few, a question is compared with each of the vectors above.
NEAREST_SENTENCES: Final = {"tr": "sentences.faiss", "en": "sentences.en.faiss"}
PASSAGE_TERMS: Final = {"tr": "bm25", "en": "bm25.en"}
SENTENCE_TERMS: Final = {"tr": "bm25.sentences", "en": "bm25.sentences.en"}
# The register of questions, in both languages.
QUESTIONS: Final = {"tr": "questions.npy", "en": "questions.en.npy"}
QUESTION_TERMS: Final = {"tr": "bm25.questions", "en": "bm25.questions.en"}
KEPT: Final = 2
# Writing takes seconds: a folder that has been in the making for longer was left by a killed builder.
ABANDONED_SECONDS: Final = 3600.0
# By how much a generation is dated after the newest one where the clock would say otherwise.
_TICK_NS: Final = 1_000_000
# Of linux/fcntl.h and linux/fs.h.
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Format(BaseModel):
    """Of a manifest, what is understood in every format."""

    format: int


class ModelInfo(_Strict):
    """The embedding model the vectors were made with."""

    name: str
    sha256: str
    dimension: int
    query_prompt: str
    passage_prompt: str


class Inputs(_Strict):
    """Everything the content of an index follows from."""

    corpus: str
    analyzer: int
    passages: int
    folding: int
    encoding: int
    model: ModelInfo


class FileInfo(_Strict):
    """Size in bytes and sha256 of one file of a generation."""

    size: int
    sha256: str


class Manifest(_Strict):
    """What a generation holds and what it was made from."""

    format: int
    id: str
    created: str
    inputs: Inputs
    counts: dict[str, int]
    libraries: dict[str, str]
    files: dict[str, FileInfo]


def identify(inputs: Inputs) -> str:
    """Return the id of the generation that follows from ``inputs``: the same inputs, the same id."""
    return hashlib.sha256(inputs.model_dump_json().encode()).hexdigest()[:16]


def current(index: Path) -> str:
    """Return the id of the current generation; raises IndexMissing when there is none."""
    try:
        name = (index / "CURRENT").read_text(encoding="ascii", errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexMissing(f"There is no index at {index}. Build it with: dipnot index") from error
    if not name or not all(char in "0123456789abcdef" for char in name):
        raise IndexDamaged(f"{index / 'CURRENT'} does not name a generation. Rebuild with: dipnot index")
    return name


def folder_of(index: Path, name: str) -> Path:
    """Return the folder of a generation."""
    return index / "generations" / name


def read_manifest(folder: Path) -> Manifest:
    """Read a generation's manifest; raises IndexDamaged."""
    try:
        return parse_manifest((folder / MANIFEST).read_bytes(), f"the index at {folder}")
    except FileNotFoundError as error:
        raise IndexDamaged(
            f"The index at {folder} has no manifest: it was not written whole. Rebuild with: dipnot index"
        ) from error


def parse_manifest(data: bytes, owner: str) -> Manifest:
    """Return the manifest of ``owner``, such as "the index at …"; raises IndexDamaged.

    The format is looked at first, because a manifest of another format may have other fields.
    """
    subject = capital(owner, "en")
    remedy = "Rebuild with: dipnot index"
    try:
        written = _Format.model_validate_json(data).format
        if written > FORMAT:
            raise IndexDamaged(
                f"{subject} has format {written}, this Dipnot reads {FORMAT}: a newer Dipnot wrote it, "
                f"which can read it. {remedy}"
            )
        if written < FORMAT:
            raise IndexDamaged(
                f"{subject} has format {written}, this Dipnot reads {FORMAT}: an older Dipnot wrote it. "
                f"{remedy}"
            )
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        raise IndexDamaged(f"The manifest of {owner} cannot be read. {remedy}") from error


def damages(folder: Path, manifest: Manifest) -> list[str]:
    """Return what is wrong with the files of a generation: missing, cut short or changed."""
    found = []
    for file, info in sorted(manifest.files.items()):
        path = folder / file
        # A manifest that was damaged may name anything.
        name = file if file.isprintable() else ascii(file)
        if not path.is_file():
            found.append(f"{name} is missing")
        elif path.stat().st_size != info.size:
            found.append(f"{name} has {path.stat().st_size} bytes instead of {info.size}")
        elif sha256_of(path) != info.sha256:
            found.append(f"{name} has changed (sha256)")
    return found


def verified(index: Path) -> tuple[Path, Manifest]:
    """Return the folder and manifest of the current generation after checking every file.

    Raises IndexMissing or IndexDamaged, saying which file and why.
    """
    folder = folder_of(index, current(index))
    manifest = read_manifest(folder)
    found = damages(folder, manifest)
    if manifest.id != folder.name:
        found.insert(0, f"its manifest is that of {manifest.id[:16]!r}")
    if found:
        raise IndexDamaged(
            f"The index at {folder} is damaged: {'; '.join(found)}. Rebuild with: dipnot index"
        )
    return folder, manifest


def kept(index: Path) -> list[str]:
    """Return the ids of all generations there are, whole or not, the one written last first."""
    try:
        folders = [path for path in (index / "generations").iterdir() if _is_finished(path)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [path.name for path in sorted(folders, key=lambda path: path.stat().st_mtime_ns, reverse=True)]


def is_whole(index: Path, name: str) -> bool:
    """Whether a generation is there with every file as it was written."""
    try:
        manifest = read_manifest(folder_of(index, name))
    except (IndexDamaged, OSError):
        return False
    return manifest.id == name and not damages(folder_of(index, name), manifest)


@contextmanager
def writing(index: Path, manifest_id: str) -> Iterator[Path]:
    """Give a folder to write a generation into; on success it is put in its place, synced.

    Raises DipnotError when the disk is full or the folder cannot be written; then nothing of the
    current index has changed.
    """
    temporary: Path | None = None
    try:
        (index / "generations").mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".writing-", dir=index / "generations"))
        yield temporary
        for path in sorted(temporary.rglob("*")):
            _sync(path)
        _date_last(temporary)
        _sync(temporary)
        target = folder_of(index, manifest_id)
        if target.exists():
            _replace(target, temporary)
        else:
            os.replace(temporary, target)
        _sync(index / "generations")
    except OSError as error:
        # NumPy tells a write that was cut short without a number ("63360 requested and 8160 written").
        if error.errno in (errno.ENOSPC, errno.EDQUOT, None):
            raise DipnotError(
                f"The disk is full: the new index could not be written to {index}. "
                "Free some space and run again; the current index is unchanged."
            ) from error
        raise DipnotError(f"The index could not be written to {index}: {error.strerror or error}") from error
    finally:
        if temporary is not None and temporary.exists():
            shutil.rmtree(temporary, ignore_errors=True)


def make_current(index: Path, name: str) -> None:
    """Make a written generation the current one, and drop the oldest."""
    point_to(index, name)
    _drop_old(index, name)


def point_to(index: Path, name: str) -> None:
    """Make a written generation the current one by an atomic rename; none is dropped."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=".CURRENT-", dir=index)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(name + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, index / "CURRENT")
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise DipnotError(f"The new index could not be made current in {index}: {error.strerror}") from error
    _sync(index)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(folder: Path) -> dict[str, FileInfo]:
    """Return size and sha256 of every file below ``folder``, by relative name."""
    return {
        path.relative_to(folder).as_posix(): FileInfo(size=path.stat().st_size, sha256=sha256_of(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _date_last(folder: Path) -> None:
    """See to it that ``folder`` counts as the one written last, though the clock may have been set back."""
    others = [path for path in folder.parent.iterdir() if _is_finished(path)]
    latest = max((path.stat().st_mtime_ns for path in others), default=0)
    written = folder.stat().st_mtime_ns
    if written <= latest:
        os.utime(folder, ns=(written, latest + _TICK_NS))


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot (renameat2(2), Linux only)."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    first, second = (ctypes.c_char_p(os.fsencode(path)) for path in (one, other))
    return bool(renameat2(_AT_FDCWD, first, _AT_FDCWD, second, ctypes.c_uint(_RENAME_EXCHANGE)) == 0)


def _replace(target: Path, new: Path) -> None:
    """Put ``new`` in the place of ``target``, which stays where that fails."""
    if _exchange(target, new):
        return
    old = Path(tempfile.mkdtemp(prefix=".old-", dir=target.parent))
    try:
        os.replace(target, old / "was")
        os.replace(new, target)
    except OSError:
        if not target.exists():
            os.replace(old / "was", target)
        raise
    finally:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)


def _drop_old(index: Path, name: str) -> None:
    others = [path for path in (index / "generations").iterdir() if path.is_dir() and path.name != name]
    finished = [path for path in others if _is_finished(path)]
    finished.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in finished[KEPT:]:
        # Out of the way first: half removed, it would have a new time and count as the newest.
        aside = path.with_name(f".old-{path.name}")
        with suppress(OSError):
            os.replace(path, aside)
        shutil.rmtree(aside, ignore_errors=True)
    for path in others:
        with suppress(FileNotFoundError):  # another builder has just put it in its place
            if path.name.startswith(".") and path.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def _is_finished(path: Path) -> bool:
    """Whether a folder was put in its place, and is not one that a builder writes into or sets aside."""
    return path.is_dir() and not path.name.startswith(".")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
