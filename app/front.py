"""The HTML of the chat page before Gradio draws it: the reader's language, our style, and words to look at.

Gradio's own page is empty until its script has run, says "en", and names pictures on other machines in its
metadata. This puts ours in its place; what Gradio needs stays as it is.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.embedding.oembed import discovery_url
from app.page_language import page_language
from app.site_address import site_address
from app.templates import render

# Gradio's metadata for link previews.
_PREVIEWS: Final = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_LANGUAGE: Final = re.compile(r'(<html\s[^>]*?lang=")[a-z]*(")')
_BODY: Final = re.compile(r"<body[^>]*>")


class Front:
    """Rewrites the page at ``/``; every other response passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        language, site = page_language(request), site_address(request)
        started: Message = {}
        body = bytearray()

        async def rewrite(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = bytes(body)
            if Headers(scope=started).get("content-type", "").startswith("text/html"):
                page = with_front(page.decode("utf-8"), language, site).encode("utf-8")
            headers = MutableHeaders(scope=started)
            headers["Content-Length"] = str(len(page))
            headers.setdefault("Vary", "Accept-Language")
            await send(started)
            await send({"type": "http.response.body", "body": page})

        # Compressed, it could not be rewritten; it is compressed behind this.
        await self._app(_uncompressed(scope), receive, rewrite)


def with_front(page: str, language: str, site: str) -> str:
    """Return Gradio's page with what a reader sees until its script has drawn; ``site``: its address.

    >>> print(with_front("<html lang='x'></html>", "tr", "https://dipnot.example.org"))
    <html lang='x'></html>
    """
    if not _BODY.search(page):
        return page
    page = _PREVIEWS.sub("", page)
    page = _LANGUAGE.sub(rf"\g<1>{language}\g<2>", page, count=1)
    discovery = discovery_url(site, f"{site}/?lang={language}")
    head = render("front_head.html", language, discovery=discovery)
    page = page.replace("</head>", head + "</head>", 1)
    return _BODY.sub(lambda body: body[0] + render("front.html", language), page, count=1)


def _uncompressed(scope: Scope) -> Scope:
    headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "headers": headers}
