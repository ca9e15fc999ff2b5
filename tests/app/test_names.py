"""Names of claims and their counterparts, worked by hand."""

import pytest

from app.names import missing_names, moved_names, names, shared


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
        ("Şöyle dedi: “Vaktiyle dost idik.”", "tr", []),
        ("3. Ziyaret uzun sürdü.", "tr", []),
        ("the VIIIth Government of Bakü1987", "en", ["Government"]),
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
        ("Çiçerin'e", "a letter of Chicherin"),
        ("Troçkinin", "sent by Lenin and Trotsky"),
        ("Nahcivandan", "from Nakhichevan to Oltu"),
        ("Almanya'ya", "with Germany"),
        ("Türklerin", "among the Turks"),
        ("Habeşistan'ı", "the occupation of Abyssinia"),
        ("Saraybosna'da", "on his visit to Sarajevo"),
    ],
)
def test_a_turkish_name_meets_its_english_one(name, premise):
    assert missing_names(f"Bir gün {name} oldu.", "tr", premise) == []


@pytest.mark.parametrize(
    ("name", "premise"),
    [
        ("Karahan", "a letter of Chicherin"),
        ("Almanya", "with Austria and Armenia"),
        ("Antalya", "an answer to a letter"),
        ("Ermenistan", "a movement against Georgia"),
    ],
)
def test_another_turkish_name_is_missing(name, premise):
    assert missing_names(f"Bir gün {name}’a gidildi.", "tr", premise) == [name]


def test_an_initial_stands_for_a_first_name_and_letters_with_dots_for_a_word():
    assert missing_names("He met Mustafa Kemal.", "en", "M.Kemal Paşa") == []
    assert missing_names("He met Mustafa Kemal.", "en", "M. Kemal Paşa") == []
    assert missing_names("He met Mustafa Kemal.", "en", "N. Kemal, M. Suphi") == ["Mustafa"]
    assert missing_names("In the Republic of Turkey", "en", "T.C. Türkiye") == []


def test_common_words_are_no_names_unless_the_lexicon_knows_them():
    premise = "Sovyet birlikleri çekildi."
    text = "They saw the Vestibule and the Navy of the Soviets."
    assert missing_names(text, "en", premise) == ["Vestibule", "Navy"]
    assert missing_names(text, "en", premise, {"vestibul", "navi"}) == ["Navy"]


def test_where_common_words_are_given_an_unknown_word_before_a_known_one_is_a_name_of_its_own():
    premise = "Sovyet birlikleri çekildi."
    assert missing_names("They saw the Wonderful Soviets.", "en", premise) == []
    assert missing_names("They saw the Wonderful Soviets.", "en", premise, {"navi"}) == ["Wonderful"]


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
