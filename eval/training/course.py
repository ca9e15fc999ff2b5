"""How something is taught to the layers of the encoder: a low-rank adapter, and the pace of learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

# The matrices of every layer.
_TARGETS: Final = r".*encoder\.layer\.\d+\..*\.(query|key|value|dense)"


@dataclass(frozen=True)
class Course:
    """How it is taught: the rank of the adapter and what its sum is multiplied by in all, how much in a
    batch, the highest rate of learning and the share of steps it rises over, how often all is gone through.

    The defaults are those of the reader, whose batches are groups of sentences.
    """

    rank: int = 32
    alpha: int = 64
    batch: int = 16
    rate: float = 4e-4
    warmup: float = 0.06
    epochs: int = 1
    seed: int = 1921
    half: bool = True
    """Whether to compute in bfloat16 where that is safe; the weights stay as they are."""


# For the encoder itself, whose batches are pairs of texts.
RETRIEVAL: Final = Course(rank=16, alpha=32, batch=64, rate=2e-4, warmup=0.1)


def adapter_of(course: Course) -> Any:
    """Return the adapter of a course as peft knows it (LoraConfig); raises ImportError without peft."""
    from peft import LoraConfig

    return LoraConfig(r=course.rank, lora_alpha=course.alpha, target_modules=_TARGETS)
