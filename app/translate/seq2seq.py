"""Translation by a sequence-to-sequence model of transformers on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from app.pretrained import NotReadable, load
from app.translate.translator import Refused, TranslatorFailed

# Names of Turkish and English in models that are told the languages: NLLB, mBART-50, M2M-100.
_LANGUAGES: Final = (("tur_Latn", "eng_Latn"), ("tr_TR", "en_XX"), ("tr", "en"))
_BEAMS: Final = 4
# English takes at most so many tokens for each Turkish one, and some more in a short sentence; an answer that
# is longer does not end by itself.
_TOKENS_FOR_ONE: Final = 2
_TOKENS_MORE: Final = 32
# Tokenizers without a limit state an enormous one.
_LONGEST: Final = 1_000_000


class Seq2Seq:
    """A model such as Marian, NLLB or T5 with its tokenizer; a sentence gets the same English each time."""

    batch = 8

    def __init__(self, model: Any, tokenizer: Any, prefix: str = "") -> None:
        """``prefix`` goes before each sentence, for models that are told so what to do."""
        self._model = model
        self._tokenizer = tokenizer
        self._prefix = prefix
        self._target = _name_languages(tokenizer)

    @classmethod
    def load(cls, name: str, *, prefix: str = "", allow_download: bool = False) -> Seq2Seq:
        """Load a folder or a hub name; fetched only where ``allow_download`` says so, never as a pickle.

        Raises TranslatorFailed that says what to do.
        """
        from transformers import AutoModelForSeq2SeqLM

        try:
            tokenizer, model = load(
                name,
                AutoModelForSeq2SeqLM,
                words="seq2seq model",
                setting="DIPNOT_TRANSLATOR",
                allow_download=allow_download,
            )
        except NotReadable as error:
            raise TranslatorFailed(str(error)) from error
        return cls(model, tokenizer, prefix)

    def translate(self, sentences: Sequence[str]) -> list[str | Refused]:
        """Return the English of each sentence; one that is too long for the model is refused."""
        if not sentences:
            return []
        import torch

        texts = [self._prefix + sentence for sentence in sentences]
        lengths = [len(ids) for ids in self._tokenizer(texts)["input_ids"]]
        most = self._most_tokens()
        found: list[str | Refused] = [
            Refused(f"it has {length} tokens, the model reads {most}") for length in lengths
        ]
        fitting = [at for at, length in enumerate(lengths) if length <= most]
        if fitting:
            inputs = self._tokenizer([texts[at] for at in fitting], return_tensors="pt", padding=True)
            inputs.pop("token_type_ids", None)
            longest = min(most, _TOKENS_FOR_ONE * max(lengths[at] for at in fitting) + _TOKENS_MORE)
            with torch.inference_mode():
                answers = self._model.generate(
                    **inputs, **self._target, num_beams=_BEAMS, do_sample=False, max_new_tokens=longest
                )
            for at, answer in zip(fitting, answers, strict=True):
                found[at] = self._english(answer.tolist())
        return found

    def _english(self, answer: list[int]) -> str | Refused:
        stops = self._model.generation_config.eos_token_id
        # The first token only starts the answer; some models start with the one that ends it.
        if not {*answer[1:]} & {*(stops if isinstance(stops, list) else [stops])}:
            return Refused("the answer does not end")
        text = " ".join(str(self._tokenizer.decode(answer, skip_special_tokens=True)).split())
        return text or Refused("the answer is empty")

    def _most_tokens(self) -> int:
        stated = getattr(self._model.config, "max_position_embeddings", None)
        return min(int(self._tokenizer.model_max_length), stated or _LONGEST, _LONGEST)


def _name_languages(tokenizer: Any) -> dict[str, int]:
    """Tell a tokenizer the languages where it asks for them, and return what ``generate`` has to know."""
    if not hasattr(tokenizer, "src_lang"):
        return {}
    for turkish, english in _LANGUAGES:
        for token in (english, f"__{english}__"):
            number = tokenizer.convert_tokens_to_ids(token)
            if number not in (None, tokenizer.unk_token_id):
                tokenizer.src_lang = turkish
                return {"forced_bos_token_id": number}
    raise TranslatorFailed(
        "The model has to be told the languages, and none of its names for English is known here. Choose "
        "another model with DIPNOT_TRANSLATOR."
    )
