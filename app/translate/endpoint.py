"""Translation by an OpenAI-compatible endpoint, one sentence a request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, SecretStr, ValidationError

from app.completions import address, is_key, seconds_asked
from app.translate.translator import Refused, TranslatorFailed

if TYPE_CHECKING:
    import httpx

_PROMPT: Final = Path(__file__).with_name("prompt.md")
# "Come back later": too many requests, or overloaded.
_LATER: Final = (429, 503)
# So often a sentence is asked for again, after so many seconds where the endpoint does not say how many, and
# never after more than so many.
_TRIES: Final = 5
_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 120.0
_MOST_SHOWN: Final = 200


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Reply(BaseModel):
    """What is read of a reply."""

    choices: list[_Choice]


class Endpoint:
    """A model behind ``POST {url}/chat/completions``."""

    batch = 1

    def __init__(
        self,
        url: str,
        model: str,
        key: SecretStr | None = None,
        timeout: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``url`` ends before ``/chat/completions``; ``timeout`` in seconds for one answer.

        Raises TranslatorFailed when the key cannot be sent.
        """
        if key and not is_key(key.get_secret_value()):
            raise TranslatorFailed("DIPNOT_TRANSLATOR_KEY holds a space or another sign that no key has.")
        self.url = address(url)
        self.model = model
        self._key = key
        self._timeout = timeout
        self._sleep = sleep

    def translate(self, sentences: Sequence[str]) -> list[str | Refused]:
        """Return the English of each sentence; raises TranslatorFailed when the endpoint does not answer."""
        return [self._english(sentence) for sentence in sentences]

    def _english(self, sentence: str) -> str | Refused:
        try:
            choice = _Reply.model_validate(self._ask(sentence)).choices[0]
        except (ValidationError, IndexError) as error:
            raise TranslatorFailed(
                f"{self.url} answered in another form than chat completions have: there is no "
                "choices[0].message.content. Check DIPNOT_TRANSLATOR_URL."
            ) from error
        lines = choice.message.content.strip().splitlines()
        if choice.finish_reason == "length":
            return Refused("the answer was cut off")
        if len(lines) != 1:
            return Refused(f"the answer has {len(lines)} lines instead of one")
        return lines[0]

    def _ask(self, sentence: str) -> object:
        import httpx

        for attempt in range(_TRIES):
            try:
                response = self._client.post(self.url, json=self._body(sentence))
            except httpx.TimeoutException as error:
                raise TranslatorFailed(
                    f"{self.url} did not answer within {self._timeout:g} s. Try again, or set "
                    "DIPNOT_TRANSLATOR_TIMEOUT."
                ) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise TranslatorFailed(
                    f"{self.url} cannot be reached ({error}). Check DIPNOT_TRANSLATOR_URL and that it runs."
                ) from error
            if response.status_code not in _LATER:
                return self._content(response)
            if attempt + 1 < _TRIES:
                self._sleep(_pause(response.headers.get("Retry-After", ""), attempt))
        raise TranslatorFailed(
            f"{self.url} is busy: {response.status_code} after {_TRIES} tries. Run the command again later."
        )

    def _content(self, response: httpx.Response) -> object:
        if response.status_code in (401, 403):
            raise TranslatorFailed(
                f"{self.url} does not let us in ({response.status_code}). Set DIPNOT_TRANSLATOR_KEY."
            )
        if not response.is_success:
            said = " ".join(response.text.split())[:_MOST_SHOWN]
            raise TranslatorFailed(f"{self.url} answered {response.status_code}: {said or 'nothing'}")
        try:
            return response.json()
        except ValueError as error:
            raise TranslatorFailed(
                f"{self.url} did not answer with JSON. Check DIPNOT_TRANSLATOR_URL."
            ) from error

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}"} if self._key else {}
        return httpx.Client(timeout=self._timeout, headers=headers)

    @cached_property
    def _prompt(self) -> str:
        return _PROMPT.read_text(encoding="utf-8")

    def _body(self, sentence: str) -> dict[str, Any]:
        return {
            "model": self.model,
            "temperature": 0,
            "messages": [
                {"role": "system", "content": self._prompt},
                {"role": "user", "content": sentence},
            ],
        }


def _pause(retry_after: str, attempt: int) -> float:
    """Seconds until the next try: as the endpoint asks, or doubled each time."""
    asked = seconds_asked(retry_after)
    return min(_PAUSE * 2**attempt if asked is None else asked, _LONGEST_PAUSE)
