"""The measurement of the verifier: its claims are sound, its figures right, its floor on "dev" held."""

from __future__ import annotations

from collections import Counter

import pytest

from app.claims import WrittenClaims
from app.verify import Verifier
from corpus.errors import DipnotError
from eval.gold import GOLD, read_gold
from eval.verifier import CLAIMS, Verdict, figures, read_claims, table, verdicts
from index.encoder import Encoder

ROW = (
    '{"id": "x", "language": "en", "kind": "true", "claim": "c", "cites": ["none"], "supported": true,'
    ' "split": "dev", "why": ""}'
)


@pytest.fixture(scope="module")
def found(articles, model):
    return verdicts(read_claims("dev"), Verifier(articles, WrittenClaims(Encoder(model))), articles)


def test_the_claims_are_sound(articles):
    claims = read_claims()
    known = {sentence.id: article.id for article in articles.values() for sentence in article.sentences}
    assert len(claims) >= 300
    assert len({claim.id for claim in claims}) == len({claim.claim for claim in claims}) == len(claims)
    for claim in claims:
        assert claim.supported == (claim.kind == "true")
        assert len({known[name] for name in claim.cites}) == 1
        assert bool(claim.why) != claim.supported
    counts = Counter((claim.kind, claim.language, claim.split) for claim in claims)
    # Every kind in both languages and splits.
    assert len(counts) == 10 * 2 * 2


def test_no_sentence_is_cited_in_both_splits():
    dev, test = ({name for claim in read_claims(split) for name in claim.cites} for split in ("dev", "test"))
    assert dev
    assert not dev & test


def test_the_claims_are_no_gold_questions():
    assert CLAIMS.is_relative_to(GOLD)
    assert {claim.id for claim in read_claims()}.isdisjoint(question.id for question in read_gold(GOLD))


def test_what_is_kept_of_dev_holds_and_most_of_the_true_is_kept(found):
    own = figures(found)
    assert own.precision.value >= 0.95
    assert own.recall.value >= 0.65


def test_the_table_counts_every_kind_in_both_languages(found):
    shown = table(found)
    for kind in {one.claim.kind for one in found}:
        assert f"| {kind} |" in shown
    assert "| all | 424 |" in shown


def test_figures_are_counted_by_hand():
    claim = read_claims("dev")[0]
    some = [
        Verdict(claim.model_copy(update={"supported": supported}), reason)
        for supported, reason in [
            (True, None),
            (True, None),
            (True, "negated"),
            (False, None),
            (False, "negated"),
        ]
    ]
    own = figures(some)
    assert (own.n, own.kept) == (5, 3)
    assert own.precision.value == pytest.approx(2 / 3)
    assert own.recall.value == pytest.approx(2 / 3)
    assert own.f1.value == pytest.approx(2 / 3)
    assert own.let_through.value == pytest.approx(1 / 2)
    assert own.precision.low < own.precision.value < own.precision.high


def test_a_claim_that_cites_nothing_known_is_named(tmp_path, articles):
    path = tmp_path / "claims.jsonl"
    path.write_text(ROW + "\n", encoding="utf-8")
    with pytest.raises(DipnotError, match="x cites 'none'"):
        verdicts(read_claims(path=path), Verifier(articles), articles)


def test_a_line_that_is_no_claim_is_named(tmp_path):
    path = tmp_path / "claims.jsonl"
    path.write_text(ROW + "\n" + ROW.replace('"true"', '"odd"') + "\n", encoding="utf-8")
    with pytest.raises(DipnotError, match="line 2: kind"):
        read_claims(path=path)
