"""The bibliography: every format read again by a reader of its own."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st
from pybtex.database import BibliographyData, parse_string

from app.assistant import Assistant
from app.export import BIBLIOGRAPHIES, export
from app.export.bibliography import bibliography
from app.export.content import one_line
from app.turns import Turn
from corpus.article import Article

BASE = "https://dipnot.example"
TITLES = st.text(st.characters(codec="utf-8", exclude_characters="\\$^~"), min_size=1).filter(
    lambda title: bool(one_line(title))
)

BARE = Article(
    id="001",
    file="001.txt",
    sha256="",
    title="İlk yazışmalar: ğüşiöçİı",
    title_is_supplied=True,
    title_language="tr",
    authors=(),
    year=None,
    journal=None,
    raw="",
    pages=(0,),
    blocks=(),
    sentences=(),
    passages=(),
    residue=(),
)
FULL = replace(
    BARE,
    id="002",
    title="IŞIK & Issız Şehir: %100",
    title_is_supplied=False,
    authors=("Ömer Şahin ÇELİK", "İrem Öz"),
    year=1999,
    journal="Tarih İncelemeleri Dergisi",
)


def bibtex(articles: Sequence[Article], base_url: str = "") -> BibliographyData:
    return parse_string(bibliography(articles, "bib", "tr", base_url), "bibtex")


def test_bibtex_is_read_again() -> None:
    entries = bibtex([BARE, FULL]).entries
    assert list(entries) == ["dipnot-001", "dipnot-002"]
    full = entries["dipnot-002"]
    assert full.type == "article"
    assert dict(full.fields) == {
        "title": r"{IŞIK \& Issız Şehir: \%100}",
        "journal": "Tarih İncelemeleri Dergisi",
        "year": "1999",
    }
    assert [str(person) for person in full.persons["author"]] == ["ÇELİK, Ömer Şahin", "Öz, İrem"]


def test_bibtex_leaves_out_what_is_missing() -> None:
    bare = bibtex([BARE]).entries["dipnot-001"]
    assert bare.type == "misc"
    assert dict(bare.fields) == {"title": "{[İlk yazışmalar: ğüşiöçİı]}"}
    assert not bare.persons


def test_ris_is_read_again() -> None:
    written = bibliography([BARE, FULL], "ris", "tr")
    assert rispy.loads(written) == [
        {"type_of_reference": "GEN", "id": "dipnot-001", "title": "[İlk yazışmalar: ğüşiöçİı]"},
        {
            "type_of_reference": "JOUR",
            "id": "dipnot-002",
            "authors": ["ÇELİK, Ömer Şahin", "Öz, İrem"],
            "title": "IŞIK & Issız Şehir: %100",
            "journal_name": "Tarih İncelemeleri Dergisi",
            "year": "1999",
        },
    ]
    assert written.startswith("TY  - GEN\n")
    assert written.endswith("ER  - \n")


def test_csl_is_read_again() -> None:
    written = bibliography([BARE, FULL], "json", "tr")
    assert json.loads(written) == [
        {"id": "dipnot-001", "type": "article", "title": "[İlk yazışmalar: ğüşiöçİı]"},
        {
            "id": "dipnot-002",
            "type": "article-journal",
            "title": "IŞIK & Issız Şehir: %100",
            "author": [
                {"family": "ÇELİK", "given": "Ömer Şahin"},
                {"family": "Öz", "given": "İrem"},
            ],
            "container-title": "Tarih İncelemeleri Dergisi",
            "issued": {"date-parts": [[1999]]},
        },
    ]


@pytest.mark.parametrize("name", BIBLIOGRAPHIES)
def test_the_letters_of_turkish_stand_as_they_are(name: str) -> None:
    assert "[İlk yazışmalar: ğüşiöçİı]" in bibliography([BARE], name, "tr")


def test_an_address_is_given_where_it_is_absolute() -> None:
    address = f"{BASE}/articles/002?lang=en"
    assert bibtex([FULL]).entries["dipnot-002"].fields.get("url") is None
    assert parse_string(bibliography([FULL], "bib", "en", BASE), "bibtex").entries["dipnot-002"].fields[
        "url"
    ] == (address)
    assert rispy.loads(bibliography([FULL], "ris", "en", BASE))[0]["urls"] == [address]
    assert json.loads(bibliography([FULL], "json", "en", BASE))[0]["URL"] == address


def test_a_name_of_one_word_stands_as_it_is() -> None:
    author = replace(BARE, authors=("Anonim",))
    assert json.loads(bibliography([author], "json", "tr"))[0]["author"] == [{"literal": "Anonim"}]
    assert rispy.loads(bibliography([author], "ris", "tr"))[0]["authors"] == ["Anonim"]


@given(TITLES)
def test_any_title_is_read_again(title: str) -> None:
    article = replace(FULL, title=title)
    shown = one_line(title)
    assert json.loads(bibliography([article], "json", "tr"))[0]["title"] == shown
    assert rispy.loads(bibliography([article], "ris", "tr"))[0]["title"] == shown
    read = bibtex([article]).entries["dipnot-002"].fields["title"]
    without_marks = read.replace("\\", "")
    assert without_marks == "{" + shown.translate(str.maketrans("{}", "()")) + "}"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        bibliography([FULL], "xml", "tr")


@pytest.mark.parametrize("name", BIBLIOGRAPHIES)
def test_each_cited_article_of_a_real_conversation_has_one_entry(name: str, assistant: Assistant) -> None:
    asked = ["Gizli antlaşmalar ne zaman açıklandı?", "What is the capital of Australia?"]
    turns = [Turn(question, assistant.ask(question)) for question in asked] * 2
    assert turns[0].answer is not None and turns[1].answer is not None and turns[1].answer.nearest
    cited = sorted({f"dipnot-{citation.article}" for citation in turns[0].answer.citations})
    written = export(turns, name, "tr", articles=assistant.articles).content.decode()
    if name == "bib":
        keys = list(parse_string(written, "bibtex").entries)
    else:
        keys = [entry["id"] for entry in (json.loads if name == "json" else rispy.loads)(written)]
    assert keys == cited


def test_the_real_articles_name_what_their_texts_name(assistant: Assistant) -> None:
    items = json.loads(bibliography(list(assistant.articles.values()), "json", "tr"))
    assert {item["id"]: item.get("author") for item in items if "author" in item} == {
        "dipnot-003": [{"family": "AYAZ", "given": "Adil"}]
    }
    assert [item["title"] for item in items if item["title"].startswith("[")] == [
        "[Sovyetler Birliği ile T.B.M.M. arasında kurulan ilk yazışmalar]"
    ]
    assert not any("issued" in item or "container-title" in item for item in items)
