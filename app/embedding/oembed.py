"""oEmbed (https://oembed.com): what a page gets that only names an address of ours, as in WordPress.

The HTML is one plain frame with the attributes that WordPress leaves of what strangers send it:
https://developer.wordpress.org/reference/functions/wp_filter_oembed_result/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from markupsafe import Markup
from pydantic import BaseModel, Field

from app.api.problem import Problem, problem, refusals
from app.permalink import LONGEST_ID, PermalinkError, decode
from app.question import LONGEST, clean
from app.site_address import site_address
from app.texts import LANGUAGES, text
from corpus.errors import QuestionError

# Room for a question, an answer and a footnote, as wide as the column of most articles on the web.
WIDTH: Final = 640
HEIGHT: Final = 560
_FRAME: Final = Markup(
    '<iframe width="{width}" height="{height}" src="{src}" frameborder="0" scrolling="auto" title="{title}">'
    "</iframe>"
)
_PORTS: Final = {"http": 80, "https": 443}
# An id, the site's own address, and a language.
_LONGEST_URL: Final = LONGEST_ID + 2_000
# What XML 1.0 cannot hold, section 2.2, though JSON and HTML can.
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEADERS: Final = {"Cache-Control": "private, no-cache"}
_DESCRIPTION: Final = """One frame with the chat, for the address of this site or of an answer, `/a/{id}`.

No other address has one (404), and there are no formats but `json` and `xml` (501). Only the allowed hosts
can show the frame."""


class Embed(BaseModel):
    """What stands in another page for an address of ours."""

    version: Literal["1.0"] = "1.0"
    type: Literal["rich"] = "rich"
    provider_name: str
    provider_url: str
    title: str
    width: int = Field(description="In pixels.")
    height: int = Field(description="In pixels.")
    html: str = Field(description="One iframe.")


@dataclass(frozen=True)
class _Shown:
    """What a frame shows: nothing asked yet, or a question with those before it."""

    language: str = ""
    question: str = ""
    history: tuple[str, ...] = ()


def router() -> APIRouter:
    """Return the route ``GET /oembed``."""
    routes = APIRouter(tags=["Embedding"])
    documented: dict[int | str, dict[str, Any]] = {
        200: {"model": Embed, "content": {"text/xml": {}}},
        501: {"model": Problem, "description": "There is no such format."},
        **refusals(404, 422),
    }

    @routes.get("/oembed", summary="Embed an address", description=_DESCRIPTION, responses=documented)
    def oembed(
        request: Request,
        url: Annotated[str, Query(max_length=_LONGEST_URL, description="The address to embed.")],
        format: Annotated[str, Query(description="`json` or `xml`.")] = "json",
        maxwidth: Annotated[int, Query(ge=1, description="In pixels.")] = WIDTH,
        maxheight: Annotated[int, Query(ge=1, description="In pixels.")] = HEIGHT,
    ) -> Response:
        if format not in ("json", "xml"):
            return problem(501, "There are the formats json and xml.", "invalid")
        site = site_address(request)
        shown = _shown(url, site)
        if shown is None:
            return problem(404, "The address is neither that of this site nor of an answer on it.")
        embed = _embed(shown, site, min(maxwidth, WIDTH), min(maxheight, HEIGHT))
        if format == "xml":
            return Response(_xml(embed), media_type="text/xml", headers=_HEADERS)
        return JSONResponse(embed.model_dump(), headers=_HEADERS)

    return routes


def discovery_url(site: str, address: str) -> str:
    """Return where an address of the site ``site`` is described, for ``<link rel="alternate">``."""
    return f"{site}/oembed?{urlencode({'url': address, 'format': 'json'})}"


def frame_url(site: str, language: str = "", question: str = "", history: tuple[str, ...] = ()) -> str:
    """Return the address of the chat alone, in a language or the reader's, with a question to ask at once."""
    query = [("lang", language), ("q", question), *(("after", earlier) for earlier in history)]
    sent = urlencode([pair for pair in query if pair[1]])
    return f"{site}/embed/v1/frame{'?' if sent else ''}{sent}"


def _shown(url: str, site: str) -> _Shown | None:
    """What an address of the site shows; None for every other."""
    try:
        given, own = urlsplit(url), urlsplit(site)
        is_own = _origin(given) == _origin(own) and given.username is None
    except ValueError:
        return None
    path = given.path or "/"
    if not is_own or not path.startswith(f"{own.path}/"):
        return None
    wanted = parse_qs(given.query).get("lang", [""])[0]
    language = wanted if wanted in LANGUAGES else ""
    match path.removeprefix(own.path).split("/"):
        case ["", ""]:
            return _Shown(language)
        case ["", "a", id]:
            return _answer(id)
        case _:
            return None


def _answer(id: str) -> _Shown | None:
    """The answer that a permanent link names, in its own language; None where it names none."""
    try:
        reference = decode(id)
        question = clean(reference.question)
    except (PermalinkError, QuestionError):
        return None
    if len(question) > LONGEST:
        return None
    return _Shown(reference.language, question, reference.history)


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    """Scheme, host and port; raises ValueError for a port that is none."""
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _embed(shown: _Shown, site: str, width: int, height: int) -> Embed:
    name = text(shown.language or LANGUAGES[0], "site.name")
    title = f"{shown.question} – {name}" if shown.question else name
    src = frame_url(site, shown.language, shown.question, shown.history)
    return Embed(
        provider_name=name,
        provider_url=f"{site}/",
        title=title,
        width=width,
        height=height,
        html=_FRAME.format(width=width, height=height, src=src, title=title),
    )


def _xml(embed: Embed) -> bytes:
    root = ElementTree.Element("oembed")
    for name, value in embed.model_dump().items():
        ElementTree.SubElement(root, name).text = _NOT_IN_XML.sub("\ufffd", str(value))
    found: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return found
