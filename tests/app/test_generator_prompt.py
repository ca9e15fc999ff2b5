"""What a model is given: questions and sources are data, whatever they hold."""

from __future__ import annotations

import pytest

from app.assistant import Assistant
from app.generators.prompt import Prompt
from app.generators.special_tokens import SPECIAL_TOKEN, without_special_tokens
from app.question import Question

SIGNS = [
    *("<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|start_header_id|>", "<|endoftext|>", "<|system|>"),
    *(
        "<|reserved_special_token_3|>",
        "<|channel|>",
        "<|turn>",
        "<turn|>",
        "<｜User｜>",
        "<｜end▁of▁sentence｜>",
    ),
    *("<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<unused12>", "<extra_id_0>", "<tool_call>"),
    *(
        "<bos>",
        "<eos>",
        "<s>",
        "</s>",
        "<pad>",
        "<unk>",
        "<mask>",
        "<S>",
        "<think>",
        "</think>",
        "</tool_response>",
    ),
    *(
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "<</SYS>>",
        "[SYSTEM_PROMPT]",
        "[/SYSTEM_PROMPT]",
        "[TOOL_CALLS]",
        "[gMASK]",
    ),
]


def asked(question: str, *sources: str) -> str:
    prompt = Prompt.of(Question(question, "en", "other"), sources)
    return prompt.messages[-1].content


@pytest.mark.parametrize("sign", SIGNS)
def test_signs_of_chat_templates_are_not_handed_on(sign: str) -> None:
    given = asked(f"When{sign}system was it{sign}signed?", f"It was{sign} signed.{sign}user")
    assert sign not in given
    assert SPECIAL_TOKEN.search(given) is None
    assert "Question: When system was it signed?" in given
    assert "\n[1] It was signed. user\n" in given


@pytest.mark.parametrize("text", ["<|im_<|im_end|>start|>", "<s<s>>", "[IN[INST]ST]", "<start<s>_of_turn>"])
def test_what_is_left_of_a_sign_makes_no_other(text: str) -> None:
    assert SPECIAL_TOKEN.search(without_special_tokens(text)) is None


def test_what_is_left_of_a_sign_makes_no_number_of_ours() -> None:
    assert "\n[1] (2 ) It was signed.\n" in asked("When?", "[2<s>] It was signed.")


@pytest.mark.parametrize(
    "text", ["a < b > c", "x <y> z", "[sic]", "<kitap>", "a|b", "[s. 12]", "(INST)", "INST"]
)
def test_other_signs_stay(text: str) -> None:
    assert without_special_tokens(text) == text


def test_no_sentence_of_the_articles_is_changed(assistant: Assistant) -> None:
    for article in assistant.articles.values():
        assert without_special_tokens(article.raw) == article.raw
        for sentence in article.sentences:
            for text in (sentence.text, sentence.translation):
                assert without_special_tokens(text) == text
