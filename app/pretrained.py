"""Models of transformers, from a folder or the hub: fetched only where that is allowed, never as pickles."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from corpus.errors import DipnotError

_HUB_NAME: Final = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)?")


class NotReadable(DipnotError):
    """A model is not on this machine, or cannot be read; the message says what to do."""


def load(
    name: str, kind: Any, *, words: str, setting: str, allow_download: bool = False, **given: Any
) -> tuple[Any, Any]:
    """Return the tokenizer and the model of a folder or a hub name, ready to be used.

    ``kind``: the class of transformers that reads it; ``words``: what that is called; ``setting``: the
    variable that named it; ``given``: what else the class is to know. Raises NotReadable.
    """
    from transformers import AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = Path(name).expanduser()
    place = folder if folder.is_dir() else name
    safe: dict[str, Any] = {"local_files_only": not allow_download, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, **safe)
        model = kind.from_pretrained(place, use_safetensors=True, **safe, **given)
    except Exception as error:  # what is missing or wrong in a folder comes as errors of many kinds
        raise NotReadable(_remedy(name, folder, error, allow_download, words, setting)) from error
    return tokenizer, model.eval()


def _remedy(name: str, folder: Path, error: Exception, allow_download: bool, words: str, setting: str) -> str:
    said = str(error).strip().splitlines() or [type(error).__name__]
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        return (
            f"{folder} holds no weights as safetensors; pickles can run code when they are read and are not "
            "loaded. Save the model again with safetensors."
        )
    if "sentencepiece" in str(error):
        return f"The tokenizer of {name} needs sentencepiece. Get it with: pip install 'dipnot[translate]'"
    if folder.is_dir():
        return f"{folder} holds no {words} that can be read: {said[0]}"
    if not _HUB_NAME.fullmatch(name):
        return f"There is no folder {name}, and no model of the hub has such a name. Check {setting}."
    if allow_download:
        return f"The model {name} could not be fetched: {said[0]}"
    return (
        f"The model {name} is not on this machine. Fetch it once with: hf download {name} (or set "
        f"DIPNOT_ALLOW_DOWNLOAD=true, or {setting} to a folder)."
    )
