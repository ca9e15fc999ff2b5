"""Milvus as a store: a cluster, or milvus-lite in a file of its own.

A generation is three collections, one a field, whose entities carry a number, two vectors and the BM25
weights of their terms as two sparse vectors; a fourth, empty one is made last and says that they are whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from corpus.article import LANGUAGES
from corpus.errors import DipnotError
from index.generation import Manifest
from index.stores import milvus_client
from index.stores.base import FIELDS, StoreUnavailable
from index.stores.contents import vocabulary
from index.stores.local import LocalStore
from index.stores.milvus_collections import Collections, drop, fill, generations
from index.stores.milvus_store import MilvusStore

_PREFIX: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_FORMS: Final = (
    "milvus://host:19530/database, milvus+https://host/database or milvus:///absolute/file.db, "
    "each with ?prefix=name if wanted"
)


def from_url(url: str, key: str | None) -> Milvus:
    """Return the store that ``url`` names; ``key``: a token, or the password of the user in the URL.

    Raises DipnotError.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        options = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _misunderstood(url) from None
    prefix = options.pop("prefix", ["dipnot"])[-1]
    if options or parts.fragment or parts.scheme not in ("milvus", "milvus+https"):
        raise _misunderstood(url)
    path = unquote(parts.path)
    if not host:
        if parts.netloc or parts.scheme != "milvus" or not re.fullmatch(r"/.*\.db", path):
            raise _misunderstood(url)
        return Milvus(path, prefix=prefix)
    database = path.strip("/")
    # Here "@" ends a password with "/" in it: what stands before it would pass for a host and be shown.
    if "/" in database or "@" in database or host.endswith(".db"):
        raise _misunderstood(url)
    scheme, usual = ("https", 443) if parts.scheme == "milvus+https" else ("http", 19530)
    named = f"[{host}]" if ":" in host else host
    token = key
    if parts.username:
        password = unquote(parts.password) if parts.password else key or ""
        token = f"{unquote(parts.username)}:{password}"
    return Milvus(f"{scheme}://{named}:{port or usual}", token=token, database=database, prefix=prefix)


class Milvus:
    """A Milvus database, of which the collections that begin with ``prefix`` belong to one index."""

    def __init__(
        self, uri: str, *, token: str | None = None, database: str = "", prefix: str = "dipnot"
    ) -> None:
        """``uri``: http(s)://host:port, or the path of a file for milvus-lite, which ends in ".db".

        Nothing is connected yet. Raises DipnotError for a bad prefix or a missing package.
        """
        if not _PREFIX.fullmatch(prefix):
            raise DipnotError(f'The prefix "{prefix}" has other signs than letters, digits and _.')
        self._is_file = uri.endswith(".db")
        self._uri = uri
        self._token = token or ""
        self._database = database
        self._prefix = prefix
        self.name = "/".join(filter(None, [_without_password(uri).rstrip("/"), database]))
        milvus_client.library("pymilvus")
        if self._is_file:
            milvus_client.library("milvus_lite")

    def __str__(self) -> str:
        """The address, without a password or a key."""
        return self.name

    def publish(
        self, folder: Path, manifest: Manifest, progress: Callable[[int, int], None] | None = None
    ) -> bool:
        """See Engine."""
        collections = Collections(self._prefix, manifest)
        with self._connected() as client:
            with self.answering():
                if collections.counts(client) is not None:
                    return False
                drop(client, self._prefix, manifest.id)
            local = LocalStore(folder)
            try:
                with self.answering():
                    fill(client, collections, local, progress, self.name)
            except StoreUnavailable:
                # What is left takes up space; where it stays, the next one to publish removes it.
                with suppress(StoreUnavailable), self.answering():
                    drop(client, self._prefix, manifest.id)
                raise
        return True

    def open(self, folder: Path, manifest: Manifest) -> MilvusStore:
        """See Engine."""
        terms = {(field, lang): vocabulary(folder, field, lang) for field in FIELDS for lang in LANGUAGES}
        absent = f"Generation {manifest.id} is not in {self.name}. Put it there with: dipnot index"
        collections = Collections(self._prefix, manifest)
        client = self.connect()
        try:
            with self.answering():
                counts = collections.counts(client)
                if counts is None:
                    raise StoreUnavailable(absent)
                is_exact = collections.is_exact(client)
        except BaseException:
            client.close()
            raise
        return MilvusStore(client, collections, counts, is_exact, terms, self.answering, absent)

    def prune(self, kept: frozenset[str]) -> None:
        """See Engine."""
        with self._connected() as client, self.answering():
            for generation in sorted(generations(client, self._prefix) - kept):
                drop(client, self._prefix, generation)

    def connect(self) -> Any:
        """Return a client of its own connection; raises StoreUnavailable."""
        folder = Path(self._uri).parent
        if self._is_file and not folder.is_dir():
            raise StoreUnavailable(f"The store {self.name} cannot be made: there is no folder {folder}.")
        with self.answering():
            return milvus_client.connect(self._uri, self._token, self._database)

    def answering(self) -> AbstractContextManager[None]:
        """Turn whatever the client raises into one StoreUnavailable."""
        return milvus_client.told(self.name, self._token)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        client = self.connect()
        try:
            yield client
        finally:
            client.close()


def _without_password(url: str) -> str:
    # Up to the last "@", for a password may have a "/" in it.
    return re.sub(r"//.*@", "//", url)


def _misunderstood(url: str) -> DipnotError:
    return DipnotError(f'The store "{_without_password(url)}" is not understood. Write {_FORMS}.')
