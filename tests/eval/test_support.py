"""The support check: what it says of claims worked by hand, and how often it agrees with a reader."""

import json
from math import isnan

import pytest

from corpus.errors import DipnotError
from corpus.reading import read_corpus
from eval.agreement import DEVELOPMENT, JUDGED, agreement, cohen_kappa, read_judged, table
from eval.support import SupportCheck
from index.encoder import Encoder

# What `python -m eval.support` printed when this was written, less 0.03.
LEAST_ACCURACY = 0.81 - 0.03

TREATY = "Antlaşma 16 Mart 1921'de Moskova'da imzalandı."
RIFLES = "Orduya 12.000 tüfek gönderildi."
RELUCTANT = "SSCB, Montrö Boğazlar Sözleşmesi’ni gönülsüz imzalamıştı."
GLADLY = RELUCTANT.replace("gönülsüz", "seve seve")
MADE_FAITHFULLY = {"verbatim", "quoted", "translated", "paraphrased"}


class NoEncoder:
    def encode_query(self, texts):
        raise AssertionError(f"encoded {texts}")


@pytest.fixture(scope="module")
def check(model):
    return SupportCheck(Encoder(model))


@pytest.fixture(scope="module")
def articles():
    return {article.id: article for article in read_corpus()}


# What it says


@pytest.mark.parametrize(
    ("premise", "claim"),
    [
        (TREATY, TREATY),
        (TREATY, "ANTLAŞMA, 16 MART 1921’DE MOSKOVA’DA İMZALANDI"),
        (TREATY, f"{TREATY} [3]"),
        ("IĞDIR VE İZMİR KURTARILDI.", "Iğdır ve İzmir kurtarıldı."),
        (f"{RIFLES}\n{TREATY}", TREATY),
        (RELUCTANT, f"The article states, in Turkish: “{RELUCTANT}”"),
        (RELUCTANT, f"Makalede şöyle denmektedir: “{RELUCTANT}”"),
        (RELUCTANT, f"As the article puts it, “{RELUCTANT[:-1]}”."),
    ],
)
def test_words_that_stand_in_the_premise_are_supported_without_encoding(premise, claim):
    assert SupportCheck(NoEncoder())(premise, claim)


@pytest.mark.parametrize(
    ("premise", "claim"),
    [
        (TREATY, "The treaty was signed in Moscow on 16 March 1921."),
        (TREATY, "The treaty was signed in Moscow on March 16, 1921."),
        (TREATY, "Antlaşma 16.03.1921'de Moskova'da imzalandı."),
        (RIFLES, "Orduya 12 bin tüfek gönderildi."),
        (RIFLES, "12,000 rifles were sent to the army."),
        ("Çiçerin mektubu yanıtladı.", "Chicherin answered the letter."),
    ],
)
def test_the_same_in_other_words_or_in_english_is_supported(check, premise, claim):
    assert check.objection(premise, claim) is None


@pytest.mark.parametrize(
    ("premise", "claim", "objection"),
    [
        (TREATY, "The treaty was signed in Moscow on 16 March 1922.", "number"),
        (TREATY, "The treaty was signed in Kars on 16 March 1921.", "name"),
        (TREATY, "The treaty was not signed in Moscow on 16 March 1921.", "negation"),
        (TREATY, "Antlaşma Moskova'da 16 Mart 1921'de imzalanmadı.", "negation"),
        (f"{TREATY}\n18 Nisan 1921'de onaylandı.", "Antlaşma 18 Mart 1921'de imzalandı.", "date"),
        (RIFLES, "Orduya 12 tüfek gönderildi.", "number"),
        (RIFLES, "12 rifles were sent to the army.", "number"),
        ("Gönderilen tüfek 12.000", "Gönderilen tüfek 12", "number"),
        ("Çiçerin mektubu yanıtladı.", "Karakhan answered the letter.", "name"),
        (RELUCTANT, f"The article states, in Turkish: “{GLADLY}”", "quotation"),
        (
            "Gürün'e göre Türkiye bu yüzden Ruslara yaklaştı.",
            "Türkiye bu yüzden Ruslara yaklaştı ve onlara güvendi.",
            "attribution",
        ),
        (
            "Ermeniler Kars'ı, Gürcüler Ahıska'yı aldı.",
            "Gürcüler Kars'ı, Ermeniler Ahıska'yı aldı.",
            "order",
        ),
        (
            "Sovyet Hükümeti 3 Mayıs 1922'de 3,5 milyon rubleyi Türkiye Hükümetine teslim etmiştir.",
            "Sovyet Hükümeti 3 Mayıs 1922'de Türkiye'ye 3,5 milyon ruble ile birlikte makineli tüfekler "
            "teslim etmiştir.",
            "addition",
        ),
        (TREATY, "Heyet denizyolunu seçmişti.", "dissimilar"),
        (TREATY, "", "words"),
        ("", TREATY, "words"),
    ],
)  # fmt: skip
def test_what_the_premise_does_not_say_is_objected_to(check, premise, claim, objection):
    assert check.objection(premise, claim) == objection
    assert not check(premise, claim)


def test_a_prevention_may_say_what_a_negation_says(check):
    premise = "Koşullar Bolşeviklerin bölgeye müdahale etmesini engellemiştir."
    assert check(premise, "Koşullar Bolşeviklerin bölgeye müdahale etmesine izin vermemiştir.")


# The claims


@pytest.mark.parametrize(("path", "least"), [(DEVELOPMENT, 80), (JUDGED, 100)], ids=["development", "judged"])
def test_the_claims_are_of_every_kind_and_about_half_of_them_supported(path, least):
    claims = read_judged(path)
    assert len(claims) >= least
    assert len({claim.id for claim in claims}) == len({c.claim + c.premise for c in claims}) == len(claims)
    assert 0.4 <= sum(claim.supported for claim in claims) / len(claims) <= 0.6
    assert 0.4 <= sum(claim.language == "en" for claim in claims) / len(claims) <= 0.67
    assert len({claim.relation for claim in claims}) == 10
    assert [c.id for c in claims if c.supported != (c.relation in MADE_FAITHFULLY)] == []
    assert [c.id for c in claims if not c.why.strip()] == []


@pytest.mark.parametrize("path", [DEVELOPMENT, JUDGED], ids=["development", "judged"])
def test_every_premise_stands_in_its_article(path, articles):
    sentences = {
        name: {sentence.text for sentence in article.sentences} for name, article in articles.items()
    }
    wrong = [
        claim.id
        for claim in read_judged(path)
        if not set(claim.premise.split("\n")) <= sentences[claim.article]
    ]
    assert wrong == []


def test_the_judged_claims_come_from_other_articles_than_those_tuned_on():
    tuned, judged = ({claim.article for claim in read_judged(path)} for path in (DEVELOPMENT, JUDGED))
    assert tuned and judged
    assert tuned & judged == set()


@pytest.mark.parametrize(
    "line", ["{", '{"id": "x"}', '"text"', ""], ids=["no JSON", "keys missing", "no object", "empty"]
)
def test_a_line_that_is_no_judged_claim_is_named(tmp_path, line):
    path = tmp_path / "claims.jsonl"
    first = JUDGED.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(f"{first}\n{line}\n", encoding="utf-8")
    with pytest.raises(DipnotError, match=r"claims\.jsonl, line 2"):
        read_judged(path)


# The agreement


def test_kappa_is_the_agreement_beyond_chance():
    # Ten claims: both yes 4, both no 3, only the first yes 2, only the second yes 1. Observed 7/10; the first
    # says yes to 6, the second to 5, so chance agrees in 0.6·0.5 + 0.4·0.5 = 0.5; (0.7 − 0.5) / (1 − 0.5).
    first = [True] * 4 + [False] * 3 + [True] * 2 + [False]
    second = [True] * 4 + [False] * 3 + [False] * 2 + [True]
    assert cohen_kappa(first, second) == pytest.approx(0.4)
    assert cohen_kappa(second, first) == pytest.approx(0.4)
    assert cohen_kappa(first, first) == 1
    assert cohen_kappa([True, False], [False, True]) == -1


def test_kappa_of_judges_who_always_say_the_same_is_undefined():
    assert isnan(cohen_kappa([True, True], [True, True]))


def test_agreement_counts_what_check_and_reader_say(tmp_path):
    rows = [
        ("verbatim", True),
        ("partial", False),
        ("partial", False),
        ("translated", True),
        ("negated", False),
    ]
    path = tmp_path / "claims.jsonl"
    keys = {"premise": "p", "article": "000", "language": "tr", "why": "w"}
    lines = [
        json.dumps({"id": str(n), "claim": str(n), "relation": relation, "supported": supported, **keys})
        for n, (relation, supported) in enumerate(rows)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    # Says yes to claims 0, 1 and 2: right of 0 and 4, wrong of 1, 2 and 3.
    result = agreement(lambda premise, claim: claim in "012", path)
    assert result.n == result.accuracy.n == 5
    assert result.accuracy.value == pytest.approx(2 / 5)
    assert result.precision == pytest.approx(1 / 3)
    assert result.recall == pytest.approx(1 / 2)
    assert result.by_relation == {
        "verbatim": (1, 1),
        "partial": (2, 0),
        "translated": (1, 0),
        "negated": (1, 1),
    }


def test_the_table_says_which_file_was_tuned_on():
    result = agreement(lambda premise, claim: True, JUDGED)
    lines = table({DEVELOPMENT: result, JUDGED: result}).splitlines()
    assert lines[2].startswith("| development.jsonl | thresholds chosen on it | 100 | 0.50 (0.")
    assert lines[3].startswith("| judged.jsonl | no threshold chosen on it | 100 | 0.50 (0.")
    assert "| verbatim | 10 of 10 | 10 of 10 |" in lines


@pytest.mark.slow
def test_the_published_agreement_on_judged_claims_does_not_fall(check):
    result = agreement(check, JUDGED)
    assert result.accuracy.value >= LEAST_ACCURACY
    assert result.by_relation["verbatim"] == (10, 10)
