"""What hits, citations and answers count for, on the real articles."""

import pytest

from eval.judge import FoundHit, most_words, words_in


def hit(*spans, article="004", score=1.0):
    return FoundHit(passage="p", article=article, spans=list(spans), score=score)


def span_of(sentence):
    return sentence.spans[0][0], sentence.spans[-1][1]


# Retrieval


def test_a_hit_that_covers_the_evidence_is_relevant(judge, gold, sentences, declined):
    start, end = span_of(sentences[-1])
    found = judge.score(gold, [hit((0, 10)), hit((start - 50, end + 50))], 1, declined)
    assert (found.recall_1, found.recall_3, found.mrr_10) == (0, 1, 0.5)
    assert found.ndcg_10 == pytest.approx(0.6309, abs=1e-4)  # 1 / log2(3)


@pytest.mark.parametrize(("share", "recall"), [(0.8, 1), (0.6, 0)])
def test_seven_tenths_of_the_evidence_must_be_covered(judge, gold, sentences, declined, share, recall):
    start, end = span_of(sentences[-1])
    cut = start + round(share * (end - start))
    assert judge.score(gold, [hit((start, cut))], 1, declined).recall_1 == recall


def test_the_same_characters_of_another_article_are_not_relevant(judge, gold, sentences, declined):
    found = judge.score(gold, [hit(span_of(sentences[-1]), article="003")], 1, declined)
    assert (found.recall_10, found.mrr_10, found.ndcg_10) == (0, 0, 0)


def test_recall_is_over_the_pieces_of_evidence(judge, gold, sentences, declined):
    both = gold.model_copy(
        update={"evidence": [gold.evidence[0].model_copy(update={"quote": s.text}) for s in sentences[:2]]}
    )
    found = judge.score(both, [hit(span_of(sentences[0])), hit(span_of(sentences[1]))], 2, declined)
    assert (found.recall_1, found.recall_3) == (0.5, 1)


def test_a_question_that_must_be_declined_has_no_retrieval_scores(judge, gold, declined):
    absent = gold.model_copy(update={"type": "absent", "must": [], "evidence": [], "answer": ""})
    found = judge.score(absent, [hit((0, 10))], 0, declined)
    assert (found.recall_5, found.mrr_10, found.right) == (None, None, None)
    assert (found.declined, found.answerable) == (True, False)


# Answers


def test_a_right_answer(judge, gold, sentences, answer_of):
    found = judge.score(gold, [], 1, answer_of(sentences[-1]))
    parts = (found.holds_facts, found.within_length, found.in_language, found.right_citation)
    assert (found.right, *parts, found.cited_ap) == (1, 1, 1, 1, 1, 1)
    assert (found.citation_recall, found.citation_precision) == (1, 1)
    assert found.words == len(sentences[-1].text.split())


def test_an_answer_without_the_fact_is_not_right(judge, gold, sentences, answer_of):
    found = judge.score(gold, [], 1, answer_of(sentences[0]))
    assert (found.right, found.holds_facts, found.in_language) == (0, 0, 1)
    assert (found.right_citation, found.cited_ap) == (0, 0)


def test_an_answer_that_holds_what_it_must_not_is_not_right(judge, gold, sentences, answer_of):
    mistaken = gold.model_copy(update={"must_not": ["Rusya"]})
    assert judge.score(mistaken, [], 1, answer_of(sentences[-1])).holds_facts == 0


def test_an_answer_that_is_too_long_is_not_right(judge, gold, sentences, answer_of):
    text = " ".join([sentences[-1].text] * 20)
    found = judge.score(gold, [], 1, answer_of(sentences[-1], text=text))
    assert (found.holds_facts, found.within_length, found.right) == (1, 0, 0)
    listed = gold.model_copy(update={"type": "list"})
    assert most_words(gold) == 90 < found.words <= most_words(listed) == 160
    assert judge.score(listed, [], 1, answer_of(sentences[-1], text=text)).right == 1


def test_footnote_numbers_are_no_words(sentences, answer_of):
    assert words_in(answer_of(sentences[-1])) == len(sentences[-1].text.split())


def test_an_english_answer_in_turkish_words_is_not_in_the_language_asked(judge, gold, sentences, answer_of):
    asked = gold.model_copy(update={"language": "en"})
    text = f"The article states, in Turkish: “{sentences[-1].text}” [1]"
    found = judge.score(asked, [], 1, answer_of(sentences[-1], language="en", text=text))
    assert (found.holds_facts, found.in_language, found.right) == (1, 0, 0)
    text = "By the Treaty of Brest-Litovsk Russia withdrew from the war. [1]"
    found = judge.score(asked, [], 1, answer_of(sentences[-1], language="en", text=text))
    assert (found.holds_facts, found.in_language, found.right) == (1, 1, 1)


def test_an_answer_in_the_language_that_was_not_asked_is_not_right(judge, gold, sentences, answer_of):
    asked = gold.model_copy(update={"language": "en"})
    assert judge.score(asked, [], 1, answer_of(sentences[-1])).in_language == 0


def test_a_declined_answer_is_not_right_and_has_no_citation_scores(judge, gold, declined):
    found = judge.score(gold, [], 1, declined)
    assert found.right == 0
    assert (found.holds_facts, found.cited_ap, found.citation_recall, found.words) == (None,) * 4
    assert found.in_language == 1


# Citations


def test_a_citation_beside_the_evidence_lowers_the_average_precision(judge, gold, sentences, answer_of):
    found = judge.score(gold, [], 1, answer_of(sentences[0], sentences[-1]))
    assert (found.right_citation, found.cited_ap) == (1, 0.5)


def test_part_of_a_cited_sentence_may_be_the_evidence(judge, gold, sentences, answer_of):
    half = gold.evidence[0].model_copy(update={"quote": "Brest-Litovsk Antlaşması ile Rusya"})
    found = judge.score(gold.model_copy(update={"evidence": [half]}), [], 1, answer_of(sentences[-1]))
    assert (found.right_citation, found.cited_ap) == (1, 1)


def test_two_citations_may_cover_one_piece_together(judge, gold, sentences, answer_of):
    together = " ".join(sentence.text for sentence in sentences[:2])
    piece = gold.evidence[0].model_copy(update={"quote": together})
    asked = gold.model_copy(update={"evidence": [piece]})
    assert judge.score(asked, [], 1, answer_of(*sentences[:2])).cited_ap == 1


@pytest.mark.parametrize(
    "change",
    [
        {"article": "009"},
        {"spans": [[10_000_000, 10_000_050]]},
        {"spans": [[50, 40]]},
        {"spans": [[0, 60]]},
        {"quote": "Bu sözler o makalede yazmıyor, başka yerde de yazmıyor."},
        {"quote": ""},
    ],
)
def test_a_citation_that_the_article_does_not_bear_out_is_invalid(judge, gold, sentences, answer_of, change):
    right = answer_of(sentences[-1])
    wrong = right.citations[0].model_dump() | change
    answer = answer_of(sentences[-1], citations=[wrong])
    assert judge.quoted(right.citations[0]) == sentences[-1].text
    assert judge.quoted(answer.citations[0]) is None
    found = judge.score(gold, [], 1, answer)
    assert (found.citation_recall, found.citation_precision, found.right_citation) == (0, 0, 0)


def test_a_number_that_no_citation_has_counts_against_precision(judge, gold, sentences, answer_of):
    right = answer_of(sentences[-1])
    claim = right.claims[0].model_dump()
    answer = answer_of(sentences[-1], claims=[claim, claim | {"citations": [1, 7]}])
    found = judge.score(gold, [], 1, answer)
    assert found.citation_recall == 1 / 2
    assert found.citation_precision == 1 / 3


def test_every_sentence_of_the_articles_is_a_valid_citation(judge, articles):
    from app.compose import citation

    for article in articles.values():
        for n, sentence in enumerate(article.sentences, 1):
            cited = citation(n, article, article.block_by_id[sentence.block], sentence)
            assert judge.quoted(cited) == sentence.text, sentence.id
