"""Real parts, made once: the bundled model, an index over the real articles, an assistant on it; the command
line; a browser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.assistant import Assistant
from app.cli import main
from app.settings import Settings
from corpus.catalogue import PACKAGED
from index.build import build
from index.model import Model, resolve
from tests.commandline import PROGRAM, Dipnot, Outcome
from tests.llamaserver import llama_url as llama_url
from tests.pgserver import postgres as postgres

CHROMIUM = "/usr/bin/chromium"

# A shell has its background jobs ignore SIGINT; so would every program that a test starts and stops by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def model() -> Model:
    return resolve("bundled", Settings().cache_dir)


@pytest.fixture(scope="session")
def index_dir(model: Model) -> Path:
    # The working index where it is up to date, so that a developer does not encode at every run.
    folder = Settings().index_dir.absolute()
    build(PACKAGED, folder, model)
    return folder


@pytest.fixture(scope="session")
def assistant(index_dir: Path, model: Model) -> Assistant:
    return Assistant.load(index_dir, model)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, without a setting from outside."""
    for name in [name for name in os.environ if name.startswith("DIPNOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dipnot(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Dipnot:
    """The command line in this process."""

    def call(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["dipnot", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        return Outcome(left.value.code or 0, *capsys.readouterr())

    return call


@pytest.fixture
def program(folder: Path) -> Dipnot:
    """The command line as a process of its own."""

    def call(*arguments: str | bytes) -> Outcome:
        done = subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, timeout=120)
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without its own background requests.

    It is closed with its module: while Playwright is at work, no test in its thread can run asyncio.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh Turkish-speaking visitor."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="tr-TR")
    context.set_default_timeout(20_000)
    page = context.new_page()
    yield page
    context.close()
