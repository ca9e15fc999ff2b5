"""Peers search the same articles and say where what they show stands."""

import sys
from difflib import SequenceMatcher
from importlib.metadata import version
from itertools import pairwise

import pytest

from app.compose import anchor_url
from corpus.catalogue import PACKAGED
from corpus.errors import DipnotError
from corpus.plain import plain_article
from corpus.reading import read_corpus
from eval.gold import GoldQuestion
from eval.peers import PEERS
from eval.peers.naive import NaiveAnswerer, squashed
from eval.peers.prompts import DOCUMENT, QUERY, encode_marked
from eval.peers.text import chunks_of, passages_of, plain_text
from eval.run import row_of
from index.encoder import Encoder

ABOUT_SALT = (
    "In Cheshire the brine was pumped from old mines. It was boiled in open pans until the salt fell."
)
ABOUT_BEES = (
    "A hive of honey bees keeps its brood warm.\n The workers shiver, and their bodies heat the nest."
)
ABOUT_GLASS = "Glass melts slowly! Sand, soda and lime are fused in a furnace, then blown or rolled."
# What the peers that need packages of their own import.
MODULES = {
    "turkish-rag-eval": "turkish_rag_eval.chunking",
    "txtai": "txtai",
    "llama-index": "llama_index.core",
}


@pytest.fixture(scope="module")
def encoder(model):
    return Encoder(model)


@pytest.fixture(scope="module")
def crafts():
    """A foreign article: three paragraphs, no headings."""
    return plain_article("crafts", "en", [ABOUT_SALT, ABOUT_BEES, ABOUT_GLASS], "Crafts")


@pytest.fixture(scope="module")
def both(crafts):
    """Article 004 and the foreign one."""
    read = {article.id: article for article in read_corpus(PACKAGED)}
    return {"004": read["004"], "crafts": crafts}


@pytest.fixture(scope="module")
def made(both, encoder):
    """Make a peer over both articles, once, with no way to the net."""
    peers = {}

    def make(name):
        if name in MODULES:
            pytest.importorskip(MODULES[name])
        if name not in peers:
            tried = []

            def refuse(*address):
                tried.append(address)
                raise OSError("a peer needs no net")

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("socket.socket.connect", refuse)
                patch.setattr("socket.getaddrinfo", refuse)
                peers[name] = PEERS[name](both, encoder)
                peers[name].search("Moskova", 1)
            assert tried == []
        return peers[name]

    return make


@pytest.fixture(params=list(PEERS))
def peer(request, made):
    return made(request.param)


def ask(words, history=()):
    return GoldQuestion(
        id="q",
        language="tr",
        type="how",
        question=words,
        history=list(history),
        answer="",
        must=[],
        evidence=[],
        difficulty=1,
        split="dev",
    )


def letters(text):
    return "".join(char for char in text if char.isalnum())


def characters(spans):
    return {i for start, end in spans for i in range(start, end)}


def raw(article, spans):
    return "".join(article.raw[start:end] for start, end in spans)


# Text that knows its article


def test_the_plain_text_is_the_blocks_with_a_blank_line_between(both):
    article = both["004"]
    assert plain_text(article).text == "\n\n".join(block.text for block in article.blocks)


def test_every_range_of_a_foreign_text_stands_behind_its_raw_spans(crafts):
    text = plain_text(crafts)
    assert len(text.parts) == 3
    for start in range(0, len(text.text), 7):
        for end in range(start + 1, len(text.text) + 1, 11):
            spans = text.raw_spans(start, end)
            assert letters(raw(crafts, spans)) == letters(text.text[start:end])


def test_the_raw_spans_of_a_whole_article_are_those_of_its_blocks(both):
    article = both["004"]
    text = plain_text(article)
    shown = [piece for block in article.blocks for piece in block.pieces if piece.text]
    covered = characters(text.raw_spans(0, len(text.text)))
    assert covered >= characters((piece.start, piece.end) for piece in shown)
    assert covered <= characters(span for block in article.blocks for span in block.spans)


def test_a_repaired_word_stands_behind_its_raw_characters(both):
    article = both["004"]
    text = plain_text(article)
    part, piece = next(
        (part, piece)
        for part in text.parts
        for piece in part.block.pieces
        if piece.kind == "hyphen" and not piece.text
    )
    at = part.at + sum(len(p.text) for p in part.block.pieces[: part.block.pieces.index(piece)])
    assert text.raw_spans(at, at + 3)[0][0] == piece.end
    ((start, end),) = text.raw_spans(at - 3, at + 3)
    assert start < piece.start < piece.end < end


def test_a_cut_text_knows_its_place(crafts):
    text = plain_text(crafts)
    start = text.text.index("boiled")
    own = text.cut(start, text.text.index("keeps"))
    assert own.text.startswith("boiled") and own.text.endswith("bees ")
    assert raw(crafts, own.raw_spans(0, 6)) == "boiled"
    at = own.text.index("hive")
    assert raw(crafts, own.raw_spans(at, at + 4)) == "hive"


def test_words_are_found_whatever_the_white_space(crafts):
    text = plain_text(crafts)
    start, end = text.find("warm. The   workers")
    assert text.text[start:end] == "warm.\n The workers"
    start, end = text.find("The", text.text.index("warm"))
    assert text.text[start:].startswith("The workers")


@pytest.mark.parametrize("words", ["no such words", "brood (warm", " ", ""])
def test_words_that_do_not_stand_there_are_an_error(crafts, words):
    with pytest.raises(ValueError, match="does not stand in the text"):
        plain_text(crafts).find(words)


def test_a_heading_is_framed_and_still_maps_to_its_words(both):
    article = both["004"]
    heading = next(block for block in article.blocks if block.kind == "heading")
    text = plain_text(article, lambda block: "== {} ==")
    at = text.text.index(f"== {heading.text} ==")
    assert raw(article, text.raw_spans(at, at + len(heading.text) + 6)) == heading.text
    assert text.raw_spans(at, at + 3) == ()


def test_our_passages_as_units_are_our_passages(both):
    units = {unit.id: unit for unit in passages_of(both.values())}
    for article in both.values():
        for passage in article.passages:
            assert (units[passage.id].text.text, units[passage.id].spans) == (passage.text, passage.spans)


# What every peer does


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_has_the_name_it_is_called_by_and_the_version_of_its_library(name, made):
    peer = made(name)
    assert (peer.name, peer.version) == (name, version(PEERS[name].libraries[0]))


def test_the_units_of_a_peer_stand_where_they_say(peer, both):
    units = list(peer.units())
    assert {article for article, _ in units} == set(both)
    shown = [unit.text.text for unit in peer._units]
    for (article, spans), text in zip(units, shown, strict=True):
        found = letters(raw(both[article], spans))
        assert SequenceMatcher(None, found, letters(text), autojunk=False).ratio() > 0.97


def test_the_units_of_a_peer_hold_the_whole_of_a_foreign_article(peer, crafts):
    covered = characters(span for article, spans in peer.units() if article == "crafts" for span in spans)
    missing = {i for i, char in enumerate(crafts.raw) if char.isalnum()} - covered
    assert missing == set()


@pytest.mark.parametrize(
    ("words", "article", "holds"),
    [
        ("Brest-Litovsk Antlaşması ile Rusya savaştan çekildi mi?", "004", "Brest-Litovsk"),
        ("How was the brine from old mines in Cheshire boiled?", "crafts", "brine"),
    ],
)
def test_an_obvious_passage_is_among_the_first(peer, both, words, article, holds):
    hits = peer.result(ask(words)).hits
    assert any(hit.article == article and holds in raw(both[article], hit.spans) for hit in hits[:3])


def test_hits_are_units_best_first(peer):
    hits = peer.result(ask("Gümrü Antlaşması hangi tarihte imzalandı?")).hits
    assert 1 < len(hits) <= 10
    units = {(article, spans) for article, spans in peer.units()}
    assert {(hit.article, tuple(hit.spans)) for hit in hits} <= units
    assert len({hit.passage for hit in hits}) == len(hits)
    assert all(one.score >= other.score for one, other in pairwise(hits))


def test_the_answer_is_what_the_first_hit_begins_with_and_cites_it(peer, both, judge):
    result = peer.result(ask("Moskova Antlaşması hangi tarihte imzalandı?"))
    answer, first = result.answer, result.hits[0]
    assert (answer.status, answer.language) == ("answered", "tr")
    assert 1 <= len(answer.claims) <= 2
    assert answer.text == " ".join(f"{claim.text} [{n}]" for n, claim in enumerate(answer.claims, 1))
    shown = letters(raw(both[first.article], first.spans))
    for claim, cited in zip(answer.claims, answer.citations, strict=True):
        assert claim.citations == [cited.n]
        assert " ".join(cited.quote.split()) == claim.text
        assert judge.quoted(cited) == cited.quote
        assert cited.article == first.article and letters(raw(both[first.article], cited.spans)) in shown
        assert cited.page == both[first.article].page(cited.spans[0][0])
        assert cited.url == anchor_url(cited.article, tuple(cited.spans))


def test_a_follow_up_is_searched_with_the_question_before_it(peer):
    history = ["Mustafa Kemal neden Ankara'ya geldi?", "How was the brine in Cheshire boiled?"]
    follow_up = peer.result(ask("And the glass?", history))
    together = peer.result(ask(f"{history[-1]} And the glass?"))
    assert follow_up.hits == together.hits
    assert follow_up.hits != peer.result(ask("And the glass?")).hits
    assert follow_up.answer.question == "And the glass?"


def test_times_are_told_and_a_row_can_be_made(peer, judge):
    row = row_of(peer, ask("Moskova Antlaşması hangi tarihte imzalandı?"), judge, list(peer.units()))
    assert 0 < row.timings_ms["search"] <= row.timings_ms["total"]
    assert row.scores.citation_recall == 1.0


# What one peer does


@pytest.mark.parametrize("missing", MODULES)
def test_a_package_that_is_not_installed_is_named_with_the_remedy(monkeypatch, missing, crafts, encoder):
    monkeypatch.setitem(sys.modules, MODULES[missing], None)
    package = MODULES[missing].partition(".")[0]
    with pytest.raises(DipnotError, match=rf"^{package} cannot be imported .*pip install 'dipnot\[peers\]'"):
        PEERS[missing]({"crafts": crafts}, encoder)


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_without_anything_to_search_says_so(name, made, encoder):
    made(name)
    with pytest.raises(DipnotError, match=f"nothing that {name} could search"):
        PEERS[name]({"empty": plain_article("empty", "en", ["  "])}, encoder)


def test_bm25_finds_no_passage_that_shares_no_token_and_declines(made):
    bm25 = made("bm25")
    result = bm25.result(ask("xyzzy plugh frobnicate"))
    assert result.hits == []
    assert (result.answer.status, result.answer.reason) == ("declined", "not_in_corpus")
    assert result.answer.confidence == 0.0
    assert result.answer.text


def test_bm25_does_not_join_the_forms_of_a_word(made):
    bm25 = made("bm25")
    assert [hit.article for hit in bm25.result(ask("furnace")).hits] == ["crafts"]
    assert bm25.result(ask("furnaces")).hits == []


def test_dense_scores_are_the_cosines_of_the_encoder(crafts, encoder):
    dense = PEERS["dense"]({"crafts": crafts}, encoder)
    hits = dense.result(ask("Who keeps bees warm?")).hits
    texts = {unit.id: unit.text.text for unit in passages_of([crafts])}
    cosines = encoder.encode_document([texts[hit.passage] for hit in hits]) @ encoder.encode_query(
        ["Who keeps bees warm?"]
    ).reshape(-1)
    assert [hit.score for hit in hits] == pytest.approx(cosines.tolist(), abs=1e-5)
    assert "bees" in raw(crafts, hits[0].spans)


def test_txtai_by_its_vectors_alone_ranks_as_the_encoder_does(made):
    txtai, dense = made("txtai"), made("dense")
    words = "Moskova Antlaşması hangi tarihte imzalandı?"
    alone = txtai._embeddings.search(words, 10, weights=1.0)
    ours = dense.search(words, 10)
    assert [number for number, _ in alone] == [number for number, _ in ours]
    assert [score for _, score in alone] == pytest.approx([score for _, score in ours], abs=1e-5)
    assert txtai.search(words, 10) != alone


def test_turkish_rag_eval_sees_the_headings(made, both):
    peer, article = made("turkish-rag-eval"), both["004"]
    headings = [block.text for block in article.blocks if block.kind == "heading"]
    paths = {chunk["heading_path"] for chunk in peer._retriever.sparse.chunks}
    assert {f"{article.title} > {heading}" for heading in headings} <= paths
    assert not any("==" in unit.text.text for unit in peer._units)


def test_turkish_rag_eval_meets_the_first_five_letters_of_words_and_the_encoder_for_documents(made, encoder):
    retriever = made("turkish-rag-eval")._retriever
    last = retriever.sparse.chunks[-1]
    assert retriever.sparse.search("furnaces", 1)[0][0] == len(retriever.sparse.chunks) - 1
    assert "furnaces" not in last["embed_text"]
    ours = encoder.encode_document([last["embed_text"]])[0]
    assert retriever.dense.matrix[-1] == pytest.approx(ours, abs=1e-5)


def test_turkish_rag_eval_is_found_where_an_article_says_the_same_twice(made, encoder):
    made("turkish-rag-eval")
    twice = plain_article("twice", "en", [" ".join([ABOUT_SALT] * 5)] * 2)
    spans = [own for _, own in PEERS["turkish-rag-eval"]({"twice": twice}, encoder).units()]
    assert len(spans) > 1
    assert all(one[-1][1] <= other[0][0] for one, other in pairwise(spans))


def test_turkish_rag_eval_loses_what_its_chunker_drops(made, crafts, encoder):
    made("turkish-rag-eval")
    short = plain_article("short", "en", ["Fifty characters are dropped."])
    peer = PEERS["turkish-rag-eval"]({"short": short, "crafts": crafts}, encoder)
    assert {article for article, _ in peer.units()} == {"crafts"}


def test_llama_index_makes_the_same_units_each_time(made, crafts, encoder):
    made("llama-index")
    one, other = (PEERS["llama-index"]({"crafts": crafts}, encoder) for _ in range(2))
    question = ask("How was the brine boiled?")
    assert list(one.units()) == list(other.units())
    assert one.result(question).hits == other.result(question).hits


def test_llama_index_scores_are_the_cosines_of_the_encoder(made, crafts, encoder):
    made("llama-index")
    peer = PEERS["llama-index"]({"crafts": crafts}, encoder)
    ((number, score),) = peer.search("Who keeps bees warm?", 10)
    (document,) = encoder.encode_document([plain_text(crafts).text])
    (question,) = encoder.encode_query(["Who keeps bees warm?"])
    assert (number, score) == (0, pytest.approx(float(document @ question), abs=1e-5))


def test_llama_index_overlaps_its_chunks(made):
    spans = [own for article, own in made("llama-index").units() if article == "004"]
    assert len(spans) > 5
    covered = [characters(own) for own in spans]
    assert all(one & other for one, other in pairwise(covered))


# The naive answer


def test_the_naive_answer_is_two_sentences_of_two_blocks_where_the_first_has_one(crafts):
    text = plain_text(crafts)
    start = text.text.index("It was boiled")
    (unit,) = chunks_of(text, [(start, len(text.text))])
    answer = NaiveAnswerer({"crafts": crafts}).answer("How was salt made?", unit, 0.5)
    assert [claim.text for claim in answer.claims] == [
        "It was boiled in open pans until the salt fell.",
        "A hive of honey bees keeps its brood warm.",
    ]
    assert [raw(crafts, cited.spans) for cited in answer.citations] == [c.quote for c in answer.citations]
    assert answer.language == "en"


def test_the_naive_answer_passes_over_titles_and_headings(both):
    article = both["004"]
    text = plain_text(article)
    heading = next(part for part in text.parts if part.block.kind == "heading")
    (unit,) = chunks_of(text, [(heading.at, heading.at + 1500)])
    answer = NaiveAnswerer(both).answer("Moskova?", unit, 0.5)
    assert unit.text.text.startswith(heading.block.text)
    assert len(answer.claims) == 2
    assert not any(heading.block.text in claim.text for claim in answer.claims)
    (alone,) = chunks_of(text, [(heading.at, heading.stop)])
    assert NaiveAnswerer(both).answer("Moskova?", alone, 0.5).claims[0].text == heading.block.text


def test_a_greater_score_is_a_greater_confidence_between_0_and_1():
    scores = [-30.0, -0.2, 0.0, 1 / 61, 2 / 61, 0.83, 0.84, 7.5, 31.0]
    confidences = [squashed(score) for score in scores]
    assert all(0 < one < other < 1 for one, other in pairwise(confidences))


# Questions and documents


def test_marked_texts_are_encoded_as_questions_or_as_documents(encoder):
    texts = ["Moskova Antlaşması", "query\nGümrü"]
    questions = encode_marked(encoder, [QUERY + text for text in texts])
    documents = encode_marked(encoder, [DOCUMENT + text for text in texts])
    assert questions == pytest.approx(encoder.encode_query(texts), abs=1e-6)
    assert documents == pytest.approx(encoder.encode_document(texts), abs=1e-6)
    assert abs(questions - documents).max() > 0.01


@pytest.mark.parametrize("texts", [[QUERY + "a", DOCUMENT + "b"], ["a"]])
def test_texts_without_a_common_mark_are_an_error(encoder, texts):
    with pytest.raises(ValueError, match="not all marked"):
        encode_marked(encoder, texts)
