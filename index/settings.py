"""What can be set about the search."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(_Settings):
    """How much each ranking of the passages counts in the fusion.

    ``passages``: cosine of question and passage; ``sentences``: the best cosine of question and a
    sentence of the passage; ``lexical``: BM25 of the passage; ``lexical_sentences``: the best BM25 of a
    sentence; each over the articles as they stand, and over their English. ``questions``,
    ``lexical_questions``: the best cosine, and the best BM25, of the question with one of the register that a
    sentence of the passage answers, in the language of the question. ``expansion``: the share that
    equivalent words add to the BM25 scores of the articles as they stand.
    """

    passages: float = Field(ge=0)
    passages_english: float = Field(ge=0)
    sentences: float = Field(ge=0)
    sentences_english: float = Field(ge=0)
    lexical: float = Field(ge=0)
    lexical_english: float = Field(ge=0)
    lexical_sentences: float = Field(ge=0)
    lexical_sentences_english: float = Field(ge=0)
    questions: float = Field(ge=0)
    lexical_questions: float = Field(ge=0)
    expansion: float = Field(ge=0)


class SearchSettings(_Settings):
    """What can be set about the search.

    ``rrf_k``: Cormack, Clarke & Büttcher, "Reciprocal Rank Fusion …", SIGIR 2009, use 60 for long
    rankings of web pages; over a few hundred passages the first places must count more
    (docs/adr/0004-search.md). ``depth``: how much of each ranking is fused. Up to ``exhaustive`` passages
    every one is ranked in every way; of more, or of those in a database, the ``candidates`` best of each
    ranking are: more than ``depth``, for several of the best sentences may stand in one passage. ``tr``,
    ``en``: the weights for questions in each language, the means of the thirty best of 1,200 drawn at random
    on the development questions, where a wide plateau does about as well.
    """

    rrf_k: float = Field(default=10, ge=0)
    depth: int = Field(default=50, ge=1)
    exhaustive: int = Field(default=10_000, ge=0)
    candidates: int = Field(default=75, ge=1, le=10_000)
    tr: Weights = Weights(
        passages=1.5,
        passages_english=1.1,
        sentences=0.5,
        sentences_english=0.4,
        lexical=2.3,
        lexical_english=0.7,
        lexical_sentences=2.2,
        lexical_sentences_english=0.8,
        questions=2.0,
        lexical_questions=3.0,
        expansion=1.0,
    )
    en: Weights = Weights(
        passages=0.9,
        passages_english=2.0,
        sentences=1.7,
        sentences_english=2.0,
        lexical=1.6,
        lexical_english=1.9,
        lexical_sentences=1.1,
        lexical_sentences_english=1.2,
        questions=2.0,
        lexical_questions=3.0,
        expansion=1.0,
    )

    @field_validator("tr", "en", mode="before")
    @classmethod
    def _over_the_defaults(cls, value: object, info: ValidationInfo) -> object:
        """Weights that are not given stay as they are."""
        field = cls.model_fields[str(info.field_name)]
        return {**field.default.model_dump(), **value} if isinstance(value, dict) else value
