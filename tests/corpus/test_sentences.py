from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sentences import split_sentences

ARTICLES = ("000", "001", "002", "003", "004")


def split(text):
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Padişah II. Bayezid ile Çar III. İvan zamanına denk gelir.",
        "Türk-Rus ilişkileri XX. Yüzyıla kadar sürdü.",
        "Rus XI. Ordusu erkânının endişeleri arttı.",
        "20. Yüzyıl başlarında durum zordu.",
        "Şehir M.Ö. Altıncı asırda kuruldu.",
        "Şehir M.S. Birinci asırda yıkıldı.",
        "Bu görüş (Kurat, s. 12) Ankara'da dile geldi.",
        "Nutuk, C. I, s. 46. sayfada geçer.",
        "Ayrıntı için bkz. Serpil Sürmeli, Türk-Gürcü İlişkileri.",
        "Bkz. Cumhurbaşkanlığı Arşivi, F-29.",
        "Bilge, a.g.e. Ankara baskısı, aynı yer.",
        "Silah, cephane vb. Anadolu'ya gönderildi.",
        "Bu karar V.İ.Lenin ve M.Kemal arasında alındı.",
        "Bu karar V. İ. Lenin ve M. Kemal arasında alındı.",
        "M. V. Frunze Ankara'ya geldi.",
        "T.B.M.M.'nin açılışı büyük yankı yaptı.",
        "T.B.M.M. Başkanlığı'na M.Kemal seçildi.",
        "L.B. Kamenev ile görüşmüştür.",
        "Erzurum'daki 15. Kolordu Kumandanı Karabekir Paşa idi.",
        "Andlaşmanın 40. Yıldönümü kutlandı.",
        "Metnin 11. Maddesi şöyledir.",
        "Heyette Dr. Rıza Nur ve Prof. Jaeschke vardı.",
        "Toplantı 1. Dünya Savaşı'ndan sonra oldu.",
        "Tarih 16. 3. 1921 idi.",
        "Gelişme 13.08.1920 Cuma günü oldu.",
        "“Münasebat dünkü noktai nazardır.” sözleriyle bunu anlattı.",
        "“Geliyor!” diye bağırdı.",
        "Bu soru (kim? Nerede? Ne zaman?) yanıtsız kaldı.",
        "Eski Ermeni vilayetlerinden(!) Bitlis, Van ve Muş anıldı.",
        'Bir yazıda da " ... Selase İslamları korkmaz" denildi.',
        "Yazar “… Rus dostluğu esastır” der.",
        "It was agreed, i.e. Moscow consented.",
        "The treaty (Weisband, p. 62) was signed.",
    ],
)
def test_a_full_stop_that_ends_nothing_does_not_split(sentence):
    assert split(sentence) == [sentence]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Antlaşma imzalandı.", "Heyet döndü."],
        ["Kim geldi?", "Heyet geldi!", "Sonra döndü."],
        ["Savaş 1918.", "Barış 1921."],
        ["Savaş 1921'de bitti.", "1922 yılında barış oldu."],
        ["“Barış bir fikirdir.”", "Bunu söyledi."],
        ['"Barış bir fikirdir."', '"Savaş da."'],
        ["Ayrıntı için bkz. Kurat, s. 35.", "Öteki görüş başkadır."],
        ["Kaynak Sonyel, s. 210-213.", "Bkz. Bilge."],
        ["Bekliyorlardı…", "Sonra gittiler."],
        ["Bekliyorlardı...", "Sonra gittiler."],
        ["The treaty was signed.", "Turkey and Russia agreed."],
        ["Bu iyiydi (Gürün, 1991: 13).", "Sonra bozuldu."],
    ],
)
def test_sentences_are_split_at_their_ends(sentences):
    assert split(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Kafkasya'da savaş yasaktı. (Kirillov, 2012: 425). Osmanlı çekildi.",
            ["Kafkasya'da savaş yasaktı. (Kirillov, 2012: 425).", "Osmanlı çekildi."],
        ),
        ("Yardım geldi. (Gromıko,1980:114).", ["Yardım geldi. (Gromıko,1980:114)."]),
        ("“Koştu.” (Dokumentı, 1959:683).", ["“Koştu.” (Dokumentı, 1959:683)."]),
        (
            "İddialar ortaya kondu. (Bilge,1992: 79-80) Sonuçta ilişkiler korundu.",
            ["İddialar ortaya kondu. (Bilge,1992: 79-80)", "Sonuçta ilişkiler korundu."],
        ),
        (
            "Üçlü İtilâf'ı kurdular. (1893-1907) (Sonradan bu gruba Sırbistan katılmıştır.)",
            ["Üçlü İtilâf'ı kurdular. (1893-1907)", "(Sonradan bu gruba Sırbistan katılmıştır.)"],
        ),
        (
            "Mektup şöyledir. (Ek:2, Fransızca asıl metni)",
            ["Mektup şöyledir. (Ek:2, Fransızca asıl metni)"],
        ),
    ],
)
def test_a_reference_in_brackets_belongs_to_the_sentence_before_it(text, sentences):
    assert split(text) == sentences


def test_text_without_words_has_no_sentence():
    assert split_sentences("") == []
    assert split_sentences(" \n ") == []


def assert_partition(text):
    spans = split_sentences(text)
    at = 0
    for start, end in spans:
        assert at <= start < end
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize("name", ARTICLES)
def test_sentences_of_a_block_lose_nothing_of_its_text(by_id, name):
    for block in by_id[name].blocks:
        assert_partition(block.text)


@pytest.mark.parametrize("name", ARTICLES)
def test_an_articles_sentences_are_all_of_its_text_but_the_headings(by_id, name):
    article = by_id[name]
    of_blocks = "".join("".join(b.text.split()) for b in article.blocks if b.kind != "heading")
    of_sentences = "".join("".join(s.text.split()) for s in article.sentences)
    assert of_sentences == of_blocks


_signs = [". ", "? ", "! ", "… ", "... ", "” ", "“", '"', "(", ") ", "(Bilge, 1992: 79) ", "(!)", ", ", " "]
_words = ["Ankara", "moskova", "II", "XX", "M", "V", "s", "bkz", "a.g.e", "15", "1921", "İ", "ı", "T.B.M.M"]
_tokens = st.sampled_from([*_signs, *_words])


@given(st.lists(_tokens, max_size=40))
def test_sentences_of_any_text_of_this_kind_lose_nothing(tokens):
    assert_partition("".join(tokens).strip())


@given(st.text())
def test_sentences_of_any_text_at_all_lose_nothing(text):
    assert_partition(text.strip())


@pytest.mark.parametrize("name", ARTICLES)
def test_no_sentence_of_the_body_ends_on_an_initial_or_an_abbreviation(by_id, name):
    """What a wrong split leaves behind: 'II.', 'M.', 'Bkz.', 'Dr.' at the end of a sentence."""
    article = by_id[name]
    body = [s for s in article.sentences if article.block_by_id[s.block].kind != "footnote"]
    torn = re.compile(r"(?:^|\s)(?:[IVX]+|[A-ZÇĞİÖŞÜ]|[Bb]kz|Dr|Prof|vb)\.$")
    assert [sentence.text for sentence in body if torn.search(sentence.text)] == []


@pytest.mark.parametrize("name", ARTICLES)
def test_no_sentence_of_running_text_begins_with_a_small_letter(by_id, name):
    article = by_id[name]
    running = [s for s in article.sentences if article.block_by_id[s.block].kind == "paragraph"]
    assert [s.text for s in running if s.text[0] in "abcçdefgğhıijklmnoöprsştuüvyz"] == []


@pytest.mark.parametrize("name", ARTICLES)
def test_no_sentence_is_a_lone_reference(by_id, name):
    lone = re.compile(r"^\([^()]*\d{4}[^()]*\)[.\s]*$")
    assert [sentence.text for sentence in by_id[name].sentences if lone.match(sentence.text)] == []
