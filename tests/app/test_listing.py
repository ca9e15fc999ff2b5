"""The listing of an article: everything in the file is there, with its place and its repairs."""

import re
import sys
from pathlib import Path

import pytest

from app.cli import main
from app.listing import list_article
from corpus.article import Article, Block
from corpus.catalogue import PACKAGED, read_catalogue
from corpus.reading import read_corpus

NAMES = [entry.id for entry in read_catalogue()]
_HEADER = re.compile(r"(?P<id>\S+-b\d+)  (?P<kind>.+?)  \[(tr|en)\]  page (\d+), lines (\d+)-(\d+)")


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return {article.id: article for article in read_corpus()}


@pytest.fixture(params=NAMES)
def article(request: pytest.FixtureRequest, articles: dict[str, Article]) -> Article:
    return articles[request.param]


def listed(article: Article) -> list[str]:
    return "\n".join(list_article(article)).split("\n")


def entry(article: Article, block: Block) -> list[str]:
    """The lines of a listing that belong to one block."""
    lines = listed(article)
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{block.id}  "))
    return lines[start : lines.index("", start)]


def test_the_first_lines_name_the_article(article: Article) -> None:
    name, people, *_ = listed(article)
    assert [part for part in (article.id, article.shown_title, article.file) if part not in name] == []
    assert [author for author in article.authors if author not in people] == []
    assert f"year: {article.year or '-'}" in people
    assert f"journal: {article.journal or '-'}" in people


def test_every_block_is_there_with_kind_language_page_and_lines(article: Article) -> None:
    headers = [match for line in listed(article) if (match := _HEADER.fullmatch(line))]
    assert [match["id"] for match in headers] == [block.id for block in article.blocks]
    for match, block in zip(headers, article.blocks, strict=True):
        starts = [start for start, _ in block.spans]
        ends = [end for _, end in block.spans]
        # Counted in the file itself, not asked of the article.
        page = sum(first <= starts[0] for first in article.pages)
        first, last = (article.raw.count("\n", 0, at) + 1 for at in (min(starts), max(ends) - 1))
        assert match["kind"] == f"{block.kind} {block.note}".strip()
        assert list(match.groups()[2:]) == [block.language, str(page), str(first), str(last)]


def test_every_block_is_shown_with_its_repaired_text(article: Article) -> None:
    lines = listed(article)
    shown = [lines[i + 1] for i, line in enumerate(lines) if _HEADER.fullmatch(line)]
    assert shown == [f"  {block.text}" for block in article.blocks]


def test_every_section_is_announced_once_before_its_first_block(article: Article) -> None:
    sections = [block.section or "(no heading)" for block in article.blocks]
    changes = [name for i, name in enumerate(sections) if not i or sections[i - 1] != name]
    announced = [line.removeprefix("== ") for line in listed(article) if line.startswith("== ")]
    assert announced == [*changes, "residue"]


def test_repaired_words_show_both_readings(article: Article) -> None:
    for block in article.blocks:
        mended = [piece for piece in block.pieces if piece.kind in ("ocr", "stray")]
        lines = [line for line in entry(article, block) if line.startswith("  repaired: ")]
        assert len(lines) == bool(mended)
        readings = "".join(lines).removeprefix("  repaired: ").split("; ") if mended else []
        for piece in mended:
            assert f"{article.raw[piece.start : piece.end]!r} → {piece.text!r}" in readings


def test_a_known_misreading_is_shown_where_it_stands(articles: dict[str, Article]) -> None:
    listing = "\n".join(listed(articles["000"]))
    assert "  repaired: 'sl~rting' → 'starting'" in listing
    assert "sl~rting" in articles["000"].raw
    assert "sl~rting" not in listing.replace("'sl~rting'", "")


def test_notes_are_named_where_they_are_called(article: Article) -> None:
    for block in article.blocks:
        lines = [line for line in entry(article, block) if line.startswith("  notes called: ")]
        called = ", ".join(mark.note for mark in block.marks)
        assert lines == ([f"  notes called: {called}"] if called else [])


def test_the_residue_is_listed_with_line_and_reason(article: Article) -> None:
    lines = listed(article)
    gaps = [gap for gap in article.residue if gap.reason != "empty lines"]
    shown = lines[lines.index("== residue") + 1 :]
    assert len(shown) == len(gaps)
    for line, gap in zip(shown, gaps, strict=True):
        number = article.raw.count("\n", 0, gap.start) + 1
        assert line.startswith(f"line {number}: {gap.reason}: ")
        assert line.endswith(repr(" ".join(article.raw[gap.start : gap.end].split())))


def test_every_word_of_the_file_is_in_a_block_or_in_the_residue(article: Article) -> None:
    covered = bytearray(len(article.raw))
    spans = [span for block in article.blocks for span in block.spans]
    for start, end in [*spans, *((gap.start, gap.end) for gap in article.residue)]:
        covered[start:end] = b"\1" * (end - start)
    left = "".join(char for char, there in zip(article.raw, covered, strict=True) if not there)
    assert left.strip() == ""


def test_the_command_prints_the_listing(
    articles: dict[str, Article],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["dipnot", "corpus", "004", "--corpus", str(PACKAGED)])
    with pytest.raises(SystemExit) as left:
        main()
    assert not left.value.code
    assert capsys.readouterr() == ("\n".join(list_article(articles["004"])) + "\n", "")
