"""The gold questions are as many and as various as they are said to be; reading them, finding evidence."""

import json
from collections import Counter

import pytest

from corpus.errors import DipnotError
from corpus.reading import read_corpus
from eval.gold import GOLD, Evidence, GoldQuestion, covered_share, evidence_spans, gold_files, read_gold
from eval.validate import problems


@pytest.fixture(scope="module")
def articles():
    return {article.id: article for article in read_corpus()}


@pytest.fixture(scope="module")
def questions():
    return read_gold()


# The questions


def test_the_gold_questions_keep_their_rules(questions, articles):
    assert problems(questions, articles) == []


def test_there_are_as_many_questions_as_promised(questions):
    answerable = Counter(q.language for q in questions if q.is_answerable)
    assert answerable["tr"] >= 150
    assert answerable["en"] >= 150
    declined = Counter(q.language for q in questions if not q.is_answerable)
    assert declined["tr"] >= 40
    assert declined["en"] >= 40


def test_a_hundred_english_questions_ask_for_what_stands_in_turkish_alone(questions, articles):
    def is_turkish(evidence):
        article = articles[evidence.article]
        ((start, end), *_) = evidence_spans(evidence, articles)
        return any(
            block.language == "tr" and low < end and start < high
            for block in article.blocks
            for low, high in block.spans
        )

    asked = [q for q in questions if q.language == "en" and q.is_answerable]
    assert sum(all(is_turkish(evidence) for evidence in q.evidence) for q in asked) >= 100


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("date", 20),
        ("number", 15),
        ("person", 20),
        ("place", 12),
        ("definition", 12),
        ("why", 20),
        ("how", 12),
        ("list", 15),
        ("comparison", 12),
        ("quotation", 15),
        ("treaty article", 10),
        ("several passages", 15),
        ("several articles", 10),
        ("disagreement", 20),
        ("follow-up", 30),
        ("absent", 40),
        ("false premise", 15),
        ("off topic", 10),
        ("injection", 8),
    ],
)
def test_every_type_is_asked_in_both_languages_and_both_splits(questions, kind, least):
    own = [q for q in questions if q.type == kind]
    assert len(own) >= least
    assert {(q.language, q.split) for q in own} == {
        (language, split) for language in ("tr", "en") for split in ("dev", "test")
    }


def test_some_conversations_change_their_language(questions, assistant):
    mixed = [q.id for q in questions if q.history and assistant.ask(q.history[-1]).language != q.language]
    assert len(mixed) >= 10


def test_the_evidence_stands_in_all_articles_and_in_every_kind_of_block(questions, articles):
    kinds = set()
    for question in questions:
        for evidence in question.evidence:
            article = articles[evidence.article]
            for start, end in evidence_spans(evidence, articles):
                kinds |= {
                    (article.id, block.kind)
                    for block in article.blocks
                    for low, high in block.spans
                    if low < end and start < high
                }
    assert {article for article, _ in kinds} == set(articles)
    assert {"paragraph", "quotation", "list item", "footnote"} <= {kind for _, kind in kinds}


# Reading them

FIRST = (GOLD / "article-000.jsonl").read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize(
    "line", ["{", '{"id": "x"}', '"text"', ""], ids=["no JSON", "keys missing", "no object", "empty"]
)
def test_a_line_that_is_no_gold_question_is_named(tmp_path, line):
    path = tmp_path / "gold.jsonl"
    path.write_text(f"{FIRST}\n{line}\n", encoding="utf-8")
    with pytest.raises(DipnotError, match=r"^gold\.jsonl, line 2: "):
        read_gold(path)


def test_a_key_that_gold_questions_do_not_have_is_refused(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps({**json.loads(FIRST), "note": "x"}), encoding="utf-8")
    with pytest.raises(DipnotError, match=r"line 1: note: Extra inputs are not permitted"):
        read_gold(path)


def test_all_files_of_a_folder_are_read_in_order(tmp_path):
    row = json.loads(FIRST)
    for name in ("b", "a"):
        line = json.dumps({**row, "id": f"{name}-tr-1", "split": "dev" if name == "a" else "test"})
        (tmp_path / f"{name}.jsonl").write_text(line + "\n", encoding="utf-8")
    assert [q.id for q in read_gold(tmp_path)] == ["a-tr-1", "b-tr-1"]
    assert [q.id for q in read_gold(tmp_path, "test")] == ["b-tr-1"]
    assert [file.name for file in gold_files(tmp_path)] == ["a.jsonl", "b.jsonl"]


@pytest.mark.parametrize("name", ["", "missing", "missing.jsonl"])
def test_where_there_are_no_gold_questions_one_line_says_so(tmp_path, name):
    with pytest.raises(DipnotError, match="There are no gold questions at"):
        read_gold(tmp_path / name)


def test_only_the_four_types_that_must_be_declined_are_not_answerable():
    row = GoldQuestion.model_validate_json(FIRST)
    declined = ("absent", "false premise", "off topic", "injection")
    assert [row.model_copy(update={"type": kind}).is_answerable for kind in declined] == [False] * 4
    assert row.is_answerable


# Finding evidence


def test_white_space_of_a_quote_does_not_matter(articles):
    raw = articles["004"].raw
    words = raw[2000:2300].split()
    exact = Evidence(article="004", quote=" ".join(words[1:-1]))
    broken = Evidence(article="004", quote="\n  ".join(words[1:-1]))
    ((start, end),) = evidence_spans(exact, articles)
    assert raw[start:end].split() == words[1:-1]
    assert evidence_spans(broken, articles) == ((start, end),)


def test_letters_and_signs_of_a_quote_do(articles):
    words = articles["004"].raw[2000:2300].split()[1:-1]
    plain = " ".join(words).translate(str.maketrans("çğıöşü", "cgiosu"))
    for quote in (plain, "-".join(words)):
        with pytest.raises(DipnotError, match="does not stand"):
            evidence_spans(Evidence(article="004", quote=quote), articles)


def test_what_an_article_says_twice_has_two_places(articles):
    raw = articles["001"].raw
    twice = next(
        raw[at : at + 25] for at in range(len(raw)) if raw[at].isupper() and raw.count(raw[at : at + 25]) == 2
    )
    one, other = evidence_spans(Evidence(article="001", quote=twice), articles)
    assert one[1] <= other[0]
    assert raw[one[0] : one[1]].split() == raw[other[0] : other[1]].split() == twice.split()


def test_evidence_in_an_unknown_article_is_refused(articles):
    with pytest.raises(DipnotError, match="There is no article '999'"):
        evidence_spans(Evidence(article="999", quote="x"), articles)


@pytest.mark.parametrize("quote", ["Bu cümle hiçbir makalede yazmıyor.", "…", ""])
def test_a_quote_that_does_not_stand_in_the_article_is_refused(articles, quote):
    with pytest.raises(DipnotError, match="does not stand in article 004"):
        evidence_spans(Evidence(article="004", quote=quote), articles)


@pytest.mark.parametrize(
    ("spans", "share"),
    [
        (((0, 100),), 1.0),
        (((10, 20),), 1.0),
        (((10, 15),), 0.5),
        (((0, 12), (18, 30)), 0.4),
        (((20, 30),), 0.0),
        (((0, 10),), 0.0),
        ((), 0.0),
    ],
)
def test_the_share_of_a_span_that_others_cover(spans, share):
    assert covered_share((10, 20), spans, "x" * 30) == share


def test_white_space_does_not_count_in_a_share():
    #         0123456789
    raw = "ab  \n   cd"
    assert covered_share((0, 10), ((0, 2),), raw) == 0.5
    assert covered_share((0, 10), ((0, 2), (8, 10)), raw) == 1
    assert covered_share((2, 8), ((0, 10),), raw) == 0
