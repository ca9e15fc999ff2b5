"""A conversation as Markdown, HTML, Word and PDF: written, opened again, and read."""

import io
import re
import zipfile
from collections.abc import Mapping
from html.parser import HTMLParser
from types import MappingProxyType

import docx
import pypdf
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.answer import Answer, Citation, Claim, Disagreement, Nearest
from app.assistant import Assistant
from app.export import BIBLIOGRAPHIES, FORMATS, export
from app.export.content import Content, Run, content_of, one_line
from app.export.markdown import escaped
from app.export.pdf import drawable
from app.texts import LANGUAGES, text
from app.turns import Turn
from app.verify import rebuilt_text
from corpus.article import Article
from tests.drafted import DRAFT

TEXTS = [name for name in FORMATS if name not in BIBLIOGRAPHIES]
LETTERS = "ğüşiöçİı ĞÜŞIÖÇ âîû"
HOSTILE = "a *b* _c_ <i>d</i> [e](http://x) `f` & # | ~\n# g\n<script>alert(1)</script>"
HOSTILE_LINE = " ".join(HOSTILE.split())
BASE = "https://dipnot.example"


def article(**changes: object) -> Article:
    known: dict[str, object] = {
        "id": "x",
        "file": "x.txt",
        "sha256": "",
        "title": "Şehir Üzerine",
        "title_is_supplied": False,
        "title_language": "tr",
        "authors": (),
        "year": None,
        "journal": None,
        "raw": "",
        "pages": (0,),
        "blocks": (),
        "sentences": (),
        "passages": (),
        "residue": (),
    }
    return Article(**{**known, **changes})  # type: ignore[arg-type]


def citation(n: int, **changes: object) -> Citation:
    known: dict[str, object] = {
        "n": n,
        "article": "x",
        "title": "Şehir Üzerine",
        "file": "x.txt",
        "span": (10, 30),
        "spans": [(10, 30)],
        "page": 8,
        "lines": (3, 5),
        "section": "Giriş",
        "kind": "paragraph",
        "language": "tr",
        "quote": "Köprü 16 Mart 1921'de yıkıldı.",
        "translation": "The bridge fell on 16 March 1921.",
        "url": "/articles/x#c10-30",
    }
    return Citation(**{**known, **changes})  # type: ignore[arg-type]


def claim(said: str, *citations: int, support: str = "verbatim") -> Claim:
    return Claim(text=said, citations=list(citations), support=support, score=1.0)  # type: ignore[arg-type]


def answer(*claims: Claim, **changes: object) -> Answer:
    claims = claims or (claim("Köprü **16 Mart 1921**'de yıkıldı.", 1),)
    known: dict[str, object] = {
        "id": "1",
        "question": "Köprü ne zaman yıkıldı?",
        "language": "tr",
        "status": "answered",
        "text": rebuilt_text(claims),
        "claims": claims,
        "citations": [citation(1)],
        "generation": "abc123",
    }
    return Answer(**{**known, **changes})  # type: ignore[arg-type]


ARTICLES: Mapping[str, Article] = MappingProxyType({"x": article(), "y": article(id="y", title="Başka")})
TURN = Turn("Köprü ne zaman yıkıldı?", answer())
DECLINED = Turn(
    "Ay nerede?",
    answer(
        status="declined",
        reason="off_topic",
        text="Bu soru konu dışında.",
        claims=[],
        citations=[],
        nearest=[
            Nearest(
                article="y",
                title="Başka",
                section="Sonuç",
                page=2,
                language="tr",
                text="En yakındaki sözler.",
                url="/articles/y#c1-2",
                score=0.5,
            )
        ],
    ),
)


def content(*turns: Turn, language: str = "tr", base_url: str = "") -> Content:
    return content_of(turns, language, ARTICLES, base_url)  # type: ignore[arg-type]


def bytes_of(*turns: Turn, format: str, language: str = "tr", base_url: str = "") -> bytes:
    return export(turns, format, language, articles=ARTICLES, base_url=base_url).content


class Shown(HTMLParser):
    """What a browser shows of a page, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._hidden = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._hidden = tag in ("style", "title", "script")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data


def read(data: bytes, format: str) -> str:
    """The words of an exported file as a program that opens it shows them, on one line."""
    if format == "md":
        shown = Shown(MarkdownIt("commonmark").render(data.decode())).text
    elif format == "html":
        shown = Shown(data.decode()).text
    elif format == "docx":
        shown = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)
    else:
        shown = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    return " ".join(shown.split())


# What is exported


def test_the_answer_keeps_its_bold_and_its_numbers() -> None:
    [exchange] = content(TURN).exchanges
    assert exchange.answer == (
        Run("Köprü ", "tr"),
        Run("16 Mart 1921", "tr", is_bold=True),
        Run("'de yıkıldı.", "tr"),
        Run("1", "tr", is_number=True),
    )


def test_words_quoted_in_another_language_keep_theirs() -> None:
    quoting = answer(
        claim("The article states: “Köprü yıkıldı.”", 1),
        language="en",
        citations=[citation(1, quote="Köprü yıkıldı.")],
    )
    [exchange] = content(Turn("When?", quoting)).exchanges
    assert exchange.answer[:3] == (
        Run("The article states: “", "en"),
        Run("Köprü yıkıldı.", "tr"),
        Run("”", "en"),
    )


def test_a_note_says_where_its_words_stand() -> None:
    [exchange] = content(TURN, language="en", base_url=BASE + "/").exchanges
    [note] = exchange.notes
    assert "".join(run.text for run in note.place) == "Şehir Üzerine. Giriş, p. 8, lines 3–5."
    assert note.quote == Run("Köprü 16 Mart 1921'de yıkıldı.", "tr")
    assert note.translation == Run("The bridge fell on 16 March 1921.", "en")
    assert note.address == f"{BASE}/articles/x?lang=en#c10-30"
    assert note.support == ""


def test_a_note_on_one_line_without_section_or_translation() -> None:
    bare = answer(citations=[citation(1, lines=(4, 4), section="", translation=None)])
    [exchange] = content(Turn("?", bare)).exchanges
    [note] = exchange.notes
    assert "".join(run.text for run in note.place) == "Şehir Üzerine. s. 8, satır 4."
    assert note.translation is None
    assert note.address == "/articles/x?lang=tr#c10-30"


@pytest.mark.parametrize("support", ["translation", "generated"])
def test_a_sentence_that_is_no_quotation_is_said_to_be_none(support: str) -> None:
    turn = Turn("?", answer(claim("a", 1, support=support)))
    [exchange] = content(turn).exchanges
    assert text("tr", f"support.{support}") in exchange.notes[0].support
    for name in TEXTS:
        assert text("tr", f"support.{support}") in read(bytes_of(turn, format=name), name)


def test_what_a_model_wrote_is_said_in_the_note_and_below_the_answer() -> None:
    turn = Turn("?", answer(claim("a", 1, support="generated"), draft=DRAFT))
    [exchange] = content(turn).exchanges
    words = text("tr", "support.written")
    assert words in exchange.notes[0].support
    assert exchange.written is not None and exchange.written.text.startswith(f"{words}. ")
    for name in TEXTS:
        assert read(bytes_of(turn, format=name), name).count(words) == 2
    assert content(TURN).exchanges[0].written is None


def test_a_disagreement_is_told_once() -> None:
    differing = Disagreement(about="tarih: 1 / 2", citations=[1, 2])
    inside = answer(claim("A.", 1), claim("Ayrılıyor (tarih: 1 / 2).", 1), disagreement=differing)
    outside = answer(disagreement=differing)
    first, second = content(Turn("?", inside), Turn("?", outside)).exchanges
    assert first.disagreement is None
    assert second.disagreement == Run("Kaynaklar bu konuda ayrılıyor: tarih: 1 / 2 (Dipnot 1, 2)", "tr")
    for name in TEXTS:
        assert read(bytes_of(Turn("?", outside), format=name), name).count("tarih: 1 / 2") == 1


@pytest.mark.parametrize("name", TEXTS)
def test_what_was_declined_says_so_and_its_nearest_passages_stay_out(name: str) -> None:
    shown = read(bytes_of(DECLINED, format=name), name)
    assert f"{text('tr', 'export.declined')} Bu soru konu dışında." in shown
    assert "En yakındaki sözler" not in shown
    assert "Başka" not in shown
    assert text("tr", "export.none_cited") in shown


def test_a_declined_answer_cites_nothing_whatever_it_carries() -> None:
    carrying = Turn("?", answer(status="declined", reason="off_topic"))
    assert content(carrying).exchanges[0].notes == ()
    assert content(carrying).sources == ()


def test_a_question_that_still_waits_is_left_out_and_one_that_failed_is_not() -> None:
    waiting = (Turn("Bekleyen?"), Turn("Yarım?", answer(), is_partial=True))
    exchanges = content(*waiting, Turn("Düşen?", error="error.busy"), TURN).exchanges
    assert [(one.number, one.question.text) for one in exchanges] == [(1, "Düşen?"), (2, TURN.question)]
    assert text("tr", "error.busy") in exchanges[0].answer[0].text


def test_the_head_names_the_generations_and_counts_the_articles() -> None:
    later = Turn("?", answer(generation="def456"))
    assert content(TURN, TURN, later).head[0] == "Dizin sürümü: abc123, def456 · Makale sayısı: 2"
    assert content().head == ("Makale sayısı: 2", text("tr", "export.empty"))


def test_articles_cited_stand_once_by_their_id_with_what_they_say_of_themselves() -> None:
    known = {
        "x": article(authors=("Ece ÖZ", "Can Ünal"), journal="Dergi", year=1999),
        "y": article(id="y", file="y.txt", title="Başka", title_is_supplied=True),
    }
    citing = answer(citations=[citation(1, article="y"), citation(2), citation(3, article="y")])
    made = content_of([Turn("?", citing)], "tr", known)
    assert [source.title.text for source in made.sources] == ["Şehir Üzerine", "[Başka]"]
    assert made.sources[0].details == "Yazar: Ece ÖZ, Can Ünal. Yıl: 1999. Dergi: Dergi. x.txt"
    assert made.sources[1].details == "Metinde belirtilmeyenler: yazar, yıl, dergi. y.txt"
    assert text("tr", "reader.supplied") in made.foot
    assert text("tr", "reader.supplied") not in content(TURN).foot
    assert text("tr", "export.translations") in content(TURN).foot


def test_an_article_that_is_no_longer_there_is_still_quoted() -> None:
    made = content_of([TURN], "tr", {})
    assert made.exchanges[0].notes[0].place[0].text == "Şehir Üzerine"
    assert made.sources == ()


# The formats


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEXTS)
def test_every_format_says_the_same(name: str, language: str) -> None:
    shown = read(bytes_of(TURN, DECLINED, format=name, language=language, base_url=BASE), name)
    for part in (
        "Dipnot",
        text(language, "export.generation", generation="abc123"),
        "1. Köprü ne zaman yıkıldı?",
        "Köprü 16 Mart 1921'de yıkıldı.",
        "[1]",
        text(language, "reader.notes"),
        text(language, "card.translation"),
        "The bridge fell on 16 March 1921.",
        "2. Ay nerede?",
        text(language, "export.cited"),
        "/articles/x?lang=" + language,
        text(language, "export.translations"),
    ):
        assert part in shown


@pytest.mark.parametrize("name", TEXTS)
def test_marks_in_a_question_are_shown_as_they_were_typed(name: str) -> None:
    data = bytes_of(Turn(HOSTILE, answer()), format=name)
    assert f"1. {HOSTILE_LINE}" in read(data, name)


@pytest.mark.parametrize("name", TEXTS)
def test_the_letters_of_turkish_are_read_back(name: str) -> None:
    assert LETTERS in read(bytes_of(Turn(LETTERS, answer()), format=name), name)


@pytest.mark.parametrize("name", FORMATS)
def test_two_exports_are_the_same_bytes(name: str) -> None:
    assert bytes_of(TURN, DECLINED, format=name) == bytes_of(TURN, DECLINED, format=name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMATS)
def test_a_file_has_a_name_of_its_format_and_plain_letters(name: str, language: str) -> None:
    exported = export([TURN], name, language, articles=ARTICLES)
    assert re.fullmatch(rf"dipnot-[a-z]+\.{name}", exported.filename)
    assert "/" in exported.media_type


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_conversation_is_exported(name: str) -> None:
    exported = export([], name, "en", articles=ARTICLES)
    if name in TEXTS:
        assert text("en", "export.empty") in read(exported.content, name)
    else:
        assert exported.content == {"bib": b"", "ris": b"", "json": b"[]\n"}[name]


@pytest.mark.parametrize(("name", "language"), [("exe", "tr"), ("", "tr"), ("md", "de")])
def test_an_unknown_format_or_language_is_refused(name: str, language: str) -> None:
    with pytest.raises(ValueError, match="unknown"):
        export([TURN], name, language, articles=ARTICLES)


# Markdown


def test_markdown_keeps_bold_and_links_what_is_absolute() -> None:
    page = MarkdownIt("commonmark").render(bytes_of(TURN, format="md", base_url=BASE).decode())
    assert "<strong>16 Mart 1921</strong>'de yıkıldı.[1]" in page
    assert f'href="{BASE}/articles/x?lang=tr#c10-30"' in page
    assert "href" not in MarkdownIt("commonmark").render(bytes_of(TURN, format="md").decode())


@given(st.text(alphabet=st.sampled_from("\\`*_{}[]<>#|~&$^!()-+.:=0 1aığİ\"'/@"), max_size=40))
def test_markdown_shows_any_words_as_they_stand(words: str) -> None:
    line = " ".join(words.split())
    shown = Shown(MarkdownIt("commonmark").render(escaped(line)))
    assert shown.text.strip() == line
    assert {tag for tag, _ in shown.elements} <= {"p"}


def test_a_sentence_that_begins_with_a_number_makes_no_list() -> None:
    turn = Turn("?", answer(claim("16. yüzyılda köprü yıkıldı.", 1)))
    assert "<p>16. yüzyılda" in MarkdownIt("commonmark").render(bytes_of(turn, format="md").decode())


# HTML


def test_the_page_needs_nothing_beside_it() -> None:
    page = bytes_of(TURN, DECLINED, Turn(HOSTILE, answer()), format="html", base_url=BASE).decode()
    shown = Shown(page)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in shown.elements}
    assert "url(" not in page and "@import" not in page
    assert ("html", {"lang": "tr"}) in shown.elements
    assert ("blockquote", {"class": "translation", "lang": "en"}) in shown.elements


def test_words_of_the_page_in_another_language_say_so() -> None:
    elements = Shown(bytes_of(TURN, format="html", language="en").decode()).elements
    for tag in ("blockquote", "strong", "cite"):
        assert (tag, {"lang": "tr"}) in elements
    assert ("blockquote", {"class": "translation"}) in elements


def test_every_number_of_the_page_leads_to_its_note_and_back() -> None:
    turn = Turn("?", answer(claim("A.", 1), claim("B.", 2, 1), citations=[citation(1), citation(2)]))
    elements = Shown(bytes_of(turn, TURN, format="html").decode()).elements
    ids = [str(attributes["id"]) for _, attributes in elements if "id" in attributes]
    inner = [str(attributes["href"])[1:] for tag, attributes in elements if tag == "a"]
    assert len(ids) == len(set(ids))
    assert set(inner) <= set(ids)
    assert inner.count("note-1-1") == 2 and inner.count("note-2-1") == 1 and inner.count("answer-1") == 2


@settings(max_examples=40, deadline=None)
@given(st.text())
def test_any_question_can_be_put_on_the_page(question: str) -> None:
    line = one_line(question)
    shown = " ".join(Shown(bytes_of(Turn(question, answer()), format="html").decode()).text.split())
    assert f"1. {line}".strip() in shown


# Word


def test_a_word_file_has_headings_properties_and_languages() -> None:
    paper = docx.Document(io.BytesIO(bytes_of(TURN, format="docx", language="en")))
    styles = {paragraph.text: paragraph.style.name for paragraph in paper.paragraphs if paragraph.style}
    assert styles["Dipnot"] == "Title"
    assert styles["1. Köprü ne zaman yıkıldı?"] == styles["Articles cited"] == "Heading 1"
    assert styles["Footnotes"] == "Heading 2"
    assert styles["Köprü 16 Mart 1921'de yıkıldı."] == "Quote"
    assert paper.core_properties.title == "Dipnot: Köprü ne zaman yıkıldı?"
    assert paper.core_properties.language == "en-GB"
    languages = {
        run.text: mark.get(qn("w:val"))
        for paragraph in paper.paragraphs
        for run in paragraph.runs
        for mark in run.element.iter(qn("w:lang"))
    }
    assert languages["Köprü 16 Mart 1921'de yıkıldı."] == "tr-TR"
    assert languages["The bridge fell on 16 March 1921."] == languages["Footnotes"] == "en-GB"


def test_a_word_file_keeps_bold_numbers_and_links() -> None:
    paper = docx.Document(io.BytesIO(bytes_of(TURN, format="docx", base_url=BASE)))
    [told] = [paragraph for paragraph in paper.paragraphs if paragraph.text.endswith("yıkıldı.[1]")]
    assert [run.text for run in told.runs if run.bold] == ["16 Mart 1921"]
    assert [run.text for run in told.runs if run.font.superscript] == ["[1]"]
    links = [link.url for paragraph in paper.paragraphs for link in paragraph.hyperlinks]
    assert links == [f"{BASE}/articles/x?lang=tr#c10-30", f"{BASE}/articles/x?lang=tr"]


def test_a_word_file_bears_no_date_of_its_making() -> None:
    data = bytes_of(TURN, format="docx")
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = docx.Document(io.BytesIO(data)).core_properties
    assert properties.created == properties.modified
    assert properties.created is not None and properties.created.year == 1980


@pytest.mark.parametrize("name", ["docx", "pdf"])
def test_characters_that_no_file_can_hold_are_left_out(name: str) -> None:
    turn = Turn(
        "Köp\x00rü\ud800 \uffffn\x1be zaman?", answer(citations=[citation(1, quote="a\x08b\x0bc\ufffe")])
    )
    shown = read(bytes_of(turn, format=name), name)
    assert "Köprü ne zaman?" in shown
    assert "ab c" in shown


def test_a_very_long_question_is_exported() -> None:
    turn = Turn("ğ" * 3000 + " son", answer())
    for name in TEXTS:
        assert read(bytes_of(turn, format=name), name).replace(" ", "").count("ğ") >= 3000


# PDF


def test_a_pdf_has_its_fonts_its_language_pages_and_an_outline() -> None:
    reader = pypdf.PdfReader(io.BytesIO(bytes_of(*[TURN] * 12, format="pdf")))
    assert len(reader.pages) > 1
    for number, page in enumerate(reader.pages, 1):
        assert f"Sayfa {number}" in page.extract_text()
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            assert "/FontFile2" in font.get_object()["/FontDescriptor"]
    assert reader.trailer["/Root"]["/Lang"] == "tr"  # type: ignore[index]
    assert reader.metadata is not None and reader.metadata.title == "Dipnot: Köprü ne zaman yıkıldı?"
    assert reader.metadata.creation_date is not None and reader.metadata.creation_date.year == 2000
    assert [entry["/Title"] for entry in reader.outline][-2:] == [  # type: ignore[call-overload]
        "12. Köprü ne zaman yıkıldı?",
        "Anılan makaleler",
    ]


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        (LETTERS, LETTERS),
        ("“ağaç” – … ≠", "“ağaç” – … ≠"),
        ("Жук ẅ 日 🙂", "??? w ? ?"),
        ("a\u200bb\u0323", "ab"),
    ],
)
def test_a_letter_that_the_font_lacks_is_replaced(words: str, drawn: str) -> None:
    assert drawable(words) == drawn


@given(st.text())
def test_whatever_is_drawn_has_a_glyph(words: str) -> None:
    drawn = drawable(words)
    assert drawable(drawn) == drawn
    assert len(drawn) <= len(words)


# The real assistant


@pytest.fixture(scope="module")
def conversation(assistant: Assistant) -> list[Turn]:
    return [
        Turn("Gizli antlaşmalar ne zaman açıklandı?", assistant.ask("Gizli antlaşmalar ne zaman açıklandı?")),
        Turn("When was the Treaty of Kars signed?", assistant.ask("When was the Treaty of Kars signed?")),
        Turn("What is the capital of Australia?", assistant.ask("What is the capital of Australia?")),
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_a_real_conversation_is_exported_whole(
    name: str, conversation: list[Turn], assistant: Assistant
) -> None:
    exported = export(conversation, name, "tr", articles=assistant.articles, base_url=BASE)
    # Lines may break anywhere.
    shown = read(exported.content, name).replace(" ", "")
    for turn in conversation:
        assert turn.answer is not None
        assert turn.question.replace(" ", "") in shown
        assert re.sub(r"[\s*]", "", turn.answer.text) in shown
        for cited in turn.answer.citations:
            assert cited.quote.replace(" ", "") in shown
            assert cited.title.replace(" ", "") in shown
        for passage in turn.answer.nearest:
            assert passage.text.replace(" ", "") not in shown
    assert conversation[2].answer is not None and conversation[2].answer.status == "declined"
    assert assistant.generation in shown
    differing = conversation[0].answer
    assert differing is not None and differing.disagreement is not None
    assert shown.count(differing.disagreement.about.replace(" ", "")) == 1


def test_an_answer_in_english_to_a_question_in_turkish(assistant: Assistant) -> None:
    asked = "Moskova Antlaşması ne zaman imzalandı?"
    turn = Turn(asked, assistant.ask(asked, language="en"))
    [exchange] = content_of([turn], "en", assistant.articles).exchanges
    assert {run.language for run in exchange.answer} == {"en"}
    assert {note.quote.language for note in exchange.notes} == {"tr"}
    assert all(note.support for note in exchange.notes)
