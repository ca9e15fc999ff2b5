"""Whole words, whole numbers, Turkish letters."""

import pytest

from eval.matching import holds, normalise, satisfies


@pytest.mark.parametrize(
    ("text", "alternative"),
    [
        ("Antlaşma Moskova'da imzalandı.", "Moskova"),
        ("Antlaşma Moskova’da imzalandı.", "moskova"),
        ("MOSKOVA", "Moskova"),
        ("İSTANBUL ve İzmir", "istanbul"),
        ("ISTANBUL", "İstanbul"),
        ("Kâzım Karabekir", "Kazım Karabekir"),
        ("Kazim Karabekir", "Kâzım Karabekir"),
        ("16  Mart\n1921'de", "16 Mart 1921"),
        ("16 Mart 1921’de", "1921"),
        ("16.03.1921 tarihli", "1921"),
        ("16.03.1921 tarihli", "16.03.1921"),
        ("16.03.1921 tarihli", "16"),
        ("1920-1921 yıllarında", "1921"),
        ("1920–1921 yıllarında", "1920-1921"),
        ("38.000 versts", "38.000"),
        ("1.250.000 kişi.", "1.250.000"),
        ("on 16 March, 1921.", "16 March, 1921"),
        ("imzalanmıştır", "imzala*"),
        ("kurtarılması için", "kurtar*"),
        ("the Straits' regime", "Straits"),
        ("%15'i", "15"),
    ],
)
def test_an_alternative_is_found(text, alternative):
    assert holds(text, alternative)


@pytest.mark.parametrize(
    ("text", "alternative"),
    [
        ("karşı çıktı", "Kars"),
        ("Karslı bir subay", "Kars"),
        ("Ankara", "kara"),
        ("1921 yılında", "192"),
        ("1921 yılında", "21"),
        ("12.000 altın", "12"),
        ("12.000 altın", "000"),
        ("12,5 milyon", "12"),
        ("12,5 milyon", "5"),
        ("312 kişi", "12"),
        ("imzalanmıştır", "imzala"),
        ("önimzala", "imzala*"),
        ("çiçerin", "cicerin"),
        ("16 Mayıs 1921", "16 Mart 1921"),
        ("", "Moskova"),
    ],
)
def test_an_alternative_is_not_found_in_part_of_a_word_or_number(text, alternative):
    assert not holds(text, alternative)


def test_every_group_needs_one_of_its_alternatives():
    must = [["16 Mart 1921", "16 March 1921"], ["Moskova", "Moscow"]]
    assert satisfies("Signed in Moscow on 16 March 1921.", must)
    assert satisfies("16 Mart 1921'de Moskova'da", must)
    assert not satisfies("Signed in Moscow.", must)
    assert not satisfies("16 Mart 1921", must)
    assert satisfies("anything", [])


@pytest.mark.parametrize("alternative", ["", "*", " "])
def test_an_alternative_without_a_word_is_refused(alternative):
    with pytest.raises(ValueError, match="without a word"):
        holds("text", alternative)


def test_foreign_lower_casing_of_the_dotted_capital_is_mended():
    assert normalise("i\u0307zmir") == normalise("İzmir") == "izmir"
