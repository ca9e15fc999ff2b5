"""The page of the benchmark is made from what is kept, and is not older than the questions it reports."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpus.errors import DipnotError
from eval.ablation import Variants, read_variants
from eval.benchmarks import benchmarks_of, page, read_benchmarks, short, with_parts
from eval.cli import cli
from eval.examination_results import Examination, Examined
from eval.external_results import Figure
from eval.figures import BY_NAME, figure, shown
from eval.gate import baseline_of, read_baseline
from eval.gold import read_gold
from eval.provenance import corpus_fingerprint
from eval.runfile import fingerprint

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def published():
    return read_benchmarks(DOCS / "benchmarks.json")


# The published page


def test_the_page_is_made_from_what_is_kept(published):
    assert (DOCS / "benchmarks.md").read_text(encoding="utf-8") == page(published)


def test_the_page_is_not_older_than_the_questions_and_the_articles(published, articles):
    questions = read_gold()
    assert [(q.id, q.language, q.split, q.type) for q in published.questions] == [
        (q.id, q.language, q.split, q.type) for q in questions
    ]
    for record in published.records:
        assert record.header.gold == fingerprint(questions), record.header.system
        assert record.header.corpus == corpus_fingerprint(articles), record.header.system


def test_the_page_holds_the_baseline_of_the_gate(published):
    assert published.baseline == read_baseline()


def test_every_system_was_asked_every_question(published):
    names = [record.header.system for record in published.records]
    assert names == ["dipnot", "bm25", "dense", "turkish-rag-eval", "txtai", "llama-index"]
    for record in published.records:
        assert {len(column) for column in record.scores.values()} == {len(published.questions)}


def test_others_questions_are_on_the_page_with_every_system(published):
    assert published.external is not None
    ways = [(way.set, way.asked, way.text) for way in published.external.directions]
    assert ways == [
        ("thquad", "tr", "tr"),
        ("xquad", "tr", "tr"),
        ("xquad", "en", "tr"),
        ("xquad", "en", "en"),
    ]
    for way in published.external.directions:
        assert [measured.system for measured in way.systems] == [r.header.system for r in published.records]


# Making it


@pytest.fixture
def peer_run(small_run):
    """The same run under a peer's name, with nothing found."""
    rows = [
        row.model_copy(update={"scores": row.scores.model_copy(update={"recall_5": 0.0})})
        if row.scores.answerable
        else row
        for row in small_run.rows
    ]
    header = small_run.header.model_copy(update={"system": "bm25", "versions": {"bm25s": "9.9"}})
    return small_run.model_copy(update={"header": header, "rows": rows})


@pytest.fixture
def kept(small_run, peer_run):
    runs = [(small_run, 105), (peer_run, 71)]
    return benchmarks_of(runs, "| the support table |", baseline_of(small_run, 0.0123))


def test_what_is_kept_gives_the_figures_of_the_run(kept, small_run):
    ours = kept.records[0].of_questions(kept.places("dev"))
    theirs = [row.scores for row in small_run.rows]
    for metric in BY_NAME.values():
        assert figure(metric, ours).value == pytest.approx(
            figure(metric, theirs).value, abs=1e-6, nan_ok=True
        )


def test_what_is_kept_survives_the_disk(kept, tmp_path):
    path = tmp_path / "b.json"
    path.write_text(kept.model_dump_json(), encoding="utf-8")
    assert read_benchmarks(path) == kept
    assert page(read_benchmarks(path)) == page(kept)


def test_the_page_shows_systems_side_by_side(kept, small_run):
    text = page(kept)
    turkish = [row.scores for row in small_run.rows if row.question.language == "tr"]
    expected = shown(figure(BY_NAME["recall_5"], turkish))
    (ours, *_) = [line for line in text.splitlines() if line.startswith("| dipnot | 105 |")]
    (theirs, *_) = [line for line in text.splitlines() if line.startswith("| bm25 | 71 |")]
    assert ours.split(" | ")[4] == expected
    assert theirs.split(" | ")[4] == "0.000 [0.00, 0.00]"
    for part in (
        "| the support table |",
        "noise band, 0.012.",
        "bm25s 9.9",
        "Dipnot less each peer",
        "bm25s](https",
    ):
        assert part in text
    assert "## Held-out" not in text
    assert "| bm25 | recall@5 | 10 |" in text


def write_run(path, run):
    path.write_text(
        "".join(line.model_dump_json() + "\n" for line in [run.header, *run.rows]), encoding="utf-8"
    )


def test_what_was_learned_stands_beside_the_rules(kept, small_run, peer_run, tmp_path):
    for name, run in (("rules", small_run), ("reader", peer_run)):
        write_run(tmp_path / f"{name}.jsonl", run)
    own = with_parts(kept, None, read_variants(tmp_path))
    assert with_parts(own, None, None) == own and kept.learned is None
    assert kept.with_learned(own) == own
    header = small_run.header.model_copy(update={"corpus": "0"})
    others = [one.model_copy(update={"header": header}) for one in own.records]
    assert kept.with_learned(own.model_copy(update={"records": others})) == kept
    text = page(own)
    section = text[text.index("## What was learned") : text.index("## Growth")]
    assert "### Turkish, development questions" in section and "held-out" not in section
    turkish = [row.scores for row in small_run.rows if row.question.language == "tr"]
    cells = next(line for line in section.splitlines() if line.startswith("| rules only |")).split(" | ")
    assert cells[1] == shown(figure(BY_NAME["recall_5"], turkish))
    assert cells[-1].removesuffix(" |") == shown(figure(BY_NAME["refusal_auc"], turkish))
    assert "| + reader | 0.000 [0.00, 0.00] |" in section
    assert "| + reader, Turkish | recall@5 |" in section
    assert "+ adapter" not in section and "## What was learned" not in page(kept)


def test_questions_that_only_look_answered_are_told_from_those_that_are(kept, small_run, tmp_path):
    """Two runs over what must be declined: one declines all of it, the other nothing."""
    rows = [row for row in small_run.rows if not row.scores.answerable]
    header = small_run.header.model_copy(update={"gold": "near", "questions": len(rows)})
    for name, declined, confidence in (("rules", True, -1.0), ("reader", False, 2.0)):
        scores = {"declined": declined, "confidence": confidence}
        own = [row.model_copy(update={"scores": row.scores.model_copy(update=scores)}) for row in rows]
        write_run(tmp_path / f"{name}.jsonl", small_run)
        write_run(
            tmp_path / f"{name}-near.jsonl", small_run.model_copy(update={"header": header, "rows": own})
        )
    variants = read_variants(tmp_path)
    text = page(with_parts(kept, None, variants))
    turkish = sum(row.question.language == "tr" for row in rows)
    cells = [
        [cell.split(" ")[0] for cell in line.split(" | ")[3:]]
        for line in text.splitlines()
        if line.startswith(("| Turkish | rules only |", "| Turkish | + reader |"))
        and line.split(" | ")[2] == str(turkish)
    ]
    assert turkish and cells == [["1.000", "1.000"], ["0.000", "0.000"]]
    other = header.model_copy(update={"gold": "others"})
    near = {**variants.near, "reader": variants.near["reader"].model_copy(update={"header": other})}
    with pytest.raises(DipnotError, match="not over the same questions"):
        with_parts(kept, None, replace(variants, near=near))
    with pytest.raises(DipnotError, match=r"reader-near\.jsonl needs reader\.jsonl"):
        with_parts(kept, None, replace(variants, runs={"rules": variants.runs["rules"]}))


def test_the_page_is_made_again_from_what_is_kept_without_a_run(published, tmp_path):
    shutil.copy(DOCS / "benchmarks.json", tmp_path)
    made = CliRunner().invoke(cli, ["page", "--out", str(tmp_path / "benchmarks.md")])
    assert made.exit_code == 0, made.output
    assert (tmp_path / "benchmarks.md").read_text(encoding="utf-8") == page(published)
    assert read_benchmarks(tmp_path / "benchmarks.json") == published


def test_what_was_learned_on_the_questions_of_others(kept, published, small_run, tmp_path):
    """The same questions searched with the adapter; the paragraph given to the reader."""
    half = Figure.of([1.0, 0.0])
    read = Examined(way="xquad en→tr", questions=2, exact_match=half, f1=half, sentence=half)
    examination = Examination(
        reader="bundled", commit="0", machine="a machine", created="2026", seconds=12.4, examined=[read]
    )
    external = published.external
    assert external is not None
    (tmp_path / "examination.json").write_text(examination.model_dump_json(), encoding="utf-8")
    (tmp_path / "external.json").write_text(external.model_dump_json(), encoding="utf-8")
    write_run(tmp_path / "rules.jsonl", small_run)
    before = kept.model_copy(update={"external": external})
    variants = read_variants(tmp_path)
    assert variants.examination == examination and variants.external == external
    lines = page(with_parts(before, None, variants)).splitlines()
    assert (
        f"| xquad en→tr | 2 | {shown(half.interval)} | {shown(half.interval)} | {shown(half.interval)} |"
        in lines
    )
    ours_on = [line.split(" | ")[2:] for line in lines if line.startswith("| thquad tr→tr | ")]
    assert len(ours_on) == 2 and ours_on[0] == ours_on[1]
    other = external.model_copy(update={"files": {}})
    with pytest.raises(DipnotError, match="not asked the questions of others"):
        with_parts(before, None, replace(variants, external=other))


def test_without_the_rules_there_is_nothing_to_compare_with(tmp_path):
    with pytest.raises(DipnotError, match=r"no rules\.jsonl"):
        read_variants(tmp_path)


def test_variants_over_other_questions_are_refused(kept, small_run):
    header = small_run.header.model_copy(update={"gold": "0"})
    with pytest.raises(DipnotError, match="run reader is not over the questions"):
        run = small_run.model_copy(update={"header": header})
        with_parts(kept, None, Variants({"reader": run}, None, None))


def test_the_readme_has_the_held_out_questions_alone(kept):
    test = kept.model_copy(
        update={"questions": [q.model_copy(update={"split": "test"}) for q in kept.questions]}
    )
    assert short(test).splitlines()[2].startswith("| recall@5 | ")
    assert " – |" in short(kept)


def test_runs_over_different_questions_are_not_put_side_by_side(small_run, peer_run):
    header = peer_run.header.model_copy(update={"gold": "0"})
    other = peer_run.model_copy(update={"header": header})
    with pytest.raises(DipnotError, match="dipnot and bm25 are not over the same questions"):
        benchmarks_of([(small_run, 1), (other, 1)], "", baseline_of(small_run, 0))


def test_a_page_without_our_own_run_is_refused(peer_run):
    with pytest.raises(DipnotError, match="no run of dipnot"):
        benchmarks_of([(peer_run, 1)], "", baseline_of(peer_run, 0))


@pytest.mark.parametrize("content", [None, "{}", "x"])
def test_what_cannot_be_read_is_an_error(tmp_path, content):
    path = tmp_path / "b.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(DipnotError, match="cannot be read"):
        read_benchmarks(path)
