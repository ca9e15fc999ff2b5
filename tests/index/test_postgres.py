"""What is particular to a store in PostgreSQL: faults, half a generation, roles, addresses, the graph."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psycopg
import pytest

from corpus.article import LANGUAGES
from corpus.errors import DipnotError
from index import generation
from index.generation import Manifest
from index.lexical import Lexical
from index.stores import LocalStore, connections, tables
from index.stores.base import FIELDS, StoreUnavailable
from index.stores.postgres import Postgres, from_url
from index.stores.postgres_store import PostgresStore
from index.vectors import Kind, Vectors
from tests import generations
from tests.pgserver import PostgresServer

SECRET = "pä/ss@w:rd%"
WORDS = {"kars": 1.0, "w3": 0.5}


def made(folder: Path, number: int = 1, count: int = 40, dimension: int = 8) -> tuple[Path, Manifest]:
    """A generation of random vectors and words; another number, another one."""
    folder /= str(number)
    folder.mkdir()
    random = np.random.default_rng(number)
    counts = {"passages": count, "sentences": 2 * count, "questions": count // 2}
    for language in LANGUAGES:
        vectors = {}
        for field, size in counts.items():
            rows = random.standard_normal((size, dimension)).astype(np.float32)
            vectors[field] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        Vectors.build(vectors["passages"], kind=Kind()).save(folder / generation.PASSAGES[language])
        np.save(folder / generation.SENTENCES[language], vectors["sentences"])
        np.save(folder / generation.QUESTIONS[language], vectors["questions"])
        files = (generation.PASSAGE_TERMS, generation.SENTENCE_TERMS, generation.QUESTION_TERMS)
        for size, terms in zip(counts.values(), files, strict=True):
            texts = [[f"w{n % 7}", f"w{n % 5}", "kars"][: n % 4] for n in range(size)]
            Lexical.build(texts).save(folder / terms[language])
    inputs = generations.inputs(number)
    inputs = inputs.model_copy(update={"model": inputs.model.model_copy(update={"dimension": dimension})})
    manifest = Manifest(
        format=generation.FORMAT,
        id=generation.identify(inputs),
        created="2026-01-01T00:00:00+00:00",
        inputs=inputs,
        counts=counts,
        libraries={},
        files={},
    )
    return folder, manifest


def unit(dimension: int = 8) -> np.ndarray:
    vector = np.arange(1, dimension + 1, dtype=np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def is_like(store: PostgresStore, folder: Path) -> bool:
    """Whether all that a store holds is what the files hold."""
    local = LocalStore(folder)
    for field in FIELDS:
        for language in LANGUAGES:
            assert np.array_equal(store.vectors(field, language), local.vectors(field, language))
            own = local.weights(field, language, WORDS)
            np.testing.assert_allclose(store.weights(field, language, WORDS), own, atol=1e-5)
    return True


def administer(postgres: PostgresServer, *statements: str) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """A database of the test's own, without pgvector yet."""
    name = f"d{time.time_ns()}"
    administer(postgres, f"CREATE DATABASE {name}")
    yield name
    administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def url(postgres: PostgresServer, database: str) -> str:
    return postgres.url(database=database)


@pytest.fixture
def sql(url: str) -> Iterator[Callable[..., list[tuple]]]:
    """Runs a statement as the administrator of the database."""
    with psycopg.connect(url, autocommit=True) as connection:

        def run(statement: str, *values: object) -> list[tuple]:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

        yield run


@pytest.fixture
def role(postgres: PostgresServer) -> Iterator[str]:
    """A role that may do nothing but connect; to be asked for before a database."""
    administer(postgres, "CREATE ROLE reader LOGIN")
    yield "reader"
    administer(postgres, "DROP ROLE reader")


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[PostgresStore]:
    folder, manifest = made(tmp_path)
    engine = Postgres(url)
    engine.publish(folder, manifest)
    store = engine.open(folder, manifest)
    yield store
    store.close()


def schemas(sql: Callable[..., list[tuple]]) -> set[str]:
    return {
        name for (name,) in sql(r"SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|inform|public)'")
    }


@pytest.mark.parametrize(
    "address",
    [
        "",
        "postgresql://[::1/db",
        "mysql://host/db",
        "postgresql://host:port/db",
        f"postgresql://user:{SECRET}@host/db",
        "postgresql://user:hush%zz@host/db",
        "postgresql://user:hush@host/db?colour=red",
        "postgresql://user:hush@host/db?prefix=Big",
        "postgresql://user:hush@host/db?prefix=",
        "postgresql://user:hush@host/db?prefix=pg_mine",
        "postgresql://user:hush@host/db?prefix=a;drop",
    ],
)
def test_a_bad_address_is_told_in_one_line_that_does_not_repeat_it(address):
    with pytest.raises(DipnotError) as caught:
        from_url(address)
    line = str(caught.value)
    assert "postgresql://user@host:5432/database?prefix=dipnot" in line and "\n" not in line
    assert "hush" not in line and "ss@w" not in line
    # Nor in a traceback by what psycopg says of it.
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_address_is_shown_without_its_secrets():
    address = connections.Address(
        "postgresql://user:h%40sh@host:5433/db?sslmode=require&password=other", None
    )
    assert address.shown == "postgresql://user@host:5433/db?sslmode=require"
    assert address.parameters["password"] == "other"
    assert address.without_secrets("no other\n way") == "no *** way"
    with_key = connections.Address("postgresql://user:h%40sh@host/db", "key")
    assert (with_key.shown, with_key.parameters["password"]) == ("postgresql://user@host/db", "key")


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("postgresql://user:hush@host/db?prefix=a", None),
        ("postgresql://user:hu%2Fsh%40@host/db", "hush"),
        ("postgresql://user@host/db?password=hush&sslpassword=hush", None),
        ("postgresql://user@host/db", "hush"),
    ],
)
def test_a_store_is_shown_without_a_password(url, key):
    assert str(from_url(url, key)) == "postgresql://user@host/db"


def test_without_the_package_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DipnotError, match=r"needs the package psycopg: pip install 'dipnot\[postgres\]'"):
        from_url("postgresql://user@host/db")


def test_the_prefix_of_the_address_parts_two_indexes_in_one_database(url, tmp_path, sql):
    folder, manifest = made(tmp_path)
    one, other = from_url(url), from_url(f"{url}&prefix=other")
    assert one.publish(folder, manifest) is True
    with pytest.raises(StoreUnavailable, match=f"Generation {manifest.id} is not in postgresql://"):
        other.open(folder, manifest)
    assert other.publish(folder, manifest) is True
    assert schemas(sql) == {f"dipnot_{manifest.id}", f"other_{manifest.id}"}
    one.prune(frozenset())
    assert schemas(sql) == {f"other_{manifest.id}"}


def test_what_is_published_is_what_the_files_hold_and_progress_is_told(url, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "BLOCK", 7)
    folder, manifest = made(tmp_path)
    told: list[tuple[int, int]] = []
    engine = Postgres(url)
    assert engine.publish(folder, manifest, lambda *step: told.append(step)) is True
    total = 4 * sum(manifest.counts.values())
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1] == (total, total) and len(told) > total / 7
    store = engine.open(folder, manifest)
    assert is_like(store, folder)
    store.close()
    told.clear()
    assert engine.publish(folder, manifest, lambda *step: told.append(step)) is False
    assert told == []


PUBLISH = """
import sys
from pathlib import Path
from index.generation import Manifest
from index.stores import tables
from index.stores.postgres import Postgres

tables.BLOCK = 10
url, folder, manifest, step = sys.argv[1:]

def pause(done, total):
    if done >= float(step) * total:
        print("reached", flush=True)
        sys.stdin.read()

Postgres(url).publish(Path(folder), Manifest.model_validate_json(manifest), pause)
"""


@pytest.mark.parametrize("step", [0.0, 0.6, 1.0])
def test_a_publisher_that_is_killed_leaves_nothing_and_the_next_one_publishes(url, tmp_path, sql, step):
    folder, manifest = made(tmp_path)
    arguments = [url, str(folder), manifest.model_dump_json(), str(step)]
    child = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None and child.stdout.readline() == b"reached\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    engine = Postgres(url)
    with pytest.raises(StoreUnavailable, match="Put it there with: dipnot index"):
        engine.open(folder, manifest)
    assert schemas(sql) == set()
    assert engine.publish(folder, manifest) is True
    store = engine.open(folder, manifest)
    assert is_like(store, folder)
    store.close()


@pytest.mark.parametrize("lost", ["questions_en", "sentences_tr_words", "generation"])
def test_a_generation_that_lost_a_table_is_not_opened_and_is_published_again(url, tmp_path, sql, lost):
    folder, manifest = made(tmp_path)
    engine = Postgres(url)
    engine.publish(folder, manifest)
    sql(f"DROP TABLE dipnot_{manifest.id}.{lost}")
    with pytest.raises(StoreUnavailable, match=f"Generation {manifest.id} is not in"):
        engine.open(folder, manifest)
    assert engine.publish(folder, manifest) is True
    store = engine.open(folder, manifest)
    assert is_like(store, folder)
    store.close()


def test_two_publishers_at_once_publish_it_once(url, tmp_path):
    folder, manifest = made(tmp_path, count=400)
    # The extension too is made by one of them.
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: Postgres(url).publish(folder, manifest), range(3)))
    assert sorted(done) == [False, False, True]
    store = Postgres(url).open(folder, manifest)
    assert is_like(store, folder)
    store.close()


def test_pruning_leaves_what_is_kept_and_what_is_not_ours(url, tmp_path, sql):
    engine = Postgres(url)
    (one, first), (two, second) = made(tmp_path, 1), made(tmp_path, 2)
    engine.publish(one, first)
    engine.publish(two, second)
    foreign = {"dipnot_0123456789abcdef", "dipnot_notes", "mine", f"dipnot_x_{first.id}"}
    for name in foreign:
        sql(f"CREATE SCHEMA {name}")
    engine.prune(frozenset({second.id}))
    assert schemas(sql) == {f"dipnot_{second.id}", *foreign}
    store = engine.open(two, second)
    assert is_like(store, two)
    store.close()


def test_a_schema_of_that_name_that_is_not_ours_is_left_alone(url, tmp_path, sql):
    folder, manifest = made(tmp_path)
    sql(f"CREATE SCHEMA dipnot_{manifest.id}")
    sql(f"CREATE TABLE dipnot_{manifest.id}.notes ()")
    with pytest.raises(StoreUnavailable, match="that Dipnot did not make"):
        Postgres(url).publish(folder, manifest)
    sql(f"SELECT * FROM dipnot_{manifest.id}.notes")


def test_a_question_to_a_generation_that_was_pruned_is_told_what_to_do(opened, url):
    Postgres(url).prune(frozenset())
    with pytest.raises(StoreUnavailable, match="Put it there with: dipnot index"):
        opened.cosines("passages", "tr", unit())


def test_a_server_that_was_started_again_is_asked_again(postgres, opened):
    before = opened.nearest("passages", "tr", unit(), 5).numbers.tolist()
    postgres.stop()
    try:
        started = time.monotonic()
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="does not answer") as caught:
                opened.nearest("passages", "tr", unit(), 5)
            assert "\n" not in str(caught.value)
        assert time.monotonic() - started < connections.CONNECT_SECONDS
    finally:
        postgres.start()
    assert opened.nearest("passages", "tr", unit(), 5).numbers.tolist() == before
    # Lost between two questions, without one in the meantime.
    postgres.stop()
    postgres.start()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: opened.nearest("passages", "tr", unit(), 5), range(8)))
    assert [one.numbers.tolist() for one in found] == [before] * 8


def test_a_server_that_is_not_there_is_told_by_publish_open_and_prune(tmp_path):
    folder, manifest = made(tmp_path)
    engine = from_url("postgresql://user:hush@127.0.0.1:1/db", None)
    for call in (engine.publish, engine.open):
        with pytest.raises(StoreUnavailable, match=r"postgresql://user@127.0.0.1:1/db does not answer"):
            call(folder, manifest)
    with pytest.raises(StoreUnavailable, match="does not answer"):
        engine.prune(frozenset())


@pytest.fixture
def locked(postgres: PostgresServer) -> Iterator[str]:
    """A role with a password, which the server asks for; to be asked for before a database."""
    rules = postgres.data / "pg_hba.conf"
    before = rules.read_text()
    administer(postgres, f"CREATE ROLE locked SUPERUSER LOGIN PASSWORD '{SECRET}'")
    rules.write_text("local all locked scram-sha-256\n" + before)
    administer(postgres, "SELECT pg_reload_conf()")
    yield "locked"
    rules.write_text(before)
    administer(postgres, "SELECT pg_reload_conf()", "DROP ROLE locked")


def test_a_password_opens_and_is_never_shown(postgres, locked, database, tmp_path):
    folder, manifest = made(tmp_path)
    url = postgres.url(locked, database)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        # The server reads its rules again in its own time.
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            break
    assert from_url(url, SECRET).publish(folder, manifest) is True
    encoded = url.replace("locked@", "locked:p%C3%A4%2Fss%40w%3Ard%25@")
    from_url(encoded).open(folder, manifest).close()
    with pytest.raises(StoreUnavailable, match="is not in") as caught:
        from_url(f"{encoded}&prefix=other").open(folder, manifest)
    assert "locked@" in str(caught.value) and "ss%40" not in str(caught.value)
    for wrong in ("hush-wrong", None):
        with pytest.raises(StoreUnavailable, match="does not answer") as caught:
            from_url(url, wrong).open(folder, manifest)
        assert "password" in str(caught.value)
        assert "hush" not in f"{caught.value}{caught.value.__cause__!r}"


def test_a_role_that_may_only_read_opens_and_asks(postgres, role, database, sql, tmp_path):
    engine = Postgres(postgres.url(database=database))
    (one, first), (two, second) = made(tmp_path, 1), made(tmp_path, 2)
    engine.publish(one, first)
    reader = Postgres(postgres.url(role, database))
    with pytest.raises(StoreUnavailable, match="does not allow that") as caught:
        reader.open(one, first)
    # What the message says has to be run is enough.
    for statement in str(caught.value).partition("has to run: ")[2].split("; "):
        sql(statement.removeprefix("and, for generations to come: "))
    engine.publish(two, second)
    for folder, manifest in ((one, first), (two, second)):
        store = reader.open(folder, manifest)
        assert is_like(store, folder)
        assert len(store.nearest("questions", "en", unit(), 5).numbers) == 5
        store.close()
        assert reader.publish(folder, manifest) is False
    with pytest.raises(StoreUnavailable, match="does not allow that"):
        reader.prune(frozenset())


def test_a_role_that_may_not_is_told_what_an_administrator_has_to_run(
    postgres, role, database, sql, tmp_path
):
    folder, manifest = made(tmp_path)
    engine = Postgres(postgres.url(role, database))
    for needed in ("CREATE EXTENSION vector", f'GRANT CREATE ON DATABASE "{database}" TO "{role}"'):
        with pytest.raises(StoreUnavailable, match="An administrator has to run") as caught:
            engine.publish(folder, manifest)
        assert str(caught.value).endswith(f": {needed}")
        sql(needed)
    assert engine.publish(folder, manifest) is True


def test_a_server_without_pgvector_or_with_an_old_one_is_told_what_to_install(url, sql, tmp_path):
    folder, manifest = made(tmp_path)
    nowhere = from_url(f"{url}&options=-c%20extension_control_path%3D/nowhere")
    with pytest.raises(
        StoreUnavailable, match=r"has no pgvector\. .* and then run .*: CREATE EXTENSION vector"
    ):
        nowhere.publish(folder, manifest)
    sql("CREATE EXTENSION vector")
    sql("UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'")
    with pytest.raises(StoreUnavailable, match=r"pgvector 0\.7\.4; .*: ALTER EXTENSION vector UPDATE"):
        Postgres(url).publish(folder, manifest)


def test_a_pgvector_in_a_schema_of_its_own_is_found(url, sql, tmp_path):
    sql('CREATE SCHEMA "our extensions"')
    sql('CREATE EXTENSION vector SCHEMA "our extensions"')
    folder, manifest = made(tmp_path)
    engine = Postgres(url)
    engine.publish(folder, manifest)
    store = engine.open(folder, manifest)
    assert is_like(store, folder)
    store.close()


def test_a_question_that_takes_too_long_is_stopped_by_the_server(opened, url, monkeypatch):
    monkeypatch.setattr(connections, "QUESTION_SECONDS", 1)
    schema = opened._tables.schema
    with psycopg.connect(url) as other:
        other.execute(f"LOCK TABLE {schema}.passages_tr IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match=r"took too long: .*statement timeout"):
            opened.cosines("passages", "tr", unit())
        assert time.monotonic() - started < 5
    # The connection is of use again.
    assert len(opened.cosines("passages", "tr", unit())) == opened.count("passages")


def test_a_server_that_stands_still_is_not_waited_for(opened, monkeypatch):
    opened.close()
    opened._connections._is_closed = False
    monkeypatch.setattr(connections, "DEADLINE_SECONDS", 1)
    ((backend,),) = opened._connections.ask("SELECT pg_backend_pid()")
    os.kill(backend, signal.SIGSTOP)
    try:
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="took too long: no answer within 1 seconds"):
            opened.cosines("passages", "tr", unit())
        assert time.monotonic() - started < 5
    finally:
        os.kill(backend, signal.SIGCONT)
    assert len(opened.cosines("passages", "tr", unit())) == opened.count("passages")


def test_more_threads_than_connections_wait_for_each_other(opened, sql, monkeypatch):
    monkeypatch.setattr(connections, "CONNECTIONS", 2)
    shared = connections.Connections(opened._connections.address)
    most = 0

    def ask(_: int) -> int:
        nonlocal most
        ((count,),) = shared.ask(
            "SELECT count(*) FROM pg_stat_activity, pg_sleep(0.02) "
            "WHERE application_name = 'dipnot' AND state = 'active'"
        )
        most = max(most, count)
        return threading.get_ident()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(40)))) > 2
    assert most == 2
    monkeypatch.setattr(connections, "QUESTION_SECONDS", 0.2)
    shared._room.acquire()
    shared._room.acquire()
    with pytest.raises(StoreUnavailable, match="too many questions at once"):
        ask(0)
    shared.close()


def test_nothing_outlasts_a_question_so_that_a_pgbouncer_may_stand_between(opened):
    opened.lexical("passages", "tr", WORDS, 5)
    opened.nearest("passages", "tr", unit(), 5)
    held = opened._connections._kept()
    assert held is not None
    held.autocommit = True
    assert held.execute("SELECT count(*) FROM pg_prepared_statements").fetchall() == [(0,)]
    assert held.execute("SHOW search_path").fetchall() == [('"$user", public',)]
    assert held.execute("SHOW statement_timeout").fetchall() == [("0",)]
    held.close()


def test_of_many_vectors_the_nearest_are_found_by_a_graph(url, sql, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "EXACT_ROWS", 1000)
    folder, manifest = made(tmp_path, count=3000, dimension=16)
    # On so few rows the server would rather read them all.
    engine = from_url(f"{url}&options=-c%20enable_seqscan%3Doff")
    engine.publish(folder, manifest)
    drawn = sql("SELECT tablename FROM pg_indexes WHERE indexdef ~ 'hnsw' ORDER BY tablename")
    assert drawn == [(f"{field}_{side}",) for field in sorted(FIELDS) for side in ("en", "tr")]
    store, local = engine.open(folder, manifest), LocalStore(folder)
    for k in (10, 200, 1500):
        found, own = (one.nearest("passages", "tr", unit(16), k) for one in (store, local))
        assert len(found.numbers) == k
        assert len(np.intersect1d(found.numbers, own.numbers)) > 0.95 * k
        assert (np.diff(found.scores) <= 0).all()
        expected = local.cosines("passages", "tr", unit(16), found.numbers)
        np.testing.assert_allclose(found.scores, expected, atol=1e-6)
    store.close()
    used = "SELECT idx_scan FROM pg_stat_user_indexes WHERE relname = 'passages_tr' AND indexrelname ~ 'emb'"
    deadline = time.monotonic() + 10
    while sql(used) < [(3,)] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sql(used) >= [(3,)]


def test_equal_scores_stand_in_the_order_of_their_numbers(opened):
    found = opened.lexical("sentences", "tr", WORDS, 1000)
    assert len(found.numbers) > 20 and len(set(found.scores.tolist())) < len(found.numbers)
    order = np.lexsort((found.numbers, -found.scores))
    assert np.array_equal(order, np.arange(len(order)))


def test_a_full_disk_is_told_and_leaves_nothing(postgres, url, sql, database, tmp_path):
    point = postgres.data.parent / "small"
    point.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(point)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs to mount a small tmpfs, which this machine does not allow: {error}")
    try:
        space = point / "space"
        space.mkdir()
        owner = postgres.data.stat()
        os.chown(space, owner.st_uid, owner.st_gid)
        sql(f"CREATE TABLESPACE small LOCATION '{space}'")
        sql(f"ALTER DATABASE {database} SET default_tablespace = small")
        folder, manifest = made(tmp_path, count=2000, dimension=64)
        engine = Postgres(url)
        with pytest.raises(StoreUnavailable, match="No space left on device") as caught:
            engine.publish(folder, manifest)
        assert "\n" not in str(caught.value)
        assert schemas(sql) == set()
        sql(f"ALTER DATABASE {database} RESET default_tablespace")
        assert engine.publish(folder, manifest) is True
        sql("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", str(point)], check=True, capture_output=True)
