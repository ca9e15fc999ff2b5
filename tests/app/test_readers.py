"""What a reader changes: the order of the evidence, and silence.

The real index; readers that judge by a word, and a tiny real model in the place of one from the hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

from app.assistant import Assistant
from app.evidence import Candidate
from app.pretrained import NotReadable
from app.readers import BUNDLED, OFF, ReadingSettings, reader_of
from app.readers.hub import HubReader
from app.refusal import RefusalSettings, confidence
from corpus.errors import ModelUnavailable
from index.reading import Reader, Reading, Window
from index.reading.adapter import read_adapter
from index.reading.reader import FOLDER

READ = ReadingSettings().sentences
ASKED = {"tr": "Moskova Antlaşması ne zaman imzalandı?", "en": "When was the Treaty of Moscow signed?"}


class ByWord:
    """Judges sentences by whether a word stands in them."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.seen: list[Window] = []

    def read(self, question: str, windows: Sequence[Window]) -> list[Reading]:
        self.seen = list(windows)
        return [Reading(5.0 if self.word in window.text else -5.0, (0, 1), 0.5) for window in windows]


def ranked(assistant: Assistant, question: str) -> list[Candidate]:
    asked, found = assistant.read(question)
    return assistant.chooser.rank(asked, found)


def with_reader(assistant: Assistant, reader: ByWord, weight: float = 1.0) -> Assistant:
    return Assistant(assistant.searcher, reader=reader, reading=ReadingSettings(tr=weight, en=weight))


@pytest.mark.parametrize("language", ["tr", "en"])
def test_what_a_reader_finds_comes_first_and_nothing_is_lost(assistant: Assistant, language: str) -> None:
    before = ranked(assistant, ASKED[language])
    word = max(before[READ - 1].shown(language).split(), key=len)
    reader = ByWord(word)
    after = ranked(with_reader(assistant, reader), ASKED[language])
    assert word in after[0].shown(language)
    assert {one.sentence.id for one in after} == {one.sentence.id for one in before}
    assert {one.sentence.id for one in after if one.reading} == {one.sentence.id for one in before[:READ]}
    assert sum(one.probability for one in after) == pytest.approx(1.0, abs=1e-5)
    assert [one.probability for one in after] == sorted((one.probability for one in after), reverse=True)
    assert [window.text for window in reader.seen] == [one.shown(language) for one in before[:READ]]


def test_what_is_not_read_counts_as_the_worst_that_was(assistant: Assistant) -> None:
    before = ranked(assistant, ASKED["tr"])
    after = ranked(with_reader(assistant, ByWord(" ")), ASKED["tr"])
    assert [one.sentence.id for one in after] == [one.sentence.id for one in before]


def test_a_sentence_is_read_with_the_one_before_it_in_its_block(assistant: Assistant) -> None:
    reader = ByWord("x")
    with_reader(assistant, reader).ask(ASKED["tr"])
    sentences = {sentence.text: number for number, (_, sentence) in enumerate(assistant.searcher.sentences)}
    assert any(window.before for window in reader.seen)
    for window in reader.seen:
        if window.before:
            place = sentences[window.text]
            assert assistant.searcher.sentences[place - 1][1].text == window.before


def test_a_judgement_without_weight_changes_nothing(assistant: Assistant) -> None:
    before, after = assistant.ask(ASKED["en"]), with_reader(assistant, ByWord("Moscow"), 0.0).ask(ASKED["en"])
    assert (after.text, after.confidence) == (before.text, before.confidence)


def test_the_judgement_counts_for_silence(assistant: Assistant) -> None:
    asked, found = assistant.read(ASKED["tr"])
    own = with_reader(assistant, ByWord("imzalan"))
    signs = own.chooser.signs(asked, found, own.chooser.rank(asked, found))
    assert signs.read == 5.0
    settings = RefusalSettings(rules=0.5, reader=1.0, reader_bias=-1.0)
    unread = replace(signs, read=None)
    assert assistant.chooser.signs(asked, found, ranked(assistant, ASKED["tr"])) == unread
    assert confidence(replace(signs, read=-5.0), settings) < confidence(signs, settings)
    assert confidence(unread, settings) == confidence(unread, RefusalSettings())


def test_a_new_generation_is_read_by_the_same_reader(assistant: Assistant, index_dir: Path) -> None:
    reader = ByWord("x")
    with_reader(assistant, reader).renewed(index_dir).ask(ASKED["tr"])
    assert len(reader.seen) == READ


class Names:
    """Is sure of the longest word of every sentence."""

    def read(self, question: str, windows: Sequence[Window]) -> list[Reading]:
        found = []
        for window in windows:
            word = max(window.text.split(), key=len, default="").strip(",.;")
            start = window.text.find(word)
            found.append(Reading(0.0, (start, start + len(word)), 0.9))
        return found


@pytest.mark.parametrize("language", ["tr", "en"])
def test_what_a_reader_names_is_set_off_where_the_rules_find_no_value(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    by_rules = assistant.ask(ASKED[language]).text
    own = Assistant(assistant.searcher, reader=Names(), reading=ReadingSettings(tr=0, en=0))
    assert own.ask(ASKED[language]).text == by_rules
    monkeypatch.setattr("app.compose.find_value", lambda question, text: None)
    assert assistant.ask(ASKED[language]).text.count("**") == 0
    marked = own.ask(ASKED[language]).text
    assert marked.count("**") == 2 and marked.replace("**", "") == by_rules.replace("**", "")


@pytest.fixture(scope="module")
def hub_model(model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model for question answering with the vocabulary of the bundled encoder, taught nothing."""
    folder = tmp_path_factory.mktemp("hub-reader")
    tokenizer = AutoTokenizer.from_pretrained(model.folder, local_files_only=True)
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        pad_token_id=tokenizer.pad_token_id,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    return folder


def test_a_model_of_the_hub_reads(assistant: Assistant, hub_model: Path) -> None:
    reader = reader_of(str(hub_model), assistant.searcher.encoder)
    assert isinstance(reader, HubReader)
    windows = [
        Window("Antlaşma 16 Mart 1921'de imzalandı.", "Önce görüşüldü."),
        Window(""),
        Window("İ" * 2000),
    ]
    readings = reader.read(ASKED["tr"], windows)
    for window, reading in zip(windows, readings, strict=True):
        start, end = reading.span
        assert 0 <= start <= end <= len(window.text) and 0 <= reading.probability <= 1
        assert window.text[start:end] == window.text[start:end].strip()
    # What is padded changes nothing.
    alone = reader.read(ASKED["tr"], windows[:1])[0]
    assert alone.span == readings[0].span and alone.answers == pytest.approx(readings[0].answers, abs=1e-4)
    assert reader.read(ASKED["tr"], []) == []


def test_answers_come_with_a_model_of_the_hub(
    assistant: Assistant, index_dir: Path, model, hub_model: Path
) -> None:
    answer = Assistant.load(index_dir, model, reader=str(hub_model)).ask(ASKED["tr"])
    assert answer.status == "answered" and answer.citations


@pytest.mark.parametrize("name", ["deepset/not-on-this-machine", "no folder", ""])
def test_a_reader_that_is_not_there_is_one_line(assistant: Assistant, folder: Path, name: str) -> None:
    with pytest.raises(NotReadable) as told:
        reader_of(name, assistant.searcher.encoder)
    assert "\n" not in str(told.value) and (
        "DIPNOT_READER" in str(told.value) or "no weights" in str(told.value)
    )


# The one that comes with Dipnot


@pytest.fixture(scope="module")
def bundled(assistant: Assistant) -> Reader:
    found = reader_of(BUNDLED, assistant.searcher.encoder)
    assert found is not None
    return found


def test_the_bundled_reader_is_what_its_manifest_says_and_small(assistant: Assistant) -> None:
    manifest = read_adapter(FOLDER, assistant.searcher.encoder.model.sha256)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 25_000_000
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    told = manifest.taught
    for number in (told["taught"], told["steps"], told["course"]["seed"], told["course"]["rank"]):
        assert str(number) in card.replace(",", "")
    for source in ("thquad", "squad"):
        assert str(told["questions"][source]) in card.replace(",", "")


@pytest.mark.parametrize(
    ("question", "right", "wrong", "words"),
    [
        (
            "Antlaşma hangi gün imzalandı?",
            "Antlaşma 3 Mayıs 1899 günü Belgrad'da imzalandı.",
            "Antlaşmanın metni bugün Belgrad'daki arşivde durmaktadır.",
            "3 Mayıs 1899",
        ),
        (
            "Who commanded the garrison?",
            "The garrison was commanded by Colonel Aubrey Finch.",
            "The garrison was supplied from the sea until the autumn.",
            "Aubrey Finch",
        ),
        (
            "When was the school opened?",
            "Okul 12 Eylül 1887 tarihinde büyük bir törenle açıldı.",
            "Okulun binası bugün müze olarak kullanılmaktadır.",
            "12 Eylül 1887",
        ),
    ],
)
def test_the_bundled_reader_tells_what_answers_and_names_it(
    bundled: Reader, question: str, right: str, wrong: str, words: str
) -> None:
    """In Turkish, in English, and across: sentences that it was not taught."""
    answering, other = bundled.read(question, [Window(right), Window(wrong)])
    assert answering.answers > other.answers
    named = right[slice(*answering.span)]
    assert words in named and len(named) <= 2 * len(words) + 8


def test_an_answer_with_the_bundled_reader_has_its_footnotes(
    assistant: Assistant, index_dir: Path, model
) -> None:
    read = Assistant.load(index_dir, model, reader=BUNDLED)
    for question in ASKED.values():
        assert all(one.reading for one in ranked(read, question)[:1])
        answer = read.ask(question)
        assert answer.status == "answered" and "16" in answer.text and answer.citations


def test_a_bundled_reader_that_is_gone_is_one_line(assistant: Assistant, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("index.reading.reader.FOLDER", tmp_path)
    with pytest.raises(ModelUnavailable, match=r"^There is no reader in .*manifest\.json cannot be read\.$"):
        reader_of(BUNDLED, assistant.searcher.encoder)


def test_off_is_no_reader(assistant: Assistant) -> None:
    assert reader_of(OFF, assistant.searcher.encoder) is None
