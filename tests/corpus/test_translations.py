"""The English side: the files beside the articles, and what each of their lines must be."""

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.catalogue import PACKAGED, read_catalogue
from corpus.errors import CorpusError
from corpus.translations import (
    Translation,
    english,
    key,
    lines,
    read_translations,
    stale,
    to_translate,
    translations_file,
    untranslated,
)

PAGE = PACKAGED.parent / "docs" / "translation.md"
IDS = [entry.id for entry in read_catalogue()]
SENTENCE = "Antlaşma 16 Mart 1921'de Moskova'da imzalandı."
ENGLISH = "The treaty was signed in Moscow on 16 March 1921."


def translation(tr: str = SENTENCE, en: str = ENGLISH) -> Translation:
    return Translation(tr, key(tr), en, "machine", False)


def row(**changes: object) -> str:
    return json.dumps(
        {"tr": SENTENCE, "sha": key(SENTENCE), "en": ENGLISH, "by": "machine", "reviewed": False} | changes
    )


def drawn(each: int = 8, seed: int = 1921) -> list[tuple[str, int, Translation]]:
    """Lines drawn at random, as many of each article: its id, the line of the file, the translation."""
    chance = random.Random(seed)
    found = []
    for name in IDS:
        kept = list(read_translations(translations_file(PACKAGED, name)).values())
        found += [(name, n + 1, kept[n]) for n in sorted(chance.sample(range(len(kept)), each))]
    return found


# The five articles


@pytest.mark.parametrize("name", IDS)
def test_every_heading_and_sentence_has_its_english_in_reading_order_and_no_line_is_stale(by_id, name):
    found = read_translations(translations_file(PACKAGED, name))
    assert untranslated(by_id[name], found) == []
    assert stale(by_id[name], found) == []
    assert list(found) == [key(text) for text in to_translate(by_id[name])]


@pytest.mark.parametrize("name", IDS)
def test_the_article_carries_the_english_of_its_turkish_alone(by_id, name):
    article = by_id[name]
    language = {block.id: block.language for block in article.blocks}
    assert {bool(s.translation) for s in article.sentences if language[s.block] == "tr"} == {True}
    assert {bool(s.translation) for s in article.sentences if language[s.block] == "en"} <= {False}
    headings = [block for block in article.blocks if block.kind == "heading"]
    assert [b.id for b in headings if bool(b.translation) != (b.language == "tr")] == []


def test_what_nobody_has_read_does_not_say_that_it_was_reviewed():
    kept = [each for name in IDS for each in read_translations(translations_file(PACKAGED, name)).values()]
    assert {each.by for each in kept} == {"machine"}
    assert {each.reviewed for each in kept} == {False}


def test_the_page_shows_the_pairs_that_were_drawn_as_they_are_or_as_they_were_before_a_mend():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| \d+ \|", line)
    ]
    assert [(where, turkish) for _, where, turkish, *_ in rows] == [
        (f"{name}, {line}", each.tr) for name, line, each in drawn()
    ]
    for (_, _, _, shown, verdict), (_, _, each) in zip(rows, drawn(), strict=True):
        if verdict == "right":
            assert shown == each.en
        else:
            assert re.match(r"(small fault|wrong): .+ Mended: “", verdict)
            assert f"“{each.en}”" in verdict


# Finding a sentence


def test_a_key_does_not_depend_on_case_circumflex_or_the_form_of_letters():
    assert re.fullmatch("[0-9a-f]{16}", key(SENTENCE))
    assert key("MÎSÂK-I MİLLÎ’NİN IŞIĞI") == key("misak-ı milli'nin ışığı")
    assert key("Çiçerin") == key("C\u0327ic\u0327erin")
    assert len({key(word) for word in ("Kars", "Karş", "Kar s", "Kars.")}) == 4


def test_a_sentence_without_translation_has_no_english():
    found = {key(SENTENCE): translation()}
    assert english(SENTENCE, found) == english(SENTENCE.replace("'", "’"), found) == ENGLISH
    assert english("Başka bir cümle.", found) == ""


def test_a_sentence_that_has_changed_is_untranslated_and_its_line_stale(by_id):
    article = by_id["004"]
    found = read_translations(translations_file(PACKAGED, "004"))
    first = next(iter(found.values()))
    changed = translation(first.tr + " Değişti.", first.en)
    found = {changed.sha: changed, **{sha: each for sha, each in found.items() if sha != first.sha}}
    assert untranslated(article, found) == [first.tr]
    assert stale(article, found) == [changed]


def test_english_text_is_not_to_be_translated(by_id):
    wanted = set(to_translate(by_id["002"]))
    abstract = [s.text for s in by_id["002"].sentences if by_id["002"].block_by_id[s.block].language == "en"]
    assert abstract
    assert wanted.isdisjoint(abstract)


# Reading the file


def test_where_there_is_no_file_there_are_no_translations(tmp_path):
    assert read_translations(tmp_path / "000.en.jsonl") == {}
    (tmp_path / "000.en.jsonl").touch()
    assert read_translations(tmp_path / "000.en.jsonl") == {}


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=5))
def test_whatever_is_written_is_read_again(tmp_path_factory, pairs):
    kept = {
        each.sha: each
        for each in (translation(tr, en) for tr, en in pairs if tr.strip() and en.strip())
        if not any("\ud800" <= char <= "\udfff" for char in each.tr + each.en)
    }
    path = tmp_path_factory.mktemp("written") / "x.en.jsonl"
    path.write_text(lines(kept.values()), encoding="utf-8")
    assert read_translations(path) == kept


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        ('"text"', "has the keys tr, sha, en, by, reviewed"),
        (json.dumps({"tr": SENTENCE, "en": ENGLISH}), "has the keys"),
        (row(note="x"), "has the keys"),
        (row(en=" "), "none is empty"),
        (row(en=None), "tr, sha and en are texts"),
        (row(by="model"), "by is machine or human"),
        (row(reviewed="no"), "reviewed is true or false"),
        (row(tr=SENTENCE + "x"), f"it would be {key(SENTENCE + 'x')}"),
        (lines([translation("İlk.", "First.")]).strip(), "was there before"),
    ],
)
def test_a_line_that_is_no_translation_is_named_with_its_number(tmp_path: Path, line: str, complaint: str):
    path = tmp_path / "004.en.jsonl"
    path.write_text(lines([translation("İlk.", "First.")]) + line + "\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"^004\.en\.jsonl, line 2: ") as raised:
        read_translations(path)
    assert complaint in str(raised.value)


def test_a_line_that_is_not_utf_8_is_named_with_its_number(tmp_path):
    path = tmp_path / "004.en.jsonl"
    path.write_bytes(lines([translation()]).encode() + "“şu”".encode("cp1254"))
    with pytest.raises(CorpusError, match=r"004\.en\.jsonl, line 2: the line is not UTF-8"):
        read_translations(path)
