"""FLUX.2 klein: an MM-DiT that is told what a Qwen3 makes of a prompt after a quarter, half and three quarters of its
layers, and looks at pictures beside it.

Its denoiser sees two by two pixels of the autoencoder's latent as the channels of one, each channel brought to mean 0
and variance 1: those are the latents of runs here, one pixel for a token. `flux2_klein_card.py` says what a folder is
made of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from studio_app.core.capabilities import Capabilities
from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.engine.controls.features import Features, adapter_input, unit
from studio_app.engine.decoding import latents
from studio_app.engine.decoding.latents import Drawn
from studio_app.engine.denoising.joint_guidance import AnsweredTwice, Sequenced
from studio_app.engine.denoising.unets import inferring
from studio_app.engine.device import Device, sent, wide_range
from studio_app.engine.diffusion.levels import FlowSchedule, Schedule
from studio_app.engine.diffusion.samplers import Denoiser, Jump
from studio_app.engine.diffusion.scheduler_config import flow_of, read_flow
from studio_app.engine.families import flux2_klein_file
from studio_app.engine.families.flux2_klein_card import (
    PARTS,
    TOKEN,
    capabilities,
    file_capabilities,
)
from studio_app.engine.loading.checkpoint import (
    TensorInfo,
    check_positive,
    read_config,
    refused,
)
from studio_app.engine.loading.cuts import Cut, Cuts, parted
from studio_app.engine.loading.networks import load_network, make_network
from studio_app.engine.loading.weights import Weights, part_of, weights_of
from studio_app.engine.loras.names import Share
from studio_app.engine.models.family import Model, Tile
from studio_app.engine.models.memory import Memory
from studio_app.engine.models.told_by_qwen import FileOfParts, ToldByQwen
from studio_app.engine.words.qwen import ANSWER, NO_THOUGHTS, QwenEncoder, Reading
from studio_app.engine.words.qwen_files import load_qwen

READING = Reading(ANSWER + NO_THOUGHTS, (9, 18, 27), padded=True)
LATENT = 8
"""Pixels on a side of a pixel of the autoencoder's latent."""
PACKED = 4
LARGEST = 1024 * 1024
"""Pixels of a picture that it looks at."""
APART = 10
"""Between the places of pictures on the axis of time; what is drawn is at 0."""


def load(folder: Path, device: Device) -> Model:
    device = wide_range(device)
    can, schedule = capabilities(folder), read_flow(folder)
    transformer = load_network(folder, "transformer", device, PARTS)
    weights = weights_of(folder, "vae", flux2_klein_file.statistics_name)
    vae = make_network(read_config(folder, "vae", PARTS), weights, device, _trimmed)
    text = load_qwen(folder, device, PARTS, READING)
    return _assembled(folder, can, schedule, device, transformer, vae, text)


def load_file(path: Path, header: Mapping[str, TensorInfo], device: Device) -> Model:
    device = wide_range(device)
    can = file_capabilities(path, header)
    schedule = flow_of(flux2_klein_file.scheduler_config(), path)
    file = FileOfParts(
        _denoiser_of,
        flux2_klein_file.denoiser_config,
        flux2_klein_file.vae_config,
        flux2_klein_file.vae_name,
        flux2_klein_file.text_name,
        READING,
        _trimmed,
    )
    return _assembled(path, can, schedule, device, *file.networks(path, header, device))


def _denoiser_of(path: Path, header: Mapping[str, TensorInfo]) -> Weights:
    """With queries, keys and values apart, and the halves of the last modulation in diffusers' order."""
    weights = part_of(path, path, "denoiser", header, flux2_klein_file.denoiser_name)
    cuts: Cuts = {}
    for name, info in weights.header.items():
        for end, parts in flux2_klein_file.PARTED.items():
            if name.endswith(f".{end}"):
                cuts[name] = parted(info, [name.removesuffix(end) + part for part in parts])
        if name == flux2_klein_file.SWAPPED:
            cuts[name] = {"norm_out.linear.weight": Cut(swapped=True)}
    return weights.cut(cuts)


def _trimmed(vae: Any) -> Any:
    """Of the norm of packed latents only its means and variances are there, and asked."""
    vae.bn = _Statistics(vae.bn.num_features)
    return vae


class _Statistics(torch.nn.Module):
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, torch.empty(channels))


def _assembled(
    place: Path,
    can: Capabilities,
    schedule: FlowSchedule,
    device: Device,
    transformer: Any,
    vae: Any,
    text: QwenEncoder,
) -> Model:
    """StudioError where the parts do not fit each other."""
    channels = PACKED * vae.config.latent_channels
    config = transformer.config
    scale = 2 ** (len(vae.config.block_out_channels) - 1)
    check_positive(place, "transformer", {name: config[name] for name in ("rope_theta", "eps")})
    check_positive(place, "vae", {"batch_norm_eps": vae.config.batch_norm_eps})
    known = len(can.latent_rgb) == vae.config.latent_channels and scale == LATENT
    if not known or config.in_channels != channels or len(vae.bn.running_mean) != channels:
        raise refused(place, "its denoiser and its autoencoder do not fit each other")
    if config.joint_attention_dim != text.width:
        raise refused(place, "its denoiser and its text encoder do not fit each other")
    if config.guidance_embeds or config.patch_size != 1 or not _turns(config):
        raise refused(place, "its denoiser is a FLUX.2 of another make")
    variance = vae.bn.running_var.float() + vae.config.batch_norm_eps
    if not bool((variance > 0).all()):
        raise refused(place, "the variances of its latents are none")
    spread, mean = variance.sqrt(), vae.bn.running_mean.float()
    statistics = mean.view(1, -1, 1, 1), spread.view(1, -1, 1, 1)
    return Flux2Klein(
        place, can, device, schedule, vae, TOKEN, channels, transformer, device, text, statistics
    )


def _turns(config: Any) -> bool:
    """Whether four axes of places turn all numbers of a head."""
    axes = config.axes_dims_rope
    listed = isinstance(axes, list | tuple) and len(axes) == 4
    whole = listed and all(type(side) is int and side > 0 for side in axes)
    return whole and sum(axes) == config.attention_head_dim


@dataclass
class Flux2Klein(ToldByQwen):
    """statistics: (mean, deviation) of the packed latents, each [1, C, 1, 1]."""

    statistics: tuple[Tensor, Tensor]

    def packed(self, latent: Tensor) -> Tensor:
        mean, spread = self.statistics
        return (F.pixel_unshuffle(latent, 2) - mean) / spread

    def unpacked(self, latent: Tensor) -> Tensor:
        mean, spread = self.statistics
        return F.pixel_shuffle(latent * spread + mean, 2)

    def preview(self, latent: Tensor) -> Drawn:
        return latents.preview(F.pixel_shuffle(latent, 2), *self.latent_rgb, LATENT)

    @staticmethod
    def also_called(path: str) -> list[tuple[str, Share]]:
        return flux2_klein_file.also_called(path)

    def schedule_of(self, request: GenerationRequest) -> Schedule:
        """Its steps move with the picture, and with how many there are."""
        flow = self.schedule
        assert isinstance(flow, FlowSchedule)
        if flow.moving is None:
            return flow
        mu = empirical_mu(request.width * request.height // TOKEN**2, request.steps)
        return replace(flow, shift=mu if flow.moving.linear else math.exp(mu), moving=None)

    def encode_control(self, control: Control, size: tuple[int, int], tile: Tile) -> Features:
        """The latent [1, C, h, w] of a drawing, in the picture's size, or of a reference, in its own."""
        if control.kind == "reference":
            return (self.encode(seen_reference(unit(control.pixels)), tile),)
        picture = adapter_input(control, 3, *size)[0].permute(1, 2, 0)
        return (self.encode((picture * 255).round().to(torch.uint8).numpy(), tile),)

    def denoiser(
        self,
        requests: Sequence[GenerationRequest],
        memory: Memory,
        n: int,
        *,
        hasty: bool = False,
    ) -> Denoiser:
        first = requests[0]
        self.loras.wear(first.loras)
        scale = first.guidance_scale
        guided = scale != 1.0
        avoids = not guided and bool(first.negative_prompt.strip())
        words = self.words(requests, memory)["words"]
        lengths = [words.shape[1]]
        if guided:
            words = torch.cat([self.unwanted(requests, memory)["words"], words])
        elif avoids:
            unwanted = self.unwanted(requests, memory)["words"]
            lengths.append(unwanted.shape[1])
            words = torch.cat([words, unwanted], 1)
        told = torch.cat([_places(0, (1, 1), length, words.device) for length in lengths])
        shown = self._shown(requests, memory, n)
        drawn: dict[tuple[int, int], Tensor] = {}

        def denoise(x_t: Tensor, jump: Jump) -> tuple[Tensor, Tensor]:
            x = torch.cat([x_t, x_t]) if guided else x_t
            size = (x.shape[2], x.shape[3])
            if size not in drawn:
                drawn[size] = _places(0, size, 1, x.device)
            acting = [each for each in shown if each.control.acts(jump.i, n)]
            pictures = [each.tokens.repeat(len(x) // len(each.tokens), 1, 1) for each in acting]
            tokens = torch.cat([_tokens(x.to(self.device.dtype)), *pictures], 1)
            t = torch.full((len(x),), jump.here.t / 1000, device=x.device)
            places = torch.cat([drawn[size], *(each.places for each in acting)])
            if avoids:
                with AnsweredTwice(Sequenced(lengths[0], lengths[1], tokens.shape[1], first=True)):
                    given = self._run(tokens, t, words, told, places)
            else:
                given = self._one_call(tokens, t, words, told, places)
            output = given[:, : size[0] * size[1]].transpose(1, 2).unflatten(2, size).float()
            if guided:
                without, with_words = output.chunk(2)
                output = without + scale * (with_words - without)
            return self.schedule.seen(output, x_t, jump.here)

        return inferring(denoise)

    @cached_property
    def _run(self) -> Callable[..., Tensor]:
        transformer = self.transformer  # not self: see `Model.quickened`

        def run(tokens: Tensor, t: Tensor, words: Tensor, told: Tensor, places: Tensor) -> Tensor:
            return transformer(
                hidden_states=tokens,
                timestep=t,
                encoder_hidden_states=words,
                txt_ids=told,
                img_ids=places,
                return_dict=False,
            )[0]

        return run

    @cached_property
    def _one_call(self) -> Callable[..., Tensor]:
        return self.in_blocks(self._run)

    def _shown(
        self, requests: Sequence[GenerationRequest], memory: Memory, n: int
    ) -> list[_Picture]:
        """What is looked at in any step. ValueError where several requests show pictures of several sizes."""
        found: list[_Picture] = []
        for place, control in enumerate(requests[0].controls):
            if any(control.acts(i, n) for i in range(n)):
                each = [self.drawing(request, place, memory)[0] for request in requests]
                if len({latent.shape for latent in each}) > 1:
                    raise ValueError("these requests are no batch")
                latent = torch.cat(each).to(self.device.dtype)
                time = APART * (1 + len(found))
                places = _places(time, (latent.shape[2], latent.shape[3]), 1, latent.device)
                found.append(_Picture(control, _tokens(latent), places))
        return found


@dataclass(frozen=True)
class _Picture:
    """tokens: [B, N, C]. places: [N, 4]."""

    control: Control
    tokens: Tensor
    places: Tensor


def empirical_mu(tokens: int, steps: int) -> float:
    """The logarithm of the shift of a picture of so many tokens in so many steps: straight in both, as it was fitted to
    10 and to 200 steps; of very large pictures in the tokens alone."""
    few, many = 8.73809524e-05 * tokens + 1.89833333, 0.00016927 * tokens + 0.45666666
    if tokens > 4300:
        return many
    slope = (many - few) / 190
    return slope * steps + many - 200 * slope


def seen_reference(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """uint8 [H, W, 3] of 0..1 [h, w, 3]: smaller where it is larger than what networks were trained to look at, larger
    where it would be less than two tokens, and cut to whole tokens around its middle."""
    height, width = picture.shape[:2]
    scale = min(math.sqrt(LARGEST / (height * width)), 1.0)
    scale = max(scale, 2 * TOKEN / min(height, width))
    if scale != 1.0:
        size = max(int(height * scale), 2 * TOKEN), max(int(width * scale), 2 * TOKEN)
        planes = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None]
        planes = F.interpolate(planes, size, mode="bilinear", antialias=True)
        picture = planes[0].permute(1, 2, 0).numpy()
    tall, wide = (side // TOKEN * TOKEN for side in picture.shape[:2])
    top, left = (picture.shape[0] - tall) // 2, (picture.shape[1] - wide) // 2
    cut = picture[top : top + tall, left : left + wide]
    return np.round(cut * 255).clip(0, 255).astype(np.uint8)


def _tokens(latent: Tensor) -> Tensor:
    """[B, h w, C] of [B, C, h, w]."""
    return latent.flatten(2).transpose(1, 2)


def _places(time: int, size: tuple[int, int], length: int, device: torch.device) -> Tensor:
    """[N, 4] of (time, row, column, number of a word)."""
    axes = [torch.tensor([time]), *(torch.arange(side) for side in (*size, length))]
    return sent(torch.cartesian_prod(*axes), device)
