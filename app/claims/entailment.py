"""One more judge of written claims, where one is configured: a model of natural language inference."""

from __future__ import annotations

from typing import Any, Final

from app.pretrained import NotReadable, load
from corpus.errors import ModelUnavailable
from corpus.text import lower

# How the label of a model for "the premise bears the sentence out" begins ("ENTAILMENT", "entailed").
_ENTAILED: Final = "entail"
# A claim is borne out where the model gives that label more than half.
_LEAST_SHARE: Final = 0.5
# Tokenizers without a limit state an enormous one.
_LONGEST: Final = 1_000_000
_USUAL: Final = 512


class NliModel:
    """A sequence classifier of transformers that was trained on premises and hypotheses."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Raises ModelUnavailable where none of the model's labels says that a premise entails a sentence."""
        self._model = model
        self._tokenizer = tokenizer
        labels = {at: lower(label, "en") for at, label in model.config.id2label.items()}
        entailed = [at for at, label in labels.items() if label.startswith(_ENTAILED)]
        if not entailed:
            names = ", ".join(map(str, model.config.id2label.values()))
            raise ModelUnavailable(
                f"The model has no label for entailment, but {names}; name one trained for inference (NLI)."
            )
        self._entailed = entailed[0]

    @classmethod
    def load(cls, name: str, *, allow_download: bool = False) -> NliModel:
        """Load a folder or a hub name; fetched only where ``allow_download`` says so, never as a pickle.

        Raises ModelUnavailable that says what to do.
        """
        from transformers import AutoModelForSequenceClassification

        try:
            tokenizer, model = load(
                name,
                AutoModelForSequenceClassification,
                words="model for inference (NLI)",
                setting="DIPNOT_ENTAILMENT_MODEL",
                allow_download=allow_download,
            )
        except NotReadable as error:
            raise ModelUnavailable(str(error)) from error
        return cls(model, tokenizer)

    def __call__(self, premise: str, claim: str) -> bool:
        """Return whether the premise entails the claim; one too long for the model is cut at its end."""
        return self.share(premise, claim) > _LEAST_SHARE

    def share(self, premise: str, claim: str) -> float:
        """Return the share, from 0 to 1, that the model gives to entailment."""
        import torch

        most = self._tokenizer.model_max_length
        inputs = self._tokenizer(
            premise,
            claim,
            return_tensors="pt",
            truncation="only_first",
            max_length=most if most < _LONGEST else _USUAL,
        )
        with torch.inference_mode():
            shares = self._model(**inputs).logits[0].softmax(-1)
        return float(shares[self._entailed])
