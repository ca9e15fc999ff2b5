"""The Dockerfile, read: its instructions, and its stages run without an engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BUILD = Path("/build")
PREFIX = Path("/opt/dipnot")
DATA = Path("/data")
# Where the packages that the tests run with are seen.
PACKAGES = Path("/packages")
_BWRAP = shutil.which("bwrap")
# Of the machine only these are seen, read-only: what an image brings along, and where the tests' own
# packages lie.
_UNSEEN = {"proc", "dev", "tmp", "opt", "build", "data", "sys", "run", "mnt", "media"}


@dataclass(frozen=True)
class Instruction:
    name: str
    value: str


@dataclass
class Stage:
    """One stage; ``environment`` holds ARG and ENV as they stand at its end."""

    image: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        return [each.value for each in self.instructions if each.name == name]

    def one(self, name: str) -> str:
        (value,) = self.all(name)
        return value


def instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [Instruction(*line.split(None, 1)) for line in joined.splitlines()]


def stages(text: str) -> list[Stage]:
    found: list[Stage] = []
    for each in instructions(text):
        if each.name == "FROM":
            image, _, name = each.value.partition(" AS ")
            found.append(Stage(image, name))
        elif found:
            found[-1].instructions.append(each)
            if each.name in ("ARG", "ENV"):
                found[-1].environment |= dict(
                    part.split("=", 1) for part in shlex.split(each.value) if "=" in part
                )
    return found


def dockerfile() -> list[Stage]:
    return stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))


def copied(stage: Stage) -> list[tuple[list[str], str]]:
    """What is copied from the project, and where to."""
    found = []
    for value in stage.all("COPY"):
        words = [word for word in value.split() if not word.startswith("--")]
        if "--from=" not in value:
            found.append((words[:-1], words[-1]))
    return found


def why_no_sandbox() -> str:
    """Why nothing can be run as in a container here; "" where it can."""
    if _BWRAP is None:
        return "bwrap is not installed (apt-get install bubblewrap)"
    tried = subprocess.run([*sandbox(), "true"], capture_output=True, text=True)
    return "" if tried.returncode == 0 else f"bwrap may not make namespaces here: {tried.stderr.strip()}"


def sandbox(
    *more: str, user: int = 0, network: bool = False, environment: dict[str, str] | None = None
) -> list[str]:
    """The words before a command that have it run as in a container: a read-only root, no capabilities, no
    network but its own loopback, the first process of its own namespace."""
    assert _BWRAP is not None
    words = [_BWRAP, "--unshare-all", "--die-with-parent", "--as-pid-1", "--cap-drop", "ALL"]
    words += ["--share-net"] if network else []
    words += ["--uid", str(user), "--gid", str(user)]
    for top in sorted(Path("/").iterdir()):
        if top.is_symlink():
            words += ["--symlink", os.readlink(top), str(top)]
        elif top.is_dir() and top.name not in _UNSEEN:
            words += ["--ro-bind", str(top), str(top)]
    words += ["--proc", "/proc", "--dev", "/dev", "--dir", "/tmp"]
    # Wherever they lie: Python itself, and the packages that the tests run with.
    for place in dict.fromkeys((sys.base_prefix, _site())):
        words += ["--ro-bind", place, place]
    words += more
    if environment is not None:
        words += ["--clearenv"]
        words += [word for pair in environment.items() for word in ("--setenv", *pair)]
    return [*words, "--remount-ro", "/", "--"]


def bound(source: Path, target: Path, *, read_only: bool = False) -> list[str]:
    return ["--ro-bind" if read_only else "--bind", str(source), str(target)]


def run_build(stage: Stage, context: Path, prefix: Path, links: Path) -> None:
    """Run the steps of the stage that installs: ``context`` becomes its working folder, ``prefix`` what it
    makes. The packages that the tests run with are taken for downloaded: ``links`` points to them."""
    _link_packages(links)
    environment = dict(stage.environment)
    for each in stage.instructions:
        if each.name == "COPY":
            sources, target = copied(Stage("", "", [each]))[0]
            for source in sources:
                _copy(ROOT / source, context / target / source if target == "./" else context / target)
        elif each.name == "RUN":
            # Only the build of the wheel may fetch anything: the build backend, as any installation does.
            may_fetch = "pip wheel" in each.value
            binds = [*bound(context, BUILD), *bound(prefix, PREFIX), *bound(links, PACKAGES, read_only=True)]
            command = sandbox(*binds, "--dir", "/scratch", "--tmpfs", "/scratch", network=may_fetch)
            _run([*command, "sh", "-c", f"cd {BUILD} && {each.value}"], environment, may_fetch)
            if "venv" in each.value:
                _see_packages(prefix)


def _link_packages(links: Path) -> None:
    """Point to every package of the tests but the project itself and pip."""
    links.mkdir()
    for path in Path(_site()).iterdir():
        if not re.match(r"dipnot|_editable|__pycache__|pip\b|.*\.pth$", path.name):
            (links / path.name).symlink_to(path)


def _see_packages(prefix: Path) -> None:
    site = prefix / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    # Older than torch wants, and it would stand before the one of the tests.
    for path in (*site.glob("setuptools*"), *site.glob("pkg_resources"), *site.glob("_distutils_hack")):
        shutil.rmtree(path)
    for path in site.glob("distutils-precedence.pth"):
        path.unlink()
    (site / "packages_of_the_tests.pth").write_text(f"{PACKAGES}\n", encoding="utf-8")


def _site() -> str:
    import numpy

    return str(Path(numpy.__file__).parent.parent)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".env"))
    else:
        shutil.copyfile(source, target)


def _run(command: Sequence[str], environment: dict[str, str], may_fetch: bool) -> None:
    own = os.environ | environment | {"PATH": f"{Path(sys.base_prefix, 'bin')}:{os.environ['PATH']}"}
    own |= {"TMPDIR": "/scratch"}
    if not may_fetch:
        own |= {"PIP_NO_INDEX": "1"}
    done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"


def health_command(stage: Stage) -> list[str]:
    value = stage.one("HEALTHCHECK")
    words = json.loads(value[value.index("CMD ") + 4 :])
    assert isinstance(words, list)
    return words
