"""What the metrics mean, in one line each, for the readers of a report.

The formulas and their sources are in `eval.metrics`, what counts as a hit or a right answer in
`eval.judge`.
"""

from __future__ import annotations

from typing import Final

from eval.bootstrap import LEVEL, RESAMPLES
from eval.judge import COVERED, TOUCHED

INTERVALS: Final = (
    f"Brackets hold {LEVEL:.0%} percentile intervals over {RESAMPLES:,} bootstrap resamples of the "
    "questions; n is the number of questions that count. A figure of exactly 0 or 1 has an interval "
    "without width: no spread was seen, which is not certainty."
)
RETRIEVAL: Final = {
    "recall@k": "answerable questions: the share of the pieces of evidence of which one of the first k "
    f"hits covers at least {COVERED:.0%}.",
    "MRR@10": "answerable questions: 1 / rank of the first relevant hit, 0 where none is among the first 10.",
    "nDCG@10": "answerable questions: discounted gain of the relevant hits among the first 10, over that "
    "of the ideal ranking.",
}
ANSWERS: Final = {
    "answers right": "answerable questions: the share answered with every fact needed and none forbidden, "
    "in the language of the question, within the length allowed; a declined question counts 0.",
    "facts held": "of them, those answered: the share of answers that hold every fact needed and none "
    "forbidden.",
    "language match": "all questions: the share whose answer or refusal is in the language of the question.",
    "within length": "answerable questions answered: the share of answers that are not too long.",
    "right citation": "answerable questions answered: the share of answers of which a citation touches the "
    f"evidence (at least {TOUCHED:.0%} of the shorter of the two in common).",
    "cited AP": "answerable questions answered: average precision of the citations, in their order, over "
    "the pieces of evidence.",
    "citation recall": "all answers given: the share of sentences that their citations together support.",
    "citation precision": "all answers given: the share of citations that a supported sentence needs, or "
    "that support it alone.",
    "words, median": "all answers given: their length in words.",
}
CALIBRATION: Final = {
    "calibration error": "all questions: the confidence is meant as the probability that the articles answer "
    "the question; in ten bins of equal width, the mean difference between it and the share of answerable "
    "questions, weighted by the bins' shares of the questions (expected calibration error).",
    "refusal AUC": "all questions: the chance that one with an answer is given a higher confidence than one "
    "without (area under the receiver operating characteristic; 0.5: as a coin falls).",
}
REFUSAL: Final = {
    "refusal precision": "of the questions declined, the share that had to be.",
    "refusal recall": "of the questions that must be declined, the share that was.",
    "refusal F1": "harmonic mean of the two.",
    "false refusals": "of the answerable questions, the share that was declined.",
}
GENERATOR: Final = {
    "questions written about": "those answered, but for those on which the articles contradict one another.",
    "answers of chosen sentences alone": "nothing that was written was borne out.",
    "answers ended by a chosen sentence": "the value that was asked for was not among what was written.",
    "tokens in, out": "of the prompt and of the draft, whether its sentences were kept or not.",
    "cost": "of these tokens, by a price given with the report; what rewording questions takes is left out.",
}
