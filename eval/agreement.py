"""How often a support check agrees with a reader who judged claims by hand.

One reader wrote and judged both files. The judged one was measured twice, its single errors unseen: with the
first version of the check (accuracy 0.75), and once ``development.jsonl`` had grown from 80 claims to 162.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.article import Language
from corpus.errors import DipnotError
from eval.bootstrap import Interval, interval
from eval.metrics import Supports

FOLDER: Final = Path(__file__).parent / "support"
# The thresholds of the check were chosen on this one …
DEVELOPMENT: Final = FOLDER / "development.jsonl"
# … and never on this one, which comes from other articles. (The names that meet across the languages,
# app/lexicon.toml, were later written for the translations of all articles.)
JUDGED: Final = FOLDER / "judged.jsonl"

Relation = Literal[
    "verbatim",
    "quoted",
    "translated",
    "paraphrased",
    "partial",
    "swapped",
    "negated",
    "attribution",
    "other fact",
    "wrong sentence",
]


class JudgedClaim(BaseModel):
    """A claim beside the words it cites, and whether these bear it out entirely, with the reason.

    ``premise``: sentences of ``article``, repaired, on lines of their own. ``language``: that of the
    claim, quotations aside. ``relation``: how the claim was made from an article.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    premise: str
    article: str
    claim: str
    language: Language
    relation: Relation
    supported: bool
    why: str


@dataclass(frozen=True)
class Agreement:
    """Check and reader side by side.

    ``accuracy`` with its 95 % bootstrap interval; ``kappa``: agreement beyond chance (Cohen, Educational
    and Psychological Measurement 20, 1960), NaN where chance alone agrees always; ``precision`` and
    ``recall`` of "supported"; ``by_relation``: claims and agreements of each relation.
    """

    n: int
    accuracy: Interval
    kappa: float
    precision: float
    recall: float
    by_relation: Mapping[str, tuple[int, int]]


def read_judged(path: Path) -> list[JudgedClaim]:
    """Read judged claims, one JSON object a line; raises DipnotError that names the line."""
    claims = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            claims.append(JudgedClaim.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise DipnotError(f"{path.name}, line {number}: {where}: {first['msg']}") from error
    return claims


def agreement(check: Supports, path: Path) -> Agreement:
    """Put every claim of a file to the check; raises DipnotError when the file cannot be read."""
    claims = read_judged(path)
    said = [check(claim.premise, claim.claim) for claim in claims]
    truth = [claim.supported for claim in claims]
    right = [a == b for a, b in zip(said, truth, strict=True)]
    both = sum(a and b for a, b in zip(said, truth, strict=True))
    relations = {claim.relation: 0 for claim in claims}
    return Agreement(
        n=len(claims),
        accuracy=interval([[float(one) for one in right]]),
        kappa=cohen_kappa(said, truth),
        precision=both / sum(said) if any(said) else float("nan"),
        recall=both / sum(truth) if any(truth) else float("nan"),
        by_relation={
            relation: (
                sum(claim.relation == relation for claim in claims),
                sum(one for one, claim in zip(right, claims, strict=True) if claim.relation == relation),
            )
            for relation in relations
        },
    )


def cohen_kappa(a: list[bool], b: list[bool]) -> float:
    """Return (p_o − p_e) / (1 − p_e): observed agreement of two judges, less what chance gives them."""
    observed = float(np.mean([x == y for x, y in zip(a, b, strict=True)]))
    yes_a, yes_b = float(np.mean(a)), float(np.mean(b))
    chance = yes_a * yes_b + (1 - yes_a) * (1 - yes_b)
    return (observed - chance) / (1 - chance) if chance < 1 else float("nan")


def table(results: Mapping[Path, Agreement]) -> str:
    """Return the agreement with each file as a Markdown table."""
    uses = {DEVELOPMENT: "thresholds chosen on it", JUDGED: "no threshold chosen on it"}
    lines = [
        "| file | use | claims | accuracy (95 %) | kappa | precision | recall |",
        "|---|---|---|---|---|---|---|",
    ]
    for path, result in results.items():
        value = result.accuracy
        lines.append(
            f"| {path.name} | {uses.get(path, '')} | {result.n} | {value.value:.2f} ({value.low:.2f}-"
            f"{value.high:.2f}) | {result.kappa:.2f} | {result.precision:.2f} | {result.recall:.2f} |"
        )
    lines += ["", "| relation | " + " | ".join(path.name for path in results) + " |"]
    lines.append("|---" * (len(results) + 1) + "|")
    for relation in dict.fromkeys(name for result in results.values() for name in result.by_relation):
        counts = [result.by_relation.get(relation, (0, 0)) for result in results.values()]
        lines.append(f"| {relation} | " + " | ".join(f"{right} of {n}" for n, right in counts) + " |")
    return "\n".join(lines)
