"""The network of the reader: the layers of the encoder, a head for spans, a head that judges the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import torch

from index.reading.window import Window

# Tokens of question and window; what is longer is cut.
MAX_TOKENS: Final = 256


class Batch(NamedTuple):
    """Windows as tokens: what a network takes, each of shape (windows, tokens); what may hold the answer;
    where each token stands in the sentence, (windows, tokens, 2), meaningless elsewhere."""

    inputs: dict[str, torch.Tensor]
    readable: torch.Tensor
    offsets: torch.Tensor

    def to(self, device: str) -> Batch:
        """Return the same on a device."""
        inputs = {name: part.to(device) for name, part in self.inputs.items()}
        return Batch(inputs, self.readable.to(device), self.offsets.to(device))


class Network(torch.nn.Module):
    """Reads a question and a window together."""

    def __init__(self, bert: Any) -> None:
        """``bert``: a transformer such as that of the encoder (BertModel)."""
        super().__init__()
        self.bert = bert
        size = bert.config.hidden_size
        self.span = torch.nn.Linear(size, 2)
        self.judge = torch.nn.Sequential(
            torch.nn.Linear(size, size), torch.nn.Tanh(), torch.nn.Linear(size, 1)
        )

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the logits of beginning and end, (windows, tokens), minus infinity where nothing may be
        read, and of whether the sentence answers, (windows,)."""
        hidden = self.bert(**batch.inputs).last_hidden_state
        ends = self.span(hidden).float().masked_fill(~batch.readable[..., None], -torch.inf)
        mask = batch.inputs["attention_mask"][..., None].to(hidden.dtype)
        pooled = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        return ends[..., 0], ends[..., 1], self.judge(pooled).float().squeeze(-1)


def batch_of(tokenizer: Any, questions: Sequence[str], windows: Sequence[Window]) -> Batch:
    """Return the tokens of windows, each with its own question."""
    leads = [window.lead for window in windows]
    given = tokenizer(
        list(questions),
        [lead + window.text for lead, window in zip(leads, windows, strict=True)],
        truncation="longest_first",
        max_length=MAX_TOKENS,
        padding=True,
        return_offsets_mapping=True,
        return_tensors="pt",
    )
    offsets = given["offset_mapping"] - torch.tensor([len(lead) for lead in leads])[:, None, None]
    is_text = torch.tensor(
        [[part == 1 for part in given.sequence_ids(row)] for row in range(len(windows))], dtype=torch.bool
    )
    # A token that begins with the space before the sentence belongs to it.
    readable = is_text & (offsets[..., 1] > 0)
    offsets = offsets.clamp(min=0)
    # A text of nothing but white space has no token: then its end mark may be read, and stands for nothing.
    readable[:, 0] |= ~readable.any(dim=1)
    inputs = {name: part for name, part in given.items() if name != "offset_mapping"}
    return Batch(inputs, readable, offsets)
