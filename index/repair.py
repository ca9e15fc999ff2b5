"""Setting an index right: what killed builders left is removed, CURRENT names a whole generation again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import DipnotError, IndexDamaged, IndexMissing
from index import generation as store
from index.lock import building

Say = Callable[[str], None]


@dataclass(frozen=True)
class Kept:
    """A generation on disk: which, when it was written, what it holds, and whether it is the current one.

    ``fault``: why it cannot be used, "" where every file is as it was written.
    """

    id: str
    created: str = ""
    articles: int = 0
    passages: int = 0
    is_current: bool = False
    fault: str = ""


def roll_back(index: Path, say: Say | None = None) -> Kept:
    """Make the newest whole generation older than the current one current, and return it.

    It is verified first. Raises IndexMissing or DipnotError where there is none to go back to.
    """
    present = store.current(index)
    with building(index, say):
        names = store.kept(index)
        older = names[names.index(present) + 1 :] if present in names else names
        for name in older:
            kept = examined(index, name)
            if not kept.fault:
                store.point_to(index, name)
                return kept
    raise DipnotError(
        f"There is no whole generation older than {present} at {index}. Build one with: dipnot index"
    )


def generations(index: Path) -> list[Kept]:
    """Return all generations there are, the one written last first."""
    return [examined(index, name) for name in store.kept(index)]


def examined(index: Path, name: str) -> Kept:
    """Look at a generation and at every file of it."""
    folder = store.folder_of(index, name)
    try:
        is_current = store.current(index) == name
    except (IndexMissing, IndexDamaged):
        is_current = False
    try:
        manifest = store.read_manifest(folder)
        faults = store.damages(folder, manifest)
        if manifest.id != name:
            faults = [f"its manifest is that of {manifest.id}", *faults]
    except (DipnotError, OSError) as error:
        return Kept(name, is_current=is_current, fault=str(error))
    counts = manifest.counts
    return Kept(
        name,
        manifest.created,
        counts.get("articles", 0),
        counts.get("passages", 0),
        is_current,
        "; ".join(faults),
    )


def leftovers(index: Path) -> list[Path]:
    """Return what builders that were killed have left: folders half written or set aside, files not named."""
    patterns = ("generations/.writing-*", "generations/.old-*", ".CURRENT-*")
    return sorted(path for pattern in patterns for path in index.glob(pattern))


def repair(index: Path, say: Say | None = None) -> list[str]:
    """Set an index right and return what was done, a sentence each; nothing where all was well.

    A builder that is at work is waited for, so that nothing of a living one is removed. Raises DipnotError
    where the folder cannot be written.
    """
    if not index.is_dir():
        return []
    done = []
    with building(index, say):
        try:
            for path in leftovers(index):
                done.append(_put_back(index, path) or _removed(path))
        except OSError as error:
            raise DipnotError(f"{error.filename or index} cannot be removed: {error.strerror}") from error
        done += _pointed(index)
    return done


def _put_back(index: Path, path: Path) -> str:
    """Put a generation back that was set aside for one that never came; "" where there is no such thing."""
    was = path / "was"
    if not path.name.startswith(".old-") or not (was / store.MANIFEST).is_file():
        return ""
    try:
        manifest = store.read_manifest(was)
    except DipnotError:
        return ""
    target = store.folder_of(index, manifest.id)
    if target.exists() or store.damages(was, manifest) or manifest.id != store.identify(manifest.inputs):
        return ""
    os.replace(was, target)
    shutil.rmtree(path)
    return f"put generation {manifest.id} back, which a builder had set aside"


def _removed(path: Path) -> str:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    return f"removed {path}, which a builder had left"


def _pointed(index: Path) -> list[str]:
    """Make the newest whole generation current where the current one is missing or damaged."""
    try:
        store.verified(index)
        return []
    except DipnotError as error:
        why = str(error).partition(" Rebuild with")[0].partition(" Build it with")[0]
    for name in store.kept(index):
        if store.is_whole(index, name):
            store.point_to(index, name)
            return [f"made generation {name} current, the newest that is whole ({why})"]
    return []
