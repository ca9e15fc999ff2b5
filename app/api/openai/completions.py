"""``POST /v1/chat/completions`` and ``GET /v1/models``: the same answers, in OpenAI's form."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from app.api.openai.errors import REFUSALS, OpenAIRoute, UnknownModel
from app.api.openai.models import (
    MODEL,
    Annotation,
    ChatCompletion,
    ChatCompletionChunk,
    ChatRequest,
    Choice,
    ChunkChoice,
    Delta,
    Message,
    ModelCard,
    ModelList,
    UrlCitation,
    Usage,
    UserMessage,
)
from app.conversation import FURTHEST_BACK
from app.footnoted import Footnoted, footnoted
from app.question import LONGEST, clean
from app.site_address import site_address
from corpus.errors import QuestionError

if TYPE_CHECKING:
    from app.answer import Answer
    from app.service import Service

_STREAM_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_DONE: Final = "[DONE]"
_DESCRIPTION: Final = f"""Ask with a program made for OpenAI's interface. The only model is `{MODEL}`.

The last user message is the question, earlier ones are its history; all other messages are left unread. What
steers a model that writes has no effect. More than one choice, tools and other forms than text are refused.

With `stream` the answer comes as events, each a `chat.completion.chunk`: the role, the sentences one by one,
the footnotes with the annotations, the end with the whole answer in `dipnot`, and `[DONE]`."""


def router(service: Service) -> APIRouter:
    """Return the routes in OpenAI's form."""
    routes = APIRouter(tags=["OpenAI"], route_class=OpenAIRoute)
    created = int(datetime.fromisoformat(service.assistant.searcher.manifest.created).timestamp())

    @routes.post(
        "/chat/completions",
        summary="Answer a question in OpenAI's form",
        description=_DESCRIPTION,
        response_model=ChatCompletion,
        responses={**_only(400, 404, 429, 504), 200: {"content": {"text/event-stream": {}}}},
    )
    async def complete(body: ChatRequest, request: Request) -> Any:
        if body.model != MODEL:
            raise UnknownModel
        question, history = _asked(body)
        # Asked before a stream begins, so that whoever is turned away gets a status of its own.
        answer = await service.ask(question, history=history)
        made = _Made(answer, footnoted(answer, site_address(request)), _words([*history, question]))
        if not body.stream:
            return made.completion()
        with_usage = bool(body.stream_options and body.stream_options.include_usage)
        return _streamed(made.chunks(with_usage))

    @routes.get("/models", summary="List the models")
    async def models() -> ModelList:
        """List the only model, as programs made for OpenAI's interface ask first."""
        return ModelList(data=[ModelCard(created=created)])

    @routes.get("/models/{model}", summary="Describe a model", responses=_only(404))
    async def model(model: str) -> ModelCard:
        """Describe the only model."""
        if model != MODEL:
            raise UnknownModel
        return ModelCard(created=created)

    return routes


def _only(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: REFUSALS[status] for status in statuses}


def _asked(body: ChatRequest) -> tuple[str, list[str]]:
    """The question and the questions before it, oldest first, as many as an answer looks back on.

    Raises QuestionError where there is no question.
    """
    asked = [message.text for message in body.messages if isinstance(message, UserMessage)]
    if not asked:
        raise QuestionError("There is no user message, so there is no question.")
    return asked[-1], [earlier for earlier in asked[:-1] if _is_readable(earlier)][-FURTHEST_BACK:]


def _is_readable(earlier: str) -> bool:
    """Whether an earlier message was a question: clients send one that was refused again with each turn, and
    it must not stand in the way of the next."""
    try:
        return len(clean(earlier)) <= LONGEST
    except QuestionError:
        return False


class _Made:
    """An answer, to be told in one piece or in many."""

    def __init__(self, answer: Answer, told: Footnoted, words_asked: int) -> None:
        self._answer = answer
        self._told = told
        self._usage = _usage(words_asked, _words([told.text]))
        self._annotations = [
            Annotation(
                type="url_citation",
                url_citation=UrlCitation(
                    start_index=mark.start, end_index=mark.end, title=mark.title, url=mark.url
                ),
            )
            for mark in told.marks
        ]
        self._common: dict[str, Any] = {
            "id": f"chatcmpl-{uuid4().hex}",
            "created": int(time.time()),
            "model": MODEL,
            "system_fingerprint": answer.generation,
        }

    def completion(self) -> ChatCompletion:
        """Return the answer in one piece."""
        message = Message(content=self._told.text, annotations=self._annotations)
        return ChatCompletion(
            **self._common, choices=[Choice(message=message)], usage=self._usage, dipnot=self._answer
        )

    def chunks(self, with_usage: bool) -> Iterator[ChatCompletionChunk]:
        """Yield the answer piece by piece; the contents of all pieces are that of the whole."""
        # A field that is not set is not sent; a stream with usage says in every chunk that it comes later.
        common = {
            **self._common,
            "object": "chat.completion.chunk",
            **({"usage": None} if with_usage else {}),
        }

        def chunk(delta: Delta, **more: Any) -> ChatCompletionChunk:
            choice = ChunkChoice(index=0, delta=delta, finish_reason=more.pop("finish_reason", None))
            return ChatCompletionChunk(**{**common, "choices": [choice], **more})

        yield chunk(Delta(role="assistant", content=""))
        for sentence in self._told.sentences:
            yield chunk(Delta(content=sentence))
        if self._told.footnotes:
            yield chunk(Delta(content=self._told.footnotes, annotations=self._annotations))
        yield chunk(Delta(), finish_reason="stop", dipnot=self._answer)
        if with_usage:
            yield ChatCompletionChunk(**{**common, "choices": [], "usage": self._usage})


def _streamed(chunks: Iterable[ChatCompletionChunk]) -> Response:
    sent = [*(chunk.model_dump_json(exclude_unset=True) for chunk in chunks), _DONE]
    events = (format_sse_event(data_str=data) for data in sent)
    return StreamingResponse(events, media_type="text/event-stream", headers=_STREAM_HEADERS)


def _usage(asked: int, answered: int) -> Usage:
    return Usage(prompt_tokens=asked, completion_tokens=answered, total_tokens=asked + answered)


def _words(texts: Iterable[str]) -> int:
    return sum(len(text.split()) for text in texts)
