"""The text encoder of the transformers: T5 (Raffel et al. 1910.10683), half of it, and how a prompt is read by it.

Prompts may weight their words as everywhere (`text.py`): the encoding moves along the line from "as if these words were
not there" to "as they are".
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.catalogue.folders import component_header
from studio_app.engine.device import Device, sent
from studio_app.engine.loading.budget import reader_device
from studio_app.engine.loading.checkpoint import (
    Part,
    TensorInfo,
    check_shapes,
    of_known_make,
    read_config,
    refused,
)
from studio_app.engine.loading.networks import class_of, known_keys, no_larger_than
from studio_app.engine.loading.weights import Rename, Weights, part_of, weights_of
from studio_app.engine.operators.kept import keep, keepable
from studio_app.engine.words.t5_tokens import END, PAD, T5Tokens
from studio_app.engine.words.text import Tokens, parse_weights, weighted

_SHARED, _SECOND = "shared.weight", "encoder.embed_tokens.weight"
"""The words' own rows, which have two names, and lie in a file under either."""
_WHOLE = (_SHARED, _SECOND, ".wo.weight")
"""What is multiplied out in any case: what has two names, and what transformers asks for its dtype at every use."""


class T5Words:
    """A vocabulary and a T5EncoderModel as one function from prompt to embedding. fits: whether the model knows all its
    words.

    length: of its tokens, at most. padded: whether a shorter prompt is filled up, and what fills it up is read like
    words (as Stable Diffusion 3 was trained); else only its own tokens are encoded, as many as there are.
    """

    def __init__(self, tokens: T5Tokens, model: Any, length: int, *, padded: bool) -> None:
        self.model = model
        self.width: int = model.config.d_model
        self.fits = tokens.size <= model.config.vocab_size
        self._tokens = tokens
        self._length = length
        self._padded = padded

    def tokens(self, prompt: str) -> Tokens:
        """The words, and the end."""
        ids: list[int] = []
        groups: list[tuple[int, int, float]] = []
        dropped = 0
        for text, weight in parse_weights(prompt):
            words = self._tokens.ids(text)
            room = self._length - 1 - len(ids)
            dropped += max(len(words) - room, 0)
            words = words[:room]
            if weight != 1.0 and words:
                groups.append((len(ids), len(ids) + len(words), weight))
            ids += words
        ids.append(END)
        if self._padded:
            ids += [PAD] * (self._length - len(ids))
        return Tokens(ids, groups, dropped)

    @torch.inference_mode()
    def encode(self, prompt: str) -> Tensor:
        """float32 [1, L, D]: L is the prompt's own number of tokens, or where it is padded `length`."""
        tokens = self.tokens(prompt)
        ids = torch.tensor([tokens.ids] * (1 + len(tokens.groups)))
        seen = torch.ones_like(ids)
        for row, (first, last, _) in enumerate(tokens.groups, 1):
            ids[row, first:last] = PAD
            seen[row, first:last] = 0
        place = self.model.device
        output = self.model(input_ids=sent(ids, place), attention_mask=sent(seen, place))
        words = output.last_hidden_state.float()
        if not tokens.groups:
            return words
        return weighted(words, sent(torch.tensor([w - 1.0 for *_, w in tokens.groups]), place))


def load_t5(folder: Path, component: str, device: Device, parts: Sequence[Part]) -> Any:
    """The T5EncoderModel of a folder's component. StudioError."""
    config = read_config(folder, component, parts)
    names = t5_name(component_header(folder / component).tensors)
    return make_t5(config, weights_of(folder, component, names), device)


def load_t5_of_file(
    path: Path, header: Mapping[str, TensorInfo], before: str, device: Device
) -> Any:
    """The T5EncoderModel among the tensors of one file. before: what its names begin with. StudioError."""
    own = {
        name.removeprefix(before): info for name, info in header.items() if name.startswith(before)
    }
    kept = t5_name(own)

    def name(whole: str) -> str | None:
        return kept(whole.removeprefix(before)) if whole.startswith(before) else None

    with of_known_make(path, "its text encoder"):
        config = t5_config(own)
    return make_t5(config, part_of(path, path, "text encoder", header, name), device)


def t5_config(own: Mapping[str, TensorInfo]) -> dict[str, Any]:
    """Of a T5EncoderModel with these tensors, of version 1.1 of T5 or of the first. KeyError or ValueError where the
    header is of no such network."""
    words, width = own[_SHARED if _SHARED in own else _SECOND].shape
    first = "encoder.block.0.layer.0.SelfAttention."
    buckets, heads = own[f"{first}relative_attention_bias.weight"].shape
    gated = "encoder.block.0.layer.1.DenseReluDense.wi_0.weight"
    blocks = {
        int(match[1]) for name in own if (match := re.match(r"encoder\.block\.(\d{1,3})\.", name))
    }
    wide = gated if gated in own else gated.replace("wi_0", "wi")
    return {
        "vocab_size": words,
        "d_model": width,
        "d_kv": own[f"{first}q.weight"].shape[0] // max(heads, 1),
        "d_ff": own[wide].shape[0],
        "num_layers": len(blocks),
        "num_heads": heads,
        "relative_attention_num_buckets": buckets,
        "feed_forward_proj": "gated-gelu" if gated in own else "relu",
    }


def t5_name(header: Container[str]) -> Rename:
    """From the names in a file with these to those that are kept: of the two of its words' rows, one."""
    twice = _SHARED in header and _SECOND in header

    def name(own: str) -> str | None:
        if own != _SECOND:
            return own
        return None if twice else _SHARED

    return name


def make_t5(config: dict[str, Any], weights: Weights, device: Device) -> Any:
    """A T5EncoderModel with these weights, where and as precise as its size allows; frozen. StudioError."""
    settings, kind = class_of("T5Config"), class_of("T5EncoderModel")
    try:
        with torch.device("meta"), no_larger_than(len(weights.header)):
            model: Any = kind(settings(**known_keys(config, settings)))
        buckets = model.config.relative_attention_num_buckets
        # Half of them are for each side, and half of those for distances of their own.
        if not 4 <= buckets < 4 * model.config.relative_attention_max_distance:
            raise ValueError(f"its distances do not fit into {buckets} buckets")
    except Exception as error:  # whatever a stranger's config makes transformers raise
        raise refused(weights.model, f"its {weights.part} can't be made ({error})") from error
    wanted = {
        name: tuple(tensor.shape) for name, tensor in model.state_dict().items() if name != _SECOND
    }
    check_shapes(weights.model, weights.part, weights.header, wanted)
    small = {n for n in keepable(model) if not n.endswith(_WHOLE)} if device.keeps else set[str]()
    place = reader_device(device, weights.count, weights.bytes_there(device, small))
    state = keep(model, weights.read_small(place, small), place.dtype)
    state[_SECOND] = state[_SHARED]
    model.load_state_dict(state, strict=True, assign=True)
    if place.dtype == torch.float16:
        for name, module in model.named_modules():
            if name.endswith(".wo"):
                module.float()  # what it makes overflows in half precision
    return model.to(place.place).requires_grad_(False).eval()
