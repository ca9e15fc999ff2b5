"""The HTML of Dipnot: Jinja2 templates that escape whatever they are given."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.texts import text
from app.visible import visible

STATIC: Final = Path(__file__).parent.parent / "static"
# Gradio serves its own files under /static, so ours stand in a folder of their own there.
STATIC_URL: Final = "/static/dipnot"


def render(name: str, language: str, **values: object) -> str:
    """Return the template ``name`` filled in; ``t("table.key")`` inside it gives texts of ``language``."""
    template = _environment().get_template(name)
    return template.render(language=language, t=partial(text, language), static=static_url, **values)


def static_url(name: str) -> str:
    """Return the address of a file of ``app/static``; its digest has a changed file fetched anew."""
    return f"{STATIC_URL}/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _named(value: object) -> object:
    """What a template writes, unseen characters named; HTML that we made has had them named before."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_named,
        trim_blocks=True,
        lstrip_blocks=True,
    )
