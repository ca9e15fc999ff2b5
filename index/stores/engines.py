"""Which engine a setting names."""

from __future__ import annotations

from corpus.errors import DipnotError
from index.stores.base import Engine
from index.stores.local import Local


def engine_of(url: str, key: str | None = None) -> Engine:
    """Return the engine that a setting names: "" for the files of the index, ``milvus://…``,
    ``postgresql://…``; ``key`` is its password or token.

    Raises DipnotError, which shows nothing of the address but its scheme, for it may hold a password.
    """
    scheme = url.partition(":")[0]
    if not url:
        return Local()
    if scheme in ("milvus", "milvus+https"):
        from index.stores import milvus

        return milvus.from_url(url, key)
    if scheme in ("postgresql", "postgres"):
        from index.stores import postgres

        return postgres.from_url(url, key)
    raise DipnotError(
        f"Setting 'store': {scheme[:20]!r} is no database that is known: give milvus://… or postgresql://…, "
        "or leave it empty for the files of the index."
    )
