"""Teaching a reader: what it is taught, what never, and that teaching can be interrupted.

The real encoder; few questions of our own, in the format of the sets."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from app.readers import reader_of
from corpus.errors import DipnotError, ModelUnavailable
from corpus.plain import plain_article
from corpus.reading import read_corpus
from eval.examination_results import table
from eval.gold import GOLD, read_gold
from eval.metrics import auc
from eval.train import held_out
from eval.training.course import Course
from eval.training.examination import examine
from eval.training.exchange import without_answer
from eval.training.marks import marks
from eval.training.mining import Group, groups
from eval.training.reader import Pupil, teach
from eval.training.sources import Lesson, Pool, Taught, _of_register, lesson
from index.encoder import Encoder
from index.reading import Reading, Window
from index.reading.adapter import HEADS, MANIFEST
from index.reading.network import batch_of
from index.reading.reader import TaughtReader
from tests.squadfiles import BEES, DOME, HELD_OUT, NILE, PETRA, squad, write


@pytest.fixture
def data(tmp_path: Path) -> Path:
    gold = next(question for question in read_gold(GOLD, "test") if question.language == "tr")
    write(
        tmp_path / "thquad" / "1_train_data.json",
        squad(
            BEES,
            ("Bal arıları nerede yaşar?", "kovanda"),
            ("Kovanda kaç kraliçe bulunur?", "tek bir"),
            ("Arılar hangi iki cümlede?", "kovanda yaşar. Bir kovanda"),
            (gold.question, "kovanda"),
        ),
        squad(DOME, ("Ayasofya ne zaman açıldı?", "537")),
        squad(HELD_OUT.replace("'", "’"), ("Süleymaniye ne zaman açıldı?", "1557")),
    )
    write(tmp_path / "thquad" / "1_test_data.json", squad(HELD_OUT, ("Mimarı kimdir?", "Sinan")))
    write(
        tmp_path / "squad" / "dev-v2.0.json",
        squad(NILE, ("Where does the Nile flow?", "north"), ("Where does the Rhine flow?", "")),
        squad(PETRA.replace("“rose”", '"rose"'), ("Where is Petra?", "Jordan"), ("Where is Troy?", "")),
    )
    write(tmp_path / "xquad" / "xquad.en.json", squad(PETRA, ("Where is Petra?", "Jordan")))
    return tmp_path


def test_what_is_taught_and_what_is_left_out(data: Path) -> None:
    found = lesson(data, [])
    assert [(one.source, one.question) for one in found.taught] == [
        ("thquad", "Bal arıları nerede yaşar?"),
        ("thquad", "Kovanda kaç kraliçe bulunur?"),
        ("thquad", "Ayasofya ne zaman açıldı?"),
        ("squad", "Where does the Nile flow?"),
        ("squad, no answer", "Where does the Rhine flow?"),
    ]
    assert {why: count for why, count in found.left_out.items() if count} == {
        "thquad: answer crosses a sentence": 1,
        "thquad: paragraph is held out": 1,
        "squad: paragraph is held out": 2,
        "is a gold question": 1,
    }
    first = found.taught[0]
    assert first.right == (0,) and BEES[slice(*first.answers[0])] == "kovanda"
    # Another sentence with the same words may answer too.
    assert first.excluded == {0, 1} or first.excluded == {0}
    assert found.taught[-1].right == ()


def test_a_name_or_a_year_that_the_document_lacks_makes_a_question_without_answer() -> None:
    dome = Pool("dome", tuple(Window(sentence) for sentence in DOME.split(". ")))
    other = Pool("other", (Window("Kanuni 1526'da Mohaç'ta savaştı, 1529'da Viyana'yı kuşattı."),))
    taught = [
        Taught("s", "Ayasofya 537'de İstanbul'da mı açıldı?", dome, (0,)),
        Taught("s", "Yapının mimarları kimdir?", dome, (1,)),
        Taught("s", "Kanuni 1529'da Mohaç'ta mıydı?", other, (0,)),
        Taught("s", "Viyana Kuşatması'nda kim vardı?", other, (0,)),
        Taught("s", "İstanbul’da ne vardı?", other, ()),
    ]
    made = list(without_answer(taught, "tr"))
    # 537 has three digits, 1529 four: neither may stand for the other; the suffixes keep Mohaç and İstanbul
    # apart. What has no answer already, and the end of a name, are left.
    assert made == []
    taught.append(Taught("s", "Sultan Sinop'ta mıydı, Trabzon'da mı, 1453'te mi, 1461'de mi?", other, (0,)))
    made = list(without_answer(taught, "tr"))
    assert {one.source for one in made} == {"s, no answer"}
    assert [one.question for one in made][:1] == ["Ayasofya 537'de Trabzon'da mı açıldı?"]
    assert all(one.right == () and not one.answers for one in made)
    for one in made:
        text = " ".join(window.text for window in one.pool.windows)
        before = next(other for other in taught if other.question.split()[0] == one.question.split()[0])
        new = set(one.question.split()) - set(before.question.split())
        assert len(new) == 1
        assert new.pop().split("'")[0] not in text


def test_an_english_name_is_exchanged_after_a_preposition_alone() -> None:
    one = Pool("one", (Window("Kars lies in the east."),))
    two = Pool("two", (Window("Batum lies on the sea; it was taken in 1921."),))
    taught = [
        Taught("s", "Who came to Kars?", one, (0,)),
        Taught("s", "Who fled from Batum in 1921?", two, (0,)),
        Taught("s", "Was Batum taken?", two, (0,)),
        Taught("s", "Who was in National Park?", two, (0,)),
    ]
    assert [made.question for made in without_answer(taught, "en")] in (
        ["Who came to Batum?", "Who fled from Kars in 1921?"],
        ["Who came to Batum?"],
    )


def test_nothing_measured_on_is_taught(data: Path) -> None:
    found = lesson(data, read_corpus())
    gold = {question.question for question in read_gold(GOLD)}
    assert not gold.intersection(one.question for one in found.taught)
    sentences = {window.text for one in found.taught for window in one.pool.windows}
    assert not sentences.intersection([*HELD_OUT.split(". "), "Petra lies in Jordan."])
    assert any("Nile" in sentence for sentence in sentences)


@pytest.mark.parametrize("missing", ["thquad/1_test_data.json", "xquad/xquad.en.json", "squad/dev-v2.0.json"])
def test_without_what_must_be_left_out_nothing_is_taught(data: Path, missing: str) -> None:
    (data / missing).unlink()
    with pytest.raises(DipnotError, match="it is needed"):
        lesson(data, [])


def test_the_register_is_taught_in_both_languages_and_across_them() -> None:
    article = next(article for article in read_corpus() if article.id == "004")
    first = (article.questions[0].tr, article.questions[0].en)
    found = [one for one in _of_register(article) if one.question in first]
    assert [one.source for one in found] == ["register tr", "register en on tr", "register en"]
    names = {sentence.id: number for number, sentence in enumerate(article.sentences)}
    own = tuple(names[name] for name in article.questions[0].sentences)
    assert {one.right for one in found} == {own}
    texts = [one.pool.windows[own[0]].text for one in found]
    sentence = article.sentences[own[0]]
    assert texts == [sentence.text, sentence.text, article.english(sentence)]


def test_wrong_sentences_are_others_of_the_document(data: Path, encoder: Encoder) -> None:
    found = lesson(data, [])
    drawn = groups(found.taught, encoder, seed=1)
    for number, group in drawn.items():
        one = found.taught[number]
        texts = [window.text for window in one.pool.windows]
        assert {window.text for window in group.wrong} <= set(texts)
        assert (group.right.text if group.right else None) == (texts[one.right[0]] if one.right else None)
        assert not any(window in group.wrong for window in (group.right,))
        assert not any(texts[place] in [w.text for w in group.wrong] for place in one.excluded)
    # What has no answer is read beside what comes nearest.
    assert drawn[4].right is None and drawn[4].wrong[0].text == "The Nile flows north."
    assert groups(found.taught, encoder, seed=1) == drawn


def test_a_document_is_taught_or_examined_as_a_whole() -> None:
    article = plain_article("a", "tr", [BEES])
    names = [f"thquad-{number}" for number in range(200)]
    pools = [Pool(name, (Window(article.sentences[0].text),)) for name in names]
    taught = tuple(Taught("thquad", "?", pool, (0,)) for pool in pools for _ in range(2))
    own, others = held_out(Lesson(taught, {}))
    assert sorted(own + others) == list(range(400)) and others
    assert {taught[number].pool.name for number in own}.isdisjoint(
        taught[number].pool.name for number in others
    )


@pytest.fixture(scope="module")
def lessons() -> list[Group]:
    pairs = [
        ("Ayasofya ne zaman açıldı?", DOME, "537", BEES),
        ("Bal arıları nerede yaşar?", BEES, "kovanda", DOME),
        ("Where does the Nile flow?", NILE, "north", PETRA),
        ("Where is Petra?", PETRA, "Jordan", NILE),
    ]
    found = []
    for question, text, answer, other in pairs:
        first = text.split(". ")[0] + "."
        at = first.index(answer)
        found.append(
            Group(
                "own", question, Window(first), (at, at + len(answer)), (Window(other.split(". ")[1], first),)
            )
        )
    return [*found, Group("own", "Where is Troy?", None, None, (Window("Petra lies in Jordan."),))]


# The folder of a reader and of what it takes to go on teaching it, and the loss of every step.
Readied = tuple[Path, list[float]]
COURSE = Course(rank=4, alpha=8, batch=2, rate=2e-3, epochs=10)


@pytest.fixture(scope="module")
def taught(encoder: Encoder, lessons: list[Group], tmp_path_factory: pytest.TempPathFactory) -> Readied:
    """A reader that was taught a few questions by heart, and the loss of each step."""
    folder = tmp_path_factory.mktemp("taught")
    pupil = Pupil(encoder, COURSE)
    losses = teach(pupil, lessons, folder / "work")
    pupil.write(folder / "reader", {"seed": COURSE.seed})
    return folder, losses


def test_teaching_that_was_interrupted_ends_the_same(
    encoder: Encoder, lessons: list[Group], taught: Readied, tmp_path: Path
) -> None:
    folder, losses = taught
    teach(Pupil(encoder, COURSE), lessons, tmp_path / "work", save_every=5, stop_at=7)
    pupil = Pupil(encoder, COURSE)
    assert teach(pupil, lessons, tmp_path / "work", save_every=5) == pytest.approx(losses, rel=1e-3, abs=1e-3)
    pupil.write(tmp_path / "reader", {})
    again, before = (TaughtReader(encoder, path / "reader", quantised=False) for path in (tmp_path, folder))
    for one, other in zip(read(again, lessons), read(before, lessons), strict=True):
        assert one.answers == pytest.approx(other.answers, abs=0.05)


def test_another_course_begins_anew(encoder: Encoder, lessons: list[Group], tmp_path: Path) -> None:
    teach(Pupil(encoder, COURSE), lessons, tmp_path, save_every=1, stop_at=2)
    other = Course(rank=4, alpha=8, batch=2, rate=1e-3, epochs=1)
    assert len(teach(Pupil(encoder, other), lessons, tmp_path)) == 3


def test_the_same_course_over_other_lessons_begins_anew(
    encoder: Encoder, lessons: list[Group], tmp_path: Path
) -> None:
    teach(Pupil(encoder, COURSE), lessons, tmp_path / "one", save_every=1, stop_at=1)
    fewer = lessons[:2]
    anew = teach(Pupil(encoder, COURSE), fewer, tmp_path / "two")
    assert teach(Pupil(encoder, COURSE), fewer, tmp_path / "one") == pytest.approx(anew, rel=1e-3)


def read(reader: TaughtReader, lessons: list[Group]) -> list[Reading]:
    return [reading for group in lessons for reading in reader.read(group.question, group.windows)]


def test_what_was_taught_is_known(encoder: Encoder, lessons: list[Group], taught: Readied) -> None:
    folder, losses = taught
    assert losses[-1] < losses[0] / 2
    found = marks(TaughtReader(encoder, folder / "reader"), lessons)["all"]
    assert found["groups"] == 5 and found["first"] == 1.0 and found["auc"] == 1.0


def test_the_words_that_were_taught_are_named_as_they_stand(
    encoder: Encoder, lessons: list[Group], taught: Readied
) -> None:
    reader = TaughtReader(encoder, taught[0] / "reader", quantised=False)
    for group in lessons[:4]:
        assert group.right and group.answer
        assert reader.read(group.question, [group.right])[0].span == group.answer


def test_eight_bits_change_little(encoder: Encoder, lessons: list[Group], taught: Readied) -> None:
    exact, rounded = (
        np.array([one.answers for one in read(reader, lessons)])
        for reader in (
            TaughtReader(encoder, taught[0] / "reader", quantised=small) for small in (False, True)
        )
    )
    assert np.corrcoef(exact, rounded)[0, 1] > 0.98
    assert np.abs(exact - rounded).max() < 0.1 * np.ptp(exact)


def test_the_encoder_stays_as_it_is(encoder: Encoder, taught: Readied) -> None:
    before = encoder.encode_query(["Kars Antlaşması ne zaman imzalandı?"])
    TaughtReader(encoder, taught[0] / "reader")
    assert (encoder.encode_query(["Kars Antlaşması ne zaman imzalandı?"]) == before).all()


def test_a_span_lies_in_the_sentence(encoder: Encoder, taught: Readied) -> None:
    reader = TaughtReader(encoder, taught[0] / "reader")
    windows = [Window(DOME, BEES), Window("  "), Window(""), Window("é" * 3000), Window("İ.", "x " * 400)]
    for window, reading in zip(windows, reader.read("Ne? " * 200, windows), strict=True):
        start, end = reading.span
        assert 0 <= start <= end <= len(window.text)
        words = window.text[start:end]
        assert words == words.strip()
        assert 0 <= reading.probability <= 1
    assert reader.read("Ne?", []) == []


def test_tokens_of_what_stands_before_are_not_read(encoder: Encoder) -> None:
    window = Window(DOME.split(". ")[0], BEES)
    batch = batch_of(encoder.tokenizer, ["Ne zaman?"], [window])
    spans = batch.offsets[0][batch.readable[0]].tolist()
    assert spans[0][0] == 0 and spans[-1][1] == len(window.text)
    assert "".join(window.text[slice(*span)] for span in spans).replace(" ", "") == window.text.replace(
        " ", ""
    )


def test_beside_another_encoder_the_reader_has_the_bundled_one_below_it(
    encoder: Encoder, lessons: list[Group], taught: Readied
) -> None:
    class Other:
        model = replace(encoder.model, sha256="f" * 64)

    reader = reader_of(str(taught[0] / "reader"), cast(Encoder, Other()))
    own = TaughtReader(encoder, taught[0] / "reader")
    assert isinstance(reader, TaughtReader)
    assert [one.answers for one in read(reader, lessons)] == pytest.approx(
        [one.answers for one in read(own, lessons)], abs=1e-3
    )


def test_a_reader_that_is_damaged_or_not_for_this_model_is_refused(
    encoder: Encoder, taught: Readied, tmp_path: Path
) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(taught[0] / "reader", folder)
    manifest = (folder / MANIFEST).read_text(encoding="utf-8")
    (folder / MANIFEST).write_text(manifest.replace(encoder.model.sha256, "0" * 64), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="another model"):
        reader_of(str(folder), encoder)
    (folder / MANIFEST).write_text(manifest.replace('"format": 1', '"format": 2'), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="format 2"):
        reader_of(str(folder), encoder)
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    with (folder / HEADS).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    with pytest.raises(ModelUnavailable, match="has changed"):
        reader_of(str(folder), encoder)
    (folder / MANIFEST).unlink()
    with pytest.raises(DipnotError, match=r"needs sentencepiece|no weights|holds no model"):
        reader_of(str(folder), encoder)
    with pytest.raises(DipnotError, match="DIPNOT_READER"):
        reader_of("nowhere at all", encoder)
    assert reader_of("off", encoder) is None


def test_auc_is_the_chance_of_a_right_one_above_a_wrong_one() -> None:
    assert auc([3, 1], [2, 0]) == 0.75
    assert auc([1], [1]) == 0.5


class Knows:
    """Reads what it was told: the sentence with the words, and they."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = answers

    def read(self, question: str, windows: Sequence[Window]) -> list[Reading]:
        words = self._answers[question.split()[0]]
        places = [window.text.find(words) for window in windows]
        return [Reading(float(at >= 0), (max(at, 0), max(at, 0) + len(words)), 1.0) for at in places]


def test_a_reader_is_examined_on_what_it_was_not_taught(data: Path) -> None:
    write(data / "thquad" / "1_test_data.json", squad(HELD_OUT, ("Mimarı kimdir?", "Sinan")))
    write(data / "xquad" / "xquad.tr.json", squad(DOME, ("Nerede?", "İstanbul'da"), ("Kimler?", "Anthemius")))
    write(data / "xquad" / "xquad.en.json", squad(NILE, ("Where is Cairo?", "on its banks")))
    known = {"Mimarı": "Sinan", "Nerede?": "537", "Kimler?": "Anthemius", "Where": "its banks"}
    reader = Knows(known)
    found = {one.way: one for one in examine(reader, data)}
    # English questions are asked of the Turkish text by their id; here none has that of another.
    assert {name: one.questions for name, one in found.items()} == {
        "thquad tr→tr": 1,
        "xquad tr→tr": 2,
        "xquad en→tr": 0,
        "xquad en→en": 1,
    }
    assert found["thquad tr→tr"].exact_match.value == 1.0
    turkish = found["xquad tr→tr"]
    assert (turkish.exact_match.value, turkish.f1.value, turkish.sentence.value) == (0.5, 0.5, 1.0)
    english = found["xquad en→en"]
    assert (english.exact_match.value, english.sentence.value) == (0.0, 1.0)
    assert english.f1.value == pytest.approx(0.8)
    assert len(table(list(found.values()))) == 6
