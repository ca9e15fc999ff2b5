"""The snippets for nginx and Caddy, in the real programs: streams, addresses, limits, and what they log."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio.to_thread
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.assistant import Assistant
from app.options import ServerOptions
from app.server import create_app
from app.settings import read_settings
from tests.deploy.dockerfile import ROOT
from tests.program import served
from tests.siteserver import serving

NAME = "dipnot.example.org"
MARKER = "zurnaperdesi"
START_SECONDS = 30
QUESTION = {"question": "Moskova Antlaşması ne zaman imzalandı?"}
PROGRAMS = [
    pytest.param(
        name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")
    )
    for name in ("nginx", "caddy")
]
# What may be kept of a request. Of a reader nothing: no address, no browser, no page they came from.
KEPT = {
    "nginx": re.compile(r"\S+ [A-Z]+ \d{3} \d+ [\d.]+ [0-9a-f]{32}"),
    "caddy": re.compile(r"\{.*\}"),
}


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs with our snippet; ``trust``: what a client needs to believe its certificate."""

    name: str
    https: int
    http: int
    trust: ssl.SSLContext
    logs: Path

    def client(self, address: str = "127.0.0.1") -> httpx.Client:
        """A client whose own address is ``address``."""
        return httpx.Client(
            base_url=f"https://localhost:{self.https}",
            headers={"Host": NAME},
            timeout=60,
            transport=httpx.HTTPTransport(verify=self.trust, local_address=address),
        )

    @property
    def logged(self) -> str:
        return "".join(path.read_text("utf-8") for path in sorted(self.logs.iterdir()))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for the name, signed by itself."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    day = timedelta(days=1)
    names = x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("localhost")])
    made = x509.CertificateBuilder().subject_name(named).issuer_name(named).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
    signed = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder


def nginx(folder: Path, certificate: Path, upstream: str, https: int, http: int) -> list[str]:
    snippet = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    # Where the world is another on a test's machine; the rest is as it stands.
    for old, new in {
        "server 127.0.0.1:7860": f"server {upstream}",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen [::]:80;": "",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{https} ssl http2;",
        "listen [::]:443 ssl http2;": "",
        "/etc/letsencrypt/live/dipnot.example.org/fullchain.pem": f"{certificate}/cert.pem",
        "/etc/letsencrypt/live/dipnot.example.org/privkey.pem": f"{certificate}/key.pem",
        "/var/log/nginx": f"{folder}/logs",
    }.items():
        assert old in snippet, old
        snippet = snippet.replace(old, new)
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    around = (
        f"daemon off;\nuser root;\npid {folder}/pid;\nerror_log {folder}/logs/main.log crit;\nevents {{}}\n"
    )
    (folder / "nginx.conf").write_text(f"{around}http {{\n{places}{snippet}}}\n", "utf-8")
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, certificate: Path, upstream: str, https: int, http: int) -> list[str]:
    snippet = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    own = (
        f"{{\n\tadmin off\n\thttp_port {http}\n\thttps_port {https}\n\tstorage file_system {folder}/storage\n"
    )
    for old, new in {
        "127.0.0.1:7860": upstream,
        f"\n{NAME} {{\n": f"\n{NAME}, localhost {{\n\ttls {certificate}/cert.pem {certificate}/key.pem\n",
        "/var/log/caddy": f"{folder}/logs",
        "\n{\n": f"\n{own}",
        "\tlog default {\n": f"\tlog default {{\n\t\toutput file {folder}/logs/main.log\n",
    }.items():
        assert old in snippet, old
        snippet = snippet.replace(old, new, 1)
    (folder / "Caddyfile").write_text(snippet, "utf-8")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


COMMANDS: dict[str, Callable[[Path, Path, str, int, int], list[str]]] = {"nginx": nginx, "caddy": caddy}


@contextmanager
def proxied(name: str, upstream: str, folder: Path, certificate: Path) -> Iterator[Proxy]:
    https, http = free_port(), free_port()
    (folder / "logs").mkdir()
    command = COMMANDS[name](folder, certificate, upstream.removeprefix("http://"), https, http)
    with (folder / "printed").open("wb") as printed:
        process = subprocess.Popen(command, stdout=printed, stderr=printed, cwd=folder)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(https):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "printed").read_text()
            time.sleep(0.05)
        trust = ssl.create_default_context(cafile=certificate / "cert.pem")
        yield Proxy(name, https, http, trust, folder / "logs")
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@dataclass
class Upstream:
    """An application that shows what a proxy does with requests and streams."""

    may_go_on: threading.Event

    def app(self) -> Starlette:
        async def stream(_request: Request) -> Response:
            async def events() -> AsyncIterator[bytes]:
                yield b"event: start\ndata: first\n\n"
                is_set = await anyio.to_thread.run_sync(self.may_go_on.wait, START_SECONDS)
                yield f"event: answer\ndata: {is_set}\n\n".encode()

            return StreamingResponse(events(), media_type="text/event-stream")

        async def seen(request: Request) -> Response:
            return JSONResponse({"headers": dict(request.headers), "bytes": len(await request.body())})

        streams = ("/v1/ask/stream", "/v1/chat/completions", "/gradio_api/queue/data", "/mcp")
        return Starlette(
            routes=[
                *(Route(path, stream, methods=["GET", "POST"]) for path in streams),
                Route("/{path:path}", seen, methods=["GET", "POST"]),
            ]
        )


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("path", ["/v1/ask/stream", "/v1/chat/completions", "/gradio_api/queue/data", "/mcp"])
def test_an_event_arrives_before_the_next_one_is_made(
    program: str, path: str, tmp_path: Path, certificate: Path
) -> None:
    upstream = Upstream(threading.Event())
    with (
        serving(upstream.app()) as address,
        proxied(program, address, tmp_path, certificate) as proxy,
        proxy.client() as client,
        client.stream("POST", path, json=QUESTION, headers={"Accept-Encoding": "gzip"}) as reply,
    ):
        pieces = reply.iter_text()
        assert "data: first" in next(pieces)
        upstream.may_go_on.set()
        assert "data: True" in "".join(pieces)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_server_is_told_who_asks_and_how_and_a_client_cannot_say_it_for_itself(
    program: str, tmp_path: Path, certificate: Path
) -> None:
    claimed = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Request-Id": "mine-mine"}
    with (
        serving(Upstream(threading.Event()).app()) as address,
        proxied(program, address, tmp_path, certificate) as proxy,
        proxy.client("127.0.0.7") as client,
    ):
        headers = client.get("/", headers=claimed).json()["headers"]
        assert headers["x-forwarded-for"] == "127.0.0.7"
        assert headers["x-forwarded-proto"] == "https"
        assert headers["host"] == NAME
        # What is too large for Dipnot is refused here already.
        assert client.post("/v1/ask", content=b"x" * 63_000).json()["bytes"] == 63_000
        assert client.post("/v1/ask", content=b"x" * 70_000).status_code == 413
        plain = httpx.get(f"http://127.0.0.1:{proxy.http}/ask?q=a", headers={"Host": NAME})
        assert plain.status_code == 308
        assert plain.headers["location"] == f"https://{NAME}/ask?q=a"


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_of_what_is_asked_is_written_down_by_the_proxy(
    program: str, tmp_path: Path, certificate: Path
) -> None:
    with serving(Upstream(threading.Event()).app()) as address:
        with proxied(program, address, tmp_path, certificate) as proxy:
            with proxy.client() as client:
                said = {"Referer": f"https://{NAME}/a/{MARKER}", "User-Agent": MARKER, "Cookie": MARKER}
                for path in (f"/ask?q={MARKER}", f"/a/{MARKER}", f"/{MARKER}"):
                    assert client.get(path, headers=said).status_code == 200
                assert client.post("/v1/ask", content=MARKER * 8000).status_code == 413
                assert client.get("/metrics").status_code == 200
            httpx.get(f"http://127.0.0.1:{proxy.http}/ask?q={MARKER}", headers={"Host": NAME})
        written = (tmp_path / "logs" / "dipnot.log").read_text("utf-8").splitlines()
        assert len(written) >= 5
        assert [line for line in written if not KEPT[program].fullmatch(line)] == []
        assert MARKER not in proxy.logged
        assert "127.0.0.1" not in "".join(written)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_server_that_is_down_is_a_502_whose_address_is_not_written_down(
    program: str, tmp_path: Path, certificate: Path
) -> None:
    with (
        proxied(program, f"127.0.0.1:{free_port()}", tmp_path, certificate) as proxy,
        proxy.client() as client,
    ):
        assert client.get(f"/ask?q={MARKER}").status_code == 502
        assert client.get(f"/a/{MARKER}").status_code == 502
    assert MARKER not in proxy.logged
    assert MARKER not in (tmp_path / "printed").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(("trusted", "statuses"), [("127.0.0.1", [200, 200]), ("", [200, 429])])
@pytest.mark.parametrize("program", PROGRAMS)
def test_readers_behind_a_proxy_are_told_apart_where_the_proxy_is_trusted_and_only_there(
    program: str, trusted: str, statuses: list[int], folder: Path, certificate: Path, index_dir: Path
) -> None:
    with (
        served(folder, index_dir, rate_per_minute="1", trusted_proxies=trusted) as server,
        proxied(program, server.address, folder, certificate) as proxy,
    ):
        found = []
        for reader in ("127.0.0.7", "127.0.0.8"):
            with proxy.client(reader) as client:
                found.append(client.post("/v1/ask", json=QUESTION).status_code)
        assert found == statuses


@pytest.mark.slow
def test_what_a_client_says_of_itself_is_not_believed(folder: Path, index_dir: Path) -> None:
    with served(folder, index_dir, rate_per_minute="1", trusted_proxies="192.0.2.1") as server:
        found = [
            httpx.post(
                f"{server.address}/v1/ask", json=QUESTION, headers={"X-Forwarded-For": f"203.0.113.{n}"}
            ).status_code
            for n in range(3)
        ]
    assert found == [200, 429, 429]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_real_answer_comes_through_sentence_by_sentence_with_the_headers_of_the_server(
    program: str, tmp_path: Path, certificate: Path, assistant: Assistant
) -> None:
    options = ServerOptions.model_validate(
        {"trusted_proxies": "127.0.0.1", "public_url": f"https://{NAME}", "rate_per_minute": 0}
    )
    with (
        serving(create_app(assistant, options=options)) as address,
        proxied(program, address, tmp_path, certificate) as proxy,
        proxy.client() as client,
    ):
        reply = client.post("/v1/ask/stream", json=QUESTION)
        events = re.findall(r"^event: (\w+)$", reply.text, re.MULTILINE)
        assert (events[0], events[-1]) == ("start", "answer")
        page = client.get("/")
        assert page.status_code == 200
        assert page.headers.get_list("strict-transport-security") == ["max-age=31536000"]
        assert "frame-ancestors" in page.headers["content-security-policy"]
        assert len(page.headers.get_list("x-request-id")) == 1


def test_what_the_snippets_say_to_set_are_settings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for file in ("nginx.conf", "Caddyfile"):
        said = re.findall(
            r"^#\s+(DIPNOT_\w+)=(\S+)$", (ROOT / "deploy" / file).read_text("utf-8"), re.MULTILINE
        )
        assert [name for name, _ in said] == ["DIPNOT_PUBLIC_URL", "DIPNOT_TRUSTED_PROXIES"]
        for name, value in said:
            monkeypatch.setenv(name, value)
        settings = read_settings()
        assert settings.public_url == f"https://{NAME}"
        assert json.loads(settings.model_dump_json(include={"trusted_proxies"})) == {
            "trusted_proxies": ["127.0.0.1/32"]
        }
