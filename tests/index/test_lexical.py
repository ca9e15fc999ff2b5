"""BM25: its scores, and that it is the same after a way over the disk."""

import json
from math import log

import numpy as np
import pytest

from index import lexical as module
from index.lexical import K1, B, Lexical

DOCUMENTS = [
    ["mosko", "antla", "1921"],
    ["kars", "antla"],
    ["gumru", "antla", "antla", "kars", "1920"],
    ["petro"],
]


@pytest.fixture
def lexical():
    return Lexical.build(DOCUMENTS)


def robertson(term):
    """BM25 by hand, with Lucene's idf."""
    frequency = np.array([document.count(term) for document in DOCUMENTS], float)
    lengths = np.array([len(document) for document in DOCUMENTS], float)
    holding = int((frequency > 0).sum())
    idf = log(1 + (len(DOCUMENTS) - holding + 0.5) / (holding + 0.5))
    return idf * frequency / (frequency + K1 * (1 - B + B * lengths / lengths.mean()))


@pytest.mark.parametrize("term", ["antla", "kars", "1921", "petro"])
def test_a_score_is_the_one_of_the_formula(lexical, term):
    np.testing.assert_allclose(lexical.scores([term]), robertson(term), rtol=1e-6)


def test_the_scores_of_terms_add_up(lexical):
    np.testing.assert_allclose(
        lexical.scores(["kars", "1920"]), robertson("kars") + robertson("1920"), rtol=1e-6
    )


def test_there_is_one_float32_score_for_every_document(lexical):
    scores = lexical.scores(["antla"])
    assert scores.shape == (len(DOCUMENTS),)
    assert scores.dtype == np.float32


def test_an_unknown_term_scores_nothing(lexical):
    assert lexical.scores(["londr"]).tolist() == [0, 0, 0, 0]


def test_an_unknown_term_does_not_disturb_a_known_one(lexical):
    assert lexical.scores(["londr", "kars"]).tolist() == lexical.scores(["kars"]).tolist()


def test_scores_are_the_same_after_saving_and_loading(lexical, tmp_path):
    lexical.save(tmp_path / "bm25")
    loaded = Lexical.load(tmp_path / "bm25")
    for term in {term for document in DOCUMENTS for term in document} | {"londr"}:
        assert loaded.scores([term]).tolist() == lexical.scores([term]).tolist()


def test_a_large_index_is_mapped_and_scores_the_same(lexical, tmp_path, monkeypatch):
    lexical.save(tmp_path / "bm25")
    read = Lexical.load(tmp_path / "bm25")
    monkeypatch.setattr(module, "MAPPED_FROM", 1)
    mapped = Lexical.load(tmp_path / "bm25")
    arrays = [[index._bm25.scores[name] for name in ("data", "indices")] for index in (read, mapped)]
    # Read through plain arrays, whose bytes are those of the file.
    held = [[isinstance(array.base, np.memmap) for array in own] for own in arrays]
    assert held == [[False] * 2, [True] * 2]
    for term in {term for document in DOCUMENTS for term in document} | {"londr"}:
        assert mapped.scores([term]).tolist() == lexical.scores([term]).tolist()


def test_no_pickle_is_written(lexical, tmp_path):
    lexical.save(tmp_path / "bm25")
    files = list((tmp_path / "bm25").iterdir())
    assert {path.suffix for path in files} == {".npy", ".json"}
    for path in files:
        if path.suffix == ".npy":
            assert np.load(path, allow_pickle=False).dtype != object
        else:
            json.loads(path.read_text(encoding="utf-8"))


def test_the_same_documents_give_the_same_files(lexical, tmp_path):
    lexical.save(tmp_path / "one")
    Lexical.build(DOCUMENTS).save(tmp_path / "other")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()
