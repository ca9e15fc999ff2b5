"""Tables of a run against numbers worked by hand."""

from eval.figures import BY_NAME
from eval.tables import Table, latency_table, metrics_table, summary, types_table
from tests.runs import question, row, run, silence


def lines(table: str) -> list[list[str]]:
    """The cells of a Markdown table, without the rule below its header."""
    header, rule, *rows = table.splitlines()
    assert set(rule) <= set("| -")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in (header, *rows)]


def test_a_table_of_markdown_has_a_header_a_rule_and_a_line_a_row():
    table = Table(("a", "b"), (("1", "2"), ("3", "4")))
    assert table.markdown() == "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"


def test_metrics_are_shown_for_all_and_by_language_with_interval_and_number():
    rows = [
        row(question("0-tr-1"), recall_5=1.0),
        row(question("0-tr-2"), recall_5=0.0),
        row(question("0-en-1"), recall_5=1.0),
        row(question("0-en-2", type="absent")),
    ]
    # Of three resampled questions all are the one that failed in 1 of 27, more than 2.5 %.
    assert lines(metrics_table(rows, [BY_NAME["recall_5"], BY_NAME["refusal_recall"]])) == [
        ["metric", "n", "all", "tr", "en"],
        ["recall@5", "3", "0.667 [0.00, 1.00]", "0.500 [0.00, 1.00]", "1.000 [1.00, 1.00]"],
        ["refusal recall", "4", "1.000 [1.00, 1.00]", "–", "1.000 [1.00, 1.00]"],
    ]


def test_a_language_that_was_not_asked_has_no_column():
    rows = [row(question("0-tr-1"))]
    assert lines(metrics_table(rows, [BY_NAME["right"]])) == [
        ["metric", "n", "all", "tr"],
        ["answers right", "1", "1.000 [1.00, 1.00]", "1.000 [1.00, 1.00]"],
    ]


def test_words_are_counted_without_a_show_of_exactness():
    rows = [row(question("0-tr-1"), words=41.0), row(question("0-tr-2"), words=44.0)]
    assert lines(metrics_table(rows, [BY_NAME["words"]]))[1] == ["words, median", "2"] + ["42.5 [41, 44]"] * 2


def test_types_show_what_was_found_answered_and_declined():
    declined = question("0-tr-2")
    rows = [
        row(question("0-tr-1")),
        row(declined, silence(declined), recall_5=0.0),
        row(question("0-en-3", type="off topic")),
    ]
    assert lines(types_table(rows)) == [
        ["type", "questions", "recall@5", "answers right", "right citation", "declined"],
        ["date", "2", "0.500 [0.00, 1.00]", "0.500 [0.00, 1.00]", "1.000 [1.00, 1.00]", "1 of 2"],
        ["off topic", "1", "–", "–", "–", "1 of 1"],
    ]


def test_latency_is_the_percentiles_of_each_stage():
    times = [
        {"search": 10.0, "total": 11.0},
        {"search": 20.0, "total": 21.0},
        {"search": 30.0, "total": 31.0},
    ]
    rows = [row(question(f"0-tr-{n}"), timings=own) for n, own in enumerate(times)]
    # Linear interpolation: p95 lies 1.9 of 2 steps on, p99 1.98.
    assert lines(latency_table(rows)) == [
        ["stage", "p50", "p95", "p99"],
        ["search", "20.0 ms", "29.0 ms", "29.8 ms"],
        ["total", "21.0 ms", "30.0 ms", "30.8 ms"],
    ]


def test_a_stage_counts_where_it_was_timed():
    rows = [row(question("0-tr-1"), timings={"search": 7.0}), row(question("0-tr-2"), timings={})]
    assert lines(latency_table(rows))[1:] == [["search", "7.0 ms", "7.0 ms", "7.0 ms"]]
    assert lines(latency_table(rows[1:]))[1:] == []


def test_the_summary_names_what_was_run():
    shown = summary(run([row(question("0-tr-1")), row(question("0-en-2", type="absent"))]))
    assert shown.startswith("2 questions (dev), dipnot 0.1.0, commit 0123456789ab")
    for title in ("recall@10", "answers right", "refusal F1", "| total | 12.0 ms |"):
        assert title in shown
