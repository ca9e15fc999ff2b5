"""Checks of an installation; every finding says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from app.settings import Settings
from corpus.errors import DipnotError, IndexDamaged, IndexMissing
from corpus.reading import read_corpus
from index.build import staleness
from index.generation import is_whole, kept, verified
from index.model import Model, resolve, verify
from index.repair import leftovers, repair
from index.stores import engine_of

# The unpacked model and a few generations.
_FREE_BYTES: Final = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, worth a word, or broken, and the remedy."""

    severity: Literal["ok", "warn", "fail"]
    message: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at the corpus, the model, the index and the disk."""
    findings = [_corpus(settings)]
    model_finding, model = _model(settings)
    findings += [model_finding, *_index(settings, model), *_store(settings), _disk(settings)]
    return findings


def mend(settings: Settings, say: Callable[[str], None]) -> list[str]:
    """Set the index right as far as nothing has to be built, and return what was done, a sentence each.

    ``say`` is told where a builder has to be waited for. Raises DipnotError where nothing can be changed.
    """
    return repair(settings.index_dir, say)


def _corpus(settings: Settings) -> Finding:
    try:
        articles = read_corpus(settings.corpus_dir)
    except DipnotError as error:
        return Finding("fail", str(error), "restore the corpus folder, or name another with --corpus")
    return Finding("ok", f"corpus at {settings.corpus_dir}: {len(articles)} articles, unchanged")


def _model(settings: Settings) -> tuple[Finding, Model | None]:
    try:
        model = resolve(settings.model, settings.cache_dir)
        damaged = verify(model)
    except DipnotError as error:
        return Finding("fail", str(error), "see the message"), None
    if damaged:
        remedy = (
            f"remove {model.folder}; it is unpacked again" if model.name == "bundled" else "fetch it again"
        )
        return Finding("fail", f"model files have changed: {', '.join(damaged)}", remedy), model
    return Finding(
        "ok", f"model {model.name}: {model.dimension} dimensions, sha256 {model.sha256[:16]}"
    ), model


def _index(settings: Settings, model: Model | None) -> list[Finding]:
    left = _leftovers(settings)
    try:
        folder, manifest = verified(settings.index_dir)
    except DipnotError as error:
        return [Finding("fail", str(error), _remedy(settings)), *left]
    counts = ", ".join(f"{count} {name}" for name, count in manifest.counts.items())
    findings = [Finding("ok", f"index at {folder}: {counts}, all files as written"), *left]
    if model is not None:
        made_with = manifest.inputs.model
        # An index of an older corpus still answers; one of another model cannot be searched.
        is_usable = (made_with.sha256, made_with.dimension) == (model.sha256, model.dimension)
        try:
            findings += [
                Finding(
                    "warn" if is_usable else "fail", f"the index is out of date: {reason}", "dipnot index"
                )
                for reason in staleness(settings.corpus_dir, manifest, model)
            ]
        except DipnotError:
            findings.append(Finding("warn", "the index cannot be compared with the corpus", "see above"))
    return findings


def _store(settings: Settings) -> list[Finding]:
    """Whether the database, where one is set, holds the current generation."""
    if not settings.store:
        return []
    try:
        engine = engine_of(settings.store, settings.store_password)
        engine.open(*verified(settings.index_dir)).close()
    except (IndexMissing, IndexDamaged):
        return []  # told already
    except DipnotError as error:
        return [Finding("fail", str(error), "start the database, mend the setting, or dipnot index")]
    return [Finding("ok", f"{engine} holds the current generation")]


def _remedy(settings: Settings) -> str:
    """What helps where the current generation cannot be read: another that is whole is there at once."""
    index = settings.index_dir
    is_spare = any(is_whole(index, name) for name in kept(index))
    return "dipnot doctor --repair to go back to a whole one, or dipnot index" if is_spare else "dipnot index"


def _leftovers(settings: Settings) -> list[Finding]:
    found = leftovers(settings.index_dir)
    if not found:
        return []
    told = f"{len(found)} files or folders of builders that were stopped, such as {found[0]}"
    return [Finding("warn", told, "dipnot doctor --repair")]


def _disk(settings: Settings) -> Finding:
    folder = settings.index_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < _FREE_BYTES:
        return Finding("warn", f"only {free // 1_000_000} MB are free at {folder}", "free at least 1 GB")
    return Finding("ok", f"{free // 1_000_000_000} GB free at {folder}")
