"""A corpus that attacks whoever shows it, indexed with the real model; an assistant and a server on it.

In the files of ``corpus/`` characters that cannot be seen are written ``\\u{202E}``, so that they can be
reviewed; here they become what they stand for.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.feedback import Feedback
from app.options import ServerOptions
from app.server import create_app
from corpus.reading import read_corpus
from corpus.translations import Translation, key, lines
from index.build import build
from index.model import Model
from tests.siteserver import serving

# The tests ask more in a minute than a reader does, on a machine that may be busy.
UNLIMITED = ServerOptions(rate_per_minute=0, key_rate_per_minute=0, ask_seconds=60)
SOURCE = Path(__file__).parent / "corpus"
_WRITTEN = re.compile(r"\\u\{([0-9A-F]+)\}")


@pytest.fixture(scope="session")
def hostile_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the corpus with its characters put in."""
    folder = tmp_path_factory.mktemp("hostile")
    for kind in ("articles", "outlines", "translations"):
        (folder / kind).mkdir()
    for path in (SOURCE / "outlines").iterdir():
        (folder / "outlines" / path.name).write_bytes(path.read_bytes())
    digests = {path.name: _put(path, folder / "articles" / path.name) for path in _articles()}
    catalogue = _in_toml((SOURCE / "catalogue.toml").read_text(encoding="utf-8"))
    for name, digest in digests.items():
        catalogue = catalogue.replace(f'file = "{name}"', f'file = "{name}"\nsha256 = "{digest}"')
    (folder / "catalogue.toml").write_text(catalogue, encoding="utf-8")
    _put_english(folder)
    return folder


@pytest.fixture(scope="session")
def hostile_index(hostile_corpus: Path, model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile-index")
    build(hostile_corpus, folder, model)
    return folder


@pytest.fixture(scope="session")
def hostile(hostile_index: Path, model: Model) -> Assistant:
    """An assistant that knows nothing but the hostile articles."""
    return Assistant.load(hostile_index, model)


@pytest.fixture(scope="session")
def hostile_site(hostile: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that answers from the hostile articles."""
    feedback = Feedback(tmp_path_factory.mktemp("hostile-feedback") / "feedback.sqlite3", 30)
    with serving(create_app(hostile, feedback, UNLIMITED)) as address:
        yield address


def _articles() -> list[Path]:
    return sorted((SOURCE / "articles").iterdir())


def _put(source: Path, target: Path) -> str:
    """Write an article with its characters put in; returns its sha256."""
    text = _WRITTEN.sub(lambda found: chr(int(found[1], 16)), source.read_text(encoding="utf-8"))
    target.write_bytes(text.encode())
    return hashlib.sha256(text.encode()).hexdigest()


def _in_toml(text: str) -> str:
    return _WRITTEN.sub(lambda found: f"\\U{int(found[1], 16):08X}", text)


def _put_english(folder: Path) -> None:
    """Write the translations, each under the sentence whose beginning ``english.toml`` names."""
    wanted = tomllib.loads(_in_toml((SOURCE / "english.toml").read_text(encoding="utf-8")))
    sentences = [sentence.text for article in read_corpus(folder) for sentence in article.sentences]
    found = []
    for start, english in wanted.items():
        (turkish,) = [text for text in sentences if text.startswith(start)]
        found.append(Translation(turkish, key(turkish), english, "machine", False))
    (folder / "translations" / "900.en.jsonl").write_text(lines(found), encoding="utf-8")
