"""The scripts of the widget: how large they are, that they are the same everywhere, how they are served."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import subprocess
import sys
from importlib.metadata import version

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.embedding.bundle import SOURCES, Bundle, File, bundle
from app.embedding.routes import PREFIX, router
from app.options import ServerOptions
from app.texts import LANGUAGES, texts

KIBIBYTE = 1024
MUSEUM = "https://museum.example.org"
SCRIPTS = sorted(SOURCES.glob("*.js"))
# What would run or show text as markup, keep something for longer than a tab, or ask somebody else.
FORBIDDEN = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML",
    r"\beval\b|new Function|setTimeout\([\"'`]",
    r"document\.cookie|localStorage|indexedDB|sendBeacon|document\.title|document\.head",
    r"https?://(?!www\.w3\.org/2000/svg)",
    r"\.style\s*=|setAttribute\(\"style\"|createElement\(\"style\"",
)


@pytest.fixture(scope="module")
def files() -> Bundle:
    return bundle()


def client(*origins: str) -> TestClient:
    app = FastAPI()
    app.include_router(router(ServerOptions(embed_origins=origins)))
    return TestClient(app)


def packed(file: File) -> int:
    """How many bytes travel."""
    return len(gzip.compress(file.content, 9))


def test_what_a_page_loads_at_once_is_at_most_six_kibibytes(files: Bundle) -> None:
    assert packed(files.latest) <= 6 * KIBIBYTE
    assert packed(files.module) <= 6 * KIBIBYTE


def test_everything_together_is_at_most_thirty_kibibytes(files: Bundle) -> None:
    parts = (files.latest, files.panel, files.frame, files.frame_style)
    assert sum(map(packed, parts)) <= 30 * KIBIBYTE


def test_the_styles_within_are_at_most_six_kibibytes() -> None:
    styles = b"".join(path.read_bytes() for path in sorted(SOURCES.glob("*.css")))
    assert len(gzip.compress(styles, 9)) <= 6 * KIBIBYTE


def test_the_same_sources_make_the_same_bytes_in_another_process(files: Bundle) -> None:
    program = "from app.embedding.bundle import bundle as b; print(*[f.name for f in b().lasting])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={"PYTHONHASHSEED": "7", "LC_ALL": "C"},
    )
    assert done.stdout.split() == [file.name for file in files.lasting]


def test_a_name_holds_the_digest_of_its_content(files: Bundle) -> None:
    for file in files.lasting:
        assert hashlib.sha256(file.content).hexdigest()[:12] in file.name


def test_the_launcher_asks_for_the_very_panel_of_its_version(files: Bundle) -> None:
    digest = base64.b64encode(hashlib.sha384(files.panel.content).digest()).decode()
    for script in (files.latest, files.module):
        source = script.content.decode()
        assert files.panel.name in source
        assert f"sha384-{digest}" in source
        assert f'VERSION = "{version("dipnot")}"' in source
    assert files.latest.content == files.launcher.content


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_does_nothing_that_a_strict_page_forbids(path) -> None:  # type: ignore[no-untyped-def]
    source = path.read_text(encoding="utf-8")
    for pattern in FORBIDDEN:
        assert re.findall(pattern, source) == [], pattern


def test_the_rule_against_what_is_forbidden_finds_it() -> None:
    wrong = ("node.innerHTML = text", "document.cookie", 'fetch("https://cdn.example.org")', "node.style = 1")
    for source in wrong:
        assert any(re.search(pattern, source) for pattern in FORBIDDEN), source


def test_the_styles_load_nothing_and_name_no_font_file() -> None:
    for path in SOURCES.glob("*.css"):
        assert not re.search(r"url\(|@import|@font-face", path.read_text(encoding="utf-8")), path.name


def test_every_text_of_the_widget_is_used_and_every_text_that_is_named_exists() -> None:
    named = set()
    for path in SCRIPTS:
        named |= set(re.findall(r'"([a-z]+\.[a-z_]+)"', path.read_text(encoding="utf-8")))
    own = {key for key in texts("en") if key.startswith("widget.")}
    tables = {key.partition(".")[0] for key in texts("en")}
    assert own - named == set()
    assert {key for key in named if key.partition(".")[0] in tables} - texts("en").keys() == set()


def test_no_word_of_the_widget_stands_in_a_script() -> None:
    for path in SCRIPTS:
        code = "\n".join(
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if not line.lstrip().startswith("//")
        )
        for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', code):
            # Two words with a space between that are no attribute, policy or style.
            assert not re.search(r"[A-ZÇĞİÖŞÜ][a-zçğıöşü]+ [a-zçğıöşü]+ ", literal), (path.name, literal)


def test_the_launcher_brings_its_words_in_both_languages(files: Bundle) -> None:
    source = files.latest.content.decode()
    for language in LANGUAGES:
        assert json.dumps(texts(language)["widget.title"], ensure_ascii=False) in source


def test_every_page_may_load_the_scripts(files: Bundle) -> None:
    with client() as server:
        for file in (files.latest, files.module, *files.lasting):
            response = server.get(f"{PREFIX}/{file.name}")
            assert response.status_code == 200, file.name
            assert response.content == file.content
            assert response.headers["access-control-allow-origin"] == "*"
            assert response.headers["cross-origin-resource-policy"] == "cross-origin"
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["content-type"] == file.media_type
            assert "set-cookie" not in response.headers


def test_a_file_named_by_its_content_is_kept_for_ever_and_the_others_for_minutes(files: Bundle) -> None:
    with client() as server:
        lasting = server.get(f"{PREFIX}/{files.panel.name}").headers["cache-control"]
        latest = server.get(f"{PREFIX}/dipnot.js").headers["cache-control"]
    assert lasting == "public, max-age=31536000, immutable"
    assert latest == "public, max-age=300"


def test_a_script_that_has_not_changed_is_not_sent_again(files: Bundle) -> None:
    with client() as server:
        tag = server.get(f"{PREFIX}/dipnot.js").headers["etag"]
        again = server.get(f"{PREFIX}/dipnot.js", headers={"If-None-Match": tag})
        other = server.get(f"{PREFIX}/dipnot.js", headers={"If-None-Match": 'W/"other"'})
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_a_panel_of_another_version_is_not_there() -> None:
    with client() as server:
        assert server.get(f"{PREFIX}/panel.000000000000.js").status_code == 404


def test_the_frame_is_for_nobody_by_default() -> None:
    with client() as server:
        policy = server.get(f"{PREFIX}/frame").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy


def test_the_frame_is_for_the_listed_sites_and_loads_its_own_files_alone() -> None:
    with client(MUSEUM) as server:
        response = server.get(f"{PREFIX}/frame")
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "dipnot",
        "frame-ancestors": MUSEUM,
    }
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["cross-origin-embedder-policy"] == "require-corp"
    assert f'data-origins="{MUSEUM}"' in response.text


def test_every_script_of_the_frame_is_pinned(files: Bundle) -> None:
    with client(MUSEUM) as server:
        page = server.get(f"{PREFIX}/frame").text
    tags = re.findall(r"<script[^>]*>", page)
    assert len(tags) == 3
    for tag, file in zip(tags, (files.launcher, files.panel, files.frame), strict=True):
        assert f'src="{file.name}" integrity="{file.integrity}" crossorigin="anonymous"' in tag
    assert not re.search(r"<script[^>]*>[^<]", page)


def test_the_frame_speaks_the_language_of_its_address_or_of_the_reader() -> None:
    with client() as server:
        assert '<html lang="en"' in server.get(f"{PREFIX}/frame?lang=en").text
        turkish = server.get(f"{PREFIX}/frame?lang=auto", headers={"Accept-Language": "tr-TR"})
    assert '<html lang="tr"' in turkish.text
    assert turkish.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("theme", ["", "purple", '"><script>alert(1)</script>'])
def test_an_unknown_theme_is_the_reader_s_own(theme: str) -> None:
    with client() as server:
        page = server.get(f"{PREFIX}/frame", params={"theme": theme, "host": theme, "collection": theme}).text
    assert 'data-theme="auto"' in page
    assert "alert" not in page
