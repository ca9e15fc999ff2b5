"""Building an index, here over one article: nothing without need, and never half of it."""

import errno
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import faiss
import numpy as np
import pytest

import index.build
import index.tuning
from corpus.catalogue import PACKAGED
from corpus.errors import CorpusError, DipnotError, ModelUnavailable
from corpus.plain import plain_article
from index import generation as store
from index.analyzer import ANALYZER_VERSION
from index.build import build, build_articles, passage_terms, reasons_to_build
from index.encoder import Encoder
from index.encoding import passage_input, passage_input_english, read_articles
from index.lexical import Lexical
from index.lock import LOCK
from index.search import Searcher
from index.stores import LocalStore
from index.vectors import Vectors

ROOT = Path(__file__).parents[2]
ARTICLE = "004"


class RememberingEncoder(Encoder):
    """The real encoder, which does not encode again what the whole index holds or it has encoded."""

    known: ClassVar[dict[str, np.ndarray]] = {}
    asked: ClassVar[dict[str, np.ndarray]] = {}

    def __init__(self, model):
        self._unloaded = model

    def encode_document(self, texts, *, batch_size=16, progress=None):
        return self._remembered(self.known, texts, super().encode_document, progress)

    def encode_questions(self, texts, *, progress=None):
        return self._remembered(self.asked, texts, super().encode_questions, progress)

    def _remembered(self, known, texts, encode, progress):
        if new := [text for text in dict.fromkeys(texts) if text not in known]:
            super().__init__(self._unloaded)
            known.update(zip(new, encode(new), strict=True))
        if progress:
            progress(len(texts))
        vectors = [known[text] for text in texts]
        return np.stack(vectors) if vectors else np.empty((0, self._unloaded.dimension), np.float32)


@pytest.fixture(scope="module", autouse=True)
def remembering_encoder(index_dir) -> Iterator[None]:
    whole = generation(index_dir)
    articles = read_articles(whole)
    RememberingEncoder.known, RememberingEncoder.asked = {}, {}
    for language, input_of in (("tr", passage_input), ("en", passage_input_english)):
        passages = faiss.read_index(str(whole / store.PASSAGES[language]))
        texts = [input_of(article, passage) for article in articles for passage in article.passages]
        RememberingEncoder.known |= {text: passages.reconstruct(i) for i, text in enumerate(texts) if text}
    for language in ("tr", "en"):
        texts = [
            sentence.text if language == "tr" else article.english(sentence)
            for article in articles
            for sentence in article.sentences
        ]
        vectors = np.load(whole / store.SENTENCES[language])
        RememberingEncoder.known |= {text: v for text, v in zip(texts, vectors, strict=True) if text}
        asked = [question.text(language) for article in articles for question in article.questions]
        RememberingEncoder.asked |= dict(zip(asked, np.load(whole / store.QUESTIONS[language]), strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.encoder.Encoder", RememberingEncoder)
        yield


@pytest.fixture(scope="module")
def small_corpus(tmp_path_factory) -> Path:
    """The corpus with one article in its catalogue."""
    folder = tmp_path_factory.mktemp("small") / "corpus"
    shutil.copytree(PACKAGED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    catalogue = folder / "catalogue.toml"
    rows = catalogue.read_text(encoding="utf-8").split("[[article]]")
    kept = [row for row in rows[1:] if f'id = "{ARTICLE}"' in row]
    catalogue.write_text("[[article]]".join(["", *kept]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def small_index(small_corpus, tmp_path_factory, model, remembering_encoder) -> Path:
    """An index over the small corpus; not to be changed."""
    folder = tmp_path_factory.mktemp("small") / "index"
    build(small_corpus, folder, model)
    return folder


@pytest.fixture
def corpus(small_corpus, tmp_path) -> Path:
    return shutil.copytree(small_corpus, tmp_path / "corpus")


@pytest.fixture
def folder(small_index, tmp_path) -> Path:
    """A copy of the index, to be spoiled."""
    return shutil.copytree(small_index, tmp_path / "index")


def generation(folder):
    return store.folder_of(folder, store.current(folder))


def content(folder):
    """Every file below a folder with its bytes, and every folder; but not the builders' lock."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if path.name != LOCK
    }


def times(folder):
    return {path: path.stat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


def fail(error):
    def failing(*args, **kwargs):
        raise error

    return failing


def disk_full():
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# What a build makes


def test_the_first_build_says_that_there_was_no_index(small_corpus, tmp_path, model):
    built = build(small_corpus, tmp_path / "new", model)
    assert built.written
    assert built.why == (f"There is no index at {tmp_path / 'new'}.",)
    assert built.id == store.current(tmp_path / "new")


def test_counts_are_those_of_the_article(small_corpus, small_index):
    _, manifest = store.verified(small_index)
    (article,) = read_articles(generation(small_index))
    assert article.id == ARTICLE
    assert manifest.counts == {
        "articles": 1,
        "passages": len(article.passages),
        "sentences": len(article.sentences),
        "in English": len(article.sentences),
        "questions": len(article.questions),
    }
    assert len(article.passages) > 30
    assert len(article.questions) > 100


def test_the_articles_are_read_back_as_they_were(small_corpus, small_index):
    from corpus.reading import read_corpus

    assert read_articles(generation(small_index)) == read_corpus(small_corpus)


@pytest.mark.parametrize("language", ["tr", "en"])
def test_every_passage_and_every_sentence_has_a_vector_of_unit_length(small_index, model, language):
    (article,) = read_articles(generation(small_index))
    vectors = Vectors.load(generation(small_index) / store.PASSAGES[language])
    sentences = np.load(generation(small_index) / store.SENTENCES[language], allow_pickle=False)
    assert (len(vectors), vectors.dimension) == (len(article.passages), model.dimension)
    assert sentences.shape == (len(article.sentences), model.dimension)
    np.testing.assert_allclose(np.linalg.norm(sentences, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("language", ["tr", "en"])
def test_every_question_has_the_vector_of_a_query(small_index, encoder, language):
    (article,) = read_articles(generation(small_index))
    vectors = np.load(generation(small_index) / store.QUESTIONS[language], allow_pickle=False)
    assert vectors.shape == (len(article.questions), encoder.model.dimension)
    drawn = [0, len(vectors) // 2, len(vectors) - 1]
    queries = encoder.encode_query([article.questions[i].text(language) for i in drawn])
    np.testing.assert_allclose(vectors[drawn], queries, atol=1e-4)


def test_what_stands_in_english_is_its_own_english(small_index):
    (article,) = read_articles(generation(small_index))
    turkish, english = (np.load(generation(small_index) / store.SENTENCES[x]) for x in ("tr", "en"))
    same = [article.english(sentence) == sentence.text for sentence in article.sentences]
    languages = [article.block_by_id[sentence.block].language for sentence in article.sentences]
    assert [own for own, is_same in zip(languages, same, strict=True) if is_same].count("en") > 5
    assert "tr" in [own for own, is_same in zip(languages, same, strict=True) if not is_same]
    assert [bool(np.array_equal(a, b)) for a, b in zip(turkish, english, strict=True)] == same


def test_an_article_without_its_english_has_no_english_vectors_and_terms(tmp_path, model):
    article = plain_article("x", "tr", ["Kars'ta bir antlaşma imzalandı."])
    built = build_articles([article], tmp_path / "index", model)
    assert built.counts == {"articles": 1, "passages": 1, "sentences": 1, "in English": 0, "questions": 0}
    assert not np.load(generation(tmp_path / "index") / store.SENTENCES["en"]).any()
    assert passage_terms(article, article.passages[0], "en") == []
    searcher = Searcher(tmp_path / "index", model)
    for language in ("tr", "en"):
        assert [hit.passage for hit in searcher.search("Kars", 5, language).hits] == [article.passages[0]]


def test_the_english_terms_of_a_passage_are_those_of_its_translation(small_index):
    (article,) = read_articles(generation(small_index))
    passage = next(p for p in article.passages if "Brest-Litovsk Antlaşması ile Rusya savaştan" in p.text)
    assert {"withdrew", "war"} & set(article.passage_english(passage).split())
    terms = passage_terms(article, passage, "en")
    assert "war" in terms
    assert "savas" not in terms


def test_the_manifest_describes_every_file(small_index):
    folder, manifest = store.verified(small_index)
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    del files[store.MANIFEST]
    assert {name: (info.size, info.sha256) for name, info in manifest.files.items()} == {
        name: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for name, path in files.items()
    }
    assert {
        store.ARTICLES,
        *store.PASSAGES.values(),
        *store.SENTENCES.values(),
        *store.QUESTIONS.values(),
    } < set(files)


def test_very_many_sentences_are_indexed_too(small_corpus, small_index, tmp_path, model, monkeypatch):
    monkeypatch.setattr(index.build, "COMPARED_UP_TO", 20)
    monkeypatch.setattr(index.tuning, "FLAT_UP_TO", 20)
    build(small_corpus, tmp_path / "new", model)
    folder, manifest = store.verified(tmp_path / "new")
    assert set(store.NEAREST_SENTENCES.values()) < set(manifest.files)
    assert not set(store.NEAREST_SENTENCES.values()) & set(store.verified(small_index)[1].files)
    for language, file in store.NEAREST_SENTENCES.items():
        vectors = np.load(folder / store.SENTENCES[language])
        found = LocalStore(folder).nearest("sentences", language, vectors[7], 1)
        assert len(Vectors.load(folder / file)) == len(vectors)
        assert vectors[found.numbers[0]] @ vectors[7] == pytest.approx(1, abs=1e-3)
    measured = [line.split(":")[0] for line in index.tuning.report(tmp_path / "new") if "in use" in line]
    assert measured == [*store.PASSAGES.values(), *store.NEAREST_SENTENCES.values()]


def test_no_file_of_an_index_can_run_code_when_it_is_read(small_index):
    files = [path for path in generation(small_index).rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".npy", ".faiss"}
    for path in files:
        if path.suffix == ".npy":
            np.load(path, allow_pickle=False)


def test_the_manifest_holds_what_the_index_follows_from(small_index, model):
    folder, manifest = store.verified(small_index)
    inputs = manifest.inputs
    assert inputs.corpus == hashlib.sha256((folder / store.ARTICLES).read_bytes()).hexdigest()
    assert inputs.analyzer == ANALYZER_VERSION
    assert inputs.passages == index.build.PASSAGES_VERSION
    assert inputs.folding == index.build.FOLDING_VERSION
    assert inputs.model == store.ModelInfo(
        name=model.name,
        sha256=model.sha256,
        dimension=model.dimension,
        query_prompt=model.query_prompt,
        passage_prompt=model.passage_prompt,
    )
    assert (manifest.id, manifest.format) == (folder.name, store.FORMAT)


def test_the_manifest_holds_the_versions_of_the_libraries(small_index):
    _, manifest = store.verified(small_index)
    for name in ("faiss-cpu", "bm25s", "sentence-transformers", "torch", "numpy"):
        assert manifest.libraries[name] == version(name)


def test_the_same_inputs_give_the_same_files_but_for_the_time(small_corpus, small_index, tmp_path, model):
    built = build(small_corpus, tmp_path / "other", model)
    assert built.id == store.current(small_index)
    assert store.verified(tmp_path / "other")[1].files == store.verified(small_index)[1].files


def test_given_articles_make_the_index_that_their_corpus_makes(small_index, tmp_path, model, monkeypatch):
    encoder = RememberingEncoder(model)
    monkeypatch.setattr("index.encoder.Encoder", fail(AssertionError("loaded though one was given")))
    built = build_articles(read_articles(generation(small_index)), tmp_path / "new", model, encoder=encoder)
    assert built.id == store.current(small_index)
    assert store.verified(tmp_path / "new")[1].files == store.verified(small_index)[1].files


def test_articles_without_a_passage_are_refused(tmp_path, model):
    with pytest.raises(DipnotError, match=r"^The articles hold no passage to index\.$"):
        build_articles([plain_article("a", "tr", ["", " "])], tmp_path / "new", model)


def test_progress_is_told_up_to_the_last_text(small_corpus, tmp_path, model):
    told = []
    built = build(
        small_corpus, tmp_path / "new", model, progress=lambda done, total: told.append((done, total))
    )
    # Each wording once: what stands in English is its own English.
    most = 2 * (built.counts["passages"] + built.counts["sentences"] + built.counts["questions"])
    done, total = told[-1]
    assert most / 2 < done == total <= most
    assert told == sorted(told)


# When a build has nothing to do


def test_an_unchanged_corpus_writes_nothing(small_corpus, small_index, model):
    before = times(small_index)
    built = build(small_corpus, small_index, model)
    assert (built.written, built.why, built.id) == (False, (), store.current(small_index))
    assert built.counts["articles"] == 1
    assert times(small_index) == before


def test_an_unchanged_corpus_does_not_load_the_encoder(small_corpus, small_index, model, monkeypatch):
    monkeypatch.setattr("index.encoder.Encoder", fail(AssertionError("loaded")))
    assert not build(small_corpus, small_index, model).written


def test_force_builds_all_the_same(small_corpus, folder, model):
    before = store.verified(folder)[1].files
    built = build(small_corpus, folder, model, force=True)
    assert (built.written, built.why) == (True, ("--force was given",))
    assert store.verified(folder)[1].files == before


# What makes an index stale


def expect_rebuilt(corpus, folder, model, reason):
    old = store.current(folder)
    built = build(corpus, folder, model)
    assert built.written
    assert len(built.why) == 1
    assert re.search(reason, built.why[0]), built.why
    assert built.id != old
    assert store.current(folder) == built.id
    assert not build(corpus, folder, model).written


@pytest.mark.parametrize(
    ("constant", "reason"),
    [
        ("ANALYZER_VERSION", "^the lexical analyser has changed$"),
        ("PASSAGES_VERSION", "^the division into passages has changed$"),
        ("FOLDING_VERSION", "^the folding of text has changed$"),
        ("ENCODING_VERSION", "^the wording for the encoder has changed$"),
    ],
)
def test_a_changed_version_is_a_named_reason(small_corpus, folder, model, monkeypatch, constant, reason):
    monkeypatch.setattr(index.build, constant, getattr(index.build, constant) + 1)
    expect_rebuilt(small_corpus, folder, model, reason)


def test_another_model_is_a_named_reason(small_corpus, folder, model):
    other = replace(model, name="other/model", sha256="00" * 32)
    expect_rebuilt(
        small_corpus, folder, other, r"^the embedding model has changed \(bundled \w{8} → other/model 0{8}\)$"
    )


def test_other_weights_under_the_same_name_are_told_apart(small_corpus, folder, model):
    other = replace(model, sha256="00" * 32)
    expect_rebuilt(
        small_corpus,
        folder,
        other,
        rf"^the embedding model has changed \(bundled {model.sha256[:8]} → bundled 00000000\)$",
    )


def test_a_changed_article_is_a_named_reason(corpus, folder, model):
    path = next((corpus / "articles").glob(f"{ARTICLE}_*"))
    old = path.read_bytes()
    new = old.replace(b"Ardahan", b"Artvin!", 1)
    assert new != old
    path.write_bytes(new)
    catalogue = corpus / "catalogue.toml"
    text = catalogue.read_text(encoding="utf-8")
    sums = [hashlib.sha256(data).hexdigest() for data in (old, new)]
    catalogue.write_text(text.replace(*sums), encoding="utf-8")
    expect_rebuilt(corpus, folder, model, "^the articles or what is kept beside them have changed$")


def test_a_question_taken_from_a_register_makes_the_index_stale(corpus, folder, model):
    path = corpus / "questions" / f"{ARTICLE}.jsonl"
    before = store.verified(folder)[1].counts["questions"]
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")
    expect_rebuilt(corpus, folder, model, "^the articles or what is kept beside them have changed$")
    assert store.verified(folder)[1].counts["questions"] == before - 1


def test_a_changed_article_whose_sha256_was_not_given_is_refused(corpus, folder, model):
    before = content(folder)
    path = next((corpus / "articles").glob(f"{ARTICLE}_*"))
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(CorpusError, match=path.name):
        build(corpus, folder, model)
    assert content(folder) == before


# What a damaged index is


def cut_short(folder):
    path = generation(folder) / store.PASSAGES["tr"]
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_byte(folder):
    path = generation(folder) / store.SENTENCES["tr"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = {
    "a file cut short": (cut_short, r"passages\.faiss has \d+ bytes instead of \d+"),
    "a byte flipped": (flip_a_byte, r"sentences\.npy has changed \(sha256\)"),
    "a file deleted": (
        lambda folder: (generation(folder) / store.ARTICLES).unlink(),
        r"articles\.json is missing",
    ),
    "manifest missing": (
        lambda folder: (generation(folder) / store.MANIFEST).unlink(),
        "has no manifest: it was not written whole",
    ),
    "manifest garbage": (
        lambda folder: (generation(folder) / store.MANIFEST).write_bytes(b"\x80garbage"),
        "The manifest of the index .* cannot be read",
    ),
    "CURRENT missing": (lambda folder: (folder / "CURRENT").unlink(), "There is no index at"),
    "CURRENT garbage": (
        lambda folder: (folder / "CURRENT").write_bytes(b"\x80garbage"),
        "CURRENT does not name a generation",
    ),
    "CURRENT names what is not there": (
        lambda folder: (folder / "CURRENT").write_text("0123456789abcdef\n"),
        "0123456789abcdef",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_not_loaded_and_the_next_build_mends_it(small_corpus, folder, model, damage):
    whole = store.verified(folder)[1].files
    spoil, reason = DAMAGES[damage]
    spoil(folder)
    with pytest.raises(DipnotError, match=rf"{reason}.*ith: dipnot index$"):
        Searcher(folder, model)
    built = build(small_corpus, folder, model)
    assert built.written
    assert re.search(reason, built.why[0])
    assert "dipnot index" not in built.why[0], "the remedy has just been done"
    assert store.verified(folder)[1].files == whole
    assert not build(small_corpus, folder, model).written


# When a build fails


@pytest.mark.parametrize("part", ["encode_document", "encode_questions"])
def test_a_failing_encoder_leaves_everything_as_it_was(small_corpus, folder, model, monkeypatch, part):
    before = content(folder)
    monkeypatch.setattr(RememberingEncoder, part, fail(ModelUnavailable("no weights")))
    with pytest.raises(ModelUnavailable, match="no weights"):
        build(small_corpus, folder, model, force=True)
    assert content(folder) == before


@pytest.mark.parametrize(
    "part", [(Vectors, "save"), (np, "save"), (Lexical, "save"), (store, "describe"), (store, "_sync")]
)
def test_a_full_disk_leaves_everything_as_it_was(small_corpus, folder, model, monkeypatch, part):
    before = content(folder)
    monkeypatch.setattr(*part, fail(disk_full()))
    with pytest.raises(DipnotError, match=r"^The disk is full: .*the current index is unchanged\.$") as told:
        build(small_corpus, folder, model, force=True)
    assert str(folder) in str(told.value)
    assert "\n" not in str(told.value)
    assert content(folder) == before


def test_a_full_disk_at_the_first_build_leaves_no_index(small_corpus, tmp_path, model, monkeypatch):
    monkeypatch.setattr(Vectors, "save", fail(disk_full()))
    with pytest.raises(DipnotError, match="The disk is full"):
        build(small_corpus, tmp_path / "new", model)
    assert content(tmp_path / "new") == {"generations": None}


@pytest.fixture
def small_disk(folder) -> Iterator[Path]:
    """A file system of its own that holds the index and has 200 kB left."""
    mount_point = folder.parent / "disk"
    mount_point.mkdir()
    blocks = sum(-(-path.stat().st_size // 4096) + 1 for path in folder.rglob("*"))
    size = blocks * 4096 + 200_000
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(mount_point)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or error
        pytest.skip(f"needs to mount a small tmpfs, which this machine does not allow: {reason}")
    try:
        shutil.copytree(folder, mount_point / "index")
        yield mount_point / "index"
    finally:
        subprocess.run(["umount", str(mount_point)], check=True, capture_output=True)


def test_a_disk_that_is_really_full_leaves_everything_as_it_was(small_corpus, small_disk, model):
    before = content(small_disk)
    with pytest.raises(DipnotError, match=r"^The disk is full: .*the current index is unchanged\.$"):
        build(small_corpus, small_disk, model, force=True)
    assert content(small_disk) == before
    store.verified(small_disk)


CHILD = """
import sys, time
from pathlib import Path
import numpy as np
import index.encoder
from index.build import build
from index.model import BUNDLED, resolve
from index.vectors import Vectors

class OnesEncoder:
    def __init__(self, model):
        self.dimension = model.dimension
    def encode_document(self, texts, *, progress=None):
        return np.ones((len(texts), self.dimension), np.float32)
    encode_questions = encode_document

def save_half(self, path):
    path.write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(120)

index.encoder.Encoder = OnesEncoder
Vectors.save = save_half
corpus, folder, cache = map(Path, sys.argv[1:])
build(corpus, folder, resolve(BUNDLED, cache), force=True)
"""


def test_a_builder_that_is_killed_leaves_the_current_index_as_it_was(small_corpus, folder, model):
    before = content(folder)
    cache = model.folder.parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(small_corpus), str(folder), str(cache)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "writing\n"
        child.send_signal(signal.SIGKILL)
    after = content(folder)
    left = {name for name in after if "/.writing-" in name}
    assert any(name.endswith("/passages.faiss") for name in left), "the builder was killed while writing"
    assert {name: data for name, data in after.items() if name not in left} == before
    store.verified(folder)
    assert not build(small_corpus, folder, model).written


def test_old_generations_are_dropped_but_for_two(small_corpus, folder, model, monkeypatch):
    ids = [store.current(folder)]
    for number in range(101, 105):
        monkeypatch.setattr(index.build, "ANALYZER_VERSION", number)
        ids.append(build(small_corpus, folder, model).id)
    assert {path.name for path in (folder / "generations").iterdir()} == set(ids[-3:])
    assert store.current(folder) == ids[-1]


def test_going_back_to_an_older_state_makes_its_generation_current_again(
    small_corpus, folder, model, monkeypatch
):
    first = store.current(folder)
    with monkeypatch.context() as patch:
        patch.setattr(index.build, "ANALYZER_VERSION", 101)
        assert build(small_corpus, folder, model).id != first
    built = build(small_corpus, folder, model)
    assert built.id == store.current(folder) == first
    assert built.why == ("the lexical analyser has changed",)
    store.verified(folder)


def test_a_missing_index_is_the_only_reason_told(tmp_path, small_index):
    inputs = store.verified(small_index)[1].inputs
    assert reasons_to_build(tmp_path / "nowhere", inputs) == [f"There is no index at {tmp_path / 'nowhere'}."]
    assert reasons_to_build(small_index, inputs) == []
