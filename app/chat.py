"""The chat page: a conversation at the left, the source that a footnote names at the right.

Gradio carries the questions and answers; the HTML is ours, escaped by the templates, and
``static/chat.js`` opens a footnote in the panel without asking the server.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import gradio as gr
from fastapi import FastAPI
from markupsafe import Markup

from app.templates import STATIC, render, static_url
from app.texts import negotiate, text
from app.turns import Turn, Turns, conversation_html
from corpus.errors import QuestionError

if TYPE_CHECKING:
    from app.assistant import Assistant

_log = logging.getLogger(__name__)
_EXAMPLES: Final = (
    ("one", "tr"),
    ("two", "tr"),
    ("three", "tr"),
    ("four", "en"),
    ("five", "en"),
    ("six", "en"),
)
_AT_ONCE: Final = 4


def mount_chat(app: FastAPI, assistant: Assistant) -> FastAPI:
    """Put the chat page at ``/``, behind the routes that ``app`` already has."""

    async def mount() -> None:
        _mount(app, assistant)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Gradio opens event loops of its own where none runs, and never closes them.
        asyncio.run(mount())
    else:
        _mount(app, assistant)
    return app


def _mount(app: FastAPI, assistant: Assistant) -> None:
    head = '<link rel="stylesheet" href="{}"><script src="{}" defer></script>'
    gr.mount_gradio_app(
        app,
        build_chat(assistant),
        path="/",
        theme=_theme(),
        head=head.format(static_url("chat.css"), static_url("chat.js")),
        favicon_path=str(STATIC / "dipnot.svg"),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        pwa=False,
        mcp_server=False,
    )


def build_chat(assistant: Assistant) -> gr.Blocks:
    """Return the page; each session keeps its own conversation."""
    first = "tr"

    def answer(question: str, turns: Turns, language: str, answer_language: str) -> Iterator[list[Any]]:
        """Show the question at once, then its answer; a question that cannot be read stays in the box."""
        yield _shown((*turns, Turn(question)), language, box="", waiting=True)
        try:
            history = [turn.question for turn in turns if turn.answer]
            turn = Turn(question, assistant.ask(question, language=answer_language, history=history))
        except QuestionError:
            key = "error.control" if question.strip() else "error.empty"
            yield _shown(turns, language, box=question, notice=text(language, key))
            return
        except Exception:
            _log.exception("no answer to a question")
            turn = Turn(question, error="error.failed")
        yield _shown((*turns, turn), language)

    def relabel(turns: Turns, language: str) -> list[Any]:
        return _labels(assistant, turns, language)

    def greet(request: gr.Request) -> list[Any]:
        wanted = request.query_params.get("lang", "")
        language = negotiate(wanted, request.headers.get("accept-language", ""))
        return [gr.update(value=language), *_labels(assistant, (), language)]

    with gr.Blocks(title=text(first, "site.name"), analytics_enabled=False, fill_width=True) as page:
        turns = gr.State(())
        with gr.Row(elem_id="top"):
            header = _html(_header(assistant, first), "header")
            language = gr.Radio(
                _languages(first),
                value=first,
                label=text(first, "chat.interface_language"),
                elem_id="language",
            )
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="talk"):
                conversation = _html(conversation_html((), first), "conversation")
                with gr.Row(elem_id="examples") as examples:
                    examples_label = _html(_examples_label(first), "examples-label")
                    buttons = [
                        gr.Button(
                            text(first, f"examples.{name}"),
                            size="sm",
                            elem_classes=["example", f"lang-{spoken}"],
                        )
                        for name, spoken in _EXAMPLES
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
                        new = gr.Button(text(first, "chat.new"), size="sm", elem_id="new", visible=False)
            with gr.Column(elem_id="source-column"):
                panel = _html(render("panel.html", first), "panel")

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        # Only questions wait in the queue: Gradio's page loses an event that joins it while the stream
        # of the one before is being closed.
        at_once: dict[str, Any] = {**quiet, "queue": False}
        shown = [turns, conversation, box, notice, examples, ask, new]
        labels = [header, language, conversation, examples_label, box, ask, answer_language, new, panel]
        asking: dict[str, Any] = {**quiet, "concurrency_limit": _AT_ONCE, "concurrency_id": "ask"}
        # One event for both, so that a question put while another is answered does not overtake it.
        gr.on([ask.click, box.submit], answer, [box, turns, language, answer_language], shown, **asking)
        for button in buttons:
            button.click(answer, [button, turns, language, answer_language], shown, **asking)
        new.click(lambda language: _shown((), language), [language], shown, **at_once)
        language.change(relabel, [turns, language], labels, **at_once)
        page.load(greet, None, [language, *labels], **at_once)
    return page


def _shown(
    turns: Turns, language: str, *, box: str | None = None, notice: str = "", waiting: bool = False
) -> list[Any]:
    """The values of what changes with a question: see ``shown`` in build_chat."""
    return [
        turns,
        conversation_html(turns, language),
        gr.update() if box is None else gr.update(value=box),
        _notice(notice),
        gr.update(visible=not turns),
        gr.update(interactive=not waiting),
        gr.update(visible=bool(turns) and not waiting),
    ]


def _labels(assistant: Assistant, turns: Turns, language: str) -> list[Any]:
    """The words of the page: see ``labels`` in build_chat."""
    return [
        _header(assistant, language),
        gr.update(label=text(language, "chat.interface_language")),
        conversation_html(turns, language),
        _examples_label(language),
        gr.update(label=text(language, "chat.question"), placeholder=text(language, "chat.placeholder")),
        gr.update(value=text(language, "chat.ask")),
        gr.update(label=text(language, "chat.answer_language"), choices=_answer_languages(language)),
        gr.update(value=text(language, "chat.new")),
        render("panel.html", language),
    ]


def _header(assistant: Assistant, language: str) -> str:
    return render("header.html", language, articles=list(assistant.articles.values()))


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


def _theme() -> gr.themes.Base:
    """Gradio's plainest theme in system fonts; the colours are those of static/chat.css."""
    sans = ["system-ui", "Liberation Sans", "sans-serif"]
    theme = gr.themes.Base(
        primary_hue="red",
        neutral_hue="stone",
        radius_size="sm",
        font=sans,
        font_mono=["ui-monospace", "monospace"],
    )
    return theme.set(
        body_background_fill="#fdfcf8",
        body_background_fill_dark="#191714",
        body_text_color="#211e1a",
        body_text_color_dark="#e9e3d7",
        button_primary_background_fill="#7d1d1d",
        button_primary_background_fill_hover="#641515",
        button_primary_background_fill_dark="#f0a79b",
        button_primary_background_fill_hover_dark="#f7c4bb",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#191714",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0",
    )
