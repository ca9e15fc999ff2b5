"""The last look at an answer: what its citations bear out passes untouched, anything else is dropped."""

from dataclasses import MISSING, fields, replace
from statistics import median
from time import perf_counter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answer import Claim
from app.compose import citation as footnote
from app.compose import claims_and_citations
from app.evidence import Candidate
from app.facts import read_numbers
from app.names import missing_names
from app.question import Question
from app.texts import text as word
from app.verify import DropReason, Verifier, rebuilt_text
from corpus.catalogue import PACKAGED
from corpus.reading import read_corpus
from corpus.text import words

QUESTIONS = [
    "Moskova Antlaşması ne zaman imzalandı?",
    "Kars Antlaşması hangi tarihte imzalandı?",
    "Batum Antlaşması'nı Türkiye adına kimler imzaladı?",
    "Sadabat Paktı nedir, Türkiye'nin dışında kimler taraftı?",
    "Frunze kimdir?",
    "When was the Treaty of Kars signed?",
    "Who was Frunze?",
    "When did Turkey join the League of Nations?",
    "Why did the Soviet Union help the Ankara government?",
    "Where was the Treaty of Friendship and Neutrality of 1925 signed?",
]
# What a whole answer may take at the median, in milliseconds.
MOST_MS = 2.0
ARTICLES = {article.id: article for article in read_corpus(PACKAGED)}
VERIFIER = Verifier(ARTICLES)
SENTENCES = [(article, sentence) for article in ARTICLES.values() for sentence in article.sentences]
MONTREUX = "Montrö Boğazlar Sözleşmesi’yle (20 Temmuz 1936) Boğazlar’ın"
FRIENDSHIP = "Bu şartlar altında Dostluk ve Tarafsızlık Antlaşması (17 Aralık 1925)"
LEAD = word("en", "answer.quoted_lead")


@pytest.fixture(scope="module")
def answers(assistant):
    found = [assistant.ask(question) for question in QUESTIONS]
    assert all(answer.status == "answered" for answer in found)
    assert {answer.language for answer in found} == {"tr", "en"}
    return found


def cited(beginning, n=1):
    """The footnote to the sentence that begins so."""
    article, sentence = next(pair for pair in SENTENCES if pair[1].text.startswith(beginning))
    return footnote(n, article, article.block_by_id[sentence.block], sentence)


def candidate(article, sentence):
    """The sentence as it is chosen, whatever its scores are."""
    needed = [field.name for field in fields(Candidate) if field.default is MISSING]
    parts = {"article": article, "block": article.block_by_id[sentence.block], "sentence": sentence}
    return Candidate(**{name: parts.get(name, 1.0) for name in needed})


def claim_of(text, support="verbatim", numbers=(1,)):
    return Claim(text=text, citations=list(numbers), support=support, score=0.9)


def changed(value, **fields):
    return value.model_copy(update=fields)


def reason(text, citation, support="verbatim", language="tr"):
    """Why a claim with one citation is dropped; None where it passes."""
    verified = VERIFIER.verify([claim_of(text, support)], [citation], language)
    assert len(verified.claims) + len(verified.dropped) == 1
    assert len(verified.citations) == len(verified.claims)
    return verified.dropped[0].reason if verified.dropped else None


# What is as it was composed passes


def test_real_answers_pass_untouched(assistant, answers):
    verifier = Verifier(assistant.articles)
    supports = set()
    for answer in answers:
        verified = verifier.verify(answer.claims, answer.citations, answer.language)
        assert verified.dropped == []
        assert (verified.claims, verified.citations) == (answer.claims, answer.citations)
        assert rebuilt_text(verified.claims) == answer.text
        assert verified.renumbered == {citation.n: citation.n for citation in answer.citations}
        supports |= {claim.support for claim in answer.claims}
    assert supports == {"verbatim", "translation", "generated"}


def test_an_answer_is_verified_in_no_time(assistant, answers):
    verifier = Verifier(assistant.articles)
    took = []
    for answer in answers * 3:
        started = perf_counter()
        verifier.verify(answer.claims, answer.citations, answer.language)
        took.append((perf_counter() - started) * 1000)
    assert median(took) < MOST_MS


def test_every_sentence_of_the_articles_passes_in_both_languages():
    for article, sentence in SENTENCES:
        chosen = [candidate(article, sentence)]
        for language in ("tr", "en"):
            claims, citations = claims_and_citations(Question("", language, "other"), chosen)
            verified = VERIFIER.verify(claims, citations, language)
            assert (verified.claims, verified.citations) == (claims, citations), sentence.text
            marker = f" [{citations[0].n}]"
            assert rebuilt_text(claims) == f"{claims[0].text}{marker}"


@pytest.mark.parametrize(
    "shown",
    [
        "Montrö Boğazlar Sözleşmesi’yle (20 Temmuz 1936)",
        "Montrö Boğazlar Sözleşmesi’yle (**20 Temmuz 1936**)",
        "“Montrö Boğazlar Sözleşmesi’yle (**20 Temmuz 1936**)”",
        word("tr", "answer.quoted_lead") + " “Türkiye Boğazlar üzerinde tam egemen olmuştu.”",
    ],
)
def test_marks_and_leads_are_not_part_of_the_words(shown):
    assert reason(shown, cited(MONTREUX)) is None


def test_a_written_claim_passes_where_its_values_and_names_stand_in_the_cited_text():
    citation = cited(FRIENDSHIP)
    for text in (
        "Tevfik Rüştü Aras ile Çiçerin, antlaşmayı 17 Aralık 1925 günü Paris’te imzaladılar.",
        "Antlaşma 17.12.1925 tarihinde imzalandı.",
    ):
        assert reason(text, citation, "generated") is None
    english = "Aras and Chicherin signed it in Paris on December 17, 1925."
    assert reason(english, citation, "generated", "en") is None
    # The Turkish alone bears it out too.
    assert reason(english, changed(citation, translation=None), "generated", "en") is None


def test_a_written_claim_may_rest_on_several_citations_together():
    citations = [cited(FRIENDSHIP, 1), cited(MONTREUX, 2)]
    both = "Antlaşma 17 Aralık 1925’te, sözleşme 20 Temmuz 1936’da imzalandı."
    verified = VERIFIER.verify([claim_of(both, "generated", (1, 2))], citations, "tr")
    assert verified.dropped == []
    assert reason(both, citations[0], "generated") == "unsupported date"


# What was changed in a claim


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("20 Temmuz 1936", "21 Temmuz 1936", "unsupported date"),
        ("20 Temmuz 1936", "20 Ağustos 1936", "unsupported date"),
        ("20 Temmuz 1936", "20 Temmuz 1938", "unsupported date"),
        ("tam egemen", "3 kez egemen", "unsupported number"),
        ("tam egemen", "1 kez egemen", "unsupported number"),
        ("Türkiye", "Bulgaristan", "unsupported name"),
        ("egemen olmuştu", "egemen olmamıştı", "not in the quotation"),
        ("egemen olmuştu", "egemen değil olmuştu", "not in the quotation"),
        ("olmuştu.", "olmuştu ve kalmıştı.", "not in the quotation"),
        ("olmuştu.", "olmu", "not in the quotation"),
        ("ve Türkiye", "ve “Türkiye", "not in the quotation"),
        ("Montrö", "**Montrö", "not in the quotation"),
        ("Montrö", "“Montrö", "not in the quotation"),
    ],
)
def test_a_claim_that_is_not_its_quotation_is_dropped(old, new, why):
    citation = cited(MONTREUX)
    assert citation.quote.count(old) == 1
    assert reason(citation.quote, citation) is None
    assert reason(citation.quote.replace(old, new), citation) == why


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("17 December 1925", "18 December 1925", "unsupported date"),
        ("the two countries", "the 3 countries", "unsupported number"),
        ("Paris", "London", "unsupported name"),
        ("was signed", "was not signed", "not in the quotation"),
    ],
)
def test_a_claim_that_is_not_the_stored_translation_is_dropped(old, new, why):
    citation = cited(FRIENDSHIP)
    assert citation.translation.count(old) == 1
    assert reason(citation.translation, citation, "translation", "en") is None
    assert reason(citation.translation.replace(old, new), citation, "translation", "en") == why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Aras and Chicherin signed it in Paris on December 18, 1925.", "unsupported date"),
        ("Aras and Chicherin signed it in Paris on 18/12/1925.", "unsupported date"),
        ("Aras and Chicherin signed it in Paris on 17/12/1925.", None),
        ("Aras and Chicherin signed it in Paris in 1926.", "unsupported number"),
        ("The treaty of 17 December 1925 was signed in 2 copies.", None),
        ("The treaty of 17 December 1925 was signed in 4 copies.", "unsupported number"),
        ("Aras and Chicherin signed it in London.", "unsupported name"),
        ("Litvinov signed the treaty in Paris.", "unsupported name"),
    ],
)
def test_a_written_claim_with_a_value_or_name_of_its_own_is_dropped(text, why):
    # "iki ülke" holds a two.
    assert reason(text, cited(FRIENDSHIP), "generated", "en") == why


def test_number_words_are_read_in_the_language_of_each_text():
    english = cited("Under such circumstances, Turkey refused to participate in WWII")
    assert "lasted for six years" in english.quote
    assert reason("Savaş altı yıl sürdü.", english, "generated") is None
    assert reason("Savaş yedi yıl sürdü.", english, "generated") == "unsupported number"
    turkish = cited(MONTREUX)
    longer = turkish.quote.replace("egemen", "dokuz kez egemen")
    assert reason(longer, turkish, language="en") == "unsupported number"


@pytest.mark.parametrize("text", ["", " ", "**", "“”", LEAD, "…"])
@pytest.mark.parametrize("support", ["verbatim", "translation", "generated"])
def test_a_claim_without_a_word_is_dropped(text, support):
    assert reason(text, cited(MONTREUX), support, "en") == "not in the quotation"


def test_a_turkish_i_is_not_another_one():
    citation = cited(MONTREUX)
    assert reason(citation.quote.replace("Boğazlar üzerinde", "Boğazlar üzerınde"), citation) is not None
    assert reason(citation.quote.replace("’", "'"), citation) is not None


def test_a_run_ends_at_the_end_of_a_word_with_its_ending():
    citation = cited(MONTREUX)
    assert "Boğazlar’ın Lozan" in citation.quote
    assert reason("Boğazlar’ın Lozan Antlaşmasıyla", citation) is None
    assert reason("Boğazlar’ın Lozan Antlaşması", citation) == "not in the quotation"
    assert reason("(20 Temmuz 1936) Boğazlar", citation) == "not in the quotation"
    assert reason("leşmesi’yle (20 Temmuz 1936)", citation) == "not in the quotation"
    # It stands inside "verilmiş" first.
    assert reason("ve", citation) is None


def test_a_number_is_not_cut_in_two():
    article, sentence = next(pair for pair in SENTENCES if "20 000 gaz maskesi" in pair[1].text)
    citation = footnote(1, article, article.block_by_id[sentence.block], sentence)
    assert reason("20 000 gaz maskesi", citation) is None
    assert reason("000 gaz maskesi", citation) == "unsupported number"


def test_a_translation_is_not_the_quotation_nor_the_other_way_round():
    citation = cited(FRIENDSHIP)
    assert reason(citation.translation, citation, "verbatim", "en") == "not in the quotation"
    assert reason(citation.quote, citation, "translation", "en") == "not in the quotation"
    untranslated = changed(citation, translation=None)
    assert reason(citation.translation, untranslated, "translation", "en") == "not in the quotation"


# What was changed in a citation


def test_a_claim_without_a_citation_is_dropped():
    citation = cited(MONTREUX)
    verified = VERIFIER.verify([claim_of(citation.quote, numbers=())], [citation], "tr")
    assert [drop.reason for drop in verified.dropped] == ["no citation"]
    assert (verified.claims, verified.citations) == ([], [])


def test_a_number_that_no_citation_or_two_bear_is_unknown():
    citation = cited(MONTREUX)
    one, two = claim_of(citation.quote), claim_of(citation.quote, numbers=(1, 2))
    for claim, citations in ((two, [citation]), (one, [citation, citation]), (one, [])):
        verified = VERIFIER.verify([claim], citations, "tr")
        assert [(drop.claim, drop.reason) for drop in verified.dropped] == [(claim, "unknown citation")]


def shifted(citation, by):
    (start, end), *rest = citation.spans
    return changed(citation, spans=[(start + by, end + by), *rest])


def test_a_span_that_is_no_sentence_is_unreal():
    citation = cited(MONTREUX)
    start, end = citation.spans[0]
    beyond = len(ARTICLES[citation.article].raw)
    wrong = [
        shifted(citation, 1),
        shifted(citation, -1),
        changed(citation, spans=[(start, end - 1)]),
        changed(citation, spans=[(start, end), (end, end + 1)]),
        changed(citation, spans=[(beyond, beyond + 9)]),
        changed(citation, spans=[(end, start)]),
        changed(citation, spans=[]),
    ]
    for other in wrong:
        assert reason(citation.quote, other) == "unreal span", other.spans


def test_an_article_that_is_another_or_none_is_not_cited():
    citation = cited(MONTREUX)
    others = [name for name in ARTICLES if name != citation.article]
    assert len(others) == 4
    assert {reason(citation.quote, changed(citation, article=name)) for name in others} == {"unreal span"}
    assert reason(citation.quote, changed(citation, article="005")) == "unknown citation"


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": 18},
        {"lines": (1280, 1287)},
        {"url": "/articles/001#c1-2"},
        {"span": (0, 10)},
        {"section": "Giriş"},
        {"title": "Another"},
        {"file": "000.txt"},
        {"language": "en"},
        {"kind": "footnote"},
    ],
)
def test_what_follows_from_the_span_must_follow(wrong):
    citation = cited(MONTREUX)
    assert changed(citation, **wrong) != citation
    assert reason(citation.quote, changed(citation, **wrong)) == "unreal span"


def test_a_quotation_with_a_word_changed_is_dropped_though_the_claim_agrees_with_it():
    citation = cited(MONTREUX)
    quote = citation.quote.replace("tam egemen", "yarı egemen")
    assert quote != citation.quote
    assert reason(quote, changed(citation, quote=quote)) == "changed quotation"
    assert reason(citation.quote, changed(citation, quote=citation.quote + " ")) == "changed quotation"


def test_a_translation_that_is_not_the_stored_one_is_dropped_whatever_the_claim_rests_on():
    citation = cited(FRIENDSHIP)
    translation = citation.translation.replace("Paris", "London")
    assert translation != citation.translation
    other = changed(citation, translation=translation)
    assert reason(translation, other, "translation", "en") == "changed translation"
    assert reason(citation.quote, other) == "changed translation"
    assert reason(citation.quote, changed(citation, translation=None)) is None


def test_a_claim_falls_with_any_of_its_citations():
    good, bad = cited(MONTREUX, 1), shifted(cited(FRIENDSHIP, 2), 1)
    claims = [claim_of(good.quote), claim_of(good.quote, numbers=(1, 2))]
    verified = VERIFIER.verify(claims, [good, bad], "tr")
    assert verified.claims == claims[:1]
    assert [drop.reason for drop in verified.dropped] == ["unreal span"]


def test_every_tampering_with_a_real_answer_is_found(answers):
    apart = [answer for answer in answers if answer.disagreement is None]
    assert len(apart) >= len(answers) / 2
    for answer in apart:
        first, *others = answer.claims
        citation, *more = answer.citations
        for claim, source in [
            (changed(first, text=f"{first.text} değil"), citation),
            (changed(first, text=first.text.replace(" ", " not ", 1)), citation),
            (changed(first, citations=[99]), citation),
            (first, shifted(citation, 1)),
            (first, changed(citation, quote=citation.quote[:-1])),
            (first, changed(citation, translation="Something else.")),
        ]:
            verified = VERIFIER.verify([claim, *others], [source, *more], answer.language)
            assert [drop.claim for drop in verified.dropped] == [claim]
            assert [left.text for left in verified.claims] == [other.text for other in others]
            assert verified.citations == [changed(other, n=n) for n, other in enumerate(more, 1)]


# What is left


def test_the_rest_is_numbered_anew_and_unneeded_citations_go():
    citations = [cited(FRIENDSHIP, 1), cited(MONTREUX, 2), cited("Montrö Boğazlar", 3)]
    claims = [
        claim_of("Ankara", numbers=(1,)),
        claim_of("tam egemen olmuştu", numbers=(2,)),
    ]
    verified = VERIFIER.verify(claims, citations, "tr")
    assert [drop.claim for drop in verified.dropped] == claims[:1]
    assert verified.claims == [claim_of("tam egemen olmuştu", numbers=(1,))]
    assert verified.citations == [changed(citations[1], n=1)]
    assert verified.renumbered == {2: 1}
    assert rebuilt_text(verified.claims) == "tam egemen olmuştu [1]"


def test_a_text_is_its_claims_each_with_its_footnotes():
    assert rebuilt_text([claim_of("Bir.", numbers=(1,)), claim_of("İki.", numbers=(2, 3))]) == (
        "Bir. [1] İki. [2][3]"
    )
    assert rebuilt_text([]) == ""


def untranslated_answer(*beginnings):
    """An English answer of Turkish sentences that have no translation, and what verifies it."""
    article = ARTICLES[cited(beginnings[0]).article]
    bare = replace(
        article, sentences=tuple(replace(sentence, translation="") for sentence in article.sentences)
    )
    chosen = [
        candidate(bare, sentence)
        for beginning in beginnings
        for sentence in bare.sentences
        if sentence.text.startswith(beginning)
    ]
    claims, citations = claims_and_citations(Question("", "en", "other"), chosen)
    return Verifier({bare.id: bare}), claims, citations


def test_a_lead_that_is_dropped_goes_to_the_next_quotation():
    verifier, (first, second), citations = untranslated_answer(FRIENDSHIP, MONTREUX)
    assert first.text.startswith(f"{LEAD} “")
    assert second.text.startswith("“")
    assert verifier.verify([first, second], citations, "en").claims == [first, second]
    tampered = changed(first, text=first.text.replace("17 Aralık", "18 Aralık"))
    verified = verifier.verify([tampered, second], citations, "en")
    assert [drop.reason for drop in verified.dropped] == ["unsupported date"]
    assert verified.claims == [changed(second, text=f"{LEAD} {second.text}", citations=[1])]


def test_a_lead_that_stands_is_not_given_twice():
    verifier, (first, second), citations = untranslated_answer(FRIENDSHIP, MONTREUX)
    tampered = changed(second, text=second.text.replace("20 Temmuz", "21 Temmuz"))
    verified = verifier.verify([first, tampered], citations, "en")
    assert verified.claims == [first]
    twice = changed(second, text=f"{LEAD} {second.text}")
    wrong = changed(first, citations=[7])
    assert [claim.text for claim in verifier.verify([wrong, twice], citations, "en").claims] == [twice.text]


def test_a_lead_is_given_to_quotations_alone():
    verifier, (first, second), citations = untranslated_answer(FRIENDSHIP, MONTREUX)
    written = claim_of("It was on 20 July 1936.", "generated", (2,))
    verified = verifier.verify([changed(first, citations=[]), written, second], citations, "en")
    assert [claim.text for claim in verified.claims] == [written.text, f"{LEAD} {second.text}"]


# Whatever is said


# By number: a sentence is long to print.
ANY_SENTENCE = st.integers(0, len(SENTENCES) - 1)


@st.composite
def runs(draw):
    """A sentence with its footnote, and a run of its words."""
    article, sentence = SENTENCES[draw(ANY_SENTENCE)]
    spans = words(sentence.text)
    first = draw(st.integers(0, len(spans) - 1))
    last = draw(st.integers(first, len(spans) - 1))
    citation = footnote(1, article, article.block_by_id[sentence.block], sentence)
    return citation, sentence.text[spans[first][0] : spans[last][1]]


@given(runs())
def test_a_run_of_words_passes_unless_it_cuts_a_number(run):
    citation, text = run
    why = reason(text, citation)
    if why is not None:
        ends = [text.split()[0], text.split()[-1]]
        assert why == "unsupported number"
        assert any(read_numbers(end, citation.language) for end in ends), text
    # That is why the names of such a run need not be looked for.
    assert missing_names(text, citation.language, citation.quote) == []


@given(runs(), st.data())
def test_a_letter_changed_is_found(run, data):
    citation, text = run
    at = data.draw(st.sampled_from([i for i, char in enumerate(text) if char.isalnum()]))
    assert reason(f"{text[:at]}ŵ{text[at + 1 :]}", citation) is not None


@given(st.lists(st.tuples(ANY_SENTENCE, st.booleans()), max_size=6), st.data())
def test_dropping_keeps_the_numbers_dense_and_what_each_claim_cites(chosen, data):
    citations = [
        footnote(n, article, article.block_by_id[sentence.block], sentence)
        for n, (article, sentence) in enumerate([SENTENCES[number] for number, _ in chosen], 1)
    ]
    citations = [
        citation if is_sound else shifted(citation, 1)
        for citation, (_, is_sound) in zip(citations, chosen, strict=True)
    ]
    claims = []
    for citation in citations:
        further = data.draw(st.lists(st.integers(1, len(citations) + 1), max_size=2))
        claims.append(claim_of(citation.quote, numbers=(citation.n, *further)))
    verified = VERIFIER.verify(claims, citations, "tr")

    bad = {citation.n for citation, (_, is_sound) in zip(citations, chosen, strict=True) if not is_sound}
    bad.add(len(citations) + 1)
    survivors = [claim for claim in claims if not bad & {*claim.citations}]
    assert [drop.claim for drop in verified.dropped] == [claim for claim in claims if claim not in survivors]
    assert [citation.n for citation in verified.citations] == list(range(1, len(verified.citations) + 1))
    assert {n for claim in verified.claims for n in claim.citations} == {*verified.renumbered.values()}
    for before, after in zip(survivors, verified.claims, strict=True):
        assert after.text == before.text
        assert [changed(verified.citations[n - 1], n=0) for n in after.citations] == [
            changed(citations[n - 1], n=0) for n in before.citations
        ]
    again = VERIFIER.verify(verified.claims, verified.citations, "tr")
    assert (again.claims, again.citations, again.dropped) == (verified.claims, verified.citations, [])


def test_the_reasons_are_twenty():
    assert len(get_args(DropReason)) == len({*get_args(DropReason)}) == 20
