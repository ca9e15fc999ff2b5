"""Who did what to whom: exchanged names are found, other voices and converse verbs are not."""

from __future__ import annotations

import pytest

from app.claims.reading import read
from app.claims.roles import are_swapped

SWAPPED = [
    ("tr", "Ahmet Paşa, Mehmet Paşa'ya mektup yazdı.", "Mehmet Paşa, Ahmet Paşa'ya mektup yazdı."),
    ("tr", "Rusya, Türkiye'den silah istedi.", "Türkiye, Rusya'dan silah istedi."),
    ("tr", "Fransa, Almanya'ya ittifak önerdi.", "Almanya'nın Fransa'ya ittifak önermesi dikkat çekti."),
    ("tr", "Almanların Fransızlara yaptığı baskı sürdü.", "Fransızların Almanlara yaptığı baskı sürdü."),
    (
        "tr",
        "Fransız halkının Almanlara verdiği söz tutuldu.",
        "Almanların Fransız halkına verdiği söz tutuldu.",
    ),
    ("en", "Stephen told Marcus that the war was over.", "Marcus told Stephen that the war was over."),
    (
        "en",
        "The letter that Marcus wrote to Stephen was lost.",
        "The letter that Stephen wrote to Marcus was lost.",
    ),
    ("en", "France was attacked by Germany.", "France attacked Germany."),
    ("en", "France declared war on Germany on 2 May.", "On 2 May Germany declared war on France."),
    (
        "en",
        "The French army had occupied the town, and Germany was worried.",
        "France had become worried because of the German Army's occupation of the town.",
    ),
    (
        "en",
        "France lost an ally, while for Germany it meant one enemy the fewer.",
        "Germany had lost an ally, while France had one enemy the fewer.",
    ),
]
SAME = [
    (
        "tr",
        "Mektup Mehmet Paşa tarafından Ahmet Paşa'ya yazıldı.",
        "Mehmet Paşa, Ahmet Paşa'ya mektup yazdı.",
    ),
    ("tr", "Türkiye, Rusya'dan yardım aldı.", "Rusya Türkiye'ye yardım yaptı."),
    ("tr", "Fransa ile Almanya anlaştı.", "Almanya ile Fransa anlaştı."),
    ("tr", "Mustafa Bey, Fransa'ya dair sözlerini yineledi.", "Fransa'ya Mustafa Bey seslendi."),
    ("en", "War was opened on Germany by France on 2 May.", "France declared war on Germany on 2 May."),
    ("en", "Germany received money from France.", "France gave money to Germany."),
    ("en", "France and Germany signed it.", "Germany and France signed it."),
    ("en", "In this talk Marcus informed Stephen.", "On 3 March 1920 Marcus informed Stephen in a talk."),
]


@pytest.mark.parametrize(("language", "claim", "cited"), SWAPPED)
def test_exchanged_names_are_found(language, claim, cited):
    assert are_swapped(read(claim, language), [read(cited, language)])


@pytest.mark.parametrize(("language", "claim", "cited"), SAME)
def test_the_same_told_otherwise_is_not_taken_for_an_exchange(language, claim, cited):
    assert not are_swapped(read(claim, language), [read(cited, language)])
