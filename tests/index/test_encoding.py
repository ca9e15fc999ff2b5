"""Only what has changed is encoded; the index is the one that a build of everything makes, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import index.build
import index.encoding
from corpus.article import Article
from corpus.plain import plain_article
from index import generation as store
from index.build import build_articles
from index.encoder import Encoder
from index.model import Model
from index.search import Searcher
from index.vectors import Kind, Vectors

FIRST = [
    "Kars Antlaşması 13 Ekim 1921'de imzalandı. Taraflar sınırı çizdi. Ardahan Türkiye'de kaldı.",
    "Moskova görüşmeleri uzun sürdü. Heyet şubat ayında yola çıkmıştı. Bekir Sami Bey heyetin başındaydı.",
]
SECOND = ["Boğazlar rejimi Lozan'da konuşuldu. Çiçerin itiraz etti. Karar uzun bir aradan sonra alındı."]
THIRD = ["Ticaret anlaşması 1927'de yapıldı. Petrol ithal edildi."]


class CountingEncoder(Encoder):
    """The real encoder, which says what it was asked to encode."""

    def __init__(self, model: Model, real: Encoder) -> None:
        self.__dict__ |= real.__dict__
        self.texts: list[str] = []

    def encode_document(self, texts, **given):
        self.texts += texts
        return super().encode_document(texts, **given)

    def encode_questions(self, texts, **given):
        self.texts += texts
        return super().encode_questions(texts, **given)


@pytest.fixture
def counting(model: Model, encoder: Encoder) -> CountingEncoder:
    return CountingEncoder(model, encoder)


def article(name: str, paragraphs: list[str]) -> Article:
    return plain_article(name, "tr", paragraphs)


def arrays(folder: Path) -> dict[str, bytes]:
    """Everything but the manifest, whose time differs."""
    current = store.folder_of(folder, store.current(folder))
    files = (path for path in current.rglob("*") if path.is_file() and path.name != store.MANIFEST)
    return {path.relative_to(current).as_posix(): path.read_bytes() for path in files}


def test_one_changed_article_has_only_its_own_texts_encoded(
    tmp_path: Path, model: Model, counting: CountingEncoder
) -> None:
    build_articles([article("a", FIRST), article("b", SECOND)], tmp_path, model, encoder=counting)
    counting.texts.clear()
    changed = [*SECOND, "Yeni bir paragraf eklendi."]
    built = build_articles([article("a", FIRST), article("b", changed)], tmp_path, model, encoder=counting)
    assert built.written
    own = article("b", changed)
    assert set(counting.texts) == {*(s.text for s in own.sentences), *(p.text for p in own.passages)}


@pytest.mark.parametrize(
    "after",
    [
        {"a": FIRST, "b": THIRD},
        {"b": SECOND},
        {"new": THIRD, "b": SECOND, "a": FIRST},
        {"a": FIRST, "b": SECOND, "c": FIRST},
    ],
    ids=["changed", "removed", "added and moved", "the same text twice"],
)
def test_an_incremental_build_is_bit_for_bit_the_build_of_everything(
    tmp_path: Path, model: Model, encoder: Encoder, after: dict[str, list[str]]
) -> None:
    build_articles([article("a", FIRST), article("b", SECOND)], tmp_path / "index", model, encoder=encoder)
    articles = [article(name, paragraphs) for name, paragraphs in after.items()]
    step = build_articles(articles, tmp_path / "index", model, encoder=encoder)
    whole = build_articles(articles, tmp_path / "whole", model, encoder=encoder, force=True)
    assert step.id == whole.id
    assert arrays(tmp_path / "index") == arrays(tmp_path / "whole")


def test_where_an_article_is_only_taken_out_the_model_is_not_loaded(
    tmp_path: Path, model: Model, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_articles([article("a", FIRST), article("b", SECOND)], tmp_path, model, encoder=encoder)

    def load(model: Model) -> Encoder:
        raise AssertionError("loaded")

    monkeypatch.setattr(index.build, "_loaded", load)
    assert build_articles([article("b", SECOND)], tmp_path, model).counts["articles"] == 1


def test_force_encodes_everything_again(tmp_path: Path, model: Model, counting: CountingEncoder) -> None:
    for _ in range(2):
        counting.texts.clear()
        build_articles([article("a", FIRST)], tmp_path, model, encoder=counting, force=True)
        assert counting.texts


def test_vectors_of_another_wording_model_or_library_are_not_taken_over(
    tmp_path: Path, model: Model, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_articles([article("a", FIRST)], tmp_path, model, encoder=encoder)
    inputs = store.verified(tmp_path)[1].inputs
    assert index.encoding.known_vectors(tmp_path, inputs).texts
    other = inputs.model.model_copy(update={"passage_prompt": "other: "})
    for changed in ({"encoding": 99}, {"model": other}):
        assert not index.encoding.known_vectors(tmp_path, inputs.model_copy(update=changed)).texts
    monkeypatch.setattr(index.encoding, "version", lambda name: "0.0.0")
    assert not index.encoding.known_vectors(tmp_path, inputs).texts


def test_nothing_is_taken_over_from_a_damaged_index(
    tmp_path: Path, model: Model, counting: CountingEncoder
) -> None:
    build_articles([article("a", FIRST)], tmp_path, model, encoder=counting)
    path = store.folder_of(tmp_path, store.current(tmp_path)) / store.SENTENCES["tr"]
    path.write_bytes(path.read_bytes()[:-4] + b"\x00\x00\x80\x3f")
    counting.texts.clear()
    build_articles([article("a", FIRST), article("b", SECOND)], tmp_path, model, encoder=counting)
    assert set(counting.texts) >= {sentence.text for sentence in article("a", FIRST).sentences}


def test_vectors_that_the_index_rounds_are_kept_beside_for_the_next_build(
    tmp_path: Path, model: Model, counting: CountingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = Vectors.build
    monkeypatch.setattr(Vectors, "build", lambda vectors, *_: build(vectors, kind=Kind("SQfp16")))
    build_articles([article("a", FIRST), article("b", SECOND)], tmp_path / "index", model, encoder=counting)
    counting.texts.clear()
    articles = [article("a", FIRST), article("c", THIRD)]
    build_articles(articles, tmp_path / "index", model, encoder=counting)
    assert not {sentence.text for sentence in articles[0].sentences} & set(counting.texts)
    build_articles(articles, tmp_path / "whole", model, encoder=counting)
    assert arrays(tmp_path / "index") == arrays(tmp_path / "whole")
    hits = Searcher(tmp_path / "index", model, encoder=counting).search("Kars Antlaşması", 3).hits
    assert hits[0].article.id == "a"


def test_a_text_shares_its_last_digits_with_its_batch_alone(encoder: Encoder) -> None:
    texts = [sentence.text for sentence in article("a", FIRST).sentences]
    assert np.array_equal(encoder.encode_document(texts), encoder.encode_document(texts))
