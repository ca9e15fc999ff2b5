"""Where the articles contradict one another: sentences worked by hand, and what is found in the real ones."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.amounts import amounts, english_amount
from app.contradictions import Finder, contradict
from app.disagreement_page import page
from app.disagreements import Disagreement, Disagreements, Side
from app.events import Event, acts_of, agreement, events_asked, nations_of
from app.facts import Date, dates
from app.mentions import english_date, mentions
from app.vocabulary import Vocabulary
from corpus.article import Article, Block, Piece, RegisteredQuestion, Sentence
from corpus.report import DOCS

DATES = st.builds(
    Date,
    st.none() | st.integers(1, 31),
    st.integers(1, 12),
    st.integers(1917, 1920),
)


@pytest.fixture(scope="module")
def vocabulary(assistant):
    return Vocabulary(assistant.articles.values())


@pytest.fixture(scope="module")
def disagreements(assistant, vocabulary):
    return Disagreements.find(assistant.searcher, vocabulary)


# The dates of a sentence


def test_a_date_belongs_to_what_stands_behind_it_and_a_year_counts_for_the_dates_behind(vocabulary):
    text = "Ordu 30 Eylül 1920'de Sarıkamış'ı, 30 Ekim'de Kars'ı ve 7 Kasım'da Gümrü'yü kurtardı."
    found = mentions(text, vocabulary)
    assert [tuple(one.date) for one in found] == [(30, 9, 1920), (30, 10, 1920), (7, 11, 1920)]
    assert [one.written for one in found] == ["30 Eylül 1920", "30 Ekim", "7 Kasım"]
    assert Event("take", "", "kars") in found[1].events
    assert found[0].events.isdisjoint(found[1].events)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("3 Aralık 1920 tarihinde iki hükümet arasında Batum Andlaşması imzalandı.", "batum"),
        ("3 Aralık 1920 tarihli Batum Andlaşması ile sorunlar sona erdi.", "batum"),
        (
            "3 Aralık 1920’de imzalanan Batum Antlaşması, Moskova Antlaşması’yla çizilen sınırı onadı.",
            "batum",
        ),
        ("3 Aralık 1920 Dostluk Antlaşması (Batum Antlaşması), barışı getirdi.", "batum"),
        ("Batum Antlaşması (3 Aralık 1920) barışı getirdi.", "batum"),
    ],
)
def test_the_date_of_a_signing_is_bound_to_the_agreement(text, name, vocabulary):
    [one] = mentions(text, vocabulary)
    assert one.events == {Event("sign", "treaty", name)}


@pytest.mark.parametrize(
    "text",
    [
        "3 Aralık 1920’de Batum Antlaşması uzatıldı.",
        "3 Aralık 1920’de para getirildi, Batum Antlaşması’ndan sonra da silah geldi.",
        "3 Aralık 1920’den Batum Antlaşmasının imzalandığı güne kadar savaşıldı.",
        "3 Aralık 1929’da 1925 tarihli Batum Antlaşması uzatılırken bir protokol imzalandı.",
        "Batum Antlaşması’nı 3 Aralık 1920’de Türkiye de imzaladı.",
    ],
)
def test_a_date_near_an_agreement_is_not_always_that_of_its_signing(text, vocabulary):
    [one] = [one for one in mentions(text, vocabulary) if one.date.day]
    assert not one.events


def test_a_participle_at_the_date_takes_it(vocabulary):
    [one] = mentions("28 Ekim 1920'de başlayan harekâtla Kars'ı kurtaran ordu durdu.", vocabulary)
    assert one.acts == ("begin",)
    assert not one.events


def test_the_day_behind_the_month_is_read(vocabulary):
    [one] = mentions("1921 yılının Mart ayının 18. günü muahede imza edildi.", vocabulary)
    assert one.date == Date(18, 3, 1921)
    assert one.written == "1921 yılının Mart ayının 18. günü"
    assert one.acts == ("sign",)


def test_a_reference_dates_nothing(vocabulary):
    assert mentions("Böyle yazar (Korkmaz, Ekim 2015, s. 3).", vocabulary) == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("It was signed on 2 December 1920 in Kars.", "2 December 1920"),
        ("On December 2, 1920 it was signed.", "December 2, 1920"),
        (
            "On the 2nd day of the month of December 1920 it was signed.",
            "2nd day of the month of December 1920",
        ),
        ("They took it on 2 December.", "2 December"),
        ("On 12 December 1920 nothing happened.", ""),
        ("On 2 December 1921 nothing happened.", ""),
        ("In December 1920 nothing happened.", ""),
    ],
)
def test_the_date_is_found_in_english(text, written):
    assert english_date(text, Date(2, 12, 1920)) == written


@given(DATES)
def test_a_written_date_is_read_back(date):
    months = "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık".split()
    written = f"{date.day or ''} {months[date.month - 1]} {date.year}".strip()
    [one] = mentions(f"Olay {written} günü oldu.", Vocabulary([]))
    assert (one.date, one.written) == (date, written)
    assert dates(written) == {date}


# Acts, agreements, numbers


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("antlaşma ne zaman imzalandı?", ["sign"]),
        ("Türkiye protokole ne zaman imza attı?", ["join"]),
        ("Türkiye de imzaladı", ["join"]),
        ("1921’de imzalandı", ["sign"]),
        ("İŞGAL EDİLDİ, sonra kurtarıldı", ["take"]),
        ("başladı ve sona erdi", ["begin", "end"]),
        ("gizli anlaşmaları yayımladı", ["publish"]),
        ("düşünüldü", []),
    ],
)
def test_the_acts_of_a_text_are_read(text, acts):
    assert acts_of(text) == acts


def test_an_armistice_is_no_treaty(vocabulary):
    assert agreement("Mondros Mütarekesi", vocabulary)[0] == "armistice"
    assert agreement("Mondros Antlaşması", vocabulary)[0] == "treaty"
    assert agreement("Mondros'a gidildi", vocabulary) == ("", frozenset(), -1)


def test_spellings_of_a_name_meet_in_its_event(vocabulary):
    asked = {
        events_asked(f"{name} Antlaşması ne zaman imzalandı?", vocabulary) for name in ("Sevr", "Sevres")
    }
    assert len(asked) == 1
    assert asked != {frozenset()}


def test_names_of_one_nation_meet_and_those_of_two_do_not():
    assert nations_of("Osmanlı ile Sovyetler") == nations_of("Türkiye'nin Rusya'yla")
    assert nations_of("Fransa") != nations_of("Almanya")


def test_what_is_counted_belongs_to_a_number():
    [one, other] = amounts("Toplam 13.612.000 altın rubledir, ayrıca 17 600 top geldi (Kurat, 1993: 118).")
    assert (one.value, one.written, one.units) == (13_612_000, "13.612.000 altın ruble", {"altin", "ruble"})
    assert (other.value, other.written) == (17_600, "17 600 top geldi")
    assert amounts("16 Mart 1921 günü ve 1922 yılında") == []


def test_the_number_is_found_in_english():
    text = "It was 3 guns and 11 million gold roubles in all."
    assert english_amount(text, 11_000_000) == "11 million gold roubles"
    assert english_amount(text, 12) == ""


# Which dates contradict one another


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Date(2, 12, 1920), Date(3, 12, 1920), True),
        (Date(16, 3, 1921), Date(16, 10, 1921), True),
        (Date(16, 3, 1921), Date(16, 3, 1920), True),
        (Date(2, 12, 1920), Date(None, 12, 1920), False),
        (Date(None, 11, 1920), Date(2, 12, 1920), True),
        (Date(15, 12, 1917), Date(3, 3, 1918), False),
        (Date(None, 3, 1920), Date(None, 3, 1921), False),
    ],
)
def test_dates_contradict_where_they_may_be_meant_for_one_day(one, other, expected):
    assert contradict(one, other) is expected


@given(DATES, DATES)
def test_a_contradiction_has_two_sides_and_no_date_contradicts_what_it_may_be(one, other):
    assert contradict(one, other) == contradict(other, one)
    assert not (contradict(one, other) and one.may_be(other))
    assert not contradict(one, one)


# A corpus of two articles


def article(name, texts, questions=()):
    sentences, blocks, at = [], [], 0
    for n, text in enumerate(texts, 1):
        span = (at, at + len(text))
        blocks.append(Block(f"{name}-b{n}", "paragraph", "tr", "", 0, (Piece(text, *span),)))
        sentences.append(Sentence(f"{name}-s{n}", f"{name}-b{n}", 0, len(text), text, (span,)))
        at += len(text) + 1
    asked = tuple(RegisteredQuestion(tr, en, tuple(f"{name}-s{n}" for n in own)) for tr, en, own in questions)
    return Article(
        name, "", "", name, False, "tr", (), None, None, "\n".join(texts), (0,),
        tuple(blocks), tuple(sentences), (), (), asked,
    )  # fmt: skip


def found_in(*articles, cosine=1.0):
    """The disagreements of articles all whose questions have this cosine with one another."""
    asked = [(one, question) for one in articles for question in one.questions]
    same = np.full((len(asked), len(asked)), cosine, np.float32)
    np.fill_diagonal(same, 1)
    vectors = np.linalg.cholesky(same + 1e-6 * np.eye(len(asked))) if asked else np.zeros((0, 1))
    searcher = SimpleNamespace(
        articles={one.id: one for one in articles},
        sentences=[(one, sentence) for one in articles for sentence in one.sentences],
        questions=asked,
        store=SimpleNamespace(vectors=lambda field, language, numbers: vectors[numbers]),
    )
    return list(Finder(searcher, Vocabulary(articles)).found())


def test_two_articles_that_date_a_signing_differently_disagree():
    one = article("1", ["Böylece 4 Mayıs 1920’de Batum Antlaşması imzalandı."])
    other = article("2", ["Ardından 14 Mayıs 1920 tarihinde imzalanan Batum Antlaşması ile sustular."])
    [found] = found_in(one, other)
    assert [side.sentence_id for side in found.sides] == ["1-s1", "2-s1"]
    assert found.values("tr") == "4 Mayıs 1920 / 14 Mayıs 1920"


def test_two_sentences_of_one_article_may_disagree():
    texts = [
        "Böylece 4 Mayıs 1920’de Batum Antlaşması imzalandı.",
        "Sonra 4 Haziran 1920 tarihli Batum Antlaşması geldi.",
    ]
    [found] = found_in(article("1", texts))
    assert found.values("tr") == "4 Mayıs 1920 / 4 Haziran 1920"


@pytest.mark.parametrize(
    "text",
    [
        "Ardından 4 Mayıs 1920’de Batum Antlaşması imzalandı.",
        "Ardından Mayıs 1920’de Batum Antlaşması imzalandı.",
        "Ardından 14 Mayıs’ta Batum Antlaşması imzalandı.",
        "Ardından 14 Mayıs 1920’de Batum Antlaşması onaylandı.",
        "Ardından 14 Mayıs 1920’de Batum Mütarekesi imzalandı.",
        "Ardından 14 Mayıs 1920’de Londra Antlaşması imzalandı.",
        "Ardından 14 Haziran 1925’te Batum Antlaşması imzalandı.",
    ],
)
def test_no_disagreement_where_the_dates_agree_or_the_event_is_another(text):
    one = article("1", ["Böylece 4 Mayıs 1920’de Batum Antlaşması imzalandı, sonra Londra ve Batum sustu."])
    assert found_in(one, article("2", [text])) == []


WHEN = ("Belgeler ne zaman açıklandı?", "When were the secret papers disclosed?")
WHICH_DAY = ("Gizli belgeler hangi gün yayımlandı?", "On what day were the secret papers published?")
DISCLOSED = ["Yeni yönetim 9 Kasım 1917 günü gizli belgeleri açıkladı."]
PUBLISHED = ["Gizli belgeler gazetenin 24 Kasım 1917 tarihli sayısında yayımlandı."]


def test_questions_that_ask_the_same_show_what_names_no_thing():
    one, other = article("1", DISCLOSED, [(*WHEN, [1])]), article("2", PUBLISHED, [(*WHICH_DAY, [1])])
    [found] = found_in(one, other)
    assert found.values("tr") == "9 Kasım 1917 / 24 Kasım 1917"
    assert (found.about_tr, found.about_en) == WHEN
    assert found_in(one, other, cosine=0.85) == []


def test_questions_about_two_states_do_not_ask_the_same():
    asked = [(f"{state} belgeleri ne zaman açıkladı?", "When?", [1]) for state in ("Fransa", "Almanya")]
    assert found_in(article("1", DISCLOSED, asked[:1]), article("2", PUBLISHED, asked[1:])) == []
    assert len(found_in(article("1", DISCLOSED, asked[:1]), article("2", PUBLISHED, asked[:1]))) == 1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Toplam yardım 13 milyon altın rubledir.", "11 milyon altın ruble / 13 milyon altın ruble"),
        ("Toplam yardım 11.000.000 altın rubledir.", None),
        ("Toplam yardım 13 milyon tüfektir.", None),
        ("Toplam yardım 900 milyon altın rubledir.", None),
        ("Mayıs 1921’de gelen yardım 13 milyon altın rubledir.", None),
    ],
)
def test_numbers_disagree_where_they_count_the_same(text, values):
    asked = [("Yardım ne kadardı?", "How much was the aid?", [1])]
    one = article("1", ["Gelen yardım 11 milyon altın rubledir."], asked)
    found = found_in(one, article("2", [text], asked))
    assert [x.values("tr") for x in found] == ([values] if values else [])
    assert all(x.kind == "number" for x in found)


def test_numbers_of_two_years_do_not_disagree():
    asked = [(f"{year} yılında yardım ne kadardı?", "How much?", [1]) for year in (1920, 1921)]
    one = article("1", ["Gelen yardım 11 milyon altın rubledir."], asked[:1])
    assert found_in(one, article("2", ["Gelen yardım 13 milyon altın rubledir."], asked[1:])) == []


def test_articles_without_a_register_may_be_searched():
    assert found_in(article("1", ["Hiçbir şey olmadı."])) == []


# What is handed to an answer


def test_an_answer_finds_the_other_sides_of_its_sentence():
    a, b = Side("1-s1", "1", "4 Mayıs", "4 May"), Side("1-s2", "1", "5 Mayıs", "5 May")
    c, d = Side("2-s1", "2", "5 Mayıs", "5 May"), Side("3-s1", "3", "6 Mayıs", "6 May")
    one = Disagreement("date", "Ne zaman?", "When?", (a, b, c, d))
    held = Disagreements([one])
    assert held.of("1-s2", "date") == [one]
    assert held.of("1-s2", "number") == held.of("9-s9", "date") == []
    assert one.values("en", "3-s1") == "6 May / 4 May / 5 May"
    # One side for each other value, of another article where there is one.
    assert one.others("1-s1") == [c, d]
    assert one.others("3-s1") == [a, b]


# The five articles


def test_the_known_disagreements_are_found(disagreements):
    found = {one.values("en") for one in disagreements.found}
    assert "3 December 1920 / 2 December 1920" in found
    assert "10 August 1920 / 20 August 1920" in found
    assert "30 October 1920 / 20 September 1920" in found
    assert any({"16 March 1921", "16 October 1921"} <= set(values.split(" / ")) for values in found)


def test_every_value_stands_in_its_sentence_and_every_disagreement_has_two(disagreements, assistant):
    for one in disagreements.found:
        assert len({side.tr for side in one.sides}) > 1
        for side in one.sides:
            held = assistant.articles[side.article]
            sentence = held.sentence_by_id[side.sentence_id]
            # A year said before may be added behind.
            assert side.tr in sentence.text or side.tr[:-5] in sentence.text
            assert side.en in held.english(sentence) or side.en[:-5] in held.english(sentence)
            assert one in disagreements.of(side.sentence_id, one.kind)


def test_the_page_is_what_the_code_finds(disagreements, assistant):
    written = (DOCS / "disagreements.md").read_text(encoding="utf-8")
    stale = "stale: run python -m app.disagreements > docs/disagreements.md"
    assert written == page(disagreements, assistant.articles), stale
    assert written.count("\n### ") == len(disagreements.found)
    assert written.count("`/articles/") == sum(len(one.sides) for one in disagreements.found)
