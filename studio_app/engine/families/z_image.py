"""Z-Image and its Turbo: a single-stream DiT that is told what a Qwen3 makes of a prompt, one layer before its last.

Words and picture are one sequence. True guidance where a scale above 1 asks for it; Turbo was distilled to do without.
`z_image_card.py` says what a folder is made of, `z_image_union.py` what draws into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.catalogue.pairing import TinyKind
from studio_app.core.capabilities import Capabilities
from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.reading import is_file
from studio_app.core.request import GenerationRequest
from studio_app.engine.controls.features import Features, adapter_input
from studio_app.engine.denoising.unets import inferring
from studio_app.engine.device import Device, wide_range
from studio_app.engine.diffusion.levels import FlowSchedule, Schedule
from studio_app.engine.diffusion.samplers import Denoiser, Jump
from studio_app.engine.diffusion.scheduler_config import flow_of, read_flow
from studio_app.engine.families import z_image_file
from studio_app.engine.families.z_image_card import (
    PARTS,
    capabilities,
    file_capabilities,
    is_few_step,
    union_place,
)
from studio_app.engine.families.z_image_pass import Passes, Samples, Told
from studio_app.engine.families.z_image_union import bytes_of_union, load_union, samples
from studio_app.engine.loading.checkpoint import TensorInfo, check_positive, refused
from studio_app.engine.loading.cuts import Cuts, parted
from studio_app.engine.loading.networks import load_network
from studio_app.engine.loading.weights import Weights, part_of
from studio_app.engine.loras.names import Share
from studio_app.engine.models.family import Model, Tile
from studio_app.engine.models.memory import Memory
from studio_app.engine.models.told_by_qwen import FileOfParts, ToldByQwen
from studio_app.engine.words.qwen import ANSWER, MOST, QwenEncoder, Reading
from studio_app.engine.words.qwen_files import load_qwen

READING = Reading(ANSWER, (-1,), padded=False)
"""The states that its last layer is given."""
LATENT, TOKEN = 8, 16
"""Pixels on a side of a latent pixel, and of a token."""
MOST_PLACES = 1 << 14
"""On one axis; a table is made of them."""


def load(folder: Path, device: Device) -> Model:
    device = wide_range(device)
    can, schedule = capabilities(folder), read_flow(folder)
    transformer = load_network(folder, "transformer", device, PARTS)
    vae = load_network(folder, "vae", device, PARTS)
    text = load_qwen(folder, device, PARTS, READING)
    return _assembled(folder, can, schedule, device, transformer, vae, text)


def load_file(path: Path, header: Mapping[str, TensorInfo], device: Device) -> Model:
    device = wide_range(device)
    can = file_capabilities(path, header)
    schedule = flow_of(z_image_file.scheduler_config(is_few_step(path, header)), path)
    file = FileOfParts(
        _denoiser_of,
        z_image_file.denoiser_config,
        z_image_file.vae_config,
        z_image_file.vae_name,
        z_image_file.text_name,
        READING,
    )
    return _assembled(path, can, schedule, device, *file.networks(path, header, device))


def _denoiser_of(path: Path, header: Mapping[str, TensorInfo]) -> Weights:
    """With queries, keys and values apart."""
    weights = part_of(path, path, "denoiser", header, z_image_file.denoiser_name)
    cuts: Cuts = {}
    for name, info in weights.header.items():
        before, found, _ = name.partition(".attention.qkv.weight")
        if found:
            cuts[name] = parted(
                info, [f"{before}.attention.to_{letter}.weight" for letter in "qkv"]
            )
    return weights.cut(cuts).as_rows(("x_pad_token", "cap_pad_token"))


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
    channels = vae.config.latent_channels
    scale = 2 ** (len(vae.config.block_out_channels) - 1)
    config = transformer.config
    asked = ("rope_theta", "t_scale", "norm_eps")
    check_positive(place, "transformer", {name: config[name] for name in asked})
    scales = ("scaling_factor", "shift_factor")
    check_positive(place, "vae", {name: vae.config[name] for name in scales})
    if (config.in_channels, scale) != (channels, LATENT) or len(can.latent_rgb) != channels:
        raise refused(place, "its denoiser and its autoencoder do not fit each other")
    if config.cap_feat_dim != text.width or config.siglip_feat_dim is not None:
        raise refused(place, "its denoiser and its text encoder do not fit each other")
    patches = tuple(config.all_patch_size), tuple(config.all_f_patch_size)
    side = can.max_side // TOKEN
    # Words lie along the first axis of places, the picture's rows and columns along the others.
    lengths = config.axes_lens
    whole = all(type(side) is int for side in lengths)
    roomy = whole and len(lengths) == 3 and lengths[0] > MOST + 64 and min(lengths[1:]) >= side
    if patches != ((2,), (1,)) or not roomy or max(lengths) > MOST_PLACES:
        raise refused(place, "its denoiser has no places for so many words and pixels")
    return ZImage(place, can, device, schedule, vae, scale, channels, transformer, device, text)


@dataclass
class ZImage(ToldByQwen):
    """Drawings reach it through a union of ControlNets, which is read when the first is asked for."""

    @property
    def tiny(self) -> TinyKind:
        return "taef1"

    @staticmethod
    def also_called(path: str) -> list[tuple[str, Share]]:
        return z_image_file.also_called(path)

    @property
    def beside(self) -> int:
        union = vars(self).get("union")  # read when a drawing first asks for it
        return super().beside + (0 if union is None else bytes_of_union(union))

    def refit(self, can: Capabilities) -> bool:
        if not super().refit(can):
            return False
        vars(self).pop("union", None)
        if is_file(self.folder):  # a folder's scheduler says itself how its steps lie
            self.schedule = flow_of(z_image_file.scheduler_config(can.few_step), self.folder)
        return True

    def schedule_of(self, request: GenerationRequest) -> Schedule:
        assert isinstance(self.schedule, FlowSchedule)
        return self.schedule.for_tokens(request.width * request.height // TOKEN**2)

    def encode_control(self, control: Control, size: tuple[int, int], tile: Tile) -> Features:
        """The latent of a drawing, [1, C, h, w]."""
        _ = self.union  # says what is missing before anything is computed
        picture = adapter_input(control, 3, *size)[0].permute(1, 2, 0)
        return (self.encode((picture * 255).round().to(torch.uint8).numpy(), tile),)

    @cached_property
    def union(self) -> Any:
        """The ControlNet, read when a drawing first asks for it. StudioError."""
        place = union_place(self.folder)
        if place is None:
            raise StudioError(
                f"The model {self.name} takes no drawings",
                "it has no ControlNet",
                "Put Z-Image-Turbo-Fun-Controlnet-Union into the folder controlnet beside it.",
            )
        return load_union(self.folder, place, self.transformer, self.device)

    @cached_property
    def passes(self) -> Passes:
        return Passes(self.transformer)

    @cached_property
    def _run(self) -> Callable[..., Tensor]:
        return self.in_blocks(self.passes.run)

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
        told = self._refined(memory, [r.prompt for r in requests])
        unwanted: list[Told] = []
        if guided or avoids:
            unwanted = self._refined(memory, [r.negative_prompt.strip() for r in requests])
        drawn = [
            (control, [self.drawing(r, place, memory)[0].to(self.device.dtype) for r in requests])
            for place, control in enumerate(first.controls)
            if any(control.acts(i, n) for i in range(n))
        ]
        passes, plain, run = self.passes, self.passes.run, self._run

        def denoise(x_t: Tensor, jump: Jump) -> tuple[Tensor, Tensor]:
            x = x_t.to(self.device.dtype)
            # It counts from the noise to the picture.
            t = torch.full((1,), 1 - jump.here.t / 1000, device=x.device)
            time = passes.time(t, x)
            acting = [(each, c.strength) for c, each in drawn if c.acts(jump.i, n)]

            def asked(row: int, words: Told, away: Told | None = None) -> Tensor:
                seen = passes.look(x[row : row + 1], words)
                added: Samples | None = None
                if acting:
                    given = [(each[row], strength) for each, strength in acting]
                    added = samples(self.union, seen, time, words, given)
                if away is not None:
                    return -plain(seen, time, words, added, away).float()
                return -run(seen, time, words, added).float()

            away = unwanted if avoids else [None] * len(told)
            output = torch.cat([asked(i, words, away[i]) for i, words in enumerate(told)])
            if guided:
                without = torch.cat([asked(i, words) for i, words in enumerate(unwanted)])
                output = without + scale * (output - without)
            return self.schedule.seen(output, x_t, jump.here)

        return inferring(denoise)

    def _refined(self, memory: Memory, prompts: Sequence[str]) -> list[Told]:
        """Once a run: LoRAs may change how."""
        with torch.inference_mode():
            return [self.passes.tell(self._told(memory, one, None)["words"][0]) for one in prompts]
