"""The security headers of every response."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem import problem
from app.templates import STATIC_URL

# Our own pages run nothing that is not a file of ours.
_OWN_POLICY: Final = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'"
# Gradio's page needs scripts and styles of its own in the page, and nothing from any other machine.
_CHAT_POLICY: Final = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; base-uri 'self'; object-src 'none'; "
    "form-action 'self'"
)
# The reader is shown in a frame of the chat page, and nothing else in any frame.
_FRAMED: Final = "/articles/"
# What is made for other sites, whose pages load it.
_EMBEDDED: Final = "/embed/"
# This sets its own policy, by the sites that are allowed; X-Frame-Options knows no such list.
_FRAME: Final = "/embed/v1/frame"
# What browsers know and no page here needs; copying an answer is all that is done with the device.
_FEATURES: Final = (
    "accelerometer autoplay camera display-capture encrypted-media fullscreen geolocation "
    "gyroscope hid idle-detection local-fonts magnetometer microphone midi payment picture-in-picture "
    "publickey-credentials-create publickey-credentials-get screen-wake-lock serial storage-access usb "
    "xr-spatial-tracking"
).split()
_PERMISSIONS: Final = ", ".join([*(f"{name}=()" for name in _FEATURES), "clipboard-write=(self)"])
_FOR_EVER: Final = "public, max-age=31536000, immutable"
# A year; without the subdomains, which are not ours to speak for.
_TRANSPORT: Final = "max-age=31536000"


class SecurityHeaders:
    """Puts the security headers on every response that does not set them itself.

    A failure of the application is answered here, because Starlette would answer it outside of everything
    that can put a header on it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = _added(scope)
        is_lasting = _is_named_by_content(scope)
        has_started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
                if is_lasting and message["status"] == 200:
                    headers.setdefault("Cache-Control", _FOR_EVER)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            if not has_started:
                await problem(500)(scope, receive, send_with_headers)
            # The server writes it to its log.
            raise


def _added(scope: Scope) -> dict[str, str]:
    """The headers for an address; ``Headers.setdefault`` leaves those that a route has set."""
    path = scope["path"]
    # Only the chat page itself: what it loads is files, which have no need of what it may do.
    policy = _CHAT_POLICY if path == "/" else _OWN_POLICY
    ancestors = "'self'" if path.startswith(_FRAMED) else "'none'"
    is_embedded = path.startswith(_EMBEDDED)
    headers = {
        "Content-Security-Policy": f"{policy}; frame-ancestors {ancestors}",
        "X-Content-Type-Options": "nosniff",
        # A question stands in many an address, and is nobody else's; a widget has to say where it runs.
        "Referrer-Policy": "strict-origin-when-cross-origin" if is_embedded else "same-origin",
        "Permissions-Policy": _PERMISSIONS,
        "Cross-Origin-Resource-Policy": "cross-origin" if is_embedded else "same-origin",
    }
    if path != _FRAME:
        headers["X-Frame-Options"] = "SAMEORIGIN" if path.startswith(_FRAMED) else "DENY"
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = _TRANSPORT
        # Without encryption browsers ignore this, with an error in their console.
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return headers


def _is_named_by_content(scope: Scope) -> bool:
    """Whether the address of a file changes with its content: ours carry a digest, Gradio's hold one."""
    path = scope["path"]
    is_ours = path.startswith(f"{STATIC_URL}/") and b"v=" in scope["query_string"]
    return is_ours or path.startswith("/assets/")
