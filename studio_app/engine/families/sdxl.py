"""Stable Diffusion XL: told words by two text encoders, one vector that pools them, and the picture's size.

As in the paper (Podell et al. 2307.01952) it is told the size that a picture came from, where it was cut and how large
it becomes; here the first and the last are the picture's own. `sdxl_card.py` says what a folder is made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.core.capabilities import Capabilities
from studio_app.core.jsons import read_object
from studio_app.core.request import GenerationRequest
from studio_app.engine.device import Device, picture_device, sent
from studio_app.engine.diffusion.levels import TableSchedule
from studio_app.engine.diffusion.scheduler_config import read_table, table_of
from studio_app.engine.families import sdxl_file
from studio_app.engine.families.sdxl_card import PARTS, SHARED, capabilities, file_capabilities
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo, of_known_make, read_config, refused
from studio_app.engine.loading.cuts import Cut, Cuts, parted
from studio_app.engine.loading.networks import (
    load_network,
    load_text_encoder,
    make_network,
    make_text_encoder,
    text_name,
)
from studio_app.engine.loading.weights import Weights, part_of
from studio_app.engine.models.family import Model
from studio_app.engine.models.stable_diffusion import PAGES, StableDiffusion
from studio_app.engine.words.clip_words import clip_tokenizer
from studio_app.engine.words.conditioning import Conditioning
from studio_app.engine.words.text import PromptEncoder

PENULTIMATE = -2
"""Of both text encoders the layer before the last is read."""
PAD = "!"
"""With what its second tokenizer fills up; the first one has the end of the text."""


def load(folder: Path, device: Device) -> Model:
    can, schedule = capabilities(folder), read_table(folder)
    index = read_object(folder / "model_index.json", f"{folder.name}/model_index.json")
    unet = load_network(folder, "unet", device, PARTS)
    precise = picture_device(read_config(folder, "vae", PARTS), device)
    vae = load_network(folder, "vae", precise, PARTS)
    texts = tuple(_encoder(*load_text_encoder(folder, device, PARTS, end)) for end in ("", "_2"))
    zeros = index.get("force_zeros_for_empty_prompt") is not False
    return _assembled(folder, can, schedule, (device, precise), unet, vae, texts, zeros)


def load_file(path: Path, header: Mapping[str, TensorInfo], device: Device) -> Model:
    can = file_capabilities(path, header)
    schedule = table_of(sdxl_file.scheduler_config(header), path)
    with of_known_make(path):
        unet_config, vae_config = sdxl_file.unet_config(header), sdxl_file.vae_config(header)
        text_configs = (
            sdxl_file.first_text_config(header),
            sdxl_file.second_text_config(header),
        )
    weights = part_of(path, path, "unet", header, ldm.unet_name(header))
    unet = make_network(unet_config, weights, device)
    weights = part_of(path, path, "vae", header, ldm.vae_name(header))
    precise = picture_device(vae_config, device)
    vae = make_network(vae_config, weights.as_linear(ldm.is_linear), precise)
    texts = tuple(
        _encoder(tokenizer, make_text_encoder(config, part, tokenizer, device))
        for tokenizer, config, part in zip(
            (clip_tokenizer(), clip_tokenizer(pad=PAD)),
            text_configs,
            (_first_words(path, header), _second_words(path, header)),
            strict=True,
        )
    )
    return _assembled(path, can, schedule, (device, precise), unet, vae, texts, zeros=True)


@dataclass
class StableDiffusionXL(StableDiffusion):
    """texts: two. zeros: whether an empty negative prompt is no words at all, rather than the words of an empty one."""

    texts: tuple[PromptEncoder, ...]
    zeros: bool
    precise: Device

    @property
    def encoders(self) -> tuple[PromptEncoder, ...]:
        return self.texts

    def encode_prompt(self, prompt: str, kind: str | None) -> Conditioning:
        """Words float [1, 77 x pages, D1 + D2], and "pooled" [1, P] of the second encoder."""
        encoded = [text.encode_pooled(prompt, skip=self.clip_skip) for text in self.texts]
        words = torch.cat([words for words, _ in encoded], -1)
        pooled = encoded[-1][1]
        assert pooled is not None
        place, dtype = self.device.place, self.device.dtype
        told = {"words": words.to(place, dtype), "pooled": pooled.to(place, dtype)}
        if self.zeros and not prompt:
            return {name: torch.zeros_like(tensor) for name, tensor in told.items()}
        return told

    def unread(self, prompt: str, kind: str | None) -> int:
        return max(text.tokens(prompt).dropped for text in self.texts)

    def sizes(self, requests: Sequence[GenerationRequest]) -> Mapping[str, Tensor]:
        """Each (height, width) that it came from, (top, left) where it was cut, (height, width) that it becomes."""
        size = (requests[0].width, requests[0].height, len(requests))
        if size not in self._sizes:
            height, width = requests[0].height, requests[0].width
            row = [[height, width, 0, 0, height, width]] * len(requests)
            self._sizes[size] = sent(torch.tensor(row), self.device.place, self.device.dtype)
        return {"sizes": self._sizes[size]}

    @property
    def v_from_noise(self) -> bool:
        return True  # NoobAI's, and what was merged with it

    @property
    def picture_device(self) -> Device:
        return self.precise

    @cached_property
    def _sizes(self) -> dict[tuple[int, int, int], Tensor]:
        return {}


def _assembled(
    place: Path,
    can: Capabilities,
    schedule: TableSchedule,
    devices: tuple[Device, Device],
    unet: Any,
    vae: Any,
    texts: tuple[PromptEncoder, ...],
    zeros: bool,
) -> Model:
    """devices: of the networks, of the autoencoder. StudioError where the parts do not fit each other."""
    device, precise = devices
    channels = vae.config.latent_channels
    scale = 2 ** (len(vae.config.block_out_channels) - 1)
    model = StableDiffusionXL(
        place, can, device, schedule, vae, scale, channels, unet, SHARED, texts, zeros, precise
    )
    model.check(sum(text.width for text in texts))
    config = unet.config
    told = texts[-1].pools + 6 * (config.get("addition_time_embed_dim") or 0)
    fits = told == config.get("projection_class_embeddings_input_dim")
    if config.addition_embed_type != "text_time" or not fits:
        raise refused(place, "its denoiser wants to be told other things than words and sizes")
    return model


def _encoder(tokenizer: Any, model: Any) -> PromptEncoder:
    return PromptEncoder(tokenizer, model, model.device, most=PAGES, layer=PENULTIMATE)


def _first_words(path: Path, header: Mapping[str, TensorInfo]) -> Weights:
    def name(own: str) -> str | None:
        part = sdxl_file.first_text_part(own)
        return None if part is None else text_name(part)

    return part_of(path, path, "text encoder", header, name)


def _second_words(path: Path, header: Mapping[str, TensorInfo]) -> Weights:
    weights = part_of(path, path, "second text encoder", header, sdxl_file.second_text_part)
    cuts: Cuts = {}
    for name, info in weights.header.items():
        before, _, end = name.rpartition(".in_proj_")
        if before:
            cuts[name] = parted(info, [f"{before}.{letter}_proj.{end}" for letter in "qkv"])
    if sdxl_file.is_turned(header):
        cuts["text_projection.weight"] = {"text_projection.weight": Cut(turned=True)}
    return weights.cut(cuts)
