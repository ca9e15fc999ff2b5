"""What the page of the corpus shows: a card for each article, and the timeline of a period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from app.byline import byline
from app.period import Period, parse_period
from app.reader import format_spans
from app.texts import text
from app.timeline import Dated, Timeline, middle
from app.timeline_plot import Bar, Plot, plot
from app.written import month_name, short_month, written_date
from corpus.article import LANGUAGES, Article, Language, Span

# So many patterns are drawn in corpus.html; further articles begin again with the first.
PATTERNS: Final = 5
_YEAR: Final = 12


@dataclass(frozen=True)
class ArticleCard:
    """What an article says of itself: its titles, each with its language, lines, languages and length."""

    article: Article
    titles: tuple[tuple[str, Language], ...]
    byline: tuple[str, ...]
    languages: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class BarView:
    """A bar of the plot as it is written and where it leads."""

    bar: Bar
    name: str
    label: str
    year: str
    url: str


@dataclass(frozen=True)
class EntryView:
    """A dated sentence as it is shown."""

    dated: Dated
    when: str
    iso: str
    page: int
    series: int
    url: str
    question: str
    ask_url: str


@dataclass(frozen=True)
class TimelineView:
    """The timeline of a period: the plot, the list by years, and the addresses of other periods.

    ``moves`` hold (id, text key, address); the address is "" where there is nothing further.
    """

    period: Period
    name: str
    plot: Plot
    bars: tuple[BarView, ...]
    highest: BarView | None
    years: tuple[tuple[int, tuple[EntryView, ...]], ...]
    shown: int
    total: int
    articles: tuple[tuple[Article, int, bool, int], ...]
    moves: tuple[tuple[str, str, str], ...]


def article_cards(articles: Sequence[Article], language: Language) -> list[ArticleCard]:
    """Return the cards of some articles."""
    return [
        ArticleCard(
            article=article,
            titles=_titles(article),
            byline=tuple(byline(article, language)),
            languages=tuple(
                text(language, f"glance.language_{one}")
                for one in LANGUAGES
                if any(block.language == one for block in article.blocks)
            ),
            url=f"/articles/{article.id}?lang={language}",
        )
        for article in articles
    ]


def passage_url(article: str, spans: Sequence[Span], language: Language) -> str:
    """Return the reader's address of some words, which it marks with and without scripts."""
    written = format_spans(spans)
    return f"/articles/{article}?c={written}&lang={language}#c{written}"


def ask_url(question: str, language: Language) -> str:
    """Return the address of the chat page with a question."""
    return "/?" + urlencode({"lang": language, "q": question})


def timeline_view(
    timeline: Timeline,
    articles: Sequence[Article],
    chosen: Sequence[str],
    start: str,
    end: str,
    own: Language,
) -> TimelineView | None:
    """Return the timeline as the page shows it in a language; None where the articles hold no date.

    ``chosen`` are ids of articles; none that is known means all. ``start`` and ``end``: see parse_period.
    """
    bounds, foremost = timeline.bounds, timeline.foremost
    if bounds is None or foremost is None:
        return None
    ids = [article.id for article in articles]
    names = [name for name in ids if name in chosen] or ids
    # What lies outside of all dates can still be looked at where it belongs to what is shown first.
    bounds = Period(min(bounds.first, foremost.first), max(bounds.last, foremost.last))
    period = parse_period(start, end, bounds, foremost)
    whole = timeline.select(bounds, names)
    selected = [one for one in whole if one.date in period]
    drawn = plot(period, whole, ids)
    address = _Address(names if len(names) < len(ids) else [], own)
    bars = tuple(_bar(bar, period, address, own) for bar in drawn.bars)
    centre = middle(selected)
    moves: list[tuple[str, str, Period]] = [
        ("earlier", "glance.earlier", period.moved(-1, bounds)),
        (
            "zoom-in",
            "glance.zoom_in",
            period.zoomed_in((period.first + period.last) // 2 if centre is None else centre),
        ),
        ("zoom-out", "glance.zoom_out", period.zoomed_out(bounds)),
        ("later", "glance.later", period.moved(1, bounds)),
        ("foremost", "glance.foremost", foremost),
        ("everything", "glance.everything", bounds),
    ]
    return TimelineView(
        period=period,
        name=period_name(period, own),
        plot=drawn,
        bars=bars,
        highest=max(bars, key=lambda view: view.bar.count) if selected else None,
        years=tuple(
            (year, tuple(_entry(one, ids, own) for one in group))
            for year, group in groupby(selected, key=lambda one: one.date.year or 0)
        ),
        shown=len(selected),
        total=len(timeline.dated),
        articles=tuple(_counts(articles, names, timeline.select(period, ids))),
        moves=tuple((name, key, "" if to == period else address.of(to)) for name, key, to in moves),
    )


def period_name(period: Period, language: Language) -> str:
    """Return a period in words: "1917–1939", "1920", "Mart 1920", "Mart 1920 – Mayıs 1921"."""
    if period == period.whole_years:
        first, last = period.first // _YEAR, period.last // _YEAR
        return str(first) if first == last else f"{first}–{last}"
    first_month, last_month = (_month_name(month, language) for month in (period.first, period.last))
    return first_month if len(period) == 1 else f"{first_month} – {last_month}"


@dataclass(frozen=True)
class _Address:
    """Makes the addresses of periods that keep the chosen articles and the language."""

    articles: Sequence[str]
    language: Language

    def of(self, period: Period) -> str:
        """Return the address of a period."""
        chosen = [("article", name) for name in self.articles]
        parameters = [("lang", self.language), *chosen, ("from", period.start), ("to", period.end)]
        return f"/corpus?{urlencode(parameters)}#timeline"


def _titles(article: Article) -> tuple[tuple[str, Language], ...]:
    """The title of the catalogue, and those of the text that say something else."""
    own = [(block.text, block.language) for block in article.blocks if block.kind == "title"]
    named = [(article.shown_title, article.title_language), *own[0 if article.title_is_supplied else 1 :]]
    return tuple(dict.fromkeys(named))


def _counts(
    articles: Sequence[Article], names: Sequence[str], dated: Sequence[Dated]
) -> Iterator[tuple[Article, int, bool, int]]:
    """Each article with the number of its pattern, whether it is shown, and its dates in the period."""
    for number, article in enumerate(articles):
        count = sum(one.article.id == article.id for one in dated)
        yield article, number % PATTERNS, article.id in names, count


def _bar(bar: Bar, period: Period, address: _Address, language: Language) -> BarView:
    first = bar.period.first
    if bar.period.first == bar.period.last:
        is_year_said = first % _YEAR == 0 or bar.x < bar.width
        label, year = short_month(first % _YEAR + 1, language), str(first // _YEAR) if is_year_said else ""
    else:
        label, year = str(first // _YEAR), ""
    return BarView(bar, period_name(bar.period, language), label, year, address.of(bar.period))


def _entry(one: Dated, ids: Sequence[str], language: Language) -> EntryView:
    question = one.question.text(language) if one.question else ""
    day = "" if one.date.day is None else f"-{one.date.day:02d}"
    return EntryView(
        dated=one,
        when=written_date(one.date, language),
        iso=f"{one.date.year:04d}-{one.date.month:02d}{day}",
        page=one.article.page(one.sentence.spans[0][0]),
        series=ids.index(one.article.id) % PATTERNS,
        url=passage_url(one.article.id, one.sentence.spans, language),
        question=question,
        ask_url=ask_url(question, language) if question else "",
    )


def _month_name(month: int, language: Language) -> str:
    return f"{month_name(month % _YEAR + 1, language)} {month // _YEAR}"
