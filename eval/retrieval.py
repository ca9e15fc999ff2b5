"""How often the passage that answers a question is among the first hits.

python -m eval.retrieval [--index DIR] [--misses]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.settings import Settings
from eval.gold import GoldQuestion, covered_share, evidence_spans, read_gold
from eval.metrics import recall_at_k, reciprocal_rank
from index.model import resolve
from index.search import Searcher

# A hit is relevant when it covers this share of an evidence span.
COVERED: Final = 0.7


@dataclass(frozen=True)
class Row:
    """A question and which of its first ten hits are relevant."""

    question: GoldQuestion
    relevant: tuple[bool, ...]


def run(searcher: Searcher, questions: list[GoldQuestion], k: int = 10) -> list[Row]:
    """Search every question and judge its hits."""
    rows = []
    for question in questions:
        spans = [
            (evidence.article, span)
            for evidence in question.evidence
            for span in evidence_spans(evidence, searcher.articles)
        ]
        hits = searcher.search(question.question, k, question.language).hits
        rows.append(
            Row(
                question,
                tuple(
                    any(
                        hit.article.id == article and covered_share(span, hit.passage.spans) >= COVERED
                        for article, span in spans
                    )
                    for hit in hits
                ),
            )
        )
    return rows


def table(rows: list[Row]) -> str:
    """Return recall at 1, 3, 5, 10 and MRR@10 by language as a Markdown table."""
    lines = ["| language | questions | R@1 | R@3 | R@5 | R@10 | MRR@10 |", "|---|---|---|---|---|---|---|"]
    for language in ("tr", "en"):
        own = [row.relevant for row in rows if row.question.language == language]
        recalls = " | ".join(f"{recall_at_k(own, k):.3f}" for k in (1, 3, 5, 10))
        mrr = sum(reciprocal_rank(row) for row in own) / len(own)
        lines.append(f"| {language} | {len(own)} | {recalls} | {mrr:.3f} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    settings = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, default=settings.index_dir)
    parser.add_argument(
        "--misses", action="store_true", help="list the questions whose passage is not in the first five"
    )
    arguments = parser.parse_args()
    searcher = Searcher(arguments.index, resolve(settings.model, settings.cache_dir))
    rows = run(searcher, read_gold())
    print(table(rows))
    if arguments.misses:
        for row in rows:
            if not any(row.relevant[:5]):
                print(row.question.id, row.question.question)


if __name__ == "__main__":
    main()
