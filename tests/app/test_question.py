"""The question as a text: cleaned, in a language, of a type."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.question import LanguageDetector, Question, clean, is_askable, type_of
from corpus.errors import QuestionError
from corpus.reading import read_corpus

# Cleaning


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\u00a0\u2003"])
def test_an_empty_or_blank_question_is_refused(text):
    with pytest.raises(QuestionError, match="empty"):
        clean(text)


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x08", "\x1b", "\x7f", "\x9f"])
def test_control_characters_are_refused(char):
    with pytest.raises(QuestionError, match="control characters"):
        clean(f"Kars{char} Antlaşması")


@pytest.mark.parametrize("half", ["\ud83d", "\udc00"])
def test_half_of_a_surrogate_pair_is_refused(half):
    with pytest.raises(QuestionError, match="surrogate"):
        clean(f"Kars {half} Antlaşması")


def test_line_ends_tabs_and_repeated_spaces_become_one_space():
    assert clean("  Kars\r\nAntlaşması\t ne \u00a0zaman?\n") == "Kars Antlaşması ne zaman?"


def test_decomposed_letters_are_composed():
    text = "Çiçerin'in İstanbul'a yazdığı"
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    assert clean(decomposed) == text


def test_the_dot_that_foreign_lower_casing_leaves_is_removed():
    assert clean("İstanbul".lower()) == "istanbul"  # in Python "İ".lower() is i and U+0307
    assert len("İ".lower()) == 2


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "Kars & 'Gümrü' \"?\"", "😀 Lenin", "{chat.empty}", "%s \\n"]
)
def test_what_a_keyboard_types_stays_as_it_is(text):
    assert clean(text) == text


@given(st.text(max_size=80))
def test_cleaning_gives_one_line_that_is_clean_already_or_refuses(text):
    try:
        line = clean(text)
    except QuestionError:
        return
    assert line
    assert clean(line) == line
    assert line.splitlines() == [line]
    assert line == line.strip()
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in line)


@pytest.mark.parametrize(
    ("text", "askable"),
    [("??", False), ("?", False), ("…", False), ("a", False), ("😀", False), ("Ne", True), ("1921", True)],
)
def test_a_question_has_at_least_two_letters_or_digits(text, askable):
    assert is_askable(text) is askable


# Language


@pytest.fixture(scope="module")
def detector():
    return LanguageDetector(read_corpus())


TURKISH = [
    "Moskova Antlaşması ne zaman imzalandı?",
    "moskova antlasmasi ne zaman imzalandi",
    "MOSKOVA ANTLAŞMASI NE ZAMAN İMZALANDI?",
    "Çiçerin kimdir?",
    "cicerin kimdir",
    "Boğazlar sorunu",
    "bogazlar sorunu",
    "Sovyet yardımının miktarı",
    "1921 sovyet yardimi miktari",
    "Gümrü'de kim imza attı?",
    "turk rus iliskileri",
    "karabekir pasanin telgrafi",
    "kimler katildi",
    "İngiltere'nin tutumu",
    "Ankara hükümeti",
    "Lloyd George Avam Kamarası'nda ne dedi?",
    "Neden?",
]
ENGLISH = [
    "When was the Treaty of Kars signed?",
    "when was the treaty of kars signed",
    "WHEN WAS THE TREATY OF KARS SIGNED?",
    "Who was Kâzım Karabekir?",
    "What did Çiçerin write to Mustafa Kemal Paşa?",
    "How did İsmet İnönü's visit to Moscow go?",
    "Why did the Boğazlar question matter?",
    "Which cities did the Gümrü peace return?",
    "Turkish-Soviet relations",
    "soviet aid gold roubles",
    "treaty of friendship",
    "Explain the National Pact",
    "Describe photosynthesis.",
    "compare inflation rates",
    "independence war",
    "Why?",
]


@pytest.mark.parametrize("question", TURKISH)
def test_turkish_is_told_from_english(detector, question):
    assert detector.detect(question) == "tr"


@pytest.mark.parametrize("question", ENGLISH)
def test_english_is_told_from_turkish(detector, question):
    assert detector.detect(question) == "en"


@pytest.mark.parametrize("text", ["Lenin", "1921", "zxqwv", "…"])
def test_what_could_be_either_is_taken_for_turkish(detector, text):
    assert detector.detect(text) == "tr"


def test_where_no_function_word_tells_the_words_of_the_articles_do(detector):
    key_words = "frontier isolation 1921"
    assert detector.detect(key_words) == "en"
    assert LanguageDetector([]).detect(key_words) == "tr"


# Type


TYPES = {
    "date": [
        "Moskova Antlaşması ne zaman imzalandı?",
        "kars antlasmasi hangi tarihte imzalandi",
        "Antlaşma hangi gün imzalandı?",
        "Elviye-i Selase plebisit tarihi",
        "When was the Treaty of Kars signed?",
        "On what date did Turkey accede to the Kellogg Pact?",
    ],
    "number": [
        "Yolculuk kaç gün sürdü?",
        "1921'de Sovyetler ne kadar altın verdi?",
        "How many rifles were sent?",
        "How much gold did Lenin promise?",
    ],
    "person": [
        "Antlaşmayı kim imzaladı?",
        "MOSKOVA HEYETİNDE KİMLER VARDI?",
        "Hangi komutan Kars'ı aldı?",
        "Who signed the Treaty of Moscow for Turkey?",
        "Who was the head of the delegation?",
    ],
    "biography": ["Frunze kimdir?", "Who was Frunze?"],
    "place": [
        "Bekir Sami Bey hangi limana geçti?",
        "Heyet nereye gitti?",
        "Where was the treaty signed?",
    ],
    "reason": [
        "Moskova niçin tedirgin oldu?",
        "Ankara'nın kaygısının sebebi neydi?",
        "Why did Moscow grow anxious?",
    ],
    "list": [
        "Antlaşmanın maddeleri nelerdir?",
        "What were the terms of the armistice?",
        "Name the three goals of the foreign policy.",
    ],
    "definition": [
        "Misak-ı Milli nedir?",
        "Kafkas Seddi ne demek?",
        "What does the term “Misak-ı Milli” mean?",
    ],
    "comparison": ["İki kaynak arasındaki fark nedir?", "How do the two accounts differ?"],
    "quotation": ["Lenin kapalı oturumda ne dedi?", "What did Chicherin write to Mustafa Kemal?"],
    "other": ["Frunze Ankara'ya nasıl gitti?", "Boğazlar sorunu", "Tell me about the Straits."],
}


@pytest.mark.parametrize(
    ("kind", "question"), [(kind, question) for kind, questions in TYPES.items() for question in questions]
)
def test_what_a_question_asks_for(kind, question):
    assert type_of(question) == kind


def test_a_question_without_diacritics_asks_for_the_same():
    typed = str.maketrans("çğıöşüâÇĞİÖŞÜ", "cgiosuaCGIOSU")
    for questions in TYPES.values():
        for question in questions:
            assert type_of(question.translate(typed)) == type_of(question)


def test_lists_comparisons_and_reasons_are_broad():
    broad = {kind for kind in TYPES if Question("?", "tr", kind).is_broad}  # type: ignore[arg-type]
    assert broad == {"list", "comparison", "reason"}
