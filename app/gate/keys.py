"""Keys of programs: compared by their SHA-256, never kept and never written down."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problem import problem
from app.gate.cors import API, Callers
from app.secret import digest
from corpus.text import lower

if TYPE_CHECKING:
    from app.options import ServerOptions

# Where the SHA-256 of the key that a request came with stands in its scope.
KEY: Final = "dipnot.key"
# What readers say of answers; the page sends it for them.
_OPEN: Final = ("/v1/feedback",)


class Keys:
    """Refuses requests with a wrong key, and those without one where keys are needed.

    Pages need none: what stands in a page is no secret. So a program that says it is a page gets through as
    well, and is counted by its address.
    """

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app = app
        self._known = options.api_keys
        self._is_required = options.api_key_required
        self._callers = Callers(options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass a request on."""
        if scope["type"] != "http" or not _is_for_programs(scope["path"]):
            await self._app(scope, receive, send)
            return
        scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        # Where there are no keys, clients send whatever their library insists on.
        has_key = lower(scheme, "en") == "bearer" and key.strip() != "" and bool(self._known)
        found = self._found(digest(key.strip())) if has_key else ""
        if has_key and not found:
            await _refuse("The key is not known.", ' error="invalid_token"', scope, receive, send)
        elif not found and self._is_required and not self._is_page(scope):
            await _refuse("A key is needed: Authorization: Bearer …", "", scope, receive, send)
        else:
            scope[KEY] = found
            await self._app(scope, receive, send)

    def _found(self, given: str) -> str:
        """The digest among those that are known; compared with each, so that the time tells nothing."""
        found = ""
        for known in self._known:
            if hmac.compare_digest(known, given):
                found = known
        return found

    def _is_page(self, scope: Scope) -> bool:
        is_api = scope["path"].startswith(API)
        is_from_page = self._callers.is_own(scope) or self._callers.is_listed(scope)
        return is_api and (scope["path"] in _OPEN or is_from_page)


def _is_for_programs(path: str) -> bool:
    return path.startswith((API, "/mcp/")) or path == "/mcp"


async def _refuse(detail: str, error: str, scope: Scope, receive: Receive, send: Send) -> None:
    refusal = problem(401, detail)
    refusal.headers["WWW-Authenticate"] = f"Bearer{error}"
    await refusal(scope, receive, send)
