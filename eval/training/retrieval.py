"""Teaching the encoder to search: a low-rank adapter (LoRA), by the trainer of sentence-transformers.

Multiple-negatives ranking (Henderson et al., "Efficient Natural Language Response Suggestion for Smart
Reply", 2017): of all the texts in a batch, a question's own is to be the nearest. A batch is computed in
parts (Gao et al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", 2021).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from corpus.errors import DipnotError
from eval.training.course import Course, adapter_of
from eval.training.pairs import Pair
from index.reading.adapter import ADAPTER, adapted_layers

if TYPE_CHECKING:
    from index.encoder import Encoder
    from index.model import Model

# As E5 was trained: the temperature is a hundredth (Wang et al. 2024, "Multilingual E5 Text Embeddings").
_SCALE: Final = 100.0
# So many texts are computed at once, and so many tokens of each: a whole passage takes three times as long.
_TOGETHER: Final = 16
_MAX_TOKENS: Final = 128
TOLD: Final = "taught.json"


def teach(model: Model, lessons: Mapping[str, Sequence[Pair]], course: Course, out: Path) -> None:
    """Teach a model, and write it as a folder of sentence-transformers; its adapter, in the format of peft,
    into ``adapter`` below that.

    It cannot be gone on with where it was interrupted: what the trainer keeps for that are pickles.
    """
    try:
        from datasets import Dataset
        from peft import get_peft_model_state_dict
    except ImportError as error:
        raise DipnotError(
            "Teaching needs more packages. Get them with: pip install 'dipnot[train]'"
        ) from error
    from safetensors.torch import save_file
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
    from sentence_transformers import SentenceTransformerTrainingArguments as Arguments
    from sentence_transformers.sentence_transformer.losses import CachedMultipleNegativesRankingLoss
    from transformers import set_seed

    set_seed(course.seed)
    pupil = SentenceTransformer(
        str(model.folder),
        device="cpu",
        local_files_only=True,
        # In 16 bits the way back through torch's own attention takes nine times as long on a CPU.
        model_kwargs={"dtype": "float32", "attn_implementation": "eager"},
        # Gone through once, nothing is learnt by heart.
        config_kwargs={"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0},
    )
    pupil.max_seq_length = _MAX_TOKENS
    config = adapter_of(course)
    pupil.add_adapter(config)
    columns = {name: _columns(pairs) for name, pairs in lessons.items() if pairs}
    prompts = {
        name: {
            # A sentence and its English are both what is searched.
            column: model.query_prompt
            if column == "asked" and name != "translations"
            else model.passage_prompt
            for column in own
        }
        for name, own in columns.items()
    }
    with tempfile.TemporaryDirectory() as work:
        arguments = Arguments(
            output_dir=work,
            num_train_epochs=course.epochs,
            per_device_train_batch_size=course.batch,
            learning_rate=course.rate,
            warmup_steps=course.warmup,
            bf16=course.half,
            use_cpu=True,
            seed=course.seed,
            batch_sampler="no_duplicates",
            multi_dataset_batch_sampler="proportional",
            prompts=prompts,
            save_strategy="no",
            report_to="none",
            logging_steps=20,
        )
        SentenceTransformerTrainer(
            model=pupil,
            args=arguments,
            train_dataset={name: Dataset.from_dict(own) for name, own in columns.items()},
            loss=CachedMultipleNegativesRankingLoss(pupil, scale=_SCALE, mini_batch_size=_TOGETHER),
        ).train()
    folder = out / "adapter"
    folder.mkdir(parents=True, exist_ok=True)
    # By the names that a model wrapped by peft gives them, as those of the reader.
    weights = get_peft_model_state_dict(
        pupil[0].auto_model, adapter_name="default", save_embedding_layers=False
    )
    save_file(
        {f"base_model.model.{name}": own.cpu().half().contiguous() for name, own in weights.items()},
        folder / ADAPTER,
    )
    config.base_model_name_or_path = model.name
    config.save_pretrained(str(folder))
    write_merged(model, folder, out)


def write_merged(model: Model, adapter: Path, out: Path) -> None:
    """Write a model with an adapter added to its weights as a folder of sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    merged: Any = SentenceTransformer(
        str(model.folder), device="cpu", local_files_only=True, model_kwargs={"dtype": "float32"}
    )
    transformer = merged[0].auto_model
    transformer.encoder = adapted_layers(transformer, adapter)
    merged.prompts = {"query": model.query_prompt, "document": model.passage_prompt}
    merged.save(str(out), create_model_card=False, safe_serialization=True)


def write_told(out: Path, course: Course, taught: Mapping[str, Any]) -> None:
    """Write how it was taught beside it."""
    text = json.dumps({"course": asdict(course), **taught}, indent=1, ensure_ascii=False)
    (out / TOLD).write_text(text + "\n", encoding="utf-8")


def found_first(encoder: Encoder, pairs: Sequence[Pair]) -> float:
    """How often the right text is the nearest of all texts of the pairs, wrong ones among them."""
    texts = sorted({text for pair in pairs for text in (pair.right, pair.wrong) if text})
    number = {text: i for i, text in enumerate(texts)}
    vectors = encoder.encode_document(texts)
    asked = encoder.encode_questions([pair.asked for pair in pairs])
    nearest = np.argmax(asked @ vectors.T, axis=1)
    return float(np.mean([number[pair.right] == near for pair, near in zip(pairs, nearest, strict=True)]))


def _columns(pairs: Sequence[Pair]) -> dict[str, list[str]]:
    columns = {"asked": [pair.asked for pair in pairs], "right": [pair.right for pair in pairs]}
    return columns | ({"wrong": [pair.wrong for pair in pairs]} if all(pair.wrong for pair in pairs) else {})
