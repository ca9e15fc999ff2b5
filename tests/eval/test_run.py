"""Running the real assistant over real questions: the same run twice, and a run that was killed."""

import pytest

from app.settings import Settings, read_settings
from eval.gold import GOLD, read_gold
from eval.provenance import commit, corpus_fingerprint, header_of, machine, settings_of, versions
from eval.run import run
from eval.runfile import fingerprint, read_run
from eval.system import HITS, Dipnot, units_of


@pytest.fixture
def system(assistant):
    return Dipnot(assistant, "0")


@pytest.fixture
def header(system, assistant, some_questions):
    manifest = assistant.searcher.manifest
    return header_of(system, some_questions, "dev", assistant.articles, manifest, Settings())


def without_times(run):
    rows = [row.model_copy(update={"timings_ms": {}}) for row in run.rows]
    return run.model_copy(
        update={"rows": rows, "header": run.header.model_copy(update={"created": ""})}
    ).model_dump_json()


def test_two_identical_runs_differ_in_times_alone(system, header, some_questions, judge, tmp_path):
    one = run(system, some_questions, judge, header, tmp_path / "one.jsonl")
    other = run(system, some_questions, judge, header, tmp_path / "other.jsonl")
    assert without_times(one) == without_times(other)
    assert len(one.rows) == len(some_questions)
    assert all(row.timings_ms["total"] > 0 for row in one.rows)


class Killed(Dipnot):
    """Is killed at a question."""

    def __init__(self, assistant, at):
        super().__init__(assistant, "0")
        self._left = at

    def result(self, question):
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return super().result(question)


def test_a_killed_run_asks_only_what_is_left(assistant, system, header, some_questions, judge, tmp_path):
    out = tmp_path / "run.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run(Killed(assistant, 4), some_questions, judge, header, out)
    assert not out.exists()
    rest = Killed(assistant, len(some_questions) - 4)
    seen = []
    finished = run(rest, some_questions, judge, header, out, lambda done, total: seen.append((done, total)))
    whole = run(system, some_questions, judge, header, tmp_path / "whole.jsonl")
    assert without_times(finished) == without_times(whole)
    assert without_times(read_run(out)) == without_times(whole)
    assert seen[0] == (4, len(some_questions))
    assert seen[-1] == (len(some_questions), len(some_questions))


def test_a_row_holds_what_is_needed_to_score_it_again(small_run, judge):
    for row in small_run.rows:
        assert judge.score(row.question, row.hits, row.relevant_units, row.answer) == row.scores
        assert [hit.score for hit in row.hits] == sorted((hit.score for hit in row.hits), reverse=True)
        assert len(row.hits) <= HITS
        assert row.answer.timings_ms == {}


def test_the_assistant_is_asked_as_a_user_asks(assistant, gold):
    asked = []

    class Watched:
        articles = assistant.articles

        def ask(self, *arguments, **named):
            asked.append((arguments, named))
            return assistant.ask(*arguments, **named)

        def search(self, *arguments, **named):
            asked.append((arguments, named))
            return assistant.search(*arguments, **named)

    follow_up = gold.model_copy(update={"type": "follow-up", "history": ["Kars ne zaman alındı?"]})
    Dipnot(Watched(), "0").result(follow_up)
    assert asked == [
        ((gold.question,), {"history": follow_up.history}),
        ((gold.question, HITS), {"history": follow_up.history}),
    ]


def test_the_units_are_the_passages(assistant):
    units = list(units_of(assistant.articles))
    assert len(units) == len(assistant.searcher.passages)
    assert all(spans and article in assistant.articles for article, spans in units)


# Provenance


def test_the_header_says_where_a_run_comes_from(header, some_questions, assistant):
    assert header.gold == fingerprint(some_questions)
    assert header.corpus == corpus_fingerprint(assistant.articles)
    assert header.generation == assistant.generation
    assert header.commit == commit()
    assert header.machine == machine()
    assert {"python", "torch", "faiss-cpu", "bm25s", "dipnot"} <= set(header.versions)
    assert header.differences(header.model_copy(update={"created": "later"})) == []
    assert header.differences(header.model_copy(update={"split": "test", "commit": "x"})) == [
        "commit",
        "split",
    ]


def test_settings_that_change_answers_are_kept_and_places_are_not(tmp_path):
    kept = settings_of(read_settings({"index_dir": tmp_path, "search": {"rrf_k": 33}}))
    assert kept["search"]["rrf_k"] == 33
    assert kept["search"]["tr"]["lexical"] == Settings().search.tr.lexical
    assert str(tmp_path) not in str(kept)
    parts = ("", "_model", "_tokens", "_seed", "_temperature", "_rewrites")
    generator = {f"generator{part}" for part in parts}
    assert set(kept) == {"model", "search", "reader", "reading", "refusal", "entailment_model", *generator}


def test_a_key_and_where_it_is_used_are_nowhere_written(system, assistant, monkeypatch):
    monkeypatch.setenv("DIPNOT_GENERATOR_KEY", "sk-secret")
    monkeypatch.setenv("DIPNOT_STORE_KEY", "sk-secret-too")
    monkeypatch.setenv("DIPNOT_STORE", "milvus://somewhere")
    given = {"generator": "openai", "generator_url": "http://somewhere/v1", "generator_model": "a-model"}
    settings, manifest = read_settings(given), assistant.searcher.manifest
    written = header_of(system, [], "dev", assistant.articles, manifest, settings).model_dump_json()
    assert settings.generator_key and settings.generator_key.get_secret_value() == "sk-secret"
    assert "a-model" in written
    secret = ("sk-secret", "somewhere", "generator_key", "***")
    assert [hidden for hidden in secret if hidden in written] == []
    assert "sk-secret" not in f"{settings!r} {settings.model_dump_json()}"


def test_a_library_that_is_not_installed_has_no_version():
    assert "no-such-library" not in versions(["no-such-library"])


def test_the_fingerprint_of_questions_follows_their_content_and_order():
    questions = read_gold(GOLD, "dev")[:3]
    changed = [questions[0].model_copy(update={"answer": "x"}), *questions[1:]]
    prints = {fingerprint(questions), fingerprint(questions[::-1]), fingerprint(changed)}
    assert len(prints) == 3
    assert fingerprint(read_gold(GOLD, "dev")[:3]) in prints
