"""The page ``/embed``: what to paste into another page, and how it looks there.

It works as a form; ``static/embed.js`` sends the form whenever a choice changes and puts the new lines and
the new preview in place of the old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app.embedding import snippets
from app.embedding.bundle import bundle
from app.embedding.origins import EmbedOrigins
from app.embedding.snippets import Choices
from app.page_language import page_language
from app.site_address import site_address
from app.templates import render
from app.texts import text

if TYPE_CHECKING:
    from app.options import ServerOptions

# Nothing in the page or in its preview is inline or from elsewhere; the page alone may frame the preview.
_POLICY: Final = "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'"
_HEADERS: Final = {
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
    "Cache-Control": "private, no-cache",
}
_PREVIEW_HEADERS: Final = {
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "private, no-cache",
}
# What was asked before must not stand where the questions to begin with are to be looked at.
_AFRESH: Final = ("no-persist", "")


def router(options: ServerOptions) -> APIRouter:
    """Return the routes ``GET /embed`` and ``GET /embed/preview``."""
    routes = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
    origins = EmbedOrigins(options)

    @routes.get("/embed")
    def generator(request: Request) -> HTMLResponse:
        """Show the choices that the address names, a preview of them, and the lines to paste."""
        language, site = page_language(request), site_address(request)
        choices = Choices.read(request.query_params)
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
        page = render(
            "embed_generator.html",
            language,
            choices=choices,
            choices_of=_CHOICES,
            default_accent=snippets.DEFAULT_ACCENT,
            longest_title=snippets.LONGEST_TITLE,
            most_starters=snippets.MOST_STARTERS,
            snippets=snippets.snippets(choices, site, bundle().launcher, text(language, "embed.frame_title")),
            policies=snippets.policy_lines(site),
            origins=origins.listed,
            allows_opaque=origins.allows_opaque,
            preview=f"/embed/preview?{urlencode([*kept, ('lang', language)])}",
            kept=kept,
            query="",
        )
        return HTMLResponse(page, headers=_HEADERS)

    @routes.get("/embed/preview")
    def preview(request: Request) -> HTMLResponse:
        """Show a page of somebody else's with the chat on it, as chosen."""
        choices = Choices.read(request.query_params)
        # As the page itself was reached: at another address of ours the preview would be another site's.
        site = str(request.base_url).rstrip("/")
        is_framed = choices.mode == "iframe" and origins.allows(
            f"{request.url.scheme}://{request.url.netloc}"
        )
        # A frame opens for the allowed hosts alone; the chat within it looks as it does in the page.
        mode = "inline" if choices.mode == "iframe" and not is_framed else choices.mode
        data = [
            (f"data-{name}", value) for name, value in [("src", site), *choices.attributes(mode), _AFRESH]
        ]
        script = Markup(snippets.script(f"{site}/embed/v1/dipnot.js", data))
        page = render("embed_preview.html", page_language(request), script=script, choices=choices)
        return HTMLResponse(page, headers=_PREVIEW_HEADERS)

    return routes


_CHOICES: Final = {
    "language": snippets.WIDGET_LANGUAGES,
    "mode": snippets.MODES,
    "position": snippets.POSITIONS,
    "theme": snippets.THEMES,
}
