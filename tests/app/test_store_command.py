"""The command line and the server with a database for vectors and words: real PostgreSQL, real Milvus."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from index import generation
from tests.commandline import Dipnot
from tests.pgserver import PostgresServer
from tests.program import served

QUESTION = "Kars Antlaşması ne zaman imzalandı?"
# How long a server may take to find its database again.
PATIENCE = 20.0


@pytest.fixture
def own_index(index_dir: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real index, as one of its own in the working folder."""
    copy = Path(shutil.copytree(index_dir, folder / "index"))
    monkeypatch.setenv("DIPNOT_INDEX_DIR", str(copy))
    return copy


@pytest.fixture(params=["milvus", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "milvus":
        return f"milvus://{tmp_path}/store.db"
    more = f"&prefix={'p' + tmp_path.name[-8:].replace('-', '_')}"
    return str(request.getfixturevalue("postgres").url(more=more))


def answer(dipnot: Dipnot) -> dict[str, object]:
    done = dipnot("ask", QUESTION, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    return {name: found[name] for name in ("status", "text", "citations", "generation")}


def test_an_index_is_copied_into_a_database_and_answers_from_it(program, own_index, url, monkeypatch):
    alone = answer(program)
    monkeypatch.setenv("DIPNOT_STORE", url)
    program("ask", QUESTION).complains(1, "is not in", "dipnot index")
    first = program("index")
    assert (first.code, "was copied into" in first.out) == (0, True), first.err
    again = program("index")
    assert (again.code, "up to date" in again.out, "was copied" in again.out) == (0, True, False)
    assert answer(program) == alone
    told = program("doctor")
    assert "holds the current generation" in told.out


def test_what_the_database_lacks_after_going_back_is_copied_again(program, own_index, url, monkeypatch):
    monkeypatch.setenv("DIPNOT_STORE", url)
    assert program("backup", "kept.tar").code == 0
    shutil.rmtree(own_index)
    restored = program("restore", "kept.tar")
    assert (restored.code, "copied into" in restored.out) == (0, True), restored.err
    assert answer(program)["status"] == "answered"


@pytest.mark.parametrize(
    "store", ["mysql://u:geheim@h/d", "geheim", "milvus://", "postgresql://u:geheim@h:x/d"]
)
def test_an_address_that_is_none_is_one_line_without_a_password(dipnot, own_index, store, monkeypatch):
    monkeypatch.setenv("DIPNOT_STORE", store)
    done = dipnot("ask", QUESTION)
    done.complains(1)
    assert "geheim" not in done.err or store == "geheim"


def test_a_database_that_is_not_there_is_one_line(dipnot, own_index, tmp_path, monkeypatch):
    monkeypatch.setenv("DIPNOT_STORE", f"postgresql://u@/d?host={tmp_path}")
    monkeypatch.setenv("DIPNOT_STORE_KEY", "geheim")
    done = dipnot("ask", QUESTION)
    done.complains(1)
    assert "geheim" not in done.err


def test_readers_are_told_to_come_again_while_the_database_is_away(
    own_index: Path, folder: Path, program: Dipnot, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.url(more="&prefix=away")
    monkeypatch.setenv("DIPNOT_STORE", url)
    assert program("index").code == 0
    with served(folder, own_index, store=url, answers_cached="0") as server:
        ask = f"{server.address}/v1/ask"
        assert httpx.post(ask, json={"question": QUESTION}, timeout=60).json()["status"] == "answered"
        postgres.stop()
        try:
            away = httpx.post(ask, json={"question": QUESTION}, timeout=60)
            page = httpx.get(f"{server.address}/ask", params={"q": QUESTION}, timeout=60)
            other = httpx.post(
                f"{server.address}/v1/chat/completions",
                json={"model": "dipnot", "messages": [{"role": "user", "content": QUESTION}]},
                timeout=60,
            )
        finally:
            postgres.start()
        assert (away.status_code, away.json()["code"]) == (503, "not_ready")
        assert int(away.headers["Retry-After"]) > 0
        assert other.status_code == 503
        assert page.status_code in (404, 503)
        for told in (away.text, other.text, page.text):
            assert "postgres" not in told
        assert "postgresql://" in server.err.read_text()
        back = httpx.post(ask, json={"question": QUESTION}, timeout=PATIENCE)
        assert back.json()["status"] == "answered"


def test_a_generation_that_is_gone_goes_from_the_database_too(program, own_index, url, monkeypatch):
    from index.stores import engine_of
    from index.stores.base import StoreUnavailable

    monkeypatch.setenv("DIPNOT_STORE", url)
    assert program("index").code == 0
    folder, manifest = generation.verified(own_index)
    engine_of(url).open(folder, manifest).close()
    engine_of(url).prune(frozenset())
    with pytest.raises(StoreUnavailable, match=manifest.id):
        engine_of(url).open(folder, manifest)


def test_the_setting_is_empty_unless_it_is_given(folder):
    assert Settings().store == ""
    assert Settings().store_password is None
