"""What is put on pages, into files and into frames from hostile articles stays words."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import docx
import pypdf
import pytest
import rispy
from docx.opc.constants import RELATIONSHIP_TYPE
from lxml import etree
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page, expect
from pybtex.database import parse_string

from app.assistant import Assistant
from app.export import FORMATS, export
from app.feedback import Entry
from app.feedback_command import as_csv, as_jsonl
from app.permalink import answer_url
from app.reader import render_article
from app.turns import Turn
from app.visible import UNSEEN
from tests.browser.chatpage import ask, open_chat
from tests.hostile.attacks import ATTACKS, ENGLISH, EVIL, QUESTIONS, TURKISH, carried
from tests.hostile.looking import IN_ANSWER, Watch

BASE = "https://dipnot.example.org"


@pytest.fixture(scope="module")
def watched(browser: Browser, hostile_site: str) -> Iterator[tuple[Page, Watch, str]]:
    """A page of a reader who looks at one page after another, and what is noted of it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="tr-TR")
    context.set_default_timeout(30_000)
    page = context.new_page()
    yield page, Watch(page, hostile_site), hostile_site
    context.close()


@pytest.fixture(scope="module")
def turns(hostile: Assistant) -> list[Turn]:
    """A conversation in which everything was asked."""
    return [
        Turn(question, hostile.ask(question))
        for question in [*(question for question, _ in QUESTIONS), *ATTACKS]
    ]


# Pages


def test_the_audit_sees_an_attack_that_succeeds(watched):
    page, watch, site = watched
    page.goto(f"{site}/ask?lang=tr")
    assert watch.audit() == []
    page.evaluate(
        """() => {
          document.body.insertAdjacentHTML("beforeend",
            '<p onclick="1">x</p><img src="https://evil.example/x.png"><a href="javascript:1">y</a>\\u202e');
          window.owned = 1;
        }"""
    )
    page.wait_for_timeout(100)
    found = " ".join(watch.audit())
    for sign in ("p onclick", "<img>", "img src=", "a href=javascript:1", "unseen in", "a script has run"):
        assert sign in found
    assert "a request to https://evil.example/x.png" in found or "Content Security Policy" in found


@pytest.mark.parametrize("language", ["tr", "en"])
def test_no_attack_succeeds_on_the_page_of_an_answer(watched, language):
    page, watch, site = watched
    found = []
    for question in [*TURKISH, *ENGLISH, *ATTACKS]:
        page.goto(f"{site}/ask?lang={language}&q={quote(question)}")
        found += watch.audit()
        found += watch.audit("main", [*IN_ANSWER, "main", "article", "cite"])
    assert found == []


def test_no_attack_succeeds_behind_a_permanent_link(watched, hostile: Assistant):
    page, watch, site = watched
    found = []
    for question in [*TURKISH[:4], *ENGLISH[:4], *ATTACKS]:
        page.goto(site + answer_url(hostile.ask(question), (question,)))
        found += watch.audit()
    assert found == []


@pytest.mark.parametrize("way", ["", "&english=1", "&received=1", "&embed=1", "&english=1&received=1"])
def test_no_attack_succeeds_in_the_reader(watched, hostile: Assistant, way):
    page, watch, site = watched
    found = []
    for name, article in hostile.articles.items():
        page.goto(f"{site}/articles/{name}?lang=tr&c=0-{len(article.raw)}{way}#c0-{len(article.raw)}")
        expect(page.locator("mark").first).to_be_visible()
        found += watch.audit()
    assert found == []


def test_no_attack_succeeds_on_the_pages_of_the_corpus(watched):
    page, watch, site = watched
    found = []
    addresses = [
        "/corpus?lang=tr",
        "/corpus?lang=en&from=1924-01&to=1924-12",
        "/articles/nothing%3Cscript%3E",
    ]
    asked = [
        "Balkaya",
        "Komisyon",
        "script",
        '"imza töreni"',
        "window.owned",
        "treaty",
        "evil.example",
        *ATTACKS,
    ]
    for address in [*addresses, *(f"/corpus/search?lang=tr&q={quote(query)}" for query in asked)]:
        page.goto(site + address)
        found += watch.audit()
    page.goto(f"{site}/corpus/search?lang=tr&q=Balkaya")
    assert "<script>window.owned='date'</script>" in page.locator("main").inner_text()
    assert found == []


def test_no_attack_succeeds_on_the_chat_page(watched):
    page, watch, site = watched
    open_chat(page, site)
    found = watch.audit("#header", IN_ANSWER)
    asked = [*TURKISH[:6], TURKISH[10], TURKISH[12], TURKISH[17], *ENGLISH[:3], ENGLISH[8], *ATTACKS[:6]]
    for question in asked:
        turn = ask(page, question)
        found += watch.audit("#conversation", IN_ANSWER)
        if turn.locator("a.footnote").count():
            turn.locator("a.footnote").first.click()
            expect(page.frame_locator("#source-frame").locator("mark").first).to_be_visible()
            found += watch.audit("#panel", [*IN_ANSWER, "iframe"])
    assert page.locator("#conversation .footnote").count() >= 10
    assert "<script>window.owned='date'</script>" in page.locator("#conversation").inner_text()
    assert found == []


def test_a_bracketed_number_of_an_article_is_no_footnote_of_the_answer(watched, hostile: Assistant):
    page, _, site = watched
    question = "Balkaya Antlaşması ne zaman imzalandı?"
    answer = hostile.ask(question)
    assert "[99]" in answer.claims[0].text and "[99]" in answer.citations[0].quote
    page.goto(f"{site}/ask?lang=tr&q={quote(question)}")
    marks = page.locator("p.text a").all_inner_texts()
    assert marks == [f"[{citation.n}]" for citation in answer.citations]
    # The card shows the words as the article has them.
    assert "[1] [99] (Dipnot 3)" in page.locator("#source-1 blockquote").first.inner_text()


# Characters that nobody sees


def test_pages_name_unseen_characters(watched, hostile: Assistant):
    page, _, site = watched
    page.goto(f"{site}/corpus/search?lang=tr&q=Demirkol")
    shown = page.locator("main").inner_text()
    assert "[U+2069][U+202E]" in shown and carried(shown.replace("\n", " ")) == []


def test_the_reader_keeps_every_unseen_character_in_a_box_of_its_own(watched, hostile: Assistant):
    page, _, site = watched
    article = hostile.articles["900"]
    page.goto(f"{site}/articles/900?lang=tr")
    boxes = page.locator("article .unseen")
    expected = [
        (piece.start + found.start(), found[0])
        for block in article.blocks
        for piece in block.pieces
        if not piece.kind
        for found in UNSEEN.finditer(piece.text)
    ]
    shown = boxes.evaluate_all("nodes => nodes.map((node) => [Number(node.dataset.s), node.textContent])")
    assert len(expected) > 20 and [(at, char) for at, char in shown] == expected
    assert boxes.first.get_attribute("data-code") == f"U+{ord(expected[0][1]):04X}"


def test_an_override_turns_nothing_around_in_the_reader(watched, hostile: Assistant):
    page, _, site = watched
    page.goto(f"{site}/articles/900?lang=tr")
    # "\u2069\u202eRıza Tevfik Demirkol\u2066": within the override the letters would run from right to left.
    lefts = page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf("Demirkol");
            if (at < 0) continue;
            const left = (index) => {
              const range = document.createRange();
              range.setStart(walker.currentNode, index);
              range.setEnd(walker.currentNode, index + 1);
              return range.getBoundingClientRect().left;
            };
            return [left(at), left(at + 1), left(at + 2)];
          }
        }"""
    )
    assert lefts == sorted(lefts) and len({*lefts}) == 3


def test_the_offsets_of_the_reader_are_those_of_the_file(hostile: Assistant):
    for article in hostile.articles.values():
        page = etree.HTML(render_article(article, [(0, len(article.raw))]))
        for run in page.xpath("//article//*[@data-s][not(@data-received)]"):
            words = "".join(run.itertext())
            start, end = int(run.get("data-s")), int(run.get("data-e"))
            # lxml makes nothing of some controls; each stands alone, in its own box.
            if run.get("class") != "unseen":
                assert words == article.raw[start:end]
            assert end - start == len(words) or run.get("class") == "unseen"


def test_nothing_is_wider_than_the_page(watched, hostile: Assistant):
    page, _, site = watched
    for address in (
        f"/ask?lang=tr&q={quote('Ticaret sözleşmesi nerede hazırlandı?')}",
        "/articles/900?lang=tr",
        f"/corpus/search?lang=tr&q={quote('ticaret sözleşmesi')}",
    ):
        page.goto(site + address)
        assert (
            page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        )


# Files


def files(turns: list[Turn], hostile: Assistant, language: str) -> dict[str, bytes]:
    return {
        format: export(turns, format, language, articles=hostile.articles, base_url=BASE).content
        for format in FORMATS
    }


@pytest.fixture(scope="module", params=["tr", "en"])
def exported(request: pytest.FixtureRequest, turns: list[Turn], hostile: Assistant) -> dict[str, bytes]:
    return files(turns, hostile, request.param)


def test_no_attack_succeeds_in_an_exported_page(
    browser: Browser, exported: dict[str, bytes], hostile_site: str
):
    # Opened as from a disk: no header with a policy stands before it.
    context = browser.new_context()
    page = context.new_page()
    watch = Watch(page, hostile_site)
    page.route("**/saved.html", lambda route: route.fulfill(body=exported["html"], content_type="text/html"))
    page.goto(f"{hostile_site}/saved.html")
    page.wait_for_timeout(200)
    found = watch.audit()
    links = page.locator("a").evaluate_all("nodes => nodes.map((node) => node.href)")
    context.close()
    # Its own policy, and the links back to the reader.
    own = re.compile(rf"meta http-equiv|a href={re.escape(BASE)}/")
    assert [one for one in found if not own.search(one)] == []
    assert links and [link for link in links if not link.startswith((f"{BASE}/", f"{hostile_site}/"))] == []


def test_no_attack_succeeds_in_exported_markdown(exported: dict[str, bytes]):
    written = exported["md"].decode()
    for flavour in ("commonmark", "gfm-like"):
        reader = MarkdownIt(flavour, {"html": True})
        # Addresses that only stand there are made links by some programs; that is theirs to do.
        reader.options["linkify"] = False
        tokens = [inner for token in reader.parse(written) for inner in (token, *(token.children or []))]
        kinds = {token.type for token in tokens}
        assert not kinds & {"html_block", "html_inline", "image", "fence", "code_block", "code_inline"}
        links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
        assert links and [link for link in links if not link.startswith(f"{BASE}/articles/")] == []
    assert carried(written) == []


def test_no_attack_succeeds_in_an_exported_word_file(exported: dict[str, bytes]):
    paper = docx.Document(io.BytesIO(exported["docx"]))
    outside = [relation for relation in paper.part.rels.values() if relation.is_external]
    assert {relation.reltype for relation in outside} == {RELATIONSHIP_TYPE.HYPERLINK}
    assert {urlsplit(relation.target_ref).netloc for relation in outside} == {urlsplit(BASE).netloc}
    with zipfile.ZipFile(io.BytesIO(exported["docx"])) as parts:
        names = parts.namelist()
        body = etree.fromstring(parts.read("word/document.xml"))
    assert not [name for name in names if re.search("vba|activeX|embeddings|media", name)]
    elements = {etree.QName(element).localname for element in body.iter()}
    assert not elements & {"fldSimple", "instrText", "fldChar", "object", "pict", "drawing", "altChunk"}
    written = "".join(body.itertext())
    assert "<script>window.owned='date'</script>" in written and carried(written) == []


def test_no_attack_succeeds_in_an_exported_pdf(exported: dict[str, bytes]):
    paper = pypdf.PdfReader(io.BytesIO(exported["pdf"]))
    catalogue = paper.root_object
    assert not {"/OpenAction", "/AA", "/AcroForm"} & {*catalogue}
    assert "/JavaScript" not in catalogue.get("/Names", {})
    actions = [
        note.get_object()["/A"]
        for page in paper.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    ]
    assert actions and {str(action["/S"]) for action in actions} == {"/URI"}
    assert {urlsplit(str(action["/URI"])).netloc for action in actions} == {urlsplit(BASE).netloc}
    written = "".join(page.extract_text() for page in paper.pages)
    assert "window.owned='date'" in written and carried(written.replace("\n", " ")) == []


def test_no_attack_succeeds_in_an_exported_bibliography(exported: dict[str, bytes], hostile: Assistant):
    names = [f"dipnot-{name}" for name in hostile.articles]
    written = exported["bib"].decode()
    entries = parse_string(written, "bibtex").entries
    assert [*entries] == names
    assert {*entries["dipnot-900"].fields} <= {"title", "journal", "year", "url"}
    assert [one.fields["url"].startswith(f"{BASE}/articles/") for one in entries.values()] == [True] * len(
        names
    )
    # TeX carries out what follows a backslash, whether in braces or not.
    commands = {*re.findall(r"\\([a-zA-Z]+)", written)}
    assert commands == {"textbackslash"}
    found = rispy.loads(exported["ris"].decode())
    assert [one["id"] for one in found] == names
    assert [one["urls"] for one in found] == [
        [f"{BASE}/articles/{name}?lang={one['urls'][0][-2:]}"]
        for name, one in zip(hostile.articles, found, strict=True)
    ]
    listed = json.loads(exported["json"])
    assert [one["id"] for one in listed] == names
    for format in ("bib", "ris", "json"):
        assert carried(exported[format].decode()) == []


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", "\ufeff=", "\u200b="]
)
def test_no_cell_of_a_table_is_a_formula(sign: str):
    attack = f'{sign}HYPERLINK("https://{EVIL}";"x")'
    entry = Entry("2026-01-31T09:05:00Z", "wrong", attack, attack, "tr", "g", "a")
    rows = list(csv.reader(io.StringIO(as_csv([entry]), newline="")))
    assert len(rows) == 2 and EVIL in rows[1][2] and EVIL in rows[1][3]
    assert [
        cell for cell in rows[1] if cell.startswith((*"=+-@＝＋－＠", "\t", "\r", "\n", "\ufeff", "\u200b"))
    ] == []
    assert json.loads(as_jsonl([entry]))["note"] == attack and carried(as_jsonl([entry])) == []
