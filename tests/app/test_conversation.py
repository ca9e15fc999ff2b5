"""Follow-up questions: what they take over of the questions before them."""

import random
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.assistant import Assistant
from app.conversation import FURTHEST_BACK, MOST_TAKEN_OVER, Conversation, Resolved
from app.question import LanguageDetector, clean, type_of
from corpus.errors import QuestionError
from corpus.text import skeleton, words
from eval.gold import Evidence, covered_share, evidence_spans, read_gold
from eval.judge import COVERED

FOLLOW_UPS = Path(__file__).parent / "follow_ups"
MOSCOW = "Moskova Antlaşması ne zaman imzalandı?"
# What may open or close a question without being part of it.
OPENERS = {"peki", "ya", "ve", "ama", "hayir", "pardon", "and", "but", "no", "sorry", "so", "i", "meant"}


def follow_ups(name: str) -> list[dict]:
    return tomllib.loads((FOLLOW_UPS / f"{name}.toml").read_text(encoding="utf-8"))["conversation"]


WRITTEN = [case for name in ("turkish", "english", "mixed") for case in follow_ups(name)]


@pytest.fixture(scope="module")
def detector(assistant: Assistant) -> LanguageDetector:
    return LanguageDetector(assistant.articles.values())


@pytest.fixture(scope="module")
def conversation(assistant: Assistant, detector: LanguageDetector) -> Conversation:
    return Conversation(assistant.articles.values(), detector.detect)


@pytest.fixture(scope="module")
def resolve(conversation: Conversation, detector: LanguageDetector):
    def resolved(question: str, *history: str, language: str = "") -> Resolved:
        return conversation.in_context(question, language or detector.detect(question), history)

    return resolved


def folded(text: str) -> list[str]:
    return [skeleton(text[start:end]) for start, end in words(text)]


def covers(assistant: Assistant, hits, article: str, quote: str) -> bool:
    spans = evidence_spans(Evidence(article=article, quote=quote), assistant.articles)
    return any(
        hit.article.id == article and covered_share(span, hit.passage.spans, hit.article.raw) >= COVERED
        for hit in hits
        for span in spans
    )


# Follow-ups written from the articles


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case["id"])
def test_a_written_follow_up_takes_over_what_it_needs(case: dict, resolve) -> None:
    resolved = resolve(case["question"], *case["history"], language=case.get("language", ""))
    if "leans" in case:
        assert resolved.leans == case["leans"]
    if not resolved.leans:
        assert resolved.text == case["question"]
    text = folded(resolved.text)
    missing = [word for word in case.get("holds", []) if skeleton(word) not in " ".join(text)]
    left = [word for word in case.get("lacks", []) if any(one.startswith(skeleton(word)) for one in text)]
    assert (missing, left) == ([], [])


def test_written_follow_ups_are_found_far_more_often_with_their_history(assistant: Assistant) -> None:
    cases = [case for case in WRITTEN if "evidence" in case]
    found = [
        [
            covers(assistant, assistant.search(case["question"], 5, history=history).hits, *case["evidence"])
            for case in cases
            for history in [case["history"] if with_history else []]
        ]
        for with_history in (False, True)
    ]
    alone, together = (sum(hits) / len(cases) for hits in found)
    assert together >= 0.8
    assert together >= alone + 0.15


# By hand


@pytest.mark.parametrize(
    ("history", "question", "text"),
    [
        ([MOSCOW], "hayır, Kars antlaşması", "Kars antlaşması ne zaman imzalandı"),
        ([MOSCOW], "Maddeleri nelerdi?", "Moskova Antlaşması Maddeleri nelerdi?"),
        ([MOSCOW, "kim imzaladı"], "Peki nerede?", "Moskova Antlaşması imzaladı nerede?"),
        (["1921'de kaç tüfek verildi?"], "Peki 1920'de?", "1920'de kaç tüfek verildi"),
        (["3 Mayıs 1922'de kaç ruble verildi?"], "ya kasımda?", "kasımda 1922'de kaç ruble verildi"),
        (["Lenin Aralov'a ne dedi?"], "Ya Stalin?", "Stalin Aralov'a ne dedi"),
        (["Karabekir Bakü'ye kimi gönderdi?"], "Ya Moskova'ya?", "Karabekir Moskova'ya kimi gönderdi"),
        (["Frunze kimdir?"], "Ankara'ya ne zaman geldi?", "Frunze Ankara'ya ne zaman geldi?"),
        (
            ["1925 antlaşması nerede imzalandı?"],
            "1931'de uzatıldı mı?",
            "1925 antlaşması 1931'de uzatıldı mı?",
        ),
        (["Who was Frunze?"], "And Aralov?", "Who was Aralov?"),
        (
            ["When was the Treaty of Moscow signed?"],
            "no, the Kars one",
            "When was the Treaty of the Kars one signed",
        ),
        (
            ["How much gold was given to Turkey in November 1921?"],
            "What about May 1922?",
            "How much gold was given to Turkey in May 1922?",
        ),
        (["What did Lenin say about Enver?"], "And Stalin?", "What did Stalin say about Enver"),
        (["When was the Treaty of Moscow signed?"], "Why?", "Treaty Moscow signed Why?"),
    ],
)
def test_what_is_searched_is_as_worked_out_by_hand(
    history: list[str], question: str, text: str, resolve
) -> None:
    resolved = resolve(question, *history)
    assert resolved.leans
    assert resolved.text.rstrip("?") == text.rstrip("?")


def test_a_phrase_asks_for_what_the_question_before_it_asks_for(resolve) -> None:
    phrase = resolve("And the treaty of Kars?", "When was the treaty of Moscow signed?")
    assert type_of(phrase.asks) == "date"
    assert type_of(resolve("Peki kim imzaladı?", MOSCOW).asks) == "person"
    assert type_of(resolve("Neden?", MOSCOW).asks) == "reason"


def test_a_phrase_about_something_more_asks_for_nothing_of_the_question_before_it(resolve) -> None:
    reaction = resolve("SSCB'nin tepkisi?", "Serbest Cumhuriyet Fırkası ne zaman kuruldu?")
    assert "Fırkası" in reaction.text
    assert type_of(reaction.asks) == "other"


@pytest.mark.parametrize(
    ("question", "year"),
    [
        ("Peki iki yıl sonra ne oldu?", "1931"),
        ("Peki 3 yıl sonraki protokol?", "1932"),
        ("Ya üç yıl önce ne oldu?", "1926"),
        ("ertesi yıl ne oldu", "1930"),
        ("What happened two years later?", "1931"),
        ("And the year before?", "1929"),
        ("And what happened a year earlier?", "1928"),
        ("And the next year?", "1930"),
    ],
)
def test_years_are_counted_from_the_last_one(question: str, year: str, resolve) -> None:
    text = resolve(question, "1929'da imzalanan protokol ne diyordu?").text
    assert year in text
    assert ("1929" in text) == (year == "1929")


def test_the_first_and_the_second_are_topics_in_their_order(resolve) -> None:
    history = ["Montrö Sözleşmesi ne zaman imzalandı?", "Sadabat Paktı ne zaman imzalandı?"]
    assert "Montrö" in resolve("Peki ilkini kim imzaladı?", *history).text
    assert "Sadabat" in resolve("Peki ikincisini kim imzaladı?", *history).text
    assert "Montrö" in resolve("Who signed the first one?", *history).text
    assert "Sadabat" in resolve("Who signed the latter?", *history).text
    unrelated = resolve(
        "Peki ilkini kim imzaladı?", "Frunze kimdir?", *history, "Balkan Antantı ne zaman imzalandı?"
    )
    assert "Montrö" in unrelated.text
    assert "Frunze" not in unrelated.text


def test_where_items_were_counted_the_first_is_an_item(resolve) -> None:
    history = ["Frunze kimdir?", "Brest-Litovsk Antlaşması'nın sekizinci maddesi neydi?"]
    text = resolve("Peki birincisi?", *history).text
    assert "Antlaşması" in text
    assert "Frunze" not in text
    assert "sekizinci" not in text


def test_that_goes_back_to_where_its_noun_was_said(resolve) -> None:
    history = ["What was the Litvinov Protocol?", "When did Turkey sign the Kellogg Pact?", "Who was Frunze?"]
    assert "Litvinov" in resolve("When was that protocol signed?", *history).text
    assert "Kellogg" in resolve("When was that pact signed?", *history).text


def test_a_thank_you_neither_leans_nor_is_leaned_on(resolve) -> None:
    assert not resolve("Teşekkürler!", "Frunze kimdir?").leans
    assert not resolve("thank you", "Who was Frunze?").leans
    assert resolve("Neden geldi?", "Frunze kimdir?", "Teşekkürler!").text == "Frunze Neden geldi?"


def test_english_words_reach_a_turkish_question_as_turkish_ones(resolve) -> None:
    text = resolve("Bunu kim imzaladı?", "When was the Sadabad treaty of 8 July 1937 signed?").text
    assert {"sadabad", "antlasma", "1937", "july"} <= set(folded(text))
    assert not {"treaty", "signed"} & set(folded(text))


def test_turkish_words_reach_an_english_question_as_they_are(resolve) -> None:
    text = resolve("Who signed it?", "Kars Antlaşması 1921'de nerede imzalandı?").text
    assert text == "Kars Antlaşması 1921'de Who signed it?"


# What stands by itself


def test_development_questions_are_not_bent_by_other_questions(resolve) -> None:
    questions = [q.question for q in read_gold(split="dev") if q.type != "follow-up"]
    chance = random.Random(20)
    changed = []
    for question in questions:
        history = [chance.choice(questions) for _ in range(chance.randint(1, 5))]
        if resolve(clean(question), *history).text != clean(question):
            changed.append(question)
    assert len(questions) > 150
    assert len(changed) <= 0.05 * len(questions), changed


@pytest.mark.parametrize(
    "question",
    [
        "When Litvinov came to Ankara, what did he say to the press?",
        "How many days did it take Bekir Sami's delegation to reach Moscow?",
        "Were there any Italians in Batum after the war?",
        "Litvinov Ankara'ya geldiğinde onu kim karşıladı?",
        "Bolşevikler gizli antlaşmaları açıkladı mı, bu İngilizleri neden telaşlandırdı?",
        "Sivas Kongresi'nden sonra Moskova'ya kim yollandı?",
        "Karabekir 1920'de Gümrü'deyken aynı yıl Kars'ta kim vardı?",
        "Peki Lozan Antlaşması Boğazlar için ne öngörüyordu?",
        "Sadabad Pact members",
        "Komintern nedir?",
        "Who invented the steam engine?",
        "Bugün hava nasıl?",
        "Türkiye NATO'ya hangi yıl girdi?",
    ],
)
def test_a_question_that_says_all_itself_stays_as_it_is(question: str, resolve) -> None:
    resolved = resolve(question, "Frunze kimdir?", "When was the Treaty of Moscow signed?")
    assert resolved == Resolved(question, False, question)


@pytest.mark.parametrize(
    "question",
    [
        "What did Chicherin write to him?",
        "Çiçerin ona ne yazdı?",
        "Which Turkish minister visited Moscow in the same year?",
        "And when did the Georgians leave it?",
        "Karşılığında ne istediler?",
        "bizim adımıza kim imzaladı",
        "What were the terms?",
        "Is that true?",
    ],
)
def test_a_question_that_points_elsewhere_leans(question: str, resolve) -> None:
    assert resolve(question, "When was the Treaty of Kars signed?").leans


# Whatever is typed

TYPED = st.text(st.characters(), max_size=60) | st.text("bu o peki ya and it 1921'.,?İIı", max_size=40)
WORDS = (
    "Moskova Kars Antlaşması Frunze Lenin'e imzaladı imzalandı kim neden bu onu ilki ikincisi 1921 1922'de "
    "Mart Paktı? maddesi peki ya hayır and no it that treaty protocol the first one when was signed Why?"
)
LINES = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=10).map(" ".join)
LANGUAGES = st.sampled_from(["tr", "en"])


@given(question=TYPED, history=st.lists(TYPED, max_size=4), language=LANGUAGES)
@settings(max_examples=200, deadline=None)
def test_no_text_is_too_strange(conversation, question, history, language) -> None:
    resolved = conversation.in_context(question, language, history)
    assert resolved.leans or resolved.text == question


@pytest.mark.parametrize("odd", ["", " ", "?", "\ud800", "\x00", "İ" * 50, "ı̇", "1" * 400, "..." * 99])
def test_no_turn_of_a_conversation_is_too_strange(conversation, odd) -> None:
    for language in ("tr", "en"):
        for history in ([odd], [odd, MOSCOW], [MOSCOW, odd]):
            assert odd in conversation.in_context(odd, language, history).text
            assert "kim?" in conversation.in_context("Peki kim?", language, history).text


@given(question=TYPED, language=LANGUAGES)
@settings(max_examples=100, deadline=None)
def test_without_a_history_nothing_changes(conversation, question, language) -> None:
    assert conversation.in_context(question, language, []) == Resolved(question, False, question)


@given(question=LINES, history=st.lists(LINES, max_size=4), language=LANGUAGES)
@settings(max_examples=300, deadline=None)
def test_the_words_of_the_question_survive(conversation, question, history, language) -> None:
    resolved = conversation.in_context(question, language, history)
    assert set(folded(question)) - OPENERS <= set(folded(resolved.text))
    if not resolved.leans:
        assert resolved.text == question


@given(question=LINES, history=st.lists(LINES, min_size=1, max_size=30), language=LANGUAGES)
@settings(max_examples=100, deadline=None)
def test_what_is_taken_over_is_bounded(conversation, question, history, language) -> None:
    text = conversation.in_context(question, language, history).text
    # An English word may have two Turkish equivalents or three.
    assert len(text.split()) <= len(question.split()) + 3 * (MOST_TAKEN_OVER + 1)


def test_a_conversation_is_read_so_far_back_and_no_further(resolve) -> None:
    follow_ups = ["Peki kim?"] * (FURTHEST_BACK - 1)
    assert "Frunze" in resolve("Neden?", "Frunze kimdir?", *follow_ups).text
    assert "Frunze" not in resolve("Neden?", "Frunze kimdir?", "Peki kim?", *follow_ups).text


def test_a_very_long_history_is_read_at_once(resolve) -> None:
    endless = "Moskova'da " * 5000
    resolved = resolve("Neden?", *[endless] * 500)
    assert len(resolved.text.split()) <= MOST_TAKEN_OVER + 1


# In the assistant


def test_hits_and_answers_rest_on_the_same_words(assistant: Assistant) -> None:
    history = [MOSCOW, "Sadabat Paktı ne zaman imzalandı?"]
    hits = assistant.search("Tarafları kimlerdi?", 5, history=history).hits
    answer = assistant.ask("Tarafları kimlerdi?", history=history)
    assert answer.question == "Tarafları kimlerdi?"
    assert answer.citations[0].article in {hit.article.id for hit in hits}
    assert "Sadabat" in hits[0].passage.text


def test_an_unreadable_question_in_the_history_is_refused(assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="control characters"):
        assistant.ask("Ne zaman imzalandı?", history=["Kars\x00 Antlaşması"])
    assert assistant.ask(MOSCOW, history=["", "  "]).status == "answered"
