"""Plots: what they say, that they stand in a page by themselves, and that they are always the same."""

import re
import sys
from xml.etree import ElementTree

import matplotlib
import pytest

from corpus.errors import DipnotError
from eval.plots import growth_plot, latency_plot, recall_plot, refusal_plot, risk_coverage_plot, types_plot
from tests.runs import answer, question, row, silence

PLOTS = (recall_plot, risk_coverage_plot, types_plot, refusal_plot, latency_plot)


def some_rows():
    """Two languages, two types with an answer, two without; one of each wrong."""
    missed, declined, absent = question("0-tr-2"), question("0-en-2"), question("0-tr-4", type="absent")
    return [
        row(question("0-tr-1"), confidence=0.9, timings={"search": 10.0, "total": 20.0}),
        row(missed, right=0.0, recall_1=0.0, confidence=0.8, timings={"search": 30.0, "total": 40.0}),
        row(question("0-tr-3", type="why"), confidence=0.7),
        row(absent, answer(absent), confidence=0.6),
        row(question("0-en-1"), confidence=0.9),
        row(declined, silence(declined), recall_1=0.5),
        row(question("0-en-3", type="off topic")),
    ]


def label(svg: str | None) -> str:
    assert svg is not None
    return ElementTree.fromstring(svg).attrib["aria-label"]


def test_recall_is_told_by_language_and_k():
    told = label(recall_plot(some_rows()))
    assert "tr 0.67 at 1, 1.00 at 3, 1.00 at 5, 1.00 at 10" in told
    assert "en 0.75 at 1, 1.00 at 3" in told


def test_risk_and_coverage_are_told_at_the_operating_point():
    told = label(risk_coverage_plot(some_rows()))
    # Of seven questions five were answered, three of them rightly. Risks as confidence falls: two at 0.9
    # with 0/2, then 1/3, 1/4, 2/5.
    assert f"all: answers 71%, risk 0.40, area {(0 + 0 + 1 / 3 + 1 / 4 + 2 / 5) / 5:.2f}" in told
    assert "tr: answers 100%, risk 0.50" in told
    assert "en: answers 33%, risk 0.00, area 0.00" in told


def test_bars_are_told_with_their_numbers_in_the_order_of_the_types():
    assert label(types_plot(some_rows())).endswith("date 0.50 of 4, why 1.00 of 1.")
    assert label(types_plot(some_rows()[::-1])) == label(types_plot(some_rows()))
    assert label(refusal_plot(some_rows())).endswith("absent 0.00 of 1, off topic 1.00 of 1.")


def test_bars_are_as_long_as_their_figures():
    svg = types_plot(some_rows())
    assert svg is not None
    bars = [
        [float(x) for x in re.findall(r"[ML] ([\d.]+) ", path)]
        for path in re.findall(r'<path d="([^"]+)"[^>]*fill: #56b4e9', svg)
    ]
    half, whole = (max(xs) - min(xs) for xs in bars)
    assert whole == pytest.approx(2 * half)
    assert whole > 100


def test_times_are_told_by_stage():
    told = label(latency_plot(some_rows()[:2]))
    assert "search: median 20 ms, p95 29 ms; total: median 30 ms, p95 39 ms" in told


def test_a_stage_that_took_no_time_is_drawn():
    svg = latency_plot([row(question("0-tr-1"), timings={"evidence": 0.0, "total": 3.0})])
    assert "evidence: median 0 ms" in label(svg)
    [line] = re.findall(r'<path d="([^"]+)" clip-path="[^"]+" style="[^"]*stroke: #222222', svg or "")
    assert all(float(x) > 0 for x in re.findall(r"[ML] (-?[\d.]+) ", line))


def test_turkish_letters_and_signs_in_the_name_of_a_stage_are_drawn_as_they_are():
    # A letter that the typeface lacks would be a warning, which is an error here; "$" would be a formula.
    name = "ölçme İŞĞ ığş â $\\x_1$ <b>"
    assert f"{name}: median 3 ms" in label(latency_plot([row(question("0-tr-1"), timings={name: 3.0})]))


@pytest.mark.parametrize("plot", PLOTS)
def test_the_same_rows_give_the_same_text_whatever_the_style_of_the_user(plot):
    first = plot(some_rows())
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "none", "svg.hashsalt": "other"}):
        assert plot(some_rows()) == first


@pytest.mark.parametrize("plot", PLOTS)
def test_a_plot_is_one_labelled_image_that_asks_for_nothing(plot):
    root = ElementTree.fromstring(plot(some_rows()))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["role"] == "img"
    elements = list(root.iter())
    assert {element.tag.split("}")[1] for element in elements} <= {
        "svg", "defs", "style", "g", "path", "use", "clipPath", "rect",
    }  # fmt: skip
    references = [
        value for one in elements for name, value in one.attrib.items() if name.endswith("href")
    ] + [found for found in re.findall(r"url\(([^)]*)\)", ElementTree.tostring(root, "unicode"))]
    assert references
    ids = {one.attrib["id"] for one in elements if "id" in one.attrib}
    assert {reference.removeprefix("#") for reference in references} <= ids


def test_plots_can_stand_in_one_page():
    ids = [name for plot in PLOTS for name in re.findall(r'\sid="([^"]+)"', plot(some_rows()) or "")]
    assert len(ids) > len(PLOTS)
    assert len(ids) == len(set(ids))


def test_there_is_no_plot_of_nothing():
    absent, answerable = row(question("0-tr-1", type="absent"), timings={}), row(question("0-tr-2"))
    assert [plot([absent]) is None for plot in PLOTS] == [True, True, True, False, True]
    assert [plot([answerable]) is None for plot in PLOTS] == [False, False, False, True, False]
    assert [plot([]) for plot in PLOTS] == [None] * len(PLOTS)


def test_without_matplotlib_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(DipnotError, match=r"pip install 'dipnot\[eval\]'"):
        recall_plot(some_rows())


def test_growth_is_told_by_kind_and_count_and_a_kind_without_figures_is_left_out():
    told = label(growth_plot({"Flat": [(1_000, 0.04), (1_000_000, 57.0)], "HNSW": []}, 50))
    assert told == "p95 of a search, bound 50 ms. Flat 0.04 ms at 1,000, 57 ms at 1,000,000."
