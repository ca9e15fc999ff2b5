"""The form of a written sentence: no link, no role, no sign that its sources do not have."""

from __future__ import annotations

import pytest

from app.drafting import Sentence
from app.form import form_fault

SOURCE = (
    "V.İ.Lenin’in 1.500 rublelik mektubu (Gürün, 1991, s. 12) “$ 20 & a/b #3” için www ttk.gov tr [sic]’dir."
)


def fault(
    text: str, cited: str = SOURCE, *, numbers: tuple[int, ...] = (1,), is_whole: bool = True
) -> str | None:
    return form_fault(Sentence(text, numbers, is_whole), "tr", [cited], lambda _: "tr")


@pytest.mark.parametrize(
    "text",
    [
        SOURCE,
        "Antlaşma, 16.03.1921'de (yani M.Ö. değil) imzalandı; %50'si “onaylandı”!",
        "V.İ.Lenin ve T.B.M.M. anlaştı: a.g.e., 1.5 – 2,5 …",
        "Lâkin Georgiy Vasilyeviç Çiçerin’le «görüştü» — naïve, détente?",
        "Lakin Çiçerin'le goru\u0308s\u0327tu\u0308.",
    ],
)
def test_plain_sentences_and_what_the_sources_have_may_be_written(text: str) -> None:
    assert fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("evil.example", "x.com", "EVIL.example'de", "evil@example", "https:evil", "//evil", "www.evil"),
        *(
            "<b>kalın</b>",
            "[bağlantı](a)",
            "![a](b)",
            "[INST]",
            "<|im_end|>",
            "<end_of_turn>",
            "&lt;script&gt;",
        ),
        *("\u202edne", "a\u200bb", "a\x00b", "你好", "Москва", "مرحبا", "😀", "@biri", "=1+1", "{{a}}", "a̷"),
    ],
)
def test_what_no_source_has_is_no_sentence(text: str) -> None:
    assert fault(f"Lenin mektup yazdı {text}.", "Lenin mektup yazdı.") == "not a sentence"


def test_an_address_in_a_source_may_be_named_and_not_another() -> None:
    assert fault("Bu ttk.gov sitesindedir.") is None
    assert fault("Bu ttk.evil sitesindedir.") == "not a sentence"


def test_a_sentence_without_a_number_or_an_end_or_one_too_long_is_none() -> None:
    assert fault("Lenin yazdı.", numbers=()) == "no citation"
    assert fault("Lenin yaz", is_whole=False) == "not a sentence"
    assert fault("Lenin " * 61) == "not a sentence"
    # Beyond 4300 digits a number cannot be read.
    assert fault("9" * 5000) == "not a sentence"


def test_the_language_of_short_sentences_is_not_asked() -> None:
    def detect(_: str) -> str:
        return "en"

    short, long = (Sentence("Lenin yazdı" + " ve" * n, (1,)) for n in (2, 3))
    assert form_fault(short, "tr", [], detect) is None
    assert form_fault(long, "tr", [], detect) == "another language"


@pytest.mark.parametrize(
    "text",
    [
        "Özalp, 1971: 74.",
        "Moskova, Kars (Gürün, 1991: 12).",
        "Gromıko bu ziyareti şu şekilde açıklamaktadır:",
        "Kaynak, Lenin’in mektubudur.",
        "Soruda sorulan mektup budur.",
    ],
)
def test_a_reference_an_announcement_and_talk_about_the_sources_are_no_sentences(text: str) -> None:
    assert fault(text) == "not a sentence"


def test_a_short_sentence_is_one_and_sources_of_history_may_be_named() -> None:
    assert fault("Savaş bitti.") is None
    assert fault("Petrol kaynakları önemliydi.", "Petrol kaynakları önemliydi.") is None
