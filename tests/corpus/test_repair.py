from __future__ import annotations

import itertools
import random
import tomllib

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from corpus import PACKAGED, Block
from corpus.errors import CorpusError
from corpus.repair import Repair, find_marks, mend, read_repairs

ARTICLES = ("000", "001", "002", "003", "004")
REPAIRS = tomllib.loads((PACKAGED / "repairs.toml").read_text(encoding="utf-8"))["repair"]
# What the rules make of a reviewed repair afterwards: a mark goes, a line-end hyphen joins its word.
SHOWN = {
    ("000", "seçilmiştir6 •"): "seçilmiştir.",
    ("000", "olniuştur10 •"): "olmuştur.",
    ("000", "ıo Doğu"): "Doğu",
    ("000", "11Mondros"): "Mondros",
    ("000", "210-252) 19"): "210-252)",
    ("001", "Brest- Li-"): "Brest-Li",
    ("001", ". Atatürk'ün"): "Atatürk'ün",
    ("001", "Nife-"): "Nite",
    ("001", "Ban-"): "Barı",
}


def remade(raw: str, block: Block, start: int, end: int) -> str:
    """The repaired text of ``raw_spans(start, end)``, made again from the raw text and the repairs."""
    text = ""
    for low, high in block.raw_spans(start, end):
        for piece in block.pieces:
            if piece.kind and low <= piece.start and piece.end <= high:
                text += piece.text
            elif not piece.kind:
                text += raw[max(low, piece.start) : min(high, piece.end)]
    return text


def assert_maps_back(raw: str, block: Block, start: int, end: int) -> None:
    spans = block.raw_spans(start, end)
    assert spans
    for low, high in spans:
        assert low < high
        assert any(a <= low and high <= b for a, b in block.spans)
    assert block.text[start:end] in remade(raw, block, start, end)
    inside = [
        piece for piece in block.pieces if any(low < piece.end and piece.start < high for low, high in spans)
    ]
    if not any(piece.kind for piece in inside):
        assert "".join(raw[low:high] for low, high in spans) == block.text[start:end]


@pytest.mark.parametrize("name", ARTICLES)
def test_every_sentence_maps_back_to_its_raw_spans(by_id, name):
    article = by_id[name]
    for sentence in article.sentences:
        assert_maps_back(article.raw, article.block_by_id[sentence.block], sentence.start, sentence.end)


@pytest.mark.parametrize("name", ARTICLES)
def test_random_ranges_of_every_block_map_back(by_id, name):
    article = by_id[name]
    chance = random.Random(1921)
    for block in article.blocks:
        for _ in range(12):
            start, end = sorted(chance.sample(range(len(block.text) + 1), 2))
            assert_maps_back(article.raw, block, start, end)


@pytest.mark.parametrize("name", ARTICLES)
def test_a_whole_block_maps_back_to_its_spans_but_for_what_was_cut_at_its_begin(by_id, name):
    article = by_id[name]
    for block in article.blocks:
        spans = block.raw_spans(0, len(block.text))
        cut = next(i for i, piece in enumerate(block.pieces) if piece.text)
        last = max(i for i, piece in enumerate(block.pieces) if piece.text)
        held = {at for low, high in spans for at in range(low, high)}
        assert held >= {at for piece in block.pieces[cut : last + 1] for at in range(piece.start, piece.end)}


@pytest.mark.parametrize("name", ARTICLES)
def test_an_empty_range_has_no_raw_spans(by_id, name):
    block = by_id[name].blocks[-1]
    assert block.raw_spans(3, 3) == ()


def test_two_sentences_share_raw_characters_only_where_one_repair_spans_their_border(by_id):
    """A repaired run counts as a whole: 'olniuştur10 • 30•' and '• Kongrede' hold a sentence's end."""
    shared = set()
    for article in by_id.values():
        spans = sorted(span for sentence in article.sentences for span in sentence.spans)
        for (_, end), (start, _) in itertools.pairwise(spans):
            if start < end:
                shared.add((article.id, article.line(start)))
    assert shared <= {("000", 250), ("000", 380)}


letters = "aeıiouükmnrstdlşğçAİIB"
word = st.text(alphabet=letters, min_size=1, max_size=7)


@st.composite
def damaged(draw):
    """Raw text of two blocks' halves with a page foot between, its marks, and reviewed repairs."""
    raw, spans, marks, repairs = "", [], [], []
    for half in range(2):
        raw += draw(st.sampled_from(["", "\n", " ", "• ", "12 ", "- ", "\n· "]))
        begin = len(raw)
        for _ in range(draw(st.integers(1, 8))):
            at = len(raw)
            raw += draw(word)
            if draw(st.integers(0, 5)) == 0:
                shown = draw(st.text(alphabet=letters, max_size=5))
                repairs.append(Repair(at, len(raw), shown, "ocr"))
            if draw(st.integers(0, 5)) == 0:
                note = str(len(marks) + 1)
                marks.append((note, (len(raw), len(raw) + len(note))))
                raw += note
            raw += draw(
                st.sampled_from(
                    [" ", "  ", "\n", " \n", "-\n", "- \n\n", "\n\n", ". ", " .\n", " ,", "' ", " '", "-"]
                )
            )
        spans.append((begin, len(raw)))
        if half == 0:
            raw += "note at the page's foot\n"
    return raw, spans, marks, tuple(repairs)


options = st.fixed_dictionaries(
    {name: st.booleans() for name in ("is_note", "is_item", "soft_hyphens", "ocr")}
)
PLAIN = {"is_note": False, "is_item": False, "soft_hyphens": False, "ocr": False}


def block_of(raw, spans, marks, repairs, flags):
    pieces, placed = mend(raw, spans, repairs, marks=marks, **flags)
    return Block("b", "paragraph", "tr", "", 0, pieces, placed)


@given(damaged(), options)
# One raw character that a repair made two: both stand for it, and it is held once.
@example(("ab", [(0, 2)], [], (Repair(0, 1, "aa", "ocr"),)), PLAIN)
def test_pieces_of_mended_text_tile_its_raw_spans(case, flags):
    raw, spans, marks, repairs = case
    block = block_of(raw, spans, marks, repairs, flags)
    held = [at for piece in block.pieces for at in range(piece.start, piece.end)]
    assert held == [at for start, end in spans for at in range(start, end)]
    for piece in block.pieces:
        if not piece.kind:
            assert piece.text == raw[piece.start : piece.end]


@given(damaged(), options, st.data())
def test_every_range_of_mended_text_maps_back(case, flags, data):
    raw, spans, marks, repairs = case
    block = block_of(raw, spans, marks, repairs, flags)
    assume(len(block.text) > 1)
    start = data.draw(st.integers(0, len(block.text) - 1))
    end = data.draw(st.integers(start + 1, len(block.text)))
    assert_maps_back(raw, block, start, end)


@given(damaged(), options)
def test_mended_text_has_single_spaces_and_no_line_break(case, flags):
    block = block_of(*case, flags)
    assert "\n" not in block.text
    assert "  " not in block.text
    assert block.text == block.text.strip()


@given(damaged())
def test_mending_loses_no_letter(case):
    raw, spans, marks, _ = case
    block = block_of(raw, spans, marks, (), PLAIN)
    letters_of = "".join(c for start, end in spans for c in raw[start:end] if c.isalpha())
    assert "".join(c for c in block.text if c.isalpha()) == letters_of


@given(damaged())
def test_marks_stand_behind_the_letter_that_bore_them(case):
    raw, spans, marks, _ = case
    block = block_of(raw, spans, marks, (), PLAIN)
    assert [mark.note for mark in block.marks] == [note for note, _ in marks]
    for mark, (_, (start, _)) in zip(block.marks, marks, strict=True):
        before = sum(raw[at].isalpha() for s, e in spans for at in range(s, min(e, start)))
        assert sum(c.isalpha() for c in block.text[: mark.at]) == before
        assert block.text[mark.at - 1] == raw[start - 1]


def mended(raw, **flags):
    return block_of(raw, [(0, len(raw))], [], (), PLAIN | flags)


@pytest.mark.parametrize(
    ("raw", "flags", "text"),
    [
        ("İmpa-\nratorluğu'nun", {"soft_hyphens": True}, "İmparatorluğu'nun"),
        ("Kuzey-\nDoğu", {"soft_hyphens": True}, "Kuzey-Doğu"),
        ("Brest-\nLitovsk", {}, "Brest-Litovsk"),
        ("s. 1080-\n\n1081", {}, "s. 1080-1081"),
        ("s. 1080-\n\n1081", {"soft_hyphens": True}, "s. 1080-1081"),
        ("Türk-\n\nSovyet", {}, "Türk-Sovyet"),
        ("iki  kez", {}, "iki kez"),
        ("bitti .", {}, "bitti."),
        ("Türkiye' de", {"ocr": True}, "Türkiye'de"),
        ("Batum 'da", {"ocr": True}, "Batum'da"),
        ("Türkiye' de", {}, "Türkiye' de"),
        ("dedi 'evet' ve", {"ocr": True}, "dedi 'evet' ve"),
        ("• Söz", {"ocr": True}, "Söz"),
        ("Birinci \n\n· Dünya", {"ocr": True}, "Birinci Dünya"),
        ("12 Nota", {"is_note": True}, "Nota"),
        ("12. Nota", {"is_note": True}, "Nota"),
        ("1920 yılında", {"is_note": True}, "1920 yılında"),
        ("- Madde", {"is_item": True}, "Madde"),
    ],
)
def test_a_rule_mends_what_is_regular(raw, flags, text):
    assert mended(raw, **flags).text == text


def test_each_repair_names_its_kind():
    kinds = {piece.kind for piece in mended("İmpa-\nrator  bir\niki .", soft_hyphens=True).pieces}
    assert kinds == {"", "hyphen", "line", "space"}


def test_a_mark_torn_from_its_full_stop_goes_with_the_lines_between():
    raw = "298-299)14\n\n.\n"
    block = block_of(raw, [(0, len(raw))], [("14", (8, 10))], (), PLAIN)
    assert block.text == "298-299)."
    assert [(mark.note, mark.at) for mark in block.marks] == [("14", 8)]


def test_a_mark_inside_a_repaired_run_keeps_its_place():
    raw = "felaket olniuştur10 • 30• Ekim"
    repair = Repair(8, 25, "olmuştur10. 30", "ocr")
    block = block_of(raw, [(0, len(raw))], [("10", (17, 19))], (repair,), PLAIN)
    assert block.text == "felaket olmuştur. 30 Ekim"
    assert block.text[: block.marks[0].at] == "felaket olmuştur"


def found_marks(raw, notes):
    return [(note, raw[:start]) for note, (start, _) in find_marks(raw, [((0, len(raw)), 1)], notes)]


def test_a_mark_is_found_glued_to_a_word_and_not_in_a_year_or_a_date():
    raw = "1 Mart 1921'de geldi. Sonra 11 kişi gitti1. Ve 2'si kaldı2 orada."
    assert found_marks(raw, [("1", 1), ("2", 1)]) == [
        ("1", "1 Mart 1921'de geldi. Sonra 11 kişi gitti"),
        ("2", "1 Mart 1921'de geldi. Sonra 11 kişi gitti1. Ve 2'si kaldı"),
    ]


def test_a_mark_is_looked_for_behind_the_mark_before_it():
    assert found_marks("iki2 bir1 iki2", [("1", 1), ("2", 1)]) == [("1", "iki2 bir"), ("2", "iki2 bir1 iki")]


def test_a_mark_is_looked_for_on_its_notes_page_alone():
    assert find_marks("bir1 iki", [((0, 8), 2)], [("1", 1)]) == []


@pytest.mark.parametrize("entry", REPAIRS, ids=lambda e: f"{e['article']}-{e['line']}-{e['raw']}")
def test_a_reviewed_repair_is_visible_in_its_block(by_id, entry):
    article = by_id[entry["article"]]
    start = article.raw.index(entry["raw"], article.line_start(entry["line"]))
    end = start + len(entry["raw"])
    block = next(b for b in article.blocks if any(low <= start < high for low, high in b.spans))
    pieces = [piece for piece in block.pieces if piece.start < end and piece.end > start]
    shown = "".join(piece.text for piece in pieces)
    assert shown == SHOWN.get((entry["article"], entry["raw"]), entry["repaired"])
    assert shown in block.text
    assert pieces[0].kind == entry["kind"]


def test_a_reviewed_repair_changes_something_and_is_given_once():
    assert [entry for entry in REPAIRS if entry["raw"] == entry["repaired"]] == []
    places = [(entry["article"], entry["line"], entry["raw"]) for entry in REPAIRS]
    assert len(places) == len(set(places))


def test_every_reviewed_repair_is_of_an_article_of_the_catalogue(by_id):
    assert {entry["article"] for entry in REPAIRS} <= set(by_id)


TABLE = '[[repair]]\narticle = "x"\nline = {line}\nraw = "{raw}"\nrepaired = "doğru"\nkind = "ocr"\n'


@pytest.mark.parametrize(("line", "wrong"), [(1, "yalnış"), (2, "iki"), (99, "yanlıs"), (0, "yanlıs")])
def test_a_repair_that_does_not_stand_once_on_its_line_is_refused_with_the_line(tmp_path, line, wrong):
    path = tmp_path / "repairs.toml"
    path.write_text(TABLE.format(line=line, raw=wrong), encoding="utf-8")
    with pytest.raises(CorpusError, match=rf"^repairs\.toml: '{wrong}' .* on line {line} of x$"):
        read_repairs(path, "x", "bir yanlıs söz\niki iki\n")


def test_a_repair_that_stands_once_on_its_line_is_taken(tmp_path):
    path = tmp_path / "repairs.toml"
    path.write_text(TABLE.format(line=1, raw="yanlıs"), encoding="utf-8")
    assert read_repairs(path, "x", "bir yanlıs söz\n") == (Repair(4, 10, "doğru", "ocr"),)
    assert read_repairs(path, "y", "bir yanlıs söz\n") == ()


def test_a_table_of_repairs_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "repairs.toml"
    path.write_text("[[repair", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"^repairs\.toml: not readable"):
        read_repairs(path, "x", "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("000", "22 Mart 1917'de başlayan görüşmeler"),
        ("000", "İttifak devletleri tarafından işgali"),
        ("000", "Evliye-i Selase"),
        ("000", "Hüseyin Ertürk"),
        ("000", "10 Ağustos 1920'de imzalanan Sevres"),
        ("001", "Chicherin'in"),
        ("002", "nüfusu 10,9 milyona düşmüştür"),
        ("002", "16 Ekim 1921 tarihinde imzalanan Moskova Andlaşması"),
        ("002", "20 Ağustos 1920’de İtilaf Devletleriyle yapılan Sevr Andlaşması"),
        ("002", "V.İ.Lenin ve K.Atatürk tarafından imzalanan"),
        ("002", "Pakistan Sovyet"),
        ("002", "57986 000 tüfek mermisi"),
        ("003", "1918 ile 1936 yılları arasındaki"),
        ("003", "2 Eylül 1920 tarihinde yayımlanan Kararname"),
        ("004", "1920’lerin sonunda"),
        ("004", "21 Eylül 1920’de gönderdiği"),
        ("004", "Yarasimos"),
    ],
)
def test_slips_of_fact_and_the_authors_spellings_stay(by_id, name, words):
    assert any(words in sentence.text for sentence in by_id[name].sentences)
