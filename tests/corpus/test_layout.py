from __future__ import annotations

import tomllib
from collections import Counter

import pytest

from corpus import PACKAGED
from corpus.errors import CorpusError
from corpus.layout import lay_out
from corpus.outline import Outline, Region, read_outline

ARTICLES = ("000", "001", "002", "003", "004")
# Pages as STRUCTURE.md counts them: the traces of page breaks, and the first page.
PAGES = {"000": 11, "001": 17, "002": 14, "003": 30, "004": 11}


def owners(article):
    """How often each raw character is held, by pieces of blocks and by residue."""
    held = [0] * len(article.raw)
    for block in article.blocks:
        for piece in block.pieces:
            for at in range(piece.start, piece.end):
                held[at] += 1
    for gap in article.residue:
        for at in range(gap.start, gap.end):
            held[at] += 1
    return held


@pytest.mark.parametrize("name", ARTICLES)
def test_every_raw_character_belongs_to_exactly_one_block_or_residue(by_id, name):
    article = by_id[name]
    held = owners(article)
    lost_or_doubled = [(article.line(at), article.raw[at]) for at, count in enumerate(held) if count != 1]
    assert lost_or_doubled == []


@pytest.mark.parametrize("name", ARTICLES)
def test_empty_lines_are_white_space_alone(by_id, name):
    article = by_id[name]
    empty = [article.raw[gap.start : gap.end] for gap in article.residue if gap.reason == "empty lines"]
    assert empty
    assert [text for text in empty if text.strip()] == []


def test_residue_with_words_is_what_structure_names(by_id):
    found = {
        (name, text)
        for name, article in by_id.items()
        for gap in article.residue
        if (text := article.raw[gap.start : gap.end].strip())
    }
    assert found == {
        ("001", "I"),
        ("001", "/"),
        ("001", ". /"),
        ("001", "t"),
        ("002", "Celal Bayar Üniversitesi"),
        ("002", "149"),
        ("003", "Adil AYAZ*"),
        ("003", "Makalenin türü: Araştırma makalesi"),
        ("003", "Article Type: Research article"),
        ("003", "JEL Codes: D83, H56, N40, N94, N95"),
    }


@pytest.mark.parametrize("name", ARTICLES)
def test_residue_gives_a_reason(by_id, name):
    assert [gap for gap in by_id[name].residue if not gap.reason] == []


@pytest.mark.parametrize("name", ARTICLES)
def test_pages_are_the_outlines(by_id, name):
    article = by_id[name]
    outline = tomllib.loads((PACKAGED / "outlines" / f"{name}.toml").read_text(encoding="utf-8"))
    assert [article.line(start) for start in article.pages] == outline["first_lines_of_pages"]
    assert len(article.pages) == PAGES[name]
    assert article.page(0) == 1
    assert article.page(len(article.raw) - 1) == PAGES[name]


def test_a_page_begins_where_the_file_leaves_its_single_space(by_id):
    """000 has no other such lines; in the others some notes and paragraphs begin with a space too."""
    article = by_id["000"]
    spaced = [n for n, line in enumerate(article.raw.split("\n"), 1) if line[:1] == " " and line.strip()]
    assert [article.line(start) for start in article.pages] == spaced


@pytest.mark.parametrize("name", ARTICLES)
def test_a_line_and_its_first_character_know_each_other(by_id, name):
    article = by_id[name]
    for number in range(1, article.raw.count("\n") + 1):
        assert article.line(article.line_start(number)) == number
    assert article.line_start(10**6) == len(article.raw)


@pytest.mark.parametrize(
    ("name", "headings"),
    [
        (
            "000",
            [
                "Abstract",
                "GİRİŞ",
                "1. BİRİNCİ DÜNYA SAVAŞINDA TÜRKİYE VE RUSYA",
                "2. MİLLİ MÜCADELE DÖNEMİNDE TÜRKİYE VE RUSYA",
                "SONUÇ",
            ],
        ),
        (
            "001",
            [
                "GİRİŞ",
                "I. Türk-Sovyet İlişkilerinin Başlaması ve Gelişimi",
                "I.A. Türkiye Büyük Millet Meclisi'nin Açılışı ve Sovyet Rusya'ya Yaklaşması",
                "I.B. T.B.M.M. Tarafından Bir Türk Heyeti'nin Moskova'ya Gönderilmesine Karar Verilmesi",
                "I.B.a. T.B.M.M. Başkanı M.Kemal Atatürk'ün Müzakere İçin Moskova'ya Gönderilecek Heyetle "
                "İlgili Maliye Vekâletinden Talebi",
                "I.B.b. Türk Heyeti Moskova Yolunda",
                "II. T.B.M.M.'nin 26 Nisan 1920 Tarihli Talebine Karşılık, Rusya Hariciye Komiseri "
                "Çiçerin'in Cevabi Yazısı",
                "II.A. T.B.M.M. Başkanlığı Tarafından Sovyet Rusya Hariciye Komiseri Çiçerin'e gönderilen "
                "20 Haziran 1920 Tarihli Yanıt.",
                "II.A.a. Sovyet Rusya'ya Gönderilen Yanıtla İlgili Olarak Kazım Karabekir Paşa'ya Bilgi "
                "Verilmesi",
                "II.B. Ankara'da Kafkasya Sorunuyla İlgili Tereddütlerin Ortaya Çıkışı",
                "SONUÇ",
            ],
        ),
        (
            "002",
            [
                "ÖZ",
                "ABSTRACT",
                "I. Brest-Litovsk Andlaşması Sonrasında Türk-Sovyet İlişkileri",
                "II. Komünizmin Propagandası",
                "III. Türk-Sovyet Yakınlaşmasının Sebepleri ve Ermenistan Faktörü",
                "IV. 16 Mart 1921 Moskova Andlaşması",
                "SONUÇ",
            ],
        ),
        (
            "003",
            [
                "Öz",
                "Abstract",
                "GİRİŞ",
                "I. Dünya Savaşı’nın Başlangıcından Mondros Mütarekesi’ne Kadar Türk-Sovyet İlişkileri "
                "(1914-1918)",
                "İki Savaş Arası Dönemde (1918-1939) Türk-Sovyet İlişkileri",
                "Kararsızlık Dönemi (1918-1923)",
                "İşbirliği ve Karşılıklı Güven Dönemi (1923-1936)",
                "Geçici İşbirliğinden Kopuş Dönemi (1936-1939)",
                "SONUÇ",
                "EXTENDED SUMMARY",
                "Introduction",
                "Turkish-Russian Relations during World War I (1914-1918)",
                "Period of Indecision in Turkish-Soviet Relations (1918-1923)",
                "Period of Cooperation and Mutual Trust (1923-1936)",
                "Break of Transitory Cooperation (1936-1939)",
                "Conclusion",
            ],
        ),
        ("004", ["Özet", "Abstract", "Giriş", "Kafkas Seddi Meselesi", "Sonuç"]),
    ],
)
def test_headings_are_those_of_the_article(by_id, name, headings):
    assert [block.text for block in by_id[name].blocks if block.kind == "heading"] == headings


@pytest.mark.parametrize("name", ARTICLES)
def test_each_block_stands_in_the_section_of_the_heading_before_it(by_id, name):
    section = ""
    for block in by_id[name].blocks:
        if block.kind == "heading":
            section = block.text
        assert block.section == section


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("000", {"title": 1, "abstract": 2, "keywords": 2, "footnote": 22, "heading": 5}),
        ("001", {"list item": 10, "footnote": 41, "heading": 11}),
        ("002", {"title": 1, "keywords": 2, "list item": 3, "footnote": 5, "heading": 7}),
        ("003", {"title": 3, "keywords": 1, "list item": 10, "quotation": 1, "footnote": 11, "heading": 16}),
        ("004", {"title": 1, "abstract": 2, "quotation": 2, "footnote": 24, "heading": 5}),
    ],
)
def test_kinds_are_counted_as_structure_counts_them(by_id, name, kinds):
    counted = Counter(block.kind for block in by_id[name].blocks)
    assert {kind: counted[kind] for kind in kinds} == kinds


def test_the_english_summary_is_english_and_a_kind_of_its_own(by_id):
    summary = [block for block in by_id["003"].blocks if block.kind == "summary"]
    assert {block.language for block in summary} == {"en"}
    assert summary[0].text.startswith("The historical course of Turkish-Russian relations")


@pytest.mark.parametrize(
    ("name", "line", "beginning"),
    [
        ("000", 61, "1768 Osmanlı-Rus Savaşı"),
        ("000", 68, "1783 yılında"),
        ("000", 291, "4 Haziran 1918'de Türkiye"),
        ("000", 453, "16 Mart 1920 tarihinde"),
        ("001", 182, "23 Nisan 1920'de Türkiye"),
        ("001", 567, "20 Haziran 1920 tarihinde"),
        ("001", 664, "3 Aralık 1920 tarihli"),
        ("002", 127, "13 Eylül 1919 yılında"),
        ("002", 198, "27-28 Nisan 1920’de"),
        ("002", 264, "2 Aralık 1920 yılında"),
        ("002", 299, "26 Şubat 1921"),
        ("002", 402, "13 Ekim 1921"),
        ("002", 518, "2 Ocak 1922"),
    ],
)
def test_a_paragraph_that_begins_with_a_number_is_no_footnote(by_id, name, line, beginning):
    article = by_id[name]
    start = article.line_start(line)
    block = next(b for b in article.blocks if any(s <= start < e for s, e in b.spans))
    assert block.kind == "paragraph"
    assert block.text.startswith(beginning)


def test_an_outline_that_joins_lines_of_no_block_is_refused():
    outline = Outline(joins=((1, 3),))
    with pytest.raises(CorpusError, match=r"x\.toml: no blocks end at line 1 and begin at line 3"):
        lay_out("Bir.\nİki.\n", outline, "x.toml")


def test_a_region_whose_end_is_not_on_its_line_is_refused():
    outline = Outline(regions=(Region("quotation", 1, 1, until="yok"),))
    with pytest.raises(CorpusError, match=r"x\.toml: line 1 does not hold 'yok'"):
        lay_out("Bir.\nİki.\n", outline, "x.toml")


def test_an_article_without_an_outline_is_paragraphs_parted_by_empty_lines(tmp_path):
    raw = "Birinci satır\nikinci satır.\n\nYeni paragraf.\n"
    layout = lay_out(raw, read_outline(tmp_path / "none.toml"), "none.toml")
    assert [raw[s:e] for draft in layout.drafts for s, e in draft.spans] == [
        "Birinci satır\nikinci satır.\n",
        "Yeni paragraf.\n",
    ]
