"""Drafts by a chat model of transformers on this machine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.generators.draft import Draft, GeneratorFailed, Pen
from app.generators.generator import Message
from app.generators.thinking import opened_by
from app.pretrained import NotReadable, load

if TYPE_CHECKING:
    import torch

_SETTING: Final = "DIPNOT_GENERATOR"
_log = logging.getLogger(__name__)


class Hub:
    """A model with its tokenizer, loaded when it is first needed; it writes one draft after another."""

    def __init__(
        self, model: str, *, seed: int = 0, temperature: float = 0.0, allow_download: bool = False
    ) -> None:
        """``model``: a folder or a hub name; ``temperature`` 0: the likeliest token each time."""
        # A folder is told by its last part: answers and run files are for others to see.
        self.name = f"transformers:{Path(model).name if Path(model).expanduser().is_dir() else model}"
        self.parameters = 0
        self.bytes = 0
        self._model_name = model
        self._seed = seed
        self._temperature = temperature
        self._allow_download = allow_download
        self._loading = threading.Lock()
        # One draft takes all cores; two at once would each be half as fast, and share a source of chance.
        self._writing = threading.Lock()
        self._tokenizer: Any = None
        self._model: Any = None
        self._ends: list[int] = []
        self._signs: list[str] = []

    def prepare(self) -> None:
        """Load the model, once; raises GeneratorFailed that says what to do."""
        from transformers import AutoModelForCausalLM

        with self._loading:
            if self._model is not None:
                return
            try:
                # Weights stay in the format they come in, so that they take the memory that their file has.
                tokenizer, model = load(
                    self._model_name,
                    AutoModelForCausalLM,
                    words="chat model",
                    setting=_SETTING,
                    allow_download=self._allow_download,
                    dtype="auto",
                )
            except NotReadable as error:
                raise GeneratorFailed(str(error)) from error
            if not tokenizer.chat_template:
                raise GeneratorFailed(
                    f"The tokenizer of {self._model_name} has no chat template, so how to talk to it is not "
                    f"known. Set {_SETTING} to a model made for conversation (often named -it, -instruct or "
                    "-chat)."
                )
            ends = _ends(tokenizer, model)
            if not ends:
                raise GeneratorFailed(f"{self._model_name} names no token that ends an answer.")
            weights = list(model.parameters())
            self.parameters = sum(weight.numel() for weight in weights)
            self.bytes = sum(weight.numel() * weight.element_size() for weight in weights)
            _log.info(
                "%s: %d parameters × %.2g bytes take %.1f MB of memory",
                self.name,
                self.parameters,
                self.bytes / max(self.parameters, 1),
                self.bytes / 1e6,
            )
            added = [str(sign) for sign in tokenizer.added_tokens_decoder.values() if sign.special]
            self._signs = sorted({*added, *tokenizer.all_special_tokens}, key=len, reverse=True)
            self._tokenizer, self._ends, self._model = tokenizer, ends, model

    def write(
        self, messages: Sequence[Message], *, tokens: int, seconds: float, stop: Sequence[str] = ()
    ) -> Draft:
        """Begin a draft; loading the model and waiting for the draft before it are part of its time."""
        return Draft(self.name, lambda pen: self._write(pen, messages, tokens), seconds, stop)

    def _write(self, pen: Pen, messages: Sequence[Message], tokens: int) -> None:
        self.prepare()
        if not self._writing.acquire(timeout=pen.remaining):
            raise pen.out_of_time()
        try:
            is_done = pen.is_wanted and self._generate(pen, messages, tokens)
        finally:
            self._writing.release()
        if not is_done:
            raise pen.out_of_time()

    def _plain(self, text: str) -> str:
        """A text without the signs that begin or end a turn: only the template may write them."""
        for sign in self._signs:
            text = text.replace(sign, " ")
        return text

    def _rendered(self, messages: Sequence[Message]) -> str:
        """The messages as the chat template has them, up to where the answer begins.

        Where it knows no system, the user says its words.
        """
        turns = [asdict(message) | {"content": self._plain(message.content)} for message in messages]
        refused: Exception | None = None
        for attempt in (turns, _merged(turns)):
            try:
                rendered = str(
                    self._tokenizer.apply_chat_template(
                        attempt, tokenize=False, add_generation_prompt=True, enable_thinking=False
                    )
                )
            except Exception as error:  # templates refuse in many ways
                refused = error
                continue
            # Some leave the system's words out without a word of their own.
            if attempt[0]["role"] != "system" or attempt[0]["content"].strip() in rendered:
                return rendered
        raise GeneratorFailed(
            f"The chat template of {self._model_name} does not take the messages: {refused}. Set {_SETTING} "
            "to another model."
        )

    def _generate(self, pen: Pen, messages: Sequence[Message], tokens: int) -> bool:
        """Write; return whether it has come to its end, and not to that of its time or reader."""
        import torch

        rendered = self._rendered(messages)
        # The template has written the signs that a tokenizer would add.
        encoded = self._tokenizer(rendered, add_special_tokens=False, return_tensors="pt")
        encoded.pop("token_type_ids", None)
        given = encoded["input_ids"].shape[1]
        most = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        if most and given + tokens > most:
            raise GeneratorFailed(
                f"{self.name} has room for {most} tokens: {given} are given, and {tokens} may follow."
            )
        pen.prompt_tokens, pen.is_counted = given, True
        pen.put(opened_by(rendered))

        def is_over(ids: torch.Tensor, scores: object, **_: object) -> torch.Tensor:
            pen.completion_tokens = ids.shape[1] - given
            return torch.full((ids.shape[0],), not pen.is_wanted)

        with torch.inference_mode(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            written = self._model.generate(
                **encoded,
                **({"temperature": self._temperature} if self._temperature else {}),
                do_sample=self._temperature > 0,
                num_beams=1,
                max_new_tokens=tokens,
                eos_token_id=self._ends,
                pad_token_id=self._ends[0],
                streamer=_streamer(self._tokenizer, pen),
                stopping_criteria=[is_over],
            )[0, given:].tolist()
        has_ended = bool(written) and written[-1] in self._ends
        pen.is_cut = not has_ended and len(written) >= tokens
        return has_ended or pen.is_cut


def _streamer(tokenizer: Any, pen: Pen) -> Any:
    """What hands the words of a model to a pen as soon as each is whole."""
    from transformers import TextStreamer

    class Streamer(TextStreamer):
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            pen.put(text)

    return Streamer(tokenizer, skip_prompt=True, skip_special_tokens=True)


def _merged(turns: list[dict[str, str]]) -> list[dict[str, str]]:
    """The turns with the system's words at the head of what the user says first."""
    if len(turns) < 2 or turns[0]["role"] != "system":
        return turns
    system, first, *others = turns
    return [first | {"content": f"{system['content']}\n\n{first['content']}"}, *others]


def _ends(tokenizer: Any, model: Any) -> list[int]:
    """The tokens that end an answer; none is known of some models."""
    ends = model.generation_config.eos_token_id
    if ends is None:
        ends = tokenizer.eos_token_id
    return ends if isinstance(ends, list) else [] if ends is None else [ends]
