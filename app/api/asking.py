"""Questions: ``POST /v1/ask`` in one piece, ``POST /v1/ask/stream`` sentence by sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, ConfigDict, Field

from app.answer import Answer, Citation, Claim, Language
from app.api.problem import refusals
from app.conversation import FURTHEST_BACK
from app.question import LONGEST
from app.texts import text

if TYPE_CHECKING:
    from app.service import Service

# A client that has lost the stream waits so long before it asks for the rest, in milliseconds.
_RETRY: Final = 1000
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_STREAM: Final = """Events, each with an id:

- `start` – `Start`: the answer's id, language and status
- `claim` – `StreamedClaim`: one sentence and the citations it is the first to need
- `answer` – `Answer`: the whole, the last event

A stream that broke off goes on behind the event named in `Last-Event-ID`, when the same is asked again."""


class Question(BaseModel):
    """A question put over HTTP. A longer one than 2,000 characters is declined (``too_long``)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": text("tr", "examples.one")}]},
    )

    question: str = Field(description="In Turkish or English.")
    language: Literal["auto", "tr", "en"] = Field("auto", description="Of the answer; auto: the question's.")
    history: list[Annotated[str, Field(max_length=LONGEST)]] = Field(
        default_factory=list,
        max_length=4 * FURTHEST_BACK,
        description="The questions asked before it, oldest first.",
    )


class Start(BaseModel):
    """The first event of a stream."""

    id: str
    language: Language
    status: Literal["answered", "declined"]
    claims: int = Field(description="How many sentences follow.")


class StreamedClaim(BaseModel):
    """One sentence of a stream, its place in the answer from 0, and the citations it is the first to need."""

    index: int
    claim: Claim
    citations: list[Citation]


def router(service: Service) -> APIRouter:
    """Return the routes that answer questions."""
    routes = APIRouter(tags=["Questions"], responses=refusals(504))

    @routes.post("/ask", summary="Answer a question")
    async def ask(body: Question) -> Answer:
        """Answer one question, or say that the articles do not."""
        return await service.ask(body.question, body.language, body.history)

    @routes.post(
        "/ask/stream",
        summary="Answer a question, sentence by sentence",
        response_class=StreamingResponse,
        description=_STREAM,
        responses={200: {"description": "A stream of events.", "content": {"text/event-stream": {}}}},
    )
    async def stream(body: Question, last_event_id: Annotated[str, Header()] = "") -> Response:
        # Asked before the stream begins, so that whoever is turned away gets a status of its own.
        answer = await service.ask(body.question, body.language, body.history)
        return EventSourceResponse(_sent(events(answer), last_event_id), headers=_HEADERS)

    return routes


def events(answer: Answer) -> list[tuple[str, BaseModel]]:
    """Return the events of an answer: what each is called, and what it carries."""
    start = Start(id=answer.id, language=answer.language, status=answer.status, claims=len(answer.claims))
    found: list[tuple[str, BaseModel]] = [("start", start)]
    by_number = {citation.n: citation for citation in answer.citations}
    for index, claim in enumerate(answer.claims):
        needed = [by_number.pop(n) for n in claim.citations if n in by_number]
        found.append(("claim", StreamedClaim(index=index, claim=claim, citations=needed)))
    return [*found, ("answer", answer)]


async def _sent(events: list[tuple[str, BaseModel]], last_event_id: str) -> AsyncIterator[bytes]:
    """The events as bytes, behind the one that was received last, where it is one of this very answer."""
    answer = events[-1][1]
    assert isinstance(answer, Answer)
    names = [f"{answer.id}.{number}" for number in range(len(events))]
    first = names.index(last_event_id) + 1 if last_event_id in names else 0
    for name, (kind, data) in list(zip(names, events, strict=True))[first:]:
        yield format_sse_event(data_str=data.model_dump_json(), event=kind, id=name, retry=_RETRY)
