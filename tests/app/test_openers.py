"""The questions that are suggested before anything was asked."""

import pytest

from app.openers import openers


@pytest.mark.parametrize("language", ["tr", "en"])
def test_every_suggested_question_is_answered_in_its_language(assistant, language):
    suggested = openers(assistant, language, 6)
    assert len(set(suggested)) == 6
    cited = set()
    for question in suggested:
        answer = assistant.ask(question)
        assert (answer.status, answer.language) == ("answered", language)
        cited.add(answer.citations[0].article)
    assert cited == set(assistant.articles)


def test_no_more_are_suggested_than_asked_for(assistant):
    assert openers(assistant, "tr", 2) == openers(assistant, "tr", 6)[:2]
    assert openers(assistant, "tr", 0) == []
