"""Generations on disk: written whole or not at all, and never read without being checked."""

import errno
import hashlib
import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest

from corpus.errors import DipnotError, IndexDamaged, IndexMissing
from index import generation as store

CONTENT = {"articles.json": b"[]", "passages.faiss": b"IxM2 vectors", "bm25/vocab.index.json": b'{"kars": 0}'}


def inputs(**changes):
    model = store.ModelInfo(
        name="m", sha256="ab" * 32, dimension=384, query_prompt="query: ", passage_prompt="passage: "
    )
    values = {"corpus": "cd" * 32, "analyzer": 1, "passages": 1, "folding": 1, "encoding": 1, "model": model}
    return store.Inputs(**{**values, **changes})


def write(index, made_from=None, content=CONTENT):
    """Write a generation as the builder does, and make it current."""
    made_from = made_from or inputs()
    name = store.identify(made_from)
    with store.writing(index, name) as folder:
        for path, data in content.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(data)
        manifest = store.Manifest(
            format=store.FORMAT,
            id=name,
            created="2026-01-01T00:00:00+00:00",
            inputs=made_from,
            counts={"passages": 1},
            libraries={"numpy": "2.0"},
            files=store.describe(folder),
        )
        (folder / store.MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
    store.make_current(index, name)
    return store.folder_of(index, name)


def snapshot(folder):
    """Every file below a folder with its content, and every folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def index(tmp_path):
    folder = tmp_path / "index"
    write(folder)
    return folder


def test_what_was_written_is_read_back(index):
    folder, manifest = store.verified(index)
    assert folder == store.folder_of(index, store.current(index))
    assert manifest.inputs == inputs()
    assert {name: (folder / name).read_bytes() for name in manifest.files} == CONTENT


def test_the_manifest_holds_size_and_sha256_of_every_file(index):
    _, manifest = store.verified(index)
    assert {name: (info.size, info.sha256) for name, info in manifest.files.items()} == {
        name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items()
    }


def test_nothing_but_the_generation_and_its_name_is_left(index):
    assert {path.name for path in index.iterdir()} == {"CURRENT", "generations"}
    assert {path.name for path in (index / "generations").iterdir()} == {store.identify(inputs())}
    assert (index / "CURRENT").read_text() == store.identify(inputs()) + "\n"


def test_the_same_inputs_have_the_same_id_and_any_other_has_another():
    model = inputs().model
    others = [
        inputs(corpus="ef" * 32),
        inputs(analyzer=2),
        inputs(passages=2),
        inputs(folding=2),
        inputs(encoding=2),
        inputs(model=model.model_copy(update={"sha256": "00" * 32})),
        inputs(model=model.model_copy(update={"query_prompt": ""})),
    ]
    assert store.identify(inputs()) == store.identify(inputs())
    assert len({store.identify(one) for one in (inputs(), *others)}) == len(others) + 1


def flip(path):
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)


def edit_manifest(folder, **changes):
    table = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps({**table, **changes}))


DAMAGES = {
    "a file cut short": (
        lambda index, folder: (folder / "passages.faiss").write_bytes(b"IxM2"),
        IndexDamaged,
        r"passages\.faiss has 4 bytes instead of 12",
    ),
    "a byte flipped": (
        lambda index, folder: flip(folder / "bm25" / "vocab.index.json"),
        IndexDamaged,
        r"bm25/vocab\.index\.json has changed \(sha256\)",
    ),
    "a file deleted": (
        lambda index, folder: (folder / "articles.json").unlink(),
        IndexDamaged,
        r"articles\.json is missing",
    ),
    "a folder deleted": (
        lambda index, folder: shutil.rmtree(folder / "bm25"),
        IndexDamaged,
        r"bm25/vocab\.index\.json is missing",
    ),
    "manifest deleted": (
        lambda index, folder: (folder / "manifest.json").unlink(),
        IndexDamaged,
        r"has no manifest",
    ),
    "manifest no JSON": (
        lambda index, folder: (folder / "manifest.json").write_bytes(b"\xff\x00{"),
        IndexDamaged,
        r"[Mm]anifest of the index .* cannot be read",
    ),
    "manifest cut short": (
        lambda index, folder: (folder / "manifest.json").write_bytes(
            (folder / "manifest.json").read_bytes()[:-9]
        ),
        IndexDamaged,
        r"[Mm]anifest of the index .* cannot be read",
    ),
    "manifest without files": (
        lambda index, folder: (folder / "manifest.json").write_text("{}"),
        IndexDamaged,
        r"[Mm]anifest of the index .* cannot be read",
    ),
    "another format": (
        lambda index, folder: edit_manifest(folder, format=99),
        IndexDamaged,
        r"has format 99, this Dipnot reads 3: a newer Dipnot wrote it",
    ),
    "a newer format with other fields": (
        lambda index, folder: edit_manifest(folder, format=99, inputs=[], shards=4),
        IndexDamaged,
        r"has format 99, this Dipnot reads 3: a newer Dipnot wrote it",
    ),
    "an older format": (
        lambda index, folder: edit_manifest(folder, format=2, inputs={}),
        IndexDamaged,
        r"has format 2, this Dipnot reads 3: an older Dipnot wrote it",
    ),
    "CURRENT deleted": (
        lambda index, folder: (index / "CURRENT").unlink(),
        IndexMissing,
        r"There is no index",
    ),
    "CURRENT empty": (
        lambda index, folder: (index / "CURRENT").write_bytes(b""),
        IndexDamaged,
        r"CURRENT does not name a generation",
    ),
    "CURRENT with a path in it": (
        lambda index, folder: (index / "CURRENT").write_text("../../etc\n"),
        IndexDamaged,
        r"CURRENT does not name a generation",
    ),
    "CURRENT with other bytes": (
        lambda index, folder: (index / "CURRENT").write_bytes(b"\xff\x00\xfe"),
        IndexDamaged,
        r"CURRENT does not name a generation",
    ),
    "CURRENT names what is not there": (
        lambda index, folder: (index / "CURRENT").write_text("0123456789abcdef\n"),
        IndexDamaged,
        r"0123456789abcdef",
    ),
    "no index at all": (lambda index, folder: shutil.rmtree(index), IndexMissing, r"There is no index"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_and_told_in_one_line_with_the_remedy(index, damage):
    spoil, kind, message = DAMAGES[damage]
    spoil(index, store.folder_of(index, store.current(index)))
    with pytest.raises(kind, match=message) as raised:
        store.verified(index)
    told = str(raised.value)
    assert told.endswith("ith: dipnot index")
    assert str(index) in told
    assert "\n" not in told


def test_every_damaged_file_is_named(index):
    folder = store.folder_of(index, store.current(index))
    (folder / "articles.json").unlink()
    flip(folder / "passages.faiss")
    with pytest.raises(IndexDamaged, match=r"articles\.json is missing; passages\.faiss has changed"):
        store.verified(index)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EDQUOT, "The disk is full"),
        (errno.EACCES, "The index could not be written to .*: Permission denied"),
    ],
)
def test_a_failure_while_writing_leaves_everything_as_it_was(index, number, message):
    before = snapshot(index)
    with (
        pytest.raises(DipnotError, match=message) as raised,
        store.writing(index, "ffff") as folder,
    ):
        (folder / "articles.json").write_bytes(b"half")
        raise OSError(number, os.strerror(number))
    assert "\n" not in str(raised.value)
    assert str(index) in str(raised.value)
    assert snapshot(index) == before


def test_an_error_that_is_not_of_the_disk_passes_and_leaves_nothing_behind(index):
    before = snapshot(index)
    with pytest.raises(ZeroDivisionError), store.writing(index, "ffff") as folder:
        (folder / "articles.json").write_bytes(b"half")
        raise ZeroDivisionError
    assert snapshot(index) == before


def test_an_interruption_leaves_nothing_behind(index):
    before = snapshot(index)
    with pytest.raises(KeyboardInterrupt), store.writing(index, "ffff") as folder:
        (folder / "articles.json").write_bytes(b"half")
        raise KeyboardInterrupt
    assert snapshot(index) == before


@pytest.mark.parametrize("failing", ["replace", "mkstemp"])
def test_a_disk_full_when_the_new_index_is_made_current_leaves_the_old_one_current(
    index, monkeypatch, failing
):
    before = (index / "CURRENT").read_bytes()

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store.os if failing == "replace" else store.tempfile, failing, fail)
    with pytest.raises(DipnotError, match=r"could not be made current in .*: No space left") as raised:
        store.make_current(index, store.current(index))
    assert "\n" not in str(raised.value)
    assert (index / "CURRENT").read_bytes() == before
    assert {path.name for path in index.iterdir()} == {"CURRENT", "generations"}


def test_a_generation_that_cannot_be_replaced_stays(index, monkeypatch):
    before = snapshot(index)
    replace = os.replace

    def fail_to_put_in_place(source, target):
        if Path(source).name.startswith(".writing-"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        replace(source, target)

    monkeypatch.setattr(store, "_exchange", lambda one, other: False)
    monkeypatch.setattr(store.os, "replace", fail_to_put_in_place)
    with pytest.raises(DipnotError, match="could not be written"):
        write(index)
    assert snapshot(index) == before
    store.verified(index)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges two folders in one step")
def test_a_generation_that_is_replaced_is_there_at_every_moment(index):
    target = store.folder_of(index, store.current(index)) / store.MANIFEST
    missed, over = [], threading.Event()

    def look():
        while not over.is_set():
            if not target.exists():
                missed.append(True)

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(200):
        write(index, content={**CONTENT, "articles.json": str(number).encode()})
    over.set()
    looking.join()
    assert not missed
    store.verified(index)
    assert [path.name for path in (index / "generations").iterdir()] == [target.parent.name]


def test_a_generation_is_replaced_where_the_system_cannot_exchange(index, monkeypatch):
    monkeypatch.setattr(store, "_exchange", lambda one, other: False)
    folder = write(index, content={**CONTENT, "articles.json": b"[1]"})
    assert (folder / "articles.json").read_bytes() == b"[1]"
    store.verified(index)
    assert [path.name for path in (index / "generations").iterdir()] == [folder.name]


def test_the_generation_written_last_counts_as_such_after_the_clock_was_set_back(index):
    before = store.current(index)
    tomorrow = time.time() + 86400
    os.utime(store.folder_of(index, before), (tomorrow, tomorrow))
    later = [write(index, inputs(analyzer=number)).name for number in (2, 3)]
    assert store.kept(index) == [*reversed(later), before]


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path):
    (tmp_path / "index").write_text("in the way")
    with pytest.raises(DipnotError, match=r"The index could not be written to .*index: ") as raised:
        write(tmp_path / "index")
    assert "\n" not in str(raised.value)


def test_a_generation_written_again_replaces_the_old_one(index):
    folder = write(index, content={**CONTENT, "articles.json": b"[1]"})
    assert (folder / "articles.json").read_bytes() == b"[1]"
    store.verified(index)
    assert [path.name for path in (index / "generations").iterdir()] == [folder.name]


def test_two_old_generations_are_kept(tmp_path):
    index = tmp_path / "index"
    written = []
    for number in range(1, 6):
        folder = write(index, inputs(analyzer=number))
        os.utime(folder, (number, number))
        written.append(folder.name)
    assert store.current(index) == written[-1]
    assert {path.name for path in (index / "generations").iterdir()} == set(written[-3:])


def test_what_a_killed_builder_left_is_removed_once_it_is_surely_dead(index):
    generations = index / "generations"
    abandoned, recent = generations / ".writing-abandoned", generations / ".writing-recent"
    for folder in (abandoned, recent):
        folder.mkdir()
        (folder / "articles.json").write_bytes(b"half")
    os.utime(abandoned, (time.time() - 7200,) * 2)
    write(index, inputs(analyzer=2))
    assert not abandoned.exists()
    assert recent.exists()


def test_what_a_killed_builder_left_does_not_count_as_a_generation(index):
    (index / "generations" / ".writing-killed").mkdir()
    folder, _ = store.verified(index)
    assert folder.name == store.identify(inputs())
