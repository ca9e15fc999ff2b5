"""What every store must do, on every engine: the files, a real Milvus, a real PostgreSQL.

What is right is worked out beside, from the arrays of the generation and by bm25s itself.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import bm25s
import numpy as np
import pytest

from app.assistant import Assistant
from corpus.article import LANGUAGES
from corpus.plain import plain_article
from index import generation
from index.analyzer import analyze, analyze_query
from index.build import build_articles
from index.encoding import passage_input, read_articles
from index.search import Searcher
from index.settings import SearchSettings
from index.stores import FIELDS, Local, LocalStore, Store
from index.stores.base import StoreUnavailable
from index.stores.milvus import Milvus
from index.stores.postgres import Postgres

QUESTIONS = [
    ("tr", "Kars Antlaşması ne zaman imzalandı?"),
    ("tr", "sulh muahedesi"),
    ("tr", "IŞIK ve ışık: İstanbul'un IŞIĞI"),
    ("tr", "Mustafa Kemal Lenin'e ne yazdı?"),
    ("tr", "Boğazlar rejimi Montrö'de nasıl değişti?"),
    ("en", "Who was Frunze?"),
    ("en", "What had gas masks among the aid of 1921?"),
    ("en", "When did Turkey join the League of Nations?"),
]
ASKED = pytest.mark.parametrize(("language", "question"), QUESTIONS, ids=[q for _, q in QUESTIONS])
FIELD = pytest.mark.parametrize("field", FIELDS)
SIDE = pytest.mark.parametrize("side", LANGUAGES)
TERMS = {
    "passages": generation.PASSAGE_TERMS,
    "sentences": generation.SENTENCE_TERMS,
    "questions": generation.QUESTION_TERMS,
}
# What a database adds up in another order differs in the seventh digit.
NEAR = 1e-5


@dataclass(frozen=True)
class Held:
    """An engine that holds the generation, and the generation."""

    engine: object
    folder: object
    manifest: generation.Manifest
    store: Store


@pytest.fixture(scope="session")
def engines(tmp_path_factory, request):
    """Each engine by its name; a database is made when it is asked for."""
    made = {}

    def engine_of(name: str):
        if name not in made:
            file = tmp_path_factory.mktemp("milvus") / "store.db"
            made[name] = {
                "files": Local,
                "milvus": lambda: Milvus(str(file)),
                "postgres": lambda: Postgres(request.getfixturevalue("postgres").url()),
            }[name]()
        return made[name]

    return engine_of


@pytest.fixture(scope="session", params=["files", "milvus", "postgres"])
def held(request, engines, index_dir):
    engine = engines(request.param)
    folder, manifest = generation.verified(index_dir)
    engine.publish(folder, manifest, None)
    store = engine.open(folder, manifest)
    yield Held(engine, folder, manifest, store)
    store.close()


@pytest.fixture(scope="session")
def arrays(index_dir):
    """The vectors of the generation, as its files hold them."""
    folder, _ = generation.verified(index_dir)
    local = LocalStore(folder)
    found = {("passages", side): local.vectors("passages", side) for side in LANGUAGES}
    for side in LANGUAGES:
        found["sentences", side] = np.load(folder / generation.SENTENCES[side])
        found["questions", side] = np.load(folder / generation.QUESTIONS[side])
    return found


@pytest.fixture(scope="session")
def bm25(index_dir):
    """BM25 of words with everything of a field, by bm25s itself."""
    folder, manifest = generation.verified(index_dir)

    def scores(field, side, words):
        index = bm25s.BM25.load(str(folder / TERMS[field][side]), load_vocab=True)
        every = np.zeros(manifest.counts[field], np.float32)
        for term, weight in words.items():
            every += weight * index.get_scores([term])
        return every

    return scores


def words_of(question, language):
    return {**Counter(analyze_query(question, language)), "barış": 0.5, "nosuchterm": 3.0}


def same_ranking(found, expected, k):
    """Hold what was found against the scores of everything: the best, best first, equal ones by number."""
    assert len(found.numbers) == min(k, len(expected))
    np.testing.assert_allclose(found.scores, expected[found.numbers], atol=NEAR)
    assert (np.diff(found.scores) <= 0).all()
    assert len(set(found.numbers.tolist())) == len(found.numbers)
    left = np.delete(expected, found.numbers)
    assert found.scores.min(initial=np.inf) >= left.max(initial=-np.inf) - NEAR
    for one, other in zip(range(len(found.numbers)), range(1, len(found.numbers)), strict=False):
        if found.scores[one] == found.scores[other]:
            assert found.numbers[one] < found.numbers[other]


@FIELD
def test_it_holds_as_much_as_the_generation(held, field):
    assert held.store.count(field) == held.manifest.counts[field] > 0


@FIELD
@SIDE
@ASKED
def test_the_nearest_are_those_with_the_highest_cosine(
    held, arrays, encoder, field, side, language, question
):
    (vector,) = encoder.encode_query([question])
    for k in (1, 50, 200):
        same_ranking(held.store.nearest(field, side, vector, k), arrays[field, side] @ vector, k)


@FIELD
@SIDE
@ASKED
def test_the_best_by_words_are_those_with_the_highest_bm25(held, bm25, field, side, language, question):
    words = words_of(question, language)
    expected = bm25(field, side, words)
    for k in (1, 50, 200):
        found = held.store.lexical(field, side, words, k)
        same_ranking(found, expected, min(k, int((expected > 0).sum())))


@FIELD
@SIDE
def test_the_vectors_are_those_of_the_generation_bit_for_bit(held, arrays, field, side):
    numbers = np.array([0, 3, 4, 100, held.manifest.counts[field] - 1])
    assert np.array_equal(held.store.vectors(field, side, numbers), arrays[field, side][numbers])
    assert np.array_equal(held.store.vectors(field, side), arrays[field, side])


@FIELD
@SIDE
def test_cosines_and_weights_are_those_of_the_numbers_asked_for(held, arrays, bm25, encoder, field, side):
    question = "Moskova Antlaşması'nı kim imzaladı?"
    (vector,) = encoder.encode_query([question])
    words = words_of(question, "tr")
    cosines, weights = arrays[field, side] @ vector, bm25(field, side, words)
    every = np.arange(held.manifest.counts[field])
    for numbers in (None, every, every[::7], every[5:6], every[:0]):
        chosen = every if numbers is None else numbers
        found = held.store.cosines(field, side, vector, numbers)
        assert found.shape == chosen.shape
        np.testing.assert_allclose(found, cosines[chosen], atol=NEAR)
        found = held.store.weights(field, side, words, numbers)
        assert found.shape == chosen.shape
        np.testing.assert_allclose(found, weights[chosen], rtol=NEAR, atol=NEAR)


@pytest.mark.parametrize("words", [{}, {"nosuchterm": 1.0}, {"": 1.0}])
def test_words_that_stand_nowhere_find_nothing(held, words):
    assert len(held.store.lexical("passages", "tr", words, 10).numbers) == 0
    assert not held.store.weights("sentences", "en", words, np.array([0, 1])).any()


def test_more_may_be_asked_for_than_there_is(held, encoder):
    (vector,) = encoder.encode_query(["Kars"])
    count = held.manifest.counts["passages"]
    numbers = held.store.nearest("passages", "tr", vector, 10 * count).numbers
    assert sorted(numbers.tolist()) == list(range(count))


def test_turkish_letters_are_our_own_affair(held):
    # An engine that analysed the words itself would part these.
    one, other = (Counter(analyze(text, "tr")) for text in ("ANTLAŞMASI IŞIĞINDA", "antlaşması ışığında"))
    found = [held.store.lexical("passages", "tr", words, 20).numbers.tolist() for words in (one, other)]
    assert found[0] == found[1] != []


@ASKED
def test_the_ranking_of_a_question_is_that_of_the_files(held, index_dir, model, encoder, language, question):
    settings = SearchSettings(exhaustive=0)
    own = Searcher(index_dir, model, encoder, settings).search(question, 10, language)
    found = Searcher(index_dir, model, encoder, settings, held.engine).search(question, 10, language)
    assert [hit.passage.id for hit in found.hits] == [hit.passage.id for hit in own.hits]
    assert [hit.score for hit in found.hits] == pytest.approx([hit.score for hit in own.hits])
    assert np.array_equal(found.sentences, own.sentences)
    np.testing.assert_allclose(found.signs, own.signs, atol=1e-4)


@ASKED
def test_what_is_ranked_in_part_is_ranked_as_a_whole(held, index_dir, model, encoder, language, question):
    whole = Searcher(index_dir, model, encoder).search(question, 10, language)
    part = Searcher(index_dir, model, encoder, SearchSettings(exhaustive=0), held.engine)
    found = part.search(question, 10, language)
    assert [hit.passage.id for hit in found.hits] == [hit.passage.id for hit in whole.hits]
    assert 0 < len(found.sentences) <= len(whole.sentences)


def test_the_answers_are_those_of_the_files(held, index_dir, model, encoder, assistant):
    other = Assistant(Searcher(index_dir, model, encoder, engine=held.engine))
    for language, question in QUESTIONS:
        own, found = assistant.ask(question, language), other.ask(question, language)
        assert (found.status, found.text) == (own.status, own.text)
        assert found.citations == own.citations
        assert found.confidence == pytest.approx(own.confidence, abs=1e-3)


def test_a_new_generation_is_asked_by_the_same_engine(held, index_dir, model, encoder):
    other = Assistant(Searcher(index_dir, model, encoder, engine=held.engine)).renewed(index_dir)
    assert other.searcher.engine is held.engine
    assert other.searcher.store.is_at_hand == held.store.is_at_hand


def test_eight_threads_may_ask_at_once(held, encoder):
    vectors = encoder.encode_query([question for _, question in QUESTIONS])

    def ask(vector):
        found = held.store.nearest("passages", "en", vector, 30)
        numbers = np.sort(found.numbers)
        cosines = held.store.cosines("passages", "en", vector, numbers)
        return found.numbers.tolist(), cosines[np.searchsorted(numbers, found.numbers)], found.scores

    alone = [ask(vector)[0] for vector in vectors]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(ask, [*vectors] * 5))
    assert [numbers for numbers, *_ in together] == alone * 5
    for _, cosines, scores in together:
        np.testing.assert_allclose(cosines, scores, atol=NEAR)


@pytest.fixture(scope="module")
def lacking(tmp_path_factory, model, encoder):
    """An index without a register, whose article has no English and a sentence without a word."""
    index = tmp_path_factory.mktemp("lacking") / "index"
    texts = ["Kars Antlaşması 13 Ekim 1921'de imzalandı.", "…", "Gazi Ankara'daydı."]
    build_articles([plain_article("lack", "tr", texts)], index, model, encoder=encoder)
    return index


def test_an_index_without_a_register_and_without_english_is_searched(held, lacking, model, encoder):
    folder, manifest = generation.verified(lacking)
    held.engine.publish(folder, manifest, None)
    searcher = Searcher(lacking, model, encoder, SearchSettings(exhaustive=0), held.engine)
    assert searcher.store.count("questions") == 0
    (vector,) = encoder.encode_query(["Kars"])
    assert len(searcher.store.nearest("questions", "tr", vector, 5).numbers) == 0
    assert len(searcher.store.lexical("questions", "tr", {"kars": 1.0}, 5).numbers) == 0
    assert not searcher.store.vectors("sentences", "en").any()
    best = searcher.search("Kars Antlaşması ne zaman imzalandı?", 1).hits[0]
    assert "13 Ekim" in best.passage.text
    (article,) = read_articles(folder)
    (own,) = encoder.encode_document([passage_input(article, article.passages[0])])
    np.testing.assert_allclose(searcher.store.vectors("passages", "tr")[0], own, atol=1e-5)
    searcher.store.close()


def test_what_is_there_is_not_copied_again(held):
    assert held.engine.publish(held.folder, held.manifest, None) is False


def test_a_generation_that_was_never_published_is_told(held, lacking):
    folder, manifest = generation.verified(lacking)
    if isinstance(held.engine, Local):
        held.engine.open(folder, manifest).close()
        return
    other = manifest.model_copy(update={"id": "0123456789abcdef"})
    with pytest.raises(StoreUnavailable, match=r"Generation 0123456789abcdef .* dipnot index"):
        held.engine.open(folder, other)


def test_pruning_leaves_what_is_kept(held, lacking, encoder):
    folder, manifest = generation.verified(lacking)
    held.engine.publish(folder, manifest, None)
    held.engine.prune(frozenset({held.manifest.id}))
    (vector,) = encoder.encode_query(["Kars"])
    assert len(held.store.nearest("passages", "tr", vector, 5).numbers) == 5
    if not isinstance(held.engine, Local):
        with pytest.raises(StoreUnavailable, match=manifest.id):
            held.engine.open(folder, manifest)
