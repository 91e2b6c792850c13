"""The pictures as latents, encoded once and kept: denoisers never see a pixel.

Kept per shard beside the run, under the encoder's digest: another encoder starts another cache, more
pictures only encode what is new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderDC
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional as F

from studio_app.core.files import write_bytes_atomic
from studio_app.engine.operators.tiling import circular_padding
from studio_app.training.data import KINDS, Pictures
from studio_app.training.progress import Progress, say
from studio_app.training.stages.autoencoder import encode
from studio_app.training.warps import Warp, random_warp, warped_rgb

TEXTURE, ISOLATED = KINDS.index("texture"), KINDS.index("isolated")
_WARPS = 77


@dataclass(frozen=True)
class Variant:
    """How pictures are shown to an encoder: as they are, their mirror images, at half their size, or with their warps
    of the number `turn` (`warps_of`)."""

    mirrored: bool = False
    halved: bool = False
    turn: int | None = None

    @property
    def tag(self) -> str:
        """What a folder of such latents is called after the pictures."""
        warped = "" if self.turn is None else f"-warped-{self.turn}"
        return ("-mirrored" if self.mirrored else "") + ("-halved" if self.halved else "") + warped


AS_IT_IS = Variant()


def cached_latents(
    vae: AutoencoderDC,
    pictures: Pictures,
    folder: Path,
    variant: Variant = AS_IT_IS,
    *,
    autocast: bool = True,
    batch: int = 16,
    progress: Progress | None = None,
) -> Tensor:
    """Latents of all pictures as a variant, float16 [N,4,h,w] on the CPU; made once and kept in `folder`.

    Textures are encoded with circular padding, so that their latents tile as they do.
    """
    place = folder / encoder_digest(vae) / (pictures.folder.name + variant.tag)
    warps = None if variant.turn is None else warps_of(pictures, variant.turn)
    kinds = pictures.kinds()
    parts: list[Tensor] = []
    for number, start in enumerate(pictures.starts.tolist()):
        count = len(pictures.shards[number]["rgb"])
        path = place / f"shard-{number:05d}.safetensors"
        latents = _read(path, count)
        if latents is None:
            latents = _encode_shard(
                vae,
                pictures.shards[number]["rgb"],
                kinds[start : start + count] == TEXTURE,
                batch,
                autocast,
                variant,
                None if warps is None else warps[start : start + count],
            )
            write_bytes_atomic(path, save({"latents": latents}))
            say(progress, f"latents: {start + count}/{len(pictures)}")
        parts.append(latents)
    return torch.cat(parts)


def cropped(latents: Tensor, side: int, choices: np.random.Generator) -> Tensor:
    """A random crop [4,s,s], float32, of a random one of latents [N,4,h,w]; s is `side`, or all there is."""
    height, width = latents.shape[-2:]
    side = min(side, height, width)
    row, y, x = (
        int(choices.integers(n)) for n in (len(latents), height - side + 1, width - side + 1)
    )
    return latents[row, :, y : y + side, x : x + side].float()


def encoder_digest(vae: AutoencoderDC) -> str:
    """16 hex digits that change with the encoder's weights, rounded to float16 as they are shipped."""
    digest = hashlib.sha256()
    for name, tensor in sorted(vae.state_dict().items()):
        if name.startswith("encoder"):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().half().numpy().tobytes())
    return digest.hexdigest()[:16]


def halved_rgb(rgb: Tensor) -> Tensor:
    """uint8 [B,H,W,3] to uint8 [B,H/2,W/2,3]: the mean of every four pixels."""
    small = F.avg_pool2d(rgb.permute(0, 3, 1, 2).float(), 2).round()
    return small.to(torch.uint8).permute(0, 2, 3, 1)


def warps_of(pictures: Pictures, turn: int) -> list[Warp]:
    """The warp number `turn` of every picture, the same every time. A texture fills its picture: it stays."""
    return [
        Warp()
        if kind == TEXTURE
        else random_warp(np.random.default_rng([_WARPS, turn, i]), kind == ISOLATED)
        for i, kind in enumerate(pictures.kinds())
    ]


@torch.no_grad()
def _encode_shard(
    vae: AutoencoderDC,
    rgb: Tensor,
    is_texture: np.ndarray,
    batch: int,
    autocast: bool,
    variant: Variant,
    warps: Sequence[Warp] | None,
) -> Tensor:
    vae.eval()
    parts: dict[int, Tensor] = {}
    for wraps in (False, True):
        rows = np.flatnonzero(is_texture == wraps)
        if not len(rows):
            continue
        with (
            circular_padding((vae.encoder,), wraps, wraps),
            torch.autocast(vae.device.type, torch.bfloat16, enabled=autocast),
        ):
            for part in np.array_split(rows, -(-len(rows) // batch)):
                pixels = rgb[torch.from_numpy(part)]
                if variant.mirrored:
                    pixels = pixels.flip(2)
                if warps is not None:
                    pixels = warped_rgb(pixels, [warps[row] for row in part])
                if variant.halved:
                    pixels = halved_rgb(pixels)
                z = encode(vae, pixels).half().cpu()
                parts.update(zip(part.tolist(), z, strict=True))
    return torch.stack([parts[row] for row in range(len(rgb))])


def _read(path: Path, count: int) -> Tensor | None:
    if not path.exists():
        return None
    with safe_open(str(path), framework="pt") as file:
        latents = file.get_tensor("latents")
    return latents.clone() if len(latents) == count else None
