"""A tiny sequence-to-sequence model, made on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def tiny_model(
    folder: Path,
    pairs: Mapping[str, str],
    *,
    most_tokens: int = 32,
    more: tuple[str, ...] = (),
    learn: bool = True,
) -> Path:
    """Make a T5 of some thousand weights that knows the ``pairs`` by heart, save it, and return its folder.

    Its vocabulary is their words, and ``more``; without ``learn`` its weights stay random.
    """
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    cut = pre_tokenizers.Whitespace()
    words = {word for text in (*pairs, *pairs.values()) for word, _ in cut.pre_tokenize_str(text)}
    vocabulary = {word: n for n, word in enumerate(["<pad>", "</s>", "<unk>", *more, *sorted(words)])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "<unk>"))
    tokenizer.pre_tokenizer = cut
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=most_tokens,
    )
    torch.manual_seed(0)
    sizes = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 4, "dropout_rate": 0.0}
    special = {"decoder_start_token_id": 0, "pad_token_id": 0, "eos_token_id": 1}
    model = T5ForConditionalGeneration(T5Config(vocab_size=len(vocabulary), **special, **sizes))
    if learn:
        given = fast(list(pairs), return_tensors="pt", padding=True)
        wanted = fast(list(pairs.values()), return_tensors="pt", padding=True)["input_ids"]
        labels = wanted.masked_fill(wanted == special["pad_token_id"], -100)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        for _ in range(300):
            optimizer.zero_grad()
            loss = model(
                input_ids=given["input_ids"], attention_mask=given["attention_mask"], labels=labels
            ).loss
            loss.backward()
            optimizer.step()
            if loss < 0.02:
                break
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder
