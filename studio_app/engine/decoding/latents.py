"""Between pixels and latents: encoding, decoding, the cheap linear preview, and masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from studio_app.core.errors import StudioError
from studio_app.engine.device import Device, sent


@dataclass(frozen=True)
class Drawn:
    """A picture as it lies on a device: bytes of any shape, and what makes of their copy on the host uint8 [H, W, 4]
    BGRA, or raises StudioError where the numbers were none."""

    levels: Tensor
    finish: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]

    def at_once(self) -> NDArray[np.uint8]:
        """Waits for the device."""
        return self.finish(self.levels.cpu().numpy())


def encode(vae: Any, rgb: NDArray[np.uint8], device: Device) -> Tensor:
    """float32 latent [1, C, H/f, W/f] of uint8 [H, W, 3] RGB: the mean, not a sample, so that it repeats."""
    picture = sent(torch.from_numpy(np.array(rgb, copy=True)), device.place)
    picture = (picture.permute(2, 0, 1)[None].float() / 127.5 - 1).to(device.dtype)
    encoded = vae.encode(picture.contiguous(memory_format=device.memory_format))
    if hasattr(encoded, "latent_dist"):
        latent = encoded.latent_dist.mode()
    else:  # AutoencoderDC calls it `latent`, AutoencoderTiny `latents`
        latent = encoded[0]
    scale, shift = _scaling(vae)
    return (latent.float() - shift) * scale


def decode(vae: Any, latent: Tensor, device: Device) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] BGRA (opaque) of a latent [1, C, h, w]. Waits for the device."""
    return drawn(vae, latent, device).at_once()


def drawn(vae: Any, latent: Tensor, device: Device) -> Drawn:
    """The picture of a latent [1, C, h, w], opaque.

    vae: of diffusers, or something with `levels`, from a scaled latent to bytes, and `finish` (see `Drawn`).
    """
    scale, shift = _scaling(vae)
    scaled = (latent / scale + shift).to(device.dtype)
    scaled = scaled.contiguous(memory_format=device.memory_format)
    levels = getattr(vae, "levels", None)
    if levels is not None:
        return Drawn(levels(scaled), vae.finish)
    return Drawn(_bgra(vae.decode(scaled, return_dict=False)[0]), _checked)


def _scaling(vae: Any) -> tuple[float, float]:
    """(scale, shift) of its latents: a denoiser's are (latent - shift) scale. Some are scaled elsewhere."""
    config = vae.config
    return getattr(config, "scaling_factor", None) or 1.0, getattr(
        config, "shift_factor", None
    ) or 0.0


def drawn_in_pieces(vae: Any, latent: Tensor, device: Device) -> Drawn:
    """As `drawn`, by overlapping pieces of half the side, for when a device's memory does not hold the whole picture.

    Their seams are blended, but what the network takes from the whole picture (means, attention) it takes from a piece.
    """
    side = max(max(latent.shape[-2:]) // 2, 1)
    kept = {name: getattr(vae, name) for name in _PIECES}
    scale = vae.tile_sample_min_size // vae.tile_latent_min_size
    try:
        vae.use_tiling, vae.tile_latent_min_size = True, side
        vae.tile_sample_min_size = side * scale
        return drawn(vae, latent, device)
    finally:
        for name, value in kept.items():
            setattr(vae, name, value)


_PIECES = ("use_tiling", "tile_latent_min_size", "tile_sample_min_size")


def has_pieces(vae: Any) -> bool:
    """Whether an autoencoder of diffusers can decode in pieces."""
    return all(hasattr(vae, name) for name in _PIECES)


def fell_apart(what: str) -> StudioError:
    """Where `what` gave numbers that are none: as bytes they would be a black picture."""
    return StudioError(
        "The picture fell apart",
        f"{what} gave numbers that are not finite",
        "Lower the guidance or a weight, or check the model",
    )


def preview(latent: Tensor, matrix: Tensor, bias: Tensor, scale: int) -> Drawn:
    """A latent by a linear map of its channels, enlarged `scale` times.

    matrix [C, 3] and bias [3] give RGB in -1..1 per latent pixel.
    """
    rgb = torch.einsum("bchw,cr->brhw", latent, matrix) + bias[:, None, None]
    rgb = F.interpolate(rgb, scale_factor=scale, mode="bilinear", align_corners=False)
    return Drawn(_bgra(rgb), lambda bgra: bgra)


def latent_mask(mask: NDArray[np.uint8], scale: int) -> Tensor:
    """float32 [1, 1, H/scale, W/scale]: the share of each latent pixel that is to be painted anew."""
    picture = torch.from_numpy(np.array(mask, copy=True))[None, None].float() / 255
    return F.avg_pool2d(picture, scale)


def composite(
    bgra: NDArray[np.uint8], init: NDArray[np.uint8], mask: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """`bgra` where the mask is 255, `init` (RGB) bit for bit where it is 0, a blend between."""
    weight = mask[:, :, None].astype(np.uint16)
    kept = init[:, :, ::-1].astype(np.uint16)
    mixed = (bgra[:, :, :3] * weight + kept * (255 - weight) + 127) // 255
    out = bgra.copy()
    out[:, :, :3] = mixed.astype(np.uint8)
    return out


def _bgra(rgb: Tensor) -> Tensor:
    """[1, 3, H, W] in -1..1 -> uint8 [H, W, 4] BGRA. Where a number of it is none, nothing is opaque: so that the
    picture says by itself whether it is one, and nobody has to ask the device."""
    levels = ((rgb[0].float() + 1) * 127.5).clamp_(0, 255).round_().to(torch.uint8)
    opaque = torch.isfinite(rgb).all().to(torch.uint8) * 255
    bgra = torch.cat([levels.flip(0), opaque.expand_as(levels[:1])])
    return bgra.permute(1, 2, 0).contiguous()


def _checked(bgra: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if bgra[0, 0, 3] != 255:
        raise fell_apart("the autoencoder")
    return bgra
