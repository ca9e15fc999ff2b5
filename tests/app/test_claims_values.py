"""Values and names that stand somewhere in what is cited, or seem to, and are wrong all the same."""

from __future__ import annotations

import pytest

from app.claims.reading import read
from app.claims.values import has_another_name, has_another_value

DATED = [
    read("Temsilci 21 Kasım 1920'de elçiliğe tayin olundu.", "tr"),
    read("Temsilci ve kalabalık heyeti 14 Aralık 1920'de Ankara'dan trenle ayrıldı.", "tr"),
]


@pytest.mark.parametrize(
    ("language", "claim", "cited"),
    [
        ("tr", "Heyet 1921 Martında yola çıktı.", "1921 Şubat ayında heyet yola çıktı."),
        ("tr", "Görüşme iki buçuk saat sürdü.", "Üç buçuk saat süren görüşme sona erdi."),
        ("en", "They stayed for two months.", "They stayed for a month."),
        ("en", "They stayed for one week.", "They stayed for two weeks."),
    ],
)
def test_a_month_with_an_ending_and_a_small_number_are_compared(language, claim, cited):
    assert has_another_value(read(claim, language), [read(cited, language)])


@pytest.mark.parametrize(
    ("language", "claim", "cited"),
    [
        ("tr", "Heyet 1920 Eylülünün sonunda yola çıktı.", "Heyet 30 Eylül 1920'de yola çıktı."),
        ("tr", "Görüşme üç buçuk saat sürdü.", "Üç buçuk saat süren görüşme sona erdi."),
        ("en", "It took sixty-nine days.", "It took 69 days."),
        ("en", "They stayed for one month.", "They stayed for about a month."),
    ],
)
def test_the_same_value_told_otherwise_is_left_alone(language, claim, cited):
    assert not has_another_value(read(claim, language), [read(cited, language)])


def test_the_date_of_one_sentence_is_not_that_of_the_other():
    wrong = "Temsilci ve kalabalık heyeti 21 Kasım 1920'de Ankara'dan trenle ayrıldı."
    right = "Temsilci ve kalabalık heyeti 14 Aralık 1920'de Ankara'dan trenle ayrıldı."
    assert has_another_value(read(wrong, "tr"), DATED)
    assert not has_another_value(read(right, "tr"), DATED)


def test_a_name_that_only_looks_like_one_of_the_source_is_found():
    cited = [read("Petrov, who came to Molensk, demanded changes to the treaty.", "en")]
    assert has_another_name(read("Molotin, who came to the town, demanded changes.", "en"), cited)
    assert not has_another_name(read("Petroff, who came to the town, demanded changes.", "en"), cited)
