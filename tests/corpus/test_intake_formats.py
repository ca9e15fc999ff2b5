"""Every format that ``dipnot add`` reads gives the same article: blocks, notes, anchors, metadata."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.article import Article
from corpus.catalogue import read_catalogue
from corpus.intake import Added, Metadata, add
from corpus.intake.flow import Note, Part, set_out
from corpus.intake.lines import outline_of
from corpus.intake.written import outline_toml
from corpus.outline import read_outline
from corpus.reading import read_corpus
from tests import intakefiles as files

FILES = {
    "makale.html": files.HTML.encode(),
    "makale.md": files.MARKDOWN.encode(),
    "jats.xml": files.JATS.encode(),
    "tei.xml": files.TEI.encode(),
    "makale.docx": files.docx(),
    "makale.pdf": files.pdf(),
    "makale.txt": files.TEXT.encode(),
}
MARKED = [name for name in FILES if not name.endswith((".pdf", ".txt"))]


def taken(folder: Path, name: str, data: bytes, given: Metadata | None = None) -> Added:
    path = folder / name
    path.write_bytes(data)
    return add(folder / "corpus", path, given or Metadata())


def texts(article: Article, kind: str) -> list[str]:
    return [block.text for block in article.blocks if block.kind == kind]


@pytest.mark.parametrize("name", FILES)
def test_what_was_added_is_read_from_the_folder_as_it_was_reported(name: str, tmp_path: Path) -> None:
    added = taken(tmp_path, name, FILES[name])
    assert read_corpus(tmp_path / "corpus") == (added.article,)
    assert read_catalogue(tmp_path / "corpus") == (added.entry,)


@pytest.mark.parametrize("name", FILES)
def test_the_anchor_of_every_sentence_gives_its_words(name: str, tmp_path: Path) -> None:
    article = taken(tmp_path, name, FILES[name]).article
    for sentence in article.sentences:
        pieces = [piece for piece in article.block_by_id[sentence.block].pieces if piece.kind]
        raw = "".join(article.raw[start:end] for start, end in sentence.spans)
        removed = {piece.start: piece.end for piece in pieces if not piece.text}
        kept = [
            char
            for start, end in sentence.spans
            for at, char in enumerate(article.raw[start:end], start)
            if not any(low <= at < high for low, high in removed.items())
        ]
        assert " ".join("".join(kept).split()) == sentence.text, raw


@pytest.mark.parametrize("name", FILES)
def test_every_character_of_the_text_is_in_one_block_or_residue(name: str, tmp_path: Path) -> None:
    article = taken(tmp_path, name, FILES[name]).article
    spans = [span for block in article.blocks for span in block.spans]
    spans += [(gap.start, gap.end) for gap in article.residue]
    covered = sorted(spans)
    assert [start for start, _ in covered] == [0, *(end for _, end in covered[:-1])]
    assert covered[-1][1] == len(article.raw)


@pytest.mark.parametrize("name", MARKED)
def test_headings_quotations_lists_and_notes_are_what_the_markup_says(name: str, tmp_path: Path) -> None:
    added = taken(tmp_path, name, FILES[name])
    article = added.article
    assert texts(article, "heading")[-1] == "Sonuç"
    assert texts(article, "quotation") == [files.QUOTED]
    assert texts(article, "list item") == ["1. Birinci madde budur.", "2. İkincisi de şudur."]
    assert texts(article, "paragraph") == [f"{files.FIRST}. {files.SECOND}."]
    assert texts(article, "footnote") == [files.NOTE]
    called = {sentence.text: sentence.notes for sentence in article.sentences if sentence.notes}
    assert called == {f"{files.FIRST}.": ("1",)}
    assert (added.notes, added.called) == (1, 1)
    assert added.left_out == {"tables": 1}
    assert added.remarks == ()


@pytest.mark.parametrize("name", [*MARKED, "makale.pdf"])
def test_metadata_is_what_the_file_carries(name: str, tmp_path: Path) -> None:
    entry = taken(tmp_path, name, FILES[name]).entry
    assert (entry.title, entry.title_is_supplied, entry.authors) == (files.TITLE, False, ("Işıl Öz",))
    has_more = name.endswith((".html", ".md", ".xml"))
    assert (entry.year, entry.journal) == ((1999, "Sınır Dergisi") if has_more else (None, None))


def test_what_is_given_goes_before_what_the_file_says_and_a_given_title_is_in_brackets(
    tmp_path: Path,
) -> None:
    given = Metadata("Kars", ("Başka Biri",), 2001, "Öbür Dergi")
    entry = taken(tmp_path, "a.html", FILES["makale.html"], given).entry
    assert (entry.title, entry.title_is_supplied) == ("Kars", True)
    assert (entry.authors, entry.year, entry.journal) == (("Başka Biri",), 2001, "Öbür Dergi")
    assert 'title = "[Kars]"' in (tmp_path / "corpus" / "catalogue.toml").read_text(encoding="utf-8")


def test_a_first_heading_under_front_matter_with_another_title_is_a_heading(tmp_path: Path) -> None:
    text = "---\ntitle: Lozan'da Boğazlar\n---\n\n# Giriş\n\nKonferans açıldı.\n\n## Sonuç\n\nBitti.\n"
    article = taken(tmp_path, "lozan.md", text.encode()).article
    assert texts(article, "heading") == ["Giriş", "Sonuç"]
    assert texts(article, "title") == []


def test_a_text_that_names_no_title_gets_one_of_its_own_words_in_brackets(tmp_path: Path) -> None:
    added = taken(tmp_path, "makale.txt", FILES["makale.txt"])
    assert added.article.shown_title == "[KARS ANTLAŞMASI]"
    assert "  missing: title, authors, year, journal" in list(added.lines())
    assert (added.entry.original, (tmp_path / "corpus" / "articles" / "makale.txt").read_bytes()) == (
        None,
        FILES["makale.txt"],
    )


def test_an_abstract_in_another_language_is_in_that_language(tmp_path: Path) -> None:
    added = taken(tmp_path, "jats.xml", FILES["jats.xml"])
    languages = {block.kind: block.language for block in added.article.blocks}
    assert (languages["abstract"], languages["paragraph"]) == ("en", "tr")
    assert added.entry.languages == ("tr", "en")


def test_an_english_text_is_in_english(tmp_path: Path) -> None:
    text = b"The treaty was signed in the town of Kars. It was the second of that year.\n"
    added = taken(tmp_path, "kars.txt", text)
    assert [block.language for block in added.article.blocks] == ["en"]
    assert taken(tmp_path, "b.txt", text + b" ", Metadata(language="tr")).entry.languages == ("tr",)


def test_the_pages_of_a_pdf_are_pages_and_what_repeats_on_them_is_no_text(tmp_path: Path) -> None:
    article = taken(tmp_path, "makale.pdf", FILES["makale.pdf"]).article
    assert article.raw.count("\f") == 2
    assert [article.raw[start : start + 14].strip() for start in article.pages] == ["Sınır Dergisi"] * 3
    reasons = [gap.reason for gap in article.residue if gap.reason != "empty lines"]
    assert sorted(reasons) == ["page number"] * 3 + ["running head"] * 3
    assert texts(article, "footnote") == [files.NOTE]
    torn = next(each for each in article.sentences if each.text.startswith("Sınırın"))
    assert torn.text == f"{files.SECOND} ve bu karar iki tarafça da onaylandı."
    assert [article.page(start) for start, _ in torn.spans] == [1, 2]
    assert [each.notes for each in article.sentences if each.text == f"{files.FIRST}."] == [("1",)]


def test_words_hidden_in_a_word_file_are_not_taken_in(tmp_path: Path) -> None:
    article = taken(tmp_path, "makale.docx", FILES["makale.docx"]).article
    assert "gizli" not in article.raw


def test_pages_of_a_text_end_at_form_feeds(tmp_path: Path) -> None:
    article = taken(tmp_path, "a.txt", "Birinci sayfa budur.\n\fİkinci sayfa şudur.\n".encode()).article
    assert [article.page(each.spans[0][0]) for each in article.sentences] == [1, 2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1254"])
def test_turkish_is_read_in_each_of_its_encodings(encoding: str, tmp_path: Path) -> None:
    added = taken(tmp_path, "a.txt", files.TEXT.replace("\n", "\r\n").encode(encoding))
    assert added.article.raw == files.TEXT
    assert added.entry.original is not None
    assert any("Windows-1254" in remark for remark in added.remarks) == (encoding == "cp1254")


def test_text_that_was_read_in_a_wrong_encoding_once_is_reported(tmp_path: Path) -> None:
    broken = files.TEXT.encode().decode("cp1252", errors="replace")
    added = taken(tmp_path, "a.txt", broken.encode())
    assert any("wrong encoding" in remark for remark in added.remarks)
    assert not any("wrong encoding" in r for r in taken(tmp_path, "b.txt", files.TEXT.encode()).remarks)


def test_a_text_of_one_paragraph_a_line_has_these_paragraphs(tmp_path: Path) -> None:
    lines = [f"{files.FIRST}. {files.SECOND}. {word}." for word in ("Bu birinci", "Bu ikinci", "Bu üçüncü")]
    assert texts(taken(tmp_path, "a.txt", "\n".join(lines).encode()).article, "paragraph") == lines


def test_printed_lines_are_joined_and_lines_that_are_set_in_begin_a_paragraph(tmp_path: Path) -> None:
    printed = "   Ahmet geldi ve ant-\nlaşmayı imzaladı.\nSonra gitti.\n   Mehmet ise kal-\ndı ve bekledi.\n"
    article = taken(tmp_path, "a.txt", printed.encode()).article
    assert texts(article, "paragraph") == [
        "Ahmet geldi ve antlaşmayı imzaladı. Sonra gitti.",
        "Mehmet ise kaldı ve bekledi.",
    ]


def test_notes_whose_numbers_begin_again_are_numbered_anew(tmp_path: Path) -> None:
    parts = [Part("paragraph", "Biri budur. Öbürü şudur.", marks=(("x", 10), ("y", 23)))]
    made = set_out(parts, [Note("y", "İkinci.", "1"), Note("x", "Birinci.", "1")], Metadata(), Counter())
    assert made.text == "Biri budur[1]. Öbürü şudur[2].\n\n1. Birinci.\n\n2. İkinci.\n"
    assert made.outline.marks == (("1", 1, 10), ("2", 1, 26))
    assert "numbered anew" in made.remarks[0]


def test_an_article_of_many_notes_keeps_them_all(tmp_path: Path) -> None:
    calls = "".join(f"Cümle {n} burada biter[^{n}].\n" for n in range(1, 131))
    notes = "".join(f"[^{n}]: Kaynak {n}, s. 3.\n" for n in range(1, 131))
    added = taken(tmp_path, "a.md", f"{calls}\n{notes}".encode())
    assert (added.notes, added.called) == (130, 130)
    assert texts(added.article, "footnote")[-1] == "Kaynak 130, s. 3."


@given(st.text(alphabet="aİıŞğ. \n\t\f1[]-“”A", max_size=300))
def test_the_outline_of_any_text_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    outline = outline_of(text).outline
    path = tmp_path_factory.mktemp("outline") / "a.toml"
    path.write_text(outline_toml(outline, "An outline."), encoding="utf-8")
    assert read_outline(path) == outline


_LINES = [
    "1 Bilge, s. 3.",
    "Metin budur.1",
    "GİRİŞ",
    "\f",
    "",
    "- 12 -",
    "13",
    "1. Giriş Bölümü",
    "2 Öz, s. 5",
]
_LINES += [
    "   içerden satır",
    "satır ant-",
    "laşma ile.",
    "“Alıntı” dedi.2",
    "[1] not",
    "S. ve s. 5 (bk.",
    "\f14",
]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(_LINES), max_size=40))
def test_whatever_lines_a_text_has_none_of_its_characters_is_lost(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    text = "\n".join([*lines, "Son cümle."])
    article = taken(tmp_path_factory.mktemp("any"), "a.txt", text.encode()).article
    spans = [span for block in article.blocks for span in block.spans]
    spans = sorted([*spans, *((gap.start, gap.end) for gap in article.residue)])
    assert "".join(article.raw[start:end] for start, end in spans) == text


def test_pictures_text_boxes_and_deleted_words_of_a_word_file_are_left_out(tmp_path: Path) -> None:
    more = (
        "</w:t></w:r><w:r><w:drawing/></w:r><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>kutu</w:t></w:r></w:p>"
        "</w:txbxContent></w:pict></w:r><w:del><w:r><w:delText>silinmiş</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> eklenmiş</w:t></w:r></w:ins><w:r><w:t>"
    )
    data = files.repacked(FILES["makale.docx"], {"word/document.xml": ("karar verildi", f"karar{more}")}, {})
    added = taken(tmp_path, "a.docx", data)
    assert added.left_out == {"tables": 1, "images": 1, "text boxes": 1}
    assert "karar eklenmiş" in added.article.raw
    assert [word for word in ("kutu", "silinmiş") if word in added.article.raw] == []
