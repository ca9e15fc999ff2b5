"""Vectors on their way into an index: encoded by several processes, in parts, and never taken for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import index.build
import index.encoding
from corpus.article import Article
from corpus.errors import DipnotError
from corpus.plain import plain_article
from index import generation as store
from index.build import Part, build_articles, encode_part
from index.bulk import encode_shards
from index.encoder import Encoder
from index.encoding import Known, shards_of, unknown
from index.model import Model
from index.shards import FOLDER, Shards, Unit, clear

TEXTS = (
    "Kars Antlaşması 13 Ekim 1921'de imzalandı.",
    "Moskova görüşmeleri uzun sürdü. Heyet şubat ayında yola çıkmıştı.",
    "Boğazlar rejimi Lozan'da konuşuldu. Çiçerin itiraz etti.",
    "Ticaret anlaşması 1927'de yapıldı.",
    "Petrol ithal edildi. Karar uzun bir aradan sonra alındı.",
)
UNIT = Unit(("Kars", "Moskova"), False)
VECTORS = np.array([[1, 0, 0], [0, 0.6, 0.8]], np.float32)


@pytest.fixture
def shards(tmp_path: Path) -> Shards:
    return Shards(tmp_path / FOLDER, 3, "model a")


def articles() -> tuple[Article, ...]:
    return tuple(plain_article(f"a{number}", "tr", [text]) for number, text in enumerate(TEXTS))


def files(index: Path) -> dict[str, bytes]:
    """Everything of the current generation but the manifest, whose time differs."""
    folder, manifest = store.verified(index)
    return {name: (folder / name).read_bytes() for name in manifest.files}


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory, model: Model, encoder: Encoder) -> Path:
    """An index that one process has encoded."""
    index = tmp_path_factory.mktemp("serial")
    build_articles(articles(), index, model, encoder=encoder)
    return index


class RefusingEncoder(Encoder):
    """The place of an encoder that must not be needed."""

    def __init__(self) -> None:
        pass

    def encode_document(self, texts, **given):
        raise AssertionError(f"{texts} are encoded again")

    encode_questions = encode_document


# One shard


def test_a_shard_is_read_as_it_was_written(shards: Shards) -> None:
    assert shards.read(UNIT) is None
    shards.write(UNIT, VECTORS)
    found = shards.read(UNIT)
    assert found is not None and found.tobytes() == VECTORS.tobytes() and found.shape == VECTORS.shape
    assert [path.name for path in shards.folder.iterdir()] == [f"{shards.key(UNIT)}.npy"]
    assert np.array_equal(np.load(shards.path(UNIT), allow_pickle=False), VECTORS), "a file as others read it"


@pytest.mark.parametrize(
    "other",
    [
        Unit(UNIT.wordings, True),
        Unit(("Moskova", "Kars"), False),
        Unit(("Kars", "Moskova", "Lozan"), False),
        Unit(("Kars Moskova",), False),
        Unit(('Kars", "Moskova',), False),
    ],
)
def test_a_shard_is_not_taken_for_that_of_other_wordings(shards: Shards, other: Unit) -> None:
    shards.write(UNIT, VECTORS)
    assert shards.key(other) != shards.key(UNIT)
    assert shards.read(other) is None


def test_a_shard_is_not_taken_for_one_of_another_model_wording_or_library(
    tmp_path: Path, serial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = store.verified(serial)[1].inputs
    now = shards_of(tmp_path, inputs).key(UNIT)
    renamed = inputs.model.model_copy(update={"name": "/elsewhere/model"})
    assert shards_of(tmp_path, inputs.model_copy(update={"model": renamed})).key(UNIT) == now
    others = [
        inputs.model_copy(update={"encoding": 99}),
        *(
            inputs.model_copy(update={"model": inputs.model.model_copy(update=changed)})
            for changed in ({"sha256": "ab" * 32}, {"passage_prompt": "other: "}, {"dimension": 16})
        ),
    ]
    keys = [shards_of(tmp_path, other).key(UNIT) for other in others]
    monkeypatch.setattr(index.encoding, "version", lambda name: "0.0.0")
    keys.append(shards_of(tmp_path, inputs).key(UNIT))
    assert len({now, *keys}) == 6


def flip(data: bytes) -> bytes:
    return data[:-40] + bytes([data[-40] ^ 1]) + data[-39:]


@pytest.mark.parametrize("spoil", [flip, lambda data: data[:-1], lambda _: b"", lambda data: data + b"x"])
def test_a_damaged_shard_is_none(shards: Shards, spoil: Callable[[bytes], bytes]) -> None:
    shards.write(UNIT, VECTORS)
    path = shards.path(UNIT)
    path.write_bytes(spoil(path.read_bytes()))
    assert not shards.has(UNIT)


@pytest.mark.parametrize("wrong", [VECTORS[:1], VECTORS[:, :2], VECTORS.astype(np.float64)])
def test_a_shard_of_another_shape_is_none(shards: Shards, wrong: np.ndarray) -> None:
    shards.write(UNIT, wrong)
    assert not shards.has(UNIT)


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_left(shards: Shards) -> None:
    shards.path(UNIT).mkdir(parents=True)
    with pytest.raises(DipnotError, match=r"^Vectors could not be kept in .*encoding: Is a directory\. "):
        shards.write(UNIT, VECTORS)
    assert [path.name for path in shards.folder.iterdir()] == [shards.path(UNIT).name]


def test_every_unit_falls_to_one_part_and_the_parts_are_of_like_size(shards: Shards) -> None:
    units = [Unit((f"text {number}",), False) for number in range(1000)]
    sizes = [sum(shards.part_of(unit, 4) == part for unit in units) for part in (1, 2, 3, 4)]
    assert sum(sizes) == 1000 and min(sizes) > 200


# Builds


def test_a_build_by_two_processes_is_bit_for_bit_that_of_one_and_leaves_no_shard(
    tmp_path: Path, model: Model, serial: Path
) -> None:
    """The workers compute with fewer threads; on the processors this was run on that changes no bit."""
    told: list[tuple[int, int]] = []
    shards_of(tmp_path, store.verified(serial)[1].inputs).write(Unit(("stale",), False), VECTORS)
    built = build_articles(
        articles(),
        tmp_path,
        model,
        workers=2,
        progress=lambda *done: told.append(done),
        encoder=RefusingEncoder(),
    )
    assert built.written and files(tmp_path) == files(serial)
    assert not (tmp_path / FOLDER).exists()
    total = sum(len(unit.wordings) for unit in unknown(articles(), Known()))
    assert [number for number, _ in told] == sorted({number for number, _ in told})
    assert told[-1] == (total, total) and len(told) == len(TEXTS)


def test_parts_are_encoded_one_after_another_and_then_built_without_a_model(
    tmp_path: Path, model: Model, serial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.build, "read_corpus", lambda corpus: articles())
    units = unknown(articles(), Known())
    done = []
    for number in (1, 2):
        done.append(encode_part(Path("corpus"), tmp_path, model, Part(number, 2)))
        assert not (tmp_path / "CURRENT").exists()
        assert len(list((tmp_path / FOLDER).iterdir())) == sum(part.shards for part in done)
    assert [part.encoded for part in done] == [part.shards for part in done]
    assert sum(part.shards for part in done) == len(units) and all(part.shards for part in done)
    again = encode_part(Path("corpus"), tmp_path, model, Part(1, 2))
    assert again == replace(done[0], encoded=0)
    build_articles(articles(), tmp_path, model, encoder=RefusingEncoder())
    assert files(tmp_path) == files(serial)
    assert not (tmp_path / FOLDER).exists()
    assert encode_part(Path("corpus"), tmp_path, model, Part(1, 2)).shards == 0, "all is in the index"


def test_of_shards_that_are_there_only_a_damaged_one_is_encoded_again(
    tmp_path: Path, model: Model, encoder: Encoder, serial: Path
) -> None:
    shards = shards_of(tmp_path, store.verified(serial)[1].inputs)
    units = unknown(articles(), Known())
    for unit in units:
        shards.write(unit, encoder.encode_document(list(unit.wordings)))
    path = shards.path(units[1])
    path.write_bytes(flip(path.read_bytes()))
    asked: list[str] = []

    class Noting(Encoder):
        def __init__(self) -> None:
            self.__dict__ |= encoder.__dict__

        def encode_document(self, texts, **given):
            asked.extend(texts)
            return super().encode_document(texts, **given)

    build_articles(articles(), tmp_path, model, encoder=Noting())
    assert tuple(asked) == units[1].wordings
    assert files(tmp_path) == files(serial)


def test_force_takes_no_shard_over(tmp_path: Path, model: Model, encoder: Encoder, serial: Path) -> None:
    shards = shards_of(tmp_path, store.verified(serial)[1].inputs)
    for unit in unknown(articles(), Known()):
        shards.write(unit, np.zeros((len(unit.wordings), model.dimension), np.float32))
    build_articles(articles(), tmp_path, model, encoder=encoder, force=True)
    assert files(tmp_path) == files(serial)


def test_a_model_that_cannot_be_loaded_is_told_as_without_workers(tmp_path: Path, model: Model) -> None:
    broken = replace(model, folder=tmp_path / "none")
    with pytest.raises(DipnotError, match=r"^The model in .*none cannot be loaded: "):
        encode_shards([UNIT], Shards(tmp_path, model.dimension, ""), broken, 1)


def test_clearing_removes_the_shards_alone(tmp_path: Path, shards: Shards) -> None:
    shards.write(UNIT, VECTORS)
    (tmp_path / "CURRENT").write_text("ab")
    clear(tmp_path)
    clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["CURRENT"]
