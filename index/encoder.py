"""The encoder: texts become vectors of unit length, questions and passages each with their own prompt."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelUnavailable
from index.model import Model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH_SIZE = 32  # within 20% of 8 and 16 on two cores

# On two cores, one short question gains nothing from a second thread on an idle machine (22 ms either way),
# and takes several times as long on a busy one, because the threads wait for each other in every layer.
_QUERY_THREADS = 1
# On two cores eight questions together take 2.4 times less than one after another; more gain little.
_TOGETHER = 8
_LOCK = threading.Lock()  # one for all encoders: the number of threads belongs to the process


class Encoder:
    """A model in memory, ready to encode; may be shared by threads."""

    def __init__(self, model: Model) -> None:
        """Load the model on the CPU, from its folder alone.

        Raises:
            ModelUnavailable: the folder's files cannot be loaded.
        """
        self.model = model
        self._transformer = _load(model)
        self._waiting: deque[_Waiting] = deque()
        self._turn = threading.Lock()

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of the model; who uses it in a thread holds ``computing``."""
        return self._transformer.tokenizer

    @property
    def transformer(self) -> Any:
        """The transformer below the pooling, as the library transformers knows it."""
        return self._transformer[0].auto_model

    def encode_query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode questions.

        Single questions that several threads ask for at once are encoded together; alone, none waits.

        Returns:
            (n, dimension) float32, unit length, in the order of `texts`.
        """
        if len(texts) != 1:
            return self._encode(texts, self.model.query_prompt, _BATCH_SIZE, threads=_QUERY_THREADS)
        waiting = _Waiting(texts[0])
        self._waiting.append(waiting)
        while not waiting.is_done:
            # Whoever comes next finds its own encoded by the one before, or encodes all that wait.
            with self._turn:
                if not waiting.is_done:
                    self._encode_waiting()
        if waiting.error is not None:
            raise waiting.error
        assert waiting.vector is not None
        return waiting.vector

    def _encode_waiting(self) -> None:
        """Encode the questions that wait, at most a batch of them; called by one thread at a time."""
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _TOGETHER))]
        threads = _QUERY_THREADS if len(batch) == 1 else None
        try:
            texts = [waiting.text for waiting in batch]
            vectors = self._encode(texts, self.model.query_prompt, _TOGETHER, threads=threads)
        except Exception as error:
            for waiting in batch:
                waiting.error, waiting.is_done = error, True
            return
        for number, waiting in enumerate(batch):
            waiting.vector, waiting.is_done = vectors[number : number + 1], True

    def encode_questions(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Encode many questions, as ``encode_query`` does but on all cores; `progress` is told after each
        batch how many are done.

        Returns:
            (n, dimension) float32, unit length, in the order of `texts`.
        """
        return self._encode(texts, self.model.query_prompt, _BATCH_SIZE, progress=progress)

    def encode_document(
        self,
        texts: Sequence[str],
        *,
        batch_size: int = _BATCH_SIZE,
        progress: Callable[[int], None] | None = None,
    ) -> NDArray[np.float32]:
        """Encode passages; `progress` is told after each batch how many texts are done.

        Returns:
            (n, dimension) float32, unit length, in the order of `texts`.
        """
        return self._encode(texts, self.model.passage_prompt, batch_size, progress=progress)

    def _encode(
        self,
        texts: Sequence[str],
        prompt: str,
        batch_size: int,
        *,
        threads: int | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.model.dimension), np.float32)
        # Texts of like length share a batch, so that little is padded; the longest go first, so that a
        # machine with too little memory fails at once.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            # Held for one batch only, so that a question need not wait for a whole index.
            with computing(threads):
                vectors[batch] = self._transformer.encode(
                    [texts[i] for i in batch],
                    prompt=prompt,
                    batch_size=batch_size,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
            if progress is not None:
                progress(start + len(batch))
        return vectors


@dataclass(eq=False)
class _Waiting:
    """A question that a thread wants encoded, then its vector, (1, dimension), or what went wrong."""

    text: str
    vector: NDArray[np.float32] | None = None
    error: Exception | None = None
    is_done: bool = False


def _load(model: Model) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        with _no_progress_bars():
            transformer = SentenceTransformer(
                str(model.folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True, "dtype": "float32"},
            )
    except Exception as error:  # the libraries below raise nearly everything, a bare Exception among it
        first_line = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelUnavailable(f"The model in {model.folder} cannot be loaded: {first_line}") from error
    dimension = transformer.get_embedding_dimension()
    if dimension != model.dimension:
        raise ModelUnavailable(
            f"The model in {model.folder} makes vectors of {dimension} numbers, "
            f"but its files say {model.dimension}."
        )
    return transformer


@contextmanager
def computing(threads: int | None = None) -> Iterator[None]:
    """Compute alone in this process, with so many threads; None leaves them as they are."""
    import torch

    with _LOCK:
        before = torch.get_num_threads()
        torch.set_num_threads(threads or before)
        try:
            yield
        finally:
            torch.set_num_threads(before)


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Keep transformers from drawing a bar on the user's terminal while it loads."""
    from transformers.utils import logging

    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
