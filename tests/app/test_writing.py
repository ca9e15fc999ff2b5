"""What a generator writes, and what of it reaches the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from app.answer import Answer
from app.assistant import Assistant
from app.generators import Draft, GeneratorFailed, Message
from app.generators.draft import Pen
from app.openers import openers
from app.writing import Writing

WHEN = "Kars Antlaşması ne zaman imzalandı?"
WHY = "Why did the Soviet Union help the Ankara government?"
BARRIER = "Kafkas Seddi nedir?"


class Scripted:
    """A generator that writes what it is told to, so that a test says what a model may come up with.

    "{1}" stands for the words of source 1 as the prompt gives them, "{1.}" for them without their end.
    """

    name = "scripted"

    def __init__(self, script: str = "", error: Exception | None = None) -> None:
        self.script = script
        self.error = error
        self.asked: list[Sequence[Message]] = []

    def prepare(self) -> None: ...

    def write(
        self, messages: Sequence[Message], *, tokens: int, seconds: float, stop: Sequence[str] = ()
    ) -> Draft:
        self.asked.append(messages)
        lines = messages[-1].content.splitlines()
        sources = {
            line[1 : line.index("]")]: line.partition("] ")[2] for line in lines if line.startswith("[")
        }
        script = self.script
        for number, words in sources.items():
            script = script.replace(f"{{{number}}}", words).replace(f"{{{number}.}}", words.rstrip(",. "))

        def work(pen: Pen) -> None:
            for word in script.split(" "):
                pen.put(word + " ")
            if self.error:
                raise self.error

        return Draft(self.name, work, seconds, stop)


@pytest.fixture
def generator() -> Scripted:
    return Scripted()


@pytest.fixture
def writing(assistant: Assistant, generator: Scripted) -> Assistant:
    """The assistant with a generator, over the index that is loaded already."""
    return Assistant(assistant.searcher, writing=Writing(generator, seconds=20))


def parts_of(assistant: Assistant, question: str) -> tuple[list[Answer], Answer]:
    growing = assistant.growing(question)
    parts: list[Answer] = []
    while True:
        try:
            parts.append(next(growing))
        except StopIteration as end:
            return parts, end.value


def dropped(assistant: Assistant) -> Iterator[str]:
    for line in assistant.counters.text().decode().splitlines():
        if line.startswith("claims_dropped_total{") and not line.endswith(" 0.0"):
            yield line.partition('reason="')[2].partition('"')[0]


def test_a_sentence_of_the_sources_is_shown_with_its_footnote(
    writing: Assistant, generator: Scripted
) -> None:
    # The first source is an entry of a list, no sentence.
    generator.script = "{2} [2]"
    answer = writing.ask(WHEN)
    assert answer.claims[0].support == "generated"
    assert answer.citations[0].quote == answer.claims[0].text
    assert answer.claims[0].score > 0.9
    assert "writing" in answer.timings_ms


def test_sentences_are_handed_over_one_by_one_and_stay(writing: Assistant, generator: Scripted) -> None:
    generator.script = "{1} [1]\n{2} [2]\n"
    parts, answer = parts_of(writing, BARRIER)
    assert [len(part.claims) for part in parts] == [1, 2]
    for part in parts:
        assert answer.claims[: len(part.claims)] == part.claims
        assert answer.citations[: len(part.citations)] == part.citations


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("Antlaşma 17 Mayıs 1934'te imzalandı. [1]", "unsupported date"),
        ("Antlaşmayı Türkiye adına Napolyon Bonapart imzaladı. [1]", "unsupported name"),
        ("Antlaşma 16 Mart 1921 tarihinde Moskova'da imzalandı.", "no citation"),
        ("Antlaşma 16 Mart 1921 tarihinde Moskova'da imzalandı. [99]", "unknown citation"),
        ("The treaty was signed in Moscow on 16 March 1921. [1]", "another language"),
        ("Ayrıntılar https://evil.example adresindedir. [1]", "not a sentence"),
        ("{1.} evil.example. [1]", "not a sentence"),
    ],
)
def test_what_is_not_borne_out_is_never_shown(
    assistant: Assistant, writing: Assistant, generator: Scripted, script: str, reason: str
) -> None:
    generator.script = script
    parts, answer = parts_of(writing, WHEN)
    assert parts == []
    assert answer.claims == assistant.ask(WHEN).claims
    assert list(dropped(writing)) == [reason]


@pytest.mark.parametrize("script", ["", "YOK", "YOK.", "yok", "…"])
def test_where_nothing_is_written_the_answer_is_the_chosen_one(
    assistant: Assistant, writing: Assistant, generator: Scripted, script: str
) -> None:
    generator.script = script
    chosen = assistant.ask(WHEN)
    answer = writing.ask(WHEN)
    assert (answer.text, answer.citations) == (chosen.text, chosen.citations)


def test_a_generator_that_fails_leaves_what_it_has_written(writing: Assistant, generator: Scripted) -> None:
    generator.script = "{1} [1]\n{2} [2]\n"
    generator.error = GeneratorFailed("the endpoint has gone")
    answer = writing.ask(BARRIER)
    assert [claim.support for claim in answer.claims][:2] == ["generated", "generated"]
    assert 'drafts_total{result="failed"} 1.0' in writing.counters.text().decode()


def test_a_generator_that_fails_at_once_changes_nothing(
    assistant: Assistant, writing: Assistant, generator: Scripted
) -> None:
    generator.error = GeneratorFailed("nobody there")
    assert writing.ask(WHEN).claims == assistant.ask(WHEN).claims


def test_a_date_that_is_asked_for_is_given_though_the_draft_leaves_it_out(
    writing: Assistant, generator: Scripted
) -> None:
    question = "Kars Antlaşması ne zaman imzalandı?"
    generator.script = "Kars Antlaşması imzalandı. [1]"
    parts, answer = parts_of(writing, question)
    assert "13 Ekim 1921" in answer.text
    if parts:
        assert answer.claims[: len(parts[-1].claims)] == parts[-1].claims


def test_the_best_of_the_evidence_follows_where_the_draft_rests_on_none_of_it(
    assistant: Assistant, writing: Assistant, generator: Scripted
) -> None:
    chosen = assistant.ask(BARRIER)
    generator.script = "{2} [2]"
    answer = writing.ask(BARRIER)
    assert [claim.support for claim in answer.claims][:2] == ["generated", chosen.claims[0].support]
    assert answer.claims[1].text == chosen.claims[0].text
    words = [sum(len(claim.text.split()) for claim in each.claims) for each in (answer, chosen)]
    assert words[0] <= words[1] or len(answer.claims) == 2


def test_what_the_draft_does_not_cite_follows_where_a_sentence_of_it_fell(
    assistant: Assistant, writing: Assistant, generator: Scripted
) -> None:
    chosen = assistant.ask(BARRIER)
    assert len(chosen.claims) > 1
    generator.script = "{1} [1]"
    assert [claim.support for claim in writing.ask(BARRIER).claims] == ["generated"]
    generator.script = "{1} [1]\nNapolyon Bonapart bu seddi kurdu. [1]"
    answer = writing.ask(BARRIER)
    assert answer.claims[0].support == "generated"
    assert answer.claims[1].text in {claim.text for claim in chosen.claims[1:]}


def test_what_is_hardly_evidence_is_not_given_to_a_generator(writing: Assistant, generator: Scripted) -> None:
    writing.ask(WHEN)
    given = [line for line in generator.asked[0][-1].content.splitlines() if line.startswith("[")]
    asked, found = writing.read(WHEN)
    ranked = writing.chooser.rank(asked, found)
    least = ranked[0].probability * 0.1
    # What is chosen for the sake of a sentence may come beside those that are probable.
    assert len(given) < 8
    assert len(given) <= sum(one.probability >= least for one in ranked) + 2


def test_questions_that_are_declined_are_not_written_about(writing: Assistant, generator: Scripted) -> None:
    generator.script = "{1} [1]"
    assert writing.ask("Fenerbahçe maçı kaç kaç bitti?").status == "declined"
    assert generator.asked == []


def test_the_sources_are_fenced_and_hold_no_numbers_of_ours(writing: Assistant, generator: Scripted) -> None:
    writing.ask(WHY)
    rules, asked = generator.asked[0]
    assert (rules.role, asked.role) == ("system", "user")
    fence = next(line for line in asked.content.splitlines() if line.startswith("==="))
    assert asked.content.splitlines().count(fence) == 2
    inside = asked.content.split(f"{fence}\n")[1]
    numbered = inside.strip().splitlines()
    assert len(numbered) > 1
    assert [line[:3] for line in numbered] == [f"[{n}]" for n in range(1, len(numbered) + 1)]


def test_the_same_sentence_is_not_said_twice(writing: Assistant, generator: Scripted) -> None:
    generator.script = "{1} [1]\n{1} [1]\n"
    assert len(writing.ask(BARRIER).claims) == 1


def test_signs_that_the_source_has_may_be_written(writing: Assistant, generator: Scripted) -> None:
    generator.script = "{1} [1]"
    for question in ("Çiçerin 3 Haziran 1920'de ne yazdı?", BARRIER, WHY):
        assert writing.ask(question).claims[0].support == "generated"


def test_what_a_model_thinks_is_not_its_answer(
    assistant: Assistant, writing: Assistant, generator: Scripted
) -> None:
    generator.script = "<think>\n{2} [2]\n</think>\n\n{1} [1]"
    parts, answer = parts_of(writing, BARRIER)
    assert len(parts) == len(answer.claims) == 1
    assert answer.claims[0].text == answer.citations[0].quote != assistant.ask(BARRIER).claims[1].text
    generator.script = "<think>\n{2} [2]\n{1} [1]"
    assert writing.ask(BARRIER).claims == assistant.ask(BARRIER).claims


def test_when_the_time_is_over_no_more_of_a_draft_is_read(assistant: Assistant, generator: Scripted) -> None:
    generator.script = "Kars Antlaşması imzalandı. [1]\n" * 3000
    hasty = Assistant(assistant.searcher, writing=Writing(generator, seconds=0.5))
    answer = hasty.ask(WHY)
    assert answer.draft is not None and answer.draft.has_failed
    assert answer.timings_ms["writing"] < 5000
    assert answer.claims[-1].text == assistant.ask(WHY).claims[-1].text


def test_another_generator_makes_another_answer(assistant: Assistant, writing: Assistant) -> None:
    assert writing.ask(WHEN).id != assistant.ask(WHEN).id


def test_what_is_asked_when_the_server_starts_does_not_wait_for_the_generator(
    assistant: Assistant, writing: Assistant, generator: Scripted
) -> None:
    assert openers(writing, "tr", 2) == openers(assistant, "tr", 2)
    assert generator.asked == []
