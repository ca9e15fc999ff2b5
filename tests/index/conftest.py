import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from index.encoder import Encoder
from index.model import BUNDLED, Model, resolve


@pytest.fixture(scope="session")
def model() -> Model:
    """The real model, unpacked once into the cache that Dipnot itself uses on this machine."""
    return resolve(BUNDLED, Settings().cache_dir)


@pytest.fixture(scope="session")
def encoder(model: Model) -> Encoder:
    return Encoder(model)


@pytest.fixture
def empty_cache(tmp_path: Path) -> Iterator[Path]:
    """A cache that is removed after the test, because an unpacked model takes half a gigabyte."""
    cache = tmp_path / "cache"
    yield cache
    shutil.rmtree(cache, ignore_errors=True)


@pytest.fixture
def copied_cache(model: Model, empty_cache: Path) -> Path:
    """A cache of its own with the unpacked model in it, as hard links: unlink a file before changing it."""
    folder = empty_cache / "models" / model.folder.name
    shutil.copytree(model.folder, folder, copy_function=_link_or_copy)
    return empty_cache


@pytest.fixture
def rewrite() -> Callable[[Path, bytes], None]:
    """Give a file other content without touching the files that share it."""

    def replace_content(path: Path, content: bytes) -> None:
        path.unlink()
        path.write_bytes(content)

    return replace_content


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # the two lie on different file systems
        shutil.copy2(source, target)
