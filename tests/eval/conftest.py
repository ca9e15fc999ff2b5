"""Parts that the tests of the harness share."""

from __future__ import annotations

import pytest

from app.answer import Answer
from app.assistant import Assistant
from app.compose import citation
from app.settings import Settings
from corpus.reading import read_corpus
from eval.gold import GOLD, GoldQuestion, read_gold
from eval.judge import Judge
from eval.matching import normalise
from eval.provenance import header_of
from eval.run import row_of
from eval.runfile import Run
from eval.system import Dipnot
from index.encoder import Encoder


@pytest.fixture(scope="session")
def articles():
    return {article.id: article for article in read_corpus()}


@pytest.fixture(scope="session")
def judge(articles):
    """Supports a claim that stands in the premise; the real check has tests of its own."""
    return Judge(articles, lambda premise, claim: normalise(claim) in normalise(premise))


@pytest.fixture(scope="session")
def sentences(articles):
    """Three sentences of the introduction of article 004."""
    own = [s for s in articles["004"].sentences if s.text.startswith(("Bu mağlubiyetler", "Ekim ihtilali"))]
    withdrawn = next(
        s for s in articles["004"].sentences if s.text.startswith("Brest-Litovsk Antlaşması ile")
    )
    return [*own, withdrawn]


@pytest.fixture
def gold(sentences):
    return GoldQuestion(
        id="x-tr-01",
        language="tr",
        type="definition",
        question="Moskova dünya harbini hangi muahedeyle terk etti?",
        answer="Brest-Litovsk Antlaşması ile.",
        must=[["Brest-Litovsk"]],
        evidence=[{"article": "004", "quote": sentences[-1].text}],
        difficulty=2,
        split="dev",
    )


@pytest.fixture(scope="session")
def answer_of(articles):
    """Make an answer out of sentences of article 004, each one claim with its own citation."""

    def make(*own, **changes):
        article = articles["004"]
        citations = [
            citation(n, article, article.block_by_id[sentence.block], sentence)
            for n, sentence in enumerate(own, 1)
        ]
        fields = {
            "id": "a",
            "question": "?",
            "language": "tr",
            "status": "answered",
            "text": " ".join(f"{sentence.text} [{n}]" for n, sentence in enumerate(own, 1)),
            "claims": [
                {"text": sentence.text, "citations": [n], "support": "verbatim", "score": 1.0}
                for n, sentence in enumerate(own, 1)
            ],
            "citations": [one.model_dump() for one in citations],
            "confidence": 0.8,
        }
        return Answer.model_validate(fields | changes)

    return make


@pytest.fixture(scope="session")
def declined():
    return Answer(
        id="d",
        question="?",
        language="tr",
        status="declined",
        reason="not_in_corpus",
        text="Makaleler bu soruya cevap vermiyor.",
        confidence=0.2,
    )


@pytest.fixture(scope="session")
def first_run(assistant, judge):
    """Make a run of the real assistant over some questions, without a file."""

    def make(questions, **header):
        system = Dipnot(assistant, "0")
        units = list(system.units())
        made = header_of(
            system, questions, "dev", assistant.articles, assistant.searcher.manifest, Settings()
        )
        rows = [row_of(system, question, judge, units) for question in questions]
        return Run(header=made.model_copy(update=header), rows=rows)

    return make


@pytest.fixture(scope="session")
def some_questions():
    """Twelve development questions: five in each language that have an answer, two that have none."""
    dev = read_gold(GOLD, "dev")
    answerable = [q for q in dev if q.is_answerable]
    return [
        *[q for q in answerable if q.language == "tr"][:5],
        *[q for q in answerable if q.language == "en"][-5:],
        *[q for q in dev if not q.is_answerable][:2],
    ]


@pytest.fixture(scope="session")
def small_run(first_run, some_questions):
    """A run over those."""
    return first_run(some_questions)


@pytest.fixture(scope="session")
def encoder(assistant: Assistant) -> Encoder:
    """The encoder of the index."""
    return assistant.searcher.encoder
