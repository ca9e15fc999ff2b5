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


# A chat template as small as one can be; it refuses no role.
CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|> {{ message.content }} <|end|> {% endfor %}"
    "{% if add_generation_prompt %}<|assistant|> {% endif %}"
)


def tiny_chat_model(folder: Path, *, template: str | None = CHAT_TEMPLATE, most_tokens: int = 4096) -> Path:
    """Make a Llama of some thousand random weights with a tokenizer for chats, and return its folder.

    It writes syllables, the same ones after the same words, and comes to no end by itself.
    """
    import torch
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    syllables = [first + second for first in "bcçdgklmnprsştyz" for second in ("a", "e", "ı", "i", "o", "u")]
    special = ["<pad>", "<|end|>", "<unk>", "<|system|>", "<|user|>", "<|assistant|>"]
    vocabulary = {word: n for n, word in enumerate([*special, *syllables])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens([AddedToken(word, special=True) for word in special])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<|end|>", unk_token="<unk>"
    )
    fast.chat_template = template
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=most_tokens,
            # Larger than a model is trained from, so that what it writes follows from what it reads.
            initializer_range=0.5,
            pad_token_id=0,
            bos_token_id=None,
            eos_token_id=1,
        )
    )
    with torch.no_grad():
        # No special token is ever the likeliest.
        model.lm_head.weight[: len(special)] = 0
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder
