"""The colours and fonts of the chat page, as Gradio's theme."""

from __future__ import annotations

import gradio as gr


def theme() -> gr.themes.Base:
    """Return Gradio's plainest theme in system fonts; the colours are those of static/chat.css."""
    made = gr.themes.Base(
        primary_hue="red",
        neutral_hue="stone",
        radius_size="sm",
        font=["system-ui", "Liberation Sans", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    return made.set(
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
