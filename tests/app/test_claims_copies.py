"""All sentences of the five articles, in both languages: a copy is kept, a spoilt copy nearly never."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from app.answer import Claim
from app.claims import WrittenClaims, faults
from app.compose import citation
from app.verify import Verifier
from corpus.reading import read_corpus
from index.encoder import Encoder

ARTICLES = {article.id: article for article in read_corpus()}
TEXTS = [
    (text, language)
    for article in ARTICLES.values()
    for sentence in article.sentences
    for text, language in (
        (sentence.text, article.block_by_id[sentence.block].language),
        (sentence.translation, "en"),
    )
    if text
]
# A "not" behind the first auxiliary of a sentence.
AUXILIARY = re.compile(r"\b(was|were|had|could|would|will|is|are)\b(?! not)")
# "etmiştir" → "etmemiştir".
PERFECT = re.compile(r"(?<=[a-zçğıöşü]{3})(?<!m[ae])(miş(?=ti|\b)|mış(?=tı|\b))")


def spoilt(text, language):
    """A copy of a sentence with a negation slipped in, or None."""
    if language == "en":
        done, n = AUXILIARY.subn(r"\1 not", text, count=1)
    else:
        done, n = PERFECT.subn(lambda m: f"me{m[1]}" if "i" in m[1] else f"ma{m[1]}", text, count=1)
    return done if n else None


def test_a_copy_of_any_sentence_is_never_dropped():
    assert len(TEXTS) > 2 * 1000
    dropped = [
        (text, fault)
        for text, language in TEXTS
        if (fault := faults(text, [(text, language)], language, None))
    ]
    assert dropped == []


def test_a_copy_beside_another_cited_sentence_is_dropped_seldom():
    pairs = list(zip(TEXTS[::2], TEXTS[2::2], strict=False))
    dropped = [
        one for one, other in pairs if one[1] == other[1] and faults(one[0], [one, other], one[1], None)
    ]
    assert len(dropped) <= 0.02 * len(pairs)


@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_negation_slipped_into_a_copy_is_found(language):
    found = Counter(
        faults(bad, [(text, own)], own, None) is not None
        for text, own in TEXTS
        if own == language and 8 <= len(text.split()) <= 45 and (bad := spoilt(text, own))
    )
    assert found.total() > 200
    assert found[True] >= 0.93 * found.total()


def test_the_verifier_asks_of_written_claims_alone(model):
    article = ARTICLES["000"]
    sentence = next(s for s in article.sentences if s.translation and " was " in s.translation)
    cited = citation(1, article, article.block_by_id[sentence.block], sentence)
    written = WrittenClaims(Encoder(model))
    bad = Claim(
        text=sentence.translation.replace(" was ", " was not ", 1),
        citations=[1],
        support="generated",
        score=1.0,
    )
    copy = bad.model_copy(update={"text": sentence.translation})
    found = Verifier(ARTICLES, written).verify([bad, copy], [cited], "en")
    assert [drop.reason for drop in found.dropped] == ["negated"]
    assert [claim.text for claim in found.claims] == [sentence.translation]
    # Without one who looks at them, and for claims that are quoted, nothing changes.
    assert Verifier(ARTICLES).verify([bad], [cited], "en").dropped == []
