"""What a search knows of each sentence, held against the plainest way to work it out."""

from dataclasses import replace

import numpy as np
import pytest

from corpus.article import LANGUAGES, RegisteredQuestion
from corpus.plain import plain_article
from index import generation as store
from index.analyzer import analyze, analyze_query
from index.build import build_articles
from index.encoding import passage_input, passage_input_english
from index.lexical import Lexical
from index.ranking import SIGNS
from index.search import Found, Searcher
from index.synonyms import expand

QUESTIONS = [
    ("tr", "Kars Antlaşması ne zaman imzalandı?"),
    ("tr", "sulh muahedesi"),
    ("tr", "İstanbul'un IŞIĞI"),
    ("en", "Who was Frunze?"),
    ("en", "What had gas masks among the aid of 1921?"),
]


@pytest.fixture(scope="module")
def searcher(index_dir, model, encoder):
    return Searcher(index_dir, model, encoder)


@pytest.fixture(scope="module")
def whole(index_dir):
    """The folder of the generation that is searched."""
    return store.folder_of(index_dir, store.current(index_dir))


@pytest.fixture(scope="module", params=QUESTIONS, ids=lambda both: both[1])
def asked(request, searcher):
    """A language, a question in it, and what is found."""
    language, question = request.param
    return language, question, searcher.search(question, 10, language)


@pytest.fixture(scope="module")
def answered(searcher):
    """For each sentence the numbers of the questions of the register that it answers."""
    found = [[] for _ in searcher.sentences]
    for number, (_, question) in enumerate(searcher.questions):
        for name in question.sentences:
            found[searcher.sentence_number[name]].append(number)
    assert any(len(own) > 1 for own in found)
    assert [] in found
    return found


@pytest.fixture(scope="module")
def holding(searcher):
    """For each sentence the numbers of the passages that hold it."""
    found = [[] for _ in searcher.sentences]
    for number, (_, passage) in enumerate(searcher.passages):
        for name in passage.sentences:
            found[searcher.sentence_number[name]].append(number)
    assert any(len(own) > 1 for own in found), "passages overlap"
    return found


def best(scores, numbers):
    return np.array([max((scores[i] for i in own), default=0.0) for own in numbers])


def share(scores):
    return scores / scores.max() if scores.any() else scores


def lexical(whole, file, query, language):
    """The BM25 of a query with every document of one of the indexes of the words of the articles."""
    index = Lexical.load(whole / file)
    if file.endswith(".en"):
        return index.scores(analyze(query, "en"))
    terms = analyze_query(query, language)
    return index.scores(terms) + index.scores(expand(terms, language))


def same(found, name, expected):
    np.testing.assert_allclose(found.sign(name), expected, atol=1e-5)


def test_every_sentence_has_every_sign(searcher, asked):
    *_, found = asked
    assert found.signs.shape == (len(searcher.sentences), len(SIGNS))
    assert found.signs.dtype == np.float32
    assert np.isfinite(found.signs).all()


def test_a_sign_is_known_by_its_name():
    signs = np.arange(2 * len(SIGNS), dtype=np.float32).reshape(2, -1)
    found = Found((), np.arange(2), signs, ())
    for column, name in enumerate(SIGNS):
        assert found.sign(name).tolist() == signs[:, column].tolist()
    with pytest.raises(ValueError, match="not in tuple"):
        found.sign("nosuch")


def test_the_signs_of_a_sentence_are_its_cosines(whole, encoder, asked):
    _, question, found = asked
    vector = encoder.encode_query([question])[0]
    for name, language in (("sentence", "tr"), ("sentence_english", "en")):
        same(found, name, np.load(whole / store.SENTENCES[language]) @ vector)


def test_the_signs_of_its_passage_are_those_of_the_best_that_holds_it(searcher, encoder, asked, holding):
    _, question, found = asked
    vector = encoder.encode_query([question])[0]
    for name, language in (("passage", "tr"), ("passage_english", "en")):
        cosines = searcher.store.cosines("passages", language, vector)
        same(found, name, best(cosines, holding))


def test_the_cosine_of_a_passage_is_that_of_its_own_wording(searcher, encoder):
    vector = encoder.encode_query(["Kars Antlaşması"])[0]
    for language, wording in (("tr", passage_input), ("en", passage_input_english)):
        cosines = searcher.store.cosines("passages", language, vector)
        for number in (0, 100, len(cosines) - 1):
            (own,) = encoder.encode_document([wording(*searcher.passages[number])])
            assert cosines[number] == pytest.approx(own @ vector, abs=1e-4)


def test_the_signs_of_words_are_shares_of_the_best(whole, asked, holding):
    language, question, found = asked
    for side, ending in (("tr", ""), ("en", "_english")):
        scores = lexical(whole, store.SENTENCE_TERMS[side], question, language)
        same(found, f"lexical_sentence{ending}", share(scores))
        scores = lexical(whole, store.PASSAGE_TERMS[side], question, language)
        same(found, f"lexical_passage{ending}", share(best(scores, holding)))


def test_the_sign_of_the_register_is_the_best_cosine_with_a_question_that_the_sentence_answers(
    whole, encoder, asked, answered
):
    language, question, found = asked
    vector = encoder.encode_query([question])[0]
    other = next(one for one in LANGUAGES if one != language)
    for name, side in (("question", language), ("question_other", other)):
        cosines = np.load(whole / store.QUESTIONS[side]) @ vector
        same(found, name, best(cosines, answered))


def test_the_sign_of_the_words_of_the_register_is_a_share_of_the_best_question(whole, asked, answered):
    language, question, found = asked
    index = Lexical.load(whole / store.QUESTION_TERMS[language])
    terms = analyze(question, language)
    scores = index.scores(terms)
    if language == "tr":
        scores = scores + index.scores(expand(terms, "tr"))
    same(found, "lexical_question", share(best(scores, answered)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_of_the_register_is_nearest_to_the_sentences_that_answer_it(searcher, language):
    for number in range(0, len(searcher.questions), 500):
        _, question = searcher.questions[number]
        found = searcher.search(question.text(language), 5, language)
        own = [searcher.sentence_number[name] for name in question.sentences]
        np.testing.assert_allclose(found.sign("question")[own], 1.0, atol=1e-4)
        assert any(set(question.sentences) & set(hit.passage.sentences) for hit in found.hits)


# Articles without a register

TEXTS = [
    "Kars'ta bir antlaşma imzalandı. Antlaşmayı dört devlet kabul etti.",
    "Frunze bir heyetle Ankara'ya geldi.",
]


@pytest.fixture(scope="module")
def bare(tmp_path_factory, model, encoder):
    folder = tmp_path_factory.mktemp("bare") / "index"
    built = build_articles([plain_article("x", "tr", TEXTS)], folder, model, encoder=encoder)
    assert built.counts["questions"] == 0
    return Searcher(folder, model, encoder)


@pytest.mark.parametrize(
    ("language", "question"), [("tr", "Frunze nereye geldi?"), ("en", "Who was Frunze?")]
)
def test_articles_without_a_register_are_searched_all_the_same(bare, language, question):
    found = bare.search(question, 2, language)
    assert "Frunze" in found.hits[0].passage.text
    assert found.signs.shape == (3, len(SIGNS))
    assert np.argmax(found.sign("sentence")) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_register_the_signs_of_questions_are_zero(bare, language):
    found = bare.search("Frunze Kars antlaşma treaty", 2, language)
    for name in ("question", "question_other", "lexical_question"):
        assert found.sign(name).tolist() == [0.0, 0.0, 0.0]
    assert found.sign("sentence").min() > 0.5


def test_a_register_counts_beside_an_article_without_one(tmp_path, model, encoder):
    bare, other = plain_article("x", "tr", TEXTS[:1]), plain_article("y", "tr", TEXTS[1:])
    question = RegisteredQuestion("Heyet kiminle geldi?", "With whom did the mission come?", ("y-b001-s01",))
    other = replace(other, questions=(question,))
    build_articles([bare, other], tmp_path / "index", model, encoder=encoder)
    found = Searcher(tmp_path / "index", model, encoder).search(question.en, 2, "en")
    for name in ("question", "lexical_question"):
        assert found.sign(name).tolist() == pytest.approx([0.0, 0.0, 1.0], abs=1e-4)
    # The same question in the other language is near, but not the same text.
    assert 0.8 < found.sign("question_other")[2] < 0.999
