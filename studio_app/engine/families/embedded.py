"""Underpaint's own models: a small U-Net distilled for few steps and its teacher, adapters for drawings, decoders of
drafts and of maps. `embedded_card.py` says what they are made of.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.core.capabilities import SAMPLERS
from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import SIDE_STEP, GenerationRequest
from studio_app.engine.controls.embodied import Bodies, kinds_of
from studio_app.engine.controls.features import Features, adapter_input, residuals
from studio_app.engine.decoding.maps import CHANNELS, precise_end, without_encoder
from studio_app.engine.denoising.unets import (
    ControlsAt,
    Denoising,
    QuickPasses,
    embedded_guidance,
    forgetful,
    inferring,
    true_guidance,
    unet_pass,
)
from studio_app.engine.device import Device, sent
from studio_app.engine.diffusion.levels import Spacing
from studio_app.engine.diffusion.samplers import SAMPLERS as RULES
from studio_app.engine.diffusion.samplers import Denoiser
from studio_app.engine.diffusion.scheduler_config import read_table
from studio_app.engine.families.embedded_card import PARTS, capabilities
from studio_app.engine.loading.checkpoint import TensorInfo, refused
from studio_app.engine.loading.networks import load_network, load_text_encoder
from studio_app.engine.models.family import Model, Tile
from studio_app.engine.models.memory import Memory
from studio_app.engine.operators.makers import maker_for
from studio_app.engine.operators.one_call import OneCall
from studio_app.engine.operators.tiling import circular_padding
from studio_app.engine.words import avoidance
from studio_app.engine.words.conditioning import Conditioning
from studio_app.engine.words.text import PromptEncoder
from studio_app.scene.forms import formed

log = logging.getLogger(__name__)

UNDRAWN = 0.5
"""Of the guidance by drawings, what a character has that nobody drew."""


def load(folder: Path, device: Device) -> Model:
    can = capabilities(folder)
    schedule = read_table(folder)
    unet = load_network(folder, "unet", device, PARTS)
    vae = load_network(folder, "vae", device, PARTS)
    tokenizer, encoder = load_text_encoder(folder, device, PARTS)
    text = PromptEncoder(tokenizer, encoder, device.place)
    channels = unet.config.in_channels
    if channels != vae.config.latent_channels:
        raise refused(folder, "its denoiser and its autoencoder have different latents")
    if unet.config.cross_attention_dim != encoder.config.hidden_size:
        raise refused(folder, "its denoiser and its text encoder do not fit each other")
    if len(can.latent_rgb) != channels:
        raise refused(folder, f"its latent_rgb needs {channels} rows")
    levels = vae.config.get("block_out_channels") or vae.config.get("encoder_block_out_channels")
    scale = 2 ** (len(levels) - 1)
    return EmbeddedModel(folder, can, device, schedule, vae, scale, channels, unet, text)


def load_file(path: Path, header: Mapping[str, TensorInfo], device: Device) -> Model:
    raise refused(path, "Underpaint's own models are folders")


@dataclass
class EmbeddedModel(Model):
    """unet: the distilled student, of the few-step samplers; `teacher` is of the slow ones."""

    unet: Any
    text: PromptEncoder

    def encode_prompt(self, prompt: str, kind: str | None) -> Conditioning:
        """Its words alone: float [1, L, D]."""
        words = self.text.encode(prompt, kind)
        return {"words": words.to(self.device.place, self.device.dtype)}

    def unread(self, prompt: str, kind: str | None) -> int:
        return self.text.tokens(prompt, kind).dropped

    def encode_control(self, control: Control, size: tuple[int, int], tile: Tile) -> Features:
        """The features of the kind's adapter: all that a drawing does here, whatever x_t is."""
        picture = self._picture(control, size)
        with torch.inference_mode():
            if not any(tile):
                return self.features(control.kind)(picture)
            adapter = self.adapter(control.kind)
            with circular_padding((adapter,), *tile):
                return tuple(adapter(picture))

    def meant(self, request: GenerationRequest) -> GenerationRequest:
        """Where nothing is drawn, it has the drawing of a thing or a pose."""
        able = self.capabilities.forms and {"depth", "pose"} <= set(self.capabilities.controls)
        return formed(request) if able else request

    def spacing_of(self, sampler: str, n: int) -> Spacing:
        """As in training: even, but for the sampler whose denoiser is told where it lands."""
        return "leaping" if RULES[sampler].told else "even"

    def denoiser(
        self,
        requests: Sequence[GenerationRequest],
        memory: Memory,
        n: int,
        *,
        hasty: bool = False,
    ) -> Denoiser:
        drawn = self._drawn_guidance(requests[0])
        requests = self._bodies.of([self.meant(request) for request in requests])
        first, alone = requests[0], len(requests) == 1
        slow = SAMPLERS[first.sampler].teacher
        positive = self.words(requests, memory)
        unet = self.teacher if slow else self.unet
        network = Denoising(
            unet,
            self._passes.of(unet) if alone and not any(first.tile) else unet_pass(unet),
            self.schedule,
            self.device,
            first.tile,
            self._controls(requests, memory, n),
            memory.remembering(first, self.reading) if alone else forgetful,
        )
        if slow:
            negative = self.unwanted(requests, memory)
            return inferring(true_guidance(network, positive, negative, first.guidance_scale))
        shift = None
        if first.negative_prompt.strip():
            with torch.inference_mode():
                empty = self._told(memory, "", None)["words"]
                unwanted = self.unwanted(requests, memory)["words"]
                shift = avoidance.shift(unet, empty, unwanted)
        return inferring(
            embedded_guidance(
                network,
                positive,
                first.guidance_scale,
                target_time=self.capabilities.target_time,
                shift=shift,
                drawn=drawn,
            )
        )

    def _drawn_guidance(self, request: GenerationRequest) -> float:
        """Guidance by the controls of a request. A thing that nobody drew has none: what it looks like without is
        nearer to the teacher, and takes half the time. A character that nobody drew has a part of it, for cleaner
        limbs: all of it would wash the ground out."""
        full = self.capabilities.control_guidance
        if request.controls:
            return full
        return UNDRAWN * full if "pose" in kinds_of(self.meant(request)) else 0.0

    def adapter(self, kind: str) -> Any:
        """The T2IAdapter of a kind of control. StudioError where the model has none."""
        if kind not in self._adapters:
            if not (self.folder / f"adapter_{kind}").is_dir():
                raise StudioError(
                    f"The model {self.folder.name} takes no {kind} control",
                    "it has no adapter for it",
                    "Leave the control out, or choose another model",
                )
            name = f"adapter_{kind}"
            self._adapters[kind] = load_network(self.folder, name, self.device, PARTS)
        return self._adapters[kind]

    def features(self, kind: str) -> Callable[[Tensor], Features]:
        """What a kind's adapter makes of a drawing, quick. Not where it has to tile."""
        adapter = self.adapter(kind)
        if adapter not in self.calls:
            maker = maker_for(adapter, self.device.place)
            self.calls[adapter] = OneCall(adapter, lambda x: tuple(adapter(x)), maker)
        return self.calls[adapter]

    @cached_property
    def teacher(self) -> Any:
        """The second denoiser, read when a sampler first asks for it."""
        if not (self.folder / "teacher").is_dir():
            raise StudioError(
                f"The model {self.folder.name} has no teacher", "", "Use --sampler consistency"
            )
        return load_network(self.folder, "teacher", self.device, PARTS)

    @cached_property
    def maps(self) -> Any:
        """The maps decoder, read when somebody first asks for maps. StudioError where the model has none."""
        if not self.capabilities.maps:
            return super().maps
        return load_maps(self.folder, self.device, self.latent_channels)

    @cached_property
    def draft(self) -> Any:
        if self.device.place.type != "cpu" or not (self.folder / "draft").is_dir():
            return self.decoder
        try:
            draft = load_draft(self.folder, self.device, self.latent_channels)
        except StudioError as error:
            log.warning("drafts are decoded as all pictures are: %s", error)
            return self.decoder
        return self.quickened(draft)

    def _controls(
        self, requests: Sequence[GenerationRequest], memory: Memory, n: int
    ) -> ControlsAt:
        """The residuals by step. A control that acts on none of the n steps is not even looked at."""
        first = requests[0]
        # Without words to avoid the teacher runs once; with, what it is told is repeated for both halves.
        guided = SAMPLERS[first.sampler].teacher and first.guidance_scale != 1.0
        places = [
            place
            for place, control in enumerate(first.controls)
            if any(control.acts(i, n) for i in range(n))
        ]
        if len(requests) == 1:
            features = [self.drawing(first, place, memory) for place in places]
        else:
            features = [self._drawings(requests, place) for place in places]
            if guided:
                features = [tuple(torch.cat([f, f]) for f in levels) for levels in features]
        controls = [first.controls[place] for place in places]
        if self.capabilities.control_guidance and not SAMPLERS[first.sampler].teacher:
            most = self.capabilities.strongest
            controls = [replace(c, strength=min(c.strength, most)) for c in controls]
        gains = self.capabilities.control_gain
        return lambda i, x_t, t: residuals(controls, features, i, n, gains) or ()

    def _drawings(self, requests: Sequence[GenerationRequest], place: int) -> Features:
        first = requests[0]
        adapter, size = self.adapter(first.controls[place].kind), (first.width, first.height)
        pictures = torch.cat([self._picture(r.controls[place], size) for r in requests])
        with torch.inference_mode(), circular_padding((adapter,), *first.tile):
            return tuple(adapter(pictures))

    def _picture(self, control: Control, size: tuple[int, int]) -> Tensor:
        picture = adapter_input(control, self.adapter(control.kind).config.in_channels, *size)
        return sent(picture, self.device.place, self.device.dtype)

    @cached_property
    def _bodies(self) -> Bodies:
        """Without an adapter of depth nobody gets one."""
        reads = "depth" in self.capabilities.controls
        return Bodies(self.capabilities.pose_body if reads else 0.0)

    @cached_property
    def _passes(self) -> QuickPasses:
        return QuickPasses(self.device, SIDE_STEP // self.scale, self.calls)

    @cached_property
    def _adapters(self) -> dict[str, Any]:
        return {}


def load_maps(folder: Path, device: Device, latent_channels: int) -> Any:
    """The maps decoder of a folder, whose latents have `latent_channels`. StudioError."""
    network = load_network(folder, "maps", device, PARTS, without_encoder)
    if network.config.in_channels != CHANNELS:
        raise refused(
            folder, f"its maps have {network.config.in_channels} channels, not {CHANNELS}"
        )
    if network.config.latent_channels != latent_channels:
        raise refused(folder, "its maps decoder and its autoencoder have different latents")
    return precise_end(network)


def load_draft(folder: Path, device: Device, latent_channels: int) -> Any:
    """The draft decoder of a folder, whose latents have `latent_channels`. StudioError."""
    network = load_network(folder, "draft", device, PARTS, without_encoder)
    if network.config.in_channels != 3 or network.config.latent_channels != latent_channels:
        raise refused(folder, "its draft decoder and its autoencoder do not fit each other")
    return network
