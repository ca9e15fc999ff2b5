from __future__ import annotations

import statistics

import pytest

from corpus.article import Block, Sentence
from corpus.passages import SHORTEST_WORDS, TELLING_NOTE_WORDS, pack, word_count

ARTICLES = ("000", "001", "002", "003", "004")
RUNNING = ("paragraph", "quotation", "list item")


def block_of(article, sentence_id):
    return article.block_by_id[article.sentence_by_id[sentence_id].block]


def fresh(passages):
    """Of each passage, the sentences that no passage before it held; the rest was carried over."""
    seen = set()
    parts = []
    for passage in passages:
        parts.append([sentence for sentence in passage.sentences if sentence not in seen])
        seen |= set(passage.sentences)
    return parts


@pytest.mark.parametrize("name", ARTICLES)
def test_every_sentence_is_in_a_passage_and_carried_ones_aside_in_one(by_id, name):
    article = by_id[name]
    packed = [sentence for part in fresh(article.passages) for sentence in part]
    assert sorted(packed) == sorted(sentence.id for sentence in article.sentences)
    for passage in article.passages:
        assert len(set(passage.sentences)) == len(passage.sentences)


@pytest.mark.parametrize("name", ARTICLES)
def test_a_passage_begins_with_the_end_of_the_one_before_it_or_with_nothing_of_it(by_id, name):
    article = by_id[name]
    for before, passage, new in zip(
        article.passages, article.passages[1:], fresh(article.passages)[1:], strict=False
    ):
        assert new
        carried = passage.sentences[: len(passage.sentences) - len(new)]
        assert (*carried, *new) == passage.sentences
        assert carried == before.sentences[len(before.sentences) - len(carried) :]
        assert len(carried) < len(before.sentences) or not carried
        assert sum(word_count(article.sentence_by_id[s].text) for s in carried) <= 50


@pytest.mark.parametrize("name", ARTICLES)
def test_every_block_but_the_headings_has_its_sentences_in_passages(by_id, name):
    article = by_id[name]
    packed = {block_of(article, s).id for passage in article.passages for s in passage.sentences}
    assert packed == {block.id for block in article.blocks if block.kind != "heading"}


@pytest.mark.parametrize("name", ARTICLES)
def test_sentences_of_the_body_keep_their_order(by_id, name):
    article = by_id[name]
    order = {sentence.id: at for at, sentence in enumerate(article.sentences)}
    body = [passage for passage in article.passages if passage.kind != "footnote"]
    places = [order[sentence] for part in fresh(body) for sentence in part]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ARTICLES)
def test_sentences_keep_their_order_within_a_passage(by_id, name):
    """Of notes too, where a telling note may stand before the short ones collected around it."""
    article = by_id[name]
    order = {sentence.id: at for at, sentence in enumerate(article.sentences)}
    for passage in article.passages:
        places = [order[sentence] for sentence in passage.sentences]
        assert places == sorted(places)


@pytest.mark.parametrize("name", ARTICLES)
def test_notes_come_last(by_id, name):
    kinds = [passage.kind == "footnote" for passage in by_id[name].passages]
    assert kinds == sorted(kinds)


@pytest.mark.parametrize("name", ARTICLES)
def test_no_passage_crosses_a_section_a_language_or_notes_and_body(by_id, name):
    article = by_id[name]
    for passage in article.passages:
        blocks = [block_of(article, sentence) for sentence in passage.sentences]
        assert {block.section for block in blocks} == {passage.section}
        assert {block.language for block in blocks} == {passage.language}
        kinds = {block.kind for block in blocks}
        assert kinds <= set(RUNNING) or kinds == {passage.kind}
        assert passage.kind in kinds


@pytest.mark.parametrize("name", ARTICLES)
def test_a_passages_text_and_spans_are_its_sentences(by_id, name):
    article = by_id[name]
    for passage in article.passages:
        sentences = [article.sentence_by_id[s] for s in passage.sentences]
        assert passage.text == " ".join(sentence.text for sentence in sentences)
        held = {at for start, end in passage.spans for at in range(start, end)}
        assert held == {at for s in sentences for start, end in s.spans for at in range(start, end)}


@pytest.mark.parametrize("name", ARTICLES)
def test_a_passage_over_a_page_foot_has_several_spans(by_id, name):
    assert any(len(passage.spans) > 1 for passage in by_id[name].passages)


@pytest.mark.parametrize("name", ARTICLES)
def test_running_text_is_packed_into_about_110_words(by_id, name):
    sizes = [word_count(p.text) for p in by_id[name].passages if p.kind in RUNNING]
    assert 80 <= statistics.median(sizes) <= 130
    assert min(sizes) >= SHORTEST_WORDS


@pytest.mark.parametrize("name", ARTICLES)
def test_no_passage_is_over_260_words(by_id, name):
    assert [p.id for p in by_id[name].passages if word_count(p.text) > 260] == []


@pytest.mark.parametrize("name", ARTICLES)
def test_a_telling_note_stands_alone(by_id, name):
    article = by_id[name]
    for passage in article.passages:
        if passage.kind != "footnote":
            continue
        notes = {block_of(article, sentence).id for sentence in passage.sentences}
        if len(notes) > 1:
            for note in notes:
                words = sum(word_count(s.text) for s in article.sentences if s.block == note)
                assert words < TELLING_NOTE_WORDS


@pytest.mark.parametrize("name", ARTICLES)
def test_a_quotation_stays_with_the_words_that_introduce_it(by_id, name):
    """A passage ends on a colon only where its section ends on one."""
    article = by_id[name]
    for passage, following in zip(article.passages, article.passages[1:], strict=False):
        if passage.text.endswith(":") and passage.kind in RUNNING:
            assert following.section != passage.section or following.kind not in RUNNING


def made(*counts, kind="paragraph"):
    blocks = [Block(f"b{i}", kind, "tr", "S", 0, ()) for i in range(len(counts))]
    sentences = [
        Sentence(f"b{i}-s", f"b{i}", 0, 1, " ".join(["söz"] * n) + ".", ((i * 1000, i * 1000 + n),))
        for i, n in enumerate(counts)
    ]
    return pack("x", blocks, sentences)


def sizes_of(passages):
    """Words of the sentences that each passage adds; a made sentence's id tells its block's."""
    words = {
        s: word_count(text) for p in passages for s, text in zip(p.sentences, sentences_in(p), strict=True)
    }
    return [sum(words[sentence] for sentence in part) for part in fresh(passages)]


def sentences_in(passage):
    return [f"{text}." for text in passage.text.removesuffix(".").split(". ")]


def test_a_passage_is_closed_when_half_the_next_sentence_would_be_over_the_aim():
    assert sizes_of(made(60, 40, 40)) == [100, 40]
    assert sizes_of(made(60, 30, 40)) == [130]


def test_a_short_remainder_joins_the_passage_before_it():
    assert sizes_of(made(100, 34)) == [134]
    assert sizes_of(made(110, 35)) == [110, 35]


def test_no_sentence_is_cut_however_long():
    assert sizes_of(made(300)) == [300]


def test_short_notes_are_collected_and_long_ones_stand_alone():
    assert sizes_of(made(5, 5, 30, 5, kind="footnote")) == [15, 30]


def test_nothing_packs_into_nothing():
    assert pack("x", [], []) == ()
