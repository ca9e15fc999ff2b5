"""The tables of one generation in PostgreSQL, and how they are filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from corpus.article import LANGUAGES
from index.generation import Manifest
from index.lexical import Lexical
from index.stores.base import FIELDS, Field
from index.stores.connections import execute, formed, quoted
from index.stores.contents import term_rows
from index.stores.local import LocalStore

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow
    from psycopg.sql import Composed

# How the tables of a generation look; a schema with other ones is made anew.
LAYOUT: Final = 2
# Up to so many, a question is compared with every vector: exact, and a millisecond for every thousand.
EXACT_ROWS: Final = 200_000
# The graph holds vectors in 16 bits, half as large; pgvector draws none over more dimensions than so many.
_LONGEST_GRAPH: Final = 4000
# Vectors of so many dimensions fit into a page. In it, and not in PostgreSQL's TOAST beside it, they are read
# several times as fast.
_LONGEST_ROW: Final = 1900
# Passages, sentences or questions that are sent, or fetched, at once: 15 MB of vectors with 384 dimensions.
BLOCK: Final = 10_000
# The head of a binary COPY.
_COPY_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)


class Tables:
    """The names of the tables of one generation."""

    def __init__(self, prefix: str, manifest: Manifest) -> None:
        self.schema = f"{prefix}_{manifest.id}"
        self.counts: dict[Field, int] = {field: manifest.counts[field] for field in FIELDS}
        self.dimension = manifest.inputs.model.dimension
        names = [f"{field}_{language}" for field in FIELDS for language in LANGUAGES]
        self._all = [*names, *(f"{name}_words" for name in names)]
        self.description = (LAYOUT, manifest.id, self.dimension, *self.counts.values(), len(self._all))

    def path(self, vector: str) -> str:
        """The search_path: the generation's own schema, and the one that pgvector is in."""
        return f"{self.schema}, {quoted(vector)}"

    def described(self) -> Composed:
        """A query whose one row is ``description`` where the generation is there whole."""
        from psycopg.sql import SQL, Identifier, Literal

        return SQL(
            "SELECT layout, id, dimension, passages, sentences, questions, ("
            "SELECT count(*) FROM pg_class WHERE relnamespace = {}::regnamespace AND relname = ANY({})"
            ")::integer FROM {}"
        ).format(Literal(self.schema), Literal(self._all), Identifier(self.schema, "generation"))

    def has_graph(self, field: Field) -> bool:
        """Whether the nearest vectors of a field are looked for in a graph, and not among all."""
        return self.counts[field] > EXACT_ROWS and self.dimension <= _LONGEST_GRAPH


def fill(
    connection: psycopg.Connection[TupleRow],
    tables: Tables,
    local: LocalStore,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Make and fill the tables of a generation, in blocks; indexes last, which is faster."""
    done, total = 0, 4 * sum(tables.counts.values())

    def copy(table: str, blocks: Iterator[NDArray[np.void]], count: int) -> None:
        nonlocal done
        for start, rows in zip(range(0, count, BLOCK), blocks, strict=True):
            # Frozen: pages are known to be seen by all, so that an index alone can answer before any VACUUM.
            with connection.cursor().copy(formed("COPY {} FROM STDIN (FORMAT binary, FREEZE)", table)) as out:
                out.write(_COPY_HEAD + rows.tobytes())
            done += min(BLOCK, count - start)
            if progress:
                progress(done, total)

    dimension = tables.dimension
    for field in FIELDS:
        for language in LANGUAGES:
            count, table, words = tables.counts[field], f"{field}_{language}", f"{field}_{language}_words"
            execute(
                connection,
                f"CREATE TABLE {{}} (number integer NOT NULL, embedding vector({dimension}) NOT NULL)",
                table,
            )
            if dimension <= _LONGEST_ROW:
                execute(connection, "ALTER TABLE {} ALTER embedding SET STORAGE PLAIN", table)
            copy(table, _vector_blocks(local.vectors(field, language)[:count], dimension), count)
            execute(connection, "ALTER TABLE {} ADD PRIMARY KEY (number)", table)
            if tables.has_graph(field):
                cast = f"(embedding::halfvec({dimension})) halfvec_ip_ops"
                execute(connection, f"CREATE INDEX ON {{}} USING hnsw ({cast})", table)
            execute(
                connection,
                "CREATE TABLE {} (term integer NOT NULL, number integer NOT NULL, weight real NOT NULL)",
                words,
            )
            copy(words, _word_blocks(local.lexical_index(field, language), count), count)
            # The numbers of a term, and the terms of a number.
            execute(connection, "ALTER TABLE {} ADD PRIMARY KEY (term, number) INCLUDE (weight)", words)
            execute(connection, "CREATE INDEX ON {} (number, term) INCLUDE (weight)", words)
            execute(connection, "ANALYZE {}", table)
            execute(connection, "ANALYZE {}", words)
    connection.execute(
        "CREATE TABLE generation (layout integer, id text, dimension integer, passages integer,"
        " sentences integer, questions integer)"
    )
    connection.execute("INSERT INTO generation VALUES (%s, %s, %s, %s, %s, %s)", tables.description[:-1])


def _vector_blocks(vectors: NDArray[np.float32], dimension: int) -> Iterator[NDArray[np.void]]:
    """Rows of a binary COPY: the size of every value before it, all with the high byte first."""
    row = np.dtype(
        [
            ("columns", ">i2"),
            ("number_size", ">i4"),
            ("number", ">i4"),
            ("size", ">i4"),
            ("dimension", ">i2"),
            ("unused", ">i2"),
            ("vector", ">f4", (dimension,)),
        ]
    )
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK]
        rows = np.zeros(len(block), row)
        rows["columns"], rows["number_size"], rows["size"] = 2, 4, 4 + 4 * dimension
        rows["number"] = np.arange(start, start + len(block))
        rows["dimension"], rows["vector"] = dimension, block
        yield rows


def _word_blocks(lexical: Lexical, count: int) -> Iterator[NDArray[np.void]]:
    sizes, types = ("term_size", "number_size", "weight_size"), (">i4", ">i4", ">f4")
    row = np.dtype(
        [("columns", ">i2")]
        + [
            part
            for size, type_ in zip(sizes, types, strict=True)
            for part in ((size, ">i4"), (size.removesuffix("_size"), type_))
        ]
    )
    starts, terms, weights = term_rows(lexical)
    for start in range(0, count, BLOCK):
        bounds = starts[start : min(start + BLOCK, count) + 1]
        own = slice(bounds[0], bounds[-1])
        rows = np.zeros(bounds[-1] - bounds[0], row)
        rows["columns"] = 3
        for size in sizes:
            rows[size] = 4
        rows["term"], rows["weight"] = terms[own], weights[own]
        rows["number"] = np.repeat(np.arange(start, start + len(bounds) - 1), np.diff(bounds))
        yield rows
