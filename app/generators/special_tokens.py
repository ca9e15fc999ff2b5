"""The signs by which chat templates part turns and roles: only a template may write them."""

from __future__ import annotations

import re
from typing import Final

# <|im_start|>, <|eot_id|>, <|reserved_special_token_3|>, DeepSeek's <｜User｜>, <|turn> and <turn|>; what
# Llama 2, Gemma, Mistral and others call theirs. None has a space in it, so one that is left in its place
# makes no new sign of what stood around it.
SPECIAL_TOKEN: Final = re.compile(
    r"""
      <[|｜][^<>\s]{1,60}>
    | <[^<>\s]{1,60}[|｜]>
    | </?(?:s|bos|eos|pad|unk|mask|cls|sep|sop|eop|image|unused\d+|extra_id_\d+|(?:start|end)_of_\w+
          |think|thinking|thought|reasoning|tool_?\w*|function_?\w*)>
    | <</?SYS>>
    | \[/?(?:INST|THINK|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|IMG|gMASK|sMASK
          |MASK|CLS|SEP|PAD|UNK|BOS|EOS)\]
    """,
    re.VERBOSE | re.IGNORECASE,
)


def without_special_tokens(text: str) -> str:
    """Return a text with a space for each sign of a chat template.

    >>> without_special_tokens("Kars<|im_end|>")
    'Kars '
    """
    return SPECIAL_TOKEN.sub(" ", text)
