from __future__ import annotations

import random
import re

import pytest

from corpus.report import DOCS, corpus_page, corpus_report

SEED = 1921
REVIEWED = 20


@pytest.fixture(scope="module")
def review():
    return (DOCS / "corpus-review.md").read_text(encoding="utf-8")


def test_the_page_is_what_the_code_makes_of_the_articles(articles):
    page = (DOCS / "corpus.md").read_text(encoding="utf-8")
    assert page.startswith(corpus_report(articles)), "stale: run python -m corpus.report"
    assert page == corpus_page(articles), "stale: run python -m corpus.report"


def test_the_report_has_a_table_for_each_article_with_its_counts(articles):
    parts = corpus_report(articles).split("\n## ")[1:]
    assert len(parts) == len(articles)
    for article, part in zip(articles, parts, strict=True):
        assert part.startswith(f"{article.id}: {article.shown_title}\n")
        assert f"| sentences | {len(article.sentences)} |" in part
        assert f"| pages | {len(article.pages)} |" in part


def test_the_report_counts_every_block_repair_and_gap_once(articles):
    for article in articles:
        table = corpus_report([article])
        blocks = [int(n) for n in re.findall(r"^\| blocks: .* \| (\d+) \|$", table, flags=re.M)]
        repairs = [int(n) for n in re.findall(r"^\| repairs: .* \| (\d+) \|$", table, flags=re.M)]
        gaps = re.findall(r"^\| residue: .* \| (\d+) \((\d+) characters\) \|$", table, flags=re.M)
        held = sum(piece.end - piece.start for block in article.blocks for piece in block.pieces)
        assert sum(blocks) == len(article.blocks)
        assert sum(repairs) == sum(bool(piece.kind) for block in article.blocks for piece in block.pieces)
        assert sum(int(count) for count, _ in gaps) == len(article.residue)
        assert sum(int(characters) for _, characters in gaps) + held == len(article.raw)


def test_the_report_tells_notes_and_marks_without_each_other(articles):
    tables = {article.id: corpus_report([article]) for article in articles}
    assert "| notes: no mark in the text (•) | 1 |" in tables["000"]
    assert "| marks: no note of that number (4, 5, 6) | 3 |" in tables["004"]
    for name in ("001", "002", "003"):
        assert "no mark" not in tables[name]
        assert "no note" not in tables[name]


def test_the_reviewed_sentences_are_the_seeded_ones_and_read_as_reviewed(articles, review):
    sentences = [(article, sentence) for article in articles for sentence in article.sentences]
    expected = []
    for number, (article, sentence) in enumerate(random.Random(SEED).sample(sentences, REVIEWED), 1):
        first, last = article.lines(sentence.spans)
        lines = f"line {first}" if first == last else f"lines {first}-{last}"
        page = article.page(sentence.spans[0][0])
        expected.append((f"{number}. {article.id}, page {page}, {lines}", sentence.text))
    assert re.findall(r"^### (.*)\n\n> (.*)$", review, flags=re.M) == expected


def test_every_reviewed_sentence_has_a_verdict(review):
    verdicts = re.findall(r"^> .*\n\n(Right|Wrong)\b", review, flags=re.M)
    assert len(verdicts) == REVIEWED
    assert verdicts.count("Right") == 19
