"""Rows and runs of the harness, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.answer import Answer
from app.settings import Settings
from eval.gold import GoldQuestion
from eval.judge import FoundHit, Scores
from eval.provenance import settings_of
from eval.runfile import Header, Row, Run

QUOTE = "Antlaşma 16 Mart 1921'de Moskova'da imzalandı."


def question(name: str, **changes: Any) -> GoldQuestion:
    """A question; its language is the second part of its name, as in ``000-tr-01``."""
    fields = {
        "id": name,
        "language": name.split("-")[1],
        "type": "date",
        "question": f"{name}: Antlaşma ne zaman imzalandı?",
        "answer": "16 Mart 1921'de.",
        "must": [["16 Mart 1921", "16 March 1921"]],
        "evidence": [{"article": "004", "quote": QUOTE}],
        "difficulty": 1,
        "split": "dev",
    }
    if changes.get("type") in ("absent", "off topic", "false premise", "injection"):
        fields |= {"answer": "", "must": [], "evidence": []}
    return GoldQuestion.model_validate(fields | changes)


def answer(to: GoldQuestion, **changes: Any) -> Answer:
    """An answer that quotes one sentence."""
    fields = {
        "id": "a",
        "question": to.question,
        "language": to.language,
        "status": "answered",
        "text": f"{QUOTE} [1]",
        "claims": [{"text": QUOTE, "citations": [1], "support": "verbatim", "score": 0.9}],
        "citations": [
            {
                "n": 1,
                "article": "004",
                "title": "Moskova Antlaşması'nın Değerlendirilmesi",
                "file": "004.txt",
                "span": (0, 45),
                "spans": [(0, 45)],
                "page": 8,
                "lines": (346, 348),
                "section": "Sonuç",
                "kind": "paragraph",
                "language": "tr",
                "quote": QUOTE,
                "url": "/articles/004#c0-45",
            }
        ],
    }
    return Answer.model_validate(fields | changes)


def silence(to: GoldQuestion) -> Answer:
    """A question declined."""
    nothing: dict[str, Any] = {"claims": [], "citations": [], "text": "Makalelerde bulunamadı."}
    return answer(to, status="declined", reason="not_in_corpus", **nothing)


def row(
    asked: GoldQuestion,
    given: Answer | None = None,
    *,
    timings: dict[str, float] | None = None,
    **scores: Any,
) -> Row:
    """A question with its answer (a right one, or silence where there is none) and its scores."""
    given = given or (answer(asked) if asked.is_answerable else silence(asked))
    declined = given.status == "declined"
    fields: dict[str, Any] = {
        "in_language": 1.0,
        "declined": declined,
        "answerable": asked.is_answerable,
        "confidence": 0.2 if declined else 0.8,
    }
    if asked.is_answerable:
        fields |= dict.fromkeys(("recall_1", "recall_3", "recall_5", "recall_10", "mrr_10", "ndcg_10"), 1.0)
        fields["right"] = 0.0 if declined else 1.0
    if not declined:
        fields |= {"citation_recall": 1.0, "citation_precision": 1.0, "words": 5.0}
    if asked.is_answerable and not declined:
        fields |= dict.fromkeys(("holds_facts", "within_length", "right_citation", "cited_ap"), 1.0)
    return Row(
        question=asked,
        hits=[
            FoundHit(passage=f"004-p{n:03}", article="004", spans=[(n, n + 9)], score=1 / n)
            for n in (1, 2, 3)
        ],
        relevant_units=1,
        answer=given,
        scores=Scores.model_validate(fields | scores),
        timings_ms={"search": 10.0, "total": 12.0} if timings is None else timings,
    )


def run(rows: Sequence[Row], **header: Any) -> Run:
    """A run of some rows."""
    fields = {
        "system": "dipnot",
        "system_version": "0.1.0",
        "commit": "0123456789ab",
        "corpus": "c" * 64,
        "gold": "9" * 64,
        "questions": len(rows),
        "split": "dev",
        "generation": "1111222233334444",
        "model": "bundled",
        "model_sha256": "e" * 64,
        "settings": settings_of(Settings.model_construct()),
        "versions": {"python": "3.11.7", "dipnot": "0.1.0"},
        "machine": "a machine, 2 cores",
        "created": "2026-01-02T03:04:05+00:00",
    }
    return Run(header=Header.model_validate(fields | header), rows=list(rows))
