"""The reader: the whole article, its footnotes and repairs, and exactly the cited characters marked."""

import html.parser
import random
from functools import cache

import pytest

from app.reader import format_spans, parse_spans, render_article, render_missing
from corpus import Article, Block, Mark, Piece, Sentence, Span, read_corpus

VOID = {"meta", "link", "br"}


class Reading(html.parser.HTMLParser):
    """What a page shows: the text of the article, the marked text, and elements by what they are."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked = ""
        self.english: list[str] = []
        self.english_marked = ""
        self.feed(page)
        assert not self.open, "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any("data-s" in attributes for _, attributes in self.open):
            self.text += data
            if self.open[-1][0] == "mark":
                self.marked += data
        if any("data-turkish" in attributes for _, attributes in self.open):
            self.english.append(data)
            if self.open[-1][0] == "mark":
                self.english_marked += data

    def with_class(self, name: str) -> list[dict[str, str | None]]:
        return [
            attributes for _, attributes in self.elements if name in (attributes.get("class") or "").split()
        ]


@cache
def articles() -> dict[str, Article]:
    return {article.id: article for article in read_corpus()}


def article_of(*blocks: Block, raw: str, **changes: object) -> Article:
    known: dict[str, object] = {
        "id": "x",
        "file": "x.txt",
        "sha256": "",
        "title": "Başlık",
        "title_is_supplied": False,
        "title_language": "tr",
        "authors": (),
        "year": None,
        "journal": None,
        "raw": raw,
        "pages": (0,),
        "blocks": blocks,
        "sentences": (),
        "passages": (),
        "residue": (),
    }
    return Article(**{**known, **changes})  # type: ignore[arg-type]


def paragraph(*pieces: Piece, marks: tuple[Mark, ...] = ()) -> Block:
    return Block("x-b001", "paragraph", "tr", "", 0, pieces, marks)


def as_received(raw: str) -> Article:
    return article_of(paragraph(Piece(raw, 0, len(raw))), raw=raw)


def words(text: str) -> list[str]:
    return text.split()


ARTICLE_IDS = ("000", "001", "002", "003", "004")


@pytest.mark.parametrize("name", ARTICLE_IDS)
def test_the_page_shows_the_whole_article(name: str) -> None:
    article = articles()[name]
    shown = Reading(render_article(article)).text
    assert shown == "".join(block.text for block in article.blocks)


@pytest.mark.parametrize("name", ARTICLE_IDS)
def test_the_spans_of_a_sentence_mark_exactly_that_sentence(name: str) -> None:
    article = articles()[name]
    for sentence in article.sentences[::17]:
        page = Reading(render_article(article, sentence.spans))
        assert words(page.marked) == words(sentence.text), sentence.id


@pytest.mark.parametrize("name", ARTICLE_IDS)
def test_any_spans_mark_exactly_their_characters_and_repaired_words_whole(name: str) -> None:
    article = articles()[name]
    chance = random.Random(name)
    for _ in range(8):
        start = chance.randrange(len(article.raw) - 400)
        spans: tuple[Span, ...] = ((start, start + chance.randrange(1, 300)),)
        if chance.random() < 0.5:
            other = chance.randrange(len(article.raw) - 50)
            spans += ((other, other + 40),)
        expected = ""
        for piece in (piece for block in article.blocks for piece in block.pieces):
            if piece.kind:
                expected += piece.text * any(a < piece.end and piece.start < b for a, b in spans)
            else:
                offsets = enumerate(piece.text, piece.start)
                expected += "".join(char for at, char in offsets if any(a <= at < b for a, b in spans))
        assert Reading(render_article(article, spans)).marked == expected, spans


def test_astral_characters_count_as_one() -> None:
    page = render_article(as_received("a𐰀𐰁b c"), [(2, 4)])
    assert Reading(page).marked == "𐰁b"


@pytest.mark.parametrize(
    "raw", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a & b &amp; c"]
)
def test_what_looks_like_html_is_shown_as_text(raw: str) -> None:
    ocr = paragraph(Piece(raw, 0, len(raw), "ocr"))
    for article in (
        as_received(raw),
        article_of(ocr, raw=raw, title=raw, authors=(raw,), journal=raw),
    ):
        for spans in ([], [(3, 9)]):
            page = Reading(render_article(article, spans))
            assert page.text == raw
            assert not [tag for tag, _ in page.elements if tag == "img"]
            assert [attributes.get("src") for tag, attributes in page.elements if tag == "script"] != [None]


@pytest.mark.parametrize("name", ARTICLE_IDS)
def test_every_footnote_mark_leads_to_its_note_and_back(name: str) -> None:
    article = articles()[name]
    page = Reading(render_article(article))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    calls = [a for _, a in page.elements if a.get("role") == "doc-noteref"]
    backs = [a for _, a in page.elements if a.get("role") == "doc-backlink"]
    notes = {block.note for block in article.blocks if block.kind == "footnote"}
    expected = [mark for block in article.blocks for mark in block.marks if mark.note in notes]
    assert len(calls) == len(backs) == len(expected) > 0
    assert {f"#{a['id']}" for a in calls} == {a["href"] for a in backs}
    assert {a["href"] for a in calls} <= {f"#{name}" for name in ids}


def test_a_mark_in_the_middle_of_a_run_stands_in_its_place() -> None:
    article = article_of(paragraph(Piece("söz biter.", 0, 10), marks=(Mark("1", 3),)), raw="söz biter.")
    page = render_article(article)
    assert ">söz</span>" in page
    assert page.index(">söz</span>") < page.index('class="call"') < page.index("> biter.</span>")
    assert Reading(page).text == "söz biter."


def test_a_mark_without_its_note_is_not_a_link() -> None:
    article = article_of(paragraph(Piece("söz", 0, 3), marks=(Mark("9", 3),)), raw="söz")
    page = render_article(article, language="en")
    assert "Footnote 9: the note itself is not in the text" in page
    assert "doc-noteref" not in page


@pytest.mark.parametrize(("language", "label"), [("tr", "s. 2"), ("en", "p. 2")])
def test_every_page_start_is_labelled_once_and_in_order(language: str, label: str) -> None:
    article = articles()["003"]
    page = render_article(article, language=language)  # type: ignore[arg-type]
    labelled = [a["id"] for a in Reading(page).with_class("page")]
    assert labelled == [f"page-{number}" for number in range(1, len(article.pages) + 1)]
    assert f">{label}</span>" in page


def test_runs_carry_the_line_they_stand_on() -> None:
    article = articles()["004"]
    runs = [a for _, a in Reading(render_article(article)).elements if "data-line" in a]
    assert len(runs) > 300
    for run in runs:
        assert article.line(int(run["data-s"] or "")) == int(run["data-line"] or "")


def test_a_repaired_word_keeps_the_reading_received() -> None:
    article = articles()["000"]
    repairs = Reading(render_article(article, language="en")).with_class("repair")
    assert len(repairs) > 50
    for repair in repairs:
        received = article.raw[int(repair["data-s"] or "") : int(repair["data-e"] or "")]
        assert "data-received" in repair
        assert repair["title"] == f"As received: {received.strip()}"


def test_every_block_names_its_language() -> None:
    article = articles()["000"]
    page = Reading(render_article(article, language="en"))
    languages = {a.get("id"): a.get("lang") for _, a in page.elements}
    for block in article.blocks:
        if block.kind != "footnote":
            assert languages[block.id] == block.language
    assert ("html", {"lang": "en"}) in page.elements


def test_the_head_says_what_the_text_does_not_name() -> None:
    assert "Metinde belirtilmeyenler: yazar, yıl, dergi." in render_article(articles()["001"])
    page = render_article(articles()["003"], language="en")
    assert "Author: Adil AYAZ" in page
    assert "Not named in the text: year, journal." in page


def test_a_supplied_title_stands_in_brackets_and_says_so() -> None:
    page = render_article(articles()["001"], language="en")
    assert '<h1 lang="tr">[Sovyetler Birliği' in page
    assert "it was supplied" in page
    assert "it was supplied" not in render_article(articles()["003"], language="en")


def test_an_embedded_page_leaves_out_head_and_language_switch() -> None:
    page = render_article(articles()["004"], embedded=True)
    assert "<h1" not in page
    assert 'class="languages"' not in page


def test_nothing_is_fetched_from_elsewhere() -> None:
    for _, attributes in Reading(render_article(articles()["004"])).elements:
        for name in ("src", "href"):
            assert (attributes.get(name) or "/")[0] in "/#?"


@pytest.mark.parametrize("name", ARTICLE_IDS)
def test_as_received_the_page_shows_the_characters_of_the_file(name: str) -> None:
    article = articles()[name]
    shown = Reading(render_article(article, received=True)).text
    pieces = [piece for block in article.blocks for piece in block.pieces]
    assert shown == "".join(article.raw[piece.start : piece.end] for piece in pieces)


@pytest.mark.parametrize("name", ARTICLE_IDS)
def test_as_received_a_sentence_is_marked_character_by_character(name: str) -> None:
    article = articles()[name]
    for sentence in article.sentences[::41]:
        page = Reading(render_article(article, sentence.spans, received=True))
        assert page.marked == "".join(article.raw[start:end] for start, end in sentence.spans), sentence.id


def test_a_mended_spot_names_its_other_reading() -> None:
    article = article_of(paragraph(Piece("Hakkı", 0, 5, "ocr")), raw="Hakkt")
    mended = Reading(render_article(article, language="en"))
    assert (mended.text, mended.with_class("repair")[0]["title"]) == ("Hakkı", "As received: Hakkt")
    received = Reading(render_article(article, [(2, 3)], language="en", received=True))
    assert (received.text, received.with_class("repair")[0]["title"]) == ("Hakkt", "As repaired: Hakkı")
    assert received.marked == "Hakkt"


@pytest.mark.parametrize("name", ARTICLE_IDS)
def test_beside_the_turkish_stand_the_stored_translations_and_nothing_else(name: str) -> None:
    article = articles()[name]
    page = Reading(render_article(article, english=True))
    expected = []
    for block in article.blocks:
        own = [block.translation] if block.translation else []
        expected += own or [s.translation for s in article.sentences if s.block == block.id and s.translation]
    assert page.english == expected
    assert len(expected) > 100
    assert page.text == "".join(block.text for block in article.blocks)
    assert all(element["lang"] == "en" for element in page.with_class("english"))


def test_without_being_asked_for_no_translation_is_shown() -> None:
    page = render_article(articles()["004"])
    assert not Reading(page).with_class("english")
    assert "working translation" not in page


@pytest.mark.parametrize("name", ARTICLE_IDS)
def test_the_english_of_a_cited_sentence_is_marked_and_no_other(name: str) -> None:
    article = articles()[name]
    for sentence in article.sentences[::41]:
        page = Reading(render_article(article, sentence.spans, english=True))
        assert page.english_marked == sentence.translation, sentence.id
        assert words(page.marked) == words(sentence.text)


def two_sentences(*english: str) -> Article:
    raw = "Bir söz. İki söz."
    sentences = (
        Sentence("x-b001-s01", "x-b001", 0, 8, raw[:8], ((0, 8),), translation=english[0]),
        Sentence("x-b001-s02", "x-b001", 9, 17, raw[9:], ((9, 17),), translation=english[1]),
    )
    return article_of(paragraph(Piece(raw, 0, len(raw))), raw=raw, sentences=sentences)


def test_a_sentence_without_translation_stays_empty() -> None:
    page = render_article(two_sentences("", "Two <words>."), [(0, 17)], "en", english=True)
    assert Reading(page).english == ["Two <words>."]
    assert Reading(page).english_marked == "Two <words>."
    (empty,) = Reading(page).with_class("untranslated")
    assert (empty["data-turkish"], empty["title"]) == ("0-8", "This sentence has no translation")


def test_of_a_sentence_cited_in_part_the_whole_english_is_marked() -> None:
    article = two_sentences("One word.", "Two words.")
    assert Reading(render_article(article, [(4, 7)], english=True)).english_marked == "One word."
    assert Reading(render_article(article, [(8, 9)], english=True)).english_marked == ""
    assert Reading(render_article(article, [(7, 10)], english=True)).english_marked == "One word.Two words."


def test_an_article_without_translations_offers_none() -> None:
    page = render_article(two_sentences("", ""), english=True, language="en")
    assert "working translation" not in page
    assert 'id="english"' not in page
    assert 'class="pair"' not in page
    assert Reading(page).text == "Bir söz. İki söz."


def links(page: str) -> dict[str, str | None]:
    """The links of the bar by their id, those of the languages by their language."""
    found = {
        a.get("id") or a.get("hreflang"): a.get("href") for tag, a in Reading(page).elements if tag == "a"
    }
    return {name: found[name] for name in ("english", "as-received", "tr", "en") if name in found}


def test_each_choice_is_a_link_that_keeps_the_others() -> None:
    article = articles()["004"]
    page = render_article(article, [(5, 9), (20, 30)], "en", received=True, theme="dark")
    assert links(page) == {
        "english": "?lang=en&c=5-9,20-30&english=1&received=1&theme=dark#cited",
        "as-received": "?lang=en&c=5-9,20-30&theme=dark#cited",
        "tr": "?lang=tr&c=5-9,20-30&received=1&theme=dark#cited",
        "en": "?lang=en&c=5-9,20-30&received=1&theme=dark#cited",
    }
    embedded = render_article(article, embedded=True, english=True)
    assert links(embedded) == {
        "english": "?lang=tr&embed=1",
        "as-received": "?lang=tr&embed=1&english=1&received=1",
    }


@pytest.mark.parametrize(
    ("theme", "chosen"), [("light", "light"), ("dark", "dark"), ("", None), ('"><b>', None), ("Dark", None)]
)
def test_the_colours_are_forced_by_a_theme_that_is_one(theme: str, chosen: str | None) -> None:
    page = Reading(render_article(articles()["004"], theme=theme))
    assert page.elements[0][1].get("data-theme") == chosen
    scheme = next(a["content"] for _, a in page.elements if a.get("name") == "color-scheme")
    assert scheme == (chosen or "light dark")


@pytest.mark.parametrize(
    ("text", "numbered"), [("1. Önce", True), ("13 Ekim 1921", False), ("a) Söz", False)]
)
def test_a_list_item_that_begins_with_a_date_is_not_numbered(text: str, numbered: bool) -> None:
    item = Block("x-b001", "list item", "tr", "", 0, (Piece(text, 0, len(text)),))
    page = Reading(render_article(article_of(item, raw=text)))
    assert bool(page.with_class("numbered")) is numbered
    assert page.text == text


@pytest.mark.parametrize(
    ("query", "spans"),
    [
        ("10-20", ((10, 20),)),
        ("30-40,10-20", ((30, 40), (10, 20))),
        ("0-100", ((0, 100),)),
        ("", ()),
        ("20-10", ()),
        ("10-10", ()),
        ("10-101", ()),
        ("10-20,", ()),
        ("-1-5", ()),
        ("a-b", ()),
        ("10-20;drop", ()),
        ("١-٢", ()),
        ("9" * 5000 + "-1", ()),
        (",".join(["1-2"] * 1000), ()),
    ],
)
def test_spans_are_read_from_the_address_or_ignored(query: str, spans: tuple[Span, ...]) -> None:
    assert parse_spans(query, 100) == spans
    assert parse_spans(format_spans(spans), 100) == spans


def test_a_missing_article_is_named_and_the_others_offered() -> None:
    page = render_missing("<b>9", [("004", "Kafkas")], "en")
    assert "There is no such article" in page
    assert "&lt;b&gt;9" in page
    assert "<b>9" not in page
    assert 'href="/articles/004?lang=en"' in page
