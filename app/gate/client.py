"""Who asks, and under which address: through the proxies that are trusted, and through no others."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

if TYPE_CHECKING:
    from app.options import ServerOptions

# A provider gives a household or a company a whole network of IPv6 addresses, of this size at least
# (RFC 6177, section 2).
_IPV6_BITS: Final = 64
# Neighbours, for when there are more clients than can be counted one by one.
_IPV4_WIDE_BITS: Final = 16
_IPV6_WIDE_BITS: Final = 32
# What proxies say of a request. Gradio believes these whoever sends them.
_SAID_BY_PROXIES: Final = (b"x-forwarded-", b"x-gradio-server", b"x-real-ip")


class Client:
    """Puts into the scope whom a request comes from and which address it was sent to.

    ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed when a trusted proxy sends them: the client is
    the rightmost address that is not such a proxy. Then they are taken away, so that nothing behind believes
    them. ``public_url``, where it is set, stands for the address that the request was sent to.
    """

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app = app
        behind = cast(Any, self._addressed)
        self._proxied: Any = ProxyHeadersMiddleware(behind, trusted_hosts=list(options.trusted_proxies))
        public = urlsplit(options.public_url)
        self._scheme, self._host = public.scheme, public.netloc.encode("idna")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        # In place, because what stands around this reads afterwards which route it was.
        if scope.get("client"):
            scope["client"] = (_plain(scope["client"][0]), scope["client"][1])
        await self._proxied(scope, receive, send)

    async def _addressed(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [pair for pair in scope["headers"] if not pair[0].startswith(_SAID_BY_PROXIES)]
        if self._host:
            headers = [pair for pair in headers if pair[0] != b"host"]
            headers.append((b"host", self._host))
            scope["scheme"] = self._scheme
        scope["headers"] = headers
        await self._app(scope, receive, send)


def client_of(scope: Scope) -> str:
    """Return what a client is counted by: its IPv4 address, or its network of IPv6 addresses."""
    return _network(scope, None, _IPV6_BITS)


def neighbourhood_of(scope: Scope) -> str:
    """Return what a client is counted by together with its neighbours."""
    return _network(scope, _IPV4_WIDE_BITS, _IPV6_WIDE_BITS)


def _network(scope: Scope, ipv4_bits: int | None, ipv6_bits: int) -> str:
    client = scope.get("client")
    try:
        address = ip_address(_plain(client[0]) if client else "")
    except ValueError:
        # A socket of the file system, or a proxy that says nonsense: all of these are one client.
        return "unknown"
    bits = ipv6_bits if isinstance(address, IPv6Address) else ipv4_bits
    # Without its zone ("fe80::1%eth0"), which a network has not.
    host = str(address).partition("%")[0]
    return str(ip_network(f"{host}/{bits}", strict=False)) if bits else host


def _plain(host: str) -> str:
    """An IPv4 address where one is written as IPv6, as a socket for both gives it."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
