"""Questions: ``POST /v1/ask`` in one piece, ``POST /v1/ask/stream`` sentence by sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, ConfigDict, Field

from app.answer import Answer, Citation, Claim, Language
from app.api.problem import problem_of, refusals
from app.conversation import FURTHEST_BACK
from app.question import LONGEST
from app.texts import text

if TYPE_CHECKING:
    from app.service import Service

# A client that has lost the stream waits so long before it asks for the rest, in milliseconds.
_RETRY: Final = 1000
# No answer has more events than have numbers of so many digits.
_DIGITS: Final = 4
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_STREAM: Final = """Events, each with an id:

- `start` – `Start`: the answer's id, language and status
- `claim` – `StreamedClaim`: one sentence and the citations it is the first to need
- `answer` – `Answer`: the whole, the last event
- `error` – `Problem`: there will be no more

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
    claims: int | None = Field(description="How many sentences follow; null while they are being written.")


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
        growing = service.growing(body.question, body.language, body.history)
        # The first part is awaited before the stream begins, so that whoever is turned away gets a status of
        # its own.
        first = await anext(growing)
        return EventSourceResponse(_sent(first, growing, last_event_id), headers=_HEADERS)

    return routes


def events(answer: Answer) -> list[tuple[str, BaseModel]]:
    """Return the events of a whole answer: what each is called, and what it carries."""
    count = len(answer.claims)
    start = Start(id=answer.id, language=answer.language, status=answer.status, claims=count)
    return [("start", start), *(("claim", claim) for claim in _claims(answer, 0, set())), ("answer", answer)]


async def _sent(first: Answer, growing: AsyncIterator[Answer], last_event_id: str) -> AsyncIterator[bytes]:
    """The events as bytes, behind the one that was received last, where it is one of this very answer."""
    received = _place(last_event_id, first.id)
    place = 0
    try:
        async for kind, data in _events(first, growing):
            if place > received:
                name = f"{first.id}.{place}"
                yield format_sse_event(data_str=data.model_dump_json(), event=kind, id=name, retry=_RETRY)
            place += 1
    except Exception as error:
        told = problem_of(error)
        yield format_sse_event(data_str=bytes(told.body).decode(), event="error")


async def _events(first: Answer, growing: AsyncIterator[Answer]) -> AsyncIterator[tuple[str, BaseModel]]:
    """What each event is called and what it carries, as the answer grows."""
    is_whole = "total" in first.timings_ms
    count = len(first.claims) if is_whole else None
    yield "start", Start(id=first.id, language=first.language, status=first.status, claims=count)
    sent, known, answer = 0, set[int](), first
    while True:
        for claim in _claims(answer, sent, known):
            yield "claim", claim
        sent = max(sent, len(answer.claims))
        try:
            answer = await anext(growing)
        except StopAsyncIteration:
            break
    yield "answer", answer


def _claims(answer: Answer, sent: int, known: set[int]) -> Iterator[StreamedClaim]:
    """The sentences behind those that were sent, each with its citations that are not yet ``known``."""
    for index, claim in enumerate(answer.claims[sent:], sent):
        needed = [c for c in answer.citations if c.n in claim.citations and c.n not in known]
        known |= {citation.n for citation in needed}
        yield StreamedClaim(index=index, claim=claim, citations=needed)


def _place(last_event_id: str, answer: str) -> int:
    """The place of the event that was received last; -1 where it is none of this answer."""
    name, _, place = last_event_id.rpartition(".")
    is_place = place.isascii() and place.isdigit() and len(place) <= _DIGITS
    return int(place) if name == answer and is_place else -1
