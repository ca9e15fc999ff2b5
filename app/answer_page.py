"""The page of one answer: under its permanent link, and behind a form that needs no JavaScript."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app.answer import Answer, Citation, Nearest
from app.api.problem import error_pages
from app.embedding.oembed import discovery_url
from app.page_language import page_language
from app.permalink import PermalinkError, answer_url, decode
from app.service import Busy, NotReady, Service, TooSlow
from app.site_address import site_address
from app.support import kind_of_source, told_of_writing
from app.templates import render
from app.texts import text
from app.turns import answer_html
from app.visible import visible
from corpus.errors import QuestionError

_log = logging.getLogger(__name__)
_ANSWER_LANGUAGES: Final = ("auto", "tr", "en")
# Private: what somebody asks is nobody else's, so no cache between may keep it. No-cache, since an answer is
# today's and not that of a copy; yet the way back from a footnote shows the page again without asking again,
# which no-store would forbid.
_HEADERS: Final = {"Cache-Control": "private, no-cache"}


def router(service: Service) -> APIRouter:
    """Return the routes ``GET /a/{id}`` and ``GET /ask``; both always answer with a page."""
    routes = APIRouter(default_response_class=HTMLResponse, responses=error_pages(404, 422, 429, 500, 503))

    @routes.get("/a/{id}")
    def permanent(id: str, request: Request) -> HTMLResponse:
        """Answer again what a permanent link names, and say where the index is another than the link's."""
        page = _Page(service, request)
        try:
            reference = decode(id)
        except PermalinkError:
            return page.without_answer("permalink.broken", 404, heading="permalink.not_opened")
        return page.answered(
            reference.question,
            reference.language,
            reference.history,
            is_stale=reference.generation != service.assistant.generation,
        )

    @routes.get("/ask")
    def ask(request: Request, q: str = "", language: str = "auto") -> HTMLResponse:
        """Answer the question ``q`` in a language, "tr", "en" or the question's own; without one, show the
        form."""
        page = _Page(service, request)
        page.asked = q
        page.answer_language = language if language in _ANSWER_LANGUAGES else "auto"
        if not q.strip():
            return page.without_answer("", 200)
        return page.answered(q, page.answer_language, has_form=True)

    return routes


@dataclass(frozen=True)
class _Source:
    """A citation with what the page says of it beyond its own fields.

    ``support``: how the sentence that rests on it does so, "" for none; ``lines``: "12" or "12–14"; ``url``:
    the words marked in the reader, without a script.
    """

    citation: Citation
    title_language: str
    support: str
    lines: str
    url: str


class _Page:
    """The page for one request, in the reader's language."""

    def __init__(self, service: Service, request: Request) -> None:
        self._service = service
        self._request = request
        self.language = page_language(request)
        self.asked = ""
        self.answer_language = "auto"

    def answered(
        self,
        question: str,
        language: str,
        history: Sequence[str] = (),
        *,
        is_stale: bool = False,
        has_form: bool = False,
    ) -> HTMLResponse:
        """The page with the answer to a question, or with the sentence why there can be none."""
        try:
            answer = self._service.ask_now(question, language=language, history=history)
        except QuestionError:
            return self.without_answer("error.control", 422)
        except (Busy, TooSlow, NotReady):
            return self.without_answer("error.busy", 503)
        except Exception:
            _log.exception("no answer to a question")
            return self.without_answer("error.failed", 500)
        if answer.reason == "too_long":
            return self.without_answer("decline.too_long", 422)
        return self._html(answer=answer, history=history, is_stale=is_stale, has_form=has_form)

    def without_answer(self, error: str, status: int, heading: str = "") -> HTMLResponse:
        """The page with the form, and the text ``error`` where there is one."""
        return self._html(status, error=error, heading=heading)

    def _html(
        self,
        status: int = 200,
        *,
        answer: Answer | None = None,
        history: Sequence[str] = (),
        is_stale: bool = False,
        has_form: bool = True,
        error: str = "",
        heading: str = "",
    ) -> HTMLResponse:
        permalink = answer_url(answer, history) if answer else ""
        site = site_address(self._request)
        address = f"{site}{permalink}"
        shown = render(
            "answer.html",
            self.language,
            answer=answer,
            sources=[self._source(answer, citation) for citation in answer.citations] if answer else [],
            sentences=answer_html(answer, 1, self._footnote, self._sign()) if answer else "",
            written=told_of_writing(answer, self.language) if answer else "",
            nearest=[self._near(passage) for passage in answer.nearest] if answer else [],
            history=history,
            is_stale=is_stale,
            has_form=has_form,
            error=error,
            heading=heading,
            asked=self.asked,
            answer_language=self.answer_language,
            permalink=permalink,
            address=address,
            discovery=discovery_url(site, address),
            in_language=self._in_language,
            ask_url=self._ask_url,
        )
        return HTMLResponse(shown, status, headers=_HEADERS)

    def _source(self, answer: Answer, citation: Citation) -> _Source:
        first, last = citation.lines
        return _Source(
            citation=citation,
            title_language=self._title_language(citation.article),
            support=kind_of_source(answer, citation) or "",
            lines=str(first) if first == last else f"{first}–{last}",
            url=self._reader_url(citation.url),
        )

    def _near(self, passage: Nearest) -> tuple[Nearest, str, str]:
        """A passage, the language of its article's title, and its address in the reader."""
        return passage, self._title_language(passage.article), self._reader_url(passage.url)

    def _title_language(self, article: str) -> str:
        # The index may have been swapped since the answer, and the article may have gone with it.
        known = self._service.assistant.articles.get(article)
        return known.title_language if known else ""

    def _footnote(self, _turn: int, citation: Citation) -> Markup:
        """A footnote mark: a link to the words that it stands for. The joiner keeps it on their line."""
        title = visible(citation.title)
        label = text(self.language, "chat.footnote", n=citation.n, title=title, page=citation.page)
        return Markup(
            '\u2060<sup><a class="footnote" href="{}" role="doc-noteref" aria-label="{}">[{}]</a></sup>'
        ).format(self._reader_url(citation.url), label, citation.n)

    def _sign(self) -> Markup:
        """What stands behind a sentence that a language model wrote."""
        sign = Markup('\u2060<sup class="written" role="img" lang="{0}" aria-label="{1}" title="{1}">✦</sup>')
        return sign.format(self.language, text(self.language, "support.written"))

    def _reader_url(self, url: str) -> str:
        """An address of the reader whose words are marked without a script too: …?lang=tr&c=1-2#cited."""
        path, _, spans = url.partition("#c")
        return f"{path}?lang={self.language}&c={spans}#cited"

    def _in_language(self, language: str) -> str:
        """The address of this page in a language."""
        query = {"q": self.asked, "language": self.answer_language} if self.asked else {}
        return f"?{urlencode({**query, 'lang': language})}"

    def _ask_url(self, question: str, language: str) -> str:
        return f"/ask?{urlencode({'q': question, 'language': language, 'lang': self.language})}"
