"""What reads the best sentences, by its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field

from index.reading import Reader

if TYPE_CHECKING:
    from index.encoder import Encoder

OFF: Final = "off"
BUNDLED: Final = "bundled"


class ReadingSettings(BaseModel):
    """What the judgement of a reader (the logit that a sentence answers) counts for beside the score of the
    sentence, for questions in each language; and how many of the best ``sentences`` are read.

    Fitted to the development questions for the bundled reader, by ``python -m eval.choosing --reader``, which
    prints what suits another.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tr: float = Field(default=0.18, ge=0)
    en: float = Field(default=0.37, ge=0)
    sentences: int = Field(default=4, ge=1, le=12)


def reader_of(name: str, encoder: Encoder, *, allow_download: bool = False) -> Reader | None:
    """Return the reader of a name: "off" for none, "bundled", a folder that `eval.train` wrote, or a model
    for extractive question answering of transformers, from a folder or the hub.

    Raises ModelUnavailable or NotReadable where there is none of that name, or it is for another encoder.
    """
    if name == OFF:
        return None
    from index.reading.adapter import MANIFEST
    from index.reading.reader import FOLDER, TaughtReader

    folder = FOLDER if name == BUNDLED else Path(name).expanduser()
    if name == BUNDLED or (folder / MANIFEST).exists():
        return TaughtReader(_below(folder, encoder), folder)
    from app.readers.hub import HubReader

    return HubReader(name, allow_download=allow_download)


def _below(folder: Path, encoder: Encoder) -> Encoder:
    """What a taught reader was made for: the encoder in use or, where that is another, the bundled one."""
    from app.settings import read_settings
    from index.encoder import Encoder
    from index.model import resolve
    from index.reading.adapter import read_manifest

    wanted = read_manifest(folder).model_sha256
    if wanted == encoder.model.sha256:
        return encoder
    bundled = resolve("bundled", read_settings().cache_dir)
    return Encoder(bundled) if wanted == bundled.sha256 else encoder
