"""How often Dipnot is silent where it should be, and where it should not.

python -m eval.refusal [--index DIR]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

from app.assistant import Assistant
from app.settings import Settings
from eval.gold import read_gold
from index.model import resolve

UNANSWERABLE: Final = Path(__file__).parent / "gold" / "refusals.jsonl"


def main() -> None:
    """Print the counts by language and the questions that went wrong."""
    settings = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, default=settings.index_dir)
    arguments = parser.parse_args()
    assistant = Assistant.load(arguments.index, resolve(settings.model, settings.cache_dir))
    rows = [(q.id, q.language, q.question, True) for q in read_gold()]
    for line in UNANSWERABLE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        rows.append((row["id"], row["language"], row["question"], False))
    wrong = []
    print("| language | should answer | answered | should decline | declined |\n|---|---|---|---|---|")
    for language in ("tr", "en"):
        counts = {True: [0, 0], False: [0, 0]}
        for name, own, question, is_answerable in rows:
            if own != language:
                continue
            answer = assistant.ask(question, language)
            is_right = (answer.status == "answered") == is_answerable
            counts[is_answerable][0] += 1
            counts[is_answerable][1] += is_right
            if not is_right:
                wrong.append(f"{name} {answer.status} {answer.confidence:.2f} {question}")
        asked, answered = counts[True]
        absent, declined = counts[False]
        print(f"| {language} | {asked} | {answered} | {absent} | {declined} |")
    print("\n".join(wrong))


if __name__ == "__main__":
    main()
