"""What is particular to Milvus: its addresses and names, and whatever may befall it.

All on milvus-lite, a real engine behind the real client: in a file, and as a server on loopback.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.article import LANGUAGES
from corpus.errors import DipnotError
from index import generation
from index.lexical import Lexical
from index.stores import FIELDS, LocalStore, milvus_client, milvus_collections, milvus_store
from index.stores.base import Field, Scored, StoreUnavailable
from index.stores.milvus import Milvus, from_url
from index.stores.milvus_store import MilvusStore
from index.vectors import Kind, Vectors
from tests import generations

pytest.importorskip("milvus_lite")

WORDS = ["kars", "mosko", "antla", "ışık", "gümrü", "petro", "1921", "sulh"]
DIMENSION = 384
Generation = tuple[Path, generation.Manifest]


def made(index: Path, number: int = 1, counts: tuple[int, int, int] = (60, 90, 40)) -> Generation:
    """A generation of random vectors and words; the same ``number``, the same one.

    Its first passages are all alike, the next has no word, in no language.
    """
    rng = np.random.default_rng(number)
    inputs = generations.inputs(number)
    sizes = dict(zip(FIELDS, counts, strict=True))
    terms = {
        "passages": generation.PASSAGE_TERMS,
        "sentences": generation.SENTENCE_TERMS,
        "questions": generation.QUESTION_TERMS,
    }
    name = generation.identify(inputs)
    with generation.writing(index, name) as folder:
        for language in LANGUAGES:
            for field in FIELDS:
                rows = unit(rng.standard_normal((sizes[field], DIMENSION)))
                documents = [rng.choice(WORDS, rng.integers(1, 6)).tolist() for _ in rows] or [[]]
                if field == "passages":
                    rows[:30], documents[:30] = rows[0], [documents[0]] * 30
                    rows[30], documents[30] = 0, []
                    Vectors.build(rows, kind=Kind("Flat")).save(folder / generation.PASSAGES[language])
                else:
                    files = generation.SENTENCES if field == "sentences" else generation.QUESTIONS
                    np.save(folder / files[language], rows)
                Lexical.build(documents).save(folder / terms[field][language])
        manifest = generation.Manifest(
            format=generation.FORMAT,
            id=name,
            created="2026-01-01T00:00:00+00:00",
            inputs=inputs,
            counts={"articles": 1, **sizes},
            libraries={},
            files=generation.describe(folder),
        )
        (folder / generation.MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
    return generation.folder_of(index, name), manifest


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("milvus") / "index"


@pytest.fixture(scope="module")
def first(index: Path) -> Generation:
    return made(index, 1)


@pytest.fixture(scope="module")
def second(index: Path) -> Generation:
    """Another one, without a register of questions."""
    return made(index, 2, (40, 50, 0))


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "store.db"
    yield path
    from milvus_lite.server_manager import server_manager_instance

    server_manager_instance.release_server(str(path))


@pytest.fixture
def engine(file: Path) -> Milvus:
    return Milvus(str(file))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, first: Generation) -> Milvus:
    """An engine that holds the first generation, for tests that change nothing."""
    engine = Milvus(str(tmp_path_factory.mktemp("shared") / "store.db"))
    engine.publish(*first)
    return engine


@pytest.fixture
def store(shared: Milvus, first: Generation) -> Iterator[MilvusStore]:
    with closing(shared.open(*first)) as opened:
        yield opened


@pytest.fixture(scope="module")
def local(first: Generation) -> LocalStore:
    return LocalStore(first[0])


def asked(seed: int = 7) -> NDArray[np.float32]:
    return unit(np.random.default_rng(seed).standard_normal((1, DIMENSION)))[0]


def holds(engine: Milvus, own: Generation) -> bool:
    """Whether an engine has a generation just as it is in its files."""
    local = LocalStore(own[0])
    words = dict.fromkeys(WORDS, 1.0)
    with closing(engine.open(*own)) as store:
        return all(
            np.array_equal(store.vectors(field, lang), local.vectors(field, lang))
            and np.allclose(store.weights(field, lang, words), local.weights(field, lang, words))
            for field in FIELDS
            for lang in LANGUAGES
        )


def collections(engine: Milvus) -> set[str]:
    with closing(engine.connect()) as client:
        return set(client.list_collections())


# Addresses and names.


@pytest.mark.parametrize(
    ("url", "key", "uri", "token", "database", "prefix"),
    [
        ("milvus://db.example", None, "http://db.example:19530", "", "", "dipnot"),
        ("milvus://db.example:1/library", "k", "http://db.example:1", "k", "library", "dipnot"),
        ("milvus+https://db.example/a/?prefix=b", None, "https://db.example:443", "", "a", "b"),
        ("milvus://root:p%40ss@h", None, "http://h:19530", "root:p@ss", "", "dipnot"),
        ("milvus://root@h", "p:w", "http://h:19530", "root:p:w", "", "dipnot"),
        ("milvus://[::1]:9/", None, "http://[::1]:9", "", "", "dipnot"),
        ("milvus:///var/lib/a%20b.db?prefix=c", None, "/var/lib/a b.db", "", "", "c"),
    ],
)
def test_a_url_says_where_and_as_whom(
    url: str, key: str | None, uri: str, token: str, database: str, prefix: str
) -> None:
    engine = from_url(url, key)
    assert (engine._uri, engine._token, engine._database, engine._prefix) == (uri, token, database, prefix)


@pytest.mark.parametrize(
    "url",
    [
        "milvus:",
        "milvus://",
        "milvus:///",
        "milvus:///a/file.sqlite",
        "milvus:relative.db",
        "milvus://relative.db",
        "milvus+https:///a.db",
        "milvus://host:port",
        "milvus://host/a/b",
        "milvus://host?prefix",
        "milvus://host?user=x",
        "milvus://[host",
        "milvus://root:geheim@host/a/b",
        "milvus://root:a/geheim@host",
        "milvus://root:1/geheim@host",
        "http://host",
    ],
)
def test_a_url_that_is_none_is_told_in_one_line(url: str) -> None:
    with pytest.raises(DipnotError, match=r"is not understood. Write milvus://host:19530/database") as caught:
        from_url(url, None)
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["", "1a", "a-b", "ışık", "a" * 65])
def test_a_prefix_that_milvus_would_refuse_is_refused(prefix: str) -> None:
    with pytest.raises(DipnotError, match="prefix"):
        Milvus("http://host", prefix=prefix)


def test_the_name_of_a_store_has_no_password() -> None:
    assert Milvus("http://root:geheim@host:1", database="library").name == "http://host:1/library"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("milvus://root:geheim@host/library?prefix=a", None),
        ("milvus://root:ge%2Fheim%40@host/library", "geheim"),
        ("milvus://root@host/library", "geheim"),
        ("milvus://host/library", "root:geheim"),
    ],
)
def test_a_store_is_shown_without_a_password_or_a_key(url: str, key: str | None) -> None:
    assert str(from_url(url, key)) == "http://host:19530/library"


@pytest.mark.parametrize(
    ("module", "uri", "package"),
    [("pymilvus", "http://host", "pymilvus"), ("milvus_lite", "/tmp/a.db", "milvus-lite")],
)
def test_a_missing_package_is_told(
    monkeypatch: pytest.MonkeyPatch, module: str, uri: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DipnotError, match=rf"needs the package {package}: pip install 'dipnot\[milvus\]'"):
        Milvus(uri)


def test_a_cluster_needs_no_milvus_lite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "milvus_lite", None)
    assert Milvus("http://host").name == "http://host"


# What is found.


def test_equal_scores_stand_in_the_order_of_their_numbers_whatever_an_engine_prefers(
    store: MilvusStore, local: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = store._searched

    def backwards(field: Field, column: str, query: Any, limit: int, condition: str = "") -> Scored:
        found = search(field, column, query, store.count(field), condition)
        order = np.lexsort((-found.numbers, -found.scores))[:limit]
        return Scored(found.numbers[order], found.scores[order])

    monkeypatch.setattr(store, "_searched", backwards)
    # Of thirty passages that are all alike the first five: more than are looked at beyond those asked for.
    vector = local.vectors("passages", "tr")[0]
    assert store.nearest("passages", "tr", vector, 5).numbers.tolist() == [0, 1, 2, 3, 4]
    words = {"kars": 1.0, "mosko": 2.0, "petro": 0.5}
    for k in (1, 4, 20):
        found = local.lexical("passages", "tr", words, k)
        assert store.lexical("passages", "tr", words, k).numbers.tolist() == found.numbers.tolist()


def test_more_than_milvus_gives_is_compared_here(
    store: MilvusStore, local: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_store, "MOST_FOUND", 10)
    found = store.nearest("questions", "en", asked(), 25)
    assert found.numbers.tolist() == local.nearest("questions", "en", asked(), 25).numbers.tolist()
    words = dict.fromkeys(WORDS, 1.0)
    found = store.lexical("questions", "en", words, 25)
    assert found.numbers.tolist() == local.lexical("questions", "en", words, 25).numbers.tolist()
    assert len(found.numbers) == 25


def test_what_is_fetched_comes_in_blocks(
    store: MilvusStore, local: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_store, "BLOCK", 7)
    words = dict.fromkeys(WORDS, 0.5)
    for numbers in (None, np.arange(1, 60, 3), np.arange(14)):
        got = store.vectors("passages", "en", numbers)
        assert np.array_equal(got, local.vectors("passages", "en", numbers))
        got = store.cosines("passages", "en", asked(), numbers)
        np.testing.assert_allclose(got, local.cosines("passages", "en", asked(), numbers), atol=1e-6)
        got = store.weights("passages", "en", words, numbers)
        np.testing.assert_allclose(got, local.weights("passages", "en", words, numbers), rtol=1e-6)


def test_a_word_that_counts_nothing_finds_nothing(store: MilvusStore) -> None:
    assert len(store.lexical("passages", "tr", {"kars": 0.0}, 5).numbers) == 0


def test_a_passage_without_a_word_is_there_all_the_same(store: MilvusStore) -> None:
    assert not store.vectors("passages", "tr", np.array([30])).any()
    assert 30 not in store.lexical("passages", "tr", dict.fromkeys(WORDS, 1.0), 60).numbers
    assert 30 in store.nearest("passages", "tr", asked(), 60).numbers


def test_a_graph_of_neighbours_finds_them_too(
    engine: Milvus, first: Generation, local: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_collections, "EXACT_UP_TO", 10)
    engine.publish(*first)
    with closing(engine.connect()) as client:
        kinds = [
            client.describe_index(f"dipnot_{first[1].id}_{field}", "tr")["index_type"] for field in FIELDS
        ]
    assert kinds == ["HNSW"] * 3
    with closing(engine.open(*first)) as store:
        found = store.nearest("questions", "tr", asked(), 10)
        assert found.numbers.tolist() == local.nearest("questions", "tr", asked(), 10).numbers.tolist()
        # Such a graph might miss some: cosines are worked out from the vectors themselves.
        numbers = np.arange(0, 60, 2)
        for some in (None, numbers):
            cosines = store.cosines("passages", "en", asked(), some)
            np.testing.assert_allclose(cosines, local.cosines("passages", "en", asked(), some), atol=1e-6)


# Publishing and pruning.


def test_a_generation_travels_in_blocks_and_says_how_far_it_is(
    engine: Milvus, first: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_collections, "INSERT_BLOCK", 25)
    told: list[tuple[int, int]] = []
    assert engine.publish(*first, lambda done, total: told.append((done, total))) is True
    assert [done for done, _ in told] == [25, 50, 60, 85, 110, 135, 150, 175, 190]
    assert {total for _, total in told} == {190}
    assert holds(engine, first)
    assert engine.publish(*first) is False


def test_without_a_register_its_collection_is_empty(engine: Milvus, second: Generation) -> None:
    engine.publish(*second)
    with closing(engine.open(*second)) as store:
        assert store.count("questions") == 0
        assert len(store.nearest("questions", "tr", asked(), 5).numbers) == 0
        assert len(store.lexical("questions", "tr", {"kars": 1.0}, 5).numbers) == 0
        assert store.vectors("questions", "tr").shape == (0, DIMENSION)


CHILD = """
import os, signal, sys
from pathlib import Path
from index import generation
from index.stores import milvus, milvus_collections
milvus_collections.INSERT_BLOCK = 25
folder = Path(sys.argv[2])
def progress(done, total):
    if done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
milvus.Milvus(sys.argv[1]).publish(folder, generation.read_manifest(folder), progress)
"""


@pytest.mark.parametrize("reached", [25, 110, 190])
def test_what_a_killed_publisher_left_is_not_taken_for_whole_and_is_repaired(
    file: Path, engine: Milvus, first: Generation, reached: int
) -> None:
    command = [sys.executable, "-c", CHILD, str(file), str(first[0]), str(reached)]
    assert subprocess.run(command, check=False, timeout=120).returncode == -signal.SIGKILL
    assert collections(engine)
    with pytest.raises(StoreUnavailable, match=rf"Generation {first[1].id} is not in .*store.db. Put it"):
        engine.open(*first)
    assert engine.publish(*first) is True
    assert holds(engine, first)


def lose_marker(client: Any, name: str) -> None:
    client.drop_collection(f"dipnot_{name}_whole_{milvus_collections.LAYOUT}")


def lose_collection(client: Any, name: str) -> None:
    client.drop_collection(f"dipnot_{name}_sentences")


def lose_entities(client: Any, name: str) -> None:
    client.delete(f"dipnot_{name}_passages", filter="number in [3, 4]")


def have_twice(client: Any, name: str) -> None:
    full = f"dipnot_{name}_questions"
    (entity,) = client.query(full, filter="number == 3", output_fields=["*"])
    client.insert(full, [{**entity, "number": 1000}])


@pytest.mark.parametrize("spoil", [lose_marker, lose_collection, lose_entities, have_twice])
def test_what_is_not_whole_is_refused_and_repaired(
    engine: Milvus, first: Generation, spoil: Callable[[Any, str], None]
) -> None:
    engine.publish(*first)
    with closing(engine.connect()) as client:
        spoil(client, first[1].id)
    with pytest.raises(StoreUnavailable, match=f"Generation {first[1].id} is not in"):
        engine.open(*first)
    assert engine.publish(*first) is True
    assert holds(engine, first)


def test_another_layout_is_made_anew(
    engine: Milvus, first: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.publish(*first)
    monkeypatch.setattr(milvus_collections, "LAYOUT", 3)
    assert engine.publish(*first) is True
    assert {name[-7:] for name in collections(engine) if "whole" in name} == {"whole_3"}


def test_pruning_removes_only_what_belongs_to_the_prefix(
    file: Path, engine: Milvus, first: Generation, second: Generation
) -> None:
    other = Milvus(str(file), prefix="dipnot_2")
    engine.publish(*first)
    engine.publish(*second)
    other.publish(*second)
    with closing(engine.connect()) as client:
        client.create_collection("dipnot_of_somebody_else", dimension=2)
        client.drop_collection(f"dipnot_{second[1].id}_passages")
    engine.prune(frozenset({first[1].id}))
    assert not any(name.startswith(f"dipnot_{second[1].id}") for name in collections(engine))
    assert "dipnot_of_somebody_else" in collections(engine)
    assert holds(engine, first)
    assert holds(other, second)


def test_a_store_whose_generation_was_removed_says_so(engine: Milvus, first: Generation) -> None:
    engine.publish(*first)
    with closing(engine.open(*first)) as store:
        engine.prune(frozenset())
        with pytest.raises(StoreUnavailable, match=f"Generation {first[1].id} is not in"):
            store.nearest("passages", "tr", asked(), 5)
        with pytest.raises(StoreUnavailable, match=f"Generation {first[1].id} is not in"):
            store.vectors("passages", "tr")


def test_two_that_publish_at_once_leave_it_whole_or_to_be_repaired(engine: Milvus, first: Generation) -> None:
    def publish(_: int) -> str:
        try:
            engine.publish(*first)
        except StoreUnavailable as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(publish, range(2)))
    assert all("\n" not in line for line in told)
    engine.publish(*first)
    assert holds(engine, first)


# Faults.


@contextmanager
def serving(data: Path, port: int, limit: str = "unlimited") -> Iterator[subprocess.Popen[bytes]]:
    """A server of Milvus on loopback; ``limit``: the most a file of it may have, in blocks of 512 bytes."""
    command = [
        *("sh", "-c", f'ulimit -S -f {limit}; exec "$@"', "sh"),
        *(sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(data)),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            ends = time.monotonic() + 60
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert server.poll() is None and time.monotonic() < ends
                    time.sleep(0.05)
            yield server
        finally:
            server.send_signal(signal.SIGCONT)
            server.kill()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def remote(port: int) -> Milvus:
    return from_url(f"milvus://root@127.0.0.1:{port}/default", "geheim")


def test_a_server_that_dies_and_comes_back_is_asked_again(
    tmp_path: Path, port: int, remote: Milvus, first: Generation, local: LocalStore
) -> None:
    expected = local.nearest("questions", "tr", asked(), 5).numbers.tolist()
    with serving(tmp_path / "data", port) as server:
        assert remote.publish(*first) is True
        store = remote.open(*first)
        assert store.nearest("questions", "tr", asked(), 5).numbers.tolist() == expected
        server.kill()
        server.wait()
        for ask in (
            lambda: store.nearest("questions", "tr", asked(), 5),
            lambda: store.vectors("passages", "tr"),
            lambda: remote.publish(*first),
            lambda: remote.open(*first),
            lambda: remote.prune(frozenset()),
        ):
            begun = time.monotonic()
            with pytest.raises(StoreUnavailable) as caught:
                ask()
            assert str(caught.value) == f"The store http://127.0.0.1:{port}/default cannot be reached."
            assert time.monotonic() - begun < milvus_client.CONNECT_SECONDS + 1
    with serving(tmp_path / "data", port):
        assert store.nearest("questions", "tr", asked(), 5).numbers.tolist() == expected
        assert np.array_equal(store.vectors("passages", "tr"), local.vectors("passages", "tr"))
        assert remote.publish(*first) is False
        store.close()


def test_a_server_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, port: int, remote: Milvus, first: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path / "data", port) as server:
        remote.publish(*first)
        monkeypatch.setattr(milvus_client, "QUESTION_SECONDS", 1.0)
        monkeypatch.setattr(milvus_client, "CONNECT_SECONDS", 1.0)
        with closing(remote.open(*first)) as store:
            server.send_signal(signal.SIGSTOP)
            for ask in (
                lambda: store.nearest("passages", "tr", asked(), 5),
                lambda: remote.open(*first),
            ):
                begun = time.monotonic()
                with pytest.raises(StoreUnavailable, match=r"did not answer in time\.$"):
                    ask()
                assert time.monotonic() - begun < 3
            server.send_signal(signal.SIGCONT)
            assert len(store.nearest("passages", "tr", asked(), 5).numbers) == 5


def test_a_port_that_only_listens_is_not_waited_for(
    first: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milvus_client, "CONNECT_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = Milvus(f"http://127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match=r"did not answer in time\.$"):
            engine.open(*first)
        assert time.monotonic() - begun < 3


def test_a_full_disk_leaves_nothing_that_counts_as_whole(
    tmp_path: Path, port: int, remote: Milvus, first: Generation
) -> None:
    data = tmp_path / "data"
    with serving(data, port, limit="200"):
        with pytest.raises(StoreUnavailable, match=rf"The store http://127.0.0.1:{port}/default ") as caught:
            remote.publish(*first)
        assert "\n" not in str(caught.value)
    with serving(data, port):
        with pytest.raises(StoreUnavailable, match=f"Generation {first[1].id} is not in"):
            remote.open(*first)
        assert remote.publish(*first) is True
        assert holds(remote, first)


@pytest.mark.parametrize("status", ["UNAUTHENTICATED", "PERMISSION_DENIED"])
def test_a_refused_password_is_told_and_not_shown(
    first: Generation, status: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    import grpc

    class Refusing(grpc.GenericRpcHandler):
        """Answers whatever is asked as a cluster does that does not know the user."""

        def service(self, details: Any) -> Any:
            def refuse(_: bytes, context: Any) -> None:
                context.abort(grpc.StatusCode[status], "auth check failure: root:geheim")

            return grpc.unary_unary_rpc_method_handler(refuse)

    with ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool, handlers=[Refusing()])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            with pytest.raises(StoreUnavailable) as caught:
                from_url(f"milvus://root@127.0.0.1:{port}", "geheim").open(*first)
        finally:
            server.stop(None).wait()
    assert str(caught.value) == f"The store http://127.0.0.1:{port} refuses the user or the key."
    assert "geheim" not in "".join(capfd.readouterr()) + caplog.text


def test_a_key_that_a_server_repeats_is_not_shown() -> None:
    engine = Milvus("http://host", token="root:geheim")
    with pytest.raises(StoreUnavailable) as caught, engine.answering():
        raise ValueError("bad token root:geheim, password geheim\nand more")
    assert str(caught.value) == "The store http://host failed: bad token ***, password ***"


ASKING = """
import sys
from pathlib import Path
from index import generation
from index.stores.base import StoreUnavailable
from index.stores.milvus import Milvus
folder = Path(sys.argv[2])
engine = Milvus(sys.argv[1])
engine.publish(folder, generation.read_manifest(folder))
store = engine.open(folder, generation.read_manifest(folder))
engine.prune(frozenset())
try:
    store.vectors("passages", "tr")
except StoreUnavailable as error:
    print(error)
"""


def test_a_failure_is_told_once_and_not_by_the_client_too(file: Path, first: Generation) -> None:
    command = [sys.executable, "-c", ASKING, str(file), str(first[0])]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert f"Generation {first[1].id} is not in" in done.stdout
    assert done.stderr == ""


def test_a_file_lets_in_one_process(shared: Milvus, first: Generation) -> None:
    other = "import sys; from index.stores.milvus import Milvus; Milvus(sys.argv[1]).prune(frozenset())"
    command = [sys.executable, "-c", other, shared.name]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert f"StoreUnavailable: The store {shared.name} cannot be opened: another process has it" in last
    assert holds(shared, first)


def test_a_file_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="there is no folder"):
        Milvus(str(tmp_path / "nowhere" / "store.db")).prune(frozenset())


def test_a_closed_store_says_so_and_may_be_closed_again(shared: Milvus, first: Generation) -> None:
    store = shared.open(*first)
    store.close()
    store.close()
    with pytest.raises(StoreUnavailable):
        store.nearest("passages", "tr", asked(), 5)
