"""How the sentences of an answer are told to be supported: those of a language model apart."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from app.answer import Answer, Citation, Drafted
from app.footnoted import footnoted
from app.plain import plain_text
from app.support import kind_of, kind_of_source, nearness, told_of_writing
from app.texts import LANGUAGES, text
from app.turns import Turn, answer_html, conversation_html
from tests.drafted import DRAFT


def cited(n: int) -> Citation:
    return Citation(
        n=n, article="x", title="Şehir", file="x.txt", span=(0, 5), spans=[(0, 5)], page=1, lines=(1, 1),
        section="", kind="paragraph", language="tr", quote="Sözler.", url="/articles/x#c0-5",
    )  # fmt: skip


def answer(
    *claims: tuple[str, str, float, int], draft: Drafted | None = DRAFT, language: str = "en"
) -> Answer:
    return Answer.model_validate(
        {
            "id": "a",
            "question": "?",
            "language": language,
            "status": "answered",
            "text": " ".join(f"{words} [{n}]" for words, _, _, n in claims),
            "claims": [
                {"text": words, "support": support, "score": score, "citations": [n]}
                for words, support, score, n in claims
            ],
            "citations": [cited(n).model_dump() for n in sorted({n for *_, n in claims})],
            "draft": draft and draft.model_dump(),
        }
    )


WRITTEN = ("By a model.", "generated", 0.934, 1)
ENDED = ("As it stands.", "verbatim", 0.9, 2)
OWN = ("The sources differ here.", "generated", 1.0, 1)


@pytest.mark.parametrize(
    ("support", "draft", "kind"),
    [
        ("generated", DRAFT, "written"),
        ("generated", None, "generated"),
        ("verbatim", DRAFT, "verbatim"),
        ("translation", DRAFT, "translation"),
    ],
)
def test_a_sentence_is_a_model_s_where_there_is_a_draft(
    support: str, draft: Drafted | None, kind: str
) -> None:
    given = answer(("A.", support, 0.9, 1), draft=draft)
    assert kind_of(given, given.claims[0]) == kind
    assert kind_of_source(given, given.citations[0]) == kind
    assert kind_of_source(given, cited(7)) is None


def test_nearness_is_written_as_each_language_writes_it() -> None:
    two = answer(WRITTEN, ("More.", "generated", 0.9, 1), ENDED)
    assert nearness(two, "en") == text("en", "support.nearness", scores="0.93; 0.90")
    assert nearness(two, "tr") == text("tr", "support.nearness", scores="0,93; 0,90")
    assert nearness(answer(ENDED), "en") == ""


def test_it_is_told_which_sentences_a_model_wrote() -> None:
    said = text("en", "support.written")
    assert told_of_writing(answer(WRITTEN), "en").startswith(f"{said}. Nearness")
    assert told_of_writing(answer(WRITTEN, ENDED), "en").startswith(f"{said} (sentence 1). Nearness")
    assert told_of_writing(answer(ENDED), "en") == ""
    assert told_of_writing(answer(OWN, draft=None), "en") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_of_an_answer_tells_it_once(language: str) -> None:
    given = answer(WRITTEN, ENDED, language=language)
    told = told_of_writing(given, language)
    for shown in (plain_text(given), footnoted(given, "https://x.example").text):
        assert shown.count(told) == 1
    plain = answer(ENDED, OWN, draft=None, language=language)
    for shown in (plain_text(plain), footnoted(plain, "").text):
        assert text(language, "support.written") not in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_conversation_marks_the_sentence_and_says_what_the_mark_means(language: str) -> None:
    words = text(language, "support.written")
    html = conversation_html((Turn("?", answer(WRITTEN, ENDED)),), language)
    assert html.count('<span class="claim written">') == 1
    assert html.count('<span class="claim verbatim">') == 1
    assert f'aria-label="{words}"' in html
    assert f"{words} (1)" in html
    assert nearness(answer(WRITTEN), language) in html


def test_what_dipnot_itself_says_of_the_sources_is_no_model_s() -> None:
    html = conversation_html((Turn("?", answer(OWN, draft=None)),), "en")
    assert '<span class="claim generated">' in html
    assert text("en", "support.generated") in html
    assert text("en", "support.written") not in html


def test_it_is_said_while_the_model_still_writes() -> None:
    html = conversation_html((Turn("?", answer(WRITTEN), is_partial=True),), "en")
    assert text("en", "support.written") in html
    assert "All sources" not in html


def test_a_sentence_of_a_model_is_followed_by_what_the_page_puts_there() -> None:
    html = answer_html(answer(WRITTEN, ENDED), 1, lambda _, citation: Markup(f"[{citation.n}]"), "✦")
    assert html == "By a model.[1]✦ As it stands.[2]"
