"""A model of inference as one more judge: a tiny one with random weights, made on the spot."""

from __future__ import annotations

import pytest

from app.claims import WrittenClaims
from app.claims.entailment import NliModel
from corpus.errors import ModelUnavailable

WORDS = "the bridge fell after flood town grew".split()


def tiny(folder, labels):
    """Save a classifier of pairs of texts with random weights, and return its folder."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    vocabulary = {word: n for n, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=24,
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=24, id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def test_the_share_of_entailment_is_read_by_the_name_of_its_label(tmp_path):
    first = NliModel.load(str(tiny(tmp_path / "a", ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"])))
    other = NliModel.load(str(tiny(tmp_path / "b", ["contradiction", "not_entailment", "entailment"])))
    one, two = (model.share("the bridge fell", "the town grew") for model in (first, other))
    # The same weights, another place of the label.
    assert 0 < one < 1
    assert 0 < two < 1
    assert one != two


def test_a_long_premise_is_cut_to_what_the_model_reads(tmp_path):
    model = NliModel.load(str(tiny(tmp_path, ["entailment", "neutral"])))
    assert 0 < model.share("the bridge fell after the flood " * 30, "the town grew") < 1


def test_a_model_without_a_label_for_entailment_is_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match="no label for entailment, but good, bad"):
        NliModel.load(str(tiny(tmp_path, ["good", "bad"])))


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelUnavailable, match="There is no folder"):
        NliModel.load(str(tmp_path / "nothing"))


def test_its_no_drops_a_claim_that_all_else_lets_through():
    cited = [("The bridge fell after the flood.", "en")]
    asked = []

    def judge(premise, claim):
        asked.append((premise, claim))
        return False

    assert WrittenClaims()("The bridge fell after the flood.", cited, "en") is None
    assert WrittenClaims(entailment=judge)("The bridge fell after the flood.", cited, "en") == "not entailed"
    assert asked == [(cited[0][0], "The bridge fell after the flood.")]
    # What the rules drop is not asked.
    assert WrittenClaims(entailment=judge)("The bridge did not fall.", cited, "en") == "negated"
    assert len(asked) == 1
