"""Gradio's own words on the chat page, in the language of the page.

Gradio's frontend has a catalogue of words for each language and takes that of the browser
(``navigator.language``). What a catalogue lacks stands there in English; ``gr.I18n`` adds it, but replaces
nothing that a catalogue has. Some words are in no catalogue but in Gradio's code: the messages that pop up
when the connection is lost or the queue is full, and their button. ``static/gradio.js`` writes ours in their
place.
"""

from __future__ import annotations

import json
from typing import Final

import gradio as gr
from markupsafe import Markup

from app.templates import static_url
from app.texts import LANGUAGES, text

# Keys of Gradio's English catalogue that its Turkish one lacks and that a page with a queue can show; what
# Gradio fills in stays in braces.
LACKING: Final = {
    "status.queue_position": ("gradio.queue_position", {"position": "{position}", "size": "{size}"}),
    "common.progress": ("gradio.progress", {}),
}
# Words in Gradio's code, as they stand there but for spaces around them.
HARD_CODED: Final = {
    "Error": "gradio.error",
    "Close": "gradio.close",
    "Connection to the server was lost. Attempting reconnection...": "gradio.lost",
    "This application is currently busy. Please try again.": "gradio.busy",
    "An Unexpected Error Occurred!": "gradio.unexpected",
    "An error occurred.": "gradio.unexpected",
}


def catalogue() -> gr.I18n:
    """Return the words that Gradio's catalogues lack, for ``mount_gradio_app(i18n=…)``."""
    return gr.I18n(
        **{
            language: {key: text(language, own, **places) for key, (own, places) in LACKING.items()}
            for language in LANGUAGES
        }
    )


def head() -> str:
    """Return what the head of the page needs so that the words in Gradio's code are replaced."""
    words = {
        language: {theirs: text(language, own) for theirs, own in HARD_CODED.items()}
        for language in LANGUAGES
    }
    # JSON inside a script element must not end it.
    data = Markup(json.dumps(words, ensure_ascii=False).replace("<", "\\u003c"))
    return Markup(
        '<script type="application/json" id="gradio-words">{}</script><script src="{}" defer></script>'
    ).format(data, static_url("gradio.js"))
