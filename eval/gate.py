"""The gate: the development questions must not be answered worse than when the baseline was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.errors import DipnotError
from eval.figures import BY_NAME, figure
from eval.runfile import Run

BASELINE: Final = Path(__file__).with_name("baseline.json")
GUARDED: Final = ("right", "right_citation", "cited_ap", "refusal_f1")


class Baseline(BaseModel):
    """The figures to hold, and the noise band: by how much a re-run of the same thing may differ.

    The band is measured (docs/benchmarks.md says how), never chosen to let a change through.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    split: str
    gold: str
    commit: str
    band: float
    figures: dict[str, float]


def baseline_of(run: Run, band: float) -> Baseline:
    """Return a run's guarded figures as a baseline."""
    scores = [row.scores for row in run.rows]
    return Baseline(
        split=run.header.split,
        gold=run.header.gold,
        commit=run.header.commit,
        band=band,
        figures={name: round(figure(BY_NAME[name], scores).value, 6) for name in GUARDED},
    )


def read_baseline(path: Path = BASELINE) -> Baseline:
    """Read the committed baseline; raises DipnotError."""
    try:
        return Baseline.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DipnotError(f"The baseline {path} cannot be read: {error}") from error


def failures(run: Run, baseline: Baseline) -> Sequence[str]:
    """Return which guarded figures of a run fall below the baseline by more than the band.

    Raises DipnotError when the baseline is of other questions.
    """
    if run.header.gold != baseline.gold:
        raise DipnotError(
            "The baseline was written for other gold questions; look at the run and write it anew: "
            "dipnot eval gate RUN --write"
        )
    now = baseline_of(run, baseline.band).figures
    return [
        f"{BY_NAME[name].title} fell from {was:.4f} to {now[name]:.4f} (noise band {baseline.band:.4f})"
        for name, was in baseline.figures.items()
        if not now[name] >= was - baseline.band
    ]
