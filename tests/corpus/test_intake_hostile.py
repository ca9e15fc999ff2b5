"""Files that are broken, locked or made to do harm: one clear line each, and nothing written."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from corpus.errors import CorpusError, FileRefused
from corpus.intake import add
from corpus.intake import docx as docx_module
from corpus.intake import pdf as pdf_module
from corpus.intake import reading as reading_module
from corpus.intake.reading import understand
from tests import intakefiles as files

WHOLE = {
    "a.html": files.HTML.encode(),
    "a.md": files.MARKDOWN.encode(),
    "jats.xml": files.JATS.encode(),
    "tei.xml": files.TEI.encode(),
    "a.txt": files.TEXT.encode(),
    "a.docx": files.docx(),
    "a.pdf": files.pdf(),
}
BOMB = (
    '<!DOCTYPE article [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><article><body><p>&c;</p></body></article>'
)


def refused(folder: Path, name: str, data: bytes, *parts: str) -> None:
    """The file is refused in one line that holds the parts, and the folder is as it was."""
    path = folder / name
    path.write_bytes(data)
    with pytest.raises(CorpusError) as raised:
        add(folder / "corpus", path)
    message = str(raised.value)
    assert message.startswith(f"{name} was not added: ")
    assert [part for part in parts if part not in message] == []
    assert [each.name for each in (folder / "corpus").rglob("*") if each.name != ".lock"] == []


def encrypted() -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(files.pdf()))
    writer.encrypt("gizli", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\n ", "empty"),
        ("a.txt", b"\x89PNG\r\n\x00\x00\x01", "binary"),
        ("a.txt", bytes(range(128, 256)) * 20, "known"),
        ("a.txt", b"\x01\x02\x03\x04\x05" * 50, "binary"),
        ("a.txt", files.pdf(), "it is a PDF"),
        ("a.txt", files.docx(), "packed"),
        ("a.html", b"<html><body><script>x()</script></body></html>", "no text"),
        ("a.html", b"<html><body><p>" + b"<div>" * 5000 + b"x", "deeply"),
        ("a.md", b"---\ntitle: x\n---\n", "no text"),
        ("a.xml", b"<article><body>", "well-formed"),
        ("a.xml", b"<opml><body/></opml>", "JATS"),
        ("a.xml", BOMB.encode(), "entities"),
        (
            "a.xml",
            b'<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]><article><body><p>&x;</p></body></article>',
            "entities",
        ),
        ("a.xml", b"<article>" + b"<sec>" * 5000 + b"x" + b"</sec>" * 5000 + b"</article>", "depth"),
        ("a.docx", b"PK\x03\x04 broken", "DOCX"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "encrypted"),
        ("a.docx", files.repacked(files.docx(), {"word/document.xml": ("<w:body>", "<w:bod")}, {}), "DOCX"),
        ("a.pdf", b"%PDF-1.4 nothing more", "PDF"),
        ("a.pdf", files.pdf()[:900], "PDF"),
        ("a.pdf", encrypted(), "encrypted"),
        ("a.pdf", files.pdf([[], []]), "ocrmypdf"),
        ("a.epub", b"x", "not read"),
        ("a", b"x", "not read"),
    ],
)
def test_what_cannot_be_an_article_is_refused_with_a_reason(
    name: str, data: bytes, part: str, tmp_path: Path
) -> None:
    refused(tmp_path, name, data, part)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such file"):
        add(tmp_path / "corpus", tmp_path / "yok.txt")
    (tmp_path / "dizin.txt").mkdir()
    with pytest.raises(CorpusError, match="not a file"):
        add(tmp_path / "corpus", tmp_path / "dizin.txt")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "MOST_BYTES", 1000)
    refused(tmp_path, "a.txt", b"Bir cumle. " * 100, "larger")


def test_a_pdf_of_too_many_pages_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "MOST_PAGES", 2)
    refused(tmp_path, "a.pdf", files.pdf(), "3 pages")


def test_a_word_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docx_module, "MOST_UNPACKED", 10_000_000)
    bomb = files.repacked(files.docx(), {}, {"word/media/image1.png": b"\0" * 11_000_000})
    assert len(bomb) < 100_000
    refused(tmp_path, "a.docx", bomb, "unpacks")


def test_a_word_file_of_too_many_parts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx_module, "MOST_PARTS", 100)
    refused(
        tmp_path, "a.docx", files.repacked(files.docx(), {}, {f"x{n}": b"" for n in range(100)}), "unpacks"
    )


def test_an_entity_in_a_word_file_is_not_expanded(tmp_path: Path) -> None:
    data = files.repacked(
        files.docx(),
        {"word/footnotes.xml": ("", "")},
        {},
    )
    note = zipfile.ZipFile(io.BytesIO(data)).read("word/footnotes.xml").decode()
    declared = note.replace("<w:footnotes", '<!DOCTYPE w:footnotes [<!ENTITY x "gizli">]><w:footnotes', 1)
    changed = files.repacked(data, {"word/footnotes.xml": (note, declared.replace("Bar", "&x;"))}, {})
    refused(tmp_path, "a.docx", changed, "entities")


def test_an_external_document_type_is_neither_fetched_nor_needed(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(files.JATS.replace("Sınırın", "S&#305;n&inodot;r&inodot;n").encode())
    assert f"{files.SECOND}." in [each.text for each in add(tmp_path / "corpus", path).article.sentences]


def test_scripts_and_styles_of_a_page_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(
        files.HTML.replace("<h2>", '<p onclick="x()">Metin budur.<script>z</script></p><h2>').encode()
    )
    raw = add(tmp_path / "corpus", path).article.raw
    assert "Metin budur." in raw
    assert [word for word in ("alert", "color", "onclick", "Ana sayfa", "<", "z</") if word in raw] == []


def test_html_in_markdown_is_text_and_no_markup(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Bir <script>alert(1)</script> cümle.\n", encoding="utf-8")
    assert "<script>alert(1)</script>" in add(tmp_path / "corpus", path).article.raw


def test_a_script_in_a_pdf_is_not_run_and_not_read(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=io.BytesIO(files.pdf()))
    script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("gizli()")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
    made = io.BytesIO()
    writer.write(made)
    path = tmp_path / "a.pdf"
    path.write_bytes(made.getvalue())
    article = add(tmp_path / "corpus", path).article
    assert "gizli" not in article.raw and files.FIRST in article.sentences[0].text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("..%2f..%2fetc.txt", "2f-2fetc"),
        ("..txt.txt", "txt"),
        ("İĞDIR ŞEHRİ (2).txt", "igdir-sehri-2"),
        ("Карс.txt", "article"),
        ("a\nb;rm -rf.txt", "a-b-rm-rf"),
        ("-x.txt", "x"),
        ("u" * 200 + ".txt", "u" * 48),
    ],
)
def test_whatever_a_file_is_called_its_article_has_a_safe_name(
    name: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text("Bir cümle budur.\n", encoding="utf-8")
    folder = tmp_path / "corpus"
    assert add(folder, path).entry.id == expected
    assert {each.relative_to(folder).parts[0] for each in folder.rglob("*")} == {
        ".lock",
        "articles",
        "outlines",
        "catalogue.toml",
    }


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.integers(0, 40)), max_size=8),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    name: str, damage: list[tuple[float, bytes, int]]
) -> None:
    data = bytearray(WHOLE[name])
    for where, put, lost in damage:
        at = int(where * len(data))
        data[at : at + lost] = put
    with contextlib.suppress(FileRefused):
        assert understand(f".{name.partition('.')[2]}", bytes(data)).text.strip()
