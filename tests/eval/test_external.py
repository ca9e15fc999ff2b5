"""Questions that others wrote: tiny sets of our own in their format, the real model, a peer that knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from app.answer import Answer, Claim
from app.refusal import RefusalSettings
from app.settings import Settings
from corpus.errors import DipnotError
from corpus.plain import plain_article
from eval.external import External, markdown, reading_scores, retrieval_scores, run_external
from eval.external_results import Figure, read_external
from eval.external_sets import WAYS, Asked, questions
from eval.gold import GoldQuestion
from eval.judge import FoundHit
from eval.squad import read_squad
from eval.system import Result

# Per document its title, and per paragraph the text and its questions with their answers.
TURKISH = [
    (
        "Arılar",
        [
            (
                "Bal arıları kovanda yaşar. Bir kovanda tek bir kraliçe arı bulunur.",
                [("Bal arıları nerede yaşar?", "kovanda"), ("Kovanda kaç kraliçe arı bulunur?", "tek bir")],
            ),
            (
                "Ayasofya 537 yılında İstanbul'da açıldı. Yapının mimarları Anthemius ile İsidoros'tur.",
                [("Ayasofya hangi yılda açıldı?", "537")],
            ),
        ],
    ),
    (
        "Dağlar",
        [
            (
                "Türkiye'nin en yüksek dağı Ağrı Dağı'dır. Yüksekliği 5137 metredir.",
                [("Ağrı Dağı'nın yüksekliği kaç metredir?", "5137")],
            ),
        ],
    ),
]
ENGLISH = [
    (
        "Bees",
        [
            (
                "Honey bees live in a hive. There is a single queen bee in a hive.",
                [("Where do honey bees live?", "hive"), ("How many queen bees are in a hive?", "a single")],
            ),
            (
                "Hagia Sophia opened in Istanbul in 537. Its architects were Anthemius and Isidore.",
                [("In which year did Hagia Sophia open?", "537")],
            ),
        ],
    ),
    (
        "Mountains",
        [
            (
                "The highest mountain of Turkey is Mount Ararat. Its height is 5137 metres.",
                [("How many metres high is Mount Ararat?", "5137")],
            ),
        ],
    ),
]


def squad(documents) -> str:
    number = 0
    data = []
    for title, paragraphs in documents:
        own = []
        for text, asked in paragraphs:
            qas = []
            for question, answer in asked:
                number += 1
                answers = [{"text": answer, "answer_start": text.index(answer)}]
                qas.append({"id": f"q{number}", "question": question, "answers": answers})
            own.append({"context": text, "qas": qas})
        data.append({"title": title, "paragraphs": own})
    return json.dumps({"data": data}, ensure_ascii=False)


def put(folder: Path, name: str, content: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")


class Knowing:
    """A peer that finds the second passage of the first article and says what it was told to say."""

    name = "knowing"
    version = "7"
    made: ClassVar[list[Knowing]] = []

    def __init__(self, articles, encoder) -> None:
        self.articles = articles
        self.encoder = encoder
        self.asked: list[str] = []
        self.made.append(self)

    def units(self):
        return [(article.id, p.spans) for article in self.articles.values() for p in article.passages]

    def result(self, question: GoldQuestion) -> Result:
        self.asked.append(question.question)
        article = next(iter(self.articles.values()))
        passage = article.passages[1]
        hit = FoundHit(passage=passage.id, article=article.id, spans=list(passage.spans), score=1.0)
        answer = answered("Yapı **537 yılında** açıldı [1].", "Yapı **537 yılında** açıldı.")
        return Result([hit], answer, {})


def answered(text: str, *claims: str) -> Answer:
    return Answer(
        id="a",
        question="?",
        language="tr",
        status="answered",
        text=text,
        claims=[Claim(text=claim, citations=[1], support="verbatim", score=1.0) for claim in claims],
    )


DECLINED = Answer(
    id="d", question="?", language="tr", status="declined", reason="not_in_corpus", text="537 kovanda"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("external")
    put(folder, "xquad/xquad.tr.json", squad(TURKISH))
    put(folder, "xquad/xquad.en.json", squad(ENGLISH))
    put(folder, "thquad/1_test_data.json", squad(TURKISH[:1]))
    put(folder, "thquad/2_test_data.json", squad(TURKISH[1:]))
    put(folder, "thquad/1_train_data.json", "not even JSON, and not to be read")
    return folder


@pytest.fixture(scope="module")
def told() -> list[tuple[int, int]]:
    return []


@pytest.fixture(scope="module")
def external(data, model, told) -> External:
    return run_external(data, model, {"knowing": Knowing}, lambda done, total: told.append((done, total)))


def direction(external, name):
    return next(d for d in external.directions if f"{d.set} {d.asked}→{d.text}" == name)


def system(external, way, name):
    return next(s for s in direction(external, way).systems if s.system == name)


# What a run holds


def test_every_set_is_run_in_its_directions_by_dipnot_and_the_peers(external):
    assert [f"{d.set} {d.asked}→{d.text}" for d in external.directions] == [
        "thquad tr→tr",
        "xquad tr→tr",
        "xquad en→tr",
        "xquad en→en",
    ]
    assert all([s.system for s in d.systems] == ["dipnot", "knowing"] for d in external.directions)
    assert external.skipped == []


def test_of_thquad_the_test_files_alone_are_read(external):
    assert sorted(external.files) == [
        "thquad/1_test_data.json",
        "thquad/2_test_data.json",
        "xquad/xquad.en.json",
        "xquad/xquad.tr.json",
    ]


def test_what_was_asked_is_counted(external):
    for one in external.directions:
        assert (one.articles, one.paragraphs, one.passages, one.questions) == (2, 3, 3, 4)
        assert (one.dropped, one.impossible, one.moved) == (0, 0, 0)


def test_dipnot_finds_and_answers_what_the_question_asks_in_its_own_words(external):
    for way in ("thquad tr→tr", "xquad tr→tr", "xquad en→en"):
        figures = system(external, way, "dipnot").figures
        assert figures["recall_1"].value == figures["mrr_10"].value == figures["ndcg_10"].value == 1
        assert figures["recall_1"].n == 4


def test_dipnot_finds_turkish_paragraphs_for_english_questions(external):
    figures = system(external, "xquad en→tr", "dipnot").figures
    # Three passages are all that there is to find.
    assert figures["recall_3"].value == 1
    assert figures["recall_1"].value >= 0.5


def test_dipnots_answers_hold_right_ones(external):
    figures = system(external, "xquad tr→tr", "dipnot").figures
    assert figures["held"].value >= 0.5
    assert figures["held"].n == 4 * figures["answered"].value
    assert figures["held_of_all"].value == figures["held"].value * figures["answered"].value


def test_the_figures_of_a_known_system_are_those_worked_by_hand(external):
    one = system(external, "xquad tr→tr", "knowing")
    values = {name: figure.value for name, figure in one.figures.items()}
    # Its one hit is right for one question of four. "537 yılında" against 537: P 1/2, R 1.
    assert values == {
        **{f"recall_{k}": 0.25 for k in (1, 3, 5, 10)},
        "mrr_10": 0.25,
        "ndcg_10": 0.25,
        "answered": 1,
        "held": 0.25,
        "held_of_all": 0.25,
        "exact_match": 0,
        "f1": pytest.approx(2 / 3 / 4),
    }
    assert {figure.n for figure in one.figures.values()} == {4}
    assert one.version == "7"
    assert 0 <= one.figures["held"].low <= 0.25 <= one.figures["held"].high <= 1


def test_a_peer_is_made_once_for_each_index_and_asked_in_the_language_of_the_direction(external):
    turkish = [question for _, paragraphs in TURKISH for _, asked in paragraphs for question, _ in asked]
    english = [question for _, paragraphs in ENGLISH for _, asked in paragraphs for question, _ in asked]
    assert [one.asked for one in Knowing.made] == [turkish, turkish + english, english]
    assert [next(iter(one.articles.values())).raw.split()[0] for one in Knowing.made] == [
        "Bal",
        "Bal",
        "Honey",
    ]
    assert len({id(one.encoder) for one in Knowing.made}) == 1


def test_progress_counts_every_question_of_every_system(external, told):
    assert told == [(done, 4 * 4 * 2) for done in range(4 * 4 * 2 + 1)]


# What is not there


def test_a_folder_that_is_not_there_is_skipped_without_a_model(tmp_path, model, monkeypatch):
    def refuse(self, model):
        raise AssertionError("the model was loaded")

    monkeypatch.setattr("index.encoder.Encoder.__init__", refuse)
    external = run_external(tmp_path / "nowhere", model)
    assert external.skipped == ["thquad tr→tr", "xquad tr→tr", "xquad en→tr", "xquad en→en"]
    assert (external.directions, external.files) == ([], {})
    assert "Skipped, their files were not there: thquad tr→tr," in markdown(external)


def test_where_the_english_file_is_missing_the_turkish_one_is_still_measured(tmp_path, model):
    put(tmp_path, "xquad/xquad.tr.json", squad(TURKISH))
    external = run_external(tmp_path, model)
    assert [(d.asked, d.text) for d in external.directions] == [("tr", "tr")]
    assert external.skipped == ["thquad tr→tr", "xquad en→tr", "xquad en→en"]


def test_dipnot_is_measured_with_the_settings_given(tmp_path, model):
    put(tmp_path, "thquad/1_test_data.json", squad(TURKISH))
    silent = Settings(refusal=RefusalSettings(bias=-999.0))
    figures = run_external(tmp_path, model, settings=silent).directions[0].systems[0].figures
    assert (figures["answered"].value, figures["held_of_all"].value) == (0, 0)
    assert (figures["held"].value, figures["held"].n) == (None, 0)
    assert figures["recall_1"].value == 1


def test_a_file_of_another_form_ends_the_run_before_anything_is_asked(tmp_path, model):
    put(tmp_path, "xquad/xquad.tr.json", "[]")
    told = []
    with pytest.raises(DipnotError, match=r"^xquad\.tr\.json is not in the format of SQuAD"):
        run_external(tmp_path, model, progress=lambda done, total: told.append(done))
    assert told == []


# Which question goes with which words


def test_a_question_takes_its_words_from_the_other_file_and_its_place_from_the_text(data):
    turkish, english = (read_squad([data / f"xquad/xquad.{language}.json"]) for language in ("tr", "en"))
    asked = questions(WAYS[2], english, turkish)
    third = asked[2]
    assert third.question.question == "In which year did Hagia Sophia open?"
    assert (third.question.language, third.answers) == ("en", ("537",))
    ((article, (start, end)),) = third.places
    raw = "\n\n".join(text for text, _ in TURKISH[0][1])
    assert (article, raw[start:end]) == ("xquad-tr-001", "537")
    assert len({one.question.id for one in asked}) == 4


def test_a_question_that_the_other_file_lacks_is_left_out_and_counted(tmp_path, model):
    put(tmp_path, "xquad/xquad.tr.json", squad(TURKISH))
    put(tmp_path, "xquad/xquad.en.json", squad(ENGLISH[:1]))
    external = run_external(tmp_path, model)
    one = direction(external, "xquad en→tr")
    assert (one.questions, one.dropped) == (3, 1)
    assert direction(external, "xquad tr→tr").questions == 4


# What one question counts for


ARTICLE = plain_article("a", "tr", ["0123456789", "x"])


def asked_at(*places) -> Asked:
    gold = GoldQuestion(
        id="q",
        language="tr",
        type="how",
        question="?",
        answer="",
        must=[],
        evidence=[],
        difficulty=1,
        split="dev",
    )
    return Asked(gold, ("?",), places)


def scored(asked, hits, units):
    found = [FoundHit(passage="p", article=article, spans=[span], score=1.0) for article, span in hits]
    return retrieval_scores(asked, found, units, {"a": ARTICLE})


def test_a_hit_is_relevant_from_seven_tenths_of_the_answer_on():
    asked = asked_at(("a", (0, 10)))
    units = {"a": [((0, 7),)]}
    assert scored(asked, [("a", (0, 7))], units)["recall_1"] == 1
    assert scored(asked, [("a", (4, 10))], units)["recall_10"] == 0
    assert scored(asked, [("b", (0, 10))], units)["recall_10"] == 0


def test_the_rank_counts_and_ndcg_knows_how_many_units_are_relevant():
    asked = asked_at(("a", (0, 10)))
    units = {"a": [((0, 10),), ((0, 8),), ((0, 2),)]}
    found = scored(asked, [("a", (0, 2)), ("a", (0, 8))], units)
    assert [found[f"recall_{k}"] for k in (1, 3, 5, 10)] == [0, 1, 1, 1]
    assert found["mrr_10"] == 0.5
    # One relevant hit at rank 2, where two could stand at ranks 1 and 2: (1/log2 3) / (1 + 1/log2 3).
    assert found["ndcg_10"] == pytest.approx(0.38685, abs=1e-5)


def test_any_of_several_answers_is_enough_to_be_found():
    asked = asked_at(("a", (0, 2)), ("a", (8, 10)))
    assert scored(asked, [("a", (7, 10))], {"a": [((0, 3),), ((7, 10),)]})["recall_1"] == 1


def test_a_declined_answer_holds_nothing_whatever_it_says():
    assert reading_scores(DECLINED, ["537"], "tr") == {"answered": 0, "held_of_all": 0}


def test_the_first_sentence_alone_can_hold_the_answer():
    answer = answered("Bir. İki 537. [1]", "Bir.", "İki 537.")
    assert reading_scores(answer, ["537"], "tr") == {"answered": 1, "held_of_all": 0, "held": 0}
    assert reading_scores(answer, ["bir"], "tr") == {"answered": 1, "held_of_all": 1, "held": 1}


def test_an_answer_without_claims_is_taken_whole():
    assert reading_scores(answered("Yıl 537 idi."), ["537"], "tr")["held"] == 1


def test_a_value_in_bold_is_compared_without_its_footnote_and_does_not_hide_the_words_around_it():
    answer = answered("Yıl **537 [1]** idi.", "Yıl **537** yılı idi.")
    scores = reading_scores(answer, ["537"], "tr")
    assert (scores["exact_match"], scores["f1"], scores["held"]) == (1, 1, 1)
    assert reading_scores(answer, ["537 yılı"], "tr")["held"] == 1


# The results as a file and as a page


def test_the_results_are_json_that_is_read_back_as_it_was(external, tmp_path):
    path = tmp_path / "external.json"
    path.write_text(external.model_dump_json(), encoding="utf-8")
    assert read_external(path) == external
    assert "NaN" not in path.read_text(encoding="utf-8")


def test_what_is_no_results_is_refused_in_one_line(external, tmp_path):
    path = tmp_path / "external.json"
    path.write_text(external.model_copy(update={"machine": 5}).model_dump_json(warnings=False))
    expected = r"^external\.json holds no results of `dipnot eval external`: machine: [^\n]*string$"
    with pytest.raises(DipnotError, match=expected):
        read_external(path)
    with pytest.raises(DipnotError, match=r"none\.json cannot be read: No such file or directory$"):
        read_external(tmp_path / "none.json")


def test_no_words_of_the_sets_are_in_the_results(external):
    text = external.model_dump_json() + markdown(external)
    assert "Ayasofya" not in text
    assert "Sophia" not in text


def test_the_page_shows_every_direction_with_its_figures_and_what_they_rest_on(external):
    page = markdown(external)
    assert page.startswith("## ")
    for title in (
        "### THQuAD: Turkish questions, Turkish paragraphs",
        "### XQuAD: English questions, Turkish paragraphs",
        "### XQuAD: English questions, English paragraphs",
    ):
        assert title in page
    assert page.count("4 questions over 3 paragraphs (3 passages of Dipnot)") == 4
    rows = [line for line in page.splitlines() if line.startswith("| knowing 7 |")]
    assert rows[2].split(" | ")[1:4] == ["0.250 [0.00, 0.75]"] * 3
    assert rows[3].split(" | ")[1] == "1.000 [1.00, 1.00]"
    assert all(len(row.split("|")) == len(rows[i % 2].split("|")) for i, row in enumerate(rows))
    for name, digest in external.files.items():
        assert f"`{name}` (sha256 {digest[:12]})" in page
    assert external.model_sha256[:8] in page
    assert "Skipped" not in page


def test_a_figure_over_no_question_is_a_dash(external):
    one = system(external, "xquad tr→tr", "dipnot")
    nothing = Figure.of([])
    assert (nothing.value, nothing.n) == (None, 0)
    one = one.model_copy(update={"figures": one.figures | {"f1": nothing}})
    only = direction(external, "xquad tr→tr").model_copy(update={"systems": [one]})
    assert " | – | 0 | " in markdown(external.model_copy(update={"directions": [only]}))
