"""Which sentences make the answer, on sentences of the articles with probabilities given by hand."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.choice import LONG_WORDS, SHORT_WORDS, choose
from app.evidence import Candidate
from app.question import Question
from app.shape import Shape, can_answer
from corpus import read_corpus

DATE = Question("Moskova Antlaşması ne zaman imzalandı?", "tr", "date")
REASON = Question("Ankara neden Sovyetlerle anlaştı?", "tr", "reason")
OTHER = Question("Karabekir ne bildirdi?", "tr", "other")
ENGLISH = Question("What did Karabekir report?", "en", "other")


@cache
def articles():
    return {article.id: article for article in read_corpus()}


@cache
def sentences():
    """All sentences that can answer, with their article and what they lean on."""
    found = []
    for article in articles().values():
        for before, sentence in zip((None, *article.sentences), article.sentences, strict=False):
            block = article.block_by_id[sentence.block]
            if can_answer(block, sentence):
                leans = before is not None and before.block == sentence.block
                is_led = leans and Shape.of(sentence.text).leans
                found.append((article, sentence, before if is_led else None))
    return found


def candidate(words, probability=0.5, fit=0.0):
    """The sentence that holds some words, as a candidate."""
    article, sentence, before = next(one for one in sentences() if words in one[1].text)
    block = article.block_by_id[sentence.block]
    return Candidate(article, block, sentence, probability, probability, 0.9, fit, before)


def texts(chosen):
    return [one.sentence.text for one in chosen]


def test_one_sentence_is_enough_where_it_is_clearly_the_best():
    best = candidate("10 milyon altın ruble tutarında", 0.8, fit=1.0)
    other = candidate("Gürcistan Cumhuriyeti'ni ilan", 0.1, fit=1.0)
    assert choose(DATE, [best, other]) == [best]


def test_a_second_sentence_that_is_nearly_as_probable_stands_behind_the_first():
    best = candidate("10 milyon altın ruble tutarında", 0.4, fit=1.0)
    other = candidate("Gürcistan Cumhuriyeti'ni ilan", 0.3, fit=1.0)
    chosen = choose(DATE, [best, other])
    assert chosen[0] == best
    assert other in chosen


def test_a_sentence_with_a_value_comes_before_one_without_that_is_a_little_better():
    bare = candidate("Bu sırada Gürcistan'da Menşevik bir hükümet", 0.5, fit=0.0)
    holding = candidate("10 milyon altın ruble tutarında", 0.4, fit=1.0)
    assert choose(DATE, [bare, holding])[0] == holding
    assert choose(replace(DATE, type="other"), [bare, holding])[-2:] == [bare, holding]


def test_a_far_less_probable_sentence_with_a_value_does_not():
    bare = candidate("Heyet Moskova'ya ancak 69 günde", 0.9, fit=0.0)
    holding = candidate("10 milyon altın ruble tutarında", 0.05, fit=1.0)
    assert choose(DATE, [bare, holding])[0] == bare


@pytest.mark.parametrize(
    ("leaning", "before"),
    [
        (
            "Bu antlaşmanın Türkiye açısından ayrıntıları",
            "Brest-Litovsk'ta ateşkes antlaşması 15 Aralık 1917'de",
        ),
        ("Bu propaganda faaliyeti için Mart 1919’da", "ihtilal propagandacılığından oluşmaktadır"),
        ("Bu mağlubiyetler Rusya’daki karışıklıkların", "Almanya karşısında ağır mağlubiyetler"),
    ],
)
def test_a_sentence_that_leans_on_the_one_before_stands_behind_it(leaning, before):
    chosen = choose(OTHER, [candidate(leaning, 0.9)])
    assert len(chosen) == 2
    assert before in chosen[0].sentence.text
    assert leaning in chosen[1].sentence.text


def test_a_sentence_that_introduces_a_quotation_is_followed_by_it():
    chosen = choose(OTHER, [candidate("temsilcisi S.İ. Aralov, bu konuda şöyle demiştir:", 0.9)])
    assert texts(chosen)[0].endswith("şöyle demiştir:")
    assert texts(chosen)[1].startswith("“Duyarlı bir kişiliğe sahip olan Sayın Frunze’nin")


def test_a_sentence_of_a_quotation_stands_behind_the_one_that_names_the_speaker():
    chosen = choose(OTHER, [candidate("“Haklı olarak bu soruyu sormam gerekiyor", 0.9)])
    assert texts(chosen)[0].startswith("G.V. Çiçerin bu provokatif İngiliz girişimine")
    assert texts(chosen)[-1].startswith("“Haklı olarak bu soruyu")


def test_a_sentence_of_more_words_than_an_answer_may_have_is_passed_over():
    long = next(one for one in sentences() if len(one[0].english(one[1]).split()) > SHORT_WORDS)
    block = long[0].block_by_id[long[1].block]
    too_long = Candidate(long[0], block, long[1], 0.5, 0.5, 0.9, 0.0)
    short = candidate("Heyet Moskova'ya ancak 69 günde", 0.4)
    assert choose(ENGLISH, [too_long, short]) == [short]


def test_behind_a_bare_name_the_note_goes_on():
    chosen = choose(OTHER, [candidate("Mihail Vasilyeviç Frunze (1885-1925).", 0.9)])
    assert texts(chosen)[0] == "Mihail Vasilyeviç Frunze (1885-1925)."
    assert "1904 yılından itibaren" in texts(chosen)[1]


def test_a_sentence_that_says_the_same_is_left_out():
    best = candidate("23 Nisan'da açılan Büyük Millet Meclisi, daha Vekiller Heyeti'ni", 0.5)
    same = candidate("Nitekim 23 Nisan 1920'de açılan Büyük Millet Meclisi", 0.4)
    assert choose(OTHER, [best, same]) == [best]


def test_both_halves_of_a_double_question_are_answered():
    when = candidate("10 milyon altın ruble tutarında", 0.6, fit=1.0)
    where = candidate("Heyet Moskova'ya ancak 69 günde", 0.7)
    chosen = choose(DATE, [when], [(DATE, [when]), (OTHER, [where])])
    assert chosen == [when, where]


def test_nothing_is_chosen_of_nothing():
    assert choose(DATE, []) == []


# Numbers of sentences, with what they count for and how well they fit; made candidates by ranked() below, so
# that a failing example prints short.
drawn = st.lists(
    st.tuples(st.integers(0, 999), st.floats(0.01, 1), st.sampled_from([0.0, 0.6, 1.0])),
    unique_by=lambda one: one[0],
    min_size=1,
    max_size=12,
)


def ranked(drawn):
    """Candidates as they are ranked: probabilities that fall and sum to one."""
    total = sum(weight for _, weight, _ in drawn)
    found = []
    for number, weight, fit in sorted(drawn, key=lambda one: -one[1]):
        article, sentence, before = sentences()[number]
        block = article.block_by_id[sentence.block]
        found.append(Candidate(article, block, sentence, weight, weight / total, 0.9, fit, before))
    return found


questions = st.sampled_from([DATE, REASON, OTHER, ENGLISH])


@given(questions, drawn, st.lists(st.tuples(questions, drawn), max_size=2))
def test_an_answer_is_within_its_words_and_says_nothing_twice(question, numbers, halves):
    asked = [(replace(half, language=question.language), ranked(own)) for half, own in halves]
    chosen = choose(question, ranked(numbers), asked)
    limit = LONG_WORDS if question.is_broad or halves else SHORT_WORDS
    assert sum(len(one.shown(question.language).split()) for one in chosen) <= limit
    ids = [one.sentence.id for one in chosen]
    assert len(ids) == len(set(ids))


@given(st.sampled_from([REASON, OTHER, ENGLISH]), drawn)
def test_the_best_sentence_that_fits_comes_first_or_behind_what_it_needs(question, numbers):
    candidates = ranked(numbers)
    chosen = [one.sentence.id for one in choose(question, candidates)]
    if not chosen:
        return
    best = next(one for one in candidates if one.sentence.id in chosen)
    assert chosen.index(best.sentence.id) <= 1
    if chosen[0] != best.sentence.id:
        order = [sentence.id for sentence in best.article.sentences]
        assert order.index(chosen[0]) < order.index(best.sentence.id)


@given(questions, drawn)
def test_the_choice_is_the_same_each_time_and_only_from_the_articles_of_the_candidates(question, numbers):
    candidates = ranked(numbers)
    chosen = choose(question, candidates)
    assert choose(question, candidates) == chosen
    assert {one.article.id for one in chosen} <= {one.article.id for one in candidates}
    for one in chosen:
        assert one.sentence in one.article.sentences
        assert one.block.id == one.sentence.block
