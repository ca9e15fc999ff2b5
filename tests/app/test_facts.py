"""Numbers and dates of sentences, worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.facts import Date, Number, dates, numbers, read_numbers


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("13.612.000 altın ruble", "tr", {13_612_000}),
        ("1,250,000 people", "en", {1_250_000}),
        ("12.000 tüfek", "tr", {12_000}),
        ("12 tüfek", "tr", {12}),
        ("17 600 top mermisi", "tr", {17_600}),
        ("3,5 milyon ruble", "tr", {3_500_000}),
        ("10,9 milyona düştü", "tr", {10_900_000}),
        ("10.9 million people", "en", {10_900_000}),
        ("100 bin altın", "tr", {100_000}),
        ("ten thousand lira", "en", {10_000}),
        ("twenty-three members", "en", {23}),
        ("on beş gün", "tr", {15}),
        ("dokuzuncu madde", "tr", {9}),
        ("on birinci madde ve üçüncüsü", "tr", {11, 3}),
        ("iki yüz bin kişi", "tr", {200_000}),
        ("two hundred thousand people", "en", {200_000}),
        ("onbin lira, yirmibeş gün", "tr", {10_000, 25}),
        ("dörtte üçü, beşte biri", "tr", {3, 5}),
        ("Elviye-i Selâse", "tr", {3}),
        ("onu birbirine anlattı, ön görüşmeler yapıldı", "tr", set()),
        ("the VIIIth and the XIIth Government", "en", {8, 12}),
        ("XX. yüzyılda XI. Ordu", "tr", {20, 11}),
        ("XIV. Louis", "tr", {14}),
        ("1917-20 arası", "tr", {1917, 1920}),
        ("16.03.1921 günü", "tr", {16, 1921}),
        ("16/03/1921 günü", "tr", {16, 1921}),
        ("on 16/3/1921", "en", {16, 1921}),
        ("3/16/1921", "en", {3, 16, 1921}),
        ("Yıl 8, Sayı 12/3", "tr", {8, 12, 3}),
        ("bir heyet, iki ülke, II. Nikola", "tr", set()),
        ("V.İ.Lenin", "tr", set()),
    ],
)
def test_a_number_is_known_however_it_is_written(text, language, expected):
    assert numbers(text, language) == expected


def test_every_number_is_read_with_how_it_is_written():
    assert read_numbers("XI. Ordu 1 Mart'ta iki tümen ve 3 bin top aldı", "tr") == [
        Number(11, in_digits=False),
        Number(1, in_digits=True),
        Number(2, in_digits=False),
        Number(3000, in_digits=True),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("antlaşma¹ 1921", [1921]), ("12¹ tüfek", [12]), ("²³ top", []), ("5 ½ ruble", [5])],
)
def test_the_mark_of_a_footnote_is_no_number(text, expected):
    assert read_numbers(text, "tr") == [Number(value, in_digits=True) for value in expected]


@given(st.text(st.one_of(st.characters(categories=["Nd", "Nl", "No"]), st.sampled_from("¹²³.,/-– XIVa"))))
def test_whatever_sign_for_a_number_a_text_holds_it_is_read(text):
    assert all(found.value >= 0 for found in read_numbers(text, "tr"))


def test_a_number_word_counts_in_its_own_language_only():
    assert numbers("on the tenth", "en") == {10}
    assert numbers("on gün", "tr") == {10}
    assert numbers("on gün", "en") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16 Mart 1921'de", {Date(16, 3, 1921)}),
        ("on 16 March 1921", {Date(16, 3, 1921)}),
        ("on March 16, 1921,", {Date(16, 3, 1921)}),
        ("16.03.1921", {Date(16, 3, 1921)}),
        ("26/4/1920", {Date(26, 4, 1920)}),
        ("26/04/1920'de", {Date(26, 4, 1920)}),
        ("on 4/5/1920, in Ankara", {Date(4, 5, 1920)}),
        ("26/4/1920-27/4/1920 (s. 118)", {Date(26, 4, 1920), Date(27, 4, 1920)}),
        ("Sayı 12/3", set()),
        ("s. 12/3, 1920", set()),
        ("12/3-1920", set()),
        ("30/18/1/1921", set()),
        ("26/4/1920/7", set()),
        ("4/26/1920", set()),
        ("26/13/1920, 32/1/1920, 0/1/1920", set()),
        ("26/4/19204", set()),
        ("AĞUSTOS 1920", {Date(None, 8, 1920)}),
        ("1935 Ekim'inde", {Date(None, 10, 1935)}),
        ("1921 yılı Nisan ayında", {Date(None, 4, 1921)}),
        ("27-28 Nisan 1920", {Date(27, 4, 1920), Date(28, 4, 1920)}),
        ("26 Nisan tarihli", {Date(26, 4, None)}),
        ("they may march", set()),
        ("99.99.1921", set()),
    ],
)
def test_a_date_is_known_however_it_is_written(text, expected):
    assert dates(text) == expected


def test_dates_that_differ_in_what_both_say_are_not_the_same():
    date = Date(16, 3, 1921)
    assert date.may_be(Date(16, 3, None))
    assert date.may_be(Date(None, 3, 1921))
    assert not date.may_be(Date(18, 3, 1921))
    assert not date.may_be(Date(16, 4, 1921))
    assert not date.may_be(Date(16, 3, 1920))
