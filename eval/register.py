"""How near the gold questions are to the register, and how Dipnot does on those that are not.

python -m eval.register RUN [--index DIR]

For the answerable questions of a run file, by the cosine of the question with the nearest one of the register
in its language: how many there are, and the answers right among them with a 95 % interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.settings import read_settings
from corpus.article import LANGUAGES
from eval.bootstrap import interval
from eval.runfile import Row, read_run
from index.model import resolve
from index.search import Searcher

# Cosines of this encoder: two wordings of one question lie above 0.94, questions on one thing above 0.9.
BANDS: Final = ((0.0, 0.90), (0.90, 0.92), (0.92, 0.94), (0.94, 1.01))


def nearness(rows: Sequence[Row], searcher: Searcher) -> list[float]:
    """Return for each row the cosine of its question with the nearest of the register in its language."""
    found = []
    for row in rows:
        vector = searcher.encoder.encode_query([row.question.question])[0]
        nearest = searcher.store.nearest("questions", row.question.language, vector, 1)
        found.append(float(nearest.scores.max(initial=0.0)))
    return found


def table(rows: Sequence[Row], near: Sequence[float]) -> list[str]:
    """Return the lines of the table: language, band, questions, answers right."""
    lines = [
        "| language | nearest question of the register | questions | answers right |",
        "|---|---|---|---|",
    ]
    for language in LANGUAGES:
        for low, high in BANDS:
            right = [
                row.scores.right or 0.0
                for row, cosine in zip(rows, near, strict=True)
                if row.question.language == language and low <= cosine < high
            ]
            if right:
                mean = interval([right])
                shown = f"{mean.value:.2f} [{mean.low:.2f}, {mean.high:.2f}]"
                lines.append(f"| {language} | {low:.2f} to {min(high, 1):.2f} | {len(right)} | {shown} |")
    return lines


def main() -> None:
    """Print the table for a run file."""
    settings = read_settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--index", type=Path, default=settings.index_dir)
    given = parser.parse_args()
    rows = [row for row in read_run(given.run).rows if row.question.is_answerable]
    searcher = Searcher(given.index, resolve(settings.model, settings.cache_dir))
    print("\n".join(table(rows, nearness(rows, searcher))))


if __name__ == "__main__":
    main()
