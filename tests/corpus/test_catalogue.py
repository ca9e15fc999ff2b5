from __future__ import annotations

import hashlib
import re
import shutil

import pytest

from corpus import PACKAGED, read_catalogue, read_corpus
from corpus.errors import CorpusError, DipnotError


@pytest.fixture
def folder(tmp_path):
    """A copy of the corpus folder, to be spoiled."""
    copy = tmp_path / "corpus"
    copy.mkdir()
    for name in ("articles", "outlines", "translations", "questions"):
        shutil.copytree(PACKAGED / name, copy / name)
    for name in ("catalogue.toml", "repairs.toml"):
        shutil.copy(PACKAGED / name, copy / name)
    return copy


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refusal(folder):
    with pytest.raises(CorpusError) as error:
        read_corpus(folder)
    return str(error.value)


FILE = "002_47b80c3e24c11a48.txt"


def test_a_copy_of_the_corpus_reads_as_the_packaged_one(folder, articles):
    assert read_corpus(folder) == articles


def test_the_catalogue_names_the_five_articles_in_their_order():
    assert [entry.id for entry in read_catalogue()] == ["000", "001", "002", "003", "004"]


def test_a_corpus_error_is_one_of_dipnots_own():
    assert issubclass(CorpusError, DipnotError)


def test_a_missing_article_is_refused(folder):
    (folder / "articles" / FILE).unlink()
    assert re.search(rf"^Article 002: the file .*{FILE} is missing$", refusal(folder))


def test_a_changed_article_is_refused_with_what_to_do(folder):
    edit(folder / "articles" / FILE, "Moskova", "Ankara")
    message = refusal(folder)
    assert FILE in message
    assert "has changed" in message
    assert "put its new sha256 into catalogue.toml" in message


def test_a_changed_line_ending_is_a_change(folder):
    path = folder / "articles" / FILE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert "has changed" in refusal(folder)


@pytest.mark.parametrize("content", [b"", b" \n\n "])
def test_an_empty_article_is_refused(folder, content):
    (folder / "articles" / FILE).write_bytes(content)
    assert re.search(rf"{FILE} is empty$", refusal(folder))


def test_an_article_that_is_not_utf8_is_refused_with_the_byte(folder):
    (folder / "articles" / FILE).write_bytes("aaşk".encode("iso-8859-9"))
    assert re.search(rf"{FILE} is not UTF-8 \(byte 2\)$", refusal(folder))


def test_a_folder_in_the_place_of_an_article_is_refused(folder):
    (folder / "articles" / FILE).unlink()
    (folder / "articles" / FILE).mkdir()
    assert re.search(rf"{FILE} cannot be read", refusal(folder))


def test_a_folder_without_a_catalogue_is_refused_with_what_to_do(tmp_path):
    assert re.search(r"no catalogue at .*catalogue\.toml\. Give the corpus folder", refusal(tmp_path))


def test_a_catalogue_that_is_no_toml_is_refused(folder):
    (folder / "catalogue.toml").write_text("[[article", encoding="utf-8")
    assert re.search(r"catalogue\.toml: not readable as TOML", refusal(folder))


def test_an_empty_catalogue_is_refused(folder):
    (folder / "catalogue.toml").write_text("", encoding="utf-8")
    assert re.search(r"catalogue\.toml: the catalogue names no article$", refusal(folder))


def test_an_unknown_key_in_the_catalogue_is_refused(folder):
    edit(folder / "catalogue.toml", 'id = "002"', 'id = "002"\nautor = "Biri"')
    assert re.search(r"catalogue\.toml: unknown key 'autor' in an article$", refusal(folder))


@pytest.mark.parametrize("key", ["id", "file", "sha256", "title"])
def test_an_article_that_lacks_a_key_is_refused(folder, key):
    path = folder / "catalogue.toml"
    text = re.sub(rf"^{key} = .*\n", "", path.read_text(encoding="utf-8"), count=1, flags=re.M)
    path.write_text(text, encoding="utf-8")
    assert re.search(rf"catalogue\.toml: an article lacks the key '{key}'$", refusal(folder))


def test_an_id_given_twice_is_refused(folder):
    edit(folder / "catalogue.toml", 'id = "003"', 'id = "002"')
    assert re.search(r"catalogue\.toml: the id '002' is given twice$", refusal(folder))


OUTLINE = "002.toml"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{ kind = "heading", lines = [4, 6] },', "the regions at lines 3 and 4 overlap"),
        ('{ kind = "heading", lines = [19, 20] },', "the regions at lines 3 and 19 overlap"),
        ('{ kind = "heading", lines = [9998, 9999] },', "the outline speaks of line 9999, past the end"),
        ('{ kind = "poem", lines = [2, 2] },', "unknown kind 'poem'"),
        ('{ kind = "heading", lines = [2] },', "not of the outline's form"),
        ('{ kind = "heading" },', "not of the outline's form"),
        ("{ lines = [2, 2] },", "not of the outline's form"),
        ('{ kind = "heading", lines = [0, 1] },', "lines 0 to 1 are no run of lines"),
        ('{ kind = "heading", lines = [24, 23] },', "lines 24 to 23 are no run of lines"),
        ('{ kind = "quotation", lines = [24, 24], until = "yok" },', "line 24 does not hold 'yok'"),
    ],
)
def test_an_outline_with_a_wrong_region_is_refused(folder, line, expected):
    edit(folder / "outlines" / OUTLINE, "regions = [\n", f"regions = [\n  {line}\n")
    message = refusal(folder)
    assert message.startswith(f"{OUTLINE}: ")
    assert expected in message


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("spacing =", "spacings = 1\nspacing =", "unknown key 'spacings'"),
        ("[1, 45,", "[1, 45, 9999,", "the outline speaks of line 9999, past the end"),
        ("5 = 563", "5 = 9999", "the outline speaks of line 9999, past the end"),
        ("joins = [[225, 237]", "joins = [[226, 237]", "no blocks end at line 226 and begin at line 237"),
        ("spacing =", "spacing", "not a readable outline"),
    ],
)
def test_an_outline_that_does_not_fit_is_refused(folder, old, new, expected):
    edit(folder / "outlines" / OUTLINE, old, new)
    message = refusal(folder)
    assert message.startswith(f"{OUTLINE}: ")
    assert expected in message


def test_a_wrong_repair_is_refused_when_the_corpus_is_read(folder):
    edit(folder / "repairs.toml", 'raw = "siyası"', 'raw = "siyasi bir"')
    assert refusal(folder) == ("repairs.toml: 'siyasi bir' does not stand exactly once on line 5 of 000")


def squeezed(text):
    """Without white space and hyphens, and with one form of apostrophe."""
    return re.sub(r"[\s\-]", "", text.replace("’", "'"))


def test_a_title_that_is_not_supplied_stands_in_the_text(articles):
    named = [article for article in articles if not article.title_is_supplied]
    assert len(named) == 4
    for article in named:
        assert squeezed(article.title) in squeezed(article.raw), article.id


def test_a_supplied_title_is_made_of_the_texts_own_words(articles):
    supplied = next(article for article in articles if article.title_is_supplied)
    # Line ends cut words in two, so the words are looked for in the squeezed text.
    assert [word for word in supplied.title.split() if squeezed(word) not in squeezed(supplied.raw)] == []


def test_authors_years_and_journals_stand_in_the_text(articles):
    named = [
        (article, str(name))
        for article in articles
        for name in (*article.authors, article.year, article.journal)
        if name is not None
    ]
    assert [(article.id, name) for article, name in named] == [("003", "Adil AYAZ")]
    for article, name in named:
        assert squeezed(name) in squeezed(article.raw)


def test_the_articles_are_byte_for_byte_as_received(articles):
    for article in articles:
        data = (PACKAGED / "articles" / article.file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == article.sha256
        assert article.raw.encode("utf-8") == data


def test_languages_of_the_catalogue_are_those_of_the_blocks(articles):
    for entry, article in zip(read_catalogue(), articles, strict=True):
        assert set(entry.languages) == {block.language for block in article.blocks}
