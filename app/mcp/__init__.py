"""The Model Context Protocol: the articles as tools for other programs' assistants.

``tools``: what can be called; ``server``: how the protocol calls it; ``stdio`` and ``http``: where it is
spoken. Only this module may be imported where the extra ``mcp`` is not installed.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from corpus.errors import DipnotError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.options import ServerOptions
    from app.service import Service


def require() -> None:
    """Raise DipnotError, which says what to do, where the extra is not installed."""
    if find_spec("mcp") is None:
        raise DipnotError('The Model Context Protocol needs an extra: pip install "dipnot[mcp]"')


def mount(app: FastAPI, service: Service, options: ServerOptions) -> None:
    """Have an application speak the protocol at ``/mcp``; raises DipnotError as ``require`` does."""
    require()
    from app.mcp import http

    http.mount(app, service, options)
