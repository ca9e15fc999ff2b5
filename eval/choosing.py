"""Fitting the choice of evidence to the development questions.

python -m eval.choosing [--index DIR] [--without FEATURE ...] [--reader NAME] [--write]

Prints how often the first sentences hold a piece of the evidence on questions that the weights were not
fitted to (five folds, drawn three times), and with --write puts the weights fitted to all of them into
`app/evidence.toml`. --without leaves features out, to see what they are worth. With --reader it
prints the same of what the judgement of a reader should count for beside those weights (`app.readers`).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import app.evidence
from app.assistant import Assistant
from app.evidence import FEATURES
from app.readers import OFF
from app.settings import read_settings
from corpus.article import LANGUAGES, Article, Sentence, Span
from eval.gold import GOLD, Evidence, GoldQuestion, evidence_spans, read_gold
from eval.judge import TOUCHED
from index.model import resolve

Floats = NDArray[np.float64]
TARGET: Final = Path(app.evidence.__file__).with_name("evidence.toml")
# Ridge penalty on the weights of the standardised features, for each question.
_RIDGE: Final = 0.3
# What fits, or is corroborated, speaks for a sentence or says nothing; the others may count either way.
_BOUNDS: Final = [
    (0, None) if name.startswith("fits_") or name == "corroborated" else (None, None) for name in FEATURES
]
_FOLDS: Final = 5
_DRAWS: Final = 3
_SEED: Final = 1921
_DEPTHS: Final = (1, 2, 3, 4, 6, 10)
_MOST_READER: Final = 5.0
_OPENING: Final = """\
# What each feature of a sentence counts for when evidence is chosen (app/evidence.py: FEATURES), for
# questions in each language. Fitted to the development questions by `python -m eval.choosing --write`.
"""


class Case(NamedTuple):
    """A question: its language, the features of the candidates, shape (candidates, features), and for each
    piece of its evidence which candidates hold it, shape (pieces, candidates)."""

    language: str
    features: Floats
    holds: NDArray[np.bool_]


def cases(assistant: Assistant, questions: Sequence[GoldQuestion]) -> list[Case]:
    """Return the answerable questions as cases."""
    found = []
    for gold in questions:
        if not gold.is_answerable:
            continue
        question, hits = assistant.read(gold.question, gold.history)
        table = assistant.chooser.table(question, hits)
        sentences = [assistant.searcher.sentences[number] for number in table.numbers]
        holds = [
            [_holds(article, sentence, piece, assistant) for article, sentence in sentences]
            for piece in gold.evidence
        ]
        found.append(Case(gold.language, table.features.astype(float), np.array(holds, bool)))
    return found


def read_cases(assistant: Assistant, questions: Sequence[GoldQuestion]) -> list[Case]:
    """Return the answerable questions with the sentences that were read; features: score without the reader,
    judgement of the reader."""
    found = []
    for gold in questions:
        if not gold.is_answerable:
            continue
        question, hits = assistant.read(gold.question, gold.history)
        candidates = [one for one in assistant.chooser.rank(question, hits) if one.reading]
        judged = np.array([one.reading.answers for one in candidates if one.reading])
        weight = getattr(assistant.chooser.reading, gold.language)
        scores = np.array([one.score for one in candidates]) - weight * judged
        holds = [
            [_holds(one.article, one.sentence, piece, assistant) for one in candidates]
            for piece in gold.evidence
        ]
        features = np.column_stack([scores, judged]).astype(float)
        found.append(Case(gold.language, features, np.array(holds, bool)))
    return found


def fit_reader(questions: Sequence[Case]) -> Floats:
    """Return 1 and what the judgement of the reader counts for, by the same conditional logit."""
    from scipy.optimize import minimize_scalar

    known = [case for case in questions if case.holds.any()]

    def loss(weight: float) -> float:
        value = 0.5 * _RIDGE * weight**2 / len(known)
        for case in known:
            right = case.holds.any(axis=0)
            scores = case.features @ (1.0, weight)
            value -= (scores - np.logaddexp.reduce(scores))[right].mean() / len(known)
        return float(value)

    found = minimize_scalar(loss, bounds=(0.0, _MOST_READER), method="bounded")
    return np.array([1.0, found.x])


def fit(questions: Sequence[Case]) -> Floats:
    """Return the weights of a conditional logit: which of the candidates are the evidence."""
    from scipy.optimize import minimize

    known = [case for case in questions if case.holds.any()]
    scale = np.concatenate([case.features for case in known]).std(axis=0)
    scale[scale == 0] = 1.0
    rows = [case.features / scale for case in known]
    right = [case.holds.any(axis=0) / case.holds.any(axis=0).sum() for case in known]

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, slope = 0.5 * _RIDGE * weights @ weights, _RIDGE * weights
        for features, share in zip(rows, right, strict=True):
            scores = features @ weights
            log_shares = scores - np.logaddexp.reduce(scores)
            value -= share @ log_shares / len(rows)
            slope = slope + (np.exp(log_shares) - share) @ features / len(rows)
        return float(value), slope

    found = minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B", bounds=_BOUNDS[: len(scale)]).x
    return np.asarray(found / scale)


def recall(questions: Sequence[Case], weights: Floats) -> list[list[float]]:
    """Return for each question the share of its pieces of evidence that the first sentences hold, at
    _DEPTHS."""
    found = []
    for case in questions:
        order = np.argsort(-(case.features @ weights), kind="stable")
        found.append([float(case.holds[:, order[:k]].any(axis=1).mean()) for k in _DEPTHS])
    return found


def out_of_fold(questions: Sequence[Case], fitted: Callable[[Sequence[Case]], Floats] = fit) -> Floats:
    """Return the mean recall of questions that the weights were not ``fitted`` to, at _DEPTHS."""
    random = np.random.default_rng(_SEED)
    rows: list[list[float]] = []
    for _ in range(_DRAWS):
        for fold in np.array_split(random.permutation(len(questions)), _FOLDS):
            others = [case for i, case in enumerate(questions) if i not in fold]
            rows += recall([questions[i] for i in fold], fitted(others))
    return np.asarray(np.mean(rows, axis=0))


def _holds(article: Article, sentence: Sentence, piece: Evidence, assistant: Assistant) -> bool:
    """Whether a sentence and a piece of evidence have enough in common, as when a citation is judged."""
    if article.id != piece.article:
        return False
    length = sum(end - start for start, end in sentence.spans)
    return any(
        _common(sentence.spans, span) >= TOUCHED * min(length, span[1] - span[0])
        for span in evidence_spans(piece, assistant.articles)
    )


def _common(spans: Sequence[Span], other: Span) -> int:
    return sum(max(0, min(end, other[1]) - max(start, other[0])) for start, end in spans)


def main() -> None:
    """Print what may be expected of the weights, and write them if asked to."""
    settings = read_settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, default=settings.index_dir)
    parser.add_argument("--without", nargs="*", default=[], choices=FEATURES, metavar="FEATURE")
    parser.add_argument("--reader", default=OFF)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.write and given.without:
        parser.error("--write writes the weights of all features")
    model = resolve(settings.model, settings.cache_dir)
    assistant = Assistant.load(given.index, model, reader=given.reader)
    if given.reader != OFF:
        _weigh_reader(read_cases(assistant, read_gold(GOLD, "dev")))
        return
    every = cases(assistant, read_gold(GOLD, "dev"))
    left_out = [FEATURES.index(name) for name in given.without]
    for case in every:
        case.features[:, left_out] = 0.0
    tables = [_OPENING]
    for language in LANGUAGES:
        own = [case for case in every if case.language == language]
        shares = " ".join(f"@{k} {share:.3f}" for k, share in zip(_DEPTHS, out_of_fold(own), strict=True))
        print(f"{language}: evidence among the first sentences, not fitted to: {shares}")
        weights = zip(FEATURES, fit(own), strict=True)
        tables.append(f"\n[{language}]\n" + "".join(f"{name} = {weight:.3f}\n" for name, weight in weights))
    if given.write:
        TARGET.write_text("".join(tables), encoding="utf-8")
        print(f"{TARGET.name} written")


def _weigh_reader(every: Sequence[Case]) -> None:
    """Print what may be expected of a reader, and what it should count for."""
    for language in LANGUAGES:
        own = [case for case in every if case.language == language]
        for title, fitted in (("without", lambda questions: np.array([1.0, 0.0])), ("with", fit_reader)):
            shares = zip(_DEPTHS, out_of_fold(own, fitted), strict=True)
            print(f"{language}, {title} the reader: " + " ".join(f"@{k} {share:.3f}" for k, share in shares))
        print(f"reading.{language} = {fit_reader(own)[1]:.3f}")


if __name__ == "__main__":
    main()
