"""The scripts of the widget, put together from ``app/widget`` and the texts when the server starts.

There is no build tool: comments and indentation are left out, and the same sources give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from app.texts import LANGUAGES, texts

SOURCES: Final = Path(__file__).parent.parent / "widget"
SCRIPT: Final = "text/javascript; charset=utf-8"
STYLE: Final = "text/css; charset=utf-8"
_LAUNCHER: Final = ("dom.js", "colour.js", "launcher.js")
_PANEL: Final = (
    "dom.js",
    "sse.js",
    "asking.js",
    "memory.js",
    "colour.js",
    "palette.js",
    "answer.js",
    "messages.js",
    "framehost.js",
    "panel.js",
)
_FRAME: Final = ("messages.js", "frame.js")
# A text is named in a script as "table.key"; whatever else has this form is no key of the texts.
_KEY: Final = re.compile(r'"([a-z]+\.[a-z_]+)"')
_DIGITS: Final = 12


@dataclass(frozen=True)
class File:
    """A file as it is served; ``name`` holds a digest of the content where it may be kept for ever."""

    name: str
    content: bytes
    media_type: str

    @property
    def integrity(self) -> str:
        """The value of ``integrity`` for a script tag."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode()

    @property
    def digest(self) -> str:
        """The first digits of the content's SHA-256."""
        return hashlib.sha256(self.content).hexdigest()[:_DIGITS]


@dataclass(frozen=True)
class Bundle:
    """All files of the widget.

    ``latest``: the launcher under the name that never changes, for a tag written by hand; ``launcher``: the
    same under the name of its content, for a tag with an integrity.
    """

    latest: File
    launcher: File
    module: File
    panel: File
    frame: File
    frame_style: File

    @property
    def lasting(self) -> tuple[File, ...]:
        """The files whose name changes with their content."""
        return (self.launcher, self.panel, self.frame, self.frame_style)


@cache
def bundle() -> Bundle:
    """Return the files of this version."""
    panel = _named("panel", "js", _panel(), SCRIPT)
    body = _launcher(panel)
    here = "document.currentScript"
    classic = f"(() => {{\n{_STRICT}{_OUTSIDE.format(here=here)}{body}start();\n}})();\n"
    module = (
        f"const here = import.meta.url, tag = null;\n{body}"
        "export const Dipnot = start();\nexport default Dipnot;\n"
    )
    frame = f"(() => {{\n{_STRICT}{_joined(_FRAME)}}})();\n"
    return Bundle(
        latest=File("dipnot.js", classic.encode(), SCRIPT),
        launcher=_named("dipnot", "js", classic, SCRIPT),
        module=File("dipnot.mjs", module.encode(), SCRIPT),
        panel=panel,
        frame=_named("frame", "js", frame, SCRIPT),
        frame_style=_named("frame", "css", _style("frame.css"), STYLE),
    )


_STRICT: Final = '"use strict";\n'
# The launcher may be read where there is no document, as when a site is put together on a server.
_OUTSIDE: Final = (
    'const tag = typeof document === "undefined" ? null : {here}, here = tag ? tag.src || "" : "";\n'
)


def _launcher(panel: File) -> str:
    source = _joined(_LAUNCHER)
    constants = {
        "VERSION": version("dipnot"),
        "PANEL": {"file": panel.name, "integrity": panel.integrity},
        "TEXTS": _texts(source),
        "LAUNCHER_CSS": _style("launcher.css"),
    }
    return _constants(constants) + source


def _panel() -> str:
    source = _joined(_PANEL)
    constants = {"PANEL_TEXTS": _texts(source), "PANEL_CSS": _style("panel.css")}
    return f"(() => {{\n{_STRICT}{_constants(constants)}{source}}})();\n"


def _constants(values: Mapping[str, object]) -> str:
    written = {
        name: json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        for name, value in values.items()
    }
    return "".join(f"const {name} = {value};\n" for name, value in written.items())


def _texts(source: str) -> dict[str, dict[str, str]]:
    """The texts that a script names, in every language."""
    keys = sorted(set(_KEY.findall(source)) & texts("tr").keys())
    return {language: {key: texts(language)[key] for key in keys} for language in LANGUAGES}


def _joined(names: tuple[str, ...]) -> str:
    """The sources one behind the other, without indentation and comments, each on a line of its own."""
    lines = [line.strip() for name in names for line in _source(name).splitlines()]
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def _style(name: str) -> str:
    """A style sheet without comments, and with as little space as it can be read with."""
    plain = re.sub(r"/\*.*?\*/", "", _source(name), flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", plain)).replace(";}", "}").strip()


def _source(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8")


def _named(stem: str, suffix: str, content: str, media_type: str) -> File:
    plain = File("", content.encode(), media_type)
    return File(f"{stem}.{plain.digest}.{suffix}", plain.content, media_type)
