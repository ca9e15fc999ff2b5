"""The check of the English side: what it must see, what it must leave alone, and how much it sees."""

import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.names import names
from app.translate.check import Check, Problem, check, common_words, differences
from corpus.article import Article
from corpus.catalogue import PACKAGED
from corpus.errors import CorpusError
from corpus.reading import read_corpus
from corpus.translations import Translation, key, read_translations, translations_file, write_line
from index.analyzer import analyze

PAGE = PACKAGED.parent / "docs" / "translation.md"
MONTHS = "January February March April May June July August September October November December".split()
SPOILT = 250


@pytest.fixture(scope="module")
def articles() -> tuple[Article, ...]:
    return read_corpus()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the translations that a test may spoil."""
    shutil.copytree(PACKAGED / "translations", tmp_path / "translations")
    return tmp_path


def spoil(folder: Path, line: int, change: dict[str, str]) -> None:
    """Replace texts in the English of one line of article 004."""
    path = translations_file(folder, "004")
    kept = list(read_translations(path).values())
    for old, new in change.items():
        assert old in kept[line - 1].en
        kept[line - 1] = Translation(**{**vars(kept[line - 1]), "en": kept[line - 1].en.replace(old, new)})
    path.write_text("".join(write_line(each) + "\n" for each in kept), encoding="utf-8")


# One pair


@pytest.mark.parametrize(
    ("turkish", "english"),
    [
        ("On birinci madde 16 Mart 1921'de yazıldı.", "The eleventh article was written on 16 March 1921."),
        ("3,5 milyon ruble ve onbin lira", "3.5 million roubles and ten thousand liras"),
        ("XI. Ordu 38.000 kişiydi.", "The XIth Army had 38,000 men."),
        ("Bunların ikisi 2. maddede geçer.", "Both of these occur in the second article."),
        ("Çiçerin, Habeşistan'ı Troçkinin sattığını yazdı.", "Chicherin wrote that Trotsky sold Abyssinia."),
        ("M. Kemal Paşa Sovyetlerin teklifini reddetti.", "Mustafa Kemal rejected the Soviets' proposal."),
        ("Bkz. S. Kılıç, Rusya'da Beş Gün, s. 7.", "See S. Kılıç, Rusya'da Beş Gün, p. 7."),
        ("Bir Türk Milleti vardır.", "There is one Turkish Nation."),
        ("1921 yılının Mart ayının 18. günü", "on the 18th day of March 1921"),
        ("terk olan arazi", "territories that are [Turkish]"),
    ],
)  # fmt: skip
def test_a_pair_that_says_the_same_is_left_alone(turkish, english):
    assert differences(turkish, english) == []


@pytest.mark.parametrize(
    ("turkish", "english", "named"),
    [
        ("12.000 tüfek", "12 rifles", {"number 12000: Turkish", "number 12: English"}),
        ("dört madde", "the articles", {"number 4: Turkish"}),
        ("2. madde", "the article", {"number 2: Turkish"}),
        ("1920'de ve 1920'den sonra", "in 1920 and afterwards", {"number 1920: Turkish"}),
        ("18 Mart'ta", "on 18 April", {"date 18.3: Turkish", "date 18.4: English"}),
        (
            "3 Mart ve 4 Nisan 1920",
            "3 April and 4 March 1920",
            {"date 3.3: Turkish", "date 4.4.1920: Turkish", "date 3.4: English", "date 4.3.1920: English"},
        ),
        ("Heyet Londra'dan döndü.", "The delegation returned.", {"name Londra: Turkish"}),
        ("Heyet geri döndü.", "The delegation left Moscow.", {"name Moscow: English"}),
        ("Bunu Karahan yazdı.", "Litvinov wrote this.", {"name Karahan: Turkish", "name Litvinov: English"}),
        ("Bunu Türk [Enver] yazdı.", "A Turk [of Kars] did.", {"name Enver: Turkish", "name Kars: English"}),
    ],
)
def test_what_only_one_side_says_is_named(turkish, english, named):
    found = {f"{kind} {what}" for kind, what in differences(turkish, english)}
    assert {each.replace(" is only in the ", ": ") for each in found} == named


def test_a_word_that_is_also_written_small_is_no_name():
    pair = ("Fuaye'de Rıza Nur konuştu.", "Rıza Nur spoke in the Vestibule.")
    assert [kind for kind, _ in differences(*pair)] == ["name", "name"]
    common = {"tr": common_words(["bir fuaye"], "tr"), "en": common_words(["a vestibule"], "en")}
    assert differences(*pair, common) == []


def test_a_word_that_lacks_its_capital_once_is_still_a_name():
    assert common_words(["Kars", "kars"], "tr") == {"kars"}
    assert common_words(["Kars"] * 20 + ["kars"], "tr") == set()


# A corpus


def test_the_translations_of_the_five_articles_are_complete_and_nothing_in_them_differs(articles):
    checks = check(articles, PACKAGED)
    assert [each.article for each in checks] == ["000", "001", "002", "003", "004"]
    assert [problem for each in checks for problem in each.problems] == []
    assert {each.coverage for each in checks} == {1.0}
    assert sum(each.sentences for each in checks) == 1285


def test_what_is_wrong_is_named_with_the_line_of_the_file(articles, folder):
    spoil(folder, 20, {"Mudros": "Lausanne"})
    spoil(folder, 23, {"16 March": "18 March", "Ottoman ": ""})
    (found,) = check(articles, folder, only="004")
    assert [str(problem) for problem in found.problems] == [
        "004.en.jsonl, line 20: name Mondros is only in the Turkish",
        "004.en.jsonl, line 20: name Lausanne is only in the English",
        "004.en.jsonl, line 23: number 16 is only in the Turkish",
        "004.en.jsonl, line 23: date 16.3.1920 is only in the Turkish",
        "004.en.jsonl, line 23: name Osmanlı is only in the Turkish",
        "004.en.jsonl, line 23: number 18 is only in the English",
        "004.en.jsonl, line 23: date 18.3.1920 is only in the English",
    ]


def test_missing_sentences_and_stale_lines_are_named(articles, folder):
    path = translations_file(folder, "004")
    kept = list(read_translations(path).values())
    stale = Translation("Böyle bir cümle yok.", key("Böyle bir cümle yok."), "No 7.", "human", True)
    path.write_text(
        "".join(write_line(each) + "\n" for each in [*kept[:1], stale, *kept[3:]]), encoding="utf-8"
    )
    (found,) = check(articles, folder, only="004")
    assert (found.translated, found.sentences) == (len(kept) - 2, len(kept))
    assert found.coverage == pytest.approx((len(kept) - 2) / len(kept))
    assert found.problems == (
        Problem("004.en.jsonl", None, "missing", f"no line for “{kept[1].tr[:89]}…”"),
        Problem("004.en.jsonl", None, "missing", f"no line for “{kept[2].tr[:89]}…”"),
        Problem("004.en.jsonl", 2, "stale", "the article does not hold “Böyle bir cümle yok.”"),
    )


def test_an_article_without_a_file_is_not_translated_at_all(articles, tmp_path):
    (found,) = check(articles, tmp_path, only="004")
    assert (found.translated, found.coverage, len(found.problems)) == (0, 0.0, found.sentences)
    assert str(found.problems[0]).startswith("004.en.jsonl: no line for “")


def test_nothing_to_translate_is_all_translated():
    assert Check("x", 0, 0, ()).coverage == 1.0


def test_a_line_that_cannot_be_read_is_named(articles, folder):
    path = translations_file(folder, "004")
    path.write_text(path.read_text(encoding="utf-8").replace('"by": "machine"', '"by": "me"', 1))
    with pytest.raises(CorpusError, match=r"004\.en\.jsonl, line 1: by is machine or human"):
        check(articles, folder)


# How much it sees


def spoilt(
    texts: list[str], proper: list[str], english: str, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """An English sentence made wrong in one way after another: the way, the sentence."""
    if numbers := list(re.finditer(r"\d+", english)):
        number = chance.choice(numbers)
        changed = str(int(number[0]) + chance.choice([-1, 1, 10]))
        yield "a number changed", english[: number.start()] + changed + english[number.end() :]
        yield "a number dropped", english[: number.start()] + english[number.end() :]
    if months := [month for month in MONTHS if re.search(rf"\b{month}\b", english)]:
        month = chance.choice(months)
        other = chance.choice([each for each in MONTHS if each != month])
        yield "a month changed", re.sub(rf"\b{month}\b", other, english, count=1)
    if own := [name for name in names(english, "en") if name in proper]:
        name = chance.choice(own)
        other = chance.choice([each for each in proper if each not in english])
        yield "a name changed", re.sub(rf"\b{name}\b", other, english)
        yield "a name dropped", re.sub(rf"\b{name}\b", "", english)
    yield "the second half dropped", english[: len(english) // 2]
    yield "another sentence", chance.choice(texts)


def power() -> str:
    """The table of docs/translation.md: how many spoilt lines are seen, by the way they are spoilt in."""
    pairs = [
        (each.tr, each.en)
        for path in sorted((PACKAGED / "translations").glob("*.jsonl"))
        for each in read_translations(path).values()
    ]
    texts = [en for _, en in pairs]
    common = {"tr": common_words([tr for tr, _ in pairs], "tr"), "en": common_words(texts, "en")}
    proper = sorted(
        {name for text in texts for name in names(text, "en") if not common["en"] & {*analyze(name, "en")}}
    )
    chance = random.Random(1921)
    seen, all_ = Counter[str](), Counter[str]()
    for turkish, english in chance.sample(pairs, SPOILT):
        for way, wrong in spoilt(texts, proper, english, chance):
            all_[way] += 1
            seen[way] += bool(differences(turkish, wrong, common))
    rows = [f"| {way} | {seen[way]} of {all_[way]} | {seen[way] / all_[way]:.0%} |" for way in sorted(all_)]
    return "\n".join(["| spoilt | seen | |", "|---|---:|---:|", *rows])


@pytest.mark.slow
def test_the_page_says_truly_how_much_is_seen():
    table = power()
    assert table in PAGE.read_text(encoding="utf-8")
    shares = {row.split("|")[1].strip(): int(row.split("|")[3].strip(" %")) for row in table.splitlines()[2:]}
    assert shares["a number changed"] >= 98
    assert shares["a name changed"] >= 90
