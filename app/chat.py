"""The chat page: a conversation at the left, the source that a footnote names at the right.

Gradio carries the questions and answers; the HTML is ours, escaped by the templates, and
``static/chat.js`` opens a footnote in the panel without asking the server.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any, Final

import gradio as gr
from fastapi import FastAPI
from markupsafe import Markup

from app import gradio_texts
from app.openers import suggested
from app.service import Busy, NotReady, Service, TooSlow
from app.templates import STATIC, render
from app.texts import negotiate, text
from app.theme import theme
from app.turns import Turn, Turns, conversation_html, partial_answers
from corpus.errors import QuestionError

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 4
# More than these are told to try again, rather than kept waiting for minutes.
_WAITING: Final = 60


def mount_chat(app: FastAPI, service: Service, *, keeps_feedback: bool = False) -> FastAPI:
    """Put the chat page at ``/``, behind the routes that ``app`` already has."""
    page = _Page(service, keeps_feedback=keeps_feedback)

    async def mount() -> None:
        _mount(app, page)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Gradio opens event loops of its own where none runs, and never closes them.
        asyncio.run(mount())
    else:
        _mount(app, page)
    return app


def _mount(app: FastAPI, page: _Page) -> None:
    gr.mount_gradio_app(
        app,
        page.build().queue(max_size=_WAITING, api_open=False),
        path="/",
        theme=theme(),
        favicon_path=str(STATIC / "dipnot.svg"),
        head=gradio_texts.head(),
        i18n=gradio_texts.catalogue(),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        pwa=False,
        mcp_server=False,
    )


class _Page:
    """The page's components and what happens with them; each session keeps its own conversation."""

    def __init__(self, service: Service, *, keeps_feedback: bool) -> None:
        self._service = service
        self._keeps_feedback = keeps_feedback
        # A page has as many buttons as there were questions when the server started, however the index grows.
        self._buttons = len(suggested(service.assistant)["tr"])

    def build(self) -> gr.Blocks:
        """Return the page."""
        first = "tr"
        with gr.Blocks(title=text(first, "site.name"), analytics_enabled=False, fill_width=True) as page:
            turns = gr.State(())
            with gr.Row(elem_id="top"):
                header = _html(self._header(first), "header")
                language = gr.Radio(
                    _languages(first),
                    value=first,
                    label=text(first, "chat.interface_language"),
                    elem_id="language",
                )
            with gr.Row(elem_id="columns"):
                with gr.Column(elem_id="talk"):
                    conversation = _html(self._conversation((), first), "conversation")
                    with gr.Row(elem_id="examples") as examples:
                        examples_label = _html(_examples_label(first), "examples-label")
                        buttons = [
                            gr.Button(question, size="sm", elem_classes=["example"])
                            for question in self._questions(first)
                        ]
                    with gr.Column(elem_id="form"):
                        notice = _html(_notice(""), "notice")
                        with gr.Row(elem_id="ask-row"):
                            box = gr.Textbox(
                                label=text(first, "chat.question"),
                                placeholder=text(first, "chat.placeholder"),
                                max_lines=6,
                                elem_id="question",
                            )
                            ask = gr.Button(text(first, "chat.ask"), variant="primary", elem_id="ask")
                        with gr.Row(elem_id="options"):
                            answer_language = gr.Radio(
                                _answer_languages(first),
                                value="auto",
                                label=text(first, "chat.answer_language"),
                                elem_id="answer-language",
                            )
                            stop = gr.Button(
                                text(first, "acts.stop"), size="sm", elem_id="stop", interactive=False
                            )
                            new = gr.Button(text(first, "chat.new"), size="sm", elem_id="new", visible=False)
                    # Clicked by the button within the last answer, through static/chat.js.
                    retry = gr.Button(text(first, "acts.retry"), visible="hidden", elem_id="retry")
                with gr.Column(elem_id="source-column"):
                    panel = _html(render("panel.html", first), "panel")

            quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
            # Only questions wait in the queue: Gradio's page loses an event that joins it while the stream
            # of the one before is being closed.
            at_once: dict[str, Any] = {**quiet, "queue": False}
            shown = [turns, conversation, box, notice, examples, ask, stop, new]
            texts = [header, language, conversation, examples_label, box, ask, stop, answer_language, new]
            labels = [*texts, panel, *buttons]
            asking: dict[str, Any] = {**quiet, "concurrency_limit": _AT_ONCE, "concurrency_id": "ask"}
            given = [turns, language, answer_language]
            # One event for both, so that a question put while another is answered does not overtake it.
            events = [gr.on([ask.click, box.submit], self._answer, [box, *given], shown, **asking)]
            events += [button.click(self._answer, [button, *given], shown, **asking) for button in buttons]
            events.append(retry.click(self._retry, given, shown, **asking))
            stop.click(self._stopped, [turns, language], shown, cancels=events, **at_once)
            new.click(lambda language: self._shown((), language), [language], shown, **at_once)
            # Only where the reader chooses: what the greeting sets has its words with it.
            language.input(self._labels, [turns, language], labels, **at_once)
            page.load(self._greet, None, [language, *labels], **at_once)
        return page

    def _answer(
        self, question: str, turns: Turns, language: str, answer_language: str
    ) -> Iterator[list[Any]]:
        """Show the question at once, then its answer, a sentence at a time.

        A question that cannot be read stays in the box.
        """
        yield self._shown((*turns, Turn(question)), language, box="", waiting=True)
        history = tuple(turn.question for turn in turns if turn.answer)
        try:
            for answer in self._service.growing_now(question, answer_language, history):
                if "total" not in answer.timings_ms:
                    growing = Turn(question, answer, is_partial=True)
                    yield self._shown((*turns, growing), language, waiting=True)
        except QuestionError:
            key = "error.control" if question.strip() else "error.empty"
            yield self._shown(turns, language, box=question, notice=text(language, key))
            return
        except (Busy, TooSlow, NotReady):
            yield self._shown((*turns, Turn(question, error="error.busy")), language)
            return
        except Exception:
            _log.exception("no answer to a question")
            yield self._shown((*turns, Turn(question, error="error.failed")), language)
            return
        leaned_on = self._service.assistant.leaned_on(question, answer.language, history)
        # What a generator wrote has been shown as it came.
        for part in () if answer.draft else partial_answers(answer):
            turn = Turn(question, part, history=leaned_on, is_partial=True)
            yield self._shown((*turns, turn), language, waiting=True)
        yield self._shown((*turns, Turn(question, answer, history=leaned_on)), language)

    def _retry(self, turns: Turns, language: str, answer_language: str) -> Iterator[list[Any]]:
        """Ask the last question again."""
        if not turns:
            # The server was started anew and no longer holds the conversation that the page shows.
            yield self._shown(turns, language, notice=text(language, "error.expired"))
            return
        yield from self._answer(turns[-1].question, turns[:-1], language, answer_language)

    def _stopped(self, turns: Turns, language: str) -> list[Any]:
        if turns and not turns[-1].is_done:
            turns = (*turns[:-1], Turn(turns[-1].question, error="error.stopped"))
        return self._shown(turns, language)

    def _greet(self, request: gr.Request) -> list[Any]:
        wanted = request.query_params.get("lang", "")
        language = negotiate(wanted, request.headers.get("accept-language", ""))
        return [gr.update(value=language), *self._labels((), language)]

    def _shown(
        self, turns: Turns, language: str, *, box: str | None = None, notice: str = "", waiting: bool = False
    ) -> list[Any]:
        """The values of what changes with a question: see ``shown`` in build."""
        return [
            turns,
            self._conversation(turns, language),
            gr.update() if box is None else gr.update(value=box),
            _notice(notice),
            gr.update(visible=not turns and any(self._questions(language))),
            gr.update(interactive=not waiting),
            gr.update(interactive=waiting),
            gr.update(visible=bool(turns) and not waiting),
        ]

    def _labels(self, turns: Turns, language: str) -> list[Any]:
        """The words of the page: see ``labels`` in build."""
        return [
            self._header(language),
            gr.update(label=text(language, "chat.interface_language")),
            self._conversation(turns, language) if turns else gr.skip(),
            _examples_label(language),
            gr.update(label=text(language, "chat.question"), placeholder=text(language, "chat.placeholder")),
            gr.update(value=text(language, "chat.ask")),
            gr.update(value=text(language, "acts.stop")),
            gr.update(label=text(language, "chat.answer_language"), choices=_answer_languages(language)),
            gr.update(value=text(language, "chat.new")),
            render("panel.html", language),
            *(gr.update(value=question, visible=bool(question)) for question in self._questions(language)),
        ]

    def _questions(self, language: str) -> list[str]:
        """What stands on the buttons, of the generation in use; "" on one that is not needed."""
        found = suggested(self._service.assistant)["en" if language == "en" else "tr"][: self._buttons]
        return [*found, *[""] * (self._buttons - len(found))]

    def _conversation(self, turns: Turns, language: str) -> str:
        return conversation_html(turns, language, keeps_feedback=self._keeps_feedback)

    def _header(self, language: str) -> str:
        return render("header.html", language, articles=list(self._service.assistant.articles.values()))


def _examples_label(language: str) -> str:
    return Markup('<h2 lang="{}">{}</h2>').format(language, text(language, "chat.examples"))


def _notice(sentence: str) -> str:
    return Markup('<p role="alert">{}</p>').format(sentence)


def _languages(language: str) -> list[tuple[str, str]]:
    return [(text(language, "site.turkish"), "tr"), (text(language, "site.english"), "en")]


def _answer_languages(language: str) -> list[tuple[str, str]]:
    return [(text(language, "chat.answer_auto"), "auto"), *_languages(language)]


def _html(value: str, elem_id: str) -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)
