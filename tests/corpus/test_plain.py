"""An article of plain paragraphs: the text as it was, and sentences and passages that know their place."""

from __future__ import annotations

import hashlib

from hypothesis import example, given
from hypothesis import strategies as st

from corpus.passages import TARGET_WORDS, word_count
from corpus.plain import paragraph_starts, plain_article

FIRST = "Antlaşma 16 Mart 1921'de Moskova'da imzalandı. Altı madde ve bir önsözden oluşur."
SECOND = "The treaty was signed in Moscow. Kars followed in October."

pieces = st.sampled_from(
    ["Antlaşma imzalandı. ", "II. Nikola ", "(bkz. s. 5). ", "Ne oldu? ", " ", "\n", "\n\n", "\xa0", "\ufeff"]
)
texts = st.lists(pieces | st.text(st.characters(codec="utf-8"), max_size=20), max_size=12).map("".join)
paragraphs = st.lists(texts, max_size=6)


def between(article, spans):
    return [article.raw[start:end] for start, end in spans]


def test_the_raw_text_is_the_paragraphs_with_an_empty_line_between_them():
    article = plain_article("p", "tr", [FIRST, SECOND])
    assert article.raw == f"{FIRST}\n\n{SECOND}"
    assert article.sha256 == hashlib.sha256(article.raw.encode()).hexdigest()
    assert [block.text for block in article.blocks] == [FIRST, SECOND]


def test_a_paragraph_is_split_into_sentences():
    article = plain_article("p", "en", [SECOND])
    assert [sentence.text for sentence in article.sentences] == [
        "The treaty was signed in Moscow.",
        "Kars followed in October.",
    ]
    assert {sentence.block for sentence in article.sentences} == {article.blocks[0].id}


def test_the_article_is_in_the_language_given():
    article = plain_article("p", "en", [SECOND])
    assert {block.language for block in article.blocks} == {"en"}
    assert {passage.language for passage in article.passages} == {"en"}


def test_short_paragraphs_are_passages_of_their_own():
    article = plain_article("p", "tr", [FIRST, SECOND, FIRST])
    assert [passage.text for passage in article.passages] == [FIRST, SECOND, FIRST]
    assert len({passage.id for passage in article.passages}) == 3


def test_a_long_paragraph_becomes_several_passages_and_a_short_one_behind_it_stays_apart():
    long = " ".join(f"Bu, uzun bir paragrafın {number} numaralı cümlesidir." for number in range(60))
    article = plain_article("p", "tr", [long, FIRST])
    assert len(article.passages) > 3
    assert article.passages[-1].text == FIRST
    assert all(word_count(passage.text) < 1.5 * TARGET_WORDS for passage in article.passages)


def test_a_title_is_no_part_of_the_text_and_is_shown_as_supplied():
    article = plain_article("p", "tr", [FIRST], "Moskova Antlaşması")
    assert article.shown_title == "[Moskova Antlaşması]"
    assert "Moskova Antlaşması" not in article.raw
    assert plain_article("p", "tr", [FIRST]).shown_title == ""


def test_white_space_alone_is_no_block_but_keeps_its_place():
    paragraphs = [" \n", FIRST, "", f"  {SECOND} "]
    article = plain_article("p", "tr", paragraphs)
    assert [block.text for block in article.blocks] == [FIRST, SECOND]
    assert article.raw == "\n\n".join(paragraphs)
    assert article.blocks[1].spans == ((article.raw.index(SECOND), article.raw.index(SECOND) + len(SECOND)),)


def test_no_paragraph_makes_an_empty_article():
    article = plain_article("p", "tr", [])
    assert (article.raw, article.blocks, article.passages, article.residue) == ("", (), (), ())
    assert paragraph_starts([]) == []


@given(paragraphs)
@example(["", "a", ""])
def test_every_paragraph_stands_where_it_is_said_to_begin(paragraphs):
    article = plain_article("p", "tr", paragraphs)
    for start, paragraph in zip(paragraph_starts(paragraphs), paragraphs, strict=True):
        assert article.raw[start : start + len(paragraph)] == paragraph


@given(paragraphs)
def test_spans_are_exact(paragraphs):
    article = plain_article("p", "tr", paragraphs)
    for block in article.blocks:
        assert between(article, block.spans) == [block.text]
    for sentence in article.sentences:
        assert between(article, sentence.spans) == [sentence.text]
        assert article.block_by_id[sentence.block].text[sentence.start : sentence.end] == sentence.text
    for passage in article.passages:
        own = [article.sentence_by_id[name] for name in passage.sentences]
        assert passage.text == " ".join(sentence.text for sentence in own)
        assert "".join(between(article, passage.spans)) == "".join(sentence.text for sentence in own)


@given(paragraphs)
def test_every_sentence_is_in_a_passage_and_no_passage_crosses_a_paragraph(paragraphs):
    article = plain_article("p", "tr", paragraphs)
    assert len(article.blocks) == sum(bool(paragraph.strip()) for paragraph in paragraphs)
    packed = [article.sentence_by_id[name] for passage in article.passages for name in passage.sentences]
    assert {sentence.id for sentence in packed} == {sentence.id for sentence in article.sentences}
    for passage in article.passages:
        assert len({article.sentence_by_id[name].block for name in passage.sentences}) == 1


@given(paragraphs)
def test_blocks_and_residue_hold_every_character_once_and_residue_is_white_space(paragraphs):
    article = plain_article("p", "tr", paragraphs)
    runs = [span for block in article.blocks for span in block.spans]
    runs += [(gap.start, gap.end) for gap in article.residue]
    runs.sort()
    assert [start for start, _ in runs] == [0, *(end for _, end in runs)][: len(runs)]
    assert (runs[-1][1] if runs else 0) == len(article.raw)
    assert not "".join(article.raw[gap.start : gap.end] for gap in article.residue).strip()
