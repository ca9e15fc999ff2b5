"""What is sent and received in OpenAI's form; field names and their meaning are OpenAI's."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_serializer

from app.answer import Answer
from app.texts import text

MODEL: Final = "dipnot"
_FROM_USER: Final = {"contains": {"properties": {"role": {"const": "user"}}, "required": ["role"]}}


def _text_parts(value: object) -> object:
    """Refuse parts that are not text in one sentence; what else is wrong, the type says."""
    parts = value if isinstance(value, list) else []
    if any(isinstance(part, dict) and part.get("type", "text") != "text" for part in parts):
        raise ValueError("Only text can be read; leave out pictures, sound and files.")
    return value


def _one(value: object) -> object:
    if value not in (None, 1):
        raise ValueError("There is one answer to a question; leave n out or set it to 1.")
    return value


def _none(value: object) -> object:
    if value:
        raise ValueError("Answers are taken from the articles; no tool or function is ever called.")
    return value


def _text_format(value: object) -> object:
    if isinstance(value, dict) and value.get("type", "text") != "text":
        raise ValueError("Answers are text; the whole answer as JSON stands in the field dipnot.")
    return value


class TextPart(BaseModel):
    """A part of a message; only text can be read."""

    type: Literal["text"]
    text: str


class UserMessage(BaseModel):
    """The question, where it is the last of its kind; else a question asked before it."""

    role: Literal["user"]
    content: Annotated[str | list[TextPart], BeforeValidator(_text_parts)]

    @property
    def text(self) -> str:
        """The text of all parts."""
        return (
            self.content if isinstance(self.content, str) else "\n".join(part.text for part in self.content)
        )


class OtherMessage(BaseModel):
    """Any other message: never obeyed, not even read."""

    role: Literal["system", "developer", "assistant", "tool", "function"]
    content: Any = None


class StreamOptions(BaseModel):
    """What a stream holds beside the answer."""

    include_usage: bool | None = None


class TextFormat(BaseModel):
    """The only form of an answer."""

    type: Literal["text"]


class ChatRequest(BaseModel):
    """A question with the conversation before it.

    What steers a model that writes (temperature, top_p, seed, max_tokens, stop, user, metadata …) is accepted
    and has no effect: an answer consists of sentences of the articles.
    """

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [{"role": "user", "content": text("tr", "examples.one")}],
                }
            ]
        },
    )

    model: str = Field(description=f"Always {MODEL}.")
    messages: list[Annotated[UserMessage | OtherMessage, Field(discriminator="role")]] = Field(
        min_length=1,
        json_schema_extra=_FROM_USER,  # type: ignore[arg-type]
        description="The last user message is the question, in Turkish or English; earlier ones are the "
        "questions asked before it.",
    )
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[Literal[1] | None, BeforeValidator(_one)] = None
    response_format: Annotated[TextFormat | None, BeforeValidator(_text_format)] = None
    tools: Annotated[list[Any] | None, Field(max_length=0), BeforeValidator(_none)] = None
    functions: Annotated[list[Any] | None, Field(max_length=0), BeforeValidator(_none)] = None


class UrlCitation(BaseModel):
    """The words that a mark stands for."""

    start_index: int = Field(description="Where the mark begins in the content, in characters.")
    end_index: int = Field(description="Behind the last character of the mark.")
    title: str
    url: str = Field(description="The article, opened at the words.")


class Annotation(BaseModel):
    """A footnote mark of the content."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class Message(BaseModel):
    """The answer: its sentences with marks such as [1], then the footnotes."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = Field(
        default=None, description="Always null: where there is no answer, the content says so."
    )
    annotations: list[Annotation]


class Choice(BaseModel):
    """The only choice."""

    index: Literal[0] = 0
    message: Message
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """Words, between white space, of the questions read and of the content: there are no tokens to count,
    because nothing is generated."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(BaseModel):
    """The answer in one piece."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    system_fingerprint: str = Field(description="The generation of the index that the answer rests on.")
    choices: list[Choice]
    usage: Usage
    dipnot: Answer = Field(description="The answer as POST /v1/ask gives it.")


class Delta(BaseModel):
    """What a chunk adds."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None


class ChunkChoice(BaseModel):
    """The only choice, in part."""

    index: Literal[0] = 0
    delta: Delta
    finish_reason: Literal["stop"] | None = None


class ChatCompletionChunk(BaseModel):
    """A piece of a streamed answer: its role, a sentence, the footnotes, its end or its usage."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str = MODEL
    system_fingerprint: str
    choices: list[ChunkChoice]
    usage: Usage | None = None
    dipnot: Answer | None = None

    @field_serializer("dipnot")
    def _whole(self, answer: Answer | None) -> dict[str, Any] | None:
        """Chunks leave out what they do not set; the answer is whole all the same."""
        return None if answer is None else answer.model_dump(mode="json")


class ModelCard(BaseModel):
    """What can be asked."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = Field(description="When the index was built.")
    owned_by: str = MODEL


class ModelList(BaseModel):
    """All that can be asked: one."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


class ErrorDetail(BaseModel):
    """Why a request was not answered."""

    message: str = Field(description="One sentence for people.")
    type: str
    param: str | None = Field(default=None, description="The field that is wrong.")
    code: str | None = Field(default=None, description="One word for programs.")


class ErrorBody(BaseModel):
    """An error in OpenAI's form."""

    error: ErrorDetail
