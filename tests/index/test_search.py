"""Hybrid search over the five articles: what is known to stand there is found."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from corpus.errors import IndexDamaged, IndexMissing
from index import generation as store
from index.analyzer import analyze
from index.search import Searcher
from index.settings import SearchSettings

FACTS = [
    ("tr", "Kars Antlaşması ne zaman imzalandı?", "13 Ekim 1921"),
    ("tr", "kars antlasmasi ne zaman imzalandi", "13 Ekim 1921"),
    ("tr", "Gümrü Antlaşması hangi tarihte imzalandı?", "3 Aralık 1920"),
    ("tr", "GÜMRÜ ANTLAŞMASI HANGİ TARİHTE İMZALANDI?", "3 Aralık 1920"),
    ("tr", "Sadabat Paktı'na hangi ülkeler katıldı?", "İran, Irak ve Afganistan"),
    ("tr", "1921 Sovyet yardımı gaz maskesi adedi", "20 000 gaz maskesi"),
    ("tr", "elviye-i selase plebisit tarihi", "15 Ağustos 1918"),
    ("tr", "Türkiye'nin Milletler Cemiyeti'ne girişi", "18 Temmuz 1932"),
    ("tr", "Montrö Boğazlar Sözleşmesi", "20 Temmuz 1936"),
    ("tr", "Frunze kimdir?", "Mihail Vasilyeviç Frunze"),
    ("en", "When was the Treaty of Kars signed?", "13 Ekim 1921"),
    ("en", "Who was Frunze?", "Mihail Vasilyeviç Frunze"),
    ("en", "On what date was the Moscow Treaty signed?", "March 16, 1921"),
    ("en", "Turkey Soviet Ukraine treaty Ankara signing date", "2 Ocak 1922"),
    ("en", "the letter that started relations between Ankara and the Bolsheviks", "April 26, 1920"),
]


@pytest.fixture(scope="module")
def searcher(index_dir, model, encoder):
    return Searcher(index_dir, model, encoder)


@pytest.mark.parametrize(("language", "question", "fact"), FACTS)
def test_a_fact_is_in_the_first_five_hits(searcher, language, question, fact):
    hits = searcher.search(question, 5, language).hits
    assert any(fact in hit.passage.text for hit in hits), [hit.passage.id for hit in hits]


@pytest.mark.parametrize(("language", "question"), [fact[:2] for fact in FACTS[::4]])
def test_hits_are_ranked_from_1_by_falling_score_without_repetition(searcher, language, question):
    hits = searcher.search(question, 20, language).hits
    assert [hit.rank for hit in hits] == list(range(1, 21))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.id for hit in hits}) == 20
    assert all(hit.passage in hit.article.passages for hit in hits)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_as_many_hits_are_given_as_asked_for_and_fewer_are_the_first_ones(searcher, k):
    many = searcher.search("Moskova Antlaşması", 10).hits
    assert searcher.search("Moskova Antlaşması", k).hits == many[:k]


def test_more_hits_than_any_ranking_reaches_are_not_invented(searcher):
    hits = searcher.search("Moskova Antlaşması", 10_000).hits
    depth = SearchSettings().depth
    assert depth <= len(hits) <= 10 * depth


@pytest.mark.parametrize(("language", "question"), [fact[:2] for fact in FACTS[::5]])
def test_the_same_question_finds_the_same(searcher, language, question):
    one, other = (searcher.search(question, 10, language) for _ in range(2))
    assert one.hits == other.hits
    assert one.terms == other.terms
    assert np.array_equal(one.signs, other.signs)


def test_two_searchers_of_one_index_find_the_same(searcher, index_dir, model, encoder):
    other = Searcher(index_dir, model, encoder)
    question = "Brest-Litovsk Antlaşması ile hangi yerler bırakıldı?"
    assert other.search(question).hits == searcher.search(question).hits


def test_the_cosines_are_those_of_question_and_sentences(searcher):
    found = searcher.search("Frunze kimdir?")
    cosines = found.sign("sentence")
    assert cosines.shape == (len(searcher.sentences),)
    assert "Frunze" in searcher.sentences[int(np.argmax(cosines))][1].text
    assert np.abs(cosines).max() <= 1 + 1e-5


def test_the_english_cosines_are_those_of_the_translations(searcher):
    found = searcher.search("Treaty of Brest-Litovsk: Russia withdrew from the war", language="en")
    cosines = found.sign("sentence_english")
    assert cosines.shape == (len(searcher.sentences),)
    article, sentence = searcher.sentences[int(np.argmax(cosines))]
    assert "Brest-Litovsk" in article.english(sentence)
    assert cosines.max() > found.sign("sentence").max()


def test_a_fact_is_found_by_words_that_stand_in_the_translation_alone(searcher):
    hits = searcher.search("What had gas masks among the aid of 1921?", 5, "en").hits
    assert "masks" not in " ".join(hit.passage.text for hit in hits)
    assert any("gaz maskesi" in hit.passage.text for hit in hits)


def test_a_hit_carries_the_cosine_and_the_word_score_of_its_passage(searcher):
    hits = searcher.search("Frunze kimdir?").hits
    naming = [hit for hit in hits if "Frunze" in hit.passage.text]
    assert naming
    assert all(hit.lexical > 0 for hit in naming)
    assert all(0.5 < hit.cosine <= 1 for hit in hits)


def test_the_score_is_a_reciprocal_rank_fusion(searcher):
    weights = SearchSettings().tr
    rankings = sum(weights.model_dump(exclude={"expansion"}).values())
    highest = rankings / (SearchSettings().rrf_k + 1)
    scores = [hit.score for hit in searcher.search("Frunze kimdir?").hits]
    assert 0 < min(scores) <= max(scores) <= highest + 1e-9


def test_a_word_that_stands_nowhere_still_finds_the_nearest(searcher):
    hits = searcher.search("zxqwv", 5).hits
    assert len(hits) == 5
    assert all(hit.lexical == 0 for hit in hits)


def test_a_question_of_stop_words_alone_is_searched_by_meaning(searcher):
    found = searcher.search("Ne zaman?", 5)
    assert found.terms == ()
    assert len(found.hits) == 5


def test_an_older_word_finds_the_modern_one(searcher):
    hits = searcher.search("sulh muahedesi", 5).hits
    terms = {term for hit in hits for term in analyze(hit.passage.text, "tr")}
    assert set(analyze("barış antlaşma", "tr")) <= terms


def test_an_index_made_with_other_weights_is_refused(index_dir, model, encoder):
    other = replace(model, sha256="00" * 32)
    with pytest.raises(IndexDamaged, match=r"made with the model .* not with .* 00000000\. Rebuild with: "):
        Searcher(index_dir, other, encoder)


def test_an_index_of_another_dimension_is_refused(index_dir, model, encoder):
    with pytest.raises(IndexDamaged, match="made with the model"):
        Searcher(index_dir, replace(model, dimension=768), encoder)


def test_an_index_that_is_not_there_is_refused(tmp_path, model, encoder):
    with pytest.raises(IndexMissing, match="Build it with: dipnot index"):
        Searcher(tmp_path, model, encoder)


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (store.SENTENCES["en"], "do not belong to its sentences"),
        (store.QUESTIONS["tr"], "do not belong to its questions"),
        (store.QUESTIONS["en"], "do not belong to its questions"),
    ],
)
def test_vectors_that_do_not_belong_to_the_articles_are_refused(
    index_dir, model, encoder, tmp_path, file, message
):
    copy = shutil.copytree(index_dir, tmp_path / "index")
    folder = store.folder_of(copy, store.current(copy))
    path = folder / file
    np.save(path, np.load(path)[:-1])
    manifest = json.loads((folder / store.MANIFEST).read_bytes())
    manifest["files"] = {name: info.model_dump() for name, info in store.describe(folder).items()}
    del manifest["files"][store.MANIFEST]
    (folder / store.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(IndexDamaged, match=message):
        Searcher(copy, model, encoder)
