"""The port to serve at, looked at before anything heavy is loaded."""

from __future__ import annotations

import errno
import socket

from corpus.errors import DipnotError


class PortInUse(DipnotError):
    """The address to serve at is taken, not allowed or not on this machine."""


def check_port(host: str, port: int) -> None:
    """Raise PortInUse, saying what to do, unless ``host:port`` can be listened at."""
    if not 0 <= port < 2**16:
        raise PortInUse(f"{port} is not a port; choose one from 1 to 65535 with --port.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} on {host} is in use; choose another with --port."
        elif error.errno == errno.EACCES:
            message = f"Port {port} on {host} may not be opened; choose one above 1023 with --port."
        else:
            message = f"{host} is not an address of this machine; choose another with --host."
        raise PortInUse(message) from error
