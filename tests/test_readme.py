"""What the README shows is what Dipnot prints. `python -m tests.test_readme` writes it anew."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click import unstyle

from app.assistant import Assistant
from app.cli import as_text
from eval.benchmarks import read_benchmarks, short

README = Path(__file__).parent.parent / "README.md"
BENCHMARKS = README.parent / "docs" / "benchmarks.json"


def rendered(text: str, assistant: Assistant) -> str:
    """Return the README with the output of its commands and its tables made anew."""
    session = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    assert session is not None
    shown = []
    for line in session.group(1).splitlines():
        if line.startswith("$ "):
            command = shlex.split(line[2:])
            assert command[:2] == ["dipnot", "ask"]
            shown.append(f"{line}\n{unstyle(as_text(assistant.ask(command[2])))}\n")
    text = text.replace(session.group(1), "\n".join(shown))
    table = short(read_benchmarks(BENCHMARKS))
    return re.sub(
        r"<!-- benchmarks -->.*?<!-- end -->",
        lambda _: f"<!-- benchmarks -->\n{table}\n<!-- end -->",
        text,
        flags=re.DOTALL,
    )


def test_the_sessions_and_tables_of_the_readme_are_true(assistant: Assistant) -> None:
    text = README.read_text(encoding="utf-8")
    assert rendered(text, assistant) == text


def test_the_readme_names_every_command_and_folder() -> None:
    text = README.read_text(encoding="utf-8")
    for word in (
        "make chat",
        "make test",
        "search",
        "corpus",
        "serve",
        "doctor",
        "eval",
        "make eval",
        "corpus/",
        "index/",
        "app/",
        "eval/",
    ):
        assert word in text


if __name__ == "__main__":
    from app.settings import Settings
    from index.model import resolve

    settings = Settings()
    own = Assistant.load(settings.index_dir, resolve(settings.model, settings.cache_dir))
    README.write_text(rendered(README.read_text(encoding="utf-8"), own), encoding="utf-8")
