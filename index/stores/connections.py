"""Connections to a PostgreSQL server: its address without secrets, a small pool, and faults in one line."""

from __future__ import annotations

import re
import threading
import weakref
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, LiteralString
from urllib.parse import unquote, urlsplit, urlunsplit

from corpus.errors import DipnotError
from index.stores.base import StoreUnavailable

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow
    from psycopg.sql import Composed

# A server that is there answers in milliseconds, one in another country within a second.
CONNECT_SECONDS: Final = 5
# A reader does not wait longer; a question to millions of passages takes a tenth of it.
QUESTION_SECONDS: Final = 10
# The server itself stops a question in time. Where it has stopped altogether, or the line is cut, we do so.
DEADLINE_SECONDS: Final = QUESTION_SECONDS + 5
# Questions beyond so many at once wait for each other: a server has a hundred connections for everyone.
CONNECTIONS: Final = 8
# Found by the system where a machine or a network has gone without a word.
_KEEPALIVE: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
_SECRETS: Final = ("password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret")
_FORM: Final = "postgresql://user@host:5432/database?prefix=dipnot"
# What libpq and psycopg put before the reason of a connection that fails.
_PREAMBLE: Final = re.compile(r"^connection (?:failed|is bad): ")
_LONGEST_LINE: Final = 300


class Address:
    """Where a database is, as libpq understands it; ``shown`` is free of secrets."""

    def __init__(self, url: str, password: str | None) -> None:
        """Read a URL; raises DipnotError, which does not repeat it, for it may hold a password."""
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        try:
            parts = urlsplit(url)
            self.parameters: dict[str, Any] = dict(conninfo_to_dict(url))
        except (ValueError, ProgrammingError):
            raise bad_address("it cannot be read") from None
        if parts.scheme not in ("postgresql", "postgres"):
            raise bad_address("it does not begin with postgresql://")
        # A password with "/" or "@" in it, as it stands, ends the name of the host somewhere inside.
        ports = str(self.parameters.get("port") or "5432").split(",")
        if "@" in parts.path or parts.netloc.count("@") > 1 or not all(map(str.isdigit, ports)):
            raise bad_address("its signs / @ : within a name or a password are written as %2F %40 %3A")
        self._password = password or self.parameters.get("password")
        if self._password:
            self.parameters["password"] = self._password
        user, at, host = parts.netloc.rpartition("@")
        query = "&".join(
            part for part in parts.query.split("&") if unquote(part.partition("=")[0]) not in _SECRETS
        )
        netloc = user.partition(":")[0] + at + host
        self.shown = urlunsplit(parts._replace(netloc=netloc, query=query, fragment=""))
        self.user = str(self.parameters.get("user") or "this user")
        self.database = str(self.parameters.get("dbname") or unquote(self.user))

    def without_secrets(self, text: str) -> str:
        """Return a text in one line and without a password."""
        line = " ".join(text.split())
        for name in _SECRETS:
            if secret := self.parameters.get(name):
                line = line.replace(str(secret), "***")
        return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + " …"


def bad_address(reason: str) -> DipnotError:
    """Return the error for an address that cannot be used."""
    return DipnotError(
        f"The address of the store is not one of a PostgreSQL database: {reason}. Such as: {_FORM}"
    )


class Connections:
    """A few connections to one database, made when they are needed and used again.

    psycopg_pool is not used: while a server is down it lets a question wait for its whole time, gives no
    reason, and goes on trying in threads of its own.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._idle: list[psycopg.Connection[TupleRow]] = []
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._lock = threading.Lock()
        self._is_closed = False
        # A store that nobody closed lets go of them when it goes.
        weakref.finalize(self, _close, self._idle)

    def ask(
        self,
        query: LiteralString | Composed,
        parameters: Mapping[str, Any] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> list[Any]:
        """Return the rows of a query, in a transaction of its own with ``settings``; raises psycopg.Error.

        A connection that was lost since it was last used, as when the server was started again, is made anew.
        """
        import psycopg

        if not self._room.acquire(timeout=QUESTION_SECONDS):
            raise StoreUnavailable(
                f"The database at {self.address.shown} has too many questions at once. Try again soon."
            )
        try:
            connection = self._kept()
            if connection is not None:
                try:
                    return self._asked(connection, query, parameters, settings)
                except psycopg.OperationalError as error:
                    if not connection.closed or isinstance(error, psycopg.errors.QueryCanceled):
                        raise
                    # What befell one befell all of them.
                    self._forget()
            return self._asked(self._connect(), query, parameters, settings)
        finally:
            self._room.release()

    def _asked(
        self,
        connection: psycopg.Connection[TupleRow],
        query: LiteralString | Composed,
        parameters: Mapping[str, Any] | None,
        settings: Mapping[str, str] | None,
    ) -> list[Any]:
        try:
            # All in one go, so that a question takes the time of one way there and back.
            with connection.pipeline():
                set_locally(connection, QUESTION_SECONDS, settings)
                cursor = connection.cursor(binary=True)
                cursor.execute(query, parameters)
                connection.commit()
            rows = cursor.fetchall()
        except BaseException:
            with suppress(Exception):
                connection.rollback()
            self._keep(connection)
            raise
        self._keep(connection)
        return rows

    def _connect(self) -> psycopg.Connection[TupleRow]:
        return connect(self.address, DEADLINE_SECONDS)

    def _kept(self) -> psycopg.Connection[TupleRow] | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _keep(self, connection: psycopg.Connection[TupleRow]) -> None:
        with self._lock:
            if not self._is_closed and not connection.closed:
                self._idle.append(connection)
                return
        connection.close()

    def _forget(self) -> None:
        with self._lock:
            _close(self._idle)

    def close(self) -> None:
        """Let go of the connections; those in use when they are given back."""
        self._is_closed = True
        self._forget()


def _close(connections: list[psycopg.Connection[TupleRow]]) -> None:
    while connections:
        connections.pop().close()


def connect(address: Address, deadline: int | None) -> psycopg.Connection[TupleRow]:
    """Return a new connection, on which nothing is waited for longer than ``deadline`` seconds.

    It works through a pgbouncer that gives every transaction another connection: nothing is prepared, and
    nothing is set for longer than a transaction. Raises psycopg.Error.
    """
    import psycopg

    class Bounded(psycopg.Connection["TupleRow"]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, deadline if timeout is None else timeout)
            except psycopg.errors._WaitTimeout as error:
                if timeout is not None:
                    raise
                # At once, for to leave a transaction in order would be to wait again.
                self.pgconn.finish()
                raise psycopg.errors.QueryCanceled(f"no answer within {deadline} seconds") from error

    parameters: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        **_KEEPALIVE,
        "application_name": "dipnot",
        **address.parameters,
    }
    return Bounded.connect("", prepare_threshold=None, **parameters)


def set_locally(
    connection: psycopg.Connection[TupleRow], seconds: int, settings: Mapping[str, str] | None = None
) -> None:
    """Set until the end of the transaction how long a statement may take, and what else is given."""
    # To compile a query takes longer than to run it.
    wanted = {"statement_timeout": f"{seconds}s", "jit": "off", **(settings or {})}
    calls = ", ".join(["set_config(%s, %s, true)"] * len(wanted))
    values = [part for setting in wanted.items() for part in setting]
    connection.execute(f"SELECT {calls}".encode(), values)


def lock(connection: psycopg.Connection[TupleRow], name: str) -> None:
    """Keep others from what has this name until the end of the transaction."""
    # Two numbers, the first of our own: other programs lock by numbers too.
    connection.execute(
        "SELECT pg_advisory_xact_lock(%s::integer, %s::integer)",
        (zlib.crc32(b"dipnot") >> 1, zlib.crc32(name.encode()) >> 1),
    )


def execute(connection: psycopg.Connection[TupleRow], query: str, name: str) -> None:
    """Run a statement with a name in it."""
    connection.execute(formed(query, name))


def formed(query: str, name: str) -> bytes:
    """Return a query with a name in it, quoted; numbers alone may already stand in it."""
    return query.format(quoted(name)).encode()


def quoted(name: str) -> str:
    """Return a name as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def told(address: Address, absent: str = "", forbidden: str = "") -> Iterator[None]:
    """Turn what psycopg raises into StoreUnavailable.

    ``absent``: what to say where a table or a schema is not there; ``forbidden``: what to do where the role
    may not.
    """
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise StoreUnavailable(_line(error, address, absent, forbidden)) from error


def _line(error: psycopg.Error, address: Address, absent: str, forbidden: str) -> str:
    from psycopg import errors

    where = f"The database at {address.shown}"
    reason = address.without_secrets(_PREAMBLE.sub("", error.diag.message_primary or str(error))).rstrip(".")
    if absent and isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
        return absent
    if isinstance(error, errors.InsufficientPrivilege):
        return f"{where} does not allow that: {reason}. {forbidden}".rstrip()
    if isinstance(error, errors.QueryCanceled):
        return f"{where} took too long: {reason}."
    if error.sqlstate is None:
        return f"{where} does not answer: {reason}."
    return f"{where} reports: {reason}."
