"""Gold questions: reading them, and finding their evidence in the articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.article import Article, Language, Span
from corpus.errors import DipnotError

GOLD: Final = Path(__file__).parent / "gold"
# Written to look as if the articles answered them.
NEAR: Final = GOLD / "near"
Split = Literal["dev", "test"]
AnswerableType = Literal[
    "date",
    "number",
    "person",
    "place",
    "definition",
    "why",
    "how",
    "list",
    "comparison",
    "quotation",
    "treaty article",
    "several passages",
    "several articles",
    "disagreement",
    "follow-up",
]
DeclinedType = Literal["absent", "false premise", "off topic", "injection"]
_DECLINED: Final = ("absent", "false premise", "off topic", "injection")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Evidence(_Strict):
    """Words of an article, verbatim as received but for white space."""

    article: str
    quote: str


class GoldQuestion(_Strict):
    """A question with its answer, what an answer must hold, and the evidence for it.

    docs/gold-questions.md says what each key holds.
    """

    id: str
    language: Language
    type: AnswerableType | DeclinedType
    question: str
    history: list[str] = Field(default_factory=list)
    answer: str
    must: list[list[str]]
    must_not: list[str] = Field(default_factory=list)
    evidence: list[Evidence]
    absent: list[list[str]] = Field(default_factory=list)
    difficulty: int = Field(ge=1, le=3)
    split: Split

    @property
    def is_answerable(self) -> bool:
        """Whether the articles answer the question; otherwise it must be declined."""
        return self.type not in _DECLINED


def gold_files(path: Path = GOLD) -> list[Path]:
    """Return the files of gold questions: ``path`` itself, or all of a folder, in order.

    Raises DipnotError when there is none.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise DipnotError(f"There are no gold questions at {path}.")
    return files


def read_gold(path: Path = GOLD, split: Split | None = None) -> list[GoldQuestion]:
    """Read gold questions, one JSON object a line; raises DipnotError that names the line."""
    questions = [question for file in gold_files(path) for question in _read(file)]
    return [question for question in questions if split in (None, question.split)]


def _read(file: Path) -> Iterable[GoldQuestion]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield GoldQuestion.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise DipnotError(
                f"{file.name}, line {number}: {where + ': ' if where else ''}{first['msg']}"
            ) from error


def evidence_spans(evidence: Evidence, articles: Mapping[str, Article]) -> tuple[Span, ...]:
    """Return the raw span of every place where an evidence quote stands, in the order of the article.

    White space does not matter; an article may say the same twice. Raises DipnotError when the article
    does not exist or the quote does not stand in it.
    """
    if evidence.article not in articles:
        raise DipnotError(f"There is no article {evidence.article!r}.")
    text, places = _without_space(articles[evidence.article].raw)
    wanted = "".join(evidence.quote.split())
    found = []
    at = text.find(wanted) if wanted else -1
    while at >= 0:
        found.append((places[at], places[at + len(wanted) - 1] + 1))
        at = text.find(wanted, at + len(wanted))
    if not found:
        raise DipnotError(f"The quote {evidence.quote[:60]!r} does not stand in article {evidence.article}.")
    return tuple(found)


def covered_share(span: Span, spans: Iterable[Span], raw: str) -> float:
    """Return the share of the characters of ``raw[span]``, white space aside, that ``spans`` cover."""
    start, end = span
    inside = list(accumulate((not char.isspace() for char in raw[start:end]), initial=0))
    covered = sum(
        inside[max(start, min(end, high)) - start] - inside[max(start, min(end, low)) - start]
        for low, high in spans
    )
    return covered / inside[-1] if inside[-1] else 0.0


@lru_cache(maxsize=64)
def _without_space(raw: str) -> tuple[str, list[int]]:
    places = [i for i, char in enumerate(raw) if not char.isspace()]
    return "".join(raw[i] for i in places), places
