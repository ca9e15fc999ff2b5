"""Drafts by an OpenAI-compatible endpoint, streamed: Ollama, llama.cpp, vLLM, a provider."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.completions import address, is_key, seconds_asked
from app.generators.breaker import Breaker
from app.generators.completion import Malformed, Piece, pieces, read_completion
from app.generators.draft import Draft, GeneratorFailed, OutOfTime, Pen
from app.generators.generator import Message
from app.generators.special_tokens import without_special_tokens
from app.visible import visible

if TYPE_CHECKING:
    import httpx

# "Come back later": too many requests, or overloaded.
_LATER: Final = (429, 502, 503)
_TRIES: Final = 3
# Seconds before the second try where the endpoint does not say how many; twice as many before the third. Up
# to half of them more or fewer, so that those who failed together do not come back together.
_PAUSE: Final = 0.5
_JITTER: Final = 0.5
_CONNECT_SECONDS: Final = 5.0
# A draft that has not begun after this share of its time would not get far.
_FIRST_SHARE: Final = 0.75
# For the count of tokens that comes after the last piece.
_LAST_SECONDS: Final = 2.0
# A token is a word or a part of one: text longer than this for each is not what was asked for.
_MOST_LETTERS_FOR_TOKEN: Final = 40
# What is read in all: each token comes in some hundred bytes of JSON.
_MOST_BYTES: Final = 8 * 2**20
_MOST_SAID_BYTES: Final = 4096
_MOST_SHOWN: Final = 200
_STREAM: Final = "text/event-stream"
_WHOLE: Final = "application/json"


class _Later(Exception):
    """The endpoint is not reached, or wants to be asked again, after so many ``seconds`` if it says."""

    def __init__(self, why: str, seconds: float | None) -> None:
        super().__init__(why)
        self.seconds = seconds


class Endpoint:
    """A model behind ``POST {url}/chat/completions``; one that fails again and again is left alone."""

    def __init__(
        self,
        url: str,
        model: str,
        key: SecretStr | None = None,
        *,
        seed: int = 0,
        temperature: float = 0.0,
        breaker: Breaker | None = None,
    ) -> None:
        """``url`` ends before ``/chat/completions``; raises GeneratorFailed where it or the key is none."""
        import httpx

        if key and not is_key(key.get_secret_value()):
            raise GeneratorFailed("DIPNOT_GENERATOR_KEY holds a space or another sign that no key has.")
        try:
            # httpx takes a bracket without its fellow for a host.
            is_address = urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname
            self._url = httpx.URL(address(url))
        except (ValueError, httpx.InvalidURL):
            is_address = None
        if not is_address:
            raise GeneratorFailed("DIPNOT_GENERATOR_URL is no address such as http://127.0.0.1:11434/v1.")
        self.name = f"openai:{model}"
        self.model = model
        self.breaker = breaker or Breaker()
        # An address may hold a name and a password; messages do not.
        self._shown = str(self._url.copy_with(userinfo=b"", query=None))
        self._key = key.get_secret_value() if key else ""
        self._seed = seed
        self._temperature = temperature
        # Reading the certificates of this machine takes longer than a short answer.
        self._certificates = httpx.create_ssl_context()

    def prepare(self) -> None:
        """Nothing: whether an endpoint is there is known when it is asked."""

    def write(
        self, messages: Sequence[Message], *, tokens: int, seconds: float, stop: Sequence[str] = ()
    ) -> Draft:
        """Ask for a draft; one that is malformed, cut or without end raises GeneratorFailed while read."""
        body: dict[str, Any] = {
            "model": self.model,
            # The tokenizer is elsewhere, so which signs are its own is not known.
            "messages": [
                asdict(message) | {"content": without_special_tokens(message.content)} for message in messages
            ],
            "max_tokens": tokens,
            "temperature": self._temperature,
            "seed": self._seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if stop:
            body["stop"] = list(stop)
        return Draft(self._shown, lambda pen: self._guarded(pen, body), seconds, stop)

    def _guarded(self, pen: Pen, body: dict[str, Any]) -> None:
        """Ask, unless it has failed too often; tell the breaker how it went."""
        left = self.breaker.admit()
        if left is not None:
            raise GeneratorFailed(
                f"{self._shown} failed {self.breaker.failures} times in a row and is left alone for "
                f"{math.ceil(left)} s."
            )
        try:
            asyncio.run(self._within_time(pen, body))
        except (OutOfTime, asyncio.CancelledError) as error:
            # One that was writing is slow, or has written enough; it is not down.
            if pen.has_written:
                self.breaker.succeed()
            elif isinstance(error, OutOfTime):
                self.breaker.fail()
            else:
                self.breaker.abandon()
            if isinstance(error, OutOfTime):
                raise
        except BaseException:
            self.breaker.fail()
            raise
        else:
            self.breaker.succeed()

    async def _within_time(self, pen: Pen, body: dict[str, Any]) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        pen.when_released(lambda: _cancel(loop, task))
        try:
            async with asyncio.timeout(pen.remaining):
                await self._until_it_answers(pen, body)
        except TimeoutError:
            raise pen.out_of_time() from None

    async def _until_it_answers(self, pen: Pen, body: dict[str, Any]) -> None:
        import httpx

        headers = {"Accept": f"{_STREAM}, {_WHOLE}", "Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        seconds = httpx.Timeout(None, connect=_CONNECT_SECONDS)
        begin_seconds = pen.remaining * _FIRST_SHARE
        begin_at = asyncio.get_running_loop().time() + begin_seconds
        async with httpx.AsyncClient(verify=self._certificates, timeout=seconds, headers=headers) as client:
            for attempt in range(_TRIES):
                try:
                    async with asyncio.timeout_at(begin_at) as beginning:
                        return await self._ask(client, pen, body, beginning)
                except TimeoutError:
                    raise pen.out_of_time(begin_seconds) from None
                except _Later as later:
                    jitter = random.uniform(1 - _JITTER, 1 + _JITTER)
                    pause = _PAUSE * 2**attempt * jitter if later.seconds is None else later.seconds
                    if attempt + 1 == _TRIES or pause >= begin_at - asyncio.get_running_loop().time():
                        raise GeneratorFailed(str(later)) from later
                    await asyncio.sleep(pause)

    async def _ask(
        self, client: httpx.AsyncClient, pen: Pen, body: dict[str, Any], beginning: asyncio.Timeout
    ) -> None:
        import httpx

        try:
            async with client.stream("POST", self._url, json=body) as response:
                await self._check(response)
                await self._read(response, pen, beginning, int(body["max_tokens"]))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            said = " ".join(str(error).split()) or "no connection in time"
            raise _Later(f"{self._shown} cannot be reached ({said}).", None) from error
        except httpx.HTTPError as error:
            broke = "broke off its answer" if pen.has_written else "gave no answer"
            raise GeneratorFailed(f"{self._shown} {broke} ({type(error).__name__}).") from error
        except Malformed as error:
            raise GeneratorFailed(f"{self._shown} {self._shown_words(str(error))}.") from error

    async def _check(self, response: httpx.Response) -> None:
        """Raise what a response says that is no draft."""
        status = response.status_code
        if status in _LATER:
            seconds = seconds_asked(response.headers.get("Retry-After", ""))
            asked = "" if seconds is None else f" and asks to wait {seconds:.0f} s"
            raise _Later(f"{self._shown} is busy ({status}){asked}.", seconds)
        if status in (401, 403):
            raise GeneratorFailed(f"{self._shown} does not let us in ({status}). Set DIPNOT_GENERATOR_KEY.")
        if response.is_redirect:
            raise GeneratorFailed(
                f"{self._shown} leads elsewhere ({status}), which is not followed. Set DIPNOT_GENERATOR_URL."
            )
        if status != 200:
            said = b""
            async for chunk in response.aiter_raw():
                said += chunk
                if len(said) >= _MOST_SAID_BYTES:
                    break
            words = self._shown_words(said[:_MOST_SAID_BYTES].decode(errors="replace"))
            raise GeneratorFailed(f"{self._shown} answered {status}: {words or 'nothing'}")
        coding = response.headers.get("Content-Encoding", "identity")
        if coding != "identity":
            raise Malformed(f"answered in a coding that was not asked for: {coding}")

    async def _read(
        self, response: httpx.Response, pen: Pen, beginning: asyncio.Timeout, tokens: int
    ) -> None:
        import httpx

        left = tokens * _MOST_LETTERS_FOR_TOKEN
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if kind == _WHOLE:
            beginning.reschedule(None)
            whole = b"".join([chunk async for chunk in _bounded(response)])
            self._take(read_completion(whole), pen, left)
            return
        if kind != _STREAM:
            raise Malformed(f"answered with {kind or 'no type'} where a stream or JSON was asked for")
        is_done = False
        try:
            async for piece in pieces(_bounded(response)):
                left = self._take(piece, pen, left)
                is_done = is_done or piece.is_end
                if is_done:
                    more = min(_LAST_SECONDS, pen.remaining / 2)
                    beginning.reschedule(asyncio.get_running_loop().time() + more)
                elif pen.has_written:
                    beginning.reschedule(None)
        # Where the whole text is there, the number of its tokens can be missed.
        except asyncio.CancelledError:
            if not (is_done and beginning.expired()):
                raise
        except httpx.HTTPError:
            if not is_done:
                raise

    def _take(self, piece: Piece, pen: Pen, left: int) -> int:
        """Hand a piece on; return how many letters there may still be."""
        if len(piece.text) > left:
            raise Malformed("writes without end")
        if piece.usage:
            pen.prompt_tokens, pen.completion_tokens = piece.usage
            pen.is_counted = True
        elif piece.text:
            pen.completion_tokens += 1
        pen.is_cut = pen.is_cut or piece.is_cut
        pen.put(piece.text)
        return left - len(piece.text)

    def _shown_words(self, words: str) -> str:
        """What an endpoint says, fit for one line of a log, without the key that it may repeat."""
        safe = words.replace(self._key, "…") if self._key else words
        return visible(" ".join(safe.split()))[:_MOST_SHOWN]


async def _bounded(response: httpx.Response) -> AsyncIterator[bytes]:
    """The bytes of a response as they come; raises Malformed when they are too many."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > _MOST_BYTES:
            raise Malformed("sends without end")
        yield chunk


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    with suppress(RuntimeError):  # the loop is closed: there is nothing left to cancel
        loop.call_soon_threadsafe(task.cancel)
