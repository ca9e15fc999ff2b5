"""Teaching the encoder to search: what by, and that what comes out is a model.

The real encoder, the real trainer; few questions of our own, in the format of the sets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from corpus.reading import read_corpus
from eval.gold import GOLD, read_gold
from eval.training.course import Course
from eval.training.pairs import Pair, pairs_of
from eval.training.retrieval import found_first, teach
from index.encoder import Encoder
from index.model import resolve
from tests.squadfiles import BEES, DOME, HELD_OUT, squad, write


@pytest.fixture
def data(tmp_path: Path) -> Path:
    gold = next(question for question in read_gold(GOLD, "test") if question.language == "tr")
    write(
        tmp_path / "thquad" / "1_train_data.json",
        squad(
            BEES,
            ("Bal arıları nerede yaşar?", "kovanda"),
            ("Arılar hangi iki cümlede?", "kovanda yaşar. Bir kovanda"),
            (gold.question, "kovanda"),
        ),
        squad(DOME, ("Ayasofya hangi yılda açıldı?", "537")),
        squad(HELD_OUT, ("Süleymaniye ne zaman açıldı?", "1557")),
        squad("Süleymaniye 1550 yılında başlandı. Ayasofya da bir yapıdır.", ("Başlangıcı?", "1550")),
    )
    write(tmp_path / "thquad" / "1_test_data.json", squad(HELD_OUT, ("Mimarı kimdir?", "Sinan")))
    write(tmp_path / "xquad" / "xquad.en.json", squad("Petra lies in Jordan.", ("Where?", "Jordan")))
    return tmp_path


def test_a_question_goes_with_the_passage_and_the_sentence_that_answer_it(data: Path) -> None:
    found = pairs_of(data, [], seed=1)
    assert [pair.asked for pair in found["passages"]] == [
        "Bal arıları nerede yaşar?",
        "Ayasofya hangi yılda açıldı?",
        "Başlangıcı?",
    ]
    assert [pair.right for pair in found["sentences"]] == [
        "Bal arıları kovanda yaşar.",
        "Ayasofya 537 yılında İstanbul'da açıldı.",
        "Süleymaniye 1550 yılında başlandı.",
    ]
    assert found["passages"][0].right == BEES
    for pair, answer in zip(found["passages"], ("kovanda", "537", "1550"), strict=True):
        assert answer in pair.right and answer not in pair.wrong and pair.wrong
    assert found["translations"] == []
    assert pairs_of(data, [], seed=1) == found


def test_nothing_measured_on_is_taught(data: Path) -> None:
    found = pairs_of(data, [], seed=1)
    texts = {text for own in found.values() for pair in own for text in (pair.asked, pair.right, pair.wrong)}
    assert not any("Sinan" in text or "Jordan" in text for text in texts)
    gold = {question.question for question in read_gold(GOLD)}
    assert gold.isdisjoint(texts)


def test_every_sentence_that_has_an_english_one_goes_with_it(data: Path) -> None:
    articles = read_corpus(Path("corpus"))
    found = pairs_of(data, articles, seed=1)["translations"]
    assert len(found) > 1000
    pair = found[0]
    article = next(one for one in articles if one.id == pair.unit)
    sentence = next(one for one in article.sentences if one.text == pair.asked)
    assert article.english(sentence) == pair.right


@pytest.mark.timeout(300)
def test_what_is_taught_is_a_model_that_dipnot_takes(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for: list[object] = []

    def looked_up(host: object, *_: object, **__: object) -> list[object]:
        asked_for.append(host)
        raise OSError("no network")

    monkeypatch.setattr("socket.getaddrinfo", looked_up)
    pairs = [
        Pair("qua?", "Bal arıları kovanda yaşar.", "a"),
        Pair("quo?", "Ayasofya 537 yılında açıldı.", "a"),
        Pair("quis?", "Petra lies in Jordan.", "b"),
        Pair("cur?", "Nehir kuzeye akar.", "b"),
    ]
    lessons = {"sentences": pairs, "translations": []}
    course = Course(rank=4, alpha=8, batch=4, rate=5e-3, epochs=25)
    teach(encoder.model, lessons, course, tmp_path / "one")
    taught = Encoder(resolve(str(tmp_path / "one"), tmp_path))
    assert found_first(taught, pairs) == 1.0 > found_first(encoder, pairs)
    assert taught.model.query_prompt == encoder.model.query_prompt
    assert taught.model.passage_prompt == encoder.model.passage_prompt
    assert taught.model.dimension == encoder.model.dimension
    assert taught.model.sha256 != encoder.model.sha256
    adapter = tmp_path / "one" / "adapter"
    assert asked_for == []
    assert json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))["r"] == 4
    assert sum(path.stat().st_size for path in adapter.iterdir()) < 2_000_000
    assert not [path for path in (tmp_path / "one").rglob("*") if path.suffix in (".bin", ".pt", ".pkl")]
    teach(encoder.model, lessons, course, tmp_path / "two")
    again = Encoder(resolve(str(tmp_path / "two"), tmp_path))
    texts = [pair.right for pair in pairs]
    np.testing.assert_allclose(taught.encode_document(texts), again.encode_document(texts), atol=1e-3)
