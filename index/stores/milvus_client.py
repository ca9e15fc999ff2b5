"""Connections to Milvus, and its failures in one line."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from corpus.errors import DipnotError
from index.stores.base import StoreUnavailable

# A machine in the same network answers in milliseconds: after so long a reader is better told.
CONNECT_SECONDS: Final = 5.0
QUESTION_SECONDS: Final = 10.0
# gRPC waits longer and longer, up to two minutes, before it tries a server again that was lost, and lets
# connections share that; a question tries at once, on a connection of its own.
_GRPC: Final = {"grpc.use_local_subchannel_pool": 1, "grpc.max_reconnect_backoff_ms": 1000}


def connect(uri: str, token: str, database: str) -> Any:
    """Return a client of its own connection; raises what ``told`` tells."""
    return library("pymilvus").MilvusClient(
        uri,
        token=token,
        db_name=database,
        timeout=CONNECT_SECONDS,
        dedicated=True,
        grpc_options=_GRPC,
    )


@contextmanager
def told(shown: str, token: str) -> Iterator[None]:
    """Turn whatever the client raises into one StoreUnavailable; ``shown``: the store, as it is called."""
    grpc = importlib.import_module("grpc")
    failures = (library("pymilvus").MilvusException, grpc.RpcError, grpc.FutureTimeoutError)
    try:
        yield
    except (*failures, OSError, ValueError) as error:
        raise StoreUnavailable(_line(error, shown, token)) from error


def library(name: str) -> Any:
    """Import a package of Milvus; raises DipnotError where it is missing."""
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        package = name.replace("_", "-")
        raise DipnotError(
            f"A store in Milvus needs the package {package}: pip install 'dipnot[milvus]'"
        ) from error
    # It writes every failure with its stack to the error output; each is told once, by StoreUnavailable.
    logging.getLogger(name).setLevel(logging.CRITICAL)
    return module


def _line(error: BaseException, shown: str, token: str) -> str:
    """One line about a failure, without the key."""
    code, message = _reason(error)
    if code in ("UNAUTHENTICATED", "PERMISSION_DENIED") or "auth check failure" in message:
        return f"The store {shown} refuses the user or the key."
    if code == "DEADLINE_EXCEEDED":
        return f"The store {shown} did not answer in time."
    if code == "UNAVAILABLE":
        return f"The store {shown} cannot be reached."
    if "Open local milvus failed" in message:
        return (
            f"The store {shown} cannot be opened: another process has it open, and milvus-lite lets "
            "in one at a time; or it is damaged or may not be written. "
            "Several processes need a Milvus server."
        )
    if token:
        for secret in (token, token.partition(":")[2]):
            message = message.replace(secret, "***") if secret else message
    return f"The store {shown} failed: {message}"


def _reason(error: BaseException) -> tuple[str, str]:
    """The gRPC status behind an error, "" without one, and the first line of what it says."""
    grpc = importlib.import_module("grpc")
    said = str(getattr(error, "message", "") or error).strip() or type(error).__name__
    line = said.splitlines()[0][:300]
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        if isinstance(at, grpc.FutureTimeoutError):
            return "DEADLINE_EXCEEDED", line
        code = at.code() if isinstance(at, grpc.RpcError) else getattr(at, "code", None)
        if isinstance(code, grpc.StatusCode):
            return code.name, line
        # A client that raises an error from itself hides what came before in the context.
        at = at.__cause__ if at.__cause__ not in (None, at) else at.__context__
    return "", line
