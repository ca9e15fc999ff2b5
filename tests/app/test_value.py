"""The value asked for, in sentences of the articles and their English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.question import Question, type_of
from app.value import find_value, read_value, set_off
from index.reading import Reading

MOSCOW = (
    "16 Mart 1921 tarihinde Rusya ile Türkiye arasında imzalanan Moskova Andlaşması’nda, Türkiye’ye 10 "
    "milyon altın ruble tutarında mali yardım sağlanması da kararlaştırılmıştı."
)
PARIS = (
    "Bu şartlar altında Dostluk ve Tarafsızlık Antlaşması (17 Aralık 1925) iki ülke Dışişleri Bakanları "
    "Tevfik Rüştü Aras ve Georgi Vasilyeviç Çiçerin tarafından Paris’te imzalandı."
)
PARIS_ENGLISH = (
    "Under these conditions the Treaty of Friendship and Neutrality (17 December 1925) was signed in "
    "Paris by the Ministers of Foreign Affairs of the two countries, Tevfik Rüştü Aras and Georgy "
    "Vasilyevich Chicherin."
)
GUMRU = (
    "2 Aralık 1920 yılında Türkiye galip sıfatıyla Ermenistan’la Gümrü Andlaşmasını imzaladı ise de 29 "
    "Kasım 1920’de Erivan’da Sovyet Ermenistan Hükümeti kurulmuştu. (Soysal, 2000: 17-23)."
)
AID = (
    "1921 yılında yapılan yardım: 33 275 tüfek, 57986 000 tüfek mermisi, 327 makineli tüfek, 54 top, 129 "
    "479 top mermisi, 1500 kılıç, 20 000 gaz maskesi."
)
ENVOY = (
    "Bu arada, o zamana kadar Batı cephesi komutanı bulunan Ali Fuat (Cebesoy), T.B.M.M.'nin onayı ile 21"
    " Kasım 1920'de bu görevinden alınarak, Moskova elçiliğine tayin olunmuştur."
)
SENT = (
    "Erzurum Kongresi sonrası Kazım Karabekir Paşa, Dr. Ömer Lütfi'yi Bakü'ye ve Dr. Fuat Sabit'i "
    "Moskova'ya göndererek Sovyetlerle yeniden bağlantı kurar (Gürün, 1995: 12-19)."
)
SIGNATORIES = (
    "Muahedeye TBMM hükümeti adına Yusuf Kemal, Rıza Nur, Ali Fuat, Sovyetler Birliği adına da Hariciye "
    "Komiseri Çiçerin ile Celal Korkmazof imza atmıştır."
)


def value(question, language, sentence):
    span = find_value(Question(question, language, type_of(question)), sentence)
    return span and sentence[slice(*span)]


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        # Dates.
        ("Moskova Antlaşması ne zaman imzalandı?", MOSCOW, "16 Mart 1921"),
        ("moskova antlasmasi hangi tarihte imzalandi", MOSCOW, "16 Mart 1921"),
        ("Moskova Antlaşması hangi yıl imzalandı?", MOSCOW, "1921"),
        ("1921'de Moskova Antlaşması hangi gün imzalandı?", MOSCOW, "16 Mart 1921"),
        ("Gümrü Antlaşması ne zaman imzalandı?", GUMRU, "2 Aralık 1920"),
        ("Erivan'da Sovyet hükümeti ne zaman kuruldu?", GUMRU, "29 Kasım 1920"),
        ("Antlaşma ne zaman imzalandı?", "Antlaşma Moskova’da imzalandı (Kurat, 1993: 118).", None),
        ("Antlaşma ne zaman imzalandı?", "Antlaşma 16 Mart’ta imzalandı (Soysal, 2000: 17-23).", "16 Mart"),
        (
            "Frunze ne zaman doğdu?",
            "Frunze 29.12.1885 tarihinde doğdu.",
            "29.12.1885",
        ),
        # Numbers.
        ("1921'de kaç makineli tüfek gönderildi?", AID, "327"),
        ("1921'de kaç kılıç gönderildi?", AID, "1500"),
        ("Gönderilen gaz maskesi sayısı kaç gaz maskesi?", AID, "20 000"),
        ("Moskova Antlaşması ile ne kadar yardım kararlaştırıldı?", MOSCOW, "10 milyon"),
        (
            "Görüşme kaç saat sürdü?",
            "27 Kasım 1920’de Midivani ile üç buçuk saat süren görüşmesi ile ilgili bilgi veriyordu.",
            "üç buçuk",
        ),
        (
            "Rusya'nın nüfusu kaça düştü?",
            "Üç yıl süren iç savaş sonucunda Rusya’nın nüfusu 10,9 milyona düşmüştür.",
            "10,9 milyon",
        ),
        ("Yardım hangi belgenin kaçıncı maddesinde yer aldı?", MOSCOW, None),
        ("Kaç uçak gönderildi?", "1921 yılında onuncu maddeye göre uçak gönderildi.", None),
        # Places.
        ("Dostluk ve Tarafsızlık Antlaşması nerede imzalandı?", PARIS, "Paris"),
        ("Dr. Fuat Sabit nereye gönderildi?", SENT, "Moskova"),
        ("Dr. Fuat Sabit nerede doğdu?", SENT, None),
        ("Menşevikler hangi ülkede iktidardaydı?", "Gürcistan'da Menşevikler iktidarda idi.", "Gürcistan"),
        ("Konu nerede görüşüldü?", "Konunun BMM’de müzakere edilmesi kararlaştırıldı.", None),
        # Persons.
        ("Kasım 1920'de Moskova elçiliğine kim getirildi?", ENVOY, "Ali Fuat (Cebesoy)"),
        (
            "Gümrü Andlaşması'nı Türkiye adına kim imzaladı?",
            "Türkiye adına Kâzım Karabekir Paşa tarafından imzalanan bu andlaşma ilk andlaşmaydı.",
            "Kâzım Karabekir Paşa",
        ),
        (
            "Türkiye'yi törenlerde kim temsil etti?",
            "Törenlerde Türkiye’yi Cumhuriyet Halk Fırkası Genel Sekreteri Saffet Bey temsil etti.",
            "Saffet Bey",
        ),
        (
            "Hüseyin Ragıp Bey'le kim konuştu?",
            "Dışişleri Bakanı Yusuf Kemal (Tengirşenk) Bey Moskova’da Hüseyin Ragıp Bey’le konuştu.",
            "Yusuf Kemal (Tengirşenk) Bey",
        ),
        (
            "Kim eleştirdi?",
            "Bunu A.A.Gromıko eleştirdi.",
            "A.A.Gromıko",
        ),
        (
            "Haberi kimden öğrendi?",
            "Bu haberi Hüsrev Gerede'den bir mektupla Kazım Karabekir Paşa öğrendi.",
            "Hüsrev Gerede",
        ),
        ("Antlaşmayı kimler imzaladı?", SIGNATORIES, None),
        ("Antlaşmayı Sovyetler adına kim imzaladı?", SIGNATORIES, None),
        ("Sevr'i kim kabul etti?", "Sevr’i İstanbul Hükümeti ve Osmanlı Devleti kabul etti.", None),
        ("Türkleri kim temsil etti?", "Orada Çiçerin Kafkas Seddi’nden söz etti.", None),
        # A comma may stand between two of several.
        ("Heyeti kim yönetti?", "Heyeti Hüseyin Ragıp Bey, Ali Fuat Paşa yönetti.", None),
        # Questions that ask for no value.
        ("Moskova Antlaşması neden imzalandı?", MOSCOW, None),
        ("Moskova Antlaşması nedir?", MOSCOW, None),
    ],
)
def test_values_in_turkish_sentences(question, sentence, expected):
    assert value(question, "tr", sentence) == expected


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("When was the Treaty of Friendship and Neutrality signed?", PARIS_ENGLISH, "17 December 1925"),
        ("In which year was the Treaty of Friendship and Neutrality signed?", PARIS_ENGLISH, "1925"),
        ("Where was the Treaty of Friendship and Neutrality signed?", PARIS_ENGLISH, "Paris"),
        ("Who signed the Treaty of Friendship and Neutrality?", PARIS_ENGLISH, None),
        (
            "When did the Bolsheviks come to power in Azerbaijan?",
            "On 27-28 April 1920 the Bolshevik regime came to power in Azerbaijan, and in May-June 1920 "
            "there were Bolshevik uprisings in the Armenian Republic of Yerevan.",
            "27-28 April 1920",
        ),
        (
            "When was the letter to Lenin written?",
            "The start of relations is the letter of April 26, 1920, to V.I. Lenin by Mustafa Kemal.",
            "April 26, 1920",
        ),
        (
            "When did Turkey join the pact?",
            "Turkey joined the pact, as it announced (Gürün, 1991, p. 126).",
            None,
        ),
        (
            "How many rifle cartridges came?",
            "They sent 33,275 rifles and 57,986,000 rifle cartridges.",
            "57,986,000",
        ),
        (
            "How much money did Germany send?",
            "In a document dated 5 December 1942 it is said “that five million German Marks have been sent”.",
            "five million",
        ),
        ("How many divisions were there?", "He would cross with some two divisions.", "two"),
        ("How much did they know?", "This one document was hardly known to the two of them.", None),
        (
            "From where was the letter sent?",
            "The letter was sent in November 1919 from Trabzon to Moscow.",
            "Trabzon",
        ),
        ("Where was he?", "He was in November 1919 on his way.", None),
        (
            "Who sent the letter of 26 April 1920?",
            "The letter of April 26, 1920, was sent to V.I. Lenin by Mustafa Kemal.",
            "Mustafa Kemal",
        ),
        (
            "Who came for the tenth anniversary?",
            "The People’s Commissar for Defence Marshal Voroshilov came with a large delegation.",
            "Marshal Voroshilov",
        ),
        ("Whom did the Entente fight?", "The Entente fought the Ottoman Empire and Soviet Russia.", None),
    ],
)
def test_values_in_english_sentences(question, sentence, expected):
    assert value(question, "en", sentence) == expected


def test_a_value_that_the_question_names_is_not_the_one():
    assert value("16 Mart 1921'den sonra ne zaman yardım geldi?", "tr", MOSCOW) is None
    assert value("Kâzım Karabekir Paşa'ya kim yazdı?", "tr", "Bunu Kâzım Karabekir Paşa yazdı.") is None


def test_of_two_values_as_near_none_is_told():
    sentence = "Heyet 3 Mayıs 1920 veya 5 Mayıs 1920 günü geldi."
    assert value("Heyet ne zaman geldi?", "tr", sentence) is None
    assert value("Heyet kaç kişiydi?", "tr", "Heyet 10 kişiydi, 12 kişiydi diyenler de var.") is None


QUESTIONS = [
    "Antlaşma ne zaman imzalandı?",
    "Hangi yıl imzalandı?",
    "Kaç tüfek gönderildi?",
    "Ne kadar altın verildi?",
    "Nerede imzalandı?",
    "Nereye gönderildi?",
    "Kim imzaladı?",
    "When was it signed?",
    "How many rifles were sent?",
    "Where was it signed?",
    "Who signed it?",
]
SENTENCES = [MOSCOW, PARIS, PARIS_ENGLISH, GUMRU, AID, ENVOY, SENT, SIGNATORIES]
texts = st.one_of(
    st.text(max_size=120),
    st.lists(st.sampled_from(" ".join(SENTENCES).split()), max_size=25).map(" ".join),
)


@given(st.sampled_from(QUESTIONS), st.sampled_from(["tr", "en"]), texts)
def test_a_value_lies_inside_the_sentence_and_is_whole_words(question, language, text):
    span = find_value(Question(question, language, type_of(question)), text)
    if span is not None:
        start, end = span
        assert 0 <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        assert start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())


@given(texts, st.data())
def test_setting_off_adds_nothing_but_the_marks(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    marked = set_off(text, (start, end))
    assert len(marked) == len(text) + 4
    assert marked[:start] + marked[start + 2 : end + 2] + marked[end + 4 :] == text
    assert marked[start : start + 2] == marked[end + 2 : end + 4] == "**"
    assert set_off(text, None) == text


READ = "Antlaşma Kars'ta, Karabekir'in başkanlığında imzalandı."


@pytest.mark.parametrize(
    ("question", "named", "probability", "expected"),
    [
        ("Antlaşma nerede imzalandı?", "Kars", 0.9, "Kars"),
        ("Antlaşma nerede imzalandı?", "Kar", 0.9, "Kars"),
        ("Antlaşma nerede imzalandı?", "arabeki", 0.9, "Karabekir"),
        ("Antlaşma nerede imzalandı?", "Kars", 0.4, None),
        ("Kars Antlaşması nerede imzalandı?", "Kars", 0.9, None),
        ("Antlaşma neden imzalandı?", "Kars", 0.9, None),
        ("Antlaşmayı kimler imzaladı?", "Karabekir", 0.9, None),
        ("Antlaşma nerede imzalandı?", "a", 0.9, None),
        ("Antlaşma nerede imzalandı?", "", 0.9, None),
    ],
)
def test_what_a_reader_names_is_a_value_where_it_is_sure(question, named, probability, expected):
    start = READ.index(named)
    reading = Reading(1.0, (start, start + len(named)), probability)
    asked = Question(question, "tr", type_of(question))
    for shown in (READ, f"“{READ}”"):
        span = read_value(asked, reading, READ, shown)
        assert (span and shown[slice(*span)]) == expected
    assert read_value(asked, None, READ, READ) is None


def test_a_name_that_stands_twice_is_no_value():
    text = "Kars düştü; antlaşma Kars önünde imzalandı."
    asked = Question("Antlaşma nerede imzalandı?", "tr", "place")
    assert read_value(asked, Reading(1.0, (0, 4), 0.9), text, text) is None
