"""Reading the text encoder of `engine/words/qwen.py`: a Qwen3Model of a folder or a file, and its vocabulary.

Only the layers that a family reads are made: what lies behind them is not read from the disk. What the network is its
header says; of a folder's config only what no shape tells is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from studio_app.catalogue.headers import DTYPE_BITS
from studio_app.catalogue.vocabularies import ADDED, qwen_vocabulary, where_words_go
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_file, read_text
from studio_app.engine.device import Device
from studio_app.engine.loading.budget import reader_device
from studio_app.engine.loading.checkpoint import (
    MAX_LAYERS,
    MAX_VOCABULARY_FILE,
    Part,
    TensorInfo,
    check_shapes,
    read_config,
    refused,
)
from studio_app.engine.loading.networks import class_of, no_larger_than
from studio_app.engine.loading.progress import was_read
from studio_app.engine.loading.weights import Weights, part_of, weights_of
from studio_app.engine.operators.kept import keep, keepable
from studio_app.engine.words.qwen import BEGIN, END, PAD, QwenEncoder, Reading

THETA = 1_000_000.0
"""Base of the rotary embedding of every Qwen3."""
_LLAMA_CPP = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def load_qwen(folder: Path, device: Device, parts: Sequence[Part], reading: Reading) -> QwenEncoder:
    """Of a folder in diffusers' layout. StudioError where it can't be used."""
    config = read_config(folder, "text_encoder", parts)
    theta, epsilon = _told(folder, config)
    weights = weights_of(folder, "text_encoder", qwen_name)
    tokenizer = read_vocabulary(folder, folder / "tokenizer")
    return make_qwen(weights, tokenizer, device, reading, theta, epsilon)


def make_qwen(
    weights: Weights,
    tokenizer: Any,
    device: Device,
    reading: Reading,
    theta: float = THETA,
    epsilon: float = 1e-6,
) -> QwenEncoder:
    """weights: under the names of Qwen3Model, all of its layers. StudioError where they make no such network, or it
    has fewer layers than are read, or other words than the tokenizer."""
    model_path = weights.model
    there = _layers(weights.header)
    layers = tuple(there + layer if layer < 0 else layer for layer in reading.layers)
    if not 0 < max(layers) < there <= MAX_LAYERS:
        raise refused(model_path, f"its text encoder has {there} layers, and more are read of it")
    reading = Reading(reading.answer, layers, reading.padded)
    weights = _first(weights, max(layers))
    try:
        with torch.device("meta"), no_larger_than(len(weights.header)):
            config = class_of("Qwen3Config")(
                **_settings(weights.header, max(layers), theta, epsilon)
            )
            model: Any = class_of("Qwen3Model")(config)
            model.norm = torch.nn.Identity()  # what is read is what the layers made
    except Exception as error:  # whatever a stranger's header makes transformers raise
        raise refused(model_path, f"its text encoder makes no network ({error})") from error
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    check_shapes(model_path, weights.part, weights.header, wanted)
    _check_words(model_path, tokenizer, config.vocab_size)
    small = keepable(model) if device.keeps else ()
    place = reader_device(device, weights.count, weights.bytes_there(device, small))
    state = keep(model, weights.read_small(place, small), place.dtype)
    model.load_state_dict(state, strict=True, assign=True)
    model.rotary_emb = type(model.rotary_emb)(config)  # its frequencies are in no file
    model = model.to(place.place).requires_grad_(False).eval()
    return QwenEncoder(tokenizer, model, reading)


def qwen_name(name: str) -> str | None:
    """Names of a file -> of Qwen3Model: as transformers and ComfyUI have them, or llama.cpp. None for what makes words
    of states again, which nobody asks for."""
    if match := re.fullmatch(r"blk\.(\d{1,3})\.(\w+)\.weight", name):
        return f"layers.{match[1]}.{_LLAMA_CPP.get(match[2], match[2])}.weight"
    name = name.removeprefix("model.")
    if name == "token_embd.weight":
        return "embed_tokens.weight"
    ends = (
        "norm.weight",
        "output_norm.weight",
        "output.weight",
        "lm_head.weight",
        "rope_freqs.weight",
    )
    return None if name in ends else name


def qwen_of_file(
    path: Path,
    header: Mapping[str, TensorInfo],
    own_name: Callable[[str], str | None],
    device: Device,
    reading: Reading,
) -> QwenEncoder:
    """Out of a file, or of several that are one. own_name: the names there -> those of the text encoder's own file,
    None for other parts'. StudioError."""

    def rename(name: str) -> str | None:
        own = own_name(name)
        return None if own is None else qwen_name(own)

    weights = part_of(path, path, "text encoder", header, rename)
    return make_qwen(weights, vocabulary_of(path), device, reading)


def vocabulary_of(path: Path) -> Any:
    """The words for a text encoder in a file, which brings none. StudioError where none is found."""
    folder = qwen_vocabulary(path)
    if folder is None:
        raise refused(path, "the words of its text encoder are missing", where_words_go())
    return read_vocabulary(path, folder)


def read_vocabulary(model: Path, folder: Path) -> Any:
    """The Qwen2Tokenizer of a folder with vocab.json and merges.txt, or with tokenizer.json. StudioError."""
    kind = class_of("Qwen2Tokenizer")
    try:
        if is_file(folder / "vocab.json") and is_file(folder / "merges.txt"):
            words = read_object(folder / "vocab.json", folder.name, MAX_VOCABULARY_FILE)
            tokenizer = kind(vocab=words, merges=_merges(folder / "merges.txt"))
            # In one order, behind the words: so they have the numbers that the model was trained with.
            tokenizer.add_special_tokens({"additional_special_tokens": list(ADDED)})
        else:
            tokenizer = kind.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # whatever a stranger's files make the libraries raise
        raise refused(model, f"its {folder.name} can't be loaded ({error})") from error
    return tokenizer


def _merges(path: Path) -> list[tuple[str, str]]:
    lines = read_text(path, MAX_VOCABULARY_FILE).splitlines()
    pairs = (line.split(" ") for line in lines if line and not line.startswith("#version"))
    return [(first, second) for first, second in pairs]


def _told(folder: Path, config: Mapping[str, Any]) -> tuple[float, float]:
    """(theta of the rotary embedding, epsilon of the norms). StudioError where the network is of another make."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = rope.get("rope_type", rope.get("type", "default")) if isinstance(rope, dict) else "?"
    plain = (
        kind == "default"
        and config.get("hidden_act", "silu") == "silu"
        and config.get("use_sliding_window", False) is False
        and config.get("attention_bias", False) is False
    )
    theta = config.get("rope_theta") or rope.get("rope_theta", THETA) if plain else None
    epsilon = config.get("rms_norm_eps", 1e-6)
    numbers = all(isinstance(n, int | float) and n > 0 for n in (theta, epsilon))
    if not plain or not numbers:
        raise refused(folder, "its text encoder is a Qwen3 of an unknown make")
    assert theta is not None
    return float(theta), float(epsilon)


def _layers(header: Mapping[str, TensorInfo]) -> int:
    found = (re.match(r"layers\.(\d{1,3})\.", name) for name in header)
    return len({match[1] for match in found if match})


def _first(weights: Weights, count: int) -> Weights:
    """Of the first layers, and of the words before them; whoever listens hears that the others are done with."""

    def kept(name: str) -> bool:
        match = re.match(r"layers\.(\d{1,3})\.", name)
        return match is None or int(match[1]) < count

    left = (info for name, info in weights.header.items() if not kept(name))
    was_read(weights.part, sum(info.count * DTYPE_BITS[info.dtype] // 8 for info in left))
    return weights.only(kept)


def _settings(
    header: Mapping[str, TensorInfo], layers: int, theta: float, epsilon: float
) -> dict[str, Any]:
    """Of Qwen3Config. KeyError, IndexError, ValueError or ZeroDivisionError where a header is of no such network."""
    words, width = header["embed_tokens.weight"].shape
    head = header["layers.0.self_attn.q_norm.weight"].shape[0]
    return {
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": header["layers.0.mlp.gate_proj.weight"].shape[0],
        "num_hidden_layers": layers,
        "num_attention_heads": header["layers.0.self_attn.q_proj.weight"].shape[0] // head,
        "num_key_value_heads": header["layers.0.self_attn.k_proj.weight"].shape[0] // head,
        "head_dim": head,
        "rms_norm_eps": epsilon,
        "rope_parameters": {"rope_type": "default", "rope_theta": theta},
    }


def _check_words(model: Path, tokenizer: Any, size: int) -> None:
    words = tokenizer.get_vocab()
    missing = next((word for word in (BEGIN, END, PAD) if word not in words), None)
    if missing is not None:
        raise refused(model, f"its tokenizer does not know {missing}")
    if max(words.values(), default=0) >= size:
        raise refused(model, "its tokenizer has more words than its text encoder")
