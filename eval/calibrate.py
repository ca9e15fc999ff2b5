"""Fitting the silence of Dipnot to the development questions.

python -m eval.calibrate [--index DIR] [--reader NAME]

Prints the settings of `app.refusal` that it finds, and how they do on questions they were not fitted to
(five folds, drawn ten times). It changes nothing: what it prints is written there by hand. With --reader it
fits what the judgement of a reader counts for beside the other signs, whose weights stay.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.assistant import Assistant
from app.readers import OFF
from app.refusal import RefusalSettings, Signs, logit
from app.settings import read_settings
from eval.gold import GOLD, GoldQuestion, read_gold
from eval.metrics import auc, calibration_error, refusal
from index.model import resolve

Floats = NDArray[np.float64]
Bounds = Sequence[tuple[float | None, float | None]]
NAMES: Final = (
    "cosine",
    "english_cosine",
    "passage",
    "english_passage",
    "question",
    "unseen",
    "unknown_name",
    "english_question",
)
# A sign counts in one direction only; None: in either.
_BOUNDS: Final[Bounds] = (*[(0, None)] * 5, *[(None, 0)] * 2, (None, None), (None, None))
# Of the other signs together, of the reader, and of the bias.
READER_NAMES: Final = ("rules", "reader", "reader_bias")
_READER_BOUNDS: Final[Bounds] = ((0, None), (0, None), (None, None))
# Ridge penalty on the weights of the standardised signs.
_RIDGE: Final = 1.0
_FOLDS: Final = 5
_DRAWS: Final = 10
_SEED: Final = 1921


def row(signs: Signs) -> list[float]:
    """Return the signs as numbers, in the order of NAMES."""
    return [
        signs.cosine,
        signs.english_cosine,
        signs.passage,
        signs.english_passage,
        signs.question,
        signs.unseen,
        float(signs.has_unknown_name),
        float(signs.language == "en"),
    ]


def reader_row(signs: Signs, settings: RefusalSettings) -> list[float]:
    """Return what the signs but for the reader's judgement come to, and that judgement."""
    return [logit(replace(signs, read=None), settings), signs.read or 0.0]


def fit(signs: Floats, answerable: Floats, bounds: Bounds = _BOUNDS) -> Floats:
    """Return the weights of the signs and the bias, shape (signs + 1,), of a logistic regression with
    ``bounds``, those of the bias among them. ``signs``: (questions, signs); ``answerable``: 1 or 0."""
    from scipy.optimize import minimize

    centre, scale = signs.mean(axis=0), signs.std(axis=0) + 1e-9
    standard = np.column_stack([(signs - centre) / scale, np.ones(len(signs))])

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = standard @ weights
        penalised = np.append(weights[:-1], 0.0) * _RIDGE
        value = np.logaddexp(0, logits).sum() - answerable @ logits + 0.5 * penalised @ weights
        return float(value), standard.T @ (1 / (1 + np.exp(-logits)) - answerable) + penalised

    found = minimize(loss, np.zeros(standard.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = found[:-1] / scale
    return np.append(weights, found[-1] - weights @ centre)


def predict(weights: Floats, signs: Floats) -> Floats:
    """Return the probability of an answer for each row of signs."""
    return np.asarray(1 / (1 + np.exp(-(signs @ weights[:-1] + weights[-1]))))


def out_of_fold(signs: Floats, answerable: Floats, bounds: Bounds = _BOUNDS) -> Floats:
    """Return the probability of each question by weights that were fitted without it, the mean of the
    draws."""
    random = np.random.default_rng(_SEED)
    summed = np.zeros(len(signs))
    for _ in range(_DRAWS):
        for fold in np.array_split(random.permutation(len(signs)), _FOLDS):
            others = np.setdiff1d(np.arange(len(signs)), fold)
            summed[fold] += predict(fit(signs[others], answerable[others], bounds), signs[fold])
    return summed / _DRAWS


def _signs(assistant: Assistant, gold: GoldQuestion) -> Signs:
    question, found = assistant.read(gold.question, gold.history)
    return assistant.chooser.signs(question, found, assistant.chooser.rank(question, found))


def main() -> None:
    """Print the settings and what may be expected of them."""
    settings = read_settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, default=settings.index_dir)
    parser.add_argument("--reader", default=OFF)
    given = parser.parse_args()
    model = resolve(settings.model, settings.cache_dir)
    assistant = Assistant.load(given.index, model, reader=given.reader)
    questions = read_gold(GOLD, "dev")
    every = [_signs(assistant, question) for question in questions]
    answerable = np.array([float(q.is_answerable) for q in questions])
    names, bounds = ((*NAMES, "bias"), _BOUNDS) if given.reader == OFF else (READER_NAMES, _READER_BOUNDS)
    rows = [row(signs) if given.reader == OFF else reader_row(signs, settings.refusal) for signs in every]
    signs = np.array(rows)
    for name, weight in zip(names, fit(signs, answerable, bounds), strict=True):
        print(f"{name:17} {weight:8.2f}")
    probability = out_of_fold(signs, answerable, bounds)
    found = refusal((probability < 0.5).tolist(), (answerable > 0).tolist())
    print(f"\non questions not fitted to: {found}")
    print(f"calibration error {calibration_error(probability, answerable):.3f}")
    right, wrong = (probability[answerable == kind].tolist() for kind in (1, 0))
    print(f"area under the curve {auc(right, wrong):.3f}")


if __name__ == "__main__":
    main()
