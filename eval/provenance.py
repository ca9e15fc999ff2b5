"""Where a run comes from: versions, fingerprints, settings, machine."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from app.options import ServerOptions
from app.settings import Settings
from corpus.article import Article
from eval.gold import GoldQuestion
from eval.runfile import Header, fingerprint
from eval.system import System
from index.generation import Manifest

_LIBRARIES: Final = (
    "dipnot",
    "bm25s",
    "faiss-cpu",
    "numpy",
    "sentence-transformers",
    "snowballstemmer",
    "torch",
    "transformers",
)
# Where things lie does not change what they say, nor who would translate an article; a key is never written.
_PLACES: Final = {
    "corpus_dir",
    "index_dir",
    "store",
    "store_key",
    "cache_dir",
    "host",
    "port",
    "allow_download",
    "feedback_file",
    "feedback_days",
    "generator_url",
    "generator_key",
    "generator_seconds",
    *ServerOptions.model_fields,
    *(name for name in Settings.model_fields if name.startswith("translator")),
}


def header_of(
    system: System,
    questions: Sequence[GoldQuestion],
    split: str,
    articles: Mapping[str, Article],
    manifest: Manifest,
    settings: Settings,
    libraries: Sequence[str] = (),
) -> Header:
    """Return the provenance of a run; ``libraries`` names those that matter besides our own."""
    return Header(
        system=system.name,
        system_version=system.version,
        commit=commit(),
        corpus=corpus_fingerprint(articles),
        gold=fingerprint(questions),
        questions=len(questions),
        split=split,
        generation=manifest.id,
        model=manifest.inputs.model.name,
        model_sha256=manifest.inputs.model.sha256,
        settings=settings_of(settings),
        versions=versions(libraries),
        machine=machine(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def versions(libraries: Sequence[str] = ()) -> dict[str, str]:
    """Return the versions of Python, of our own libraries and of ``libraries``, as far as installed."""
    return {"python": platform.python_version()} | {
        name: installed for name in (*_LIBRARIES, *libraries) if (installed := _version(name))
    }


def settings_of(settings: Settings) -> dict[str, Any]:
    """Return the settings that change what is found and answered."""
    return settings.model_dump(mode="json", exclude=_PLACES)


def corpus_fingerprint(articles: Mapping[str, Article]) -> str:
    """Return the sha256, in hex, over the ids and sha256s of the articles as received."""
    lines = "".join(f"{article.id} {article.sha256}\n" for article in articles.values())
    return hashlib.sha256(lines.encode()).hexdigest()


def project_version() -> str:
    """Return the version of this project."""
    return version("dipnot")


def commit() -> str:
    """Return the commit of the working tree, with "+" when it was changed since; "unknown" outside git."""
    folder = Path(__file__).parent
    try:
        name = _git(folder, "rev-parse", "--short=12", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name + ("+" if changed else "")


def machine() -> str:
    """Return processor, cores and system in words."""
    cores = len(os.sched_getaffinity(0))
    return f"{_processor()}, {cores} cores, {platform.system()} {platform.machine()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
