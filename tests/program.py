"""The program itself, serving on a free port of loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.commandline import PROGRAM

START_SECONDS = 120
STOP_SECONDS = 30


@dataclass(frozen=True)
class Served:
    address: str
    err: Path
    out: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    @property
    def lines(self) -> list[str]:
        return self.err.read_text(encoding="utf-8").splitlines()


@contextmanager
def served(folder: Path, index_dir: Path, **settings: str) -> Iterator[Served]:
    """The program itself, serving."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {f"DIPNOT_{name.upper()}": value for name, value in settings.items()}
    environment = os.environ | {"DIPNOT_INDEX_DIR": str(index_dir), "DIPNOT_PORT": str(port)} | own
    out, err = folder / "out", folder / "err"
    with out.open("wb") as output, err.open("wb") as errors:
        process = subprocess.Popen(
            [PROGRAM, "serve"], cwd=folder, env=environment, stdout=output, stderr=errors
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process)
        yield Served(f"http://127.0.0.1:{port}", err, out, process)
    finally:
        process.kill()
        process.wait()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None and time.monotonic() < deadline
        with suppress(httpx.TransportError):
            if httpx.get(address).status_code == 200:
                return
        time.sleep(0.3)
