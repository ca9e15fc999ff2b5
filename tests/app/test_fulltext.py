"""Full-text search: what a query asks, what it finds, where exactly, and what the facets count."""

import re
import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fulltext import FACETS, Chosen, FullText, Results
from app.fulltext_query import parse_query, tokens_of
from app.search_view import PER_PAGE, SearchView, search_view
from corpus import Article, read_corpus
from corpus.text import skeleton
from tests.app.test_timeline import article

TEXTS = (
    "Heyet Moskova'da iki gün kaldı.",
    "Moskova Antlaşması'nın imzası İstanbul'da duyuldu.",
    "Antlaşma Moskova ile Ankara arasında idi.",
    "IĞDIR ve ISPARTA oradaydı.",
    "T.B.M.M.'nin kararı Avusturya'da duyuldu.",
)


@cache
def corpus() -> dict[str, Article]:
    return {one.id: one for one in read_corpus()}


@cache
def engine() -> FullText:
    return FullText(corpus().values())


def small() -> FullText:
    return FullText([article(*TEXTS)])


def found(query: str, fulltext: FullText | None = None) -> list[str]:
    results = (fulltext or small()).search(parse_query(query))
    return sorted(hit.entry.sentence.text for hit in results.hits)


def marked(query: str, text: str, language: str = "tr") -> list[str]:
    """What a query marks of a text."""
    fulltext = FullText([article(text, language=language)])
    asked = parse_query(query)
    return [
        words
        for hit in fulltext.search(asked).hits
        for side in hit.sides
        for words, is_marked in side.pieces(asked.asked)
        if is_marked
    ]


def view(query: str, page: str = "1", language: str = "tr", **chosen: str) -> SearchView:
    return search_view(engine, corpus(), query, Chosen(**chosen), page, language)  # type: ignore[arg-type]


# What is asked


def test_words_and_phrases_are_told_apart() -> None:
    parts = parse_query('Lenin „Moskova Antlaşması” «Kars» "Ankara').parts
    assert [(part.written, part.is_phrase) for part in parts] == [
        ("Lenin", False), ("Moskova Antlaşması", True), ("Kars", True), ("Ankara", False),
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["", "  ", '"', '""', '" "', "?!", "\x00\x07", "'", "😀"])
def test_a_query_without_a_word_asks_nothing(query: str) -> None:
    assert parse_query(query).parts == ()
    assert small().search(parse_query(query)).hits == ()


@pytest.mark.parametrize("query", ["a", "ve", "ve ile the", "b c"])
def test_single_letters_and_common_words_are_not_looked_for(query: str) -> None:
    assert parse_query(query).asked == ()
    assert found(query) == []


def test_a_common_word_in_quotation_marks_is_looked_for() -> None:
    assert found('"ve"') == [TEXTS[3]]
    assert marked('"ve"', TEXTS[3]) == ["ve"]


# What is found


@pytest.mark.parametrize("query", ["Moskova", "moskova", "MOSKOVA", "Moskova'da", "moskova’nın"])
def test_a_name_is_found_whatever_its_ending(query: str) -> None:
    assert found(query) == sorted(TEXTS[:3])


def test_every_word_must_occur_in_the_sentence() -> None:
    assert found("Moskova Ankara") == [TEXTS[2]]
    assert found("Moskova Isparta") == []


def test_a_phrase_stands_as_it_is_written() -> None:
    assert found('"Moskova Antlaşması"') == [TEXTS[1]]
    assert found('"Antlaşma Moskova"') == [TEXTS[2]]
    assert found('"Moskova Ankara"') == []


def test_an_ending_in_a_phrase_must_be_the_same() -> None:
    assert found('"Moskova\'da"') == [TEXTS[0]]
    assert marked('"Moskova’da"', TEXTS[0]) == ["Moskova'da"]
    assert found('"Moskova\'dan"') == []


def test_two_names_with_one_term_are_two() -> None:
    assert marked("Ermenistan", "Ermeni ordusu Ermenistanın sınırında, Ermenistan'da idi.") == [
        "Ermenistanın",
        "Ermenistan",
    ]
    assert found("Avusturya") == [TEXTS[4]]
    assert found("Avustralya") == []


@pytest.mark.parametrize("query", ["TBMM", "T.B.M.M.", "tbmm'nin"])
def test_dotted_letters_are_one_word(query: str) -> None:
    assert found(query) == [TEXTS[4]]
    assert marked(query, TEXTS[4]) == ["T.B.M.M."]


@pytest.mark.parametrize(
    ("query", "text", "letters"),
    [
        ("ığdır", "IĞDIR yolu kapandı.", ["IĞDIR"]),
        ("IĞDIR", "Yol Iğdır'dan geçer.", ["Iğdır"]),
        ("igdir", "Yol Iğdır'dan geçer.", ["Iğdır"]),
        ("istanbul", "İSTANBUL'da kaldı.", ["İSTANBUL"]),
        ("ISTANBUL", "Oradan İstanbul’a gitti.", ["İstanbul"]),
        ("İSTANBUL", "Oradan istanbula gitti.", ["istanbula"]),
        ("kâzım", "Kazım Paşa ile Kâzım Bey geldi.", ["Kazım", "Kâzım"]),
        ("cicerin", "“Çiçerin’in” notası, (ÇİÇERİN)", ["Çiçerin", "ÇİÇERİN"]),
    ],
)
def test_exactly_the_letters_are_marked(query: str, text: str, letters: list[str]) -> None:
    assert marked(query, text) == letters


def test_english_words_meet_in_their_stem() -> None:
    assert marked("treaties", "The treaty and the Treaties were signed.", "en") == ["treaty", "Treaties"]


@settings(deadline=None)
@given(st.text(alphabet="Iİıi '’.\"abMoskva\u0307âÇğ\n-", max_size=40))
def test_any_query_is_read_and_marks_what_it_says(query: str) -> None:
    asked = parse_query(query)
    for hit in engine().search(asked).hits[:3]:
        for side in hit.sides:
            pieces = side.pieces(asked.asked)
            assert "".join(words for words, _ in pieces) == side.text
            assert any(is_marked for _, is_marked in pieces)


@given(st.text(max_size=60))
def test_the_words_of_a_text_stand_where_they_say(text: str) -> None:
    for token in tokens_of(text, "tr"):
        assert 0 <= token.start < token.base_end <= token.end <= len(text)
        own = skeleton(text[token.start : token.base_end]).replace(".", "")
        assert own.startswith(token.base) or token.base.startswith(own)


@pytest.mark.parametrize("word", ["Moskova", "Lenin", "protokol", "1925"])
def test_in_the_corpus_what_is_found_is_what_a_plain_look_finds(word: str) -> None:
    """Every sentence in which the word stands by itself is found, and what is marked begins with it."""
    query = parse_query(word)
    hits = engine().search(query).hits
    names = {hit.entry.sentence.id for hit in hits}
    alone = re.compile(rf"(?<!\w){re.escape(skeleton(word))}(?!\w)")
    plain = {
        sentence.id
        for one in corpus().values()
        for sentence in one.sentences
        if alone.search(skeleton(sentence.text))
    }
    assert plain and plain <= names
    for hit in hits:
        for side in hit.sides:
            for words, is_marked in side.pieces(query.asked):
                begins = skeleton(words).startswith(skeleton(word)) or side.language == "en"
                assert not is_marked or begins


# Facets


def all_of(query: str, chosen: Chosen | None = None) -> Results:
    return engine().search(parse_query(query), chosen)


def test_the_count_of_a_facet_is_what_choosing_it_shows() -> None:
    results = all_of("Moskova")
    for facet in FACETS:
        assert results.counts[facet], facet
        for value, count in results.counts[facet].items():
            narrowed = all_of("Moskova", Chosen().with_value(facet, value))
            assert len(narrowed.hits) == count, (facet, value)


def test_a_facet_counts_what_the_other_facets_leave() -> None:
    chosen = Chosen(article="003", kind="paragraph")
    results = all_of("Moskova", chosen)
    assert set(results.counts["kind"]) > {"paragraph"}
    assert len(results.counts["article"]) > 1
    for kind, count in results.counts["kind"].items():
        assert len(all_of("Moskova", Chosen(article="003", kind=kind)).hits) == count
    assert len(results.hits) == results.counts["kind"]["paragraph"] == results.counts["article"]["003"]


def test_the_year_is_one_that_the_sentence_names_and_not_that_of_a_source() -> None:
    fulltext = FullText([article("Antlaşma 1925 yılında imzalandı (Gürün, 1991: 109).")])
    (hit,) = fulltext.search(parse_query("antlaşma")).hits
    assert hit.entry.years == ("1925",)


def test_the_language_is_that_in_which_all_words_were_found() -> None:
    english = all_of("treaty of Moscow")
    assert set(english.counts["language"]) == {"en"}
    assert all(side.language == "en" for hit in english.hits for side in hit.sides)


# The page


def test_twenty_results_stand_on_a_page() -> None:
    whole = view("Sovyet")
    assert whole.pages == -(-whole.total // PER_PAGE) > 1
    seen = [hit.url for page in range(1, whole.pages + 1) for hit in view("Sovyet", str(page)).hits]
    assert len(seen) == whole.total and len(set(seen)) == len(seen)
    assert whole.previous == "" and "page=2" in whole.following


@pytest.mark.parametrize(
    ("page", "expected"), [("0", 1), ("-3", 1), ("x", 1), ("²", 1), ("99999", None), ("9" * 5000, 1)]
)
def test_a_page_that_there_is_not_is_the_nearest_or_the_first(page: str, expected: int | None) -> None:
    shown = view("Sovyet", page)
    assert shown.page == (expected or shown.pages)
    assert shown.hits


@pytest.mark.parametrize(
    ("query", "notice"),
    [("", "empty"), (" \n ", "empty"), ("?", "empty"), ("a", "common"), ("ve the", "common"),
     ("x" * 2001, "too_long"), ("x" * 2000, "none"), ("Avustralya", "none"), ("Moskova", "")],
)  # fmt: skip
def test_the_page_says_why_there_is_nothing(query: str, notice: str) -> None:
    assert view(query).notice == notice


def test_where_words_do_not_meet_each_is_counted_alone() -> None:
    shown = view('Avustralya "Moskova Antlaşması"')
    assert [(name, count) for name, count, _ in shown.counted] == [
        ("Avustralya", 0),
        ('"Moskova Antlaşması"', len(all_of('"Moskova Antlaşması"').hits)),
    ]
    assert shown.ask == "/?lang=tr&q=Avustralya+%22Moskova+Antla%C5%9Fmas%C4%B1%22"


def test_an_unknown_facet_finds_nothing_and_can_be_taken_back() -> None:
    shown = view("Moskova", article="nothing")
    assert shown.notice == "none"
    assert shown.widened == "/corpus/search?lang=tr&q=Moskova"


def test_a_result_leads_to_its_words_in_the_reader() -> None:
    hit = view("Moskova").hits[0]
    spans = hit.url.split("?c=")[1].split("&")[0]
    assert hit.url == f"/articles/{hit.article.id}?c={spans}&lang=tr#c{spans}"


@pytest.mark.parametrize(
    "query", ["Moskova", '"ve"', "ve " * 666, '"' + "a " * 998 + '"', " ".join(f"x{n}" for n in range(400))]
)
def test_an_answer_takes_less_than_a_tenth_of_a_second(query: str) -> None:
    engine()
    view(query)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        view(query)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.1
