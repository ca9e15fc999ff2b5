"""Teaching the layers of the encoder to read: a low-rank adapter (LoRA) and two heads.

Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022, by the library peft. Three things
are taught at once: which of a group of sentences answers (a softmax over the group), whether a sentence
answers at all (a logistic loss), and with which words (a softmax over beginnings and one over ends).
"""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from corpus.article import Span
from corpus.errors import DipnotError
from eval.training.course import Course, adapter_of
from eval.training.mining import Group
from index.reading.adapter import ADAPTER, HEADS, write_manifest
from index.reading.network import Batch, Network, batch_of

if TYPE_CHECKING:
    from index.encoder import Encoder

# Batches of groups of like length are drawn from so many groups, in random order.
_BUCKET: Final = 1024
_SPAN_SHARE: Final = 0.5
# So many windows are computed at once.
_TOGETHER: Final = 16
Progress = Callable[[int, int], None]


class Pupil:
    """A network that is being taught."""

    def __init__(self, encoder: Encoder, course: Course, device: str = "cpu") -> None:
        """Begin with the layers of the encoder, which itself stays as it is."""
        try:
            from peft import get_peft_model
        except ImportError as error:
            raise DipnotError("Teaching needs peft. Get it with: pip install 'dipnot[train]'") from error
        from transformers import AutoModel

        torch.manual_seed(course.seed)
        bert = AutoModel.from_pretrained(
            encoder.model.folder,
            local_files_only=True,
            dtype=torch.float32,
            add_pooling_layer=False,
            # In 16 bits the way back through torch's own attention takes nine times as long on a CPU.
            attn_implementation="eager",
            # Gone through once or twice, nothing is learnt by heart; and drawing what to drop takes as long
            # on a CPU as everything else.
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        config = adapter_of(course)
        with warnings.catch_warnings():
            # peft still asks transformers by an old name.
            warnings.simplefilter("ignore", FutureWarning)
            self.adapted = get_peft_model(bert, config)
        self.network = Network(self.adapted).to(device)
        self.tokenizer = encoder.tokenizer
        self.model = encoder.model
        self.course = course
        self.device = device

    @property
    def learning(self) -> dict[str, torch.nn.Parameter]:
        """What is taught, by name."""
        return {name: own for name, own in self.network.named_parameters() if own.requires_grad}

    def write(self, folder: Path, taught: Mapping[str, Any]) -> None:
        """Write the adapter, in 16 bits, and the heads, with a manifest that tells how they were taught."""
        from peft import get_peft_model_state_dict

        folder.mkdir(parents=True, exist_ok=True)
        # Else peft asks the hub for the model below, by its name, whether the vocabulary has grown.
        weights = get_peft_model_state_dict(self.adapted, save_embedding_layers=False)
        save_file({name: own.cpu().half().contiguous() for name, own in weights.items()}, folder / ADAPTER)
        config = self.adapted.peft_config["default"]
        # Not the folder it lay in on this machine.
        config.base_model_name_or_path = self.model.name
        config.save_pretrained(str(folder))
        heads = {
            name: own.cpu().contiguous()
            for name, own in self.network.state_dict().items()
            if name.startswith(("span.", "judge."))
        }
        save_file(heads, folder / HEADS)
        write_manifest(folder, self.model.sha256, taught)

    def loss(self, some: Sequence[Group]) -> torch.Tensor:
        """The loss of a batch of groups."""
        asked = [(group.question, window) for group in some for window in group.windows]
        answer_of = {
            row: group.answer
            for row, group in zip(_firsts(some), some, strict=True)
            if group.answer is not None
        }
        answers = torch.empty(len(asked), device=self.device)
        of_spans = []
        # Windows of like length together, so that little is padded.
        order = sorted(range(len(asked)), key=lambda row: len(asked[row][1].lead + asked[row][1].text))
        for start in range(0, len(order), _TOGETHER):
            rows = order[start : start + _TOGETHER]
            batch = batch_of(self.tokenizer, *zip(*(asked[row] for row in rows), strict=True))
            ends = _tokens([answer_of.get(row) for row in rows], batch)
            batch = batch.to(self.device)
            with torch.autocast(self.device, torch.bfloat16, enabled=self.course.half):
                starts, stops, judged = self.network(batch)
            answers[rows] = judged
            for place, first, last in ends:
                of_spans.append(-starts[place].log_softmax(0)[first] - stops[place].log_softmax(0)[last])
        rights = torch.tensor([bool(group.right) for group in some])
        is_right = torch.zeros(len(asked), device=self.device)
        is_right[torch.tensor(_firsts(some))[rights]] = 1.0
        parts = [functional.binary_cross_entropy_with_logits(answers, is_right)]
        if ranked := [
            -functional.log_softmax(answers[first : first + len(group.windows)], dim=0)[0]
            for first, group in zip(_firsts(some), some, strict=True)
            if group.right
        ]:
            parts.append(torch.stack(ranked).mean())
        if of_spans:
            # By the number of groups, so that a span counts the same in every batch.
            parts.append(_SPAN_SHARE * torch.stack(of_spans).sum() / len(some))
        return torch.stack(parts).sum()


def teach(
    pupil: Pupil,
    lessons: Sequence[Group],
    folder: Path,
    progress: Progress = lambda done, total: None,
    save_every: int = 100,
    stop_at: int | None = None,
) -> list[float]:
    """Teach, and return the loss of every step; where the same course and lessons were begun in ``folder``,
    that is gone on with.

    ``stop_at``: the number of steps after which to stop, as if killed; for tests.
    """
    course = pupil.course
    per_epoch = math.ceil(len(lessons) / course.batch)
    total = per_epoch * course.epochs
    learning = pupil.learning
    optimizer = torch.optim.AdamW(learning.values(), lr=course.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, total, course.warmup))
    taught = _taught(course, lessons)
    losses = _resume(folder, taught, learning, optimizer, schedule)
    step = 0
    pupil.network.train()
    for epoch in range(course.epochs):
        for some in _batches(lessons, course, epoch):
            if step >= len(losses):
                loss = pupil.loss(some)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(learning.values(), 1.0)
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
                if (step + 1) % save_every == 0:
                    _save(folder, taught, learning, optimizer, losses)
            step += 1
            progress(step, total)
            if step == stop_at:
                return losses
    _save(folder, taught, learning, optimizer, losses)
    return losses


def _firsts(some: Sequence[Group]) -> list[int]:
    """The place of the first window of each group, among those of all."""
    return [0, *accumulate(len(group.windows) for group in some)][:-1]


def _tokens(answers: Sequence[Span | None], batch: Batch) -> list[tuple[int, int, int]]:
    """The rows whose answer is known, with the tokens where it begins and ends."""
    found = []
    for row, answer in enumerate(answers):
        if answer is None:
            continue
        offsets, readable = batch.offsets[row].tolist(), batch.readable[row].tolist()
        inside = [
            place
            for place, (start, stop) in enumerate(offsets)
            if readable[place] and start < answer[1] and stop > answer[0]
        ]
        if inside:
            found.append((row, inside[0], inside[-1]))
    return found


def _batches(lessons: Sequence[Group], course: Course, epoch: int) -> Iterator[list[Group]]:
    """Groups in random order, those of like length together."""
    random = np.random.default_rng((course.seed, epoch))
    order = random.permutation(len(lessons))
    batches: list[list[Group]] = []
    for start in range(0, len(order), _BUCKET):
        bucket = [lessons[number] for number in order[start : start + _BUCKET]]
        bucket.sort(key=lambda group: max(len(w.lead) + len(w.text) for w in group.windows))
        batches += [bucket[at : at + course.batch] for at in range(0, len(bucket), course.batch)]
    yield from (batches[number] for number in random.permutation(len(batches)))


def _rate(step: int, total: int, warmup: float) -> float:
    """The share of the highest rate: rising, then falling in a straight line."""
    rising = max(1, round(total * warmup))
    return (step + 1) / rising if step < rising else max(0.0, (total - step) / max(1, total - rising))


def _taught(course: Course, lessons: Sequence[Group]) -> str:
    """What tells a course over some lessons from every other."""
    return hashlib.sha256(repr((course, lessons)).encode()).hexdigest()


def _save(
    folder: Path,
    taught: str,
    learning: dict[str, torch.nn.Parameter],
    optimizer: torch.optim.Optimizer,
    losses: list[float],
) -> None:
    """Write all that is needed to go on; a save that is interrupted leaves the one before."""
    state: dict[str, torch.Tensor] = {}
    for name, own in learning.items():
        state[f"weight.{name}"] = own.detach().cpu().contiguous()
        for part, value in optimizer.state[own].items():
            state[f"{part}.{name}"] = torch.as_tensor(value).cpu().contiguous()
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".state.safetensors"
    told = {"taught": taught, "losses": json.dumps(losses)}
    save_file(state, temporary, metadata=told)
    temporary.replace(folder / "state.safetensors")


def _resume(
    folder: Path,
    taught: str,
    learning: dict[str, torch.nn.Parameter],
    optimizer: torch.optim.Optimizer,
    schedule: Any,
) -> list[float]:
    """Take up what was saved of the same course and lessons; return the losses so far."""
    from safetensors import safe_open

    path = folder / "state.safetensors"
    if not path.exists():
        return []
    with safe_open(path, "pt") as file:
        told = file.metadata()
    if told.get("taught") != taught:
        return []
    state = load_file(path)
    losses: list[float] = json.loads(told["losses"])
    with torch.no_grad():
        for name, own in learning.items():
            own.copy_(state[f"weight.{name}"])
            moments = {part: state[f"{part}.{name}"].to(own.device) for part in ("exp_avg", "exp_avg_sq")}
            optimizer.state[own] = {"step": state[f"step.{name}"], **moments}
    schedule.last_epoch = len(losses)
    for group, base in zip(optimizer.param_groups, schedule.base_lrs, strict=True):
        group["lr"] = base * schedule.lr_lambdas[0](len(losses))
    return losses
