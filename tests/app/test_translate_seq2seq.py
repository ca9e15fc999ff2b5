"""Translation by a model on this machine: tiny ones, made here, through the real code of transformers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.translate.seq2seq import Seq2Seq
from app.translate.translator import Refused, TranslatorFailed
from tests.tinymodel import tiny_model

# What the tiny model learns by heart: sentences of different lengths, so that batches are padded.
PAIRS = {
    "antlaşma imzalandı": "the treaty was signed",
    "heyet moskova ' ya gitti": "the delegation went to moscow",
    "savaş": "war",
}
LONG = " ".join(["savaş"] * 40)
PREFIX = "çevir : "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("seq2seq"), PAIRS)


@pytest.fixture(scope="module")
def translator(folder: Path) -> Seq2Seq:
    return Seq2Seq.load(str(folder))


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may damage."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def refusal(name: str | Path, **given: Any) -> str:
    with pytest.raises(TranslatorFailed) as raised:
        Seq2Seq.load(str(name), **given)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_sentences_of_a_batch_are_translated_each_by_itself(translator):
    assert translator.translate(list(PAIRS)) == list(PAIRS.values())
    assert [translator.translate([text])[0] for text in PAIRS] == list(PAIRS.values())


def test_a_model_takes_several_sentences_at_a_time(translator):
    assert translator.batch > 1
    assert translator.translate([]) == []


def test_a_sentence_too_long_for_the_model_is_refused_alone(translator):
    assert translator.translate(["savaş", LONG]) == [
        "war",
        Refused("it has 41 tokens, the model reads 32"),
    ]


def test_an_answer_that_does_not_end_is_refused(tmp_path):
    untaught = Seq2Seq.load(str(tiny_model(tmp_path / "untaught", PAIRS, learn=False)))
    # Random weights repeat themselves; the end is made impossible, so that it is not left to chance.
    untaught._model.generation_config.suppress_tokens = [1]
    assert untaught.translate(["savaş"]) == [Refused("the answer does not end")]


def test_an_empty_answer_is_refused(folder):
    silent = Seq2Seq.load(str(folder))
    silent._model.generation_config.forced_bos_token_id = 1
    assert silent.translate(["savaş"]) == [Refused("the answer is empty")]


def test_a_prefix_goes_before_each_sentence(folder):
    class Heard:
        def __init__(self, tokenizer: Any) -> None:
            self.tokenizer = tokenizer
            self.texts: list[str] = []
            self.model_max_length = tokenizer.model_max_length

        def __call__(self, texts: list[str], **given: Any) -> Any:
            self.texts = texts
            return self.tokenizer(texts, **given)

        def decode(self, *given: Any, **more: Any) -> Any:
            return self.tokenizer.decode(*given, **more)

    told = Seq2Seq.load(str(folder), prefix=PREFIX)
    told._tokenizer = Heard(told._tokenizer)
    told.translate(["savaş"])
    assert told._tokenizer.texts == ["çevir : savaş"]


def test_a_model_that_has_to_be_told_the_languages_is_told(tmp_path):
    told = Seq2Seq.load(str(tiny_model(tmp_path / "told", PAIRS, more=("__tr__", "__en__"), learn=False)))
    tokenizer = told._tokenizer
    tokenizer.src_lang = "??"
    again = Seq2Seq(told._model, tokenizer)
    assert tokenizer.src_lang == "tr"
    assert again._target == {"forced_bos_token_id": tokenizer.convert_tokens_to_ids("__en__")}
    assert told._target == {}


def test_a_model_that_knows_no_english_by_name_is_refused(translator):
    class Told:
        src_lang = "deu"
        unk_token_id = 2

        def convert_tokens_to_ids(self, token: str) -> int:
            return 2

    with pytest.raises(TranslatorFailed, match="DIPNOT_TRANSLATOR"):
        Seq2Seq(translator._model, Told())


# What cannot be loaded


def test_a_model_that_is_not_here_is_not_fetched(monkeypatch):
    def connect(*_: object) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr("socket.socket.connect", connect)
    said = refusal("nobody/no-such-model")
    assert "hf download nobody/no-such-model" in said
    assert "DIPNOT_ALLOW_DOWNLOAD" in said


def test_a_model_that_cannot_be_fetched_is_told(monkeypatch):
    asked: list[bool] = []

    def fetch(*_: object, **given: Any) -> None:
        asked.append(given["local_files_only"])
        raise OSError("the hub does not answer")

    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", fetch)
    assert "the hub does not answer" in refusal("nobody/no-such-model", allow_download=True)
    assert asked == [False]


def test_weights_in_a_pickle_are_not_loaded(copy):
    import torch

    (copy / "model.safetensors").unlink()
    torch.save({"shared.weight": torch.zeros(2, 2)}, copy / "pytorch_model.bin")
    assert "pickles can run code" in refusal(copy)


def test_a_damaged_model_is_told(copy):
    os.truncate(copy / "model.safetensors", 100)
    assert str(copy) in refusal(copy)


def test_a_folder_without_a_model_is_told(tmp_path):
    assert "no weights as safetensors" in refusal(tmp_path)


def test_a_model_that_is_no_seq2seq_model_is_told(model):
    assert "no seq2seq model" in refusal(model.folder)


def test_a_tokenizer_that_lacks_its_package_is_told(copy, monkeypatch):
    def lack(*_: object, **__: object) -> None:
        raise ImportError("This tokenizer requires the sentencepiece library\nbut it was not found")

    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", lack)
    assert "pip install 'dipnot[translate]'" in refusal(copy)
