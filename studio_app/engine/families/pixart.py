"""PixArt: a diffusion transformer that attends to the words of a T5, with true guidance. `pixart_card.py` says what a
folder is made of.

The larger alpha is told the picture's size and shape as well. What it gives is the noise, and a variance that no
sampler here reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.core.capabilities import Capabilities
from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.core.request import GenerationRequest
from studio_app.engine.controls.features import Features
from studio_app.engine.decoding.tiny_decoders import TinyKind
from studio_app.engine.denoising.attention_guidance import avoiding
from studio_app.engine.denoising.unets import (
    Denoising,
    Pass,
    Prepared,
    forgetful,
    inferring,
    true_guidance,
)
from studio_app.engine.device import Device, picture_device, sent
from studio_app.engine.diffusion.levels import TableSchedule
from studio_app.engine.diffusion.samplers import Denoiser
from studio_app.engine.diffusion.scheduler_config import read_table, table_of
from studio_app.engine.families import pixart_file
from studio_app.engine.families.pixart_card import (
    DMD_TIME,
    PARTS,
    TRANSFORMERS,
    capabilities,
    file_capabilities,
    is_dmd,
    is_sigma,
)
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo, read_config, refused
from studio_app.engine.loading.networks import load_network, make_network, newer_name
from studio_app.engine.loading.patches import fit_places
from studio_app.engine.loading.weights import part_of, weights_of
from studio_app.engine.loras.names import Share
from studio_app.engine.models.family import Model, Tile
from studio_app.engine.models.memory import Memory
from studio_app.engine.models.transformer_model import TransformerModel
from studio_app.engine.words.conditioning import Conditioning
from studio_app.engine.words.t5 import T5Words, load_t5, load_t5_of_file
from studio_app.engine.words.t5_tokens import read_tokens, tokens_beside

WORDS = {False: 120, True: 300}
"""Tokens of a prompt, at most; whether it is a sigma."""
HIDDEN = -10000.0
"""Added to what attends to a token that is none."""


def load(folder: Path, device: Device) -> Model:
    can, schedule = capabilities(folder), read_table(folder)
    tokens = read_tokens(folder, "tokenizer")
    index = read_object(folder / "model_index.json", f"{folder.name}/model_index.json")
    config = read_config(folder, "transformer", PARTS) | {"_class_name": TRANSFORMERS[0]}
    transformer = make_network(config, weights_of(folder, "transformer", newer_name), device)
    precise = picture_device(read_config(folder, "vae", PARTS), device)
    vae = load_network(folder, "vae", precise, PARTS)
    encoder = load_t5(folder, "text_encoder", device, PARTS)
    sigma = is_sigma(vae.config) or index.get("_class_name") == "PixArtSigmaPipeline"
    text = T5Words(tokens, encoder, WORDS[sigma], padded=False)
    return _assembled(folder, can, schedule, (device, precise), transformer, vae, text)


def load_file(path: Path, header: Mapping[str, TensorInfo], device: Device) -> Model:
    can = file_capabilities(path, header)
    tokens = tokens_beside(path)
    config = pixart_file.transformer_config(header, pixart_file.side_by_name(path.stem))
    weights = part_of(path, path, "transformer", header, pixart_file.transformer_part)
    transformer = make_network(config, weights.cut(pixart_file.cuts(weights.header)), device)
    told = config["use_additional_conditions"]
    vae_config = pixart_file.vae_config(header, told=told)
    precise = picture_device(vae_config, device)
    weights = part_of(path, path, "vae", header, ldm.vae_name(header))
    vae = make_network(vae_config, weights.as_linear(ldm.is_linear), precise)
    encoder = load_t5_of_file(path, header, pixart_file.TEXT, device)
    text = T5Words(tokens, encoder, WORDS[not told], padded=False)
    schedule = table_of(pixart_file.SCHEDULER, path)
    return _assembled(path, can, schedule, (device, precise), transformer, vae, text)


@dataclass
class PixArt(TransformerModel):
    """A T5 tells it its words; it takes no drawings."""

    text: T5Words

    def encode_prompt(self, prompt: str, kind: str | None) -> Conditioning:
        """Words float [1, L, D] of the prompt's own tokens, and "mask" [1, L] of ones, which tells them from what a
        batch is filled up with. It was trained on small letters."""
        words = self.text.encode(prompt.lower()).to(self.device.place, self.device.dtype)
        return {"words": words, "mask": words.new_ones(words.shape[:2])}

    def unread(self, prompt: str, kind: str | None) -> int:
        return self.text.tokens(prompt.lower()).dropped

    def encode_control(self, control: Control, size: tuple[int, int], tile: Tile) -> Features:
        raise StudioError(
            f"The model {self.name} takes no {control.kind} control",
            "no network for drawings is known for it",
            "Leave the control out, or choose another model",
        )

    @staticmethod
    def also_called(path: str) -> list[tuple[str, Share]]:
        return pixart_file.also_called(path)

    @property
    def tiny(self) -> TinyKind:
        return "taesdxl" if is_sigma(self.vae.config) else "taesd"

    def denoiser(
        self,
        requests: Sequence[GenerationRequest],
        memory: Memory,
        n: int,
        *,
        hasty: bool = False,
    ) -> Denoiser:
        first, alone = requests[0], len(requests) == 1
        self.loras.wear(first.loras)
        sizes = self._sizes_of(first, len(requests))
        words = {**self.words(requests, memory), **sizes}
        unwanted = words
        if alone and first.guidance_scale == 1.0:
            del words["mask"]  # all are words: attention without a mask is quicker
        if first.guidance_scale != 1.0:
            unwanted = {**self.unwanted(requests, memory), **sizes}
        forward = self._as_it_is
        if first.guidance_scale == 1.0 and first.negative_prompt.strip():
            forward = self._avoiding(self.unwanted(requests, memory), alone=alone)
        network = Denoising(
            self.transformer,
            forward,
            self.schedule,
            self.device,
            first.tile,
            lambda i, x_t, t: (),
            memory.remembering(first, self.reading) if alone else forgetful,
        )
        return inferring(true_guidance(network, words, unwanted, first.guidance_scale))

    def _avoiding(self, unwanted: Conditioning, *, alone: bool) -> Pass:
        """A pass that goes from these words, of each request. alone: of one, all of whose tokens are words."""
        hidden = None if alone else _hidden(unwanted["mask"])
        with torch.inference_mode():
            words = self.transformer.caption_projection(unwanted["words"])
        return avoiding(self._pass, self.transformer, words, hidden)

    def _sizes_of(self, request: GenerationRequest, rows: int) -> Mapping[str, Tensor]:
        """What the larger alpha is told: (height, width) [B, 2] and height / width [B, 1]."""
        if not self.transformer.use_additional_conditions:
            return {}
        size = (request.width, request.height, rows)
        if size not in self._sizes:
            row = [[request.height, request.width, request.height / request.width]]
            made = sent(torch.tensor(row * rows), self.device.place, self.device.dtype)
            self._sizes[size] = {"resolution": made[:, :2], "shape": made[:, 2:]}
        return self._sizes[size]

    @cached_property
    def _pass(self) -> Pass:
        # Not self: see `Model.quickened`.
        transformer, channels, kept = (
            self.transformer,
            self.latent_channels,
            dict[tuple[int, int], Tensor](),
        )

        def prepare(
            t: Tensor, told: Conditioning, condition: Tensor | None, shift: Tensor | None
        ) -> Prepared:
            mask = told.get("mask")
            hidden = None if mask is None else _hidden(mask)
            return t, told["words"], hidden, told.get("resolution"), told.get("shape")

        def run(
            x_t: Tensor,
            t: Tensor,
            words: Tensor,
            hidden: Tensor | None,
            resolution: Tensor | None,
            shape: Tensor | None,
        ) -> Tensor:
            fit_places(transformer.pos_embed, x_t.shape[-2], x_t.shape[-1], kept)
            output = transformer(
                x_t,
                encoder_hidden_states=words,
                encoder_attention_mask=hidden,
                timestep=t,
                added_cond_kwargs={"resolution": resolution, "aspect_ratio": shape},
                return_dict=False,
            )[0]
            return output[:, :channels]

        return Pass(prepare, run)

    @cached_property
    def _as_it_is(self) -> Pass:
        return replace(self._pass, run=self.in_blocks(self._pass.run))

    @cached_property
    def _sizes(self) -> dict[tuple[int, int, int], Mapping[str, Tensor]]:
        return {}


def _hidden(mask: Tensor) -> Tensor:
    """[B, 1, L] of [B, L], 1 where there is a word."""
    return ((1 - mask) * HIDDEN)[:, None]


def _assembled(
    place: Path,
    can: Capabilities,
    schedule: TableSchedule,
    devices: tuple[Device, Device],
    transformer: Any,
    vae: Any,
    text: T5Words,
) -> Model:
    """devices: of the networks, of the autoencoder. StudioError where the parts do not fit each other."""
    device, precise = devices
    channels = vae.config.latent_channels
    config = transformer.config
    if config.in_channels != channels or transformer.out_channels not in (channels, 2 * channels):
        raise refused(place, "its denoiser and its autoencoder have different latents")
    if config.caption_channels != text.width or not text.fits:
        raise refused(place, "its denoiser and its text encoder do not fit each other")
    if len(can.latent_rgb) != channels:
        raise refused(place, f"its latents have {channels} channels, not {len(can.latent_rgb)}")
    if schedule.prediction == "epsilon" and schedule.abar[-1] == 0:
        raise refused(place, "it predicts noise, but its last step is nothing but noise")
    scale = 2 ** (len(vae.config.block_out_channels) - 1)
    if is_dmd(place):
        schedule = replace(schedule, first=DMD_TIME)
    return PixArt(place, can, device, schedule, vae, scale, channels, transformer, precise, text)
