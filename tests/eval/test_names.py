"""Names of claims and their counterparts, worked by hand."""

import pytest

from eval.names import missing_names, moved_names, names, shared


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Chicherin replied to Bekir Sami Bey in May.", "en", ["Chicherin", "Bekir", "Sami"]),
        ("Although the Soviets helped, nothing came of it.", "en", ["Soviets"]),
        ("Relations worsened.", "en", []),
        ("Litvinov'un ziyareti uzun sürdü.", "tr", ["Litvinov"]),
        ("Litvinov, Ankara'ya geldi.", "tr", ["Litvinov", "Ankara"]),
        ("Antlaşma imzalandı.", "tr", []),
        ("Bu, II. Mehmed ile III. İvan zamanıdır.", "tr", ["Mehmed", "İvan"]),
    ],
)
def test_a_name_is_told_by_its_capital_except_where_every_word_has_one(text, language, expected):
    assert names(text, language) == expected


@pytest.mark.parametrize(
    ("name", "premise"),
    [
        ("Chicherin", "Çiçerin'in mektubu"),
        ("Tchitcherin", "Çiçerin'in mektubu"),
        ("Trotsky", "Lenin ve Troçkinin yolladığı"),
        ("Pleshcheyev", "Mihail Pleşçeyev"),
        ("Nakhchivan", "Nahçivan özerk kaldı"),
        ("Alexandropol", "Gümrü işgal edildi"),
        ("Germany", "Almanya ile"),
        ("Ottoman", "Osmanlı Devleti"),
        ("Istanbul", "İSTANBUL"),
    ],
)
def test_a_name_meets_its_other_spelling(name, premise):
    assert missing_names(f"He met {name} there.", "en", premise) == []


@pytest.mark.parametrize(
    ("name", "premise"),
    [
        ("Karakhan", "Çiçerin'in mektubu"),
        ("Germany", "Armenistan, Almatı ve Ermenistan"),
        ("Armenia", "Gürcistan ve Azerbaycan"),
        ("Moscow", "Odesa'da imzalandı"),
        ("Enver", "Zeki Paşa"),
    ],
)
def test_another_name_is_missing(name, premise):
    assert missing_names(f"He met {name} there.", "en", premise) == [name]


def test_an_unknown_word_before_a_known_one_belongs_to_its_name_in_english():
    premise = "Bolşevikler Kurucu Meclis'i kapatmış"
    assert missing_names("They closed the Constituent Assembly.", "en", premise) == []
    assert missing_names("They closed the Wonderful Assembly.", "en", premise) == []
    assert missing_names("They closed the Assembly Wonderful.", "en", premise) == ["Wonderful"]


def test_names_that_changed_places_are_seen():
    premise = "Osmanlı Ordusu çekilince Ermeniler Kars'ı, Gürcüler Ahıska'yı işgal ettiler."
    swapped = "Osmanlı Ordusu çekilince Gürcüler Kars'ı, Ermeniler Ahıska'yı işgal ettiler."
    assert moved_names(swapped, premise) == ["gurcu", "ermen"]
    assert moved_names(premise, premise) == []


def test_the_share_of_words_counts_equivalents():
    premise = "Sovyet Rusya ile bir muahede akdedildi."
    # Three of four: "Sovyet", "antlaşma" for "muahede", "imzalandı" for "akdedildi"; not "törenle".
    assert shared("Sovyet antlaşması törenle imzalandı", "tr", premise, "tr") == 3 / 4
    # Across languages "ceremony" has no known equivalent and does not count.
    assert shared("a Soviet treaty with ceremony", "en", premise, "tr") == 1
    assert shared("a French treaty", "en", premise, "tr") == 1 / 2
