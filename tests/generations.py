"""Generations without a model: small files of any content, written as the builder writes them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from index import generation as store

CONTENT: Mapping[str, bytes] = {
    "articles.json": b"[]",
    "passages.faiss": b"IxM2 vectors",
    "bm25/vocab.index.json": b'{"kars": 0}',
}


def inputs(number: int = 1) -> store.Inputs:
    """What a generation follows from; another number, another generation."""
    model = store.ModelInfo(
        name="m", sha256="ab" * 32, dimension=384, query_prompt="query: ", passage_prompt="passage: "
    )
    corpus = f"{number:02x}" * 32
    return store.Inputs(corpus=corpus, analyzer=1, passages=1, folding=1, encoding=1, model=model)


def write(index: Path, number: int = 1, content: Mapping[str, bytes] = CONTENT) -> str:
    """Write a generation, make it current, and return its id; the higher the number, the later."""
    made_from = inputs(number)
    name = store.identify(made_from)
    with store.writing(index, name) as folder:
        for path, data in content.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(data)
        manifest = store.Manifest(
            format=store.FORMAT,
            id=name,
            created=f"2026-01-{number:02d}T00:00:00+00:00",
            inputs=made_from,
            counts={"articles": number, "passages": number},
            libraries={"numpy": "2.0"},
            files=store.describe(folder),
        )
        (folder / store.MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
    os.utime(store.folder_of(index, name), (number, number))
    store.make_current(index, name)
    return name


def spoil(index: Path, name: str) -> None:
    """Change one byte of a generation."""
    path = store.folder_of(index, name) / "passages.faiss"
    path.write_bytes(b"J" + path.read_bytes()[1:])


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its content, and every folder; but not the builders' lock."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if path.name != ".lock"
    }
