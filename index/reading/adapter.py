"""What was taught to a reader, as files: the low-rank adapter in the format of the library peft, the heads,
and a manifest with their checksums."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.errors import ModelUnavailable
from index.generation import FileInfo, describe, sha256_of

if TYPE_CHECKING:
    import torch

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
ADAPTER: Final = "adapter_model.safetensors"
CONFIG: Final = "adapter_config.json"
HEADS: Final = "heads.safetensors"
_PREFIX: Final = "base_model.model."


class AdapterManifest(BaseModel):
    """What an adapter was made for and of: the sha256 of the model below it, how it was taught, and its
    files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    model_sha256: str
    taught: dict[str, Any]
    files: dict[str, FileInfo]


def write_manifest(folder: Path, model_sha256: str, taught: Mapping[str, Any]) -> AdapterManifest:
    """Describe the files of an adapter, which are there already."""
    files = {name: info for name, info in describe(folder).items() if name in (ADAPTER, CONFIG, HEADS)}
    manifest = AdapterManifest(format=FORMAT, model_sha256=model_sha256, taught=dict(taught), files=files)
    text = json.dumps(manifest.model_dump(), indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> AdapterManifest:
    """Read the manifest of an adapter; raises ModelUnavailable."""
    try:
        manifest = AdapterManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelUnavailable(f"There is no reader in {folder}: its {MANIFEST} cannot be read.") from error
    if manifest.format != FORMAT:
        raise ModelUnavailable(f"The reader in {folder} has format {manifest.format}; known is {FORMAT}.")
    return manifest


def read_adapter(folder: Path, model_sha256: str) -> AdapterManifest:
    """Read the manifest of an adapter and check its files.

    Raises ModelUnavailable where one is missing or has changed, or where it was made for another model.
    """
    manifest = read_manifest(folder)
    if manifest.model_sha256 != model_sha256:
        raise ModelUnavailable(f"The reader in {folder} was made for another model than the one in use.")
    for name in (ADAPTER, CONFIG, HEADS):
        info, path = manifest.files.get(name), folder / name
        if info is None or not path.is_file() or sha256_of(path) != info.sha256:
            raise ModelUnavailable(f"{path} is missing or has changed. Get the reader anew.")
    return manifest


def heads(folder: Path) -> dict[str, torch.Tensor]:
    """Return the weights of the heads."""
    from safetensors.torch import load_file

    return load_file(folder / HEADS)


def adapted_layers(transformer: Any, folder: Path) -> Any:
    """Return a copy of the layers of a transformer with an adapter added to their weights."""
    import torch
    from safetensors.torch import load_file

    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    scale = config["lora_alpha"] / config["r"]
    layers = copy.deepcopy(transformer.encoder)
    parts = load_file(folder / ADAPTER)
    with torch.no_grad():
        for name, first in parts.items():
            if not name.endswith(".lora_A.weight"):
                continue
            second = parts[name.replace(".lora_A.", ".lora_B.")]
            module = name.removeprefix(_PREFIX).removeprefix("encoder.").removesuffix(".lora_A.weight")
            layers.get_submodule(module).weight += scale * (second.float() @ first.float())
    return layers
