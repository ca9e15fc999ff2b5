"""What a page that shows the chat has to hold, for each way of embedding it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from markupsafe import escape

from app.embedding.bundle import File

MODES: Final = ("launcher", "inline", "iframe")
POSITIONS: Final = ("bottom-right", "bottom-left", "start", "end")
THEMES: Final = ("auto", "light", "dark")
WIDGET_LANGUAGES: Final = ("auto", "tr", "en")
# Two lines on a telephone; one line of a heading.
LONGEST_TITLE: Final = 80
LONGEST_STARTER: Final = 200
MOST_STARTERS: Final = 4
DEFAULT_ACCENT: Final = "#7d1d1d"
# A frame that people paste may open an article in a new tab, and answers to no other site.
_FRAME_RIGHTS: Final = (
    ("sandbox", "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"),
    ("allow", "clipboard-write"),
    ("referrerpolicy", "strict-origin"),
    ("loading", "lazy"),
)
_COLOUR: Final = re.compile("#[0-9a-f]{6}", re.IGNORECASE)
_Attributes = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Choices:
    """How the chat is to look; what is "" or empty is left to the widget."""

    language: str = "auto"
    mode: str = "launcher"
    position: str = "bottom-right"
    theme: str = "auto"
    accent: str = ""
    title: str = ""
    starters: tuple[str, ...] = ()

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> Choices:
        """Return what a form sent; what it could not have sent counts as not chosen."""
        accent = sent.get("accent", "") if sent.get("tinted") else ""
        starters = (
            " ".join(line.split())[:LONGEST_STARTER] for line in sent.get("starters", "").splitlines()
        )
        return cls(
            language=_one_of(WIDGET_LANGUAGES, sent.get("language", "")),
            mode=_one_of(MODES, sent.get("mode", "")),
            position=_one_of(POSITIONS, sent.get("position", "")),
            theme=_one_of(THEMES, sent.get("theme", "")),
            accent=accent if _COLOUR.fullmatch(accent) else "",
            title=_line(sent.get("title", ""), LONGEST_TITLE),
            starters=tuple(line for line in starters if line)[:MOST_STARTERS],
        )

    def attributes(self, mode: str = "") -> list[tuple[str, str]]:
        """Return the attributes of the widget that differ from its own choice, language and mode first."""
        mode = mode or self.mode
        position = self.position if mode == "launcher" else POSITIONS[0]
        starters = json.dumps(self.starters, ensure_ascii=False) if self.starters else ""
        chosen = [
            ("mode", mode, MODES[0]),
            ("position", position, POSITIONS[0]),
            ("theme", self.theme, THEMES[0]),
            ("accent", self.accent, ""),
            ("title", self.title, ""),
            ("starter", starters, ""),
        ]
        return [("lang", self.language), *((name, value) for name, value, usual in chosen if value != usual)]


@dataclass(frozen=True)
class Snippet:
    """Lines to paste; ``name`` is that of the way, as in the texts."""

    name: str
    code: str


def snippets(choices: Choices, site: str, pinned: File, frame_title: str) -> list[Snippet]:
    """Return the lines for each way of embedding.

    ``site``: the address of this site; ``pinned``: the script under the name that its content alone has.
    """
    data = [(f"data-{name}", value) for name, value in [("src", site), *choices.attributes()]]
    embed = f"{site}/embed/v1"
    fixed = [("src", f"{embed}/{pinned.name}"), ("integrity", pinned.integrity), ("crossorigin", "anonymous")]
    in_place = choices.attributes("iframe" if choices.mode == "iframe" else "inline")
    # On an element "auto" is said by saying nothing; and the address is that of its script.
    in_place = [(name, value) for name, value in in_place if value != "auto"]
    return [
        Snippet("script", script(f"{embed}/dipnot.js", data)),
        Snippet("pinned", _tag("script", [*fixed, *data, ("defer", "")])),
        Snippet(
            "element",
            script(f"{embed}/dipnot.js") + "\n" + _tag("dipnot-chat", in_place),
        ),
        Snippet("frame", _frame(choices, embed, frame_title)),
        Snippet("address", f"{site}/" + (f"?lang={choices.language}" if choices.language != "auto" else "")),
    ]


def script(src: str, data: _Attributes = ()) -> str:
    """Return the one line that loads the widget."""
    return _tag("script", [("src", src), *data, ("defer", "")])


def policy_lines(site: str) -> list[Snippet]:
    """Return what a content-security policy of the host must allow, for the script and for the frame."""
    given = urlsplit(site)
    origin = f"{given.scheme}://{given.netloc}"
    return [
        Snippet("policy_script", f"script-src {origin}; connect-src {origin}"),
        Snippet("policy_frame", f"frame-src {origin}"),
    ]


def _frame(choices: Choices, embed: str, title: str) -> str:
    query = [("lang", choices.language), ("theme", choices.theme)]
    chosen = [(name, value) for name, value in query if value != "auto"]
    src = f"{embed}/frame" + (f"?{urlencode(chosen)}" if chosen else "")
    size = [("width", "100%"), ("height", "560")]
    return _tag("iframe", [("src", src), ("title", choices.title or title), *size, *_FRAME_RIGHTS])


def _tag(name: str, attributes: _Attributes) -> str:
    written = "".join(f" {key}={_quoted(value)}" if value else f" {key}" for key, value in attributes)
    return f"<{name}{written}></{name}>"


def _quoted(value: str) -> str:
    """A value in the quotation marks that leave most of it readable: JSON in single ones."""
    escaped = str(escape(value))
    return "'" + escaped.replace("&#34;", '"') + "'" if '"' in value else f'"{escaped}"'


def _line(sent: str, most: int) -> str:
    """What can be read of something sent, as one line of ``most`` characters."""
    readable = "".join(char for char in sent if char.isprintable() or char.isspace())
    return " ".join(readable.split())[:most].rstrip()


def _one_of(known: tuple[str, ...], sent: str) -> str:
    return sent if sent in known else known[0]
