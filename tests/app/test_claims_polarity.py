"""Negation: a claim must not deny what its citations say, nor say what they deny."""

from __future__ import annotations

import pytest

from app.claims.polarity import is_negated
from app.claims.reading import read

PAIRS = [
    # Turkish: by the ending of the verb, slipped in and left out, in other tenses and voices.
    ("tr", "Heyet teklifi kabul etmedi.", "Heyet teklifi kabul etti."),
    ("tr", "Heyetin teklifi kabul etmediği anlaşılıyordu.", "Heyet teklifi kabul etmişti."),
    ("tr", "Kurul raporu yayımladı.", "Kurul raporu yayımlamadı."),
    ("tr", "Kurul raporu yayımlayacak.", "Kurul raporu yayımlamayacaktı."),
    ("tr", "Köprü yıkıldı.", "Köprü yıkılmamıştı."),
    ("tr", "Taraflar anlaşmaya varamadı.", "Taraflar anlaşmaya vardılar."),
    # By a word of its own.
    ("tr", "Bu bir zafer değildi.", "Bu bir zaferdi."),
    ("tr", "Limanda gemi vardı.", "Limanda gemi yoktu."),
    ("tr", "Görüşmeye Ahmet katıldı.", "Görüşmeye Ahmet değil Mehmet katıldı."),
    # A denied hindrance is none.
    ("tr", "Dönmelerine izin verilmeyecekti.", "Dönmelerine engel olunmayacaktı."),
    ("tr", "Dönmelerine engel olunacaktı.", "Dönmelerine engel olunmayacaktı."),
    # English.
    ("en", "The delegation did not accept the offer.", "The delegation accepted the offer."),
    ("en", "The board published the report.", "The board never published the report."),
    ("en", "The bridge was destroyed.", "The bridge wasn't destroyed."),
    ("en", "The harbour held ships.", "The harbour held no ships."),
    ("en", "They met with farmers as well as sailors.", "They met not with farmers but with sailors."),
    (
        "en",
        "The scouts knew a great deal about the road.",
        "There was hardly anything the scouts knew about the road.",
    ),
    ("en", "Their return would not be prevented.", "Their return would be prevented."),
    ("en", "The minister failed to sign the letter.", "The minister signed the letter."),
]
BORNE_OUT = [
    ("tr", "Heyet öneriyi kabul etmedi.", "Heyet teklifi kabul etmedi."),
    ("tr", "Kurul hiçbir zaman çoğunluk olmadı.", "Kurulun hiçbir dönemde çoğunluğa ulaşmadığı belirtildi."),
    ("tr", "Henüz yanıt gelmemişken yola çıkıldı.", "Daha cevap gelmeden yola çıkılmıştı."),
    ("tr", "Görüşmenin yapılıp yapılmadığı tartışmalıdır.", "Görüşmenin olup olmadığı tartışmalıdır."),
    ("tr", "Gelenler arasında Ahmet değil Mehmet vardı.", "Gelen kişi Ahmet değil Mehmet idi."),
    ("tr", "Kapıyı açar açmaz içeri girdi.", "Kapı açıldıktan hemen sonra içeri girdi."),
    ("tr", "Yardımın ulaşmasını önledi.", "Yardım ulaşmasına engel oldu."),
    ("tr", "Antlaşmadır.", "Bu bir antlaşmadır."),
    ("en", "The treaty could not be altered.", "The treaty could not be changed."),
    ("en", "Agents must not be let in.", "The entry of agents must not be permitted."),
    ("en", "He kept the aid from arriving.", "He prevented the aid from arriving."),
    ("en", "It took no less than nine days.", "It took nine days."),
    ("en", "Not only ships but also trains were used.", "Both ships and trains were used."),
]


@pytest.mark.parametrize(("language", "claim", "cited"), PAIRS)
def test_a_negation_slipped_in_or_left_out_is_found(language, claim, cited):
    assert is_negated(read(claim, language), [read(cited, language)])


@pytest.mark.parametrize(("language", "claim", "cited"), BORNE_OUT)
def test_a_negation_that_the_source_has_in_other_words_is_none_too_many(language, claim, cited):
    assert not is_negated(read(claim, language), [read(cited, language)])


def test_of_two_sentences_the_one_that_denies_the_same_counts():
    cited = [read("The king wrote a letter.", "en"), read("The queen did not answer the letter.", "en")]
    assert not is_negated(read("The queen did not answer the letter of the king.", "en"), cited)
    assert is_negated(read("The queen answered the letter of the king.", "en"), cited)
