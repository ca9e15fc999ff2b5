"""The Dockerfile: what it promises as it is read, and what it does as its steps are run without an engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.settings import read_settings
from index.model import Model
from tests.deploy.dockerfile import (
    DATA,
    PREFIX,
    ROOT,
    bound,
    copied,
    dockerfile,
    health_command,
    run_build,
    sandbox,
    why_no_sandbox,
)
from tests.deploy.dockerfile import (
    PACKAGES as SEEN,
)

USER = 10001
PORT = 7860
QUESTION = "Moskova Antlaşması ne zaman imzalandı?"
# Unpacking the model, encoding one article and loading everything, on two busy cores.
START_SECONDS = 540
STOP_SECONDS = 30
PACKAGES = ("corpus", "index", "app", "eval")

build, final = dockerfile()
no_sandbox = why_no_sandbox()
contained = pytest.mark.skipif(bool(no_sandbox), reason=no_sandbox or "there is a sandbox")


def test_it_runs_as_a_numbered_user_who_is_not_root() -> None:
    assert final.one("USER") == f"{USER}:{USER}"
    created = " ".join(final.all("RUN"))
    assert f"--uid {USER}" in created
    assert f"--owner {USER}" in created


def test_it_is_stopped_and_looked_after_as_a_service_should_be() -> None:
    assert final.one("STOPSIGNAL") == "SIGTERM"
    assert final.one("VOLUME") == str(DATA)
    assert final.one("EXPOSE") == str(PORT)
    assert health_command(final)[0] == "python"


def test_its_settings_are_settings_and_all_that_is_written_lies_in_the_volume(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    for name, value in final.environment.items():
        if name.startswith("DIPNOT_"):
            monkeypatch.setenv(name, value)
    settings = read_settings()
    for path in (settings.index_dir, settings.cache_dir, settings.feedback_file):
        assert path.is_relative_to(DATA)
    assert final.environment["HOME"] == str(DATA)
    assert (settings.host, settings.port) == ("0.0.0.0", PORT)


def test_what_it_copies_is_there_and_what_it_does_not_copy_is_not_sent() -> None:
    sources = [source for stage in (build, final) for names, _ in copied(stage) for source in names]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert sorted(rule.removeprefix("!") for rule in rules if rule.startswith("!")) == sorted(sources)


def test_its_versions_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert final.environment["VERSION"] == project["version"]
    torch = re.search(r"^torch==\S+$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert torch is not None
    assert build.environment["TORCH"].split()[0] == torch[0]
    # The one address that the README names already, and no secret is asked for.
    assert build.environment["TORCH"].split("--index-url ")[1] in (ROOT / "README.md").read_text("utf-8")
    arguments = {value.partition("=")[0] for stage in (build, final) for value in stage.all("ARG")}
    assert arguments == {"TORCH", "VERSION", "REVISION"}
    assert "--constraint constraints.txt" in " ".join(build.all("RUN"))


@dataclass(frozen=True)
class Image:
    """What the first stage of the Dockerfile made, and what the second one adds."""

    prefix: Path
    packages: Path
    commands: Path

    @contextmanager
    def running(
        self, data: Path, *more: str, arguments: tuple[str, ...] = (), **settings: str
    ) -> Iterator[Run]:
        """A container of it, with ``data`` as its volume and nothing else that it can write to."""
        environment = {**final.environment, "DIPNOT_LOG_FORMAT": "json", **settings}
        environment["PATH"] = f"/commands:{environment['PATH']}"
        reading, writing = os.pipe()
        command = sandbox(
            *bound(self.prefix, PREFIX, read_only=True),
            *bound(self.packages, SEEN, read_only=True),
            *bound(self.commands, Path("/commands"), read_only=True),
            *bound(data, DATA),
            *more,
            "--chdir",
            str(DATA),
            "--info-fd",
            str(writing),
            user=USER,
            environment=environment,
        )
        (entrypoint,) = json.loads(final.one("ENTRYPOINT"))
        out, err = data.parent / "out", data.parent / "err"
        with out.open("wb") as output, err.open("wb") as errors:
            started = subprocess.Popen(
                [*command, entrypoint, *arguments], stdout=output, stderr=errors, pass_fds=[writing]
            )
        os.close(writing)
        with os.fdopen(reading) as told:
            process = json.load(told)["child-pid"]
        run = Run(started, process, environment, out, err)
        try:
            yield run
        finally:
            started.kill()
            started.wait()


@dataclass(frozen=True)
class Run:
    started: subprocess.Popen[bytes]
    process: int
    environment: dict[str, str]
    out: Path
    err: Path

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the network of the container."""
        return subprocess.run(
            ["nsenter", f"--net=/proc/{self.process}/ns/net", "--", *command],
            env=self.environment | {"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def is_healthy(self) -> bool:
        _, *rest = health_command(final)
        return self.inside(sys.executable, *rest).returncode == 0

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            assert self.started.poll() is None, self.errors
            assert time.monotonic() < deadline, self.errors
            time.sleep(1)

    def ask(self, question: str) -> dict[str, Any]:
        script = (
            "import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(u.Request("
            f"'http://127.0.0.1:{PORT}/v1/ask', sys.argv[1].encode(), "
            "{'Content-Type': 'application/json'})).read())"
        )
        done = self.inside(sys.executable, "-c", script, json.dumps({"question": question}))
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert isinstance(answer, dict)
        return answer

    def stop(self) -> int:
        os.kill(self.process, getattr(signal, final.one("STOPSIGNAL")))
        return self.started.wait(STOP_SECONDS)

    @property
    def errors(self) -> str:
        return self.err.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    # Not tmp_path: its folders may be entered by one user only.
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        for name in ("context", "prefix", "commands"):
            (root / name).mkdir()
        run_build(build, root / "context", root / "prefix", root / "packages")
        for (source,), target in copied(final):
            shutil.copy(ROOT / source, root / "commands" / Path(target).name)
        yield Image(root / "prefix", root / "packages", root / "commands")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty volume."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o750)
    return folder


def seed(data: Path, index_dir: Path, model: Model) -> None:
    """Fill a volume as a first start would have filled it."""
    shutil.copytree(index_dir, data / "index")
    target = data / "cache" / "models" / model.folder.name
    shutil.copytree(model.folder, target, copy_function=os.link)


@pytest.mark.slow
@contained
def test_the_wheel_holds_every_file_of_the_packages(image: Image) -> None:
    (site,) = (image.prefix / "lib").glob("python3*/site-packages")
    missing = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not path.name.startswith(".")
        and not (site / path.relative_to(ROOT)).is_file()
    ]
    assert missing == []


@pytest.mark.slow
@contained
@pytest.mark.timeout(700)
def test_a_first_start_with_an_empty_volume_and_no_network_ends_in_answers(image: Image, data: Path) -> None:
    corpus = data.parent / "corpus"
    shutil.copytree(ROOT / "corpus", corpus, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    catalogue = (corpus / "catalogue.toml").read_text(encoding="utf-8").split("[[article]]")
    (kept,) = [entry for entry in catalogue if 'id = "004"' in entry]
    (corpus / "catalogue.toml").write_text(f"[[article]]{kept}", encoding="utf-8")
    own = bound(corpus, Path("/data/corpus"), read_only=True)
    with image.running(data, *own, DIPNOT_CORPUS_DIR="/data/corpus") as run:
        assert not run.is_healthy()
        run.wait_until_healthy()
        assert run.ask(QUESTION)["status"] == "answered"
        assert run.stop() == 0
        assert "Read-only file system" not in run.errors
    assert sorted(path.name for path in data.iterdir() if path.name != "corpus") == ["cache", "index", "tmp"]


@pytest.mark.slow
@contained
def test_a_later_start_finds_its_index_and_answers_and_stops_when_told(
    image: Image, data: Path, index_dir: Path, model: Model
) -> None:
    seed(data, index_dir, model)
    with image.running(data) as run:
        run.wait_until_healthy()
        # The corpus in the image is the one that the index was made from, to the last translation.
        assert "is up to date" in run.out.read_text(encoding="utf-8")
        answer = run.ask(QUESTION)
        assert (answer["status"], answer["language"]) == ("answered", "tr")
        assert run.stop() == 0
        messages = [json.loads(line)["message"] for line in run.errors.splitlines()]
        assert messages[0] == "ready"
        assert messages[-1] == "stopping"
        assert "Read-only file system" not in run.errors


@pytest.mark.slow
@contained
def test_it_can_be_stopped_while_it_builds_the_index(image: Image, data: Path) -> None:
    with image.running(data) as run:
        deadline = time.monotonic() + STOP_SECONDS
        while not (data / "cache").exists():
            assert time.monotonic() < deadline, run.errors
            time.sleep(0.05)
        assert run.stop() == 0


@pytest.mark.slow
@contained
def test_other_commands_run_in_it_and_an_error_of_theirs_is_its_own(image: Image, data: Path) -> None:
    with image.running(data, arguments=("ask", "Who?")) as run:
        assert run.started.wait(START_SECONDS) == 1
        assert re.fullmatch(r"dipnot: .*dipnot index.*\n", run.errors), run.errors
    with image.running(data, arguments=("doctor",), DIPNOT_UNKNOWN="1") as run:
        assert run.started.wait(START_SECONDS) == 1
        assert "DIPNOT_UNKNOWN" in run.errors


@pytest.mark.slow
@contained
def test_the_container_is_as_closed_as_it_says(image: Image, data: Path) -> None:
    script = (
        "id -u; grep -E '^(CapEff|CapBnd)' /proc/self/status | tr -d '\\t\\n'; echo; "
        "for f in /x /opt/dipnot/x /usr/x /etc/x; do touch $f 2>/dev/null && echo wrote $f; done; "
        "touch /data/x && ls -A /data; grep -c : /proc/net/dev"
    )
    shell = sandbox(
        *bound(image.prefix, PREFIX, read_only=True),
        *bound(data, DATA),
        user=USER,
        environment={"PATH": "/usr/bin:/bin"},
    )
    done = subprocess.run([*shell, "sh", "-c", script], capture_output=True, text=True)
    nothing = "0" * 16
    assert done.stdout.split() == [str(USER), f"CapEff:{nothing}CapBnd:{nothing}", "x", "1"], done
