from __future__ import annotations

import ast
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.text import capital, cut_suffix, fold, lower, nfc, skeleton, to_ascii, words

ROOT = Path(__file__).parents[2]
PACKAGES = ("corpus", "index", "app", "eval")
CASE_METHODS = ("lower", "upper", "casefold")

# Turkish letters, circumflexes, apostrophes, combining marks, a sharp s, ligatures, astral letters.
_HARD = "İIıiŞşĞğÇçÖöÜüÂâÎîÛû'’‘ʼ\u0307\u0302\u0327\u0301ßŉǰﬁΐẞ\U00010400\U0001d400\U0001f600"
hard_text = st.text(alphabet=st.one_of(st.sampled_from(_HARD), st.characters(codec="utf-8")))
languages = st.sampled_from(["tr", "en"])


@given(hard_text, languages)
def test_lowering_and_folding_keep_the_length(text, language):
    assert len(lower(text, language)) == len(text)
    assert len(fold(text, language)) == len(text)
    assert len(skeleton(text)) == len(text)
    assert len(to_ascii(text)) == len(text)


def test_every_single_character_folds_to_a_single_character_and_folds_once():
    for code in range(sys.maxunicode + 1):
        if 0xD800 <= code < 0xE000:
            continue
        char = chr(code)
        folded = fold(char, "tr")
        assert len(folded) == 1, hex(code)
        assert fold(folded, "tr") == folded, hex(code)


@given(hard_text, hard_text, languages)
def test_folding_is_character_by_character(one, other, language):
    assert fold(one + other, language) == fold(one, language) + fold(other, language)


@given(hard_text)
def test_the_two_languages_differ_in_the_capital_i_alone(text):
    differing = {
        char for char, tr, en in zip(text, lower(text, "tr"), lower(text, "en"), strict=True) if tr != en
    }
    assert differing <= {"I"}


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("İSTANBUL", "tr", "istanbul"),
        ("IŞIK", "tr", "ışık"),
        ("İIıi", "tr", "iııi"),
        ("İIıi", "en", "iiıi"),
        ("INDIA", "en", "india"),
        ("İSTANBUL", "en", "istanbul"),
        ("ÇĞÖŞÜ", "tr", "çğöşü"),
        ("ÂÎÛ", "tr", "âîû"),
        ("ÂÎÛ", "en", "âîû"),
    ],
)
def test_case_is_lowered_by_the_rules_of_the_language(text, language, expected):
    assert lower(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Kâzım", "tr", "kazım"),
        ("KÂZIM", "tr", "kazım"),
        ("siyasî", "tr", "siyasi"),
        ("Bakû", "tr", "baku"),
        ("ÎTİLÂF", "tr", "itilaf"),
        ("Bakû", "en", "baku"),
        ("Türk’ün", "tr", "türk'ün"),
        ("çığöşü", "tr", "çığöşü"),
        ("İIıi", "tr", "iııi"),
        ("İIıi", "en", "iiıi"),
        ("café", "en", "cafe"),
    ],
)
def test_folding_drops_circumflexes_and_keeps_turkish_letters(text, language, expected):
    assert fold(text, language) == expected


@pytest.mark.parametrize("text", ["İSTANBUL", "Istanbul", "istanbul", "ISTANBUL", "ıstanbul"])
def test_all_spellings_of_a_word_meet_in_its_skeleton(text):
    assert skeleton(text) == "istanbul"


def test_the_skeleton_has_no_diacritics():
    assert skeleton("Çığ Öğüt Şûra Kâzım") == "cig ogut sura kazim"


def test_plain_letters_for_typing_without_diacritics():
    assert to_ascii("çığ öğüt") == "cig ogut"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Moskova'da", "Moskova"),
        ("Moskova’da", "Moskova"),
        ("1921'de", "1921"),
        ("T.B.M.M.'nin", "T.B.M.M."),
        ("Moskova", "Moskova"),
        ("'da", "'da"),
        ("", ""),
    ],
)
def test_a_suffix_is_cut_at_its_apostrophe(word, expected):
    assert cut_suffix(word) == expected


@given(hard_text)
def test_a_cut_word_is_a_beginning_of_the_word_and_cuts_no_further(word):
    cut = cut_suffix(word)
    assert word.startswith(cut)
    assert bool(cut) == bool(word)
    assert cut_suffix(cut) == cut


def test_words_keep_their_apostrophe_and_their_place():
    text = "Türkiye'nin 16 Mart’ta (Moskova)"
    assert [text[start:end] for start, end in words(text)] == ["Türkiye'nin", "16", "Mart’ta", "Moskova"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("istanbul", "tr", "İstanbul"),
        ("istanbul", "en", "Istanbul"),
        ("ılgaz", "tr", "Ilgaz"),
        ("çiçerin", "tr", "Çiçerin"),
        ("Lenin", "tr", "Lenin"),
        ("", "tr", ""),
    ],
)
def test_a_first_letter_gets_the_capital_of_the_language(text, language, expected):
    assert capital(text, language) == expected


def test_nfc_composes_and_drops_the_dot_that_foreign_lowering_leaves():
    foreign = "İSTANBUL".lower()  # Python's own lowering: i, U+0307 and the rest
    assert len(foreign) == len("İSTANBUL") + 1
    assert nfc(foreign) == "istanbul"
    assert nfc("Ka\u0302zım Ş u\u0308") == "Kâzım Ş ü"


@given(hard_text)
@example("i\u0307\u0307")
@example("i\u0307\u0302")
def test_nfc_leaves_no_text_that_composes_further_and_no_dotted_i(text):
    assert "i\u0307" not in nfc(text)
    assert unicodedata.normalize("NFC", nfc(text)) == nfc(text)


@pytest.mark.parametrize("package", PACKAGES)
def test_case_is_changed_in_corpus_text_alone(package):
    """``s.lower()`` and ``str.lower`` are wrong for Turkish; ``text.lower(s, "tr")`` is ours."""
    found = []
    for path in sorted((ROOT / package).rglob("*.py")):
        if path == ROOT / "corpus" / "text.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        with_language = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args}
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in CASE_METHODS
            and (id(node) not in with_language or _is_str(node.value))
        ]
    assert found == []


def _is_str(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "str"
