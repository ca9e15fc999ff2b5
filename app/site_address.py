"""The address under which readers see this site."""

from __future__ import annotations

from starlette.requests import HTTPConnection


def site_address(request: HTTPConnection) -> str:
    """Return the address of the site without a slash at its end: the one that is set (``public_url``), else
    the one the request was sent to."""
    set_address: str = getattr(request.app.state, "public_url", "")
    return set_address or str(request.base_url).rstrip("/")
