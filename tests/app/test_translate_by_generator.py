"""Translation by the generator: a real endpoint on loopback that streams, and a tiny chat model of random
weights."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import translate
from app.generators import Message
from app.generators.endpoint import Endpoint
from app.generators.hub import Hub
from app.settings import Settings
from app.translate.by_generator import ByGenerator, is_english
from app.translate.making import part_of
from app.translate.translator import Refused, TranslatorFailed, configured
from corpus.catalogue import PACKAGED, read_catalogue
from corpus.reading import read_article
from corpus.translations import read_translations, to_translate, translations_file
from tests.commandline import Dipnot
from tests.lackingcorpus import lacking_corpus
from tests.streamserver import Reply, StreamServer, streaming, written
from tests.tinymodel import tiny_chat_model

SENTENCE = "Antlaşma 16 Mart 1921'de Moskova'da imzalandı."
ENGLISH = "The treaty was signed in Moscow on 16 March 1921."
MISSING = 4


@pytest.fixture
def server() -> Iterator[StreamServer]:
    with streaming() as state:
        yield state


@pytest.fixture
def translator(server: StreamServer) -> ByGenerator:
    return ByGenerator(Endpoint(server.url, "a-model"), seconds=10)


@pytest.fixture(scope="module")
def chat_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_chat_model(tmp_path_factory.mktemp("chat"))


@pytest.fixture
def corpus(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus of one article, 004, whose last sentences have no English."""
    root = lacking_corpus(folder / "corpus", MISSING)
    monkeypatch.setenv("DIPNOT_CORPUS_DIR", str(root))
    monkeypatch.setenv("DIPNOT_TRANSLATOR", "generator")
    return root


@pytest.fixture
def texts(corpus: Path) -> list[str]:
    return to_translate(read_article(corpus, read_catalogue(corpus)[0]))


def use(monkeypatch: pytest.MonkeyPatch, server: StreamServer) -> None:
    monkeypatch.setenv("DIPNOT_GENERATOR", "openai")
    monkeypatch.setenv("DIPNOT_GENERATOR_URL", server.url)
    monkeypatch.setenv("DIPNOT_GENERATOR_MODEL", "a-model")


def english(n: int) -> str:
    return f"This is the English of number {n}."


def asked(server: StreamServer) -> list[str]:
    return [request["messages"][-1]["content"] for request in server.requests]


# An answer


def test_each_sentence_is_asked_for_by_itself_under_the_written_rules(
    server: StreamServer, translator: ByGenerator
) -> None:
    server.replies = [
        Reply(written(*ENGLISH.split(" ")[:1], " treaty was signed.")),
        Reply(written("The second.")),
    ]
    assert translator.translate([SENTENCE, "İkinci."]) == ["The treaty was signed.", "The second."]
    first, second = (request["messages"] for request in server.requests)
    assert [message["role"] for message in first] == ["system", "user"]
    assert "Nothing is added and nothing left out" in first[0]["content"]
    assert second == [first[0], {"role": "user", "content": "İkinci."}]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (written("The treaty was", finish="length"), "the answer was cut off"),
        (written("Here it is:\n", ENGLISH), "the answer has 2 lines instead of one"),
        (written(" \n"), "the answer has 0 lines instead of one"),
        (written(SENTENCE), "the answer is not English"),
        (
            written("Antlaşma Moskova şehrinde 16 Mart 1921 tarihinde imza edildi."),
            "the answer is not English",
        ),
        (
            written("Der Vertrag wurde am 16. März 1921 zu Moskau feierlich unterzeichnet."),
            "the answer is not English",
        ),
    ],
)
def test_an_answer_that_is_no_translation_concerns_its_own_sentence_alone(
    server: StreamServer, translator: ByGenerator, reply: list[bytes], why: str
) -> None:
    server.replies = [Reply(reply), Reply(written("The second."))]
    assert translator.translate([SENTENCE, "İkinci."]) == [Refused(why), "The second."]


def test_no_translation_that_is_here_would_be_refused() -> None:
    kept = [
        translation
        for entry in read_catalogue(PACKAGED)
        for translation in read_translations(translations_file(PACKAGED, entry.id)).values()
    ]
    assert len(kept) > 1000
    assert [each.en for each in kept if not is_english(each.en, each.tr)] == []
    # A sentence left as it is passes only where it is little more than names, numbers and abbreviations.
    left = [each.tr for each in kept if is_english(each.tr, each.tr)]
    assert len(left) < 0.15 * len(kept)


# A generator that fails


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        (Reply(status=500), "answered 500"),
        (Reply(written("The treaty")[:2], is_cut=True), "broke off its answer"),
        (Reply([b"data: <html>\n\n"]), "no JSON"),
        (Reply(written("The treaty"), before=3), "DIPNOT_TRANSLATOR_TIMEOUT"),
    ],
)
def test_a_generator_that_fails_is_told(server: StreamServer, reply: Reply, part: str) -> None:
    server.replies = [reply]
    with pytest.raises(TranslatorFailed, match=part) as raised:
        ByGenerator(Endpoint(server.url, "m"), seconds=1).translate([SENTENCE])
    assert "\n" not in str(raised.value)


def test_a_generator_that_is_down_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TranslatorFailed, match=f"{port}.*cannot be reached"):
        ByGenerator(Endpoint(f"http://127.0.0.1:{port}/v1", "m"), seconds=10).translate([SENTENCE])


# A model on this machine


def test_what_a_model_without_sense_writes_is_refused(chat_model: Path) -> None:
    """It comes to no end by itself, so each of its answers is cut off."""
    translator = configured(Settings(translator="generator", generator=f"transformers:{chat_model}"))
    assert translator.translate([SENTENCE, "İkinci."]) == [Refused("the answer was cut off")] * 2


def test_syllables_that_come_to_an_end_are_not_english(chat_model: Path, tmp_path: Path) -> None:
    """A model that ends behind its ninth syllable: nothing is wrong with the form of what it writes."""
    copy = Path(shutil.copytree(chat_model, tmp_path / "copy"))
    prompt = (Path(translate.__file__).with_name("prompt.md")).read_text(encoding="utf-8")
    messages = [Message("system", prompt), Message("user", SENTENCE)]
    said = "".join(Hub(str(copy)).write(messages, tokens=60, seconds=60)).split()
    at = next(at for at in range(8, 60) if said[at] not in said[:at])
    made = json.loads((copy / "generation_config.json").read_text(encoding="utf-8"))
    tokenizer = json.loads((copy / "tokenizer.json").read_text(encoding="utf-8"))
    made["eos_token_id"] = [1, tokenizer["model"]["vocab"][said[at]]]
    (copy / "generation_config.json").write_text(json.dumps(made), encoding="utf-8")
    assert ByGenerator(Hub(str(copy))).translate([SENTENCE]) == [Refused("the answer is not English")]


# The settings and the command


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({}, ("'generator'", "DIPNOT_GENERATOR to")),
        ({"GENERATOR": "none"}, ("'generator'", "DIPNOT_GENERATOR to")),
        ({"GENERATOR": "openai"}, ("DIPNOT_GENERATOR_URL",)),
        ({"GENERATOR": "transformers:/no/model"}, ("There is no folder /no/model", "DIPNOT_GENERATOR")),
        ({"TRANSLATOR_URL": "http://x/v1"}, ("not both",)),
    ],
)
def test_a_generator_that_is_not_set_as_it_must_be_is_told(
    dipnot: Dipnot,
    corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    parts: tuple[str, ...],
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"DIPNOT_{name}", value)
    dipnot("translate", "004").complains(1, *parts)
    assert [path.name for path in (corpus / "translations").iterdir()] == ["004.en.jsonl"]


def test_what_is_missing_is_translated_and_what_is_refused_is_told(
    dipnot: Dipnot,
    corpus: Path,
    texts: list[str],
    server: StreamServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(monkeypatch, server)
    server.replies = [Reply(written("one\ntwo")), *(Reply(written(english(n))) for n in range(1, MISSING))]
    done = dipnot("translate", "004")
    assert done.code == 1
    assert f"no English for “{texts[-MISSING]}”: the answer has 2 lines instead of one" in done.err
    assert f"{MISSING - 1} sentences translated" in done.out
    kept = list(read_translations(translations_file(corpus, "004")).values())[1 - MISSING :]
    assert [(each.tr, each.en, each.by) for each in kept] == [
        (text, english(n), "machine") for n, text in enumerate(texts[1 - MISSING :], 1)
    ]


def test_a_run_that_breaks_off_goes_on_where_it_was(
    dipnot: Dipnot,
    corpus: Path,
    texts: list[str],
    server: StreamServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(monkeypatch, server)
    good = [Reply(written(english(n))) for n in range(MISSING)]
    server.replies = [*good[:2], Reply(status=500), *good[2:]]
    left = part_of(translations_file(corpus, "004"))
    dipnot("translate", "004").complains(
        1, "answered 500", f"2 new lines are kept in {left}; the same command goes on."
    )
    assert dipnot("translate", "004").code == 0
    assert asked(server) == [*texts[-MISSING:][:3], *texts[-MISSING:][2:]]
    assert [each.en for each in read_translations(translations_file(corpus, "004")).values()][-MISSING:] == [
        english(n) for n in range(MISSING)
    ]
    assert not left.exists()
