"""What of a question some evidence does not speak of, worked by hand on sentences of the articles."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.unsaid import unknown_words, unsaid
from app.vocabulary import Vocabulary
from corpus import read_corpus
from corpus.text import lower, to_ascii

MOSCOW = """16 Mart 1921'de Moskova'da Dostluk ve Kardeşlik Antlaşması imzalandı. Çiçerin ve Yusuf Kemal Bey
Batum'un Gürcistan'a bırakılmasını kabul etti. The Treaty of Friendship and Brotherhood was signed in Moscow
on 16 March 1921. Chicherin and Yusuf Kemal Bey agreed that Batum should be left to Georgia."""
GUMRU = """Gümrü Antlaşması 3 Aralık 1920'de Kazım Karabekir tarafından imzalandı. The Treaty of
Alexandropol was signed by Kâzım Karabekir on 3 December 1920."""
STRAITS = """Montrö Boğazlar Sözleşmesi'yle (20 Temmuz 1936) Türkiye Boğazlar üzerinde egemen oldu. With the
Montreux Straits Convention (20 July 1936) Turkey became sovereign over the Straits."""
AID = """Mustafa Kemal Paşa Lenin'e mektup yazdı; Sovyetler 1920 ile 1922 arasında on milyon altın ruble ve
39.275 tüfek verdi. Mustafa Kemal Pasha wrote to Lenin; between 1920 and 1922 the Soviets gave ten million
gold roubles and 39,275 rifles."""


@cache
def vocabulary():
    return Vocabulary(read_corpus())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Moskova Antlaşması ne zaman imzalandı?", MOSCOW),
        ("moskova antlasmasi hangi tarihte imzalandi", MOSCOW),
        ("MOSKOVA ANTLAŞMASI NE ZAMAN İMZALANDI?", MOSCOW),
        ("Chicherin ile Yusuf Kemal ne konuştu?", MOSCOW),
        ("Tchitcherine Moskovada kiminle görüştü?", MOSCOW),
        ("cicerinin batum hakkindaki karari neydi", MOSCOW),
        ("Yusuf Kemal Tengirşenk Batum'u kime bıraktı?", MOSCOW),
        ("16 Mart 1921'de hangi antlaşma imzalandı?", MOSCOW),
        ("16 martta ne oldu", MOSCOW),
        ("16.03.1921 tarihli antlaşma nedir?", MOSCOW),
        ("March 1921'de ne imzalandı?", MOSCOW),
        ("1921 yılı Mart ayında ne imzalandı?", MOSCOW),
        ("1920'lerde Moskova ile hangi antlaşma yapıldı?", MOSCOW),
        ("XX. yüzyılda Batum'a ne oldu?", MOSCOW),
        ("Gyumri Antlaşması'nı kim imzaladı?", GUMRU),
        ("Alexandropol antlaşmasını kim imzaladı", GUMRU),
        ("Karabekir Paşa hangi belgeyi imzaladı?", GUMRU),
        ("Boğazlara ilişkin hangi hükümler kondu?", STRAITS),
        ("bogazlarin durumu ne oldu", STRAITS),
        ("Straits Convention nedir?", STRAITS),
        ("Atatürk Lenin'e ne yazdı?", AID),
        ("Mustafa Kemal Atatürk kime mektup yazdı?", AID),
        ("10 milyon ruble kime verildi?", AID),
        ("39275 tüfeği kim verdi?", AID),
        ("1920-22 arasında kaç tüfek verildi?", AID),
        ("Neden üç ayrı heyet kuruldu, bunların görevi neydi?", AID),
        ("Hangi gerekçeyle yardım edildi, kimler karşı çıktı?", AID),
        ("Ankara nasıl kurtuldu?", "Ankara kurtarıldı."),
    ],
)
def test_nothing_is_reported_of_a_turkish_question_that_the_evidence_speaks_of(question, said):
    assert unsaid(question, "tr", said, vocabulary()) == []
    assert unsaid(to_ascii(question), "tr", said, vocabulary()) == []


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When was the Treaty of Moscow signed?", MOSCOW),
        ("Did Çiçerin agree to the Friendship Treaty?", MOSCOW),
        ("did tchitcherin leave batumi to georgia", MOSCOW),
        ("What was signed on March 16th, 1921?", MOSCOW),
        ("What was signed on the 16th of March 1921?", MOSCOW),
        ("what was signed in march 1921", MOSCOW),
        ("What did the Foreign Minister agree to in the 1920s?", MOSCOW),
        ("What happened to Batum in the 20th century?", MOSCOW),
        ("Who signed the Gümrü Treaty?", GUMRU),
        ("Who signed the Treaty of Gyumri on 3 Aralık 1920?", GUMRU),
        ("What did the Straits Convention change for Turkey?", STRAITS),
        ("Which rights did Turkey gain over the Boğazlar in 1936?", STRAITS),
        ("What did Atatürk write to Lenin?", AID),
        ("Who gave 10 million roubles?", AID),
        ("Who gave ten million roubles?", AID),
        ("Why did the Russians send 39,275 rifles?", AID),
        ("Which two or three reasons were given?", AID),
    ],
)
def test_nothing_is_reported_of_an_english_question_that_the_evidence_speaks_of(question, said):
    assert unsaid(question, "en", said, vocabulary()) == []


@pytest.mark.parametrize(
    ("question", "language", "said", "expected"),
    [
        ("Troçki kimdir?", "tr", MOSCOW, ["Troçki"]),
        ("Troçki Ankara'ya ne zaman geldi?", "tr", STRAITS.replace("Türkiye", ""), ["Troçki"]),
        ("lenin moskovada kiminle görüştü", "tr", MOSCOW, ["lenin"]),
        ("LENİN MOSKOVA'DA KİMİNLE GÖRÜŞTÜ?", "tr", MOSCOW, ["LENİN"]),
        ("Yakov Surits kimdi", "tr", MOSCOW, ["Yakov Surits"]),
        ("Çiçerin 1946'da Roosevelt'le görüştü mü?", "tr", MOSCOW, ["1946", "Roosevelt"]),
        ("18 Mart 1921'de ne imzalandı?", "tr", MOSCOW, ["18 Mart 1921"]),
        ("16 Mart 1946'da ne imzalandı?", "tr", MOSCOW, ["16 Mart 1946"]),
        ("17 martta ne oldu", "tr", MOSCOW, ["17 martta"]),
        ("1930'larda Moskova ne yaptı?", "tr", MOSCOW, ["1930"]),
        ("Lozan'da Boğazlar konusunda ne oldu?", "tr", STRAITS, ["Lozan"]),
        ("20 milyon ruble kime verildi?", "tr", AID, ["20 milyon"]),
        ("Çiçerin² kaç tüfek verdi?", "tr", AID + "¹", ["Çiçerin"]),
        ("Yüz elli tüfek ve yirmi bin ruble", "tr", AID, ["yirmi bin"]),
        ("Kars mı, Batum mu, Gümrü mü bırakıldı?", "tr", MOSCOW, ["Kars", "Gümrü"]),
        ("Hitler ve Mussolini, Lenin'e ne yazdı?", "tr", AID, ["Hitler", "Mussolini"]),
        ("Did Trotsky come to Moscow in 1946?", "en", MOSCOW, ["Trotsky", "1946"]),
        ("did trotsky come to moscow in 1946", "en", MOSCOW, ["trotsky", "1946"]),
        ("What was signed on 18 March 1921?", "en", MOSCOW, ["18 March 1921"]),
        ("What was signed in April 1921?", "en", MOSCOW, ["April 1921"]),
        ("Did the Lend-Lease Act help Turkey?", "en", STRAITS, ["Lend-Lease"]),
        ("Who gave twenty thousand rifles?", "en", AID, ["twenty thousand"]),
        ("What did Moscow do in the 1950s?", "en", MOSCOW, ["1950s"]),
        ("Did Roosevelt’s envoy meet Chicherin?", "en", MOSCOW, ["Roosevelt"]),
    ],
)
def test_what_the_evidence_does_not_speak_of_is_reported_as_typed_and_in_order(
    question, language, said, expected
):
    assert unsaid(question, language, said, vocabulary()) == expected


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("Yakov Surits kimdi", "tr", ["Yakov Surits"]),
        ("Tchitcherine kimdir?", "tr", []),
        ("Telefonu kim icat etti?", "tr", ["Telefonu", "icat"]),
        ("Moskova Antlaşması ne zaman imzalandı?", "tr", []),
        ("16 martta ne imzalandı", "tr", []),
        ("Özetle anlatır mısın, hangisi kaçıncıydı?", "tr", []),
        ("mercimek çorbası Nazım'a göre nasıldı", "tr", ["Nazım", "çorbası"]),
        ("What is the capital of Australia in 1998?", "en", ["Australia"]),
        ("Who was Tchitcherine?", "en", []),
        ("Please explain briefly the Treaty of Gyumri", "en", []),
        ("How is lentil soup cooked in Brisbane?", "en", ["Brisbane", "lentil", "soup", "cooked"]),
    ],
)
def test_words_that_the_articles_do_not_have_are_told_names_first(question, language, expected):
    assert unknown_words(question, language, vocabulary()) == expected


def test_each_sentence_of_the_articles_speaks_of_what_it_says():
    reported = {}
    for article in read_corpus():
        for sentence in article.sentences[::4]:
            both = f"{sentence.text} {sentence.translation}"
            language = article.block_by_id[sentence.block].language
            for text in (sentence.text, to_ascii(lower(sentence.text, "tr"))):
                if found := unsaid(text, language, both, vocabulary()):
                    reported[text] = found
    assert reported == {}


def test_its_english_speaks_of_nearly_all_that_a_turkish_sentence_says():
    pairs = [
        (sentence.text, sentence.translation)
        for article in read_corpus()
        for sentence in article.sentences[::3]
        if sentence.translation and article.block_by_id[sentence.block].language == "tr"
    ]
    turkish = [found for tr, en in pairs for found in unsaid(tr, "tr", en, vocabulary())]
    english = [found for tr, en in pairs for found in unsaid(en, "en", tr, vocabulary())]
    assert len(pairs) > 300
    # Of some thousands of names and numbers.
    assert len(turkish) <= 3 and len(english) <= 3


@given(st.text(max_size=80), st.sampled_from(["tr", "en"]), st.text(max_size=80))
def test_what_is_reported_stands_in_the_question(question, language, said):
    for found in unsaid(question, language, said, vocabulary()):
        assert found in question
    for found in unknown_words(question, language, vocabulary()):
        assert found in question


@given(st.integers(1400, 2029), st.integers(1400, 2029))
def test_a_year_is_reported_where_another_is_said(asked, said):
    expected = [] if asked == said else [str(asked)]
    assert unsaid(f"{asked} yılında ne oldu?", "tr", f"{said} yılında", vocabulary()) == expected
    assert unsaid(f"What was done in {asked}?", "en", f"in {said}", vocabulary()) == expected
