"""The doctor: a sound installation, and for every part that fails a finding with its remedy."""

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from app import doctor
from app.cli import main
from app.doctor import Finding, examine
from app.settings import Settings, read_settings
from corpus.catalogue import PACKAGED, read_catalogue
from index.model import Model


@dataclass(frozen=True)
class Parts:
    """Where the parts of an installation lie."""

    corpus: Path
    index: Path
    model: str
    cache: Path


def settings(parts: Parts) -> Settings:
    return read_settings(
        {
            "corpus_dir": parts.corpus,
            "index_dir": parts.index,
            "model": parts.model,
            "cache_dir": parts.cache,
        }
    )


def findings(parts: Parts) -> list[Finding]:
    """Examine, and check what holds of all findings: one line each, and a remedy unless all is well."""
    found = examine(settings(parts))
    assert [finding for finding in found if "\n" in finding.message + finding.remedy] == []
    assert [finding for finding in found if bool(finding.remedy) == (finding.severity == "ok")] == []
    return found


def wrong(parts: Parts) -> list[Finding]:
    return [finding for finding in findings(parts) if finding.severity != "ok"]


@pytest.fixture
def real(model: Model, index_dir: Path) -> Parts:
    return Parts(PACKAGED, index_dir.absolute(), "bundled", model.folder.parents[1])


@pytest.fixture
def quick(real: Parts, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """The real installation, with the half gigabyte of the model not read through."""
    monkeypatch.setattr(doctor, "verify", lambda _: [])
    return real


@pytest.fixture
def other_model(tmp_path: Path) -> str:
    """A sentence-transformers folder with other weights, which mean nothing."""
    files = {
        "modules.json": [{"idx": 0, "name": "0", "path": "", "type": "Transformer"}],
        "config.json": {"hidden_size": 8, "max_position_embeddings": 64},
    }
    folder = tmp_path / "other-model"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    save_file({"w": np.ones(8, np.float32)}, folder / "model.safetensors")
    return str(folder)


@pytest.fixture
def index_copy(real: Parts, tmp_path: Path) -> Path:
    name = (real.index / "CURRENT").read_text().strip()
    copy = tmp_path / "index"
    shutil.copytree(real.index / "generations" / name, copy / "generations" / name)
    shutil.copy(real.index / "CURRENT", copy)
    return copy


@pytest.fixture
def corpus_copy(tmp_path: Path) -> Path:
    skipped = shutil.ignore_patterns("*.py", "__pycache__", "translations")
    return Path(shutil.copytree(PACKAGED, tmp_path / "corpus", ignore=skipped))


@pytest.fixture
def cache_copy(model: Model, tmp_path: Path) -> Path:
    """The unpacked model as hard links: a file has to be unlinked before it is changed."""
    cache = tmp_path / "cache"

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:  # the two lie on different file systems
            shutil.copy2(source, target)

    shutil.copytree(model.folder, cache / "models" / model.folder.name, copy_function=link)
    return cache


def test_a_sound_installation_is_all_right(real: Parts) -> None:
    corpus, model, index, _ = findings(real)
    assert [part.severity for part in (corpus, model, index)] == ["ok", "ok", "ok"]
    assert "5 articles, unchanged" in corpus.message
    assert "bundled: 384 dimensions" in model.message
    counts = r"5 articles, \d+ passages, \d+ sentences, \d+ in English, \d+ questions, all files as written"
    assert re.search(counts, index.message)


def test_a_changed_article_is_found(quick: Parts, corpus_copy: Path) -> None:
    article = corpus_copy / "articles" / read_catalogue(corpus_copy)[0].file
    article.write_bytes(article.read_bytes().replace(b"1917", b"1918", 1))
    corpus, index = wrong(replace(quick, corpus=corpus_copy))
    assert (corpus.severity, index.severity) == ("fail", "warn")
    assert f"{article} has changed" in corpus.message
    assert "--corpus" in corpus.remedy
    assert "cannot be compared" in index.message


def test_a_missing_corpus_is_found(quick: Parts, tmp_path: Path) -> None:
    corpus, _ = wrong(replace(quick, corpus=tmp_path / "none"))
    assert corpus.severity == "fail"
    assert str(tmp_path / "none") in corpus.message


def test_a_damaged_model_is_found_though_its_size_is_right(
    real: Parts, model: Model, cache_copy: Path
) -> None:
    file = cache_copy / "models" / model.folder.name / "tokenizer.json"
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.unlink()
    file.write_bytes(content)
    (finding,) = wrong(replace(real, cache=cache_copy))
    assert finding.severity == "fail"
    assert finding.message == "model files have changed: tokenizer.json"
    assert finding.remedy == f"remove {file.parent}; it is unpacked again"


@pytest.mark.parametrize("name", ["nope", "no/where", ""])
def test_a_model_that_is_not_there_is_found(real: Parts, name: str) -> None:
    (finding,) = wrong(replace(real, model=name))
    assert finding.severity == "fail"
    assert repr(name) in finding.message


def test_a_model_that_is_a_pickle_is_found(real: Parts, other_model: str) -> None:
    weights = Path(other_model, "model.safetensors")
    weights.rename(weights.with_name("pytorch_model.bin"))
    (finding,) = wrong(replace(real, model=other_model))
    assert finding.severity == "fail"
    assert "pytorch_model.bin" in finding.message


def test_a_missing_index_is_found(quick: Parts, tmp_path: Path) -> None:
    (finding,) = wrong(replace(quick, index=tmp_path / "not" / "yet"))
    assert finding.severity == "fail"
    assert str(tmp_path / "not" / "yet") in finding.message
    assert finding.remedy == "dipnot index"


@pytest.mark.parametrize("name", ["articles.json", "passages.faiss", "sentences.npy", "manifest.json"])
def test_a_damaged_index_is_found(quick: Parts, index_copy: Path, name: str) -> None:
    path = next(index_copy.glob(f"generations/*/{name}"))
    path.write_bytes(path.read_bytes()[:-1])
    (finding,) = wrong(replace(quick, index=index_copy))
    assert finding.severity == "fail"
    assert name.removesuffix(".json") in finding.message
    assert str(index_copy) in finding.message
    assert finding.remedy == "dipnot index"


def test_an_index_of_an_older_corpus_is_worth_a_word(quick: Parts, corpus_copy: Path) -> None:
    catalogue = corpus_copy / "catalogue.toml"
    catalogue.write_text(catalogue.read_text().replace('title = "', 'title = "Yeni: ', 1))
    (finding,) = wrong(replace(quick, corpus=corpus_copy))
    assert finding.severity == "warn"
    assert finding.message.startswith("the index is out of date: the articles")
    assert finding.remedy == "dipnot index"


def test_an_index_of_an_older_analyser_is_worth_a_word(quick: Parts, index_copy: Path) -> None:
    manifest = next(index_copy.glob("generations/*/manifest.json"))
    content = json.loads(manifest.read_text())
    content["inputs"]["analyzer"] -= 1
    manifest.write_text(json.dumps(content))
    (finding,) = wrong(replace(quick, index=index_copy))
    assert (finding.severity, finding.remedy) == ("warn", "dipnot index")
    assert "the lexical analyser has changed" in finding.message


def test_an_index_of_another_model_fails_because_it_cannot_be_searched(real: Parts, other_model: str) -> None:
    (finding,) = wrong(replace(real, model=other_model))
    assert (finding.severity, finding.remedy) == ("fail", "dipnot index")
    assert "the embedding model has changed" in finding.message


def test_a_disk_that_is_nearly_full_is_worth_a_word(quick: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(quick.index)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=123_000_000))
    (finding,) = wrong(quick)
    assert finding.severity == "warn"
    assert "only 123 MB" in finding.message


def test_everything_wrong_at_once_is_found_at_once(quick: Parts, tmp_path: Path) -> None:
    none = tmp_path / "none"
    found = wrong(Parts(none, none, "nope", none))
    assert [finding.severity for finding in found] == ["fail", "fail", "fail"]


# On the command line


def run(parts: Parts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> int | str:
    given = ["--corpus", str(parts.corpus), "--index", str(parts.index), "--model", parts.model]
    monkeypatch.setenv("DIPNOT_CACHE_DIR", str(parts.cache))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["dipnot", "doctor", *given])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code or 0


def test_the_exit_code_of_a_sound_installation_is_0(
    quick: Parts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(quick, monkeypatch, tmp_path) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert re.fullmatch(r"(?:ok    .+\n){3}(?:ok|warn) .+\n", shown.out), shown.out


def test_the_exit_code_of_a_word_of_warning_is_0(
    quick: Parts,
    corpus_copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    catalogue = corpus_copy / "catalogue.toml"
    catalogue.write_text(catalogue.read_text().replace('title = "', 'title = "Yeni: ', 1))
    assert run(replace(quick, corpus=corpus_copy), monkeypatch, tmp_path) == 0
    assert re.search(r"^warn  the index is out of date: .* → dipnot index$", capsys.readouterr().out, re.M)


@pytest.mark.parametrize("part", ["corpus", "index", "model"])
def test_the_exit_code_of_a_failing_part_is_1(
    quick: Parts,
    part: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = {
        "corpus": replace(quick, corpus=tmp_path / "none"),
        "index": replace(quick, index=tmp_path / "none"),
        "model": replace(quick, model="nope"),
    }
    assert run(broken[part], monkeypatch, tmp_path) == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    assert len(re.findall(r"^fail  .+ → .+$", shown.out, re.M)) == 1
