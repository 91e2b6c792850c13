"""A tiny real Qwen3 and its words, as Z-Image and FLUX.2 klein are told prompts by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from studio_app.catalogue.vocabularies import ADDED
from tests.tiny.networks import write_encoder

CHAT = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}"
    "{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}"
    "{% endif %}"
)
"""The part of the real template that a prompt goes through."""
MERGES = [("r", "e"), ("re", "d"), ("Ġ", "red"), ("b", "l"), ("bl", "u"), ("blu", "e"), ("o", "n")]


def make_tokenizer() -> Any:
    """All 256 bytes, a few merges, and what Qwen3 has behind its words, with its template."""
    from tokenizers import pre_tokenizers
    from transformers import Qwen2Tokenizer

    words = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *("".join(pair) for pair in MERGES)]
    vocabulary = {word: i for i, word in enumerate(dict.fromkeys(words))}
    merges: Any = MERGES
    tokenizer = Qwen2Tokenizer(vocab=vocabulary, merges=merges, model_max_length=131072)
    tokenizer.add_special_tokens({"additional_special_tokens": list(ADDED)})
    tokenizer.chat_template = CHAT
    return tokenizer


def write_vocabulary(folder: Path, tokenizer: Any) -> None:
    """As the folders of real models have it: words and merges in files of their own, beside what says the rest."""
    tokenizer.save_pretrained(folder)
    whole = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    (folder / "vocab.json").write_text(json.dumps(whole["vocab"]), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in whole["merges"])]
    (folder / "merges.txt").write_text("\n".join(lines), encoding="utf-8")


def make_qwen(tokenizer: Any, layers: int, width: int = 32) -> Any:
    """A Qwen3ForCausalLM, whose head and last layers nobody reads."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=len(tokenizer) + 3,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
        tie_word_embeddings=True,
    )
    return Qwen3ForCausalLM(config)


def write_qwen(folder: Path, layers: int) -> Any:
    """Its component and its tokenizer; the model, as it was before it was written."""
    tokenizer = make_tokenizer()
    model = make_qwen(tokenizer, layers).half()
    tensors = model.state_dict()
    del tensors["lm_head.weight"]  # the words themselves
    write_encoder(folder, "text_encoder", model, tensors)
    write_vocabulary(folder / "tokenizer", tokenizer)
    return model
