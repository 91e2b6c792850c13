"""The maps decoder: from the very latents a picture is decoded from to what a game needs beside it.

It is the decoder of a diffusers AutoencoderDC whose pictures have ten channels in place of three; of the
encoder, which nobody needs, the folder `maps/` holds no weights.
"""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from studio_app.core.maps import Maps
from studio_app.engine.device import Device
from studio_app.engine.operators.tiling import circular_padding

N = TypeVar("N", bound=nn.Module)

LAYOUT: dict[str, slice] = {
    "alpha": slice(0, 1),
    "depth": slice(1, 2),
    "normal": slice(2, 5),
    "albedo": slice(5, 8),
    "roughness": slice(8, 9),
    "metallic": slice(9, 10),
}
"""Where each map lies in the channels; alpha is a logit, the others are values."""
CHANNELS = 10


def without_encoder(network: N) -> N:
    """An AutoencoderDC that can only decode."""
    del network.encoder
    return network


def precise_end(network: N) -> N:
    """The network with its last convolution in float32, whatever the rest is in.

    A height in bfloat16 has 256 steps at most, which light shows as terraces.
    """
    end: Any = network.get_submodule("decoder.conv_out").float()
    end.register_forward_pre_hook(lambda _, given: (given[0].float(),))
    return network


def read_maps(raw: Tensor) -> dict[str, Tensor]:
    """The maps by name, [B, 1 or 3, H, W] in the ranges of `core.maps.Maps`, of raw channels [B, 10, H, W]."""
    raw = raw.float()
    found = {name: raw[:, place] for name, place in LAYOUT.items()}
    alpha, normal = found["alpha"].sigmoid(), F.normalize(found["normal"], dim=1, eps=1e-6)
    values = {name: plane.clamp(0, 1) for name, plane in found.items()}
    return values | {"alpha": alpha, "normal": normal}


def decode_maps(network: Any, latent: Tensor, device: Device, tile: tuple[bool, bool]) -> Maps:
    """The maps of one latent [1, 4, h, w]; on the axes of `tile` (x, y) they wrap round. Waits for the device."""
    latent = latent.to(device.dtype).contiguous(memory_format=device.memory_format)
    with circular_padding((network,), *tile), torch.inference_mode():
        found = read_maps(network.decoder(latent))
    planes = {
        name: plane[0].permute(1, 2, 0).contiguous().cpu().numpy() for name, plane in found.items()
    }
    return Maps(**{k: v if v.shape[2] == 3 else v[:, :, 0] for k, v in planes.items()})
