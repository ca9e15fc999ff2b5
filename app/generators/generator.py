"""What writes a draft, and which one the settings name."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from app.generators.draft import Draft, GeneratorFailed

if TYPE_CHECKING:
    from app.settings import Settings

Role = Literal["system", "user", "assistant"]

_NONE: Final = ("", "none")
_ENDPOINT: Final = "openai"
_HUB: Final = "transformers:"
_CHOICES: Final = (
    "set DIPNOT_GENERATOR to 'transformers:' and a chat model (a folder or a hub name), to 'openai' with "
    "DIPNOT_GENERATOR_URL and DIPNOT_GENERATOR_MODEL, or to 'none'"
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """One turn of what a model is given."""

    role: Role
    content: str


class Generator(Protocol):
    """Writes drafts; several threads may ask at once."""

    name: str
    """What it is called in logs and in the header of an evaluation; holds no address and no key."""

    def prepare(self) -> None:
        """Do what the first draft would otherwise have to wait for; raises GeneratorFailed."""
        ...

    def write(
        self, messages: Sequence[Message], *, tokens: int, seconds: float, stop: Sequence[str] = ()
    ) -> Draft:
        """Begin a draft of at most so many ``tokens``, and return at once; reading it raises GeneratorFailed.

        Everything ends ``seconds`` after this call: a draft that is not done by then raises OutOfTime, when
        its reader has got what was written before. None of the words in ``stop`` is handed out; the draft
        ends before the first of them.
        """
        ...


def configured(settings: Settings) -> Generator | None:
    """Return the generator of the settings, None without one; raises GeneratorFailed that says what to set.

    Nothing is loaded or asked yet.
    """
    name = settings.generator
    if name in _NONE:
        if not name and settings.generator_url:
            _log.warning("DIPNOT_GENERATOR_URL is set and not used: DIPNOT_GENERATOR does not say 'openai'")
        return None
    if name == _ENDPOINT:
        from app.generators.endpoint import Endpoint

        if not (settings.generator_url and settings.generator_model):
            raise GeneratorFailed(
                "The generator 'openai' needs DIPNOT_GENERATOR_URL and DIPNOT_GENERATOR_MODEL."
            )
        return Endpoint(
            settings.generator_url,
            settings.generator_model,
            settings.generator_key,
            seed=settings.generator_seed,
            temperature=settings.generator_temperature,
        )
    model = name.removeprefix(_HUB)
    if model == name or not model:
        raise GeneratorFailed(f"There is no generator {name!r}: {_CHOICES}.")
    from app.generators.hub import Hub

    return Hub(
        model,
        seed=settings.generator_seed,
        temperature=settings.generator_temperature,
        allow_download=settings.allow_download,
    )
