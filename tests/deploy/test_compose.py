"""compose.yaml and the systemd unit: closed as far as can be, true to the Dockerfile and the settings."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import read_settings
from tests.deploy.dockerfile import ROOT, dockerfile, health_command

COMPOSE = ROOT / "compose.yaml"
UNIT = ROOT / "deploy" / "dipnot.service"
# Of ten: what systemd itself calls OK.
EXPOSURE = 20

final = dockerfile()[1]


def service() -> dict[str, Any]:
    read = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    (found,) = read["services"].values()
    assert isinstance(found, dict)
    return found


def unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_container_may_do_nothing_that_it_need_not() -> None:
    read = service()
    assert read["read_only"] is True
    assert read["cap_drop"] == ["ALL"]
    assert read["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in read
    assert all(mount.startswith("/tmp:") and "noexec" in mount for mount in read["tmpfs"])


def test_the_container_has_an_end_in_memory_processes_and_log() -> None:
    read = service()
    assert (read["mem_limit"], read["pids_limit"]) == ("2g", 256)
    assert set(read["logging"]["options"]) == {"max-size", "max-file"}


def test_what_the_composition_uses_is_what_the_image_offers() -> None:
    read = service()
    assert read["volumes"] == [f"data:{final.one('VOLUME')}"]
    # Not from other machines: what stands before it speaks TLS.
    port = final.one("EXPOSE")
    assert read["ports"] == [f"127.0.0.1:{port}:{port}"]
    test = read["healthcheck"]["test"]
    assert test[0] == "CMD"
    assert test[1:] == health_command(final)
    options = dict(re.findall(r"--([\w-]+)=(\S+)", final.one("HEALTHCHECK")))
    own = {key.replace("_", "-"): str(value) for key, value in read["healthcheck"].items() if key != "test"}
    assert own == options
    assert read["build"] == "."


def test_the_environment_of_the_composition_is_settings(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    given = {name: value for name, value in service()["environment"].items() if name.startswith("DIPNOT_")}
    for name, value in given.items():
        # ${NAME:-default}, as it is where nothing is set.
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:-(.*)\}", r"\1", value))
    settings = read_settings()
    assert settings.log_format == "json"
    assert (settings.embed_origins, settings.trusted_proxies, settings.public_url) == ((), (), "")


def test_the_unit_keeps_everything_in_its_own_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    read = unit()
    state = f"%S/{read['StateDirectory'][0]}"
    for line in read["Environment"]:
        name, _, value = line.partition("=")
        if name.startswith("DIPNOT_"):
            monkeypatch.setenv(name, value.replace("%S", "/var/lib"))
    settings = read_settings()
    for path in (settings.index_dir, settings.cache_dir, settings.feedback_file):
        assert path.is_relative_to("/var/lib/dipnot")
    assert read["WorkingDirectory"] == [state]
    assert read["DynamicUser"] == ["yes"]
    assert read["ProtectSystem"] == ["strict"]
    assert "ReadWritePaths" not in read


def test_the_unit_starts_the_commands_that_there_are() -> None:
    read = unit()
    commands = [*read["ExecStartPre"], *read["ExecStart"]]
    assert commands == ["/opt/dipnot/bin/dipnot index", "/opt/dipnot/bin/dipnot serve"]
    assert int(read["TimeoutStopSec"][0]) >= 30


def analyze(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    there = folder / UNIT.name
    # It looks whether the program is there.
    there.write_text(UNIT.read_text("utf-8").replace("/opt/dipnot/bin/dipnot", "/bin/true"), "utf-8")
    return subprocess.run([program, *arguments, str(there)], capture_output=True, text=True)


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    done = analyze("verify", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_calls_the_unit_well_confined(tmp_path: Path) -> None:
    done = analyze("security", "--offline=yes", f"--threshold={EXPOSURE}", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "Overall exposure level" in done.stdout
