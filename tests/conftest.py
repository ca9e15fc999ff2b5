"""Real parts, made once: the bundled model, an index over the real articles, an assistant on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.assistant import Assistant
from app.settings import Settings
from corpus.catalogue import PACKAGED
from index.build import build
from index.model import Model, resolve


@pytest.fixture(scope="session")
def model() -> Model:
    return resolve("bundled", Settings().cache_dir)


@pytest.fixture(scope="session")
def index_dir(model: Model) -> Path:
    # The working index where it is up to date, so that a developer does not encode at every run.
    folder = Settings().index_dir
    build(PACKAGED, folder, model)
    return folder


@pytest.fixture(scope="session")
def assistant(index_dir: Path, model: Model) -> Assistant:
    return Assistant.load(index_dir, model)
