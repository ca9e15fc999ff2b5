"""What Gradio's page sends: which of its events there are, and what each takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

_JOIN: Final = "/gradio_api/queue/join"
_RUN: Final = "/gradio_api/run/predict"
_Name = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class _Event(BaseModel):
    """An event, as the script of the page sends it; the rest of what Gradio would take is not used."""

    model_config = ConfigDict(extra="forbid")

    data: Annotated[list[StrictStr | None], Field(max_length=16)]
    fn_index: StrictInt
    session_hash: _Name
    trigger_id: StrictInt | None = None
    event_data: None = None


class _Stop(BaseModel):
    """The end of an event before its time."""

    model_config = ConfigDict(extra="forbid")

    event_id: _Name | None = None
    session_hash: _Name | None = None
    fn_index: StrictInt | None = None


@dataclass(frozen=True)
class _Taken:
    """What an event takes: what each value may be, in their order, and whether it waits in the queue."""

    values: tuple[Callable[[str | None], bool], ...]
    is_queued: bool


class Events:
    """The events of a page of Gradio.

    A component of Gradio takes what it is given for a file where it has the form of one, and fails on what
    it has no form for; here nothing comes to it but the text it was made for.
    """

    def __init__(self, app: Any) -> None:
        """``app``: the application that Gradio mounts."""
        self._taken = {
            index: _Taken(tuple(map(_test, function.inputs)), bool(function.queue))
            for index, function in app.get_blocks().fns.items()
        }

    def is_one(self, path: str, body: bytes) -> bool:
        """Whether a body is one that the page would send to an address."""
        try:
            if path not in (_JOIN, _RUN):
                _Stop.model_validate_json(body)
                return True
            event = _Event.model_validate_json(body)
        except ValidationError:
            return False
        taken = self._taken.get(event.fn_index)
        return (
            taken is not None
            and taken.is_queued == (path == _JOIN)
            and len(taken.values) == len(event.data)
            and all(test(value) for test, value in zip(taken.values, event.data, strict=True))
        )


def _test(component: Any) -> Callable[[str | None], bool]:
    """What a component may be given."""
    # The server's own memory of a conversation; the page sends nothing for it.
    if component.get_block_name() == "state":
        return lambda value: value is None
    if hasattr(component, "choices"):
        choices = {choice for _, choice in component.choices}
        return lambda value: value in choices
    return lambda value: value is not None
