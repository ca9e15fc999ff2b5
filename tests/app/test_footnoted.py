"""An answer as one text: marks in their place, footnotes below, and nothing that Markdown would fetch."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.answer import Answer, Citation, Claim
from app.assistant import Assistant
from app.footnoted import footnoted, inert

SITE = "https://dipnot.example.org"
HOSTILE = '![x](https://a.example/p.png) <img src="https://a.example/q.png"> [y](https://a.example) ![r][1]'


def cited(n: int, quote: str, title: str = "A title") -> Citation:
    return Citation(
        n=n,
        article="004",
        title=title,
        file="004.txt",
        span=(5, 9),
        spans=[(5, 9)],
        page=3,
        lines=(1, 2),
        section="",
        kind="paragraph",
        language="en",
        quote=quote,
        url="/articles/004#c5-9",
    )


def answered(*claims: Claim, quote: str = "Words.", title: str = "A title") -> Answer:
    numbers = sorted({n for claim in claims for n in claim.citations})
    return Answer(
        id="1",
        question="?",
        language="en",
        status="answered",
        text="",
        claims=list(claims),
        citations=[cited(n, quote, title) for n in numbers],
    )


def claim(text: str, *citations: int) -> Claim:
    return Claim(text=text, citations=list(citations), support="verbatim", score=1.0)


def loaded_by(markdown: str) -> set[str]:
    """The kinds of what a page made of the Markdown would hold beside words: pictures, links, elements."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    inside = [child for token in tokens for child in token.children or []]
    kinds = {"image", "link_open", "html_inline", "html_block"}
    return {token.type for token in [*tokens, *inside]} & kinds


def test_the_sentences_together_are_the_answer_s_text(assistant: Assistant) -> None:
    answer = assistant.ask("Batum Antlaşması'nı Türkiye adına kimler imzaladı?")
    assert answer.status == "answered"
    assert "".join(footnoted(answer, SITE).sentences) == answer.text


def test_every_mark_is_where_it_says_and_stands_for_its_article() -> None:
    told = footnoted(answered(claim("One.", 1, 2), claim("Two ![x](y).", 2)), SITE)
    assert [told.text[mark.start : mark.end] for mark in told.marks] == ["[1]", "[2]", "[2]"]
    assert {mark.url for mark in told.marks} == {f"{SITE}/articles/004#c5-9"}


def test_a_footnote_has_title_page_address_and_words() -> None:
    told = footnoted(answered(claim("One.", 1), quote="The\nwords."), SITE)
    assert told.text == f"One. [1]\n\n[1] A title, p. 3, {SITE}/articles/004#c5-9\n> The words."


def test_a_declined_answer_is_its_text_alone(assistant: Assistant) -> None:
    answer = assistant.ask("What is the capital of Australia?")
    told = footnoted(answer, SITE)
    assert (told.text, told.marks) == (answer.text, ())


def test_hostile_words_would_be_loaded_if_they_were_not_made_inert() -> None:
    assert loaded_by(HOSTILE) == {"image", "link_open", "html_inline"}


def test_nothing_that_articles_say_is_loaded_where_markdown_is_shown() -> None:
    told = footnoted(answered(claim(HOSTILE, 1), quote=f"<b>{HOSTILE}", title=f"<i>{HOSTILE}"), "")
    assert loaded_by(told.text) == set()


def test_no_quotation_leads_the_marks_elsewhere() -> None:
    told = footnoted(answered(claim("One.", 1), quote="[1]: https://a.example"), SITE)
    assert "https://a.example" in told.text
    assert loaded_by(told.text) == set()


@example("\\![a]\n\n[a]: /b")
@given(st.text(alphabet="![]()<>a/:= \\`*\n", max_size=40))
def test_no_words_make_a_picture_or_an_element(words: str) -> None:
    assert loaded_by(inert(words)) & {"image", "html_inline", "html_block"} == set()


def test_the_words_of_the_real_articles_stand_as_they_are(assistant: Assistant) -> None:
    blocks = [block.text for article in assistant.articles.values() for block in article.blocks]
    assert len(blocks) > 100
    assert [text for text in blocks if inert(text) != text] == []
