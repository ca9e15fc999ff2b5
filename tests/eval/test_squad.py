"""SQuAD's format and SQuAD's figures, on cases worked by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from corpus.errors import DipnotError
from eval.squad import contains, exact_match, f1, locate, normalise, read_squad

PARAGRAPH = "Antlaşma 16 Mart 1921'de Moskova'da imzalandı. Kars Antlaşması 13 Ekim 1921'de imzalandı."


def write(path: Path, questions: list[dict], context: str = PARAGRAPH) -> Path:
    file = {
        "version": "1.1",
        "data": [{"title": "A", "paragraphs": [{"context": context, "qas": questions}]}],
    }
    path.write_text(json.dumps(file, ensure_ascii=False), encoding="utf-8")
    return path


def asked(*answers: tuple[str, int], **more) -> dict:
    return {
        "id": 1,
        "question": "Ne oldu?",
        "answers": [{"text": text, "answer_start": start} for text, start in answers],
        **more,
    }


# Where an answer stands


def test_an_answer_that_is_where_the_file_says_stays_there_though_it_stands_elsewhere_too():
    second = PARAGRAPH.rindex("imzalandı")
    assert locate("imzalandı", second, PARAGRAPH) == (second, second + len("imzalandı"))


def test_an_answer_that_is_not_where_the_file_says_is_taken_where_alone_it_stands():
    at = PARAGRAPH.index("13 Ekim")
    assert locate("13 Ekim 1921", 3, PARAGRAPH) == (at, at + len("13 Ekim 1921"))
    assert locate("13 Ekim 1921", 10_000, PARAGRAPH) == (at, at + len("13 Ekim 1921"))
    assert locate("13 Ekim 1921", -1, PARAGRAPH) == (at, at + len("13 Ekim 1921"))


def test_an_answer_that_stands_at_two_other_places_is_given_up():
    assert locate("imzalandı", 3, PARAGRAPH) is None


def test_an_answer_that_stands_twice_overlapping_itself_is_given_up():
    assert locate("ana", 0, "banana") is None


@pytest.mark.parametrize("answer", ["Ankara", "", "  "])
def test_an_answer_that_is_not_there_is_given_up(answer):
    assert locate(answer, 0, PARAGRAPH) is None


@pytest.mark.parametrize(
    ("answer", "before", "words"),
    [
        ("Moskova’da", "Antlaşma ", "Moskova'da"),
        ("16 Mart", "Antlaşma ", "16\xa0Mart"),
        ("hakimiyet", "Rus ", "hâkimiyet"),
        ("Osmanlı devleti", "O, ", "Osmanlı Devleti"),
        ("İSTANBUL", "Orası ", "istanbul"),
        ("ISPARTA", "Orası ", "ısparta"),
    ],
)
def test_case_circumflexes_apostrophes_and_kinds_of_white_space_do_not_matter(answer, before, words):
    span = (len(before), len(before) + len(words))
    assert locate(answer, len(before), f"{before}{words} idi.") == span
    assert locate(answer, 0, f"{before}{words} idi.") == span


def test_a_dotted_i_is_not_a_dotless_one():
    assert locate("ISPARTA", 0, "isparta") is None


def test_white_space_around_an_answer_is_no_part_of_it():
    at = PARAGRAPH.index("16 Mart")
    assert locate(" 16 Mart ", at - 1, PARAGRAPH) == (at, at + len("16 Mart"))


# Reading


def test_a_file_is_read_with_its_titles_paragraphs_and_questions(tmp_path):
    at = PARAGRAPH.index("16 Mart")
    read = read_squad([write(tmp_path / "a.json", [asked(("16 Mart", at))])])
    (document,) = read.documents
    (paragraph,) = document.paragraphs
    (question,) = paragraph.questions
    assert (document.title, paragraph.text) == ("A", PARAGRAPH)
    assert (question.id, question.text) == ("1", "Ne oldu?")
    assert [(answer.text, answer.span) for answer in question.answers] == [("16 Mart", (at, at + 7))]
    assert (read.dropped, read.impossible, read.moved) == (0, 0, 0)


def test_the_files_of_a_set_are_read_in_order(tmp_path):
    paths = [write(tmp_path / f"{name}.json", [], context=name) for name in ("b", "a")]
    assert [d.paragraphs[0].text for d in read_squad(paths).documents] == ["b", "a"]


def test_what_is_left_out_and_what_was_mended_is_counted(tmp_path):
    at = PARAGRAPH.index("16 Mart")
    questions = [
        asked(("16 Mart", at)),
        asked(("13 Ekim", 0)),  # elsewhere, once: moved
        asked(("imzalandı", 0)),  # elsewhere, twice
        asked(("Ankara", 0)),
        asked(),
        asked(("16 Mart", at)) | {"question": " "},
        asked(is_impossible=True),
        asked(("16 Mart", at), is_impossible=True),
    ]
    read = read_squad([write(tmp_path / "a.json", questions)])
    kept = [q.answers[0].text for q in read.documents[0].paragraphs[0].questions]
    assert kept == ["16 Mart", "13 Ekim"]
    assert (read.dropped, read.impossible, read.moved) == (4, 2, 1)


def test_the_same_answer_given_twice_counts_once_and_one_that_is_lost_is_left_out(tmp_path):
    at = PARAGRAPH.index("16 Mart")
    answers = [("16 Mart", at), ("16 Mart 1921", at), ("16 Mart", at), ("Ankara", 0)]
    read = read_squad([write(tmp_path / "a.json", [asked(*answers)])])
    assert [a.text for a in read.documents[0].paragraphs[0].questions[0].answers] == [
        "16 Mart",
        "16 Mart 1921",
    ]
    assert (read.dropped, read.moved) == (0, 0)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("{", "Invalid JSON"),
        ('{"version": "1.1"}', "data: Field required"),
        ('{"data": [{"paragraphs": [{"qas": []}]}]}', r"data\.0\.paragraphs\.0\.context: Field required"),
    ],
)
def test_a_file_of_another_form_is_refused_by_name_and_place(tmp_path, content, place):
    path = tmp_path / "odd.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DipnotError, match=rf"^odd\.json is not in the format of SQuAD: .*{place}[^\n]*$"):
        read_squad([path])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DipnotError, match=r"none\.json cannot be read: No such file"):
        read_squad([tmp_path / "none.json"])


# Normalisation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Moskova'da", "moskova"),
        ("1921’de", "1921"),
        ("T.B.M.M.'nin", "tbmm"),
        ("verilen addır.'Celâl’e mensup'", "verilen addırcelal mensup"),
        ("İSTANBUL", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("i\u0307stanbul", "istanbul"),
        ("hâkimiyet", "hakimiyet"),
        ("“Büyük  Türk”,\xa0dedi!", "büyük türk dedi"),
        ("\ufeff16 Mart", "16 mart"),
        ("an", "an"),
        ("The an", "the an"),
        ("1.500,5", "15005"),
    ],
)
def test_turkish_is_folded_cut_at_apostrophes_and_rid_of_punctuation(text, expected):
    assert normalise(text, "tr") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Treaty of Moscow", "treaty of moscow"),
        ("an apple, a day", "apple day"),
        ("Theatre and Anna", "theatre and anna"),
        ("Manning's", "mannings"),
        ("U.S.", "us"),
        ("INDIANA", "indiana"),
        ("$5 million", "5 million"),
        ("the", ""),
    ],
)
def test_english_loses_its_articles_and_punctuation_as_in_squad(text, expected):
    assert normalise(text, "en") == expected


# Exact match and F1


@pytest.mark.parametrize(
    ("given", "answers", "language", "expected"),
    [
        ("16 Mart 1921'de", ["16 Mart 1921"], "tr", 1),
        ("16 Mart", ["16 Mart 1921"], "tr", 0),
        ("16 Mart", ["1921", "16 mart"], "tr", 1),
        ("İSTANBUL", ["İstanbul’da"], "tr", 1),
        ("ISPARTA", ["İsparta"], "tr", 0),
        ("an", ["bir an"], "tr", 0),
        ("the Treaty", ["Treaty"], "en", 1),
        ("the Treaty", ["Treaty"], "tr", 0),
        ("16 Mart", [], "tr", 0),
    ],
)
def test_exact_match_is_1_when_nothing_but_wording_marks_differ(given, answers, language, expected):
    assert exact_match(given, answers, language) == expected


@pytest.mark.parametrize(
    ("given", "answers", "language", "expected"),
    [
        ("16 Mart 1921", ["16 Mart 1921'de"], "tr", 1),
        # Two of two words given are right, two of three right ones given: P 1, R 2/3.
        ("16 Mart", ["16 Mart 1921"], "tr", 0.8),
        # P 1/4, R 1/1.
        ("Sovyet Rusya ile Ankara", ["Ankara'da"], "tr", 0.4),
        # A word given twice counts twice: P 1/2, R 1/1.
        ("Ankara Ankara", ["Ankara"], "tr", 2 / 3),
        # The answer it is most like counts: 2/3 with the first, 0.8 with the second.
        ("16 Mart", ["Mart", "16 Mart 1921"], "tr", 0.8),
        # Without "the" and "a", P 1/1, R 1/2.
        ("the treaty", ["a Moscow treaty"], "en", 2 / 3),
        # With them, in Turkish, P 1/2, R 1/3.
        ("the treaty", ["a Moscow treaty"], "tr", 0.4),
        ("Kars", ["Moskova"], "tr", 0),
        ("the", ["the"], "en", 0),
        ("16 Mart", [], "tr", 0),
    ],
)
def test_f1_is_that_of_the_words_shared_with_the_nearest_answer(given, answers, language, expected):
    assert f1(given, answers, language) == pytest.approx(expected)


# Whether a sentence holds an answer


@pytest.mark.parametrize(
    ("sentence", "answer", "language", "expected"),
    [
        ("Antlaşma Moskova'da imzalandı.", "Moskova", "tr", True),
        ("Antlaşma Moskova şehrinde imzalandı.", "Moskova'da", "tr", True),
        ("T.B.M.M. Hükûmeti imzaladı.", "TBMM", "tr", False),
        ("T.B.M.M. imzaladı.", "T.B.M.M.'nin", "tr", True),
        ("Kur'an okundu.", "Kur'an okundu", "tr", True),
        ("Antlaşma “Moskova” diye anılır.", "'Moskova',", "tr", True),
        ("Antlaşma Moskovalılarca imzalandı.", "Moskova", "tr", False),
        ("Yıl 1921'di.", "192", "tr", False),
        ("Bütçe 12.000 lira idi.", "12", "tr", False),
        ("Eğitim İSTANBUL'da oldu.", "istanbul", "tr", True),
        ("Kuşatma kalktı.Osmanlı ordusu döndü.", "Osmanlı ordusu", "tr", True),
        ("He is John C. Messenger's friend.", "John C. Messenger", "en", True),
        ("He is John.", "...", "en", False),
    ],
)
def test_a_sentence_holds_an_answer_as_whole_words(sentence, answer, language, expected):
    assert contains(sentence, [answer], language) is expected


def test_one_of_several_answers_is_enough():
    assert contains("Antlaşma Moskova'da imzalandı.", ["Ankara", "Moskova"], "tr")
    assert not contains("Antlaşma Moskova'da imzalandı.", [], "tr")


# The sets themselves, where they are


@pytest.mark.skipif("DIPNOT_EXTERNAL_DATA" not in os.environ, reason="DIPNOT_EXTERNAL_DATA names no folder")
def test_nearly_every_question_of_the_real_sets_can_be_used():
    folder = Path(os.environ["DIPNOT_EXTERNAL_DATA"])
    kept = {}
    for pattern in ("thquad/*_test_*.json", "xquad/xquad.tr.json", "xquad/xquad.en.json"):
        read = read_squad(sorted(folder.glob(pattern)))
        paragraphs = [p for document in read.documents for p in document.paragraphs]
        for paragraph in paragraphs:
            for question in paragraph.questions:
                for answer in question.answers:
                    words = paragraph.text[slice(*answer.span)]
                    assert exact_match(words, [answer.text], "tr") == 1
        questions = sum(len(paragraph.questions) for paragraph in paragraphs)
        kept[pattern.partition("/")[2]] = (len(paragraphs), questions, read.dropped, read.moved)
    assert kept == {
        "*_test_*.json": (25, 391, 14, 5),
        "xquad.tr.json": (240, 1190, 0, 0),
        "xquad.en.json": (240, 1190, 0, 0),
    }
