"""Asking one generation in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray

from corpus.article import LANGUAGES, Language
from index.stores.base import FIELDS, Field, Scored, StoreUnavailable
from index.stores.connections import Connections, told
from index.stores.contents import vocabulary
from index.stores.tables import BLOCK, Tables

# How many vertices of the graph are kept in view: twice as many as are asked for, which finds 0.99 of the 200
# nearest among 60,000 (as many as are asked for, 0.97), but no more than pgvector allows; those that are
# missing then it looks for further out.
_NARROWEST, _BROADEST = 400, 1000


class PostgresStore:
    """One generation in PostgreSQL; vectors are compared there and do not travel."""

    is_at_hand = False

    def __init__(
        self,
        connections: Connections,
        tables: Tables,
        path: str,
        folder: Path,
        absent: str,
        forbidden: str,
    ) -> None:
        """Read which number each term has; ``absent``, ``forbidden``: see ``told``."""
        self._connections = connections
        self._tables = tables
        self._settings = {"search_path": path}
        self._told = absent, forbidden
        self._terms = {
            (field, language): vocabulary(folder, field, language)
            for field in FIELDS
            for language in LANGUAGES
        }

    def count(self, field: Field) -> int:
        """See Store."""
        return self._tables.counts[field]

    def nearest(self, field: Field, language: Language, vector: NDArray[np.float32], k: int) -> Scored:
        """See Store; not always the nearest of more than EXACT_ROWS."""
        asked = {"vector": vector.tolist(), "k": k}
        if not self._tables.has_graph(field):
            return _scored(
                self._ask(
                    "SELECT number, (-(embedding <#> %(vector)s::float8[]::vector))::real FROM {} "
                    "ORDER BY embedding <#> %(vector)s::float8[]::vector, number LIMIT %(k)s",
                    f"{field}_{language}",
                    asked,
                )
            )
        breadth = min(max(2 * k, _NARROWEST), _BROADEST)
        return _scored(
            self._ask(
                "SELECT number, (-(embedding <#> %(vector)s::float8[]::vector))::real AS score FROM ("
                "SELECT number, embedding FROM {} "
                "ORDER BY (embedding::halfvec({dimension})) <#> %(vector)s::float8[]::halfvec({dimension}) "
                "LIMIT %(k)s) AS near ORDER BY score DESC, number",
                f"{field}_{language}",
                asked,
                {"hnsw.ef_search": str(breadth), "hnsw.iterative_scan": "strict_order"},
            )
        )

    def lexical(self, field: Field, language: Language, words: Mapping[str, float], k: int) -> Scored:
        """See Store."""
        return _scored(
            self._weighed(
                "SELECT number, sum(weight * share)::real AS score FROM {} "
                "JOIN unnest(%(terms)s::integer[], %(shares)s::float8[]) AS asked(term, share) USING (term) "
                "GROUP BY number HAVING sum(weight * share)::real > 0 "
                "ORDER BY score DESC, number LIMIT %(k)s",
                field,
                language,
                words,
                {"k": k},
            )
        )

    def vectors(
        self, field: Field, language: Language, numbers: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """See Store."""
        dimension = self._tables.dimension
        wanted = np.arange(self.count(field)) if numbers is None else numbers
        found = np.empty((len(wanted), dimension), np.float32)
        for start in range(0, len(wanted), BLOCK):
            block = wanted[start : start + BLOCK]
            rows = self._ask(
                "SELECT vector_send(embedding) FROM {} WHERE number = ANY(%(numbers)s::integer[]) "
                "ORDER BY number",
                f"{field}_{language}",
                {"numbers": block.tolist()},
            )
            # Before the numbers of a vector stand how many they are, and nothing, in two bytes each.
            sent = np.frombuffer(b"".join(row[0] for row in rows), ">f4").reshape(-1, dimension + 1)
            found[start : start + len(block)] = self._all_of(block, sent[:, 1:])
        return found

    def cosines(
        self,
        field: Field,
        language: Language,
        vector: NDArray[np.float32],
        numbers: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """See Store."""
        wanted = range(self.count(field)) if numbers is None else numbers
        if not len(wanted):
            return np.empty(0, np.float32)
        query: LiteralString = (
            "SELECT array_agg((-(embedding <#> %(vector)s::float8[]::vector))::real ORDER BY number) FROM {}"
        )
        asked: dict[str, Any] = {"vector": vector.tolist()}
        if numbers is not None:
            query += " WHERE number = ANY(%(numbers)s::integer[])"
            asked["numbers"] = numbers.tolist()
        found = self._ask(query, f"{field}_{language}", asked)[0][0]
        return self._all_of(wanted, np.array(found or [], np.float32))

    def weights(
        self,
        field: Field,
        language: Language,
        words: Mapping[str, float],
        numbers: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """See Store."""
        query: LiteralString = (
            "SELECT number, sum(weight * share)::real FROM {} "
            "JOIN unnest(%(terms)s::integer[], %(shares)s::float8[]) AS asked(term, share) USING (term) "
        )
        asked: dict[str, Any] = {}
        if numbers is not None:
            query += "WHERE number = ANY(%(numbers)s::integer[]) "
            asked["numbers"] = numbers.tolist()
        found = np.zeros(self.count(field) if numbers is None else len(numbers), np.float32)
        if len(found):
            weighed = _scored(self._weighed(query + "GROUP BY number", field, language, words, asked))
            at = weighed.numbers if numbers is None else np.searchsorted(numbers, weighed.numbers)
            found[at] = weighed.scores
        return found

    def close(self) -> None:
        """See Store."""
        self._connections.close()

    def _weighed(
        self,
        query: LiteralString,
        field: Field,
        language: Language,
        words: Mapping[str, float],
        parameters: Mapping[str, Any],
    ) -> list[Any]:
        """The rows of a query for words; none where the generation has none of them."""
        terms = self._terms[field, language]
        known = [(terms[word], float(weight)) for word, weight in words.items() if word and word in terms]
        if not known or not self.count(field):
            return []
        asked = {"terms": [term for term, _ in known], "shares": [share for _, share in known]}
        return self._ask(query, f"{field}_{language}_words", {**asked, **parameters})

    def _ask(
        self,
        query: LiteralString,
        table: str,
        parameters: Mapping[str, Any],
        settings: Mapping[str, str] | None = None,
    ) -> list[Any]:
        from psycopg.sql import SQL, Identifier, Literal

        formed = SQL(query).format(Identifier(table), dimension=Literal(self._tables.dimension))
        with told(self._connections.address, *self._told):
            return self._connections.ask(formed, parameters, {**self._settings, **(settings or {})})

    def _all_of(self, wanted: range | NDArray[np.int64], found: NDArray[Any]) -> NDArray[Any]:
        """What was found, of all that was wanted."""
        if len(found) != len(wanted):
            raise StoreUnavailable(self._told[0])
        return found


def _scored(rows: list[Any]) -> Scored:
    return Scored(
        np.array([number for number, _ in rows], np.int64), np.array([score for _, score in rows], np.float32)
    )
