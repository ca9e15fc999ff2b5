"""The report of a run as somebody opens it from a folder."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from eval.report import write_report
from tests.runs import answer, question, row, run

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with a wrong answer whose words are long."""
    long = question(
        "0-tr-1", question="Muvaffakiyetsizleştiricileştiriveremeyebileceklerimizdenmişsinizcesine mi?"
    )
    wrong = row(long, answer(long, text="x" * 300), right=0.0, holds_facts=0.0)
    made = run([wrong, row(question("0-en-2")), row(question("0-en-3", type="absent"))])
    return next(
        path
        for path in write_report(made, tmp_path_factory.mktemp("report"), "dev")
        if path.suffix == ".html"
    )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_fits_and_asks_for_nothing(browser: Browser, report: Path, size, scheme) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert asked == [report.as_uri()]
    assert complaints == []
    # The tables scroll by themselves, and can be reached to do so.
    scrolling = page.evaluate(
        "[...document.querySelectorAll('.scroll')].map(e => [e.scrollWidth > e.clientWidth, e.tabIndex])"
    )
    assert {index for _, index in scrolling} == {0}
    assert any(overflows for overflows, _ in scrolling) == (size is PHONE)
    # Plots stand on white in either scheme, as wide as there is room.
    cards = page.locator(".card")
    assert cards.count() == 5
    paper = "e => getComputedStyle(e).backgroundColor"
    assert {cards.nth(n).evaluate(paper) for n in range(5)} == {"rgb(255, 255, 255)"}
    dark = page.locator("body").evaluate(paper) == "rgb(25, 23, 20)"
    assert dark == (scheme == "dark")
    plot = page.get_by_role("img", name="Line plot of recall@k by language").bounding_box()
    assert plot is not None
    assert 300 < plot["width"] <= size["width"]
    context.close()
