"""docs/scaling.md: its tables are those of the figures kept beside it."""

import json
from pathlib import Path

import pytest

from benchmarks import whole
from benchmarks.scale import Grown, summary
from benchmarks.tables import renew
from index.tuning import Kind, Trial, table

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def grown():
    sizes = json.loads((DOCS / "scaling.json").read_text(encoding="utf-8"))["sizes"]
    return [
        Grown(
            **size
            | {
                "chosen": Kind(**size["chosen"]),
                "trials": [Trial(**trial | {"kind": Kind(**trial["kind"])}) for trial in size["trials"]],
            }
        )
        for size in sizes
    ]


def test_every_table_of_the_page_is_that_of_the_figures(grown):
    page = (DOCS / "scaling.md").read_text(encoding="utf-8")
    for lines in (summary(grown), *(table(one.trials, one.chosen) for one in grown)):
        assert "\n".join(lines) in page


def test_tables_are_put_in_their_places(grown, tmp_path):
    page = tmp_path / "scaling.md"
    text = (DOCS / "scaling.md").read_text(encoding="utf-8")
    page.write_text(text, encoding="utf-8")
    made = [summary(grown), *(table(one.trials, one.chosen) for one in grown)]
    renew(page, made)
    assert page.read_text(encoding="utf-8") == text
    renew(page, [*made[:2], [*made[2][:-1], "| another | line |", "| and one more |"]])
    before, after = text.split("\n".join(made[2]))
    assert (
        page.read_text(encoding="utf-8")
        == before + "\n".join([*made[2][:-1], "| another | line |", "| and one more |"]) + after
    )
    kept = page.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no place for the table that begins with: "):
        renew(page, [["| unknown |", "|---|"]])
    assert page.read_text(encoding="utf-8") == kept


def test_the_table_of_a_whole_search_is_that_of_its_figures():
    sizes = json.loads((DOCS / "scaling-whole.json").read_text(encoding="utf-8"))["sizes"]
    found = [whole.Whole(**size) for size in sizes]
    assert "\n".join(whole.table(found)) in (DOCS / "scaling.md").read_text(encoding="utf-8")
    assert found[-1].passages == 1_000_000


def test_the_largest_size_keeps_what_was_asked_for(grown):
    last = grown[-1]
    assert last.passages == 1_000_000
    assert last.p95_ms <= 50
    assert last.recall >= 0.97
    assert max(last.memory, last.build_memory) <= 8 * 2**30
