"""``dipnot add`` and ``dipnot remove``: what they print, how they end, and that what was added answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.catalogue import read_catalogue
from tests import intakefiles as files
from tests.commandline import Dipnot


def made(folder: Path, name: str, data: bytes | str) -> str:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return name


def test_a_report_says_what_was_understood_and_what_comes_next(dipnot: Dipnot, folder: Path) -> None:
    done = dipnot("add", "--corpus", "benim", made(folder, "makale.html", files.HTML))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"makale  {files.TITLE}",
        "  pages: 1; blocks: 1 title, 1 heading, 1 paragraph, 1 quotation, 2 list item, 1 footnote",
        "  sentences: 7; passages: 4",
        "  notes: 1 with their marks, 0 without",
        "  language: Turkish",
        f"  found: title “{files.TITLE}”, authors “Işıl Öz”, year “1999”, journal “Sınır Dergisi”",
        "  left out: tables 1",
        "Next: dipnot index --corpus benim",
    ]


def test_without_a_folder_of_ones_own_it_says_how(dipnot: Dipnot, folder: Path) -> None:
    name = made(folder, "a.txt", files.TEXT)
    dipnot("add", name).complains(1, "dipnot add --corpus DIR FILE…", "--with-bundled")
    dipnot("remove", "000").complains(1, "dipnot add --corpus DIR FILE…")


def test_the_folder_may_come_from_the_settings(
    dipnot: Dipnot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIPNOT_CORPUS_DIR", "benim")
    assert dipnot("add", made(folder, "a.txt", files.TEXT)).code == 0
    assert dipnot("corpus").out == "a  [KARS ANTLAŞMASI]\n"
    assert "removed/a" in dipnot("remove", "a").out
    assert read_catalogue_ids(folder / "benim") == []


def read_catalogue_ids(folder: Path) -> list[str]:
    text = (folder / "catalogue.toml").read_text(encoding="utf-8")
    return [entry.id for entry in read_catalogue(folder)] if "[[article]]" in text else []


def test_options_describe_the_article(dipnot: Dipnot, folder: Path) -> None:
    options = ["--title", "Kars", "--author", "A", "--author", "B", "--year", "1921", "--journal", "Dergi"]
    name = made(folder, "a.txt", files.TEXT)
    assert dipnot("add", "--corpus", "benim", name, *options).code == 0
    entry = read_catalogue(folder / "benim")[0]
    assert (entry.title, entry.title_is_supplied, entry.authors) == ("Kars", True, ("A", "B"))
    assert (entry.year, entry.journal) == (1921, "Dergi")
    two = [name, made(folder, "b.txt", "Bir.")]
    dipnot("add", "--corpus", "benim", *two, "--title", "x").complains(2, "--title")
    dipnot("add", "--corpus", "benim", "b.txt", "--language", "de").complains(2, "tr, en")


def test_each_file_is_added_by_itself_and_one_failure_is_told(dipnot: Dipnot, folder: Path) -> None:
    names = [made(folder, "a.txt", files.TEXT), made(folder, "b.txt", ""), made(folder, "c.html", files.HTML)]
    done = dipnot("add", "--corpus", "benim", *names)
    assert done.code == 1
    assert done.err == "dipnot: b.txt was not added: the file is empty\n"
    assert [entry.id for entry in read_catalogue(folder / "benim")] == ["a", "c"]
    assert done.out.endswith("Next: dipnot index --corpus benim\n")


def test_one_file_that_is_refused_is_one_line(dipnot: Dipnot, folder: Path) -> None:
    name = made(folder, "a.pdf", files.pdf([[]]))
    dipnot("add", "--corpus", "benim", name).complains(2, "a.pdf", "ocrmypdf")


def test_a_new_folder_may_begin_with_the_bundled_articles(dipnot: Dipnot, folder: Path) -> None:
    name = made(folder, "a.txt", files.TEXT)
    assert dipnot("add", "--with-bundled", "--corpus", "benim", name).code == 0
    assert [entry.id for entry in read_catalogue(folder / "benim")] == [
        "000",
        "001",
        "002",
        "003",
        "004",
        "a",
    ]


@pytest.mark.slow
def test_an_added_article_is_indexed_found_and_cited(dipnot: Dipnot, folder: Path) -> None:
    name = made(folder, "kars.docx", files.docx())
    assert dipnot("add", "--corpus", "benim", name).code == 0
    built = dipnot("index", "--corpus", "benim", "--index", "dizin")
    assert built.code == 0, built.err
    hits = json.loads(dipnot("search", "Aras ırmağı sınırı", "--json", "--index", "dizin").out)["hits"]
    assert hits[0]["article"] == "kars"
    asked = dipnot("ask", "Kars Antlaşması ne zaman imzalandı?", "--json", "--index", "dizin")
    answer = json.loads(asked.out)
    assert answer["status"] == "answered"
    cited = answer["citations"][0]
    start, end = cited["span"]
    raw = (folder / "benim" / "articles" / "kars.txt").read_text(encoding="utf-8")
    assert (cited["article"], cited["quote"]) == ("kars", f"{files.FIRST}.")
    assert raw[start:end] == f"{files.FIRST}[1]."
