"""The turns of a conversation as HTML, on real answers."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from markupsafe import Markup, escape

from app.answer import Answer, Claim
from app.permalink import decode
from app.plain import plain_text
from app.turns import Turn, answer_html, conversation_html, partial_answers

WHEN = "Moskova Antlaşması ne zaman imzalandı?"
WHY = "Why did the Soviet Union help the Ankara government?"


@pytest.fixture(scope="module")
def when(assistant) -> Answer:
    return assistant.ask(WHEN)


@pytest.fixture(scope="module")
def why(assistant) -> Answer:
    answer = assistant.ask(WHY)
    assert len(answer.claims) > 1
    return answer


def test_an_answer_comes_sentence_by_sentence(why):
    parts = list(partial_answers(why))
    assert [len(part.claims) for part in parts] == list(range(1, len(why.claims)))
    for part in parts:
        assert part.claims == why.claims[: len(part.claims)]
        assert {citation.n for citation in part.citations} == {n for c in part.claims for n in c.citations}


def test_an_answer_of_one_sentence_comes_whole(why):
    assert list(partial_answers(why.model_copy(update={"claims": why.claims[:1]}))) == []


def test_a_turn_is_done_when_nothing_more_comes(why):
    assert not Turn(WHY).is_done
    assert not Turn(WHY, why, is_partial=True).is_done
    assert Turn(WHY, why).is_done
    assert Turn(WHY, error="error.failed").is_done


def test_what_can_be_done_with_an_answer_is_offered_only_when_it_is_whole(why):
    partly = conversation_html((Turn(WHY, why, is_partial=True),), "en", keeps_feedback=True)
    whole = conversation_html((Turn(WHY, why),), "en", keeps_feedback=True)
    for part in ('class="acts"', 'class="sources"', 'class="feedback"', 'class="exports"'):
        assert part not in partly
        assert part in whole
    assert 'aria-busy="true"' in partly
    assert 'aria-busy="false"' in whole


def test_feedback_is_asked_for_only_where_it_is_kept(why):
    assert "data-feedback" not in conversation_html((Turn(WHY, why),), "en")


def test_every_sentence_says_how_it_is_supported(when):
    html = conversation_html((Turn(WHEN, when),), "tr")
    assert html.count('class="claim ') == len(when.claims)
    for claim in when.claims:
        assert f'<span class="claim {claim.support}">' in html


def test_the_answer_is_escaped_and_bold_is_kept(when):
    claim = Claim(text="<b>x</b> **<i>1921** & son", citations=[1], support="verbatim", score=1.0)
    answer = when.model_copy(update={"claims": [claim], "citations": when.citations[:1]})
    html = answer_html(answer, 1, lambda turn, citation: Markup("[{}.{}]").format(turn, citation.n))
    assert html == "&lt;b&gt;x&lt;/b&gt; <strong>&lt;i&gt;1921</strong> &amp; son[1.1]"
    page = conversation_html((Turn("<script>", answer),), "tr")
    assert "<script>" not in page
    assert escape("<script>") in page


def test_the_links_of_a_conversation_name_its_answers(when, why):
    turns = (Turn(WHEN, when), Turn("?", error="error.failed"), Turn(WHY, why, history=(WHEN,)))
    html = conversation_html(turns, "en")
    links = {link.removeprefix("/a/") for link in re.findall(r'href="(/a/[\w-]+)', html)}
    assert {decode(link).question for link in links} == {WHEN, WHY}
    exports = [url.replace("&amp;", "&") for url in re.findall(r'href="(/export/[^"]+)', html)]
    assert [urlsplit(url).path for url in exports] == [
        f"/export/{ending}" for ending in ("md", "html", "docx", "pdf", "bib", "ris", "json")
    ]
    for url in exports:
        query = parse_qs(urlsplit(url).query)
        assert query["lang"] == ["en"]
        assert [decode(name).question for name in query["a"]] == [WHEN, WHY]
        assert decode(query["a"][1]).history == (WHEN,)


def test_a_conversation_without_an_answer_offers_no_file():
    assert 'class="exports"' not in conversation_html((Turn("?", error="error.failed"),), "tr")


def test_a_disagreement_stands_in_columns_one_for_each_side(when):
    citations = [citation.model_copy(update={"n": n}) for n, citation in enumerate(when.citations[:1] * 2, 1)]
    disagreement = {"about": "tarih: 1 / 2", "citations": [1, 2]}
    answer = Answer.model_validate({**when.model_dump(), "disagreement": disagreement}).model_copy(
        update={"citations": citations, "claims": when.claims[:1]}
    )
    html = conversation_html((Turn(WHEN, answer),), "tr")
    sides = html[html.index('class="sides"') :].partition("</section>")[0]
    assert sides.count("<figure>") == 2
    assert "tarih: 1 / 2" in html


def test_what_is_copied_is_what_stands_in_the_answer(when):
    copied = plain_text(when)
    assert "**" not in copied
    for citation in when.citations:
        assert f"[{citation.n}] {citation.title}" in copied
        assert citation.quote in copied


def test_only_the_last_question_can_be_asked_again(when):
    one = Turn(WHEN, when)
    html = conversation_html((one, replace(one)), "tr")
    assert html.count(" data-edit>") == 2
    assert html.count(" data-retry>") == 1
