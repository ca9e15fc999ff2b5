"""Ranking sentences for a question: what the scores are made of, over the real index."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from app import evidence
from app.evidence import FEATURES, EvidenceChooser
from app.question import Question, type_of
from app.shape import can_answer
from index.ranking import SIGNS

QUESTIONS = [
    ("Moskova Antlaşması ne zaman imzalandı?", "tr"),
    ("Türk heyetinin Moskova'ya varması kaç gün sürdü?", "tr"),
    ("Mihail Frunze kimdir?", "tr"),
    ("Sovyetler Türkiye'ye neden yardım etti?", "tr"),
    ("Where was the Treaty of Friendship and Neutrality signed?", "en"),
    ("Who headed the Turkish delegation that went to London?", "en"),
]


def asked(assistant, text, language):
    question = Question(text, language, type_of(text))
    return question, assistant.searcher.search(text, 10, language)


@pytest.fixture(params=QUESTIONS, ids=[text for text, _ in QUESTIONS])
def question(request, assistant):
    return asked(assistant, *request.param)


def column(table, name):
    return table.features[:, FEATURES.index(name)]


def test_each_feature_has_a_name_of_its_own():
    assert len(set(FEATURES)) == len(FEATURES)
    assert FEATURES[: len(SIGNS)] == SIGNS


def test_a_table_has_a_column_for_each_feature_and_a_row_for_each_candidate(assistant, question):
    table = assistant.chooser.table(*question)
    assert table.features.shape == (len(table.numbers), len(FEATURES))
    assert len(table.fits) == len(table.numbers) > 20
    assert np.isfinite(table.features).all()
    assert len(set(table.numbers.tolist())) == len(table.numbers)


def test_shares_and_flags_lie_between_nought_and_one(assistant, question):
    table = assistant.chooser.table(*question)
    for name in FEATURES:
        if name != "length":
            assert column(table, name).min() >= -0.001, name
            assert column(table, name).max() <= 1.001, name
    for name in ("leans", "footnote", "summary"):
        assert set(np.unique(column(table, name))) <= {0.0, 1.0}, name


def test_only_the_fit_of_the_kind_asked_for_is_filled_in(assistant, question):
    table = assistant.chooser.table(*question)
    fits = {name: column(table, name) for name in FEATURES if name.startswith("fits_")}
    own = f"fits_{question[0].type}"
    assert np.allclose(fits[own], table.fits)
    assert all(not values.any() for name, values in fits.items() if name != own)


def test_what_stands_in_a_sentence_stands_around_it_too(assistant, question):
    table = assistant.chooser.table(*question)
    assert (column(table, "overlap_around") >= column(table, "overlap") - 1e-6).all()
    assert (column(table, "question_around") >= column(table, "question") - 1e-6).all()


def test_every_candidate_says_something(assistant, question):
    for candidate in assistant.chooser.rank(*question):
        assert can_answer(candidate.block, candidate.sentence)
        assert candidate.block.id == candidate.sentence.block


def test_english_sentences_are_no_candidates_for_turkish_questions(assistant):
    ranked = assistant.chooser.rank(*asked(assistant, *QUESTIONS[0]))
    assert {candidate.block.language for candidate in ranked} == {"tr"}


def test_a_ranking_falls_and_its_probabilities_sum_to_one(assistant, question):
    ranked = assistant.chooser.rank(*question)
    assert all(one.score >= other.score for one, other in pairwise(ranked))
    assert all(one.probability >= other.probability for one, other in pairwise(ranked))
    assert sum(candidate.probability for candidate in ranked) == pytest.approx(1, abs=1e-4)
    assert all(0 <= candidate.fit <= 1 for candidate in ranked)


def test_a_ranking_is_the_same_each_time_and_in_another_chooser(assistant, question):
    def of(chooser):
        return [(one.sentence.id, one.score) for one in chooser.rank(*question)]

    first = of(assistant.chooser)
    assert of(assistant.chooser) == first
    assert of(EvidenceChooser(assistant.searcher)) == first


def test_a_score_is_the_sum_of_the_features_by_their_weights(assistant, question):
    table = assistant.chooser.table(*question)
    ranked = assistant.chooser.rank(*question)
    scores = table.features @ evidence._weights_for(question[0].language)
    assert [one.score for one in ranked] == pytest.approx(sorted(map(float, scores), reverse=True))


def test_leaning_sentences_have_the_one_before_them_and_others_none(assistant):
    leaning = []
    for text, language in QUESTIONS:
        for candidate in assistant.chooser.rank(*asked(assistant, text, language)):
            if candidate.before is None:
                continue
            order = list(candidate.article.sentences)
            assert order.index(candidate.before) + 1 == order.index(candidate.sentence)
            assert candidate.before.block == candidate.sentence.block
            leaning.append(candidate.shown(language).split()[0].rstrip(","))
    assert len(leaning) > 3
    assert set(leaning) <= {"Bu", "Bunlar", "Bunu", "Bunun", "Onun", "This", "These", "It", "They"}


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Türk heyetinin Moskova'ya varması kaç gün sürdü?", "tr", "69 günde ulaşabilmiştir"),
        ("Dostluk ve Tarafsızlık Antlaşması nerede imzalandı?", "tr", "Paris’te imzalandı"),
        ("Where was the Treaty of Friendship and Neutrality of 1925 signed?", "en", "Paris’te imzalandı"),
        ("How many days did the Turkish delegation need to reach Moscow?", "en", "69 günde ulaşabilmiştir"),
    ],
)
def test_the_sentence_that_answers_is_among_the_first(assistant, text, language, words):
    ranked = assistant.chooser.rank(*asked(assistant, text, language))
    assert any(words in candidate.sentence.text for candidate in ranked[:5])


def test_a_question_of_the_subject_has_better_signs_than_one_of_another(assistant):
    def signs(text, language):
        question, found = asked(assistant, text, language)
        return assistant.chooser.signs(question, found)

    near = signs("Moskova Antlaşması ne zaman imzalandı?", "tr")
    far = signs("Avustralya'nın başkenti Canberra ne zaman kuruldu?", "tr")
    assert near.question > far.question
    assert near.passage > far.passage
    assert near.unseen == 0 < far.unseen
    assert (near.has_unknown_name, far.has_unknown_name) == (False, True)


@pytest.fixture
def weights_file(tmp_path, monkeypatch):
    """A copy of the weights that may be changed."""
    copy = tmp_path / "evidence.toml"
    copy.write_bytes(evidence._WEIGHTS.read_bytes())
    monkeypatch.setattr(evidence, "_WEIGHTS", copy)
    evidence._weights_for.cache_clear()
    yield copy
    evidence._weights_for.cache_clear()


@pytest.mark.parametrize("language", ["tr", "en"])
def test_there_is_a_weight_for_each_feature(language):
    weights = evidence._weights_for(language)
    assert weights.shape == (len(FEATURES),)
    assert np.isfinite(weights).all()


@pytest.mark.parametrize(
    "change", [("overlap =", "overlaps ="), ("leans =", "# leans ="), ("[tr]", "[tr]\nold = 1.0")]
)
def test_weights_with_other_names_are_refused(weights_file, change):
    weights_file.write_text(weights_file.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(ValueError, match=r"evidence\.toml \[tr\].*FEATURES"):
        evidence._weights_for("tr")


def test_a_candidate_is_shown_in_the_language_of_the_answer(assistant):
    candidate = assistant.chooser.rank(*asked(assistant, *QUESTIONS[4]))[0]
    assert candidate.shown("tr") == candidate.sentence.text
    assert candidate.shown("en") == candidate.sentence.translation != candidate.sentence.text
    bare = dataclasses.replace(candidate, sentence=dataclasses.replace(candidate.sentence, translation=""))
    assert bare.shown("en") == candidate.sentence.text
