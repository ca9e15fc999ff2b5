"""PostgreSQL with pgvector as a store: a schema for each generation, whole or not there at all.

Words are rows of numbers, and BM25 is a sum over them: the database's own text search lowers Turkish
wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, LiteralString
from urllib.parse import urlsplit, urlunsplit

from corpus.errors import DipnotError
from index.generation import Manifest
from index.stores.base import StoreUnavailable
from index.stores.connections import (
    Address,
    Connections,
    bad_address,
    connect,
    execute,
    lock,
    quoted,
    set_locally,
    told,
)
from index.stores.local import LocalStore
from index.stores.postgres_store import PostgresStore
from index.stores.tables import Tables, fill

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow

# One step of publishing: a block takes a second, a graph over ten million vectors some hours, and another
# publisher's whole work is waited for.
PUBLISHING_SECONDS: Final = 12 * 3600
# Of this version, pgvector looks for more where the graph gave too few.
_PGVECTOR: Final = (0, 8)
# PostgreSQL cuts names at 63 bytes, and keeps those with pg_ to itself.
_PREFIX: Final = re.compile(r"(?!pg_)[a-z][a-z0-9_]{0,39}")
DEFAULT: Final = "dipnot"
_OURS: Final = "A generation of a Dipnot index"


def from_url(url: str, key: str | None = None) -> Postgres:
    """Return the engine of a setting such as ``postgresql://user@host:5432/database?prefix=dipnot``.

    Raises DipnotError.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise bad_address("it cannot be read") from None
    query = [part for part in parts.query.split("&") if part]
    prefixes = [part.removeprefix("prefix=") for part in query if part.startswith("prefix=")]
    rest = "&".join(part for part in query if not part.startswith("prefix="))
    return Postgres(urlunsplit(parts._replace(query=rest)), password=key, prefix=[DEFAULT, *prefixes][-1])


class Postgres:
    """A database that holds the generations of one index, each in a schema ``{prefix}_{id}``.

    The role that publishes needs CREATE on the database; one that only asks, USAGE of the schemas and SELECT
    on their tables.
    """

    def __init__(self, url: str, *, password: str | None = None, prefix: str = DEFAULT) -> None:
        """Connect to nothing yet; raises DipnotError."""
        try:
            import psycopg  # noqa: F401
        except ImportError as error:
            raise DipnotError(
                "A store in PostgreSQL needs the package psycopg: pip install 'dipnot[postgres]'"
            ) from error
        if not _PREFIX.fullmatch(prefix):
            raise bad_address("its prefix must be a small letter and up to 39 of a-z, 0-9 and _, but not pg_")
        self._address = Address(url, password)
        self._prefix = prefix

    def __str__(self) -> str:
        """The address, without a password."""
        return self._address.shown

    def publish(
        self, folder: Path, manifest: Manifest, progress: Callable[[int, int], None] | None = None
    ) -> bool:
        """See Engine; all in one transaction, so that a publisher that is killed leaves nothing."""
        tables = Tables(self._prefix, manifest)
        role, database = quoted(self._address.user), quoted(self._address.database)
        allow = f"An administrator has to run: GRANT CREATE ON DATABASE {database} TO {role}"
        with told(self._address, forbidden=allow), connect(self._address, None) as connection:
            set_locally(connection, PUBLISHING_SECONDS)
            vector = self._extension(connection)
            connection.commit()
            set_locally(connection, PUBLISHING_SECONDS, {"search_path": tables.path(vector)})
            lock(connection, tables.schema)
            if self._is_whole(connection, tables):
                return False
            self._clear(connection, tables)
            fill(connection, tables, LocalStore(folder), progress)
        return True

    def open(self, folder: Path, manifest: Manifest) -> PostgresStore:
        """See Engine."""
        tables = Tables(self._prefix, manifest)
        absent = f"Generation {manifest.id} is not in {self._address.shown}. Put it there with: dipnot index"
        schema, role = tables.schema, quoted(self._address.user)
        allow = (
            f"The role that publishes has to run: GRANT USAGE ON SCHEMA {schema} TO {role}; "
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}; and, for generations to come: "
            f"ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {role}; "
            f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role}"
        )
        connections = Connections(self._address)
        try:
            with told(self._address, absent, allow):
                found = connections.ask(_extension_query())
                if not found or connections.ask(tables.described()) != [tables.description]:
                    raise StoreUnavailable(absent)
            return PostgresStore(connections, tables, tables.path(found[0][0]), folder, absent, allow)
        except BaseException:
            connections.close()
            raise

    def prune(self, kept: frozenset[str]) -> None:
        """See Engine; of schemas only those of this prefix that Dipnot made."""
        own = (
            "SELECT nspname FROM pg_namespace "
            "WHERE nspname ~ %s AND obj_description(oid, 'pg_namespace') = %s"
        )
        with told(self._address), connect(self._address, None) as connection:
            rows = connection.execute(own, (f"^{self._prefix}_[0-9a-f]{{16}}$", _OURS)).fetchall()
            connection.commit()
            for (schema,) in rows:
                if schema.removeprefix(f"{self._prefix}_") not in kept:
                    set_locally(connection, PUBLISHING_SECONDS)
                    lock(connection, schema)
                    execute(connection, "DROP SCHEMA IF EXISTS {} CASCADE", schema)
                    connection.commit()

    def _extension(self, connection: psycopg.Connection[TupleRow]) -> str:
        """The schema that pgvector is in; made where the role may."""
        from psycopg import errors

        shown = self._address.shown
        if not (found := connection.execute(_extension_query()).fetchall()):
            lock(connection, "CREATE EXTENSION vector")
            try:
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            except (errors.FeatureNotSupported, errors.UndefinedFile) as error:
                raise StoreUnavailable(
                    f"The server of {shown} has no pgvector. An administrator has to install it, such as the "
                    "package postgresql-18-pgvector, and then run in that database: CREATE EXTENSION vector"
                ) from error
            except errors.InsufficientPrivilege as error:
                raise StoreUnavailable(
                    f"The database at {shown} has no pgvector yet. An administrator has to run in that "
                    "database: CREATE EXTENSION vector"
                ) from error
            found = connection.execute(_extension_query()).fetchall()
        schema, version = found[0]
        if tuple(map(int, version.split(".")[:2])) < _PGVECTOR:
            raise StoreUnavailable(
                f"The database at {shown} has pgvector {version}; Dipnot needs 0.8 or later. "
                "An administrator has to install it, and then run there: ALTER EXTENSION vector UPDATE"
            )
        return str(schema)

    def _is_whole(self, connection: psycopg.Connection[TupleRow], tables: Tables) -> bool:
        from psycopg import errors

        try:
            with connection.transaction():
                return connection.execute(tables.described()).fetchall() == [tables.description]
        except (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName):
            return False

    def _clear(self, connection: psycopg.Connection[TupleRow], tables: Tables) -> None:
        """Make an empty schema, in the place of one that is not whole."""
        about = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s"
        if any(row != (_OURS,) for row in connection.execute(about, (tables.schema,))):
            raise StoreUnavailable(
                f"The database at {self._address.shown} has a schema {tables.schema} that Dipnot did not "
                "make. Rename it, or give the address of the store another ?prefix="
            )
        execute(connection, "DROP SCHEMA IF EXISTS {} CASCADE", tables.schema)
        execute(connection, "CREATE SCHEMA {}", tables.schema)
        execute(connection, f"COMMENT ON SCHEMA {{}} IS '{_OURS}'", tables.schema)


def _extension_query() -> LiteralString:
    return (
        "SELECT nspname, extversion FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace "
        "WHERE extname = 'vector'"
    )
