"""Indexes that earlier versions wrote, one for each format, and files whose numbers promise too much."""

from __future__ import annotations

import shutil
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import IndexDamaged
from index import generation as store
from index.encoder import Encoder
from index.model import Model
from index.search import Searcher
from index.vectors import Vectors

FORMATS = Path(__file__).with_name("formats")


def test_there_is_an_index_of_the_present_format() -> None:
    assert (FORMATS / str(store.FORMAT)).is_dir()


@pytest.mark.parametrize("written", sorted(path.name for path in FORMATS.iterdir()))
def test_an_index_of_every_format_is_opened_or_refused_in_one_line(
    tmp_path: Path, model: Model, encoder: Encoder, written: str
) -> None:
    index = Path(shutil.copytree(FORMATS / written, tmp_path / "index"))
    if int(written) != store.FORMAT:
        with pytest.raises(IndexDamaged, match=rf"has format {written}, .*Rebuild with: dipnot index$"):
            store.verified(index)
        return
    made_with = store.verified(index)[1].inputs.model
    # The weights may change; what is opened here is the format.
    own = replace(model, sha256=made_with.sha256)
    hits = Searcher(index, own, encoder).search("Boğazlar nerede konuşuldu?", 2).hits
    assert hits and hits[0].article.id == "a"


def test_a_file_that_promises_more_than_it_holds_is_not_given_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "passages.faiss"
    Vectors.build(np.ones((7, 16), np.float32)).save(path)
    data = bytearray(path.read_bytes())
    promised = data.rindex(struct.pack("<Q", 7 * 16))
    data[promised : promised + 8] = struct.pack("<Q", 1 << 34)
    path.write_bytes(data)
    with pytest.raises(IndexDamaged, match="is not a FAISS index that can be read") as raised:
        Vectors.load(path)
    assert "limit" in str(raised.value.__cause__)
