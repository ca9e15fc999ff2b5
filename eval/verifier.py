"""How well the verifier tells written claims that their citations bear out from those that they do not.

The claims of ``gold/verifier/claims.jsonl``, true ones and subtly wrong ones, were written beside the
articles; docs/verifier.md says how. The checks were made on the split "dev".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from app.answer import Claim
from app.compose import citation
from app.verify import DropReason, Verifier
from corpus.article import Article, Language, Sentence
from corpus.errors import DipnotError
from eval.bootstrap import Floats, Interval, interval

CLAIMS: Final = Path(__file__).parent / "gold" / "verifier" / "claims.jsonl"
Split = Literal["dev", "test"]
Kind = Literal[
    "true",
    "wrong_date",
    "wrong_number",
    "wrong_person",
    "swapped_roles",
    "negated",
    "invented",
    "wrong_citation",
    "misattributed",
    "overstated",
]


class WrittenClaim(BaseModel):
    """A sentence as a language model might write it, the ids of the sentences it cites, and whether these
    bear it out entirely; ``why``: what is wrong with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    language: Language
    kind: Kind
    claim: str
    cites: list[str]
    supported: bool
    split: Split
    why: str


@dataclass(frozen=True)
class Verdict:
    """What the verifier made of a claim: None where it was kept."""

    claim: WrittenClaim
    reason: DropReason | None

    @property
    def is_kept(self) -> bool:
        """Whether a reader would see the claim."""
        return self.reason is None


@dataclass(frozen=True)
class Figures:
    """``precision``: the share of the claims kept that are supported; ``recall``: the share of the supported
    that were kept; ``f1`` of the two; ``let_through``: the share of the others that were kept all the same,
    which does not hang on how many they are; each with its 95 % bootstrap interval over the claims."""

    n: int
    kept: int
    precision: Interval
    recall: Interval
    f1: Interval
    let_through: Interval


def read_claims(split: Split | None = None, path: Path = CLAIMS) -> list[WrittenClaim]:
    """Read the claims of a split, or all; raises DipnotError that names the line."""
    claims = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            claims.append(WrittenClaim.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise DipnotError(f"{path.name}, line {number}: {where}: {first['msg']}") from error
    return [claim for claim in claims if split in (None, claim.split)]


def verdicts(
    claims: Iterable[WrittenClaim], verifier: Verifier, articles: Mapping[str, Article]
) -> list[Verdict]:
    """Put each claim to the verifier, with the footnotes to the sentences it cites.

    Raises DipnotError where a cited sentence is not in the articles.
    """
    places = {
        sentence.id: (article, sentence) for article in articles.values() for sentence in article.sentences
    }
    return [Verdict(claim, _reason(claim, verifier, places)) for claim in claims]


def figures(found: Sequence[Verdict]) -> Figures:
    """Return how well the verifier did over some verdicts."""
    columns = [
        [float(one.is_kept) for one in found],
        [float(one.claim.supported) for one in found],
    ]
    return Figures(
        n=len(found),
        kept=sum(one.is_kept for one in found),
        precision=interval(columns, _precision),
        recall=interval(columns, _recall),
        f1=interval(columns, _f1),
        let_through=interval(columns, _let_through),
    )


def table(found: Sequence[Verdict]) -> str:
    """Return the figures as Markdown: in all and by language, then by kind with the reasons given."""
    lines = [
        "| claims | n | kept | precision (95 %) | recall (95 %) | F1 (95 %) | wrong let through (95 %) |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, some in (
        ("all", list(found)),
        *((language, [one for one in found if one.claim.language == language]) for language in ("tr", "en")),
    ):
        if some:
            own = figures(some)
            values = " | ".join(
                _shown(value) for value in (own.precision, own.recall, own.f1, own.let_through)
            )
            lines.append(f"| {name} | {own.n} | {own.kept} | {values} |")
    lines += ["", "| kind | kept, tr | kept, en | reasons for which they were dropped |", "|---|---|---|---|"]
    for kind in dict.fromkeys(one.claim.kind for one in found):
        own_kind = [one for one in found if one.claim.kind == kind]
        counts = [
            _kept(one for one in own_kind if one.claim.language == language) for language in ("tr", "en")
        ]
        reasons = Counter(one.reason for one in own_kind if one.reason)
        said = ", ".join(f"{reason} {n}" for reason, n in reasons.most_common())
        lines.append(f"| {kind} | {counts[0]} | {counts[1]} | {said} |")
    return "\n".join(lines)


def _reason(
    claim: WrittenClaim, verifier: Verifier, places: Mapping[str, tuple[Article, Sentence]]
) -> DropReason | None:
    if unknown := [name for name in claim.cites if name not in places]:
        raise DipnotError(f"{claim.id} cites {unknown[0]!r}, a sentence that is not in the articles.")
    citations = [
        citation(n, article, article.block_by_id[sentence.block], sentence)
        for n, (article, sentence) in enumerate((places[name] for name in claim.cites), 1)
    ]
    written = Claim(text=claim.claim, citations=[one.n for one in citations], support="generated", score=1.0)
    dropped = verifier.verify([written], citations, claim.language).dropped
    return dropped[0].reason if dropped else None


def _precision(kept: Floats, supported: Floats) -> Floats:
    return _ratio((kept * supported).sum(axis=-1), kept.sum(axis=-1))


def _recall(kept: Floats, supported: Floats) -> Floats:
    return _ratio((kept * supported).sum(axis=-1), supported.sum(axis=-1))


def _f1(kept: Floats, supported: Floats) -> Floats:
    return _ratio(2 * (kept * supported).sum(axis=-1), kept.sum(axis=-1) + supported.sum(axis=-1))


def _let_through(kept: Floats, supported: Floats) -> Floats:
    return _ratio((kept * (1 - supported)).sum(axis=-1), (1 - supported).sum(axis=-1))


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _shown(value: Interval) -> str:
    return f"{value.value:.2f} ({value.low:.2f}-{value.high:.2f})"


def _kept(found: Iterable[Verdict]) -> str:
    some = list(found)
    return f"{sum(one.is_kept for one in some)} of {len(some)}"
