"""The files of a generation as a store, where FAISS rounds its vectors or does not compare them all."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from corpus.article import LANGUAGES
from index import generation
from index.encoder import Encoder
from index.model import Model
from index.search import Searcher
from index.settings import SearchSettings
from index.stores import LocalStore, local
from index.stores.local import best
from index.vectors import Kind, Vectors

KINDS = [Kind("SQfp16"), Kind("IVF-SQ8", lists=8, breadth=8), Kind("HNSW-SQ8", breadth=128)]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def rounded(request: pytest.FixtureRequest, index_dir: Path, tmp_path: Path) -> Path:
    """The real index with passages and sentences of another kind, their vectors beside, as a large one is."""
    index = Path(shutil.copytree(index_dir, tmp_path / "index"))
    folder, manifest = generation.verified(index)
    for language in LANGUAGES:
        vectors = Vectors.load(folder / generation.PASSAGES[language]).stored()
        Vectors.build(vectors, kind=request.param).save(folder / generation.PASSAGES[language])
        np.save(folder / generation.EXACT_PASSAGES[language], vectors)
        sentences = np.load(folder / generation.SENTENCES[language])
        Vectors.build(sentences, kind=request.param).save(folder / generation.NEAREST_SENTENCES[language])
    (folder / generation.MANIFEST).unlink()
    changed = manifest.model_copy(update={"files": generation.describe(folder)})
    (folder / generation.MANIFEST).write_text(changed.model_dump_json(), encoding="utf-8")
    return index


def test_cosines_are_exact_whatever_faiss_keeps(rounded: Path, index_dir: Path, encoder: Encoder) -> None:
    folder, _ = generation.verified(rounded)
    store = LocalStore(folder)
    exact = LocalStore(generation.verified(index_dir)[0])
    (vector,) = encoder.encode_query(["Kars Antlaşması ne zaman imzalandı?"])
    numbers = np.array([0, 7, 20, store.count("passages") - 1])
    for language in LANGUAGES:
        expected = exact.vectors("passages", language) @ vector
        for some in (None, numbers):
            found = store.cosines("passages", language, vector, some)
            # Flat or 16 bits: a few ten-thousandths; read from the vectors beside: none.
            np.testing.assert_allclose(found, expected if some is None else expected[some], atol=1e-3)
        found = store.cosines("passages", language, vector, numbers)
        np.testing.assert_allclose(found, expected[numbers], atol=1e-6)
        for field in ("passages", "sentences"):
            expected = exact.vectors(field, language) @ vector
            nearest = store.nearest(field, language, vector, 20).numbers
            assert len(set(nearest.tolist()) & set(best(expected, 20).numbers.tolist())) >= 18


def test_a_question_finds_what_it_finds_in_an_exact_index(
    rounded: Path, index_dir: Path, model: Model, encoder: Encoder
) -> None:
    own = Searcher(index_dir, model, encoder)
    for settings in (SearchSettings(), SearchSettings(exhaustive=0)):
        other = Searcher(rounded, model, encoder, settings)
        for question in ("Frunze kimdir?", "Montrö'de ne değişti?", "sulh muahedesi"):
            expected = [hit.passage.id for hit in own.search(question, 10).hits]
            found = [hit.passage.id for hit in other.search(question, 10).hits]
            assert found[0] == expected[0]
            assert len(set(found) & set(expected)) >= 9


@pytest.mark.parametrize("candidates", [50, 75])
def test_a_ranking_of_candidates_is_the_ranking_of_everything(
    index_dir: Path, model: Model, encoder: Encoder, candidates: int
) -> None:
    """Whatever is fused is among the best fifty of a ranking, and each of the ten can be searched."""
    whole = Searcher(index_dir, model, encoder)
    part = Searcher(index_dir, model, encoder, SearchSettings(exhaustive=0, candidates=candidates))
    asked = [question for article in whole.articles.values() for question in article.questions[::100]]
    same = 0
    for question in asked:
        for language in LANGUAGES:
            expected, found = (
                one.search(question.text(language), 10, language).hits for one in (whole, part)
            )
            same += [hit.passage.id for hit in expected] == [hit.passage.id for hit in found]
    # Several of the best sentences may stand in one passage, so that fifty make up fewer passages than that.
    assert same / (2 * len(asked)) >= {50: 0.9, 75: 1.0}[candidates]


def test_the_best_are_in_the_order_of_their_numbers_where_they_are_equal() -> None:
    scores = np.array([0.5, 0.9, 0.5, 0.1, 0.5, 0.9], np.float32)
    for k, expected in ((1, [1]), (2, [1, 5]), (3, [1, 5, 0]), (4, [1, 5, 0, 2]), (9, [1, 5, 0, 2, 4, 3])):
        found = best(scores, k)
        assert found.numbers.tolist() == expected
        assert found.scores.tolist() == scores[expected].tolist()
    assert len(best(scores[:0], 3).numbers) == 0


def test_the_best_by_words_are_the_same_told_by_blocks(
    index_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore(generation.verified(index_dir)[0])
    words = {"kars": 1.0, "antlaş": 0.5, "sovyet": 1.0, "moskova": 2.0}
    for k in (1, 7, 50, 5000):
        monkeypatch.setattr(local, "_BLOCK", 10**9)
        expected = store.lexical("sentences", "tr", words, k)
        monkeypatch.setattr(local, "_BLOCK", 4)
        found = store.lexical("sentences", "tr", words, k)
        assert len(expected.numbers) > 0
        assert found.numbers.tolist() == expected.numbers.tolist()
        assert found.scores.tolist() == expected.scores.tolist()


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux tells what was advised")
def test_of_a_large_array_single_pages_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.npy"
    np.save(path, np.ones((1000, 384), np.float32))
    monkeypatch.setattr(local, "MAPPED_FROM", 1000)
    rows = local._array(path)
    assert rows[999].sum() == 384
    _, own = Path("/proc/self/smaps").read_text(encoding="utf-8").split(str(path), 1)
    flags = next(line for line in own.splitlines() if line.startswith("VmFlags"))
    assert "rr" in flags.split()
