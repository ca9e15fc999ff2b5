"""Settings come from arguments, the environment and dipnot.toml; what is unknown or wrong is refused."""

import os
import re
from pathlib import Path

import pytest

import app
from app.settings import Settings, read_settings
from corpus.catalogue import PACKAGED
from corpus.errors import DipnotError

ROOT = Path(app.__file__).parents[1]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder without dipnot.toml, and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("DIPNOT_")]:
        monkeypatch.delenv(name)
    return tmp_path


def refusal(given=None):
    with pytest.raises(DipnotError) as raised:
        read_settings(given)
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_without_any_setting_the_defaults_hold():
    settings = read_settings()
    assert settings.corpus_dir == PACKAGED
    assert settings.index_dir == Path(".dipnot/index")
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)
    assert settings.allow_download is False


def test_the_environment_sets(monkeypatch):
    monkeypatch.setenv("DIPNOT_PORT", "8001")
    monkeypatch.setenv("DIPNOT_INDEX_DIR", "/srv/index")
    monkeypatch.setenv("DIPNOT_ALLOW_DOWNLOAD", "true")
    settings = read_settings()
    assert (settings.port, settings.index_dir, settings.allow_download) == (8001, Path("/srv/index"), True)


def test_dipnot_toml_in_the_working_folder_sets(folder):
    (folder / "dipnot.toml").write_text('port = 8002\nmodel = "/srv/model"\n')
    settings = read_settings()
    assert (settings.port, settings.model) == (8002, "/srv/model")


def test_arguments_go_before_the_environment_and_that_before_the_file(folder, monkeypatch):
    (folder / "dipnot.toml").write_text('port = 8002\nhost = "file"\nmodel = "file"\n')
    monkeypatch.setenv("DIPNOT_PORT", "8001")
    monkeypatch.setenv("DIPNOT_HOST", "environment")
    settings = read_settings({"port": 8000})
    assert (settings.port, settings.host, settings.model) == (8000, "environment", "file")


def test_the_cache_follows_the_users_cache_folder(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/srv/cache")
    assert read_settings().cache_dir == Path("/srv/cache/dipnot")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/reader")
    assert read_settings().cache_dir == Path("/home/reader/.cache/dipnot")


@pytest.mark.parametrize("name", ["DIPNOT_NONSENSE", "dipnot_nonsense", "DIPNOT_PORTS", "DIPNOT_"])
def test_an_unknown_variable_is_refused_by_its_name(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    message = refusal()
    assert repr(name) in message
    assert "not permitted" in message


def test_an_unknown_variable_is_refused_beside_known_ones(monkeypatch):
    monkeypatch.setenv("DIPNOT_PORT", "8001")
    monkeypatch.setenv("DIPNOT_NONSENSE", "")
    assert "DIPNOT_NONSENSE" in refusal()


def test_variables_of_other_programs_are_none_of_our_business(monkeypatch):
    monkeypatch.setenv("DIPNOTES_PORT", "x")
    monkeypatch.setenv("PORT", "x")
    assert read_settings().port == 7860


def test_an_unknown_key_in_the_file_is_refused_by_its_name(folder):
    (folder / "dipnot.toml").write_text("nonsense = 1\n")
    message = refusal()
    assert "'nonsense'" in message
    assert "dipnot.toml" in message


def test_a_file_that_is_no_toml_is_refused_by_its_name(folder):
    (folder / "dipnot.toml").write_text("port: 8000\n")
    assert "dipnot.toml" in refusal()


@pytest.mark.parametrize("port", ["x", "-1", "65536", "80.5", ""])
def test_a_port_that_is_none_is_refused(monkeypatch, port):
    monkeypatch.setenv("DIPNOT_PORT", port)
    assert "'port'" in refusal()


def test_a_port_that_is_none_is_refused_in_the_file_and_as_an_argument(folder):
    assert "'port'" in refusal({"port": 70000})
    (folder / "dipnot.toml").write_text("port = 70000\n")
    assert "'port'" in refusal()


def test_every_variable_that_a_message_or_a_page_names_is_a_setting():
    known = {f"DIPNOT_{name}".upper() for name in Settings.model_fields}
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    sources = [path for name in ("corpus", "index", "app", "eval") for path in (ROOT / name).rglob("*.py")]
    named = {
        name
        for path in (*pages, *sources)
        for name in re.findall(r"DIPNOT_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8"))
    }
    assert {"DIPNOT_MODEL", "DIPNOT_CACHE_DIR"} <= named
    assert {name.partition("__")[0] for name in named} <= known


# What can be set inside a setting


def test_a_weight_of_the_search_can_be_set_and_the_others_stay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dipnot.toml").write_text("[search.tr]\nlexical = 0.25\n[refusal]\nunseen = 0.9\n")
    monkeypatch.setenv("DIPNOT_SEARCH__RRF_K", "33")
    set_, default = read_settings(), Settings.model_fields["search"].default
    assert set_.search.tr == default.tr.model_copy(update={"lexical": 0.25})
    assert (set_.search.rrf_k, set_.search.en, set_.search.depth) == (33, default.en, default.depth)
    assert (set_.refusal.unseen, set_.refusal.bias) == (0.9, Settings.model_fields["refusal"].default.bias)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"search": {"rrfk": 1}}, "search.rrfk"),
        ({"search": {"tr": {"lexicall": 1}}}, "search.tr.lexicall"),
        ({"search": {"tr": {"lexical": -1}}}, "search.tr.lexical"),
        ({"search": {"depth": 0}}, "search.depth"),
        ({"refusal": {"unseen": -1}}, "refusal.unseen"),
        ({"refusal": {"threshold": 2}}, "refusal.threshold"),
        ({"refusal": {"slope": 1}}, "refusal.slope"),
    ],
)
def test_what_is_not_there_or_makes_no_sense_inside_a_setting_is_refused(given, name):
    with pytest.raises(DipnotError, match=f"Setting '{name}'"):
        read_settings(given)
