"""Stable Diffusion 1 and 2: true guidance with negatives, or a guidance embedding (LCM); ControlNets and T2I-Adapters.
`sd15_card.py` says what a folder is made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from studio_app.core.capabilities import Capabilities
from studio_app.core.request import GenerationRequest
from studio_app.engine.device import Device
from studio_app.engine.diffusion.levels import TableSchedule
from studio_app.engine.diffusion.scheduler_config import read_table, table_of
from studio_app.engine.families.sd15_card import PARTS, SHARED, capabilities, file_capabilities
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo, of_known_make
from studio_app.engine.loading.networks import (
    load_network,
    load_text_encoder,
    make_network,
    make_text_encoder,
    text_name,
)
from studio_app.engine.loading.weights import part_of
from studio_app.engine.models.family import Model
from studio_app.engine.models.stable_diffusion import PAGES, StableDiffusion
from studio_app.engine.words.clip_words import clip_tokenizer
from studio_app.engine.words.conditioning import Conditioning
from studio_app.engine.words.text import PromptEncoder


def load(folder: Path, device: Device) -> Model:
    can, schedule = capabilities(folder), read_table(folder)
    unet = load_network(folder, "unet", device, PARTS)
    vae = load_network(folder, "vae", device, PARTS)
    tokenizer, encoder = load_text_encoder(folder, device, PARTS)
    text = PromptEncoder(tokenizer, encoder, encoder.device, most=PAGES)
    return _assembled(folder, can, schedule, device, unet, vae, text)


def load_file(path: Path, header: Mapping[str, TensorInfo], device: Device) -> Model:
    can = file_capabilities(path, header)
    schedule = table_of(ldm.scheduler_config(header), path)
    with of_known_make(path):
        configs = [config(header) for config in (ldm.unet_config, ldm.vae_config, ldm.text_config)]
    unet = make_network(
        configs[0], part_of(path, path, "unet", header, ldm.unet_name(header)), device
    )
    weights = part_of(path, path, "vae", header, ldm.vae_name(header))
    vae = make_network(configs[1], weights.as_linear(ldm.is_linear), device)

    def words(name: str) -> str | None:
        own = ldm.text_part(name)
        return None if own is None else text_name(own)

    tokenizer = clip_tokenizer()
    weights = part_of(path, path, "text encoder", header, words)
    encoder = make_text_encoder(configs[2], weights, tokenizer, device)
    text = PromptEncoder(tokenizer, encoder, encoder.device, most=PAGES)
    return _assembled(path, can, schedule, device, unet, vae, text)


def _assembled(
    place: Path,
    can: Capabilities,
    schedule: TableSchedule,
    device: Device,
    unet: Any,
    vae: Any,
    text: PromptEncoder,
) -> Model:
    """StudioError where the parts do not fit each other."""
    channels = vae.config.latent_channels
    scale = 2 ** (len(vae.config.block_out_channels) - 1)
    model = StableDiffusion1(place, can, device, schedule, vae, scale, channels, unet, SHARED, text)
    model.check(text.width)
    return model


@dataclass
class StableDiffusion1(StableDiffusion):
    """One CLIP tells it its words, and nothing its size."""

    text: PromptEncoder

    @property
    def encoders(self) -> tuple[PromptEncoder, ...]:
        return (self.text,)

    def encode_prompt(self, prompt: str, kind: str | None) -> Conditioning:
        """Its words alone: float [1, 77 x pages, D], the text encoder's chosen layer after its norm."""
        words = self.text.encode(prompt, skip=self.clip_skip)
        return {"words": words.to(self.device.place, self.device.dtype)}

    def unread(self, prompt: str, kind: str | None) -> int:
        return self.text.tokens(prompt).dropped

    def sizes(self, requests: Sequence[GenerationRequest]) -> Mapping[str, Tensor]:
        return {}
