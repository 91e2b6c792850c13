"""ControlNets of Stable Diffusion 3: what they add behind the blocks of the transformer, of a drawing and of x_t.

They are diffusers' SD3ControlNetModel. A drawing goes through the autoencoder, once. Two makes are in use: those for 3
(InstantX) are told the words, but no vector that pools them, and see latents that were not shifted; those for 3.5
large are told nothing of the words, and borrow the transformer's entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.core.controls import Control, ControlKind
from studio_app.engine.controls.features import Features, adapter_input
from studio_app.engine.controls.folders import ControlFolder
from studio_app.engine.controls.networks import check_room_for
from studio_app.engine.controls.table import NetworkTable
from studio_app.engine.denoising.unets import ControlsAt
from studio_app.engine.device import Device
from studio_app.engine.families.sd3_card import PARTS
from studio_app.engine.loading.checkpoint import TensorInfo, read_header, refused
from studio_app.engine.loading.networks import load_network, make_network
from studio_app.engine.loading.weights import part_of
from studio_app.engine.words.conditioning import Conditioning


@dataclass
class ControlNets(NetworkTable):
    """Each an SD3ControlNetModel."""

    model: Path
    folders: dict[ControlKind, ControlFolder]
    transformer: Any
    vae: Any
    device: Device
    known: dict[ControlFolder, Any] = field(default_factory=dict[ControlFolder, Any])

    def pixels(self, control: Control, size: tuple[int, int]) -> NDArray[np.uint8]:
        """uint8 [H, W, 3] of a drawing, as the autoencoder is to see it."""
        _ = self.of(control.kind)  # says what is missing before anything is computed
        picture = adapter_input(control, 3, *size)[0].permute(1, 2, 0)
        return (picture * 255).round().to(torch.uint8).numpy()

    def seen(self, control: Control, latent: Tensor) -> Features:
        """What its network is given of the latent of a drawing."""
        config = self.vae.config
        shift = getattr(config, "shift_factor", None) or 0.0
        if self.of(control.kind).config.force_zeros_for_pooled_projection:
            latent = latent + shift * config.scaling_factor
        return (latent.to(self.device.place, self.device.dtype),)

    def at_steps(
        self, acting: Sequence[tuple[Control, Features]], told: Conditioning, n: int
    ) -> ControlsAt:
        """Of n steps: what is added behind every block of the transformer. acting: each control with what `seen` gave.
        told: of what the transformer is asked at once."""
        words, pooled = told["words"], told["pooled"]
        nothing = torch.zeros_like(pooled)

        def controls(i: int, x_t: Tensor, t: float) -> Sequence[Tensor | None]:
            total: list[Tensor] | None = None
            times = torch.full((len(x_t),), t, device=x_t.device)
            for control, (drawn, *_) in acting:
                if not control.acts(i, n):
                    continue
                network = self.of(control.kind)
                blind = network.config.joint_attention_dim is None
                given = network(
                    hidden_states=x_t,
                    timestep=times,
                    encoder_hidden_states=None if blind else words,
                    pooled_projections=(
                        nothing if network.config.force_zeros_for_pooled_projection else pooled
                    ),
                    controlnet_cond=drawn.repeat(len(x_t) // len(drawn), 1, 1, 1),
                    conditioning_scale=control.strength,
                    return_dict=False,
                )[0]
                added = self._by_block(given)
                total = (
                    added if total is None else [a + b for a, b in zip(total, added, strict=True)]
                )
            return total or ()

        return controls

    def _by_block(self, given: Sequence[Tensor]) -> list[Tensor]:
        """One for each block: a ControlNet has fewer than the transformer, and each serves several."""
        blocks = len(self.transformer.transformer_blocks)
        return [given[i * len(given) // blocks] for i in range(blocks)]

    def read(self, folder: ControlFolder) -> Any:
        check_room_for(folder, self.device)
        if folder.name:
            network = load_network(folder.place, folder.name, self.device, PARTS)
        else:
            network = _of_file(folder.place, self.device)
        theirs, ours = network.config, self.transformer.config
        named = ("in_channels", "attention_head_dim", "num_attention_heads", "patch_size")
        named += ("pooled_projection_dim",)
        told = theirs.joint_attention_dim in (None, ours.joint_attention_dim)
        fits = told and all(theirs[name] == ours[name] for name in named)
        if not fits or theirs.extra_conditioning_channels:
            raise self.for_another(folder)
        if not theirs.use_pos_embed:
            network.pos_embed = self.transformer.pos_embed
        return network


def _of_file(path: Path, device: Device) -> Any:
    header = read_header(path, path)
    try:
        config = control_config(header)
    except (KeyError, IndexError, ValueError) as error:
        raise refused(path, f"it is no ControlNet of Stable Diffusion 3 ({error})") from None
    return make_network(
        config, part_of(path, path, "ControlNet", header, lambda name: name), device
    )


def control_config(own: Mapping[str, TensorInfo]) -> dict[str, Any]:
    """Of an SD3ControlNetModel with these tensors. KeyError, IndexError or ValueError where they make none."""
    width, channels, patch, _ = own["pos_embed_input.proj.weight"].shape
    words = own.get("context_embedder.weight")
    places = own.get("pos_embed.pos_embed")
    pattern = re.compile(r"transformer_blocks\.(\d{1,3})\.(attn2\.)?")
    found = [match for name in own if (match := pattern.match(name))]
    return {
        "_class_name": "SD3ControlNetModel",
        "patch_size": patch,
        "in_channels": channels,
        "num_layers": len({match[1] for match in found}),
        "num_attention_heads": max(width // 64, 1),
        "attention_head_dim": 64,
        "joint_attention_dim": None if words is None else words.shape[1],
        "caption_projection_dim": width,
        "pooled_projection_dim": own["time_text_embed.text_embedder.linear_1.weight"].shape[1],
        "pos_embed_max_size": 96 if places is None else round(places.shape[1] ** 0.5),
        "dual_attention_layers": sorted({int(match[1]) for match in found if match[2]}),
        "qk_norm": "rms_norm" if any(".attn.norm_q." in name for name in own) else None,
        "use_pos_embed": places is not None,
        "force_zeros_for_pooled_projection": words is not None,
    }
