"""Which answers are to be read first."""

from eval.worst import KINDS, WORST, worst
from tests.runs import answer, question, row, silence

WRONG = {"right": 0.0, "holds_facts": 0.0, "right_citation": 0.0}


def wrong(name: str, confidence: float, **scores: float):
    asked = question(name)
    given = answer(asked, text="Antlaşma 1922'de imzalandı. [1]")
    return row(asked, given, **(WRONG | {"confidence": confidence} | scores))


def invented(name: str, confidence: float):
    asked = question(name, type="absent")
    return row(asked, answer(asked), confidence=confidence)


def silent(name: str, rank: int | None):
    asked = question(name)
    return row(asked, silence(asked), mrr_10=1 / rank if rank else 0.0)


def names(rows) -> list[str]:
    return [mistake.row.question.id for mistake in worst(rows)]


def test_wrong_answers_come_first_then_invented_ones_then_silence():
    rows = [
        silent("0-tr-1", None),
        silent("0-tr-2", 3),
        silent("0-tr-3", 1),
        invented("0-tr-4", 0.6),
        invented("0-tr-5", 0.99),
        wrong("0-tr-6", 0.7),
        wrong("0-tr-7", 0.9),
    ]
    expected = ["0-tr-7", "0-tr-6", "0-tr-5", "0-tr-4", "0-tr-3", "0-tr-2", "0-tr-1"]
    assert names(rows) == expected
    assert names(rows[::-1]) == expected


def test_what_is_right_is_not_among_the_worst():
    assert worst([row(question("0-tr-1")), row(question("0-tr-2", type="off topic"))]) == []


def test_no_kind_crowds_out_the_others():
    rows = [wrong(f"0-tr-{n}", 0.9) for n in range(30)]
    rows += [invented(f"0-en-{n}", 0.6) for n in range(30)] + [silent(f"1-tr-{n}", 1) for n in range(30)]
    kinds = [mistake.kind for mistake in worst(rows)]
    assert [kinds.count(kind.title) for kind in KINDS] == [10, 5, 5, 0, 0]
    assert len(kinds) == WORST == 20


def test_places_that_a_kind_does_not_need_go_to_the_others():
    rows = [wrong(f"0-tr-{n}", 0.9) for n in range(11)] + [silent(f"1-tr-{n}", 1) for n in range(30)]
    kinds = [mistake.kind for mistake in worst(rows)]
    assert [kinds.count(kind.title) for kind in KINDS] == [11, 0, 9, 0, 0]
    assert len(worst(rows[:3])) == 3


def test_right_facts_in_the_wrong_form_and_a_wrong_footnote_come_last():
    formless = row(question("0-en-1"), right=0.0, in_language=0.0, confidence=1.0)
    elsewhere = row(question("0-tr-2"), right_citation=0.0, confidence=1.0)
    found = worst([elsewhere, formless, silent("0-tr-3", None)])
    assert [mistake.row.question.id for mistake in found] == ["0-tr-3", "0-en-1", "0-tr-2"]
    assert found[1].faults == ["not in the language of the question"]
    assert found[2].faults == ["no citation touches the evidence"]


def test_of_equally_confident_answers_the_one_that_says_what_is_forbidden_comes_first():
    asked = question("0-tr-9", must_not=["1922"])
    said = row(asked, answer(asked, text="16 Mart 1921 değil, 1922. [1]"), **(WRONG | {"confidence": 0.9}))
    assert names([wrong("0-tr-1", 0.9), said]) == ["0-tr-9", "0-tr-1"]
    assert worst([said])[0].forbidden == ["1922"]
    assert worst([said])[0].missing == []


def test_of_equally_confident_answers_the_one_that_misses_more_comes_first():
    asked = question("0-tr-1", must=[["Moskova"], ["16 Mart 1921"]])
    half = row(asked, answer(asked, text="Moskova'da. [1]"), **(WRONG | {"confidence": 0.9}))
    found = worst([half, wrong("0-tr-2", 0.9), wrong("0-tr-3", 0.9, right_citation=1.0)])
    assert [mistake.row.question.id for mistake in found] == ["0-tr-2", "0-tr-3", "0-tr-1"]
    assert found[2].missing == [["16 Mart 1921"]]
    assert found[2].faults == ["1 of 2 facts missing", "no citation touches the evidence"]


def test_too_many_words_are_a_fault():
    asked = question("0-tr-1")
    long = row(asked, answer(asked, text="16 Mart 1921 " * 40 + "[1]"), right=0.0, within_length=0.0)
    assert worst([long])[0].faults == ["120 words, 90 allowed"]


def test_the_rank_is_that_of_the_first_relevant_hit():
    assert [worst([silent("0-tr-1", rank)])[0].rank for rank in (1, 3, 7, 10, None)] == [1, 3, 7, 10, None]
