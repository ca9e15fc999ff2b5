"""A generation as one file: a tar of its files with its manifest at the head, and back again.

A tar may name any path and hold links, devices and holes, so that nothing of one is believed: its members are
the files that its manifest lists, in that order, and each is what the manifest says, or nothing is restored.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from corpus.errors import DipnotError, IndexDamaged
from index import generation as store
from index.lock import building

if TYPE_CHECKING:
    from _typeshed import SupportsRead

# A manifest describes some thirty files.
_LONGEST_MANIFEST: Final = 1_000_000
_CHUNK: Final = 1 << 20
# Whoever may read the folder of a service need not read a backup of it, and the other way round.
_MODE: Final = 0o644


def back_up(index: Path, target: Path) -> store.Manifest:
    """Write the current generation to ``target``, which must not exist, and return its manifest.

    Every file is verified before and while it is read; ``target`` appears whole and synced, or not at all.
    Raises IndexMissing, IndexDamaged or DipnotError.
    """
    if target.exists() or target.is_symlink():
        raise DipnotError(f"{target} is there already; a backup overwrites nothing. Name another file.")
    folder, manifest = store.verified(index)
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.absolute().parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            _write(file, folder, manifest)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_MODE)
        _name(temporary, target)
    except OSError as error:
        why = error.strerror or error
        raise DipnotError(f"The backup could not be written to {target}: {why}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return manifest


def restore(source: Path, index: Path, say: Callable[[str], None] | None = None) -> store.Manifest:
    """Put the generation that ``back_up`` wrote into an index, make it current, and return its manifest.

    Nothing is made current before every file is there with its checksum. A whole generation of the same id
    is not overwritten but made current; a damaged one is replaced. Raises DipnotError.
    """
    try:
        with source.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            manifest = _manifest(tar, source)
            with building(index, say):
                if not store.is_whole(index, manifest.id):
                    with store.writing(index, manifest.id) as folder:
                        _extract(tar, manifest, folder, source)
                store.make_current(index, manifest.id)
    except (tarfile.TarError, EOFError) as error:
        raise _refused(source, "it is not a tar file, or was cut short") from error
    except OSError as error:
        raise DipnotError(f"{source} cannot be read: {error.strerror or error}") from error
    return manifest


def _write(file: IO[bytes], folder: Path, manifest: store.Manifest) -> None:
    written = int(datetime.fromisoformat(manifest.created).timestamp())
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:

        def add(name: str, size: int, content: SupportsRead[bytes]) -> None:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = size, written, _MODE
            tar.addfile(member, content)

        head = (folder / store.MANIFEST).read_bytes()
        add(store.MANIFEST, len(head), io.BytesIO(head))
        for name, info in manifest.files.items():
            with (folder / name).open("rb") as content:
                read = _Summed(content)
                add(name, info.size, read)
            if read.sha256 != info.sha256:
                raise IndexDamaged(f"{folder / name} changed while it was read. Look with: dipnot doctor")


class _Summed:
    """A file that sums up what is read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sum = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """Read, and remember."""
        data = self._file.read(size)
        self._sum.update(data)
        return data

    @property
    def sha256(self) -> str:
        """The sha256 of all that was read, in hex."""
        return self._sum.hexdigest()


def _name(temporary: Path, target: Path) -> None:
    """Give a file its name, but not that of another that has come meanwhile."""
    try:
        os.link(temporary, target)
    except FileExistsError as error:
        raise DipnotError(f"{target} is there already; a backup overwrites nothing.") from error
    except OSError:  # a file system without hard links
        if target.exists():
            raise DipnotError(f"{target} is there already; a backup overwrites nothing.") from None
        os.replace(temporary, target)
    handle = os.open(target.absolute().parent, os.O_RDONLY)
    with suppress(OSError):
        os.fsync(handle)
    os.close(handle)


def _manifest(tar: tarfile.TarFile, source: Path) -> store.Manifest:
    """The manifest at the head, of this format, naming files below one folder."""
    head = tar.next()
    if head is None or head.name != store.MANIFEST or not _is_plain(head) or head.size > _LONGEST_MANIFEST:
        raise _refused(source, "it does not begin with a manifest")
    manifest = store.parse_manifest(_opened(tar, head).read(), f"the backup {source}")
    if manifest.id != store.identify(manifest.inputs):
        raise _refused(source, "its manifest is not of the generation that it names")
    for name in manifest.files:
        if not _is_inside(name):
            raise _refused(source, f"it names the file {name!r}, which lies outside an index")
    return manifest


def _extract(tar: tarfile.TarFile, manifest: store.Manifest, folder: Path, source: Path) -> None:
    """Write the files that the manifest lists into ``folder``, and nothing else."""
    left = dict(manifest.files)
    (folder / store.MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    while (member := tar.next()) is not None:
        info = left.pop(member.name, None)
        if info is None:
            raise _refused(source, f"it holds {member.name!r}, which its manifest does not list")
        if not _is_plain(member):
            raise _refused(source, f"{member.name} is not a file but a link or a device")
        if member.size != info.size:
            raise _refused(source, f"{member.name} has {member.size} bytes instead of {info.size}")
        target = folder / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        content, found = _opened(tar, member), hashlib.sha256()
        with target.open("xb") as file:
            while data := content.read(_CHUNK):
                found.update(data)
                file.write(data)
        if found.hexdigest() != info.sha256:
            raise _refused(source, f"{member.name} has changed (sha256)")
    if left:
        raise _refused(source, f"{', '.join(sorted(left))} is missing")


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    assert content is not None  # it is a plain file
    return content


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Whether a member is a file with its bytes one after another: no link, device, folder or holes."""
    return member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()


def _is_inside(name: str) -> bool:
    """Whether a name stays below the folder it is given to, on every system, and is not the manifest's."""
    parts = PurePosixPath(name).parts
    is_plain = name == "/".join(parts) and not set(name) & set("\\:\0") and name.isprintable()
    return bool(parts) and is_plain and not {"..", ".", "/"} & set(parts) and name != store.MANIFEST


def _refused(source: Path, why: str) -> DipnotError:
    return DipnotError(f"{source} is not a backup that can be restored: {why}. The index is unchanged.")
