"""Every rule of the gold questions, broken once."""

import pytest

from corpus.reading import read_corpus
from eval.gold import GOLD, NEAR, GoldQuestion, read_gold
from eval.validate import counts, problems, sharing_evidence

QUOTE = "Brest-Litovsk Antlaşması ile Rusya savaştan çekildi."


@pytest.fixture(scope="module")
def articles():
    return {article.id: article for article in read_corpus()}


def question(**changes):
    """A sound question about the sentence above."""
    fields = {
        "id": "x-tr-01",
        "language": "tr",
        "type": "definition",
        "question": "Moskova dünya harbini hangi muahedeyle terk etti?",
        "answer": "Brest-Litovsk Antlaşması ile.",
        "must": [["Brest-Litovsk", "Brest Litovsk"]],
        "evidence": [{"article": "004", "quote": QUOTE}],
        "difficulty": 2,
        "split": "dev",
    }
    return GoldQuestion.model_validate(fields | changes)


def declined(**changes):
    fields = {
        "type": "absent",
        "answer": "",
        "must": [],
        "evidence": [],
        "question": "Montrö'de kimler Bulgaristan'ı temsil etti?",
        "absent": [["zeplin*"]],
    }
    return question(**fields | changes)


def test_sound_questions_have_no_problem(articles):
    assert problems([question(), declined(id="y-tr-01")], articles) == []


def test_two_questions_with_one_id(articles):
    other = question(question="Bambaşka kelimelerle sorulmuş soru hangisi?", evidence=question().evidence)
    assert problems([question(), other], articles) == ["x-tr-01: the id is not unique"]


OTHER = {"article": "004", "quote": "Giriş"}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"id": "x-en-01"}, "the id does not name its language"),
        ({"question": "  "}, "the question is empty"),
        ({"type": "follow-up"}, "a follow-up has a history, and nothing else has one"),
        ({"history": ["Önce?"]}, "a follow-up has a history, and nothing else has one"),
        ({"answer": " "}, "answer, must and evidence must not be empty"),
        ({"must": []}, "answer, must and evidence must not be empty"),
        ({"evidence": []}, "answer, must and evidence must not be empty"),
        ({"absent": [["zeplin*"]]}, "only a question that must be declined has absent words"),
        ({"type": "several passages"}, "has two or more pieces of evidence"),
        ({"type": "several articles"}, "has two or more pieces of evidence"),
        (
            {"type": "several articles", "evidence": [{"article": "004", "quote": QUOTE}, OTHER]},
            "the evidence does not come from several articles",
        ),
        ({"must": [["Brest*"], []]}, "a group of alternatives is empty"),
        ({"must": [["Brest*"], ["*"]]}, "'*' is no alternative"),
        ({"must": [["Bre*st"]]}, "'Bre*st' is no alternative"),
        ({"must": [["Brest*", "1918*"]]}, "'1918*': a number is never left open"),
        ({"must": [["Brest*"], ["Kars"]]}, "the reference answer does not hold Kars"),
        ({"must": [["Brest*"], ["Kars", "Ardahan"]]}, "the evidence does not hold Kars / Ardahan"),
        ({"must_not": ["Brest*"]}, "the reference answer holds Brest*, which it must not"),
        ({"question": "Brest-Litovsk ile ne oldu?"}, "the question answers itself"),
        (
            {"evidence": [{"article": "004", "quote": "Rusya savaştan çekilmedi."}]},
            "does not stand in article",
        ),
        ({"evidence": [{"article": "009", "quote": QUOTE}]}, "There is no article '009'"),
        (
            {"question": "Rusya hangi antlaşma ile savaştan çekildi?"},
            "stems of the question stand in its evidence",
        ),
    ],
)
def test_a_broken_rule_is_told(articles, changes, text):
    found = problems([question(**changes)], articles)
    assert any(text in problem for problem in found), found
    assert all(problem.startswith(question(**changes).id + ": ") for problem in found)


def test_an_easy_question_may_use_the_words_of_its_evidence(articles):
    easy = question(question="Rusya hangi antlaşma ile savaştan çekildi?", difficulty=1)
    assert problems([easy], articles) == []


def test_the_answer_of_a_follow_up_must_not_stand_in_its_history(articles):
    asked = question(type="follow-up", question="Peki hangisiyle?", history=["Brest-Litovsk nedir?"])
    assert problems([asked], articles) == ["x-tr-01: the question answers itself"]


def test_a_word_that_a_line_end_cuts_is_whole(articles):
    broken = next(
        raw[at - 30 : at + 30]
        for raw in (articles["001"].raw,)
        for at in range(40, len(raw))
        if raw[at] == "-"
        and raw[at - 1].isalpha()
        and raw[at + 1 :].lstrip(" ")[:1] == "\n"
        and raw[at + 1 :].lstrip()[0].islower()
    )
    first, second = broken[: broken.index("-")].split()[-1], broken[broken.index("-") + 1 :].split()[0]
    asked = question(
        evidence=[{"article": "001", "quote": broken}], must=[[first + second + "*"]], answer=first + second
    )
    assert [p for p in problems([asked], articles) if "does not hold" in p] == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"absent": []}, "an absent question says which words were searched for"),
        ({"absent": [["Moskova", "Antlaşma*"]]}, "holds Moskova and Antlaşma*"),
        ({"answer": "Hiç."}, "a question that must be declined has no answer"),
        (
            {"evidence": [{"article": "004", "quote": QUOTE}]},
            "a question that must be declined has no answer",
        ),
        ({"must_not": ["Hiç"]}, "a question that must be declined has no answer"),
    ],
)
def test_a_broken_rule_of_a_declined_question_is_told(articles, changes, text):
    assert any(text in problem for problem in problems([declined(**changes)], articles))


def test_the_words_of_an_absent_group_may_stand_apart(articles):
    texts = [block.text for article in articles.values() for block in article.blocks]
    assert any("Montrö" in text for text in texts)
    assert any("Karabekir" in text for text in texts)
    assert problems([declined(absent=[["Montrö*", "Karabekir*"]])], articles) == []


def test_the_same_question_twice_is_told_in_one_split_too(articles):
    found = problems([question(), question(id="x-tr-02")], articles)
    assert found == ["x-tr-02: the same question as x-tr-01"]


def test_nearly_the_same_question_in_the_other_split_is_told(articles):
    one = declined(question="Kars Antlaşması'nı imzalayan Ermeni delegesi kimdi?")
    other = declined(id="x-tr-02", split="test", question="Kars antlasmasini imzalayan ermeni delegesi kim")
    found = problems([one, other], articles)
    assert found == ["x-tr-02: nearly the same question as x-tr-01, in the other split"]
    assert problems([one, other.model_copy(update={"split": "dev"})], articles) == []


def test_evidence_on_both_sides_of_the_split_is_told(articles):
    other = question(
        id="x-tr-02",
        split="test",
        question="Bolşevikler cihan harbinden nasıl ayrıldılar?",
        evidence=[{"article": "004", "quote": QUOTE.removesuffix(" çekildi.")}],
    )
    assert problems([question(), other], articles) == [
        "x-tr-02: rests on the same words as x-tr-01, which is in the other split"
    ]
    assert [(a.id, b.id) for a, b in sharing_evidence([question(), other], articles)] == [
        ("x-tr-01", "x-tr-02")
    ]


def test_questions_that_only_look_answered_keep_the_rules_beside_the_others(articles):
    near = read_gold(NEAR)
    assert {question.type for question in near} == {"absent", "false premise"}
    assert problems([*read_gold(GOLD), *near], articles) == []


def test_the_counts_add_up():
    lines = counts(read_gold(GOLD)).splitlines()
    rows = [[int(cell) for cell in line.split("|")[2:-1]] for line in lines[2:]]
    assert all(sum(row[:4]) == row[4] for row in rows)
    assert [sum(column) for column in zip(*rows[:-1], strict=True)] == rows[-1]
    assert rows[-1][4] == len(read_gold(GOLD))
