"""The kinds of vector index that are not plain Flat: what they find, keep and survive."""

from pathlib import Path

import numpy as np
import pytest

from corpus.errors import IndexDamaged
from index import vectors as module
from index.vectors import Kind, Vectors

COUNT, DIMENSION = 3_000, 64
KINDS = [
    Kind("SQfp16"),
    Kind("IVF-SQ8", lists=32, breadth=32),
    Kind("IVF-RaBitQ", lists=32, breadth=32, refined=40),
    Kind("HNSW-SQ8", breadth=256),
]
NEAR = [kind for kind in KINDS if kind.name != "SQfp16"]


def unit(array):
    return (array / np.linalg.norm(array, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def passages():
    # Around a few hundred centres, as passages are around what they are about.
    random = np.random.default_rng(1)
    centres = random.standard_normal((300, DIMENSION))
    drawn = centres[random.integers(0, 300, COUNT)] + 0.5 * random.standard_normal((COUNT, DIMENSION))
    return unit(drawn)


@pytest.fixture(scope="module")
def questions(passages):
    random = np.random.default_rng(2)
    return unit(passages[::100] + 0.05 * random.standard_normal((30, DIMENSION)))


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def built(passages, kind):
    return Vectors.build(passages, kind=kind)


def found(index, questions):
    return [index.search(question, 10)[0].tolist() for question in questions]


def test_nearly_all_that_an_exact_search_finds_is_found(built, passages, questions):
    right = [
        len(set(ids) & set(np.argsort(-(passages @ question))[:10].tolist()))
        for ids, question in zip(found(built, questions), questions, strict=True)
    ]
    assert sum(right) / (10 * len(right)) > 0.9


def test_cosines_are_nearly_right_and_fall(built, passages, questions):
    for question in questions:
        ids, cosines = built.search(question, 10)
        np.testing.assert_allclose(cosines, passages[ids] @ question, atol=0.02)
        assert (np.diff(cosines) <= 0).all()


def test_an_index_knows_its_kind_length_and_size(built, kind, tmp_path):
    built.save(tmp_path / "passages.faiss")
    assert (built.name, len(built), built.dimension) == (kind.name, COUNT, DIMENSION)
    assert built.size() == (tmp_path / "passages.faiss").stat().st_size


@pytest.mark.parametrize("mapped_from", [0, 2**40], ids=["mapped", "read"])
def test_a_search_is_the_same_after_saving_and_loading(
    built, kind, questions, tmp_path, monkeypatch, mapped_from
):
    monkeypatch.setattr(module, "MAPPED_FROM", mapped_from)
    built.save(tmp_path / "passages.faiss")
    loaded = Vectors.load(tmp_path / "passages.faiss")
    assert (loaded.name, len(loaded)) == (kind.name, COUNT)
    assert found(loaded, questions) == found(built, questions)


@pytest.mark.parametrize("mapped_from", [0, 2**40], ids=["mapped", "read"])
@pytest.mark.parametrize("kept", [0, 10, 0.5, -8])
def test_a_truncated_file_is_damage(built, tmp_path, monkeypatch, mapped_from, kept):
    monkeypatch.setattr(module, "MAPPED_FROM", mapped_from)
    path = tmp_path / "passages.faiss"
    built.save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(IndexDamaged, match=r"passages\.faiss .*Rebuild with: dipnot index"):
        Vectors.load(path)


def test_a_full_disk_is_an_error_of_the_system(built):
    with pytest.raises(OSError, match="No space left"):
        built.save(Path("/dev/full"))


def test_the_vectors_kept_are_nearly_those_given_and_not_called_exact(built, passages):
    np.testing.assert_allclose(built.stored(), passages, atol=0.02)
    assert built.exact() is None


def test_a_flat_index_gives_back_what_it_was_given(passages):
    exact = Vectors.build(passages, kind=Kind()).exact()
    assert exact is not None
    assert exact.tobytes() == passages.tobytes()


def test_an_exhaustive_search_scores_every_passage(passages, questions):
    scores = Vectors.build(passages, kind=Kind("SQfp16")).scores(questions[0])
    np.testing.assert_allclose(scores, passages @ questions[0], atol=0.001)


@pytest.mark.parametrize("kind", NEAR, ids=lambda kind: kind.name)
def test_no_passage_is_made_up_where_fewer_are_found_than_asked_for(passages, questions, kind):
    index = Vectors.build(passages, kind=kind)
    if kind.lists:
        index.set(Kind(kind.name, kind.lists, breadth=1, refined=kind.refined))
    ids, cosines = index.search(questions[0], COUNT)
    assert len(ids) == len(cosines) == len(set(ids.tolist()))
    assert (ids >= 0).all()
