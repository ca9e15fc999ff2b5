"""The language of a page, by its address (``?lang=``) or else by what the reader's browser asks for."""

from __future__ import annotations

from typing import cast

from starlette.requests import HTTPConnection

from app.texts import negotiate
from corpus.article import Language


def page_language(request: HTTPConnection) -> Language:
    """Return "tr" or "en"."""
    wanted, accepted = request.query_params.get("lang", ""), request.headers.get("accept-language", "")
    return cast(Language, negotiate(wanted, accepted))
