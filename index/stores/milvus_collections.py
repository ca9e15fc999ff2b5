"""The collections of one generation in Milvus, and how they are filled."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from corpus.article import LANGUAGES
from index.generation import Manifest
from index.stores import milvus_client
from index.stores.base import FIELDS, Field, StoreUnavailable
from index.stores.contents import term_rows
from index.stores.local import LocalStore

# What the collections hold; in the name of the one that says they are whole, so that others are made anew.
LAYOUT: Final = 2
# One block of entities, or loading a collection again; then what is done to a whole new one: writing it out,
# building its indexes, loading it.
BLOCK_SECONDS: Final = 120.0
COLLECTION_SECONDS: Final = 3600.0
# How often is asked whether an index is built.
_POLL_SECONDS: Final = 0.2
# An entity of a passage has some 5 kB: 5 MB a request, where Milvus takes 64.
INSERT_BLOCK: Final = 1000
# Up to here every vector is compared, which is exact; beyond, a graph of neighbours is searched.
EXACT_UP_TO: Final = 200_000
# Malkov & Yashunin, "Efficient and robust approximate nearest neighbor search …", 2018, section 4.1: M from 5
# to 48, the larger for higher recall.
HNSW_M: Final = 32
HNSW_BUILD: Final = 200
# Milvus refuses a sparse vector without an entry: dimension 0 stands in those, terms begin at 1.
_WITHOUT_TERM: Final = {0: 1.0}
FIRST_TERM: Final = 1


class Collections:
    """Three collections, one a field, and an empty one, made last, that says that they are whole."""

    def __init__(self, prefix: str, manifest: Manifest) -> None:
        self.id = manifest.id
        self.dimension = manifest.inputs.model.dimension
        self.names: dict[Field, str] = {field: f"{_start(prefix, self.id)}{field}" for field in FIELDS}
        self.marker = f"{_start(prefix, self.id)}whole_{LAYOUT}"
        self._expected = {field: manifest.counts[field] for field in FIELDS}

    def counts(self, client: Any) -> dict[Field, int] | None:
        """Load them and return how many entities each has; None where they are not there whole."""
        there = set(client.list_collections(timeout=milvus_client.QUESTION_SECONDS))
        if not {self.marker, *self.names.values()} <= there:
            return None
        counts: dict[Field, int] = {}
        for field, name in self.names.items():
            client.load_collection(name, timeout=BLOCK_SECONDS)
            counts[field] = _count(client, name)
        return counts if counts == self._expected else None

    def is_exact(self, client: Any) -> dict[Field, bool]:
        """Whether both vectors of each are searched by comparing with every one."""
        return {
            field: all(
                client.describe_index(name, language, timeout=milvus_client.QUESTION_SECONDS)["index_type"]
                == "FLAT"
                for language in LANGUAGES
            )
            for field, name in self.names.items()
        }


def generations(client: Any, prefix: str) -> set[str]:
    """Return the ids of the generations there are, whole or not, of this prefix alone."""
    pattern = re.compile(rf"{re.escape(prefix)}_([0-9a-f]{{16}})_({'|'.join(FIELDS)}|whole_[0-9]+)")
    found = (
        pattern.fullmatch(name) for name in client.list_collections(timeout=milvus_client.QUESTION_SECONDS)
    )
    return {match[1] for match in found if match}


def drop(client: Any, prefix: str, generation: str) -> None:
    """Remove a generation, first what says that it is whole."""
    own = [
        name
        for name in client.list_collections(timeout=milvus_client.QUESTION_SECONDS)
        if name.startswith(_start(prefix, generation))
    ]
    for name in sorted(own, key=lambda name: ("_whole_" not in name, name)):
        client.drop_collection(name, timeout=BLOCK_SECONDS)


def fill(
    client: Any,
    collections: Collections,
    local: LocalStore,
    progress: Callable[[int, int], None] | None,
    shown: str,
) -> None:
    """Make and fill the collections of a generation; ``shown``: the store, as it is called."""
    total = sum(local.count(field) for field in FIELDS)
    done = 0
    for field, name in collections.names.items():
        _create(client, name, collections.dimension)
        for block in _entities(local, field):
            client.insert(name, block, timeout=BLOCK_SECONDS)
            done += len(block)
            if progress is not None:
                progress(done, total)
        _finish(client, name, local.count(field))
        if (written := _count(client, name)) != local.count(field):
            raise StoreUnavailable(
                f"The store {shown} holds {written} of {local.count(field)} {field} just written: "
                "does another write the same generation? Run again: dipnot index"
            )
    _mark(client, collections.marker)


def _start(prefix: str, generation: str) -> str:
    return f"{prefix}_{generation}_"


def _create(client: Any, name: str, dimension: int) -> None:
    """Make an empty collection."""
    kinds = milvus_client.library("pymilvus").DataType
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("number", kinds.INT64, is_primary=True)
    for language in LANGUAGES:
        schema.add_field(language, kinds.FLOAT_VECTOR, dim=dimension)
        schema.add_field(f"{language}_terms", kinds.SPARSE_FLOAT_VECTOR)
    client.create_collection(name, schema=schema, consistency_level="Strong", timeout=BLOCK_SECONDS)


def _entities(local: LocalStore, field: Field) -> Iterator[list[dict[str, Any]]]:
    """The entities of a field in blocks."""
    vectors = {language: local.vectors(field, language) for language in LANGUAGES}
    terms = {language: term_rows(local.lexical_index(field, language)) for language in LANGUAGES}
    count = local.count(field)
    for start in range(0, count, INSERT_BLOCK):
        block = []
        for number in range(start, min(start + INSERT_BLOCK, count)):
            entity: dict[str, Any] = {"number": number}
            for language in LANGUAGES:
                starts, numbers, weights = terms[language]
                own = slice(starts[number], starts[number + 1])
                pairs = zip((numbers[own] + FIRST_TERM).tolist(), weights[own].tolist(), strict=True)
                entity[language] = np.asarray(vectors[language][number])
                entity[f"{language}_terms"] = dict(pairs) or _WITHOUT_TERM
            block.append(entity)
        yield block


def _finish(client: Any, name: str, count: int) -> None:
    """Write out, index and load a collection that has all its entities."""
    client.flush(name, timeout=COLLECTION_SECONDS)
    dense: dict[str, Any] = {"index_type": "FLAT"}
    if count > EXACT_UP_TO:
        dense = {"index_type": "HNSW", "params": {"M": HNSW_M, "efConstruction": HNSW_BUILD}}
    indexes = client.prepare_index_params()
    for language in LANGUAGES:
        terms = f"{language}_terms"
        indexes.add_index(language, index_name=language, metric_type="IP", **dense)
        indexes.add_index(terms, index_name=terms, metric_type="IP", index_type="SPARSE_INVERTED_INDEX")
    # Not waited for by the client, which sleeps half a second for each and has no time limit.
    client.create_index(name, indexes, sync=False, timeout=BLOCK_SECONDS)
    for index in indexes:
        _await_index(client, name, index.index_name)
    client.load_collection(name, timeout=COLLECTION_SECONDS)


def _await_index(client: Any, name: str, index: str) -> None:
    ends = time.monotonic() + COLLECTION_SECONDS
    while (
        state := client.describe_index(name, index, timeout=milvus_client.QUESTION_SECONDS)["state"]
    ) != "Finished":
        if state == "Failed" or time.monotonic() > ends:
            raise StoreUnavailable(f"Milvus has not built the index {index} of {name}.")
        time.sleep(_POLL_SECONDS)


def _count(client: Any, name: str) -> int:
    """How many entities a collection has, all writes included."""
    rows = client.query(
        name, output_fields=["count(*)"], consistency_level="Strong", timeout=milvus_client.QUESTION_SECONDS
    )
    return int(rows[0]["count(*)"])


def _mark(client: Any, name: str) -> None:
    """Make the empty collection that says a generation is whole; Milvus wants a vector in each."""
    kinds = milvus_client.library("pymilvus").DataType
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("number", kinds.INT64, is_primary=True)
    schema.add_field("vector", kinds.FLOAT_VECTOR, dim=2)
    client.create_collection(name, schema=schema, timeout=BLOCK_SECONDS)
