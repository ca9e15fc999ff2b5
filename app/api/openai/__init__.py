"""The interface of OpenAI's chat completions, so that programs made for it can ask the articles too."""

from app.api.openai.completions import router

__all__ = ["router"]
