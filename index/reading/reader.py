"""The reader that comes with Dipnot: the layers of the bundled encoder, taught to read."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from index.reading.adapter import adapted_layers, heads, read_adapter
from index.reading.window import Reading, Window

if TYPE_CHECKING:
    from index.encoder import Encoder

_FEED_FORWARD_OUT: Final = re.compile(r"layer\.\d+\.output\.dense")
FOLDER: Final = Path(__file__).parents[1] / "adapters" / "reader"


class TaughtReader:
    """Reads sentences with the adapter of a folder; may be shared by threads."""

    def __init__(self, encoder: Encoder, folder: Path = FOLDER, *, quantised: bool = True) -> None:
        """Load an adapter; the vocabulary is shared with the encoder, the layers are a copy of its own.

        ``quantised``: compute in 8 bits, with 32 between. Raises ModelUnavailable.
        """
        import torch

        from index.reading.network import Network

        read_adapter(folder, encoder.model.sha256)
        self._encoder = encoder
        given = encoder.transformer
        with torch.device("meta"):
            bert = type(given)(given.config, add_pooling_layer=False)
        layers = adapted_layers(given, folder)
        if quantised:
            layers = _quantised(layers)
        bert.encoder, bert.embeddings = layers, given.embeddings
        self._network = Network(bert)
        # The heads alone: layers of 8 bits are no weights that could be missing.
        weights = heads(folder)
        for head in ("span", "judge"):
            own = {name.removeprefix(f"{head}."): weights[name] for name in weights if name.startswith(head)}
            self._network.get_submodule(head).load_state_dict(own)
        self._network.eval()

    def read(self, question: str, windows: Sequence[Window]) -> list[Reading]:
        """Read windows, all in one batch."""
        import torch

        from index.encoder import computing
        from index.reading.network import batch_of
        from index.reading.spans import best_span, trimmed

        if not windows:
            return []
        with computing(), torch.inference_mode():
            batch = batch_of(self._encoder.tokenizer, [question] * len(windows), windows)
            starts, ends, answers = self._network(batch)
        readings = []
        for row, window in enumerate(windows):
            span, probability, _ = best_span(starts[row], ends[row], batch.offsets[row])
            readings.append(Reading(float(answers[row]), trimmed(span, window.text), probability))
        return readings


def _quantised(layers: Any) -> Any:
    """The layers with weights of 8 bits, and inputs rounded to as many as they come.

    But for the second matrix of each feed-forward part: a few of its inputs are so large that rounded
    together with them the others are lost, and with them the judgement.
    """
    import torch
    from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

    rounded = {
        name: per_channel_dynamic_qconfig
        for name, module in layers.named_modules()
        if isinstance(module, torch.nn.Linear) and not _FEED_FORWARD_OUT.fullmatch(name)
    }
    with warnings.catch_warnings():
        # torch means to drop it for torchao, whose 8 bits are fast on a CPU only once they are compiled.
        warnings.simplefilter("ignore")
        return quantize_dynamic(layers, rounded, dtype=torch.qint8)  # type: ignore[no-untyped-call]
