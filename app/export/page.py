"""An export as one HTML file that needs nothing beside it: no script, no address that is fetched."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.export.content import Content
from app.texts import text


def page(content: Content) -> str:
    """Return the export as an HTML page with its styles in it, light, dark and on paper."""
    language = content.language
    return _template().render(content=content, language=language, t=partial(text, language)) + "\n"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")
