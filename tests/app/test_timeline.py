"""The timeline: which dates of which sentences stand on it, and how a period of it is cut and drawn."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.facts import Date
from app.period import Period, parse_period
from app.timeline import FOREMOST, Timeline, middle
from app.timeline_plot import HEIGHT, WIDTH, plot
from app.timeline_view import period_name, timeline_view
from app.written import written_date, written_number
from corpus import Article, Block, Piece, Sentence, read_corpus
from corpus.article import RegisteredQuestion

BOUNDS = Period.of_years(1774, 2008)
periods = st.tuples(st.integers(BOUNDS.first, BOUNDS.last), st.integers(BOUNDS.first, BOUNDS.last)).map(
    lambda ends: Period(min(ends), max(ends))
)


def article(*texts: str, name: str = "x", kind: str = "paragraph", language: str = "tr") -> Article:
    """An article of one sentence a block; the first one answers a question."""
    blocks, sentences, at = [], [], 0
    for number, text in enumerate(texts):
        block = Block(f"{name}-b{number}", kind, language, "", 0, (Piece(text, at, at + len(text)),))  # type: ignore[arg-type]
        blocks.append(block)
        sentences.append(Sentence(f"{block.id}-s01", block.id, 0, len(text), text, ((at, at + len(text)),)))
        at += len(text) + 1
    question = RegisteredQuestion("Ne oldu?", "What happened?", (sentences[0].id,))
    return Article(
        id=name, file="", sha256="", title=name, title_is_supplied=False, title_language="tr", authors=(),
        year=None, journal=None, raw="\n".join(texts), pages=(0,), blocks=tuple(blocks),
        sentences=tuple(sentences), passages=(), residue=(), questions=(question,),
    )  # fmt: skip


def dates_of(*texts: str, **how: str) -> list[Date]:
    return [one.date for one in Timeline.find([article(*texts, **how)]).dated]


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return Timeline.find(read_corpus())


def test_days_and_months_stand_in_the_order_of_time() -> None:
    assert dates_of(
        "Antlaşma 16 Mart 1921'de Moskova'da imzalandı.",
        "Heyet Mart 1921'de Moskova'ya varmış idi.",
        "Meclis 23 Nisan 1920'de Ankara'da açıldı.",
    ) == [Date(23, 4, 1920), Date(None, 3, 1921), Date(16, 3, 1921)]


def test_a_year_said_once_counts_for_the_dates_behind_it() -> None:
    text = "Ordu 30 Ekim 1920'de Kars'ı, 7 Kasım'da Gümrü'yü aldı."
    assert dates_of(text) == [Date(30, 10, 1920), Date(7, 11, 1920)]


@pytest.mark.parametrize(
    "text",
    [
        "Bu görüş yaygın olarak kabul edilmektedir (Trask, 1971: 12).",
        "Türkiye'nin savaşı Rusya'nın da çıkarına uygundur (İzvestiya, 24.02.1919).",
        "Antlaşma 1925 yılında Paris şehrinde imzalandı.",
        "Ödenek 9 Mayıs 1336 günü hükümetçe tahsis edildi.",
        "Ekim Devrimi bütün dünyayı derinden etkiledi o zaman.",
        "Meclis o yıl 23 Nisan'da Ankara'da açılmıştı.",
    ],
    ids=["reference", "newspaper", "year alone", "Rumi year", "name", "no year"],
)
def test_what_is_no_date_of_an_event_is_left_out(text: str) -> None:
    assert dates_of(text) == []


def test_a_month_in_a_name_takes_no_year_from_before_it() -> None:
    text = "23 Nisan 1919 günü çıkan yazı bunu Ekim İhtilâli'nin devamı saydı."
    assert dates_of(text) == [Date(23, 4, 1919)]


def test_a_footnote_that_only_names_sources_is_left_out() -> None:
    source = "Salâhi Sonyel, Belleten, No: 164, C.XLI, Ekim 1977, s.658."
    assert dates_of(source, kind="footnote") == []
    told = "Mdivani Mart 1921’de Sovyet temsilcisi olarak Ankara'ya atandı (Ada, 2018, s. 1101)."
    assert dates_of(told, kind="footnote") == [Date(None, 3, 1921)]


def test_english_sentences_are_read_too() -> None:
    text = "The treaty was signed in Moscow on March 16, 1921."
    assert dates_of(text, language="en") == [Date(16, 3, 1921)]


def test_a_question_that_the_sentence_answers_stands_with_it() -> None:
    found = Timeline.find(
        [article("Meclis 23 Nisan 1920'de açıldı o gün.", "Ordu 30 Ekim 1920'de Kars'ı aldı.")]
    )
    assert [one.question and one.question.en for one in found.dated] == ["What happened?", None]


def test_the_sentence_of_every_entry_names_its_year(timeline: Timeline) -> None:
    assert len(timeline.dated) > 200
    for one in timeline.dated:
        assert str(one.date.year) in one.sentence.text, one.sentence.id
        assert one.url.startswith(f"/articles/{one.article.id}#c{one.sentence.spans[0][0]}-")


def test_every_article_and_the_main_years_are_on_it(timeline: Timeline) -> None:
    assert {one.article.id for one in timeline.dated} == {"000", "001", "002", "003", "004"}
    assert timeline.foremost == FOREMOST == Period.of_years(1917, 1939)
    moscow = [one for one in timeline.dated if one.date == Date(16, 3, 1921)]
    assert {"002", "003", "004"} <= {one.article.id for one in moscow}


def test_where_nothing_is_dated_there_is_nothing_to_show() -> None:
    nothing = article("Meclis o gün Ankara'da toplanmıştı.")
    empty = Timeline.find([nothing])
    assert empty.bounds is None and empty.foremost is None
    assert timeline_view(empty, [nothing], [], "", "", "tr") is None


def test_a_corpus_of_another_time_begins_with_all_of_it() -> None:
    found = Timeline.find([article("Fatih 29 Mayıs 1453'te İstanbul'u aldı.")])
    assert found.foremost == Period.of_years(1453, 1453)


# Periods


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("1920", "1921", Period.of_years(1920, 1921)),
        ("1920-05", "1920-05", Period(1920 * 12 + 4, 1920 * 12 + 4)),
        ("1925", "1920", Period.of_years(1920, 1925)),
        ("1920-03", "1930", Period.of_years(1920, 1930)),
        ("2000", "", Period.of_years(2000, 2008)),
        ("", "", FOREMOST),
        ("1400", "1500", FOREMOST),
        ("1920-13", "1921", FOREMOST),
        ("١٩٢٠", "1921", FOREMOST),
        ("<script>", "x", FOREMOST),
    ],
)
def test_a_period_is_read_from_an_address(start: str, end: str, expected: Period) -> None:
    assert parse_period(start, end, BOUNDS, FOREMOST) == expected


@example(Period(21637, 22356))
@given(periods)
def test_an_address_gives_back_the_period(period: Period) -> None:
    read = parse_period(period.start, period.end, BOUNDS, FOREMOST)
    assert parse_period(read.start, read.end, BOUNDS, FOREMOST) == read
    if len(period) <= 36:
        assert read == period


@given(periods)
def test_the_bars_cover_the_period_side_by_side(period: Period) -> None:
    bars = period.bars()
    assert bars[0].first <= period.first and period.last <= bars[-1].last
    assert all(one.last + 1 == other.first for one, other in pairwise(bars))
    assert 1 <= len(bars) <= 61


@given(periods, st.data())
def test_zooming_in_narrows_until_a_month_is_left(period: Period, data: st.DataObject) -> None:
    period = parse_period(period.start, period.end, BOUNDS, FOREMOST)
    centre = data.draw(st.integers(period.first, period.last))
    nearer = period.zoomed_in(centre)
    assert period.first <= nearer.first <= centre <= nearer.last <= period.last
    assert len(nearer) < len(period) or len(period) == 1


@given(periods)
def test_zooming_out_widens_until_everything_is_shown(period: Period) -> None:
    wider = period.zoomed_out(BOUNDS)
    assert wider.first <= period.first and period.last <= wider.last
    assert len(wider) > len(period) or wider == BOUNDS


@given(periods, st.sampled_from([-1, 1]))
def test_moving_keeps_the_length_and_stays_within_bounds(period: Period, steps: int) -> None:
    moved = period.moved(steps, BOUNDS)
    assert len(moved) == len(period)
    assert BOUNDS.first <= moved.first and moved.last <= BOUNDS.last


def test_a_period_has_a_name_in_either_language() -> None:
    may = 1920 * 12 + 4
    assert period_name(FOREMOST, "tr") == "1917–1939"
    assert period_name(Period.of_years(1920, 1920), "en") == "1920"
    assert period_name(Period(may, may), "tr") == "Mayıs 1920"
    assert period_name(Period(may, may + 8), "en") == "May 1920 – January 1921"


# The plot


def test_every_dated_sentence_of_the_period_is_in_one_bar(timeline: Timeline) -> None:
    ids = ["000", "001", "002", "003", "004"]
    for period in (FOREMOST, Period.of_years(1920, 1921), Period.of_years(1774, 2008)):
        selected = timeline.select(period, ids)
        drawn = plot(period, timeline.dated, ids)
        assert sum(bar.count for bar in drawn.bars) >= len(selected)
        assert sum(bar.count for bar in plot(period, selected, ids).bars) == len(selected)


def test_the_parts_of_a_bar_stand_on_one_another_and_fit(timeline: Timeline) -> None:
    drawn = plot(FOREMOST, timeline.dated, ["000", "001", "002", "003", "004"])
    for bar in drawn.bars:
        assert sum(part.count for part in bar.parts) == bar.count
        assert bar.x >= 0 and bar.x + bar.width <= WIDTH
        for lower, upper in pairwise(bar.parts):
            assert upper.y + upper.height == pytest.approx(lower.y, abs=0.05)
        assert all(part.y > 0 and part.y + part.height <= HEIGHT for part in bar.parts)


def test_a_month_is_shown_among_the_months_of_its_year(timeline: Timeline) -> None:
    april = Period(1920 * 12 + 3, 1920 * 12 + 3)
    drawn = plot(april, timeline.dated, ["001"])
    assert len(drawn.bars) == 12
    assert [bar.period for bar in drawn.bars if bar.is_within] == [april]


def test_the_view_zooms_to_where_most_dates_are(timeline: Timeline) -> None:
    articles = list(read_corpus())
    view = timeline_view(timeline, articles, ["003"], "", "", "tr")
    assert view is not None
    assert view.shown == len(timeline.select(FOREMOST, ["003"])) < view.total
    addresses = {name: url for name, _, url in view.moves}
    assert addresses["foremost"] == ""
    assert "article=003" in addresses["zoom-in"] and "article=000" not in addresses["zoom-in"]
    years = re.findall(r"(?:from|to)=(\d{4})", addresses["zoom-in"])
    centre = middle(timeline.select(FOREMOST, ["003"]))
    assert centre is not None and int(years[0]) <= centre // 12 <= int(years[1])


def test_an_unknown_article_counts_for_none(timeline: Timeline) -> None:
    articles = list(read_corpus())
    view = timeline_view(timeline, articles, ["nothing"], "", "", "tr")
    assert view is not None and all(is_chosen for _, _, is_chosen, _ in view.articles)


def test_dates_and_numbers_are_written_as_the_reader_writes_them() -> None:
    assert written_date(Date(1, 8, 1914), "tr") == "1 Ağustos 1914"
    assert written_date(Date(None, 5, 1920), "en") == "May 1920"
    assert [written_number(number, "tr") for number in (0, 999, 12345)] == ["0", "999", "12.345"]
