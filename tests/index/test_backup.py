"""One file out of an index and back: whole or not at all, and nothing of a file is believed."""

from __future__ import annotations

import errno
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import DipnotError, IndexDamaged, IndexMissing
from index import generation as store
from index.backup import back_up, restore
from tests.generations import CONTENT, snapshot, spoil, write

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    write(tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def saved(index: Path, tmp_path: Path) -> Path:
    back_up(index, tmp_path / "saved.tar")
    return tmp_path / "saved.tar"


def test_what_was_saved_is_restored(saved: Path, index: Path, tmp_path: Path) -> None:
    manifest = restore(saved, tmp_path / "new")
    assert store.verified(tmp_path / "new")[1] == manifest == store.verified(index)[1]
    folder = store.folder_of(tmp_path / "new", manifest.id)
    assert {name: (folder / name).read_bytes() for name in CONTENT} == CONTENT


def test_the_same_generation_gives_the_same_file(saved: Path, index: Path, tmp_path: Path) -> None:
    back_up(index, tmp_path / "again.tar")
    assert (tmp_path / "again.tar").read_bytes() == saved.read_bytes()


def test_a_backup_overwrites_nothing(saved: Path, index: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(DipnotError, match=r"saved\.tar is there already; a backup overwrites nothing"):
        back_up(index, saved)
    assert saved.read_bytes() == before
    assert sorted(path.name for path in saved.parent.iterdir()) == ["index", "saved.tar"]


def test_a_damaged_or_missing_index_is_not_saved(index: Path, tmp_path: Path) -> None:
    spoil(index, store.current(index))
    with pytest.raises(IndexDamaged):
        back_up(index, tmp_path / "x.tar")
    with pytest.raises(IndexMissing):
        back_up(tmp_path / "nowhere", tmp_path / "x.tar")
    assert {path.name for path in tmp_path.iterdir()} == {"index"}


def test_a_full_disk_leaves_no_half_of_a_backup(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tarfile.TarFile, "addfile", full)
    with pytest.raises(DipnotError, match=r"^The backup could not be written to .*x\.tar: No space left"):
        back_up(index, tmp_path / "x.tar")
    assert {path.name for path in tmp_path.iterdir()} == {"index"}


def test_what_is_there_stays_beside_what_is_restored(saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    own = write(other, 2)
    restored = restore(saved, other).id
    assert store.current(other) == restored
    assert set(store.kept(other)) == {own, restored}
    assert store.is_whole(other, own)


def test_a_whole_generation_is_not_written_again_but_made_current(saved: Path, index: Path) -> None:
    first = store.current(index)
    write(index, 2)
    times = {path: path.stat().st_mtime_ns for path in store.folder_of(index, first).rglob("*")}
    assert restore(saved, index).id == first == store.current(index)
    assert {path: path.stat().st_mtime_ns for path in store.folder_of(index, first).rglob("*")} == times


def test_a_damaged_generation_is_replaced_by_the_whole_one_of_a_backup(saved: Path, index: Path) -> None:
    spoil(index, store.current(index))
    restore(saved, index)
    store.verified(index)


def members(path: Path) -> Members:
    with tarfile.open(path) as tar:
        return [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]


def forge(path: Path, change: Callable[[Members], Members]) -> None:
    """Write a backup again, changed by hand."""
    changed = change(members(path))
    with tarfile.open(path, "w") as tar:
        for member, data in changed:
            if member.isreg():
                member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def of(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", data: bytes = b"") -> tuple:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, link, len(data)
    return member, data


def replaced(name: str, by: tuple) -> Callable[[Members], Members]:
    return lambda found: [by if member.name == name else (member, data) for member, data in found]


def listing(name: str) -> Callable[[Members], Members]:
    """A manifest that lists a file of any name, and the file."""

    def change(found: Members) -> Members:
        manifest = store.Manifest.model_validate_json(found[0][1])
        files = {**manifest.files, name: manifest.files["articles.json"]}
        head = manifest.model_copy(update={"files": files}).model_dump_json().encode()
        return [of(store.MANIFEST, data=head), *found[1:], of(name, data=b"[]")]

    return change


def with_format(number: int) -> Callable[[Members], Members]:
    def change(found: Members) -> Members:
        head = found[0][1].replace(b'"format":3', b'"format":%d,"more":1' % number)
        assert head != found[0][1]
        return [of(store.MANIFEST, data=head), *found[1:]]

    return change


FORGED = {
    "a path that leads up": (listing("../../evil"), "'../../evil', which lies outside an index"),
    "an absolute path": (listing("/tmp/evil"), "'/tmp/evil', which lies outside an index"),
    "a path with a step up inside": (listing("bm25/../../evil"), "which lies outside an index"),
    "a path of another system": (listing("..\\evil"), "which lies outside an index"),
    "a drive": (listing("C:evil"), "which lies outside an index"),
    "the manifest once more": (listing("manifest.json"), "which lies outside an index"),
    "a symbolic link": (
        replaced("articles.json", of("articles.json", tarfile.SYMTYPE, "/etc/passwd")),
        "articles.json is not a file but a link or a device",
    ),
    "a hard link": (
        replaced("articles.json", of("articles.json", tarfile.LNKTYPE, "manifest.json")),
        "articles.json is not a file but a link or a device",
    ),
    "a device": (replaced("articles.json", of("articles.json", tarfile.CHRTYPE)), "not a file but a link"),
    "a pipe": (replaced("articles.json", of("articles.json", tarfile.FIFOTYPE)), "not a file but a link"),
    "a file that is not listed": (
        lambda found: [*found, of("evil", data=b"x")],
        "'evil', which its manifest does not list",
    ),
    "a file twice": (lambda found: [*found, found[1]], "which its manifest does not list"),
    "a file missing": (lambda found: found[:-1], "is missing"),
    "a byte changed": (
        replaced("articles.json", of("articles.json", data=b"{}")),
        r"articles.json has changed (sha256)",
    ),
    "another size": (
        replaced("articles.json", of("articles.json", data=b"[1]")),
        "articles.json has 3 bytes instead of 2",
    ),
    "no manifest": (lambda found: found[1:], "it does not begin with a manifest"),
    "a manifest that is a link": (
        lambda found: [of(store.MANIFEST, tarfile.SYMTYPE, "/etc/passwd"), *found[1:]],
        "it does not begin with a manifest",
    ),
    "another generation's name": (
        lambda found: [
            of(store.MANIFEST, data=found[0][1].replace(b'"analyzer":1', b'"analyzer":2')),
            *found[1:],
        ],
        "its manifest is not of the generation that it names",
    ),
    "a manifest of nonsense": (lambda found: [of(store.MANIFEST, data=b"{"), *found[1:]], "cannot be read"),
    "a newer format": (with_format(99), "has format 99, this Dipnot reads 3: a newer Dipnot wrote it"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_backup_that_is_not_ours_is_refused_and_changes_nothing(
    saved: Path, tmp_path: Path, case: str
) -> None:
    change, message = FORGED[case]
    forge(saved, change)
    other = tmp_path / "other"
    write(other, 2)
    before = snapshot(tmp_path)
    with pytest.raises(DipnotError) as raised:
        restore(saved, other)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("kept", [0, 100, 600, 1_600, 2_600])
def test_a_backup_that_was_cut_short_is_refused(saved: Path, tmp_path: Path, kept: int) -> None:
    saved.write_bytes(saved.read_bytes()[:kept])
    with pytest.raises(DipnotError, match=r"saved\.tar is not a backup that can be restored: "):
        restore(saved, tmp_path / "new")
    assert not (tmp_path / "new" / "CURRENT").exists()
    assert list((tmp_path / "new").glob("generations/*")) == []


@pytest.mark.parametrize("data", [b"PK\x03\x04 a zip", b"\x1f\x8b a gzip", b"x" * 20_000])
def test_another_kind_of_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(DipnotError, match="it is not a tar file, or was cut short"):
        restore(tmp_path / "file", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_compressed_backup_is_refused_so_that_none_can_blow_up(saved: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed.tar.gz"
    with tarfile.open(packed, "w:gz") as tar:
        for member, data in members(saved):
            tar.addfile(member, io.BytesIO(data))
    with pytest.raises(DipnotError, match="it is not a tar file"):
        restore(packed, tmp_path / "new")


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DipnotError, match=r"nowhere\.tar cannot be read: No such file or directory$"):
        restore(tmp_path / "nowhere.tar", tmp_path / "new")
