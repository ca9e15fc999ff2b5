"""What turns Turkish sentences into English ones, and which one the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from corpus.errors import DipnotError

if TYPE_CHECKING:
    from app.settings import Settings

_SEQ2SEQ: Final = "transformers:"
_GENERATOR: Final = "generator"
_CHOICES: Final = (
    "set DIPNOT_TRANSLATOR to 'transformers:' and a seq2seq model (a folder or a hub name), or to "
    "'generator' for that of DIPNOT_GENERATOR, or DIPNOT_TRANSLATOR_URL and DIPNOT_TRANSLATOR_MODEL to an "
    "OpenAI-compatible endpoint"
)


class TranslatorFailed(DipnotError):
    """There is no translator, or it does not work; what it has translated before stays."""


@dataclass(frozen=True)
class Refused:
    """A sentence that a translator could not translate, and why; the others are not concerned."""

    why: str


class Translator(Protocol):
    """Translates sentences, each by itself: nothing of its neighbours can come into its English."""

    batch: int
    """How many sentences are given at a time."""

    def translate(self, sentences: Sequence[str]) -> list[str | Refused]:
        """Return the English of each sentence, one line each; raises TranslatorFailed."""
        ...


def configured(settings: Settings) -> Translator:
    """Return the translator of the settings; raises TranslatorFailed that says what to set."""
    name, url = settings.translator, settings.translator_url
    if name and url:
        raise TranslatorFailed(
            f"There are two translators, {name!r} and the endpoint at {url}: set DIPNOT_TRANSLATOR or "
            "DIPNOT_TRANSLATOR_URL, not both."
        )
    if url:
        from app.translate.endpoint import Endpoint

        if not settings.translator_model:
            raise TranslatorFailed(f"The endpoint at {url} needs a model: set DIPNOT_TRANSLATOR_MODEL.")
        return Endpoint(url, settings.translator_model, settings.translator_key, settings.translator_timeout)
    if not name:
        raise TranslatorFailed(f"No translator is configured: {_CHOICES}.")
    if name == _GENERATOR:
        from app.translate.by_generator import ByGenerator

        return ByGenerator.of(settings)
    model = name.removeprefix(_SEQ2SEQ)
    if model == name or not model:
        raise TranslatorFailed(f"There is no translator {name!r}: {_CHOICES}.")
    from app.translate.seq2seq import Seq2Seq

    return Seq2Seq.load(model, prefix=settings.translator_prefix, allow_download=settings.allow_download)
