"""Models that may write a draft; nothing of what they write is shown before it is verified."""

from app.generators.draft import Draft, GeneratorFailed, OutOfTime, Usage
from app.generators.generator import Generator, Message, configured

__all__ = ["Draft", "Generator", "GeneratorFailed", "Message", "OutOfTime", "Usage", "configured"]
