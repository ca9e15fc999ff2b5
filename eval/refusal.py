"""How often Dipnot is silent where it should be, and where it should not.

python -m eval.refusal [--index DIR]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.answer import Answer
from app.assistant import Assistant
from app.settings import Settings
from eval.gold import read_gold
from index.model import resolve

UNANSWERABLE: Final = Path(__file__).parent / "gold" / "refusals.jsonl"


@dataclass(frozen=True)
class Row:
    """A question, whether the articles answer it, and what Dipnot said."""

    id: str
    language: str
    question: str
    is_answerable: bool
    answer: Answer

    @property
    def is_right(self) -> bool:
        """Whether Dipnot answered what can be answered, or declined what cannot."""
        return (self.answer.status == "answered") == self.is_answerable


def run(assistant: Assistant) -> list[Row]:
    """Ask the answerable development questions and those that must be declined."""
    asked = [(q.id, q.language, q.question, True) for q in read_gold()]
    for line in UNANSWERABLE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        asked.append((row["id"], row["language"], row["question"], False))
    return [
        Row(name, language, question, is_answerable, assistant.ask(question, language))
        for name, language, question, is_answerable in asked
    ]


def table(rows: list[Row]) -> str:
    """Return the counts by language as a Markdown table."""
    lines = ["| language | answerable | answered | absent | declined |", "|---|---|---|---|---|"]
    for language in ("tr", "en"):
        counts = []
        for is_answerable in (True, False):
            own = [row for row in rows if (row.language, row.is_answerable) == (language, is_answerable)]
            counts += [len(own), sum(row.is_right for row in own)]
        lines.append(f"| {language} | {' | '.join(str(count) for count in counts)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table and the questions that went wrong."""
    settings = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, default=settings.index_dir)
    arguments = parser.parse_args()
    rows = run(Assistant.load(arguments.index, resolve(settings.model, settings.cache_dir)))
    print(table(rows))
    for row in rows:
        if not row.is_right:
            print(f"{row.id} {row.answer.status} {row.answer.confidence:.2f} {row.question}")


if __name__ == "__main__":
    main()
