"""A model for extractive question answering, such as those trained on SQuAD 2.0, as a reader."""

from __future__ import annotations

from collections.abc import Sequence

from app.pretrained import load
from index.reading import Reading, Window


class HubReader:
    """Reads with a model of transformers (AutoModelForQuestionAnswering); may be shared by threads."""

    def __init__(self, name: str, *, allow_download: bool = False) -> None:
        """Load a folder or a model of the hub; raises NotReadable."""
        from transformers import AutoModelForQuestionAnswering

        self._tokenizer, self._model = load(
            name,
            AutoModelForQuestionAnswering,
            words="model for extractive question answering",
            setting="DIPNOT_READER",
            allow_download=allow_download,
        )

    def read(self, question: str, windows: Sequence[Window]) -> list[Reading]:
        """Read windows, all in one batch.

        A sentence answers as far as its likeliest words speak for themselves more than the first token does,
        which stands for no answer (Devlin et al., "BERT", 2019, on SQuAD 2.0).
        """
        import torch

        from index.encoder import computing
        from index.reading.network import batch_of
        from index.reading.spans import best_span, trimmed

        if not windows:
            return []
        with computing(), torch.inference_mode():
            batch = batch_of(self._tokenizer, [question] * len(windows), windows)
            found = self._model(**batch.inputs)
        readings = []
        for row, window in enumerate(windows):
            starts, ends = found.start_logits[row].float(), found.end_logits[row].float()
            none = float(starts[0] + ends[0])
            hidden = ~batch.readable[row]
            span, probability, best = best_span(
                starts.masked_fill(hidden, -torch.inf),
                ends.masked_fill(hidden, -torch.inf),
                batch.offsets[row],
            )
            readings.append(Reading(best - none, trimmed(span, window.text), probability))
        return readings
