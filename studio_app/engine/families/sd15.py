"""Stable Diffusion 1 and 2: true guidance with negatives, or a guidance embedding (LCM); ControlNets and T2I-Adapters.

A ControlNet (Zhang et al. 2302.05543) sees x_t, so it runs at every step of its range, and not outside of it; what it
makes of the drawing alone (its first eight convolutions, at full size) is computed once per drawing. `sd15_card.py`
says what a folder is made of.
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
from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.reading import is_dir
from studio_app.core.request import GenerationRequest
from studio_app.engine.checkpoint import TensorInfo, refused
from studio_app.engine.clip_words import clip_tokenizer
from studio_app.engine.conditioning import Conditioning
from studio_app.engine.controls import Features, adapter_input, residuals
from studio_app.engine.device import Device
from studio_app.engine.families import sd15_file
from studio_app.engine.families.sd15_card import PARTS, capabilities, file_capabilities
from studio_app.engine.family import Model, Tile
from studio_app.engine.levels import Spacing, TableSchedule
from studio_app.engine.memory import Memory
from studio_app.engine.networks import (
    load_network,
    load_text_encoder,
    make_network,
    make_text_encoder,
    text_name,
)
from studio_app.engine.regions import regional
from studio_app.engine.samplers import Denoiser
from studio_app.engine.scheduler_config import read_table, table_of
from studio_app.engine.text import PromptEncoder
from studio_app.engine.tiling import circular_padding
from studio_app.engine.unets import (
    ControlsAt,
    Denoising,
    embedded_guidance,
    forgetful,
    inferring,
    true_guidance,
    unet_pass,
)
from studio_app.engine.weights import part_of

LEADING_FROM = 10
"""Steps."""


def load(folder: Path, device: Device) -> Model:
    can, schedule = capabilities(folder), read_table(folder)
    unet = load_network(folder, "unet", device, PARTS)
    vae = load_network(folder, "vae", device, PARTS)
    tokenizer, encoder = load_text_encoder(folder, device, PARTS)
    text = PromptEncoder(tokenizer, encoder, device.place)
    return _assembled(folder, can, schedule, device, unet, vae, text)


def load_file(path: Path, header: Mapping[str, TensorInfo], device: Device) -> Model:
    can = file_capabilities(path, header)
    schedule = table_of(sd15_file.scheduler_config(header), path)
    try:
        configs = [
            config(header)
            for config in (sd15_file.unet_config, sd15_file.vae_config, sd15_file.text_config)
        ]
    except (KeyError, IndexError, ValueError) as error:
        raise refused(path, f"a part of it is of no known make ({error})") from None
    unet = make_network(
        configs[0], part_of(path, path, "unet", header, sd15_file.unet_name(header)), device
    )
    weights = part_of(path, path, "vae", header, sd15_file.vae_name(header))
    vae = make_network(configs[1], weights.as_linear(sd15_file.is_linear), device)

    def words(name: str) -> str | None:
        own = sd15_file.text_part(name)
        return None if own is None else text_name(own)

    tokenizer = clip_tokenizer()
    weights = part_of(path, path, "text encoder", header, words)
    encoder = make_text_encoder(configs[2], weights, tokenizer, device)
    text = PromptEncoder(tokenizer, encoder, device.place)
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
    if schedule.prediction == "epsilon" and schedule.abar[-1] == 0:
        raise refused(
            place, "it predicts noise, but its last step is nothing but noise: it would divide by 0"
        )
    channels = vae.config.latent_channels
    if unet.config.in_channels != channels:
        raise refused(
            place,
            f"its U-Net wants {unet.config.in_channels} channels, and its autoencoder gives {channels}",
            "Models that are made for inpainting alone are not read; any other can paint under a mask",
        )
    if unet.config.cross_attention_dim != text.width:
        raise refused(place, "its denoiser and its text encoder do not fit each other")
    if len(can.latent_rgb) != channels:
        raise refused(place, f"its latents have {channels} channels, not {len(can.latent_rgb)}")
    scale = 2 ** (len(vae.config.block_out_channels) - 1)
    return StableDiffusion(place, can, device, schedule, vae, scale, channels, unet, text)


@dataclass
class StableDiffusion(Model):
    unet: Any
    text: PromptEncoder

    def encode_prompt(self, prompt: str, kind: str | None) -> Conditioning:
        """Its words alone: float [1, 77, D], the text encoder's last layer after its norm."""
        words = self.text.encode(prompt)
        return {"words": words.to(self.device.place, self.device.dtype)}

    def unread(self, prompt: str, kind: str | None) -> int:
        return self.text.tokens(prompt).dropped

    def encode_control(self, control: Control, size: tuple[int, int], tile: Tile) -> Features:
        """Of a ControlNet, what it makes of the drawing before it sees x_t, alone; of an adapter, its features."""
        network = self.control_network(control.kind)
        looking = network.look if isinstance(network, ControlNet) else network
        channels = (
            network.channels if isinstance(network, ControlNet) else network.config.in_channels
        )
        picture = adapter_input(control, channels, *size)
        picture = picture.to(self.device.place, self.device.dtype)
        picture = picture.contiguous(memory_format=self.device.memory_format)
        with torch.inference_mode(), circular_padding((looking,), *tile):
            seen = looking(picture)
        return (seen,) if isinstance(seen, Tensor) else tuple(seen)

    def spacing_of(self, sampler: str, n: int) -> Spacing:
        """As the folder's scheduler says; but a few steps that it would begin far from the noise begin at the noise:
        one leading step would start at time 1 (Lin et al. 2305.08891, table 2)."""
        spacing = super().spacing_of(sampler, n)
        return "trailing" if spacing == "leading" and n < LEADING_FROM else spacing

    def control_network(self, kind: str) -> Any:
        """The ControlNet or the T2IAdapter of a kind of control, read when it is first asked for. StudioError."""
        if kind not in self._control_networks:
            names = (f"controlnet_{kind}", f"adapter_{kind}")
            name = next((name for name in names if is_dir(self.folder / name)), None)
            if name is None:
                raise StudioError(
                    f"The model {self.folder.name} takes no {kind} control",
                    "it has neither a ControlNet nor an adapter for it",
                    "Leave the control out, or choose another model",
                )
            network = load_network(self.folder, name, self.device, PARTS)
            if not self._fits(network):
                raise refused(
                    self.folder,
                    f"its {name} is for another model",
                    "Take the one that was trained for it",
                )
            sees = type(network).__name__ == "ControlNetModel"
            self._control_networks[kind] = ControlNet(network, self.device) if sees else network
        return self._control_networks[kind]

    def denoiser(self, requests: Sequence[GenerationRequest], memory: Memory, n: int) -> Denoiser:
        first, alone = requests[0], len(requests) == 1
        embedded = self.unet.config.time_cond_proj_dim is not None
        scale = first.guidance_scale
        guided = not embedded and scale != 1.0
        words = self.words(requests, memory)["words"]
        unwanted = self.unwanted(requests, memory)["words"] if guided else words
        told = torch.cat([unwanted, words]) if guided else words
        forward = unet_pass(self.unet, self._skips)
        if first.regions:
            heard = [self._told(memory, one.prompt, first.kind)["words"] for one in first.regions]
            masks = [one.mask for one in first.regions]
            forward = regional(forward, self.unet, heard, masks, guided=guided)
        network = Denoising(
            self.unet,
            forward,
            self.schedule,
            self.device,
            first.tile,
            self._controls(requests, memory, n, told),
            memory.remembering(first) if alone else forgetful,
        )
        if embedded:
            return inferring(embedded_guidance(network, words, scale, target_time=False))
        return inferring(true_guidance(network, words, unwanted, scale))

    def _controls(
        self, requests: Sequence[GenerationRequest], memory: Memory, n: int, told: Tensor
    ) -> ControlsAt:
        """ControlNets are asked at every step of their range, adapters' features are there already. told: the words
        of what the network is asked at once, [B or 2 B, L, D]."""
        first = requests[0]
        acting = [
            (control, self._drawn(requests, place, memory, len(told)))
            for place, control in enumerate(first.controls)
            if any(control.acts(i, n) for i in range(n))
        ]
        seeing = [
            (c, drawn[0], self.control_network(c.kind)) for c, drawn in acting if self._sees(c)
        ]
        adapted = [(control, drawn) for control, drawn in acting if not self._sees(control)]
        kinds, features = [c for c, _ in adapted], [drawn for _, drawn in adapted]
        none: tuple[Tensor | None, ...] = (None,) * self._skips

        def controls(i: int, x_t: Tensor, t: float) -> Sequence[Tensor | None]:
            total: Sequence[Tensor] | None = None
            for control, drawn, network in seeing:
                if control.acts(i, n):
                    with circular_padding((network.network,), *first.tile):
                        given = network.residuals(x_t, t, told, drawn, control.strength)
                    total = (
                        given
                        if total is None
                        else [a + b for a, b in zip(total, given, strict=True)]
                    )
            added = residuals(kinds, features, i, n)
            if total is None and added is None:
                return ()
            return (*(none if total is None else total), *(added or ()))

        return controls

    def _drawn(
        self, requests: Sequence[GenerationRequest], place: int, memory: Memory, rows: int
    ) -> Features:
        """For `rows` pictures at once; for one request, whose rows are all of the same drawing, as it is."""
        if len(requests) == 1:
            return self.drawing(requests[0], place, memory)
        each = [self.drawing(request, place, memory) for request in requests]
        joined = [torch.cat(level) for level in zip(*each, strict=True)]
        return tuple(torch.cat([level] * (rows // len(requests))) for level in joined)

    def _sees(self, control: Control) -> bool:
        """Whether it is a ControlNet, which sees x_t."""
        return isinstance(self.control_network(control.kind), ControlNet)

    def _fits(self, network: Any) -> bool:
        theirs, ours = network.config, self.unet.config
        widths = tuple(ours.block_out_channels)
        if type(network).__name__ == "T2IAdapter":
            return tuple(theirs.channels) == widths and theirs.downscale_factor == self.scale
        return (
            theirs.in_channels == ours.in_channels
            and theirs.cross_attention_dim == ours.cross_attention_dim
            and tuple(theirs.block_out_channels) == widths
            and len(network.controlnet_down_blocks) + 1 == self._skips
        )

    @cached_property
    def _skips(self) -> int:
        """How many residuals a ControlNet gives: one for every skip of the U-Net, and one for its middle."""
        count = 2
        for block in self.unet.down_blocks:
            count += len(block.resnets) + (block.downsamplers is not None)
        return count

    @cached_property
    def _control_networks(self) -> dict[str, Any]:
        return {}


class ControlNet:
    """A ControlNetModel in two halves: what it makes of a drawing, once, and of x_t, at every step."""

    def __init__(self, network: Any, device: Device) -> None:
        self.network = network
        self.look = network.controlnet_cond_embedding
        # The drawing that the network is given has been looked at already.
        network.controlnet_cond_embedding = torch.nn.Identity()
        self.channels: int = network.config.conditioning_channels
        self._device = device
        self._times: dict[tuple[float, int], Tensor] = {}

    def residuals(
        self, x_t: Tensor, t: float, told: Tensor, drawn: Tensor, strength: float
    ) -> Sequence[Tensor]:
        """Of every skip and of the middle, times strength. drawn: what `look` gave."""
        key = (t, len(x_t))
        if key not in self._times:  # on the device once: making one there waits for it
            self._times[key] = torch.tensor([t] * len(x_t), device=self._device.place)
        down, middle = self.network(
            x_t,
            self._times[key],
            encoder_hidden_states=told,
            controlnet_cond=drawn,
            conditioning_scale=strength,
            return_dict=False,
        )
        return (*down, middle)
