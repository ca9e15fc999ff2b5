"""The register of questions: the files beside the articles, and what each of their lines must be."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.facts import read_numbers
from corpus.article import RegisteredQuestion
from corpus.catalogue import PACKAGED, read_catalogue
from corpus.errors import CorpusError
from corpus.plain import plain_article
from corpus.questions import Entry, read_register, register_file, registered, write_line
from corpus.text import skeleton, words
from corpus.translations import key

IDS = [entry.id for entry in read_catalogue()]
SENTENCE = "Antlaşma 16 Mart 1921'de Moskova'da imzalandı."
ENTRY = Entry("Antlaşma nerede imzalandı?", "Where was the treaty signed?", (key(SENTENCE),), "machine")


def row(**changes: object) -> str:
    return json.dumps(json.loads(write_line(ENTRY)) | changes)


def register(name: str) -> tuple[Entry, ...]:
    return read_register(register_file(PACKAGED, name))


def folded(text: str) -> str:
    return " ".join(skeleton(text[start:end]) for start, end in words(text))


# The five articles


@pytest.mark.parametrize("name", IDS)
def test_no_question_is_stale(by_id, name):
    held = {key(sentence.text) for sentence in by_id[name].sentences}
    stale = [n for n, entry in enumerate(register(name), 1) if not held.issuperset(entry.answered_by)]
    assert stale == []


@pytest.mark.parametrize("name", IDS)
def test_the_article_carries_its_register(by_id, name):
    article, entries = by_id[name], register(name)
    assert [(q.tr, q.en) for q in article.questions] == [(entry.tr, entry.en) for entry in entries]
    for question, entry in zip(article.questions, entries, strict=True):
        answers = {key(article.sentence_by_id[one].text) for one in question.sentences}
        assert answers == set(entry.answered_by)


@pytest.mark.parametrize("name", IDS)
def test_there_are_questions_for_nearly_every_sentence(by_id, name):
    article = by_id[name]
    answering = {one for question in article.questions for one in question.sentences}
    assert len(article.questions) > len(article.sentences)
    # The rest are headings of lists, references and the like.
    assert len(answering) > 0.8 * len(article.sentences)


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("name", IDS)
def test_no_question_is_asked_twice_of_the_same_sentence(by_id, name, language):
    """The same words may ask for what two places say, each with an answer of its own."""
    asked = Counter(
        (folded(question.text(language)), sentence)
        for question in by_id[name].questions
        for sentence in question.sentences
    )
    assert [both for both, times in asked.items() if times > 1] == []


@pytest.mark.parametrize("name", IDS)
def test_a_question_is_one_line_that_asks(name):
    for entry in register(name):
        for text in (entry.tr, entry.en):
            assert text.endswith("?")
            assert text == " ".join(text.split())
        assert len(set(entry.answered_by)) == len(entry.answered_by)


@pytest.mark.parametrize("name", IDS)
def test_both_languages_hold_the_same_numbers(name):
    """What one has in digits, the other has in digits or in words ("Article 2", "ikinci madde")."""
    unlike = []
    for number, entry in enumerate(register(name), 1):
        turkish, english = read_numbers(entry.tr, "tr"), read_numbers(entry.en, "en")
        for one, other in ((turkish, english), (english, turkish)):
            if not {n.value for n in one if n.in_digits} <= {n.value for n in other}:
                unlike.append((number, entry.tr, entry.en))
    assert unlike == []


# Which sentences answer


def sentences(*texts: str):
    return plain_article("x", "tr", texts).sentences


def test_a_question_is_answered_by_the_sentences_whose_keys_it_names():
    first, second, third = own = sentences("Heyet geldi.", SENTENCE, "Heyet döndü.")
    entry = Entry("Ne oldu?", "What happened?", (key(third.text), key(second.text)), "human")
    assert registered([entry], own) == (
        RegisteredQuestion("Ne oldu?", "What happened?", (third.id, second.id)),
    )
    assert first.id not in registered([entry], own)[0].sentences


def test_a_sentence_that_stands_twice_answers_at_both_places():
    first, _, last = own = sentences(SENTENCE, "Heyet döndü.", SENTENCE.replace("'", "’"))
    (question,) = registered([ENTRY], own)
    assert question.sentences == (first.id, last.id)


def test_a_question_with_a_sentence_that_has_changed_is_left_out():
    own = sentences(SENTENCE, "Heyet döndü.")
    stale = Entry("Kim döndü?", "Who went back?", (key(SENTENCE), key("Heyet geri döndü.")), "machine")
    assert [question.tr for question in registered([stale, ENTRY], own)] == [ENTRY.tr]
    assert registered([stale, ENTRY], sentences("Heyet geri döndü.")) == ()


def test_a_question_is_given_in_the_language_asked_for():
    (question,) = registered([ENTRY], sentences(SENTENCE))
    assert (question.text("tr"), question.text("en")) == (ENTRY.tr, ENTRY.en)


# Reading the file


def test_where_there_is_no_file_there_are_no_questions(tmp_path):
    assert read_register(tmp_path / "000.jsonl") == ()
    (tmp_path / "000.jsonl").touch()
    assert read_register(tmp_path / "000.jsonl") == ()


def test_the_register_of_an_article_lies_beside_it(tmp_path):
    assert register_file(tmp_path, "004") == tmp_path / "questions" / "004.jsonl"


texts = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)


@given(
    st.lists(
        st.builds(
            Entry, texts, texts, st.lists(texts, min_size=1).map(tuple), st.sampled_from(["machine", "human"])
        )
    )
)
def test_whatever_is_written_is_read_again(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("written") / "x.jsonl"
    path.write_text("".join(write_line(entry) + "\n" for entry in entries), encoding="utf-8")
    assert read_register(path) == tuple(entries)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        ('"text"', "has the keys tr, en, answered_by, by"),
        ("[]", "has the keys"),
        (json.dumps({"tr": ENTRY.tr, "en": ENTRY.en, "by": "machine"}), "has the keys"),
        (row(note="x"), "has the keys"),
        (row(tr=" "), "none is empty"),
        (row(en=""), "none is empty"),
        (row(en=None), "tr and en are texts"),
        (row(tr=["Ne?"]), "tr and en are texts"),
        (row(answered_by=[]), "one or more keys of sentences"),
        (row(answered_by=key(SENTENCE)), "answered_by is a list"),
        (row(answered_by=[key(SENTENCE), 4]), "answered_by is a list"),
        (row(by="model"), "by is machine or human"),
        (row(by=None), "by is machine or human"),
    ],
)
def test_a_line_that_is_no_question_is_named_with_its_number(tmp_path: Path, line: str, complaint: str):
    path = tmp_path / "004.jsonl"
    path.write_text(f"{write_line(ENTRY)}\n{line}\n{write_line(ENTRY)}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"^004\.jsonl, line 2: ") as raised:
        read_register(path)
    assert complaint in str(raised.value)


def test_a_line_that_is_not_utf_8_is_named_with_its_number(tmp_path):
    path = tmp_path / "004.jsonl"
    path.write_bytes(write_line(ENTRY).encode() + b"\n" + "“şu”".encode("cp1254"))
    with pytest.raises(CorpusError, match=r"^004\.jsonl, line 2: the line is not UTF-8\.$"):
        read_register(path)
