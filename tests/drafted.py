"""What an answer tells of a draft behind it, for tests that make answers by hand."""

from typing import Final

from app.answer import Drafted

DRAFT: Final = Drafted(
    generator="openai:m",
    prompt_tokens=9,
    completion_tokens=9,
    is_counted=True,
    kept=1,
    dropped=0,
    has_failed=False,
)
