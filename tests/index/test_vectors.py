"""FAISS: an exact search over unit vectors, numbered as the passages are."""

import numpy as np
import pytest

from corpus.errors import IndexDamaged
from index.vectors import Vectors


def unit_vectors(n, d, seed):
    vectors = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


PASSAGES = unit_vectors(200, 384, seed=1)
QUESTIONS = unit_vectors(20, 384, seed=2)


@pytest.fixture
def vectors():
    return Vectors.build(PASSAGES)


def test_the_search_is_exact(vectors):
    for question in QUESTIONS:
        ids, cosines = vectors.search(question, 10)
        exact = PASSAGES @ question
        assert ids.tolist() == np.argsort(-exact)[:10].tolist()
        np.testing.assert_allclose(cosines, exact[ids], atol=1e-6)


def test_ids_are_passage_numbers_from_0(vectors):
    assert [int(vectors.search(passage, 1)[0][0]) for passage in PASSAGES] == list(range(len(PASSAGES)))
    assert sorted(vectors.search(PASSAGES[0], len(PASSAGES))[0].tolist()) == list(range(len(PASSAGES)))


def test_a_passage_has_the_cosine_1_with_itself(vectors):
    assert vectors.search(PASSAGES[7], 1)[1][0] == pytest.approx(1.0, abs=1e-6)


def test_no_more_passages_are_found_than_there_are(vectors):
    ids, cosines = vectors.search(QUESTIONS[0], 1000)
    assert len(ids) == len(cosines) == len(vectors) == 200
    assert -1 not in ids


def test_vectors_know_their_length(vectors):
    assert vectors.dimension == 384


def test_a_search_is_the_same_after_saving_and_loading(vectors, tmp_path):
    vectors.save(tmp_path / "passages.faiss")
    loaded = Vectors.load(tmp_path / "passages.faiss")
    assert (len(loaded), loaded.dimension) == (len(vectors), vectors.dimension)
    for question in QUESTIONS:
        for before, after in zip(vectors.search(question, 25), loaded.search(question, 25), strict=True):
            assert before.tolist() == after.tolist()


def test_one_file_is_written_and_it_is_no_pickle(vectors, tmp_path):
    vectors.save(tmp_path / "passages.faiss")
    assert [path.name for path in tmp_path.iterdir()] == ["passages.faiss"]
    # "IxM2" is how FAISS marks an IndexIDMap2; a pickle begins with 0x80.
    assert (tmp_path / "passages.faiss").read_bytes()[:4] == b"IxM2"


@pytest.mark.parametrize("kept", [0, 3, 10, 0.5, -1])
def test_a_truncated_file_is_damage_that_names_the_file_and_the_remedy(vectors, tmp_path, kept):
    path = tmp_path / "passages.faiss"
    vectors.save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(IndexDamaged, match=r"passages\.faiss .*Rebuild with: dipnot index"):
        Vectors.load(path)
