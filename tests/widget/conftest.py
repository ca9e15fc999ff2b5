"""A page of somebody else's, on another site than the server whose chat it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, FrameLocator, Page

from app.assistant import Assistant
from app.options import ServerOptions
from app.server import create_app
from tests.siteserver import serving

CHROMIUM = "/usr/bin/chromium"
# Both lead to this machine; to a browser they are two sites.
MUSEUM, DIPNOT = "museum.example.net", "dipnot.example.org"
ASKED = {
    "tr": "Moskova Antlaşması ne zaman imzalandı?",
    "en": "When was the Treaty of Moscow signed?",
}
OFF_TOPIC = {"tr": "Avustralya'nın başkenti neresidir?", "en": "What is the capital of Australia?"}
_MAPPED = f"MAP {MUSEUM} 127.0.0.1, MAP {DIPNOT} 127.0.0.1"


@dataclass
class Sites:
    """``museum``, ``dipnot``: the origins; ``pages``: what the museum serves by path, and the headers."""

    museum: str
    dipnot: str
    pages: dict[str, tuple[str, dict[str, str]]]

    def put(self, html: str, path: str = "/", **headers: str) -> str:
        """Have the museum serve a page; gives its address."""
        self.pages[path] = (html, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.museum + path


@pytest.fixture(scope="session")
def sites(assistant: Assistant) -> Iterator[Sites]:
    pages: dict[str, tuple[str, dict[str, str]]] = {}
    museum = FastAPI()

    @museum.get("/{path:path}")
    def page(request: Request) -> HTMLResponse:
        html, headers = pages.get(request.url.path, ("", {}))
        return HTMLResponse(html, headers=headers)

    with ExitStack() as open_servers:
        own = at(open_servers.enter_context(serving(museum)), MUSEUM)
        options = ServerOptions(embed_origins=(own,), embed_allow_opaque=True, rate_per_minute=0)
        server = open_servers.enter_context(serving(create_app(assistant, options=options)))
        yield Sites(own, at(server, DIPNOT), pages)


def at(address: str, host: str) -> str:
    return f"http://{host}:{urlsplit(address).port}"


@pytest.fixture(scope="module")
def browser(browser: Browser) -> Iterator[Browser]:
    """Debian's chromium, for which both sites have a name; of the one Playwright that a thread can have."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    opened = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*arguments, f"--host-resolver-rules={_MAPPED}"]
    )
    yield opened
    opened.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Makes a fresh visitor's page, Turkish-speaking and at a desk unless told otherwise."""
    with ExitStack() as contexts:

        def new(width: int = 1280, height: int = 800, **options: object) -> Page:
            given = {"locale": "tr-TR", "viewport": {"width": width, "height": height}, **options}
            context = browser.new_context(**given)  # type: ignore[arg-type]
            contexts.callback(context.close)
            context.set_default_timeout(15_000)
            return context.new_page()

        yield new


def html(body: str, language: str = "tr", head: str = "") -> str:
    """A page with a heading, a script in its head, and what stands in its body."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>x</title>{head}</head>'
        f"<body><main><h1>Müze</h1>{body}</main></body></html>"
    )


def tag(sites: Sites, **data: str) -> str:
    """The script tag of the widget."""
    given = "".join(f' data-{name.replace("_", "-")}="{value}"' for name, value in data.items())
    return f'<script src="{sites.dipnot}/embed/v1/dipnot.js" data-src="{sites.dipnot}"{given} defer></script>'


def ask(page: Page | FrameLocator, question: str) -> None:
    """Put a question in the open chat."""
    page.locator("textarea").fill(question)
    page.locator("textarea").press("Enter")
